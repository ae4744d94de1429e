/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-options-private.h"
#include "thaw-trainer-private.h"

#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#define MODEL_PREFIX "model/"

#define FIELD(name, kind, member, high) { name, kind, G_STRUCT_OFFSET (ThawTrainPosition, member), 0, high }
#define COUNT(name, member) FIELD (name, THAW_FIELD_UINT, member, G_MAXINT)
#define LONG(name, member) FIELD (name, THAW_FIELD_UINT64, member, 0x1p64)
#define NUMBER(name, member) FIELD (name, THAW_FIELD_DOUBLE, member, G_MAXDOUBLE)

static const ThawField fields[] = {
  COUNT ("phase", phase),
  COUNT ("phase-epoch", phase_epoch),
  COUNT ("epoch", epoch),
  LONG ("step", step),
  LONG ("optimizer-steps", optimizer_steps),
  NUMBER ("loss", loss),
  NUMBER ("weight", weight),
  LONG ("right", right),
  LONG ("seen", seen),
  NUMBER ("phase-loss", phase_loss),
  COUNT ("waited", waited),
  NUMBER ("best-accuracy", best_accuracy),
  NUMBER ("best-loss", best_loss),
  COUNT ("best-epoch", best_epoch),
  NUMBER ("last-accuracy", last_accuracy),
  LONG ("images", images),
  NUMBER ("feature-seconds", feature_seconds),
  NUMBER ("train-seconds", train_seconds),
  { NULL },
};

ThawTrainState *
thaw_train_state_new (void)
{
  ThawTrainState *self = g_new0 (ThawTrainState, 1);

  self->tensors = thaw_tensor_map_new ();
  return self;
}

void
thaw_train_state_free (ThawTrainState *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->tensors, thaw_tensor_map_unref);
  g_clear_pointer (&self->best, thaw_tensor_map_unref);
  g_free (self->json);
  g_free (self);
}

/* --- what moves --- */

static void
add_statistics (const ThawTrainer *self, const ThawFreeze *freeze, const ThawNode *node, GPtrArray *names)
{
  if (node->op != THAW_OP_BATCHNORM || !thaw_freeze_uses_batch_statistics (freeze, node->name))
    return;
  for (guint i = 1; i < node->n_inputs; i++)
    if (node->inputs[i] && node->inputs[i]->op == THAW_OP_PARAMETER && !thaw_graph_is_weight (self->model->graph, node->inputs[i]))
      g_ptr_array_add (names, g_strdup (node->inputs[i]->name));
}

GPtrArray *
thaw_trainer_phase_names (const ThawTrainer *self, const ThawFreeze *freeze)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < thaw_graph_size (self->model->graph); i++)
    {
      const ThawNode *node = thaw_graph_at (self->model->graph, i);

      if (node->op == THAW_OP_PARAMETER && thaw_freeze_is_trainable (freeze, node->name))
        g_ptr_array_add (names, g_strdup (node->name));
      add_statistics (self, freeze, node, names);
    }
  return names;
}

static ThawTensor *
parameter (const ThawTrainer *self, const char *name)
{
  return thaw_tensor_map_get (self->model->parameters, name);
}

/* From now on the tensor is written to: it must be nobody else's. */
static void
own_parameter (ThawTrainer *self, const char *name)
{
  ThawTensor *tensor = parameter (self, name);

  if (tensor->owner || !g_atomic_ref_count_compare (&tensor->references, 1))
    thaw_tensor_map_take (self->model->parameters, name, thaw_tensor_copy (tensor));
}

/* TRUE when it was not there */
static gboolean
keep_copy (ThawTensorMap *map, const ThawTrainer *self, const char *name)
{
  if (!map || thaw_tensor_map_get (map, name))
    return FALSE;
  thaw_tensor_map_take (map, name, thaw_tensor_copy (parameter (self, name)));
  return TRUE;
}

/* What was not in the best weights yet has not moved since. */
void
thaw_trainer_add_moved (ThawTrainer *self, const GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (!g_ptr_array_find_with_equal_func (self->moved, name, g_str_equal, NULL))
        {
          g_ptr_array_add (self->moved, g_strdup (name));
          own_parameter (self, name);
        }
      self->best_changed |= keep_copy (self->best, self, name);
      keep_copy (self->start, self, name);
    }
}

ThawTensorMap *
thaw_trainer_copy_moved (const ThawTrainer *self)
{
  ThawTensorMap *map = thaw_tensor_map_new ();

  for (guint i = 0; i < self->moved->len; i++)
    keep_copy (map, self, g_ptr_array_index (self->moved, i));
  return map;
}

static void
copy_values (ThawTensor *to, const ThawTensor *from)
{
  memcpy (to->data, from->data, to->bytes);
}

void
thaw_trainer_restore_best (ThawTrainer *self)
{
  ThawTensorMap *from = self->best ? self->best : self->start;

  for (guint i = 0; from && i < thaw_tensor_map_size (from); i++)
    copy_values (parameter (self, thaw_tensor_map_name (from, i)), thaw_tensor_map_at (from, i));
}

/* --- writing --- */

static void
write_since (const ThawTrainer *self, JsonBuilder *builder)
{
  GHashTableIter iter;
  gpointer name, since;

  json_builder_set_member_name (builder, "moments-since");
  json_builder_begin_object (builder);
  for (guint i = 0; self->updates && i < self->updates->len; i++)
    {
      const ThawUpdate *update = &g_array_index (self->updates, ThawUpdate, i);

      if (!update->since)
        continue;
      json_builder_set_member_name (builder, update->name);
      json_builder_add_int_value (builder, (gint64) update->since);
    }
  g_hash_table_iter_init (&iter, self->restored_since);
  while (g_hash_table_iter_next (&iter, &name, &since))
    {
      json_builder_set_member_name (builder, name);
      json_builder_add_int_value (builder, (gint64) GPOINTER_TO_SIZE (since));
    }
  json_builder_end_object (builder);
}

/* The phase under way, where it is no longer as the options say */
static void
write_change (const ThawTrainer *self, JsonBuilder *builder)
{
  if (!self->changed)
    return;
  json_builder_set_member_name (builder, "changed");
  thaw_phase_write (self->changed, builder);
  write_since (self, builder);
}

static char *
write_position (const ThawTrainer *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  thaw_fields_write (fields, &self->position, builder);
  json_builder_set_member_name (builder, "left-out");
  thaw_left_out_write (self->left_out, builder);
  write_change (self, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

static void
collect_tensors (const ThawTrainer *self, ThawTensorMap *tensors)
{
  for (guint i = 0; i < self->moved->len; i++)
    {
      const char *name = g_ptr_array_index (self->moved, i);
      g_autofree char *key = g_strconcat (MODEL_PREFIX, name, NULL);

      thaw_tensor_map_set (tensors, key, parameter (self, name));
    }
  for (guint i = 0; self->updates && i < self->updates->len; i++)
    {
      const ThawUpdate *update = &g_array_index (self->updates, ThawUpdate, i);

      for (guint slot = 0; slot < 2 && update->slots[slot]; slot++)
        {
          g_autofree char *key = g_strdup_printf ("slot%u/%s", slot, update->name);

          thaw_tensor_map_set (tensors, key, update->slots[slot]);
        }
    }
  /* a phase that could not begin yet: its optimizer's state is what it was */
  for (guint i = 0; self->restored && i < thaw_tensor_map_size (self->restored); i++)
    thaw_tensor_map_set (tensors, thaw_tensor_map_name (self->restored, i), thaw_tensor_map_at (self->restored, i));
}

gboolean
thaw_trainer_offer_state (ThawTrainer *self, const ThawEpoch *epoch, GError **error)
{
  g_autoptr (ThawTrainState) state = NULL;

  self->last_checkpoint = g_get_monotonic_time ();
  if (!self->observer.checkpoint)
    return TRUE;
  state = thaw_train_state_new ();
  collect_tensors (self, state->tensors);
  state->best = self->best ? thaw_tensor_map_ref (self->best) : NULL;
  state->best_changed = self->best_changed;
  state->json = write_position (self);
  self->best_changed = FALSE;
  return self->observer.checkpoint (self->observer.data, state, epoch, error);
}

/* --- reading --- */

static gboolean
invalid (const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the run cannot go on from where it was (%s): train anew", what);
  return FALSE;
}

static gboolean
read_since (ThawTrainer *self, JsonNode *node, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return invalid ("the steps of the moments are damaged", error);
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value))
    {
      const gint64 since = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_int (value) : -1;

      if (since < 0 || (guint64) since > self->position.optimizer_steps)
        return invalid ("the steps of the moments are damaged", error);
      g_hash_table_insert (self->restored_since, g_strdup (name), GSIZE_TO_POINTER ((gsize) since));
    }
  return TRUE;
}

static gboolean
read_change (ThawTrainer *self, JsonObject *object, GError **error)
{
  JsonNode *changed = json_object_get_member (object, "changed"), *since = json_object_get_member (object, "moments-since");

  g_clear_pointer (&self->changed, thaw_phase_free);
  g_hash_table_remove_all (self->restored_since);
  if (!changed)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (changed) || self->position.phase == self->options->phases->len)
    return invalid ("the change of the phase is damaged", error);
  self->changed = thaw_phase_read (json_node_get_object (changed), error);
  return self->changed && (!since || read_since (self, since, error));
}

static gboolean
read_position (ThawTrainer *self, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;
  JsonNode *left_out;

  if (!root)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return invalid ("the position is damaged", error);
  if (!thaw_fields_read (fields, &self->position, json_node_get_object (root), error))
    return FALSE;
  left_out = json_object_get_member (json_node_get_object (root), "left-out");
  if (left_out && (!JSON_NODE_HOLDS_ARRAY (left_out) || !thaw_left_out_read (self->left_out, json_node_get_array (left_out))))
    return invalid ("the list of pictures left out is damaged", error);
  if (self->position.phase > self->options->phases->len)
    return invalid ("it has more phases than the options", error);
  return read_change (self, json_node_get_object (root), error);
}

static gboolean
fits (const ThawTensor *to, const ThawTensor *from)
{
  return from && from->dtype == THAW_DTYPE_F32 && thaw_shape_equal (&from->shape, &to->shape);
}

/* A state holds what differs from the model the run began with: the others are as they are now. */
static gboolean
read_best (ThawTrainer *self, const ThawTensorMap *best, GError **error)
{
  g_clear_pointer (&self->best, thaw_tensor_map_unref);
  if (!best)
    return self->position.best_epoch == 0 || invalid ("the best weights are missing", error);
  self->best = thaw_tensor_map_new ();
  for (guint i = 0; i < self->moved->len; i++)
    {
      const char *name = g_ptr_array_index (self->moved, i);
      ThawTensor *tensor = thaw_tensor_map_get (best, name);

      if (tensor && !fits (parameter (self, name), tensor))
        return invalid (name, error);
      thaw_tensor_map_take (self->best, name, thaw_tensor_copy (tensor ? tensor : parameter (self, name)));
    }
  return TRUE;
}

static gboolean
read_weights (ThawTrainer *self, const ThawTensorMap *tensors, GError **error)
{
  for (guint i = 0; i < self->moved->len; i++)
    {
      const char *name = g_ptr_array_index (self->moved, i);
      g_autofree char *key = g_strconcat (MODEL_PREFIX, name, NULL);
      const ThawTensor *tensor = thaw_tensor_map_get (tensors, key);

      if (tensor && !fits (parameter (self, name), tensor))
        return invalid (name, error);
      if (tensor)
        copy_values (parameter (self, name), tensor);
    }
  return TRUE;
}

static const ThawPhase *
phase_at (const ThawTrainer *self, guint i)
{
  return i == self->position.phase && self->changed ? self->changed : g_ptr_array_index (self->options->phases, i);
}

/* What moved by a freezing that is no phase's any more, too */
static GPtrArray *
saved_names (const ThawTrainer *self, const ThawTensorMap *tensors)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
    {
      const char *name = thaw_tensor_map_name (tensors, i);

      if (g_str_has_prefix (name, MODEL_PREFIX) && parameter (self, name + strlen (MODEL_PREFIX)))
        g_ptr_array_add (names, g_strdup (name + strlen (MODEL_PREFIX)));
    }
  return names;
}

/* Kept until the phase begins; missing ones would change the bits, so that all must be there. */
static gboolean
read_slots (ThawTrainer *self, const ThawTensorMap *tensors, const GPtrArray *names, const ThawFreeze *freeze, GError **error)
{
  const ThawPhase *phase = phase_at (self, self->position.phase);
  const guint n_slots = thaw_optimizer_slots (&phase->optimizer);

  g_clear_pointer (&self->restored, thaw_tensor_map_unref);
  if (self->position.optimizer_steps == 0)
    return TRUE;
  self->restored = thaw_tensor_map_new ();
  for (guint i = 0; i < names->len; i++)
    for (guint slot = 0; slot < n_slots && thaw_freeze_is_trainable (freeze, g_ptr_array_index (names, i)); slot++)
      {
        const char *name = g_ptr_array_index (names, i);
        g_autofree char *key = g_strdup_printf ("slot%u/%s", slot, name);
        ThawTensor *tensor = thaw_tensor_map_get (tensors, key);

        if (!fits (parameter (self, name), tensor))
          return invalid (key, error);
        thaw_tensor_map_take (self->restored, key, thaw_tensor_copy (tensor));
      }
  return TRUE;
}

gboolean
thaw_trainer_read_state (ThawTrainer *self, const ThawTrainState *state, GError **error)
{
  g_autoptr (GPtrArray) saved = saved_names (self, state->tensors);

  if (!read_position (self, state->json, error))
    return FALSE;
  for (guint p = 0; p <= self->position.phase && p < self->options->phases->len; p++)
    {
      g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (phase_at (self, p), self->model, error);
      g_autoptr (GPtrArray) names = freeze ? thaw_trainer_phase_names (self, freeze) : NULL;

      if (!names)
        return FALSE;
      thaw_trainer_add_moved (self, names);
      if (p == self->position.phase && !read_slots (self, state->tensors, names, freeze, error))
        return FALSE;
    }
  thaw_trainer_add_moved (self, saved);
  if (self->position.best_epoch)
    g_clear_pointer (&self->start, thaw_tensor_map_unref);
  return read_best (self, state->best, error) && read_weights (self, state->tensors, error);
}
