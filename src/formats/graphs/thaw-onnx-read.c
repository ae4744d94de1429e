/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-op.h>

#include "../thaw-formats.h"
#include "thaw-onnx.h"

#define MAX_SIDE 8192

static gboolean
makes_value (const ThawOnnx__Graph *graph, const char *name)
{
  for (gsize i = 0; i < graph->n_node; i++)
    for (gsize k = 0; k < graph->node[i]->n_output; k++)
      if (g_str_equal (graph->node[i]->output[k], name))
        return TRUE;
  return FALSE;
}

static const ThawOnnx__Value *
find_value (ThawOnnx__Value *const *values, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_strcmp0 (values[i]->name, name) == 0)
      return values[i];
  return NULL;
}

/* The picture as the network takes it: a value called THAW_ONNX_INPUT inside, where the file has the preprocessing too, else
 * the first input that is no parameter. */
static const ThawOnnx__Value *
find_picture (const ThawOnnxReader *self)
{
  const ThawOnnx__Graph *graph = self->proto;

  if (makes_value (graph, THAW_ONNX_INPUT))
    return find_value (graph->value_info, graph->n_value_info, THAW_ONNX_INPUT);
  for (gsize i = 0; i < graph->n_input; i++)
    if (graph->input[i]->name && !g_hash_table_contains (self->constants, graph->input[i]->name))
      return graph->input[i];
  return NULL;
}

static gint64
declared_dim (const ThawOnnx__Value *value, gsize i)
{
  const ThawOnnx__Dimension *dim = value->type->tensor_type->shape->dim[i];

  return dim && dim->has_dim_value ? dim->dim_value : 0;
}

static gboolean
add_picture (ThawOnnxReader *self, GError **error)
{
  const ThawOnnx__Value *value = find_picture (self);
  const ThawOnnx__TensorType *type = value && value->type ? value->type->tensor_type : NULL;
  gint64 c, h, w;

  if (!type || type->elem_type != THAW_ONNX_FLOAT || !type->shape || type->shape->n_dim != 4)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "the network's input is not a float32 picture [N, 3, H, W]");
      return FALSE;
    }
  c = declared_dim (value, 1);
  h = declared_dim (value, 2);
  w = declared_dim (value, 3);
  if (c < 1 || c > 4 || h < 1 || h > MAX_SIDE || w < 1 || w > MAX_SIDE)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "input \"%.80s\" has the size %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                   "; 1 to 4 channels and up to %d pixels a side are possible, and none may be left open",
                   value->name, c, h, w, MAX_SIDE);
      return FALSE;
    }
  g_hash_table_insert (self->values, value->name,
                       thaw_graph_add_input (self->graph, THAW_ONNX_INPUT, &THAW_SHAPE (1, h, w, c)));
  return TRUE;
}

static gboolean
read_constants (ThawOnnxReader *self, GError **error)
{
  for (gsize i = 0; i < self->proto->n_initializer; i++)
    {
      const ThawOnnx__Tensor *proto = self->proto->initializer[i];
      ThawTensor *tensor = thaw_onnx_tensor (proto, error);

      if (!tensor)
        return FALSE;
      g_hash_table_insert (self->constants, proto->name ? proto->name : (char *) "", tensor);
    }
  return TRUE;
}

static gboolean
read_nodes (ThawOnnxReader *self, const char *target, GError **error)
{
  g_autofree gboolean *needed = thaw_onnx_needed (self->proto, target, makes_value (self->proto, THAW_ONNX_INPUT) ? THAW_ONNX_INPUT : NULL);
  ThawNode *logits;

  for (gsize i = 0; i < self->proto->n_node; i++)
    if (needed[i] && !thaw_onnx_read_node (self, self->proto->node[i], error))
      return FALSE;
  logits = g_hash_table_lookup (self->values, target);
  if (!logits || !logits->batched || logits->shape.rank != 2)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "output \"%.80s\" is not a row of logits a picture", target);
      return FALSE;
    }
  thaw_graph_add_output (self->graph, logits);
  return TRUE;
}

/* Without what was read on the way to something simpler, and without its constants */
static void
drop_unused (ThawOnnxReader *self, ThawGraph **graph, ThawTensorMap **parameters)
{
  *graph = thaw_graph_prune (self->graph);
  *parameters = thaw_tensor_map_new ();
  for (guint id = 0; id < thaw_graph_size (*graph); id++)
    {
      const ThawNode *node = thaw_graph_at (*graph, id);

      if (node->op == THAW_OP_PARAMETER)
        thaw_tensor_map_set (*parameters, node->name, thaw_tensor_map_get (self->parameters, node->name));
    }
}

/* What the last linear layer takes; NULL where there is none */
static ThawNode *
guess_features (ThawNode *node)
{
  while (node && node->op != THAW_OP_LINEAR)
    node = node->n_inputs ? node->inputs[0] : NULL;
  return node ? node->inputs[0] : NULL;
}

static char *
copy_metadata (const ThawOnnx__Model *proto, const char *key)
{
  const char *value = thaw_onnx_metadata (proto, key);

  return value && g_utf8_validate (value, -1, NULL) ? g_strdup (value) : NULL;
}

static gboolean
set_metadata (ThawModel *model, const ThawOnnx__Model *proto, GError **error)
{
  const char *labels = thaw_onnx_metadata (proto, "labels");
  const char *preprocessing = thaw_onnx_metadata (proto, "preprocessing");

  if (preprocessing && !thaw_preprocessing_from_json (&model->preprocessing, preprocessing, error))
    return FALSE;
  if (labels)
    {
      g_auto (GStrv) list = thaw_labels_from_json (labels, error);

      if (!list)
        return FALSE;
      if (g_strv_length (list) == (guint) thaw_model_n_classes (model))
        thaw_model_set_labels (model, (const char *const *) list);
    }
  model->head = copy_metadata (proto, "head");
  model->cut_at = copy_metadata (proto, "cut_at");
  model->licence = copy_metadata (proto, "licence");
  if (thaw_onnx_metadata (proto, "title"))
    {
      g_free (model->title);
      model->title = copy_metadata (proto, "title");
    }
  return TRUE;
}

static ThawModel *
make_model (ThawOnnxReader *self, const ThawOnnx__Model *proto, GError **error)
{
  const char *features = thaw_onnx_metadata (proto, "features");
  const char *architecture = thaw_onnx_metadata (proto, "architecture");
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawTensorMap) parameters = NULL;
  g_autoptr (ThawModel) model = NULL;
  ThawNode *node;

  drop_unused (self, &graph, &parameters);
  node = features ? thaw_graph_find (graph, features) : NULL;

  if (!node || !node->batched)
    node = guess_features (thaw_graph_output (graph, 0));
  if (!node)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "no linear layer before the output: not a classifier that a head can be put on");
      return NULL;
    }
  model = thaw_model_new (architecture ? architecture : "onnx", thaw_graph_ref (graph),
                          thaw_tensor_map_ref (parameters), node);
  if (!set_metadata (model, proto, error))
    return NULL;
  return g_steal_pointer (&model);
}

ThawModel *
thaw_onnx_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_unpack (bytes, error);
  g_autoptr (GHashTable) constants = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) thaw_tensor_unref);
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();
  g_autoptr (GHashTable) steps = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  ThawOnnxReader self = { proto ? proto->graph : NULL, graph, parameters, constants, values, steps };
  const char *target;

  if (!proto)
    return NULL;
  if (proto->graph->n_output == 0 || !proto->graph->output[0]->name)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "an ONNX file without an output");
      return NULL;
    }
  target = makes_value (proto->graph, THAW_ONNX_LOGITS) ? THAW_ONNX_LOGITS : proto->graph->output[0]->name;
  if (!read_constants (&self, error) || !add_picture (&self, error) || !read_nodes (&self, target, error))
    return NULL;
  return make_model (&self, proto, error);
}
