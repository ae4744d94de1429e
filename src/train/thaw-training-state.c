/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-options-private.h"
#include "thaw-training-folder.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

/* What a file calls the sets of a state. Of the best weights a state has the names alone. */
static const struct
{
  const char *theirs, *ours;
  gboolean    best;
} sets[] = {
  { "model/", "model/", FALSE },
  { "slot0/", "slot0/", FALSE },
  { "slot1/", "slot1/", FALSE },
  { "best/", "", TRUE },
};

static char *
their_key (const ThawZooState *zoo, const ThawModel *model, const char *prefix, const ThawNode *node)
{
  g_autofree char *name = thaw_zoo_state_name (zoo, model, node->name);

  return g_strconcat (prefix, name, NULL);
}

/* --- writing --- */

static void
add_set (const ThawZooState *zoo, const ThawModel *model, const ThawTensorMap *from, guint set, ThawTensorMap *to)
{
  for (guint i = 0; from && i < thaw_graph_size (model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);
      g_autofree char *ours = g_strconcat (sets[set].ours, node->name, NULL), *theirs = NULL;
      ThawTensor *tensor = node->op == THAW_OP_PARAMETER ? thaw_tensor_map_get (from, ours) : NULL;
      const ThawShape shape = tensor ? thaw_zoo_file_shape (model->architecture, node) : (ThawShape){ 0 };

      if (!tensor)
        continue;
      theirs = their_key (zoo, model, sets[set].theirs, node);
      thaw_tensor_map_take (to, theirs, thaw_shape_equal (&shape, &tensor->shape) ? thaw_tensor_ref (tensor) : thaw_tensor_reshape (tensor, &shape));
    }
}

ThawTensorMap *
thaw_training_state_tensors (const ThawZooState *zoo, const ThawModel *model, const ThawTrainState *state)
{
  ThawTensorMap *tensors = thaw_tensor_map_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    add_set (zoo, model, sets[i].best ? state->best : state->tensors, i, tensors);
  return tensors;
}

/* --- reading --- */

static gboolean
is_finite (const ThawTensor *tensor)
{
  const float *values = tensor->data;

  for (gint64 i = 0; i < thaw_tensor_count (tensor); i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}

static gboolean
take (const ThawModel *model, const ThawNode *node, ThawTensor *tensor, const char *key, const char *name, ThawTensorMap *to, GError **error)
{
  const ThawShape shape = thaw_zoo_file_shape (model->architecture, node);
  const gboolean fits = tensor->dtype == THAW_DTYPE_F32 && thaw_shape_equal (&shape, &tensor->shape);

  if (fits && is_finite (tensor))
    {
      thaw_tensor_map_take (to, name, thaw_tensor_reshape (tensor, &node->shape));
      return TRUE;
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, fits ? "the tensor “%s” has values that are no numbers" : "the tensor “%s” has not the shape and type that the network's own has",
               key);
  return FALSE;
}

static gboolean
take_set (const ThawZooState *zoo, const ThawModel *model, const ThawTensorMap *file, guint set, ThawTensorMap *to, GError **error)
{
  for (guint i = 0; i < thaw_graph_size (model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, i);
      g_autofree char *key = node->op == THAW_OP_PARAMETER ? their_key (zoo, model, sets[set].theirs, node) : NULL;
      g_autofree char *name = g_strconcat (sets[set].ours, node->name, NULL);
      ThawTensor *tensor = key ? thaw_tensor_map_get (file, key) : NULL;

      if (tensor && !take (model, node, tensor, key, name, to, error))
        return FALSE;
    }
  return TRUE;
}

ThawTrainState *
thaw_training_state_read (const ThawZooState *zoo, const ThawModel *model, const ThawTensorMap *file, GError **error)
{
  g_autoptr (ThawTrainState) state = thaw_train_state_new ();
  g_autoptr (ThawTensorMap) best = thaw_tensor_map_new ();

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    if (!take_set (zoo, model, file, i, sets[i].best ? best : state->tensors, error))
      return NULL;
  if (thaw_tensor_map_size (best) > 0)
    state->best = g_steal_pointer (&best);
  state->best_changed = state->best != NULL;
  return g_steal_pointer (&state);
}

/* --- where a run is --- */

/* Its root is an object (transfer full) */
static JsonParser *
parse (const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);

  if (parser && JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return g_steal_pointer (&parser);
  if (parser)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "it says nothing of where the run is");
  return NULL;
}

/* "moments-since" with the names of the other side */
static void
add_since (JsonBuilder *builder, const ThawZooState *zoo, const ThawModel *model, JsonNode *since, gboolean theirs)
{
  JsonObject *object = since && JSON_NODE_HOLDS_OBJECT (since) ? json_node_get_object (since) : NULL;

  json_builder_set_member_name (builder, "moments-since");
  json_builder_begin_object (builder);
  for (guint i = 0; object && i < thaw_tensor_map_size (model->parameters); i++)
    {
      const char *ours = thaw_tensor_map_name (model->parameters, i);
      g_autofree char *name = thaw_zoo_state_name (zoo, model, ours);
      JsonNode *value = json_object_get_member (object, theirs ? ours : name);

      if (!value || !JSON_NODE_HOLDS_VALUE (value))
        continue;
      json_builder_set_member_name (builder, theirs ? name : ours);
      json_builder_add_int_value (builder, json_node_get_int (value));
    }
  json_builder_end_object (builder);
}

/* All members but those that are said otherwise */
static void
add_members (JsonBuilder *builder, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    if (!g_str_equal (name, "changed") && !g_str_equal (name, "moments-since"))
      {
        json_builder_set_member_name (builder, name);
        json_builder_add_value (builder, json_node_ref (value));
      }
}

static char *
finish (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

char *
thaw_training_progress (const ThawZooState *zoo, const ThawModel *model, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = parse (json, error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonObject *object = parser ? json_node_get_object (json_parser_get_root (parser)) : NULL;

  if (!object)
    return NULL;
  json_builder_begin_object (builder);
  add_members (builder, object);
  add_since (builder, zoo, model, json_object_get_member (object, "moments-since"), TRUE);
  return finish (builder);
}

char *
thaw_training_position (const ThawZooState *zoo, const ThawModel *model, const ThawTrainOptions *options, const char *progress, GError **error)
{
  g_autoptr (JsonParser) parser = parse (progress, error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonObject *object = parser ? json_node_get_object (json_parser_get_root (parser)) : NULL;
  const ThawField field[] = { { "phase", THAW_FIELD_UINT, 0, 0, G_MAXINT }, { NULL } };
  guint phase = 0;

  if (!object || !thaw_fields_read (field, &phase, object, error))
    return NULL;
  json_builder_begin_object (builder);
  add_members (builder, object);
  /* the ages of moments belong to a phase that was changed; ours is as it was changed */
  if (phase < options->phases->len)
    {
      json_builder_set_member_name (builder, "changed");
      thaw_phase_write (g_ptr_array_index (options->phases, phase), builder);
      add_since (builder, zoo, model, json_object_get_member (object, "moments-since"), FALSE);
    }
  return finish (builder);
}

ThawTrainOptions *
thaw_training_options (const ThawTrainOptions *options, const ThawTrainState *state, GError **error)
{
  g_autoptr (ThawTrainOptions) copy = thaw_train_options_copy (options);
  g_autoptr (JsonParser) parser = state ? parse (state->json, error) : NULL;
  JsonObject *object = parser ? json_node_get_object (json_parser_get_root (parser)) : NULL;
  JsonNode *changed = object ? json_object_get_member (object, "changed") : NULL;
  const ThawField field[] = { { "phase", THAW_FIELD_UINT, 0, 0, G_MAXINT }, { NULL } };
  guint at = 0;
  ThawPhase *phase;

  if (state && (!object || !thaw_fields_read (field, &at, object, error)))
    return NULL;
  if (!changed || !JSON_NODE_HOLDS_OBJECT (changed) || at >= copy->phases->len)
    return g_steal_pointer (&copy);
  phase = thaw_phase_read (json_node_get_object (changed), error);
  if (!phase)
    return NULL;
  thaw_phase_free (g_ptr_array_index (copy->phases, at));
  copy->phases->pdata[at] = phase;
  return g_steal_pointer (&copy);
}
