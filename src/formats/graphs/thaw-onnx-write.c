/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-op.h>

#include "thaw-graph-parts.h"
#include "thaw-onnx.h"

#define OPSET 18
#define IR_VERSION 8

static void
name_values (ThawOnnxWriter *self)
{
  const ThawGraph *graph = self->model->graph;
  guint size = thaw_graph_size (graph);

  self->values = g_new0 (char *, size + 1);
  for (guint id = 0; id < size; id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      gboolean leaf = !node->batched;

      self->values[id] = leaf ? g_strdup (node->name) : g_strconcat (node->name, "_output", NULL);
    }
  g_free (self->values[thaw_graph_input (graph, 0)->id]);
  self->values[thaw_graph_input (graph, 0)->id] = g_strdup (THAW_ONNX_INPUT);
  g_free (self->values[thaw_graph_output (graph, 0)->id]);
  self->values[thaw_graph_output (graph, 0)->id] = g_strdup (THAW_ONNX_LOGITS);
}

/* Nodes that the file needs: everything but what only turns an image for a reshape, which looks through it */
static gboolean
is_written (const ThawGraph *graph, const ThawNode *node)
{
  gboolean used = node == thaw_graph_output (graph, 0);
  gboolean turns = thaw_onnx_turns_channels_first (node);

  if (node->op == THAW_OP_INPUT || !node->batched)
    return FALSE;
  for (guint id = node->id + 1; turns && !used && id < thaw_graph_size (graph); id++)
    {
      const ThawNode *other = thaw_graph_at (graph, id);

      for (guint i = 0; i < other->n_inputs; i++)
        used |= other->inputs[i] == node && other->op != THAW_OP_RESHAPE;
    }
  return used || !turns;
}

static gboolean
write_layers (ThawOnnxWriter *self, GError **error)
{
  const ThawGraph *graph = self->model->graph;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (is_written (graph, node) && !thaw_onnx_write_node (self, node, error))
        return FALSE;
    }
  return TRUE;
}

/* logits [1, classes] -> probabilities [classes] */
static void
write_probabilities (ThawOnnxBuilder *b)
{
  const char *logits[] = { THAW_ONNX_LOGITS, NULL };
  const char *row[] = { "probabilities_row", thaw_onnx_add_ints (b, (gint64[]){ 0 }, 1), NULL };

  thaw_onnx_set_int (thaw_onnx_add_node (b, "Softmax", "softmax", logits, row[0]), "axis", 1);
  thaw_onnx_add_node (b, "Squeeze", "squeeze", row, THAW_ONNX_PROBABILITIES);
}

static void
take_value (ThawOnnx__Value ***list, size_t *n, ThawOnnx__Value *value)
{
  *list = g_new (ThawOnnx__Value *, 1);
  (*list)[0] = value;
  *n = 1;
}

static void
declare_ends (ThawOnnx__Graph *graph, const ThawModel *model, gboolean whole)
{
  const ThawShape *picture = &thaw_graph_input (model->graph, 0)->shape;
  gint64 input[] = { -1, picture->dim[3], picture->dim[1], picture->dim[2] };
  gint64 logits[] = { -1, thaw_model_n_classes (model) };
  gint64 image[] = { -1, -1, 3 };

  if (whole)
    {
      take_value (&graph->input, &graph->n_input, thaw_onnx_value_new (THAW_ONNX_IMAGE, THAW_ONNX_UINT8, image, 3, "height"));
      take_value (&graph->output, &graph->n_output,
                  thaw_onnx_value_new (THAW_ONNX_PROBABILITIES, THAW_ONNX_FLOAT, logits + 1, 1, NULL));
      return;
    }
  take_value (&graph->input, &graph->n_input, thaw_onnx_value_new (THAW_ONNX_INPUT, THAW_ONNX_FLOAT, input, 4, "N"));
  take_value (&graph->output, &graph->n_output, thaw_onnx_value_new (THAW_ONNX_LOGITS, THAW_ONNX_FLOAT, logits, 2, "N"));
}

static ThawOnnx__Graph *
write_graph (const ThawModel *model, gboolean with_preprocessing, GError **error)
{
  ThawOnnxWriter self = { .model = model };
  ThawOnnx__Graph *graph = NULL;
  const ThawPreprocessing *preprocessing = &model->preprocessing;
  gint64 input[] = { 1, 3, preprocessing->height, preprocessing->width };

  thaw_onnx_builder_init (&self.builder);
  name_values (&self);
  if (with_preprocessing)
    {
      thaw_onnx_write_preprocessing (&self.builder, preprocessing);
      g_ptr_array_add (self.builder.infos, thaw_onnx_value_new (THAW_ONNX_INPUT, THAW_ONNX_FLOAT, input, 4, NULL));
    }
  self.constants = thaw_graph_constants (model->graph, model->parameters);
  if (write_layers (&self, error))
    {
      if (with_preprocessing)
        write_probabilities (&self.builder);
      graph = g_new (ThawOnnx__Graph, 1);
      thaw_onnx__graph__init (graph);
      graph->name = g_strdup (model->architecture);
      declare_ends (graph, model, with_preprocessing);
      thaw_onnx_builder_finish (&self.builder, graph);
    }
  g_strfreev (self.values);
  thaw_tensor_map_unref (self.constants);
  thaw_onnx_builder_clear (&self.builder);
  return graph;
}

static void
add_metadata (ThawOnnx__Model *proto, const char *key, char *value)
{
  ThawOnnx__Pair *pair;

  if (!value)
    return;
  pair = g_new (ThawOnnx__Pair, 1);
  thaw_onnx__pair__init (pair);
  pair->key = g_strdup (key);
  pair->value = value;
  proto->metadata_props = g_renew (ThawOnnx__Pair *, proto->metadata_props, proto->n_metadata_props + 1);
  proto->metadata_props[proto->n_metadata_props++] = pair;
}

static void
write_metadata (ThawOnnx__Model *proto, const ThawModel *model)
{
  add_metadata (proto, "labels", model->labels ? thaw_labels_to_json ((const char *const *) model->labels) : NULL);
  add_metadata (proto, "preprocessing", thaw_preprocessing_to_json (&model->preprocessing));
  add_metadata (proto, "architecture", g_strdup (model->architecture));
  add_metadata (proto, "title", g_strdup (model->title));
  add_metadata (proto, "licence", g_strdup (model->licence));
  add_metadata (proto, "head", g_strdup (model->head));
  add_metadata (proto, "cut_at", g_strdup (model->cut_at));
  add_metadata (proto, "features", model->features ? g_strdup (model->features->name) : NULL);
}

/* The graph that is written crops and never pads. */
static gboolean
check_preprocessing (const ThawPreprocessing *self, GError **error)
{
  if (self->stretch || !self->resize || self->resize >= MAX (self->width, self->height))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "pictures are scaled to %d pixels and then padded to %d x %d: that cannot be written into the "
               "file; export without preprocessing",
               self->resize, self->width, self->height);
  return FALSE;
}

static ThawOnnx__Model *
write_model (const ThawModel *model, gboolean with_preprocessing, GError **error)
{
  ThawOnnx__Graph *graph;
  ThawOnnx__Model *proto;

  if (with_preprocessing && !check_preprocessing (&model->preprocessing, error))
    return NULL;
  graph = write_graph (model, with_preprocessing, error);
  if (!graph)
    return NULL;
  proto = g_new (ThawOnnx__Model, 1);
  thaw_onnx__model__init (proto);
  proto->has_ir_version = TRUE;
  proto->ir_version = IR_VERSION;
  proto->producer_name = g_strdup ("Thaw");
  proto->producer_version = g_strdup (THAW_VERSION);
  proto->graph = graph;
  proto->n_opset_import = 1;
  proto->opset_import = g_new (ThawOnnx__OperatorSet *, 1);
  proto->opset_import[0] = g_new (ThawOnnx__OperatorSet, 1);
  thaw_onnx__operator_set__init (proto->opset_import[0]);
  proto->opset_import[0]->domain = g_strdup ("");
  proto->opset_import[0]->has_version = TRUE;
  proto->opset_import[0]->version = OPSET;
  write_metadata (proto, model);
  return proto;
}

GBytes *
thaw_onnx_write (const ThawModel *model, gboolean with_preprocessing, GError **error)
{
  g_autoptr (ThawOnnxModel) proto = write_model (model, with_preprocessing, error);
  guint8 *data;
  gsize size;

  if (!proto)
    return NULL;
  size = thaw_onnx__model__get_packed_size (proto);
  if (size > G_MAXINT32)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                   "an ONNX file cannot be larger than 2 GiB; export to safetensors");
      return NULL;
    }
  data = g_malloc (size);
  thaw_onnx__model__pack (proto, data);
  return g_bytes_new_take (data, size);
}

gboolean
thaw_onnx_save (const ThawModel *model, gboolean with_preprocessing, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_onnx_write (model, with_preprocessing, error);

  return bytes && thaw_file_replace (path, bytes, error);
}
