/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a configuration and weights to a model. */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-private.h"

ThawNode *
thaw_keras_refuse (const ThawKerasLayer *layer, const char *what, GError **error)
{
  if (error && *error)
    return NULL;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the layer \"%.80s\" (%.60s) %s", layer->own_name,
               layer->class_name, what);
  return NULL;
}

const char *
thaw_keras_path (ThawKerasReader *self, const char *name, const char *what)
{
  g_autofree char *path = g_strdup_printf ("%s.%s", name, what);

  return g_string_chunk_insert (self->b.names, path);
}

/* How the numbers of the picture reach the network: once, for all that take it */
static gboolean
take_picture (ThawKerasLayer *layer, const ThawKerasValue *value, GError **error)
{
  ThawKerasReader *self = layer->reader;

  for (int c = 0; c < 3; c++)
    {
      if (self->taken && (self->turned != value->turned || self->scale[c] != value->scale[c] || self->offset[c] != value->offset[c]))
        return thaw_keras_refuse (layer, "takes the picture scaled in another way than a layer before", error) != NULL;
      self->scale[c] = value->scale[c];
      self->offset[c] = value->offset[c];
    }
  self->taken = TRUE;
  self->turned = value->turned;
  return TRUE;
}

ThawNode *
thaw_keras_input (ThawKerasLayer *layer, guint i, GError **error)
{
  const ThawKerasValue *value = i < layer->n_operands ? layer->operands[i].value : NULL;

  if (!value)
    return thaw_keras_refuse (layer, "has a number where it needs a value", error);
  if (value->picture && !take_picture (layer, value, error))
    return NULL;
  return value->node;
}

/* Without what turns logits into probabilities */
static ThawNode *
find_logits (ThawNode *node)
{
  while (node->op == THAW_OP_SOFTMAX || node->op == THAW_OP_SIGMOID)
    node = node->inputs[0];
  return node;
}

/* The input of the classifier, without the dropout before it; NULL where the network ends with its features */
static ThawNode *
find_features (ThawNode *logits)
{
  ThawNode *node = logits;

  while (node->op == THAW_OP_RESHAPE)
    node = node->inputs[0];
  if (logits->shape.rank != 2 || (node->op != THAW_OP_LINEAR && node->op != THAW_OP_CONV))
    return NULL;
  for (node = node->inputs[0]; node->op == THAW_OP_DROPOUT;)
    node = node->inputs[0];
  return node->op == THAW_OP_INPUT ? NULL : node;
}

/* Without what was read on the way to something simpler */
static ThawTensorMap *
keep_parameters (const ThawTensorMap *all, const ThawGraph *graph)
{
  ThawTensorMap *kept = thaw_tensor_map_new ();

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      ThawTensor *tensor = node->op == THAW_OP_PARAMETER ? thaw_tensor_map_get (all, node->name) : NULL;

      g_assert (node->op != THAW_OP_PARAMETER || (tensor && thaw_shape_equal (&tensor->shape, &node->shape)));
      if (tensor)
        thaw_tensor_map_set (kept, node->name, tensor);
    }
  return kept;
}

static ThawModel *
make_model (ThawKerasReader *self, ThawNode *output, GError **error)
{
  ThawNode *logits = find_logits (output), *features = find_features (logits);
  g_autofree char *architecture = self->family ? g_strdup_printf ("keras-%s", self->family->name) : g_strdup ("keras");
  g_autofree char *name = g_strdup (features ? features->name : logits->name);
  g_autoptr (ThawModel) model = NULL;
  ThawGraph *graph;

  if (logits->op == THAW_OP_INPUT || logits->shape.rank < 2 || logits->shape.rank > 4)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a model whose output is neither a row of classes nor a picture's features");
      return NULL;
    }
  thaw_graph_add_output (self->b.graph, logits);
  graph = thaw_graph_prune (self->b.graph);
  model = thaw_model_new (architecture, graph, keep_parameters (self->parameters, graph), thaw_graph_find (graph, name));
  if (!thaw_keras_settle_picture (self, model, error))
    return NULL;
  return features || logits->shape.rank == 2 ? g_steal_pointer (&model) : thaw_model_truncate (model, name, error);
}

static void
set_title (ThawModel *model, const ThawKerasReader *self, const ThawJsonReader *object)
{
  ThawJsonReader config;
  g_autofree char *name = thaw_json_find (object, "config", &config) ? thaw_keras_string (&config, "name") : NULL;

  g_free (model->title);
  model->title = g_strdup (self->family ? self->family->title : name && *name ? name : "Keras model");
}

static gboolean
check_text (const char *text, gsize length, ThawJsonReader *object, GError **error)
{
  ThawJsonReader at;

  thaw_json_reader_init (object, text, length);
  at = *object;
  if (thaw_json_skip (&at) && thaw_json_peek (&at) == 0 && at.at == at.end)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "its description of the layers is no JSON; if the file was cut off, fetch it again");
  return FALSE;
}

static gboolean
check_used (const ThawKerasReader *self, GError **error)
{
  if (self->store->n_weights == 0 || self->n_used == self->store->n_weights)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the network takes %u of the file's %u weights", self->n_used, self->store->n_weights);
  return FALSE;
}

ThawModel *
thaw_keras_read (const char *text, gsize length, const ThawKerasStore *store, gboolean old, const char *end, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  ThawKerasReader self = { .b = { graph, NULL, names }, .parameters = parameters, .store = store, .end = end, .old = old };
  ThawKerasScope scope = { "", "", NULL, 0 };
  g_autoptr (GError) problem = NULL;
  ThawKerasValue value;
  ThawJsonReader object;
  ThawModel *model = NULL;

  if (check_text (text, length, &object, &problem) && thaw_keras_read_model (&self, &object, &scope, &value, &problem)
      && check_used (&self, &problem))
    model = make_model (&self, value.node, &problem);
  if (model)
    set_title (model, &self, &object);
  else
    g_propagate_error (error, g_steal_pointer (&problem));
  g_clear_error (&self.b.error);
  return model;
}
