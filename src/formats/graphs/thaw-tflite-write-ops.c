/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every operation but those with windows */
#include <math.h>

#include "thaw-tflite.h"

int
thaw_tflite_fused (ThawActivation activation)
{
  return activation == THAW_ACTIVATION_RELU    ? THAW_TFLITE_FUSED_RELU
         : activation == THAW_ACTIVATION_RELU6 ? THAW_TFLITE_FUSED_RELU6
                                               : THAW_TFLITE_NO_ACTIVATION;
}

/* clamp (x / 6 + 1/2, 0, 1) as min (max (x + 3, 0), 6) / 6 */
static void
add_hard_sigmoid (ThawTfliteWriter *self, const ThawNode *node, gint32 x, gint32 output)
{
  gint32 step = thaw_tflite_add_step (self, node, &node->shape);
  gint32 three = thaw_tflite_add_number (self, 3), sixth = thaw_tflite_add_number (self, 1.f / 6);

  thaw_tflite_add_operator (self, THAW_TFLITE_ADD, 1, (gint32[]){ x, three }, 2, step)->activation = THAW_TFLITE_FUSED_RELU6;
  thaw_tflite_add_simple (self, THAW_TFLITE_MUL, step, sixth, output);
}

void
thaw_tflite_add_activation (ThawTfliteWriter *self, const ThawNode *node, ThawActivation activation, gint32 x, gint32 output)
{
  static const ThawTfliteCode codes[THAW_N_ACTIVATIONS] = {
    [THAW_ACTIVATION_RELU] = THAW_TFLITE_RELU, [THAW_ACTIVATION_RELU6] = THAW_TFLITE_RELU6, [THAW_ACTIVATION_SIGMOID] = THAW_TFLITE_LOGISTIC,
    [THAW_ACTIVATION_TANH] = THAW_TFLITE_TANH, [THAW_ACTIVATION_HARDSWISH] = THAW_TFLITE_HARD_SWISH, [THAW_ACTIVATION_GELU] = THAW_TFLITE_GELU,
  };
  gint32 gate;

  switch (activation)
    {
    case THAW_ACTIVATION_HARDSIGMOID:
      add_hard_sigmoid (self, node, x, output);
      break;
    case THAW_ACTIVATION_SILU:
      gate = thaw_tflite_add_step (self, node, &node->shape);
      thaw_tflite_add_simple (self, THAW_TFLITE_LOGISTIC, x, -1, gate);
      thaw_tflite_add_simple (self, THAW_TFLITE_MUL, x, gate, output);
      break;
    default:
      thaw_tflite_add_simple (self, codes[activation], x, -1, output);
    }
}

static gboolean
write_activation (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  gint32 x = thaw_tflite_input (self, node, 0);

  thaw_tflite_add_activation (self, node, thaw_op_activation (node->op), x, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_linear (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const ThawActivation activation = node->params.linear.activation;
  const int fused = thaw_tflite_fused (activation);
  const gboolean apart = activation && !fused, keep = node->shape.rank > 2;
  gint32 inputs[3] = { thaw_tflite_input (self, node, 0), thaw_tflite_kernel (self, node, NULL),
                       thaw_tflite_bias (self, node, node->shape.dim[node->shape.rank - 1]) };
  gint32 output = thaw_tflite_output (self, node), product = apart ? thaw_tflite_add_step (self, node, &node->shape) : output;
  ThawTfliteOptions *options = thaw_tflite_add_operator (self, THAW_TFLITE_FULLY_CONNECTED, keep ? 5 : 1, inputs, 3, product);

  options->activation = fused;
  options->keep = keep;
  if (apart)
    thaw_tflite_add_activation (self, node, activation, product, output);
  return TRUE;
}

/* x times what the scale and the deviation make together, and the rest of the sum */
static gboolean
write_batchnorm (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const float *p[5] = { NULL };
  gint64 width = node->shape.dim[node->shape.rank - 1];
  g_autofree float *scale = g_new (float, width), *offset = g_new (float, width);
  g_autofree char *scale_name = g_strconcat (node->name, ".scale", NULL), *offset_name = g_strconcat (node->name, ".offset", NULL);
  gint32 by, plus, step = thaw_tflite_add_step (self, node, &node->shape);

  for (guint i = 1; i < 5; i++)
    {
      if (!node->inputs[i] || node->inputs[i]->batched)
        return thaw_tflite_refuse_node (node, "a BatchNorm whose statistics depend on the picture", error);
      p[i] = thaw_tensor_f32 (thaw_tensor_map_get (self->model->parameters, node->inputs[i]->name));
    }
  for (gint64 c = 0; c < width; c++)
    {
      double factor = p[1][c] / sqrt (p[4][c] + node->params.norm.eps);

      scale[c] = (float) factor;
      offset[c] = (float) (p[2][c] - p[3][c] * factor);
    }
  by = thaw_tflite_add_floats (self, scale_name, &THAW_SHAPE (width), scale, FALSE);
  plus = thaw_tflite_add_floats (self, offset_name, &THAW_SHAPE (width), offset, FALSE);
  thaw_tflite_add_simple (self, THAW_TFLITE_MUL, thaw_tflite_input (self, node, 0), by, step);
  thaw_tflite_add_simple (self, THAW_TFLITE_ADD, step, plus, thaw_tflite_output (self, node));
  return TRUE;
}

/* A parameter that an operator takes beside @step, and where that goes; nothing where the layer has no such */
static gint32
write_affine (ThawTfliteWriter *self, const ThawNode *node, ThawTfliteCode code, guint i, gint32 step, gboolean last)
{
  gint32 output;

  if (i >= node->n_inputs || !node->inputs[i])
    return step;
  output = last ? thaw_tflite_output (self, node) : thaw_tflite_add_step (self, node, &node->shape);
  thaw_tflite_add_simple (self, code, step, thaw_tflite_input (self, node, i), output);
  return output;
}

/* (x - mean) / sqrt (variance + eps), times the weight, plus the bias: thaw-tflite-read-rows.c knows these seven again */
static gboolean
write_layernorm (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const gint32 last = node->shape.rank - 1;
  const gboolean has_weight = node->n_inputs > 1 && node->inputs[1], has_bias = node->n_inputs > 2 && node->inputs[2];
  ThawShape row = node->shape;
  gint32 x = thaw_tflite_input (self, node, 0), axes = thaw_tflite_add_ints (self, &last, 1, 0);
  gint32 eps = thaw_tflite_add_number (self, (float) node->params.norm.eps), mean, squares, variance, sum, root, centred, scaled;

  row.dim[last] = 1;
  mean = thaw_tflite_add_step (self, node, &row);
  squares = thaw_tflite_add_step (self, node, &node->shape);
  variance = thaw_tflite_add_step (self, node, &row);
  sum = thaw_tflite_add_step (self, node, &row);
  root = thaw_tflite_add_step (self, node, &row);
  centred = thaw_tflite_add_step (self, node, &node->shape);
  scaled = has_weight || has_bias ? thaw_tflite_add_step (self, node, &node->shape) : thaw_tflite_output (self, node);
  thaw_tflite_add_operator (self, THAW_TFLITE_MEAN, 1, (gint32[]){ x, axes }, 2, mean)->keep = TRUE;
  thaw_tflite_add_simple (self, THAW_TFLITE_SQUARED_DIFFERENCE, x, mean, squares);
  thaw_tflite_add_operator (self, THAW_TFLITE_MEAN, 1, (gint32[]){ squares, axes }, 2, variance)->keep = TRUE;
  thaw_tflite_add_simple (self, THAW_TFLITE_ADD, variance, eps, sum);
  thaw_tflite_add_simple (self, THAW_TFLITE_RSQRT, sum, -1, root);
  thaw_tflite_add_simple (self, THAW_TFLITE_SUB, x, mean, centred);
  thaw_tflite_add_simple (self, THAW_TFLITE_MUL, centred, root, scaled);
  scaled = write_affine (self, node, THAW_TFLITE_MUL, 1, scaled, !has_bias);
  write_affine (self, node, THAW_TFLITE_ADD, 2, scaled, TRUE);
  return TRUE;
}

static gboolean
write_softmax (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  gint32 x = thaw_tflite_input (self, node, 0);
  int axis = node->params.axis.axis;

  if (axis != -1 && axis != node->shape.rank - 1)
    return thaw_tflite_refuse_node (node, "a softmax along another axis than the last", error);
  thaw_tflite_add_operator (self, THAW_TFLITE_SOFTMAX, 1, &x, 1, thaw_tflite_output (self, node))->beta = 1;
  return TRUE;
}

static void
add_mean (ThawTfliteWriter *self, const ThawNode *node, const int *axis, int n, gboolean keep)
{
  gint32 axes[THAW_MAX_RANK];

  for (int i = 0; i < n; i++)
    axes[i] = axis[i];
  thaw_tflite_add_operator (self, THAW_TFLITE_MEAN, 1, (gint32[]){ thaw_tflite_input (self, node, 0), thaw_tflite_add_ints (self, axes, (guint) n, 0) }, 2,
                            thaw_tflite_output (self, node))->keep = keep;
}

static gboolean
write_mean (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  add_mean (self, node, node->params.reduce.axis, node->params.reduce.n_axes, node->params.reduce.keep);
  return TRUE;
}

static gboolean
write_global_pool (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  add_mean (self, node, (const int[]){ 1, 2 }, 2, TRUE);
  return TRUE;
}

static gboolean
write_binary (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  gint32 a = thaw_tflite_input (self, node, 0), b = thaw_tflite_input (self, node, 1);

  thaw_tflite_add_simple (self, node->op == THAW_OP_ADD ? THAW_TFLITE_ADD : THAW_TFLITE_MUL, a, b, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_concat (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  g_autofree gint32 *inputs = g_new (gint32, node->n_inputs);

  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = thaw_tflite_input (self, node, i);
  thaw_tflite_add_operator (self, THAW_TFLITE_CONCATENATION, 1, inputs, node->n_inputs, thaw_tflite_output (self, node))->axis = node->params.axis.axis;
  return TRUE;
}

static void
add_reshape (ThawTfliteWriter *self, gint32 x, const ThawShape *shape, gint32 output)
{
  gint32 sizes[THAW_MAX_RANK];

  for (int axis = 0; axis < shape->rank; axis++)
    sizes[axis] = (gint32) shape->dim[axis];
  thaw_tflite_add_simple (self, THAW_TFLITE_RESHAPE, x, thaw_tflite_add_ints (self, sizes, (guint) shape->rank, 0), output);
}

/* The matrix that takes @in numbers to @out means of theirs, as PyTorch's adaptive pools choose them; @shape has all its numbers */
static gint32
add_means (ThawTfliteWriter *self, gint64 in, gint64 out, const ThawShape *shape)
{
  g_autofree float *matrix = g_new0 (float, in * out);

  for (gint64 i = 0; i < out; i++)
    {
      gint64 start = i * in / out, end = ((i + 1) * in + out - 1) / out;

      for (gint64 k = start; k < end; k++)
        matrix[i * in + k] = 1 / (float) (end - start);
    }
  return thaw_tflite_add_floats (self, NULL, shape, matrix, FALSE);
}

/* Windows that differ in size: means of rows, then of columns, each a product with a matrix */
static void
write_uneven_pool (ThawTfliteWriter *self, const ThawNode *node)
{
  const gint64 *in = node->inputs[0]->shape.dim, *out = node->shape.dim;
  const ThawShape lines = THAW_SHAPE (1, in[1], in[2] * in[3]), fewer = THAW_SHAPE (1, out[1], in[2] * in[3]), image = THAW_SHAPE (1, out[1], in[2], in[3]);
  gint32 flat = thaw_tflite_add_step (self, node, &lines), rows = thaw_tflite_add_step (self, node, &fewer), back = thaw_tflite_add_step (self, node, &image);

  add_reshape (self, thaw_tflite_input (self, node, 0), &lines, flat);
  thaw_tflite_add_operator (self, THAW_TFLITE_BATCH_MATMUL, 1, (gint32[]){ add_means (self, in[1], out[1], &THAW_SHAPE (1, out[1], in[1])), flat }, 2, rows);
  add_reshape (self, rows, &image, back);
  thaw_tflite_add_operator (self, THAW_TFLITE_BATCH_MATMUL, 1, (gint32[]){ add_means (self, in[2], out[2], &THAW_SHAPE (1, 1, out[2], in[2])), back }, 2,
                            thaw_tflite_output (self, node));
}

/* Windows of one size are an average pool. */
static gboolean
write_adaptive_pool (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const gint64 *in = node->inputs[0]->shape.dim, *out = node->shape.dim;
  ThawTfliteOptions *options;
  gint32 x = thaw_tflite_input (self, node, 0);

  if (in[1] % out[1] || in[2] % out[2])
    {
      write_uneven_pool (self, node);
      return TRUE;
    }
  options = thaw_tflite_add_operator (self, THAW_TFLITE_AVERAGE_POOL_2D, 1, &x, 1, thaw_tflite_output (self, node));
  for (int i = 0; i < 2; i++)
    options->window[i] = options->stride[i] = (gint32) (in[i + 1] / out[i + 1]);
  return TRUE;
}

static gboolean
write_reshape (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  add_reshape (self, thaw_tflite_input (self, node, 0), &node->shape, thaw_tflite_output (self, node));
  return TRUE;
}

static void
add_transpose (ThawTfliteWriter *self, gint32 x, const int *perm, int rank, gint32 output)
{
  gint32 axes[THAW_MAX_RANK];

  for (int axis = 0; axis < rank; axis++)
    axes[axis] = perm[axis];
  thaw_tflite_add_operator (self, THAW_TFLITE_TRANSPOSE, rank > 5 ? 6 : rank > 4 ? 4 : 1,
                            (gint32[]){ x, thaw_tflite_add_ints (self, axes, (guint) rank, 0) }, 2, output);
}

static gboolean
write_transpose (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const ThawTransposeParams *params = &node->params.transpose;

  add_transpose (self, thaw_tflite_input (self, node, 0), params->perm, params->rank, thaw_tflite_output (self, node));
  return TRUE;
}

/* Groups of channels are an axis of their own for a moment, pixels are one. */
static gboolean
write_shuffle (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  gint64 width = node->shape.dim[node->shape.rank - 1], groups = node->params.shuffle.groups, rows = thaw_shape_count (&node->shape) / width;
  const ThawShape dealt = THAW_SHAPE (1, rows, groups, width / groups), turned = THAW_SHAPE (1, rows, width / groups, groups);
  gint32 apart = thaw_tflite_add_step (self, node, &dealt), changed = thaw_tflite_add_step (self, node, &turned);

  add_reshape (self, thaw_tflite_input (self, node, 0), &dealt, apart);
  add_transpose (self, apart, (const int[]){ 0, 1, 3, 2 }, 4, changed);
  add_reshape (self, changed, &node->shape, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_slice (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const ThawSliceParams *p = &node->params.slice;
  gint32 begin[THAW_MAX_RANK] = { 0 }, size[THAW_MAX_RANK], inputs[3] = { thaw_tflite_input (self, node, 0) };
  const guint rank = (guint) node->shape.rank;

  for (guint axis = 0; axis < rank; axis++)
    size[axis] = (gint32) node->shape.dim[axis];
  begin[p->axis] = (gint32) p->start;
  inputs[1] = thaw_tflite_add_ints (self, begin, rank, 0);
  inputs[2] = thaw_tflite_add_ints (self, size, rank, 0);
  thaw_tflite_add_operator (self, THAW_TFLITE_SLICE, 1, inputs, 3, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_pad (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const int *pad = node->params.pad.pad;
  const float value = node->params.pad.value;
  const gint32 sides[] = { 0, 0, pad[THAW_TOP], pad[THAW_BOTTOM], pad[THAW_LEFT], pad[THAW_RIGHT], 0, 0 };
  gint32 inputs[3] = { thaw_tflite_input (self, node, 0), thaw_tflite_add_ints (self, sides, 8, 4), -1 };

  if (value != 0)
    inputs[2] = thaw_tflite_add_number (self, value);
  thaw_tflite_add_operator (self, value != 0 ? THAW_TFLITE_PADV2 : THAW_TFLITE_PAD, 1, inputs, value != 0 ? 3 : 2, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_matmul (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  gint32 a = thaw_tflite_input (self, node, 0), b = thaw_tflite_input (self, node, 1);
  ThawTfliteOptions *options;

  if (node->inputs[0]->shape.rank > 5 || node->inputs[1]->shape.rank > 5)
    return thaw_tflite_refuse_node (node, "a product of values with more than 5 axes", error);
  options = thaw_tflite_add_operator (self, THAW_TFLITE_BATCH_MATMUL, 1, (gint32[]){ a, b }, 2, thaw_tflite_output (self, node));
  options->turned[0] = node->params.matmul.transpose_a;
  options->turned[1] = node->params.matmul.transpose_b;
  return TRUE;
}

static gboolean
write_normalize (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  thaw_tflite_add_simple (self, THAW_TFLITE_L2_NORMALIZATION, thaw_tflite_input (self, node, 0), -1, thaw_tflite_output (self, node));
  return TRUE;
}

static gboolean
write_dropout (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  self->values[node->id] = thaw_tflite_input (self, node, 0);
  return TRUE;
}

static gboolean (*const writers[THAW_N_OPS]) (ThawTfliteWriter *, const ThawNode *, GError **) = {
  [THAW_OP_CONV] = thaw_tflite_write_window, [THAW_OP_DEPTHWISE] = thaw_tflite_write_window, [THAW_OP_MAX_POOL] = thaw_tflite_write_window,
  [THAW_OP_AVG_POOL] = thaw_tflite_write_window, [THAW_OP_LINEAR] = write_linear, [THAW_OP_BATCHNORM] = write_batchnorm,
  [THAW_OP_RELU] = write_activation, [THAW_OP_RELU6] = write_activation, [THAW_OP_SIGMOID] = write_activation, [THAW_OP_TANH] = write_activation,
  [THAW_OP_HARDSIGMOID] = write_activation, [THAW_OP_SILU] = write_activation, [THAW_OP_HARDSWISH] = write_activation, [THAW_OP_GELU] = write_activation,
  [THAW_OP_SOFTMAX] = write_softmax, [THAW_OP_GLOBAL_POOL] = write_global_pool, [THAW_OP_ADAPTIVE_POOL] = write_adaptive_pool,
  [THAW_OP_ADD] = write_binary, [THAW_OP_MUL] = write_binary, [THAW_OP_CONCAT] = write_concat, [THAW_OP_RESHAPE] = write_reshape,
  [THAW_OP_TRANSPOSE] = write_transpose, [THAW_OP_PAD] = write_pad, [THAW_OP_DROPOUT] = write_dropout, [THAW_OP_LAYERNORM] = write_layernorm,
  [THAW_OP_MATMUL] = write_matmul, [THAW_OP_MEAN] = write_mean, [THAW_OP_SLICE] = write_slice, [THAW_OP_SHUFFLE] = write_shuffle,
  [THAW_OP_NORMALIZE] = write_normalize,
};

gboolean
thaw_tflite_write_node (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  if (!writers[node->op])
    return thaw_tflite_refuse_node (node, thaw_op_name (node->op), error);
  return writers[node->op] (self, node, error);
}
