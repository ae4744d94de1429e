/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as TensorFlow Lite's operators. Values lie in the file as they do here: [1, H, W, C]. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "formats/weights/thaw-zip.h"
#include "thaw-graph-parts.h"
#include "thaw-tflite.h"

/* @data lives as long as the writer (transfer none) */
static gconstpointer
keep (ThawTfliteWriter *self, gconstpointer data, gsize size)
{
  GBytes *bytes = g_bytes_new (data, size);

  g_ptr_array_add (self->memory, bytes);
  return g_bytes_get_data (bytes, NULL);
}

static gint32
add_tensor (ThawTfliteWriter *self, const char *name, int type, const ThawShape *shape, gconstpointer data, gsize size)
{
  ThawTfliteTensor tensor = { .type = type, .rank = shape->rank, .data = data, .size = size };
  g_autofree char *own = name ? NULL : g_strdup_printf ("constant/%u", self->serial++);

  tensor.name = g_string_chunk_insert (self->names, name ? name : own);
  for (int axis = 0; axis < shape->rank; axis++)
    tensor.shape[axis] = (gint32) shape->dim[axis];
  g_array_append_val (self->file->tensors, tensor);
  return (gint32) self->file->tensors->len - 1;
}

gint32
thaw_tflite_add_value (ThawTfliteWriter *self, const char *name, const ThawShape *shape)
{
  return add_tensor (self, name, THAW_TFLITE_FLOAT32, shape, NULL, 0);
}

gint32
thaw_tflite_add_step (ThawTfliteWriter *self, const ThawNode *of, const ThawShape *shape)
{
  g_autofree char *name = g_strdup_printf ("%s/%u", of->name, self->serial++);

  return thaw_tflite_add_value (self, name, shape);
}

/* The numbers as float16, and the operator that makes float32 of them where the network is loaded */
static gint32
add_half (ThawTfliteWriter *self, const char *name, const ThawShape *shape, const float *data)
{
  g_autoptr (ThawTensor) whole = thaw_tensor_new (THAW_DTYPE_F32, shape), narrow = NULL;
  g_autofree char *stored = g_strconcat (name, "/float16", NULL);
  gint32 half, value;

  memcpy (whole->data, data, whole->bytes);
  narrow = thaw_tensor_convert (whole, THAW_DTYPE_F16);
  half = add_tensor (self, stored, THAW_TFLITE_FLOAT16, shape, keep (self, narrow->data, narrow->bytes), narrow->bytes);
  value = thaw_tflite_add_value (self, name, shape);
  thaw_tflite_add_operator (self, THAW_TFLITE_DEQUANTIZE, 3, &half, 1, value);
  return value;
}

gint32
thaw_tflite_add_floats (ThawTfliteWriter *self, const char *name, const ThawShape *shape, const float *data, gboolean kernel)
{
  gsize size = (gsize) thaw_shape_count (shape) * sizeof *data;

  if (kernel && self->half)
    return add_half (self, name, shape, data);
  return add_tensor (self, name, THAW_TFLITE_FLOAT32, shape, keep (self, data, size), size);
}

gint32
thaw_tflite_add_number (ThawTfliteWriter *self, float value)
{
  return thaw_tflite_add_floats (self, NULL, &(ThawShape){ 0 }, &value, FALSE);
}

/* The same numbers once */
gint32
thaw_tflite_add_ints (ThawTfliteWriter *self, const gint32 *values, guint n, guint rows)
{
  ThawShape shape = rows ? THAW_SHAPE (rows, n / rows) : THAW_SHAPE (n);
  gsize size = n * sizeof *values;
  g_autoptr (GBytes) key = NULL;
  g_autofree guint8 *text = g_malloc (size + 1);
  gpointer there;
  gint32 tensor;

  memcpy (text, values, size);
  text[size] = (guint8) rows;
  key = g_bytes_new (text, size + 1);
  if (g_hash_table_lookup_extended (self->shared, key, NULL, &there))
    return GPOINTER_TO_INT (there);
  tensor = add_tensor (self, NULL, THAW_TFLITE_INT32, &shape, keep (self, values, size), size);
  g_hash_table_insert (self->shared, g_steal_pointer (&key), GINT_TO_POINTER (tensor));
  return tensor;
}

ThawTfliteOptions *
thaw_tflite_add_operator (ThawTfliteWriter *self, ThawTfliteCode code, int version, const gint32 *inputs, guint n, gint32 output)
{
  ThawTfliteOperator op = { .code = code, .version = version, .n_inputs = n, .n_outputs = 1 };

  op.inputs = keep (self, inputs, n * sizeof *inputs);
  op.outputs = keep (self, &output, sizeof output);
  op.options.dilation[0] = op.options.dilation[1] = 1;
  g_array_append_val (self->file->operators, op);
  return &g_array_index (self->file->operators, ThawTfliteOperator, self->file->operators->len - 1).options;
}

void
thaw_tflite_add_simple (ThawTfliteWriter *self, ThawTfliteCode code, gint32 a, gint32 b, gint32 output)
{
  thaw_tflite_add_operator (self, code, 1, (gint32[]){ a, b }, b < 0 ? 1 : 2, output);
}

/* What was folded into a kernel goes by the kernel's own name. */
static char *
constant_name (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, ".folded_", 2);

  return g_strjoinv (".", parts);
}

static gint32
add_parameter (ThawTfliteWriter *self, const ThawNode *parameter, const int *perm)
{
  ThawTensor *tensor = thaw_tensor_map_get (self->model->parameters, parameter->name);
  g_autoptr (ThawTensor) turned = perm ? thaw_tensor_permute (tensor, perm) : thaw_tensor_ref (tensor);
  g_autofree char *name = constant_name (parameter->name);

  return thaw_tflite_add_floats (self, name, &turned->shape, thaw_tensor_f32 (turned), turned->shape.rank >= 2);
}

gint32
thaw_tflite_input (ThawTfliteWriter *self, const ThawNode *node, guint i)
{
  const ThawNode *x = node->inputs[i];

  if (self->values[x->id] < 0)
    self->values[x->id] = add_parameter (self, x, NULL);
  return self->values[x->id];
}

gint32
thaw_tflite_kernel (ThawTfliteWriter *self, const ThawNode *node, const int *perm)
{
  return add_parameter (self, node->inputs[1], perm);
}

gint32
thaw_tflite_output (ThawTfliteWriter *self, const ThawNode *node)
{
  gint32 *value = &self->values[node->id];
  gboolean last = node == thaw_graph_output (self->model->graph, 0);

  if (*value < 0)
    *value = thaw_tflite_add_value (self, last ? THAW_TFLITE_LOGITS : node->name, &node->shape);
  return *value;
}

gint32
thaw_tflite_bias (ThawTfliteWriter *self, const ThawNode *node, gint64 width)
{
  g_autofree float *zeros = NULL;

  if (node->n_inputs > 2 && node->inputs[2])
    return thaw_tflite_input (self, node, 2);
  zeros = g_new0 (float, width);
  return thaw_tflite_add_floats (self, NULL, &THAW_SHAPE (width), zeros, FALSE);
}

gboolean
thaw_tflite_refuse_node (const ThawNode *node, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "layer %s cannot be written to TensorFlow Lite: %s; export ONNX instead", node->name, what);
  return FALSE;
}

/* --- the whole --- */

/* image [1, H, W, 3], 0 .. 255 -> the network's input */
static void
write_normalisation (ThawTfliteWriter *self)
{
  const ThawPreprocessing *preprocessing = &self->model->preprocessing;
  const ThawNode *picture = thaw_graph_input (self->model->graph, 0);
  ThawTfliteOptions *options;
  float scale[3];
  gint32 mean, std, centred;

  for (int c = 0; c < 3; c++)
    scale[c] = 1 / preprocessing->std[c];
  self->file->input = thaw_tflite_add_value (self, THAW_TFLITE_IMAGE, &picture->shape);
  mean = thaw_tflite_add_floats (self, "preprocessing.mean", &THAW_SHAPE (3), preprocessing->mean, FALSE);
  std = thaw_tflite_add_floats (self, "preprocessing.scale", &THAW_SHAPE (3), scale, FALSE);
  centred = thaw_tflite_add_step (self, picture, &picture->shape);
  self->values[picture->id] = thaw_tflite_add_value (self, "input", &picture->shape);
  options = thaw_tflite_add_operator (self, THAW_TFLITE_SUB, 1, (gint32[]){ self->file->input, mean }, 2, centred);
  options->activation = THAW_TFLITE_NO_ACTIVATION;
  thaw_tflite_add_simple (self, THAW_TFLITE_MUL, centred, std, self->values[picture->id]);
}

static void
write_probabilities (ThawTfliteWriter *self)
{
  const ThawNode *logits = thaw_graph_output (self->model->graph, 0);
  gint32 value = self->values[logits->id];

  self->file->output = thaw_tflite_add_value (self, THAW_TFLITE_PROBABILITIES, &logits->shape);
  thaw_tflite_add_operator (self, THAW_TFLITE_SOFTMAX, 1, &value, 1, self->file->output)->beta = 1;
}

static void
take_text (ThawTflite *file, const char *key, char *text)
{
  if (text)
    g_hash_table_insert (file->metadata, g_strdup (key), g_bytes_new_take (text, strlen (text)));
}

static void
write_metadata (ThawTflite *file, const ThawModel *model, const ThawModel *folded)
{
  file->title = model->title;
  file->licence = model->licence;
  take_text (file, THAW_TFLITE_KEY_LABELS, model->labels ? thaw_labels_to_json ((const char *const *) model->labels) : NULL);
  take_text (file, THAW_TFLITE_KEY_PREPROCESSING, thaw_preprocessing_to_json (&model->preprocessing));
  take_text (file, THAW_TFLITE_KEY_TITLE, g_strdup (model->title));
  take_text (file, THAW_TFLITE_KEY_LICENCE, g_strdup (model->licence));
  take_text (file, THAW_TFLITE_KEY_FEATURES, g_strdup (folded->features->name));
}

/* Values of activations, and what keeps them so */
static gboolean
is_nonnegative (const ThawTfliteWriter *self, const ThawNode *node)
{
  static const gboolean activations[THAW_N_ACTIVATIONS] = { [THAW_ACTIVATION_RELU] = TRUE, [THAW_ACTIVATION_RELU6] = TRUE,
                                                            [THAW_ACTIVATION_SIGMOID] = TRUE, [THAW_ACTIVATION_HARDSIGMOID] = TRUE };
  gboolean all = TRUE;

  switch (node->op)
    {
    case THAW_OP_CONV:
    case THAW_OP_DEPTHWISE: return activations[node->params.window.activation];
    case THAW_OP_CONCAT:
    case THAW_OP_MAX_POOL:
      for (guint i = 0; i < node->n_inputs; i++)
        all = all && self->nonnegative[node->inputs[i]->id];
      return all;
    default: return activations[thaw_op_activation (node->op)];
    }
}

static gboolean
write_layers (ThawTfliteWriter *self, GError **error)
{
  const ThawGraph *graph = self->model->graph;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (!node->batched || node->op == THAW_OP_INPUT)
        continue;
      self->nonnegative[id] = is_nonnegative (self, node);
      if (!thaw_tflite_write_node (self, node, error))
        return FALSE;
    }
  return TRUE;
}

/* A line a class, whatever a label has in it */
static GBytes *
labels_file (const ThawModel *model)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; model->labels[i]; i++)
    {
      g_autofree char *line = g_strdelimit (g_strdup (model->labels[i]), "\r\n\v\f", ' ');

      g_string_append_printf (text, "%s\n", line);
    }
  return g_string_free_to_bytes (text);
}

/* The labels as a ZIP archive behind the network, which is how TensorFlow Lite carries files */
static GBytes *
append_labels (GBytes *file, const ThawModel *model, GError **error)
{
  const char *const names[] = { THAW_TFLITE_LABELS, NULL };
  g_autoptr (GBytes) labels = model->labels ? labels_file (model) : NULL;

  return labels ? thaw_zip_append (file, names, &labels, error) : g_bytes_ref (file);
}

static gboolean
check_ends (const ThawModel *model, GError **error)
{
  const ThawNode *picture = thaw_graph_input (model->graph, 0), *logits = thaw_graph_output (model->graph, 0);

  if (picture->shape.dim[3] == 3 && logits->shape.rank == 2 && logits != picture)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "only a classifier of pictures with three colours can be written to TensorFlow Lite: export ONNX instead");
  return FALSE;
}

static GBytes *
write_file (ThawTfliteWriter *self, const ThawModel *model, GError **error)
{
  g_autoptr (GBytes) packed = NULL;

  write_normalisation (self);
  if (!write_layers (self, error))
    return NULL;
  write_probabilities (self);
  write_metadata (self->file, model, self->model);
  packed = thaw_tflite_pack (self->file, model->labels ? THAW_TFLITE_LABELS : NULL, error);
  return packed ? append_labels (packed, model, error) : NULL;
}

GBytes *
thaw_tflite_write (const ThawModel *model, ThawDtype dtype, GError **error)
{
  g_autoptr (ThawModel) folded = thaw_tflite_rounded (model, dtype, error);
  gsize size = folded ? thaw_graph_size (folded->graph) : 0;
  ThawTfliteWriter self = { .model = folded, .half = dtype == THAW_DTYPE_F16 };
  GBytes *file;

  if (!folded || !check_ends (folded, error))
    return NULL;
  self.file = thaw_tflite_new ();
  self.values = g_new (gint32, size);
  memset (self.values, -1, size * sizeof *self.values);
  self.nonnegative = g_new0 (gboolean, size);
  self.names = g_string_chunk_new (4096);
  self.memory = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self.shared = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  file = write_file (&self, model, error);
  g_hash_table_unref (self.shared);
  thaw_tflite_free (self.file);
  g_ptr_array_unref (self.memory);
  g_string_chunk_free (self.names);
  g_free (self.nonnegative);
  g_free (self.values);
  return file;
}

gboolean
thaw_tflite_save (const ThawModel *model, ThawDtype dtype, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_tflite_write (model, dtype, error);

  return bytes && thaw_file_replace (path, bytes, error);
}
