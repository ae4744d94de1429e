/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layers that files say in several nodes. Each is looked for from its last node backwards. */
#include <math.h>
#include <string.h>

#include "thaw-onnx-read.h"

/* The node that makes @name, if its operator is @type (nullable: any) */
static const ThawOnnx__Node *
maker (const ThawOnnxReader *self, const char *name, const char *type)
{
  const ThawOnnx__Node *node = name && *name ? g_hash_table_lookup (self->makers, name) : NULL;

  return node && node->op_type && (!type || g_str_equal (node->op_type, type)) && node->n_input > 0 ? node : NULL;
}

gboolean
thaw_onnx_number (const ThawOnnxReader *self, const char *name, double *out)
{
  const ThawTensor *tensor = name ? g_hash_table_lookup (self->constants, name) : NULL;

  if (!tensor || thaw_tensor_count (tensor) != 1 || (tensor->dtype != THAW_DTYPE_F32 && tensor->dtype != THAW_DTYPE_I64))
    return FALSE;
  *out = tensor->dtype == THAW_DTYPE_F32 ? *(const float *) tensor->data : (double) *(const gint64 *) tensor->data;
  return TRUE;
}

static gboolean
is_number (const ThawOnnxReader *self, const char *name, double wanted)
{
  double value;

  return thaw_onnx_number (self, name, &value) && fabs (value - wanted) <= 1e-6 * fabs (wanted);
}

/* @node is @type with the number @wanted as one of its two inputs: the other */
static const char *
beside_number (const ThawOnnxReader *self, const ThawOnnx__Node *node, const char *type, double wanted)
{
  gboolean either = !g_str_equal (type, "Div") && !g_str_equal (type, "Sub") && !g_str_equal (type, "Pow");

  if (!node || !g_str_equal (node->op_type, type) || node->n_input != 2)
    return NULL;
  if (is_number (self, node->input[1], wanted))
    return node->input[0];
  return either && is_number (self, node->input[0], wanted) ? node->input[1] : NULL;
}

/* 1 + erf (y / sqrt 2): y */
static const char *
match_erf (const ThawOnnxReader *self, const char *name)
{
  const ThawOnnx__Node *erf = maker (self, beside_number (self, maker (self, name, "Add"), "Add", 1), "Erf");
  const ThawOnnx__Node *inner = erf ? maker (self, erf->input[0], NULL) : NULL;
  const char *y = inner ? beside_number (self, inner, "Div", G_SQRT2) : NULL;

  return y || !inner ? y : beside_number (self, inner, "Mul", 1 / G_SQRT2);
}

/* A half, x and 1 + erf (x / sqrt 2) in any order: x */
static const char *
match_gelu_factors (const ThawOnnxReader *self, const char *const *factors)
{
  for (guint half = 0; half < 3; half++)
    for (guint erf = 0; erf < 3; erf++)
      {
        const char *x = factors[3 - half - erf < 3 ? 3 - half - erf : 0], *y;

        if (half == erf || !is_number (self, factors[half], .5))
          continue;
        y = match_erf (self, factors[erf]);
        if (y && g_str_equal (x, y))
          return x;
      }
  return NULL;
}

static const char *
match_gelu (const ThawOnnxReader *self, const ThawOnnx__Node *last)
{
  for (guint i = 0; i < 2; i++)
    {
      const ThawOnnx__Node *inner = maker (self, last->input[i], "Mul");
      const char *x = inner && inner->n_input == 2
                          ? match_gelu_factors (self, (const char *[]){ inner->input[0], inner->input[1], last->input[1 - i] })
                          : NULL;

      if (x)
        return x;
    }
  return NULL;
}

static gboolean
clips (const ThawOnnxReader *self, const ThawOnnx__Node *clip, double low, double high)
{
  if (clip->n_input >= 3)
    return is_number (self, clip->input[2], high) && (low == 0 ? is_number (self, clip->input[1], 0) : is_number (self, clip->input[1], low));
  return clip->n_input == 1 && thaw_onnx_get_float (clip, "min", -1) == low && thaw_onnx_get_float (clip, "max", -1) == high;
}

/* min (max (x + 3, 0), 6): x */
static const char *
match_ramp (const ThawOnnxReader *self, const char *name)
{
  const ThawOnnx__Node *clip = maker (self, name, "Clip");

  return clip && clips (self, clip, 0, 6) ? beside_number (self, maker (self, clip->input[0], "Add"), "Add", 3) : NULL;
}

/* That divided by 6, or in one node: x */
static const char *
match_hardsigmoid (const ThawOnnxReader *self, const ThawOnnx__Node *last)
{
  const char *ramp = NULL;

  if (!last)
    return NULL;
  if (g_str_equal (last->op_type, "HardSigmoid"))
    return fabs (thaw_onnx_get_float (last, "alpha", .2) - 1. / 6) < 1e-6 && thaw_onnx_get_float (last, "beta", .5) == .5 ? last->input[0] : NULL;
  if (g_str_equal (last->op_type, "Div"))
    ramp = beside_number (self, last, "Div", 6);
  else if (g_str_equal (last->op_type, "Mul"))
    ramp = beside_number (self, last, "Mul", 1. / 6);
  return ramp ? match_ramp (self, ramp) : NULL;
}

/* x and something of it, multiplied */
static gboolean
match_gate (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  for (guint i = 0; i < 2; i++)
    {
      const char *x = last->input[1 - i], *ramp;
      const ThawOnnx__Node *gate = maker (self, last->input[i], NULL);

      if (!gate)
        continue;
      *out = (ThawOnnxPattern){ .op = THAW_OP_SILU, .inputs = { x } };
      if (g_str_equal (gate->op_type, "Sigmoid") && g_str_equal (gate->input[0], x))
        return TRUE;
      out->op = THAW_OP_HARDSWISH;
      ramp = match_hardsigmoid (self, gate);
      if (ramp && g_str_equal (ramp, x))
        return TRUE;
    }
  return FALSE;
}

/* x clip (x + 3, 0, 6) / 6 */
static gboolean
match_late_hardswish (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  const char *product = g_str_equal (last->op_type, "Div") ? beside_number (self, last, "Div", 6) : beside_number (self, last, "Mul", 1. / 6);
  const ThawOnnx__Node *inner = maker (self, product, "Mul");

  for (guint i = 0; inner && inner->n_input == 2 && i < 2; i++)
    {
      const char *x = match_ramp (self, inner->input[i]);

      if (x && g_str_equal (x, inner->input[1 - i]))
        {
          *out = (ThawOnnxPattern){ .op = THAW_OP_HARDSWISH, .inputs = { x } };
          return TRUE;
        }
    }
  return FALSE;
}

/* The only axis of a mean or length over one, with that axis kept; FALSE: it has another form */
static gboolean
one_axis (const ThawOnnxReader *self, const ThawOnnx__Node *node, int *axis)
{
  double number;

  if (!thaw_onnx_get_int (node, "keepdims", 1))
    return FALSE;
  if (thaw_onnx_get_ints (node, "axes", axis, 1))
    return TRUE;
  if (node->n_input < 2 || !thaw_onnx_number (self, node->input[1], &number))
    return FALSE;
  *axis = (int) CLAMP (number, -100, 100);
  return TRUE;
}

/* x less its mean: x */
static const char *
match_centred (const ThawOnnxReader *self, const char *name, int *axis)
{
  const ThawOnnx__Node *minus = maker (self, name, "Sub");
  const ThawOnnx__Node *mean = minus && minus->n_input == 2 ? maker (self, minus->input[1], "ReduceMean") : NULL;

  return mean && g_str_equal (mean->input[0], minus->input[0]) && one_axis (self, mean, axis) ? minus->input[0] : NULL;
}

/* The mean of the squares of @centred (or of something centred in the same way), and eps */
static gboolean
match_variance (const ThawOnnxReader *self, const char *name, const char *x, double *eps)
{
  const ThawOnnx__Node *sum = maker (self, name, "Add"), *mean = NULL, *square;
  const char *centred = NULL, *own;
  int axis;

  for (guint i = 0; sum && sum->n_input == 2 && i < 2; i++)
    if (thaw_onnx_number (self, sum->input[i], eps))
      mean = maker (self, sum->input[1 - i], "ReduceMean");
  square = mean ? maker (self, mean->input[0], NULL) : NULL;
  if (square && g_str_equal (square->op_type, "Pow"))
    centred = beside_number (self, square, "Pow", 2);
  else if (square && g_str_equal (square->op_type, "Mul") && square->n_input == 2 && g_str_equal (square->input[0], square->input[1]))
    centred = square->input[0];
  own = centred ? match_centred (self, centred, &axis) : NULL;
  return own && g_str_equal (own, x);
}

/* (x - mean) / sqrt (variance + eps) */
static gboolean
match_normalised (const ThawOnnxReader *self, const char *name, ThawOnnxPattern *out)
{
  const ThawOnnx__Node *last = maker (self, name, NULL), *root = NULL, *inverse;
  const char *centred = NULL;
  double eps = 0;

  if (!last || last->n_input != 2)
    return FALSE;
  if (g_str_equal (last->op_type, "Div"))
    {
      centred = last->input[0];
      root = maker (self, last->input[1], "Sqrt");
    }
  for (guint i = 0; g_str_equal (last->op_type, "Mul") && i < 2; i++)
    if ((inverse = maker (self, last->input[i], "Reciprocal")))
      {
        centred = last->input[1 - i];
        root = maker (self, inverse->input[0], "Sqrt");
      }
  *out = (ThawOnnxPattern){ .op = THAW_OP_LAYERNORM };
  out->inputs[0] = root ? match_centred (self, centred, &out->axis) : NULL;
  if (!out->inputs[0] || !match_variance (self, root->input[0], out->inputs[0], &eps))
    return FALSE;
  out->params.norm.eps = eps;
  return TRUE;
}

/* A constant of more than one number beside what is made: @node's other input */
static const char *
beside_constant (const ThawOnnxReader *self, const ThawOnnx__Node *node, const char *type, const char **constant)
{
  if (!node || !g_str_equal (node->op_type, type) || node->n_input != 2)
    return NULL;
  for (guint i = 0; i < 2; i++)
    {
      const ThawTensor *tensor = g_hash_table_lookup (self->constants, node->input[i]);

      if (!tensor || tensor->dtype != THAW_DTYPE_F32)
        continue;
      *constant = node->input[i];
      return node->input[1 - i];
    }
  return NULL;
}

static gboolean
match_layernorm (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  const char *weight = NULL, *bias = NULL, *scaled, *plain;

  if (match_normalised (self, last->output[0], out))
    return TRUE;
  scaled = beside_constant (self, last, "Add", &bias);
  plain = beside_constant (self, scaled ? maker (self, scaled, "Mul") : last, "Mul", &weight);
  if (!plain || !match_normalised (self, plain, out))
    return FALSE;
  out->inputs[1] = weight;
  out->inputs[2] = bias;
  return TRUE;
}

/* x / max (|x|, 1e-12) */
static gboolean
match_direction (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  const ThawOnnx__Node *below = g_str_equal (last->op_type, "Div") ? maker (self, last->input[1], NULL) : NULL, *length;

  if (below && g_str_equal (below->op_type, "Expand"))
    below = maker (self, below->input[0], NULL);
  if (!below || !(g_str_equal (below->op_type, "Clip") || g_str_equal (below->op_type, "Max")))
    return FALSE;
  length = maker (self, below->input[0], "ReduceL2");
  *out = (ThawOnnxPattern){ .op = THAW_OP_NORMALIZE, .inputs = { last->input[0] } };
  return length && g_str_equal (length->input[0], last->input[0]) && one_axis (self, length, &out->axis)
         && (g_str_equal (below->op_type, "Clip") ? below->n_input < 3 || !*below->input[2] : below->n_input == 2)
         && below->n_input > 1 && is_number (self, below->input[1], 1e-12);
}

/* A product with a constant matrix, looked at by nobody else, and a constant row added to it */
static gboolean
match_linear (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  const char *bias = NULL, *product = beside_constant (self, last, "Add", &bias);
  const ThawOnnx__Node *matmul = maker (self, product, "MatMul");
  const ThawTensor *weight = matmul && matmul->n_input == 2 ? g_hash_table_lookup (self->constants, matmul->input[1]) : NULL;
  const ThawTensor *row = bias ? g_hash_table_lookup (self->constants, bias) : NULL;

  if (!weight || weight->shape.rank != 2 || weight->dtype != THAW_DTYPE_F32 || row->shape.rank != 1 || row->shape.dim[0] != weight->shape.dim[1]
      || GPOINTER_TO_INT (g_hash_table_lookup (self->uses, product)) != 1 || g_hash_table_contains (self->constants, matmul->input[0]))
    return FALSE;
  *out = (ThawOnnxPattern){ .op = THAW_OP_LINEAR, .inputs = { matmul->input[0], matmul->input[1], bias } };
  return TRUE;
}

/* What is no number becomes 0 behind a softmax, where everything was masked: that does not happen here. */
static gboolean
match_safe_softmax (const ThawOnnxReader *self, const ThawOnnx__Node *last, ThawOnnxPattern *out)
{
  const ThawOnnx__Node *test = maker (self, last->input[0], "IsNaN");

  *out = (ThawOnnxPattern){ .op = THAW_N_OPS, .inputs = { last->n_input == 3 ? last->input[2] : NULL } };
  return test && last->n_input == 3 && g_str_equal (test->input[0], last->input[2]) && maker (self, last->input[2], "Softmax")
         && is_number (self, last->input[1], 0);
}

gboolean
thaw_onnx_match (const ThawOnnxReader *self, const ThawOnnx__Node *proto, ThawOnnxPattern *pattern)
{
  const char *type = proto->op_type, *x;

  if (!type || !proto->n_output || proto->n_input < 1)
    return FALSE;
  if (g_str_equal (type, "Where"))
    return match_safe_softmax (self, proto, pattern);
  if (proto->n_input != 2)
    return FALSE;
  if (g_str_equal (type, "Mul") && (x = match_gelu (self, proto)))
    {
      *pattern = (ThawOnnxPattern){ .op = THAW_OP_GELU, .inputs = { x } };
      return TRUE;
    }
  if (g_str_equal (type, "Mul") && match_gate (self, proto, pattern))
    return TRUE;
  if (match_late_hardswish (self, proto, pattern) || match_layernorm (self, proto, pattern) || match_direction (self, proto, pattern)
      || match_linear (self, proto, pattern))
    return TRUE;
  x = match_hardsigmoid (self, proto);
  *pattern = (ThawOnnxPattern){ .op = THAW_OP_HARDSIGMOID, .inputs = { x } };
  return x != NULL;
}
