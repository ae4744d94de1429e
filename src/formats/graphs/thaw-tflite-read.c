/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network out of a TensorFlow Lite file: classifiers in float32, or with kernels in float16, of the operators that Thaw writes. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>

#include "../thaw-formats.h"
#include "formats/weights/thaw-zip.h"
#include "thaw-graph-parts.h"
#include "thaw-tflite-read.h"

#define MAX_SIDE 8192
/* Nothing longer is a name; a longer one is cut */
#define MAX_NAME 200

gboolean
thaw_tflite_sniff (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return size >= 8 && memcmp (data + 4, "TFL3", 4) == 0;
}

gboolean
thaw_tflite_refuse (const ThawTfliteReading *self, const char *what)
{
  const ThawTfliteOperator *op = self->op;
  const char *name = op->custom ? op->custom : thaw_tflite_code_name (op->code);
  g_autofree char *number = name ? NULL : g_strdup_printf ("%d", op->code), *valid = g_utf8_make_valid (name ? name : number, -1);

  g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "operator %u, %.80s: %s", self->reader->at + 1, valid, what);
  return FALSE;
}

gboolean
thaw_tflite_is_constant (const ThawTfliteReader *self, gint32 tensor)
{
  return tensor >= 0 && self->stored[tensor] >= 0;
}

gint32
thaw_tflite_input_of (const ThawTfliteReading *self, guint i)
{
  return i < self->op->n_inputs ? self->op->inputs[i] : -1;
}

static ThawShape
shape_of (const ThawTfliteTensor *tensor)
{
  ThawShape shape = { .rank = tensor->rank };

  for (int axis = 0; axis < tensor->rank; axis++)
    shape.dim[axis] = tensor->shape[axis];
  return shape;
}

ThawTensor *
thaw_tflite_floats (const ThawTfliteReading *self, gint32 tensor, const int *perm)
{
  ThawTfliteReader *reader = self->reader;
  const ThawTfliteTensor *stored = thaw_tflite_is_constant (reader, tensor) ? thaw_tflite_tensor (reader->file, reader->stored[tensor]) : NULL;
  const gboolean half = stored && stored->type == THAW_TFLITE_FLOAT16;
  const ThawDtype dtype = half ? THAW_DTYPE_F16 : THAW_DTYPE_F32;
  g_autoptr (ThawTensor) own = NULL, turned = NULL, floats = NULL;
  ThawShape shape;
  gsize bytes, offset;

  if (!stored || (!half && stored->type != THAW_TFLITE_FLOAT32))
    {
      thaw_tflite_refuse (self, stored ? "its weights are neither float32 nor float16" : "its weights are not in the file");
      return NULL;
    }
  shape = shape_of (stored);
  if (!thaw_shape_check (&shape, thaw_dtype_size (dtype), &bytes) || bytes != stored->size)
    {
      thaw_tflite_refuse (self, "its weights have not as many numbers as their shape says");
      return NULL;
    }
  offset = (gsize) ((const guint8 *) stored->data - (const guint8 *) g_bytes_get_data (reader->file->bytes, NULL));
  own = thaw_file_want (stored->data, stored->size, FALSE, self->error)
            ? thaw_weights_tensor (dtype, &shape, reader->file->bytes, offset, &reader->budget, self->error)
            : NULL;
  /* what stays counts */
  if (!own || ((half || perm) && !thaw_weights_budget_take (&reader->budget, half ? 2 * bytes : bytes, self->error)))
    return NULL;
  turned = perm ? thaw_tensor_permute (own, perm) : thaw_tensor_ref (own);
  floats = thaw_tensor_to_f32 (turned);
  return thaw_file_took (own, floats, self->error) ? g_steal_pointer (&floats) : NULL;
}

gboolean
thaw_tflite_number (const ThawTfliteReading *self, gint32 tensor, double *out)
{
  const ThawTfliteReader *reader = self->reader;
  const ThawTfliteTensor *stored = thaw_tflite_is_constant (reader, tensor) ? thaw_tflite_tensor (reader->file, reader->stored[tensor]) : NULL;
  float value;

  if (!stored || stored->type != THAW_TFLITE_FLOAT32 || stored->size != sizeof value)
    return FALSE;
  memcpy (&value, stored->data, sizeof value);
  *out = value;
  return TRUE;
}

int
thaw_tflite_ints (const ThawTfliteReading *self, guint i, gint32 *out, int most)
{
  const gint32 tensor = thaw_tflite_input_of (self, i);
  const ThawTfliteTensor *stored = thaw_tflite_is_constant (self->reader, tensor) ? thaw_tflite_tensor (self->reader->file, tensor) : NULL;

  if (!stored || stored->type != THAW_TFLITE_INT32 || stored->size % sizeof *out || stored->size / sizeof *out > (gsize) most)
    {
      thaw_tflite_refuse (self, "its axes or sizes are not whole numbers in the file");
      return -1;
    }
  memcpy (out, stored->data, stored->size);
  return (int) (stored->size / sizeof *out);
}

/* --- names --- */

/* "a/b;c/d" of TensorFlow's converter is a.b (transfer full) */
static char *
clean (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1), *cut = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MAX_NAME));
  char *end = strchr (cut, ';'), *start;

  if (end)
    *end = '\0';
  for (char *c = cut; *c; c++)
    *c = *c == '/' ? '.' : g_ascii_iscntrl (*c) ? '_' : *c;
  for (gsize length = strlen (cut); length && cut[length - 1] == '.'; length--)
    cut[length - 1] = '\0';
  start = cut + strspn (cut, ".");
  return g_strdup (*start ? start : "layer");
}

static const char *
tensor_name (const ThawTfliteReading *self, gint32 tensor)
{
  return thaw_tflite_tensor (self->reader->file, tensor)->name;
}

char *
thaw_tflite_layer_name (const ThawTfliteReading *self, gint32 weight)
{
  g_autofree char *name = clean (weight >= 0 ? tensor_name (self, weight) : tensor_name (self, self->op->outputs[0]));

  if (weight >= 0 && g_str_has_suffix (name, ".weight") && strlen (name) > strlen (".weight"))
    name[strlen (name) - strlen (".weight")] = '\0';
  else if (weight >= 0)
    return thaw_tflite_layer_name (self, -1);
  return thaw_graph_free_name (self->reader->graph, name);
}

/* --- nodes --- */

static ThawNode *
add_parameter (const ThawTfliteReading *self, const char *wanted, ThawTensor *tensor)
{
  ThawTfliteReader *reader = self->reader;
  g_autofree char *name = thaw_graph_free_name (reader->graph, wanted);
  ThawNode *node = thaw_graph_add_parameter (reader->graph, name, &tensor->shape);

  if (node)
    thaw_tensor_map_set (reader->parameters, name, tensor);
  else
    thaw_tflite_refuse (self, "its weights have a shape that cannot be");
  return node;
}

ThawNode *
thaw_tflite_parameter (const ThawTfliteReading *self, gint32 tensor, const char *layer, const char *kind, const int *perm)
{
  g_autoptr (ThawTensor) floats = thaw_tflite_floats (self, tensor, perm);
  g_autofree char *name = g_strdup_printf ("%s.%s", layer, kind);

  return floats ? add_parameter (self, name, floats) : NULL;
}

/* A constant beside values of the picture */
static ThawNode *
add_constant (const ThawTfliteReading *self, gint32 tensor)
{
  ThawTfliteReader *reader = self->reader;
  g_autofree char *name = clean (tensor_name (self, tensor));
  g_autoptr (ThawTensor) floats = NULL;
  ThawOpParams params = { .constant = { .kind = THAW_CONSTANT_NUMBER } };

  if (thaw_tflite_number (self, tensor, &params.constant.value))
    {
      g_autofree char *own = thaw_graph_free_name (reader->graph, name);

      return thaw_graph_add (reader->graph, THAW_OP_CONSTANT, own, &params, NULL, 0, self->error);
    }
  floats = thaw_tflite_floats (self, tensor, NULL);
  return floats ? add_parameter (self, name, floats) : NULL;
}

ThawNode *
thaw_tflite_value (const ThawTfliteReading *self, guint i)
{
  const gint32 tensor = thaw_tflite_input_of (self, i);
  ThawNode **value = tensor < 0 ? NULL : &self->reader->values[tensor];

  if (!value || (!*value && !thaw_tflite_is_constant (self->reader, tensor)))
    {
      thaw_tflite_refuse (self, "one of its inputs is not there yet");
      return NULL;
    }
  if (!*value)
    *value = add_constant (self, tensor);
  return *value;
}

ThawNode *
thaw_tflite_layer (const ThawTfliteReading *self, ThawOp op, const char *name, const ThawOpParams *params, ThawNode *const *inputs, guint n)
{
  g_autofree char *own = name ? g_strdup (name) : thaw_tflite_layer_name (self, -1);

  for (guint i = 0; i < n; i++)
    if (!inputs[i] && i < 2)
      return NULL;
  return thaw_graph_add (self->reader->graph, op, own, params, inputs, n, self->error);
}

static ThawNode *
add_activation (const ThawTfliteReading *self, ThawNode *node)
{
  g_autofree char *name = NULL, *own = NULL;
  ThawOp op;

  switch (self->op->options.activation)
    {
    case THAW_TFLITE_NO_ACTIVATION: return node;
    case THAW_TFLITE_FUSED_RELU: op = THAW_OP_RELU; break;
    case THAW_TFLITE_FUSED_RELU6: op = THAW_OP_RELU6; break;
    default:
      thaw_tflite_refuse (self, "its activation is neither ReLU nor ReLU6");
      return NULL;
    }
  name = thaw_tflite_layer_name (self, -1);
  return thaw_tflite_layer (self, op, name, NULL, &node, 1);
}

gboolean
thaw_tflite_finish (const ThawTfliteReading *self, ThawNode *node)
{
  ThawTfliteReader *reader = self->reader;
  const gint32 output = self->op->outputs[0];
  const ThawTfliteTensor *said = thaw_tflite_tensor (reader->file, output);
  ThawNode *last = node ? add_activation (self, node) : NULL;
  const ThawShape shape = shape_of (said);

  if (!last)
    return FALSE;
  if (reader->values[output] || thaw_tflite_is_constant (reader, output))
    return thaw_tflite_refuse (self, "its result is there already");
  if (!last->batched || said->type != THAW_TFLITE_FLOAT32 || !thaw_shape_equal (&last->shape, &shape))
    return thaw_tflite_refuse (self, "its result is said to be something else than it is");
  reader->values[output] = last;
  return TRUE;
}

/* --- the picture --- */

/* Arithmetic on the picture that the file begins with is how it wants pictures prepared: no layers. */
static gboolean
read_arithmetic (const ThawTfliteReading *self)
{
  ThawTfliteReader *reader = self->reader;
  const ThawTfliteOperator *op = self->op;
  const gboolean second = op->n_inputs == 2 && op->inputs[1] == reader->picture && (op->code == THAW_TFLITE_ADD || op->code == THAW_TFLITE_MUL);
  const gint32 other = op->n_inputs == 2 ? op->inputs[!second] : -1;
  g_autoptr (ThawTensor) numbers = NULL;
  gint64 n;

  if (op->n_inputs != 2 || op->n_outputs != 1 || op->inputs[second] != reader->picture || op->options.activation || !thaw_tflite_is_constant (reader, other))
    return FALSE;
  if (op->code != THAW_TFLITE_ADD && op->code != THAW_TFLITE_SUB && op->code != THAW_TFLITE_MUL && op->code != THAW_TFLITE_DIV)
    return FALSE;
  numbers = thaw_tflite_floats (&(ThawTfliteReading){ reader, op, NULL }, other, NULL);
  n = numbers ? thaw_tensor_count (numbers) : 0;
  if ((n != 1 && n != 3) || (n == 3 && numbers->shape.dim[numbers->shape.rank - 1] != 3) || reader->values[op->outputs[0]])
    return FALSE;
  for (int c = 0; c < 3; c++)
    {
      const double x = thaw_tensor_f32 (numbers)[n == 3 ? c : 0], factor = op->code == THAW_TFLITE_MUL ? x : op->code == THAW_TFLITE_DIV ? 1 / x : 1;

      reader->scale[c] *= factor;
      reader->offset[c] = reader->offset[c] * factor + (op->code == THAW_TFLITE_ADD ? x : op->code == THAW_TFLITE_SUB ? -x : 0);
    }
  reader->values[op->outputs[0]] = reader->values[reader->picture];
  reader->values[reader->picture] = NULL;
  reader->picture = op->outputs[0];
  reader->arithmetic = TRUE;
  return TRUE;
}

static gboolean
add_picture (ThawTfliteReader *self, GError **error)
{
  const ThawTfliteTensor *picture = thaw_tflite_tensor (self->file, self->file->input);
  const ThawShape shape = shape_of (picture);

  if (picture->type == THAW_TFLITE_FLOAT32 && shape.rank == 4 && shape.dim[0] == 1 && shape.dim[1] >= 1 && shape.dim[1] <= MAX_SIDE && shape.dim[2] >= 1
      && shape.dim[2] <= MAX_SIDE && shape.dim[3] == 3 && !thaw_tflite_is_constant (self, self->file->input))
    {
      self->picture = self->file->input;
      self->values[self->picture] = thaw_graph_add_input (self->graph, "input", &shape);
      return TRUE;
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "the network's input is not a float32 picture [1, height, width, 3] of up to %d pixels a side (networks of whole numbers cannot be trained)", MAX_SIDE);
  return FALSE;
}

/* --- the whole --- */

static gboolean
read_dequantize (const ThawTfliteReading *self)
{
  ThawTfliteReader *reader = self->reader;
  const gint32 input = thaw_tflite_input_of (self, 0), output = self->op->outputs[0];

  if (!thaw_tflite_is_constant (reader, input) || thaw_tflite_tensor (reader->file, input)->type != THAW_TFLITE_FLOAT16)
    return thaw_tflite_refuse (self, "its numbers are not float16 weights: Thaw reads float32 and float16");
  if (reader->values[output] || thaw_tflite_is_constant (reader, output))
    return thaw_tflite_refuse (self, "its result is there already");
  reader->stored[output] = reader->stored[input];
  return TRUE;
}

/* The tensor before the softmax at the end, where there is one */
static gint32
find_logits (const ThawTflite *file)
{
  const ThawTfliteOperator *last = file->operators->len ? thaw_tflite_operator (file, file->operators->len - 1) : NULL;

  if (last && last->code == THAW_TFLITE_SOFTMAX && last->n_inputs == 1 && last->n_outputs == 1 && last->outputs[0] == file->output && last->inputs[0] >= 0)
    return last->inputs[0];
  return file->output;
}

static gboolean
read_operators (ThawTfliteReader *self, gint32 logits, GError **error)
{
  for (self->at = 0; self->at < self->file->operators->len; self->at++)
    {
      ThawTfliteReading reading = { self, thaw_tflite_operator (self->file, self->at), error };

      if (logits != self->file->output && self->at + 1 == self->file->operators->len)
        break;
      if (reading.op->n_outputs != 1)
        return thaw_tflite_refuse (&reading, "it has more than one result, or none");
      if (reading.op->code == THAW_TFLITE_DEQUANTIZE ? !read_dequantize (&reading) : !read_arithmetic (&reading) && !thaw_tflite_read_operator (&reading))
        return FALSE;
    }
  if (self->values[logits] && self->values[logits]->batched && self->values[logits]->shape.rank == 2)
    {
      thaw_graph_add_output (self->graph, self->values[logits]);
      return TRUE;
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the network's output is not a number a class");
  return FALSE;
}

static char *
metadata_text (const ThawTflite *file, const char *key)
{
  GBytes *bytes = g_hash_table_lookup (file->metadata, key);
  gsize size = 0;
  const char *text = bytes ? g_bytes_get_data (bytes, &size) : NULL;

  return text && g_utf8_validate (text, (gssize) size, NULL) ? g_strndup (text, size) : NULL;
}

/* Of a file that TensorFlow Lite's own tools gave labels: a line each */
static void
take_labels_file (ThawModel *model, GBytes *bytes)
{
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, NULL);
  const char *name = zip ? thaw_zip_find (zip, THAW_TFLITE_LABELS, NULL) : NULL;
  ThawWeightsBudget budget;
  g_autoptr (GBytes) text = NULL;
  g_autofree char *valid = NULL;
  g_auto (GStrv) lines = NULL;
  guint n;

  thaw_weights_budget_init (&budget, g_bytes_get_size (bytes));
  text = name ? thaw_zip_read (zip, name, &budget, NULL) : NULL;
  if (!text || g_bytes_get_size (text) == 0)
    return;
  valid = g_utf8_make_valid (g_bytes_get_data (text, NULL), (gssize) g_bytes_get_size (text));
  lines = g_strsplit (valid, "\n", (gint) MIN (thaw_model_n_classes (model) + 2, G_MAXINT));
  n = g_strv_length (lines);
  if (n && !*lines[n - 1])
    g_clear_pointer (&lines[--n], g_free);
  for (guint i = 0; i < n; i++)
    g_strchomp (lines[i]);
  if (n == thaw_model_n_classes (model))
    thaw_model_set_labels (model, (const char *const *) lines);
}

/* What the file's own arithmetic says, else its metadata, else what is usual */
static void
set_range (ThawModel *model, const ThawTfliteReader *self)
{
  ThawPreprocessing *p = &model->preprocessing;

  for (int c = 0; c < 3; c++)
    {
      p->mean[c] = self->arithmetic ? (float) (-self->offset[c] / self->scale[c]) : self->file->normalised ? self->file->mean[c] : 127.5f;
      p->std[c] = self->arithmetic ? (float) (1 / self->scale[c]) : self->file->normalised ? self->file->std[c] : 127.5f;
    }
}

static gboolean
set_preprocessing (ThawModel *model, const ThawTfliteReader *self, GError **error)
{
  g_autofree char *preprocessing = metadata_text (self->file, THAW_TFLITE_KEY_PREPROCESSING);
  const ThawShape *picture = &thaw_graph_input (model->graph, 0)->shape;
  ThawPreprocessing *p = &model->preprocessing;

  thaw_preprocessing_set_usual (p);
  if (preprocessing && !thaw_preprocessing_from_json (p, preprocessing, error))
    return FALSE;
  p->height = (int) picture->dim[1];
  p->width = (int) picture->dim[2];
  set_range (model, self);
  for (int c = 0; c < 3; c++)
    if (!isfinite (p->mean[c]) || !isfinite (p->std[c]) || p->std[c] == 0)
      {
        g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "what the file begins with makes no numbers of a picture");
        return FALSE;
      }
  if (!preprocessing)
    model->assumption = g_strdup (self->arithmetic || self->file->normalised
                                      ? "the shorter side of a picture is scaled to 8/7 of the crop"
                                      : "the shorter side of a picture is scaled to 8/7 of the crop, and its numbers are brought to -1 to 1");
  return TRUE;
}

static gboolean
set_metadata (ThawModel *model, const ThawTfliteReader *self, GBytes *bytes, GError **error)
{
  g_autofree char *labels = metadata_text (self->file, THAW_TFLITE_KEY_LABELS), *title = metadata_text (self->file, THAW_TFLITE_KEY_TITLE);

  if (!set_preprocessing (model, self, error) || (labels && !thaw_model_take_labels (model, labels, error)))
    return FALSE;
  if (!labels)
    take_labels_file (model, bytes);
  model->licence = metadata_text (self->file, THAW_TFLITE_KEY_LICENCE);
  if (title)
    {
      g_free (model->title);
      model->title = g_steal_pointer (&title);
    }
  return TRUE;
}

/* Without what was read on the way to something simpler */
static ThawModel *
make_model (ThawTfliteReader *self, GBytes *bytes, GError **error)
{
  g_autofree char *features = metadata_text (self->file, THAW_TFLITE_KEY_FEATURES);
  g_autoptr (ThawGraph) graph = thaw_graph_prune (self->graph);
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();
  g_autoptr (ThawModel) model = NULL;
  ThawNode *node = features ? thaw_graph_find (graph, features) : NULL;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    if (thaw_graph_at (graph, id)->op == THAW_OP_PARAMETER)
      thaw_tensor_map_set (parameters, thaw_graph_at (graph, id)->name, thaw_tensor_map_get (self->parameters, thaw_graph_at (graph, id)->name));
  if (!node || !node->batched)
    node = thaw_graph_guess_features (thaw_graph_output (graph, 0));
  if (!node || thaw_graph_n_inputs (graph) != 1)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "no linear layer or convolution before the output: not a classifier that a head can be put on");
      return NULL;
    }
  model = thaw_model_new ("tflite", g_steal_pointer (&graph), g_steal_pointer (&parameters), node);
  return set_metadata (model, self, bytes, error) ? g_steal_pointer (&model) : NULL;
}

ThawModel *
thaw_tflite_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ThawTflite) file = thaw_tflite_unpack (bytes, error);
  ThawTfliteReader self = { .file = file, .scale = { 1, 1, 1 } };
  ThawModel *model = NULL;

  if (!file)
    return NULL;
  self.graph = thaw_graph_new ();
  self.parameters = thaw_tensor_map_new ();
  self.values = g_new0 (ThawNode *, file->tensors->len + 1);
  self.stored = g_new (gint32, file->tensors->len + 1);
  for (guint i = 0; i < file->tensors->len; i++)
    self.stored[i] = thaw_tflite_tensor (file, (gint32) i)->data ? (gint32) i : -1;
  thaw_weights_budget_init (&self.budget, g_bytes_get_size (bytes));
  if (add_picture (&self, error) && read_operators (&self, find_logits (file), error))
    model = make_model (&self, bytes, error);
  g_free (self.stored);
  g_free (self.values);
  thaw_tensor_map_unref (self.parameters);
  thaw_graph_unref (self.graph);
  return model;
}
