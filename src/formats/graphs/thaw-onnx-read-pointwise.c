/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activations, and what can be said in them */
#include <math.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

static gboolean
give_op (const ThawOnnxReading *self, ThawOp op)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawOnnxView view;

  if (!x)
    return FALSE;
  view = *x;
  view.node = thaw_onnx_layer (self, op, NULL, &view.node, 1);
  view.name = NULL;
  return view.node && thaw_onnx_give (self, 0, &view);
}

gboolean
thaw_onnx_raise (const ThawOnnxReading *self, const ThawOnnxView *x, double exponent, ThawOnnxView *out, gboolean is_layer)
{
  const ThawOpParams params = { .power.exponent = exponent };

  *out = *x;
  out->node = is_layer ? thaw_onnx_layer (self, THAW_OP_POWER, &params, &out->node, 1)
                       : thaw_onnx_help (self->reader, THAW_OP_POWER, NULL, "power", &params, out->node, self->error);
  out->name = NULL;
  return out->node != NULL;
}

static gboolean
step (const ThawOnnxReading *self, ThawOnnxView *view, ThawOp op, const char *what)
{
  view->node = thaw_onnx_help (self->reader, op, NULL, what, NULL, view->node, self->error);
  return view->node != NULL;
}

/* x / 2 (1 + tanh (sqrt (2 / pi) (x + 0.044715 x^3))) */
static gboolean
give_tanh_gelu (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawOnnxView y;

  if (!x)
    return FALSE;
  return thaw_onnx_join_values (self, THAW_OP_MUL, x, x, &y, FALSE) && thaw_onnx_join_number (self, THAW_OP_MUL, &y, .044715, &y, FALSE)
         && thaw_onnx_join_number (self, THAW_OP_ADD, &y, 1, &y, FALSE) && thaw_onnx_join_values (self, THAW_OP_MUL, &y, x, &y, FALSE)
         && thaw_onnx_join_number (self, THAW_OP_MUL, &y, sqrt (2 / G_PI), &y, FALSE) && step (self, &y, THAW_OP_TANH, "bent")
         && thaw_onnx_join_number (self, THAW_OP_ADD, &y, 1, &y, FALSE) && thaw_onnx_join_number (self, THAW_OP_MUL, &y, .5, &y, FALSE)
         && thaw_onnx_join_values (self, THAW_OP_MUL, &y, x, &y, TRUE) && thaw_onnx_give (self, 0, &y);
}

static gboolean
read_activation (const ThawOnnxReading *self)
{
  static const struct
  {
    const char *type;
    ThawOp      op;
  } rows[] = { { "Relu", THAW_OP_RELU }, { "Sigmoid", THAW_OP_SIGMOID }, { "Tanh", THAW_OP_TANH }, { "HardSwish", THAW_OP_HARDSWISH },
               { "Gelu", THAW_OP_GELU }, { "Erf", THAW_OP_ERF }, { "Exp", THAW_OP_EXPONENTIAL }, { "Log", THAW_OP_LOG } };

  if (thaw_onnx_string_is (self->proto, "approximate", "tanh"))
    return give_tanh_gelu (self);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (self->proto->op_type, rows[i].type))
      return give_op (self, rows[i].op);
  return FALSE;
}

/* low where @x is below, high where it is above: low + range / 6 relu6 (6 (slope x + offset - low) / range) */
static gboolean
give_ramp (const ThawOnnxReading *self, double slope, double offset, double low, double high)
{
  ThawOnnxView view = *thaw_onnx_input_value (self, 0);
  double range = high - low;

  return thaw_onnx_join_number (self, THAW_OP_MUL, &view, 6 * slope / range, &view, FALSE)
         && thaw_onnx_join_number (self, THAW_OP_ADD, &view, 6 * (offset - low) / range, &view, FALSE) && step (self, &view, THAW_OP_RELU6, "ramp")
         && thaw_onnx_join_number (self, THAW_OP_MUL, &view, range / 6, &view, FALSE)
         && thaw_onnx_join_number (self, THAW_OP_ADD, &view, low, &view, TRUE) && thaw_onnx_give (self, 0, &view);
}

/* One bound: @sign relu (@sign (x - bound)) + bound */
static gboolean
give_half (const ThawOnnxReading *self, double sign, double bound)
{
  ThawOnnxView view = *thaw_onnx_input_value (self, 0);

  return thaw_onnx_join_number (self, THAW_OP_ADD, &view, -bound, &view, FALSE) && thaw_onnx_join_number (self, THAW_OP_MUL, &view, sign, &view, FALSE)
         && step (self, &view, THAW_OP_RELU, "bounded") && thaw_onnx_join_number (self, THAW_OP_MUL, &view, sign, &view, FALSE)
         && thaw_onnx_join_number (self, THAW_OP_ADD, &view, bound, &view, TRUE) && thaw_onnx_give (self, 0, &view);
}

/* FALSE: it is not constant */
static gboolean
find_bound (const ThawOnnxReading *self, gsize i, const char *name, double *out)
{
  const char *input = thaw_onnx_input_name (self, i);

  if (input)
    return thaw_onnx_number (self->reader, input, out);
  *out = thaw_onnx_get_float (self->proto, name, *out);
  return TRUE;
}

static gboolean
read_clip (const ThawOnnxReading *self)
{
  double low = -INFINITY, high = INFINITY;

  if (!thaw_onnx_input_value (self, 0) || !find_bound (self, 1, "min", &low) || !find_bound (self, 2, "max", &high))
    return thaw_onnx_refuse (self, "limits that are not constant");
  if (low < -1e30)
    low = -INFINITY;
  if (high > 1e30)
    high = INFINITY;
  if (low == 0 && high == 6)
    return give_op (self, THAW_OP_RELU6);
  if (low == 0 && isinf (high))
    return give_op (self, THAW_OP_RELU);
  if (isinf (low) && isinf (high))
    return thaw_onnx_give (self, 0, thaw_onnx_input_value (self, 0));
  if (isinf (low) || isinf (high))
    return give_half (self, isinf (low) ? -1 : 1, isinf (low) ? high : low);
  return low < high ? give_ramp (self, 1, 0, low, high) : thaw_onnx_refuse (self, "limits that leave nothing");
}

static gboolean
read_hardsigmoid (const ThawOnnxReading *self)
{
  double alpha = thaw_onnx_get_float (self->proto, "alpha", .2), beta = thaw_onnx_get_float (self->proto, "beta", .5);

  if (!thaw_onnx_input_value (self, 0))
    return FALSE;
  if (fabs (alpha - 1. / 6) <= 1e-6 && beta == .5)
    return give_op (self, THAW_OP_HARDSIGMOID);
  return give_ramp (self, alpha, beta, 0, 1);
}

/* What is negative turned over: relu (-x) */
static gboolean
find_negative (const ThawOnnxReading *self, ThawOnnxView *view)
{
  *view = *thaw_onnx_input_value (self, 0);
  return thaw_onnx_join_number (self, THAW_OP_MUL, view, -1, view, FALSE) && step (self, view, THAW_OP_RELU, "negative");
}

/* relu (x) - slope relu (-x); the size of x with a slope of -1 */
static gboolean
read_leaky (const ThawOnnxReading *self)
{
  const char *type = self->proto->op_type;
  double slope = g_str_equal (type, "Abs") ? -1 : thaw_onnx_get_float (self->proto, "alpha", .01);
  ThawTensor *slopes = g_str_equal (type, "PRelu") ? thaw_onnx_input_constant (self, 1) : NULL;
  g_autoptr (ThawTensor) turned = slopes ? thaw_tensor_copy (slopes) : NULL;
  ThawOnnxView positive, negative;

  if (!thaw_onnx_input_value (self, 0) || (!slopes && g_str_equal (type, "PRelu")) || (slopes && slopes->dtype != THAW_DTYPE_F32))
    return thaw_onnx_refuse (self, "slopes that are not constant");
  for (gint64 i = 0; turned && i < thaw_tensor_count (turned); i++)
    thaw_tensor_f32 (turned)[i] *= -1;
  positive = *thaw_onnx_input_value (self, 0);
  if (!step (self, &positive, THAW_OP_RELU, "positive") || !find_negative (self, &negative))
    return FALSE;
  if (turned ? !thaw_onnx_join_constant (self, THAW_OP_MUL, &negative, turned, NULL, &negative, FALSE)
             : !thaw_onnx_join_number (self, THAW_OP_MUL, &negative, -slope, &negative, FALSE))
    return FALSE;
  return thaw_onnx_join_values (self, THAW_OP_ADD, &positive, &negative, &positive, TRUE) && thaw_onnx_give (self, 0, &positive);
}

static gboolean
read_negated (const ThawOnnxReading *self)
{
  ThawOnnxView view;

  if (!thaw_onnx_input_value (self, 0))
    return FALSE;
  view = *thaw_onnx_input_value (self, 0);
  return thaw_onnx_join_number (self, THAW_OP_MUL, &view, -1, &view, TRUE) && thaw_onnx_give (self, 0, &view);
}

static gboolean
read_power (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawOnnxView view;

  return x && thaw_onnx_raise (self, x, g_str_equal (self->proto->op_type, "Sqrt") ? .5 : -1, &view, TRUE) && thaw_onnx_give (self, 0, &view);
}

/* The larger of @a and @b, or of it and a number: a + relu (b - a); the smaller: a - relu (a - b) */
static gboolean
choose (const ThawOnnxReading *self, double sign, const ThawOnnxView *a, const ThawOnnxView *b, double number, ThawOnnxView *out)
{
  ThawOnnxView rest = *a;

  if (!thaw_onnx_join_number (self, THAW_OP_MUL, &rest, -sign, &rest, FALSE))
    return FALSE;
  if (b)
    {
      ThawOnnxView other = *b;

      if (!thaw_onnx_join_number (self, THAW_OP_MUL, &other, sign, &other, FALSE) || !thaw_onnx_join_values (self, THAW_OP_ADD, &rest, &other, &rest, FALSE))
        return FALSE;
    }
  else if (!thaw_onnx_join_number (self, THAW_OP_ADD, &rest, sign * number, &rest, FALSE))
    return FALSE;
  return step (self, &rest, THAW_OP_RELU, "beyond") && thaw_onnx_join_number (self, THAW_OP_MUL, &rest, sign, &rest, FALSE)
         && thaw_onnx_join_values (self, THAW_OP_ADD, a, &rest, out, TRUE);
}

/* Max and Min of any number of values and numbers */
static gboolean
read_extreme (const ThawOnnxReading *self)
{
  const double sign = g_str_equal (self->proto->op_type, "Max") ? 1 : -1;
  ThawOnnxView view = { 0 };
  double number;

  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      const ThawOnnxView *x = thaw_onnx_input_value (self, i);

      if (x && !view.node)
        view = *x;
      else if (x && !choose (self, sign, &view, x, 0, &view))
        return FALSE;
    }
  for (gsize i = 0; view.node && i < self->proto->n_input; i++)
    if (!thaw_onnx_input_value (self, i)
        && (!thaw_onnx_number (self->reader, thaw_onnx_input_name (self, i), &number) || !choose (self, sign, &view, NULL, number, &view)))
      return thaw_onnx_refuse (self, "bounds that are not one number");
  return view.node && thaw_onnx_give (self, 0, &view);
}

ThawOnnxRead
thaw_onnx_find_pointwise (const char *type)
{
  static const struct
  {
    const char  *type;
    ThawOnnxRead read;
  } rows[] = { { "Relu", read_activation }, { "Sigmoid", read_activation }, { "Tanh", read_activation }, { "HardSwish", read_activation },
               { "Gelu", read_activation }, { "Clip", read_clip }, { "HardSigmoid", read_hardsigmoid }, { "LeakyRelu", read_leaky },
               { "Erf", read_activation }, { "Exp", read_activation }, { "Log", read_activation }, { "Sqrt", read_power }, { "Reciprocal", read_power },
               { "Max", read_extreme }, { "Min", read_extreme }, { "PRelu", read_leaky }, { "Abs", read_leaky }, { "Neg", read_negated } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].read;
  return NULL;
}
