/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-tflite-read.h"

static gboolean
read_activation (const ThawTfliteReading *self)
{
  static const ThawOp ops[THAW_TFLITE_N_CODES] = {
    [THAW_TFLITE_RELU] = THAW_OP_RELU, [THAW_TFLITE_RELU6] = THAW_OP_RELU6, [THAW_TFLITE_LOGISTIC] = THAW_OP_SIGMOID, [THAW_TFLITE_TANH] = THAW_OP_TANH,
    [THAW_TFLITE_HARD_SWISH] = THAW_OP_HARDSWISH, [THAW_TFLITE_GELU] = THAW_OP_GELU, [THAW_TFLITE_L2_NORMALIZATION] = THAW_OP_NORMALIZE,
  };
  ThawNode *x = thaw_tflite_value (self, 0);

  if (self->op->options.approximate)
    return thaw_tflite_refuse (self, "the approximate form of GELU is not supported");
  return x && thaw_tflite_finish (self, thaw_tflite_layer (self, ops[self->op->code], NULL, NULL, &x, 1));
}

static gboolean
read_softmax (const ThawTfliteReading *self)
{
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { 0 };

  if (!x)
    return FALSE;
  if (self->op->options.beta != 1)
    return thaw_tflite_refuse (self, "a softmax with another beta than 1");
  params.axis.axis = x->shape.rank - 1;
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_SOFTMAX, NULL, &params, &x, 1));
}

static gboolean
read_concat (const ThawTfliteReading *self)
{
  const guint n = self->op->n_inputs;
  g_autofree ThawNode **inputs = g_new0 (ThawNode *, n + 1);
  ThawOpParams params = { .axis.axis = self->op->options.axis };

  for (guint i = 0; i < n; i++)
    if (!(inputs[i] = thaw_tflite_value (self, i)))
      return FALSE;
  if (n == 0)
    return thaw_tflite_refuse (self, "nothing is joined");
  if (params.axis.axis < 0)
    params.axis.axis += inputs[0]->shape.rank;
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_CONCAT, NULL, &params, inputs, n));
}

/* To the shape that the result is said to have: everything in a file has one */
static gboolean
read_reshape (const ThawTfliteReading *self)
{
  const ThawTfliteTensor *said = thaw_tflite_tensor (self->reader->file, self->op->outputs[0]);
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { .reshape.shape.rank = said->rank };

  for (int axis = 0; axis < said->rank; axis++)
    params.reshape.shape.dim[axis] = said->shape[axis];
  return x && thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_RESHAPE, NULL, &params, &x, 1));
}

static gboolean
read_transpose (const ThawTfliteReading *self)
{
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { 0 };
  gint32 perm[THAW_MAX_RANK];

  params.transpose.rank = x ? thaw_tflite_ints (self, 1, perm, THAW_MAX_RANK) : -1;
  if (params.transpose.rank < 0)
    return FALSE;
  for (int i = 0; i < params.transpose.rank; i++)
    params.transpose.perm[i] = perm[i];
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_TRANSPOSE, NULL, &params, &x, 1));
}

/* A slice along each axis that gets shorter */
static gboolean
read_slice (const ThawTfliteReading *self)
{
  ThawNode *x = thaw_tflite_value (self, 0);
  gint32 begin[THAW_MAX_RANK], size[THAW_MAX_RANK];
  const int n = x ? thaw_tflite_ints (self, 1, begin, THAW_MAX_RANK) : -1, n_sizes = n < 0 ? -1 : thaw_tflite_ints (self, 2, size, THAW_MAX_RANK);

  if (n_sizes < 0)
    return FALSE;
  if (n != x->shape.rank || n_sizes != n)
    return thaw_tflite_refuse (self, "its places are not those of its input");
  for (int axis = 0; x && axis < x->shape.rank; axis++)
    {
      ThawOpParams params = { .slice = { .axis = axis, .start = begin[axis], .length = size[axis] < 0 ? x->shape.dim[axis] - begin[axis] : size[axis] } };

      if (params.slice.start != 0 || params.slice.length != x->shape.dim[axis])
        x = thaw_tflite_layer (self, THAW_OP_SLICE, NULL, &params, &x, 1);
    }
  return thaw_tflite_finish (self, x);
}

static gboolean
read_pad (const ThawTfliteReading *self)
{
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { 0 };
  double value = 0;
  gint32 sides[8];

  if (!x || thaw_tflite_ints (self, 1, sides, 8) < 0)
    return FALSE;
  if (x->shape.rank != 4 || thaw_tflite_tensor (self->reader->file, self->op->inputs[1])->size != sizeof sides || sides[0] || sides[1] || sides[6] || sides[7])
    return thaw_tflite_refuse (self, "it pads something else than the sides of a picture");
  if (self->op->code == THAW_TFLITE_PADV2 && !thaw_tflite_number (self, thaw_tflite_input_of (self, 2), &value))
    return thaw_tflite_refuse (self, "what it pads with is not in the file");
  params.pad.value = (float) value;
  params.pad.pad[THAW_TOP] = sides[2];
  params.pad.pad[THAW_BOTTOM] = sides[3];
  params.pad.pad[THAW_LEFT] = sides[4];
  params.pad.pad[THAW_RIGHT] = sides[5];
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_PAD, NULL, &params, &x, 1));
}

static gboolean
read_matmul (const ThawTfliteReading *self)
{
  const gboolean *turned = self->op->options.turned;
  ThawOpParams params = { .matmul = { .transpose_a = turned[0], .transpose_b = turned[1] } };
  ThawNode *inputs[2] = { thaw_tflite_value (self, 0) };

  if (inputs[0])
    inputs[1] = thaw_tflite_value (self, 1);
  return inputs[1] && thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_MATMUL, NULL, &params, inputs, 2));
}

static gboolean (*const readers[THAW_TFLITE_N_CODES]) (const ThawTfliteReading *) = {
  [THAW_TFLITE_CONV_2D] = thaw_tflite_read_convolution, [THAW_TFLITE_DEPTHWISE_CONV_2D] = thaw_tflite_read_convolution,
  [THAW_TFLITE_MAX_POOL_2D] = thaw_tflite_read_pool, [THAW_TFLITE_AVERAGE_POOL_2D] = thaw_tflite_read_pool,
  [THAW_TFLITE_FULLY_CONNECTED] = thaw_tflite_read_linear, [THAW_TFLITE_ADD] = thaw_tflite_read_binary, [THAW_TFLITE_MUL] = thaw_tflite_read_binary,
  [THAW_TFLITE_MEAN] = thaw_tflite_read_mean, [THAW_TFLITE_RELU] = read_activation, [THAW_TFLITE_RELU6] = read_activation,
  [THAW_TFLITE_LOGISTIC] = read_activation, [THAW_TFLITE_TANH] = read_activation, [THAW_TFLITE_HARD_SWISH] = read_activation,
  [THAW_TFLITE_GELU] = read_activation, [THAW_TFLITE_L2_NORMALIZATION] = read_activation, [THAW_TFLITE_SOFTMAX] = read_softmax,
  [THAW_TFLITE_CONCATENATION] = read_concat, [THAW_TFLITE_RESHAPE] = read_reshape, [THAW_TFLITE_SQUEEZE] = read_reshape,
  [THAW_TFLITE_EXPAND_DIMS] = read_reshape, [THAW_TFLITE_TRANSPOSE] = read_transpose, [THAW_TFLITE_SLICE] = read_slice, [THAW_TFLITE_PAD] = read_pad,
  [THAW_TFLITE_PADV2] = read_pad, [THAW_TFLITE_BATCH_MATMUL] = read_matmul,
};

gboolean
thaw_tflite_read_operator (const ThawTfliteReading *self)
{
  const int code = self->op->code;

  if (code < 0 || code >= THAW_TFLITE_N_CODES || !readers[code])
    return thaw_tflite_refuse (self, "not an operator that Thaw reads");
  return readers[code] (self);
}
