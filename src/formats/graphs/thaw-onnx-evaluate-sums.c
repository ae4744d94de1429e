/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes over an axis: sums, means, the largest, products of matrices */
#include <math.h>
#include <string.h>

#include "thaw-onnx-evaluate.h"

/* Which axes go; the attribute where the set has no input for it. FALSE: axes that there are not */
static gboolean
find_axes (const ThawOnnxCall *self, const ThawTensor *x, gboolean *gone)
{
  gint64 axes[THAW_MAX_RANK];
  int n = thaw_onnx_call_ints (self, 1, "axes", axes);

  if (n <= 0 && thaw_onnx_get_int (self->proto, "noop_with_empty_axes", 0))
    return TRUE;
  for (int i = 0; n <= 0 && i < x->shape.rank; i++)
    gone[i] = TRUE;
  for (int i = 0; i < n; i++)
    {
      int axis = thaw_onnx_axis (axes[i], x->shape.rank);

      if (axis < 0)
        return FALSE;
      gone[axis] = TRUE;
    }
  return TRUE;
}

static double
start_of (const char *type)
{
  if (g_str_equal (type, "ReduceMax"))
    return -INFINITY;
  if (g_str_equal (type, "ReduceMin"))
    return INFINITY;
  return g_str_equal (type, "ReduceProd") ? 1 : 0;
}

static double
take_in (const char *type, double so_far, double x)
{
  switch (type[6] << 8 | type[7])
    {
    case 'M' << 8 | 'a': return MAX (so_far, x);
    case 'M' << 8 | 'i': return MIN (so_far, x);
    case 'P' << 8 | 'r': return so_far * x;
    case 'L' << 8 | '2': return so_far + x * x;
    case 'L' << 8 | '1': return so_far + fabs (x);
    default: return so_far + x;
    }
}

static void
finish (const char *type, double *values, gint64 n, double count)
{
  for (gint64 i = 0; i < n; i++)
    if (g_str_equal (type, "ReduceMean"))
      values[i] /= count;
    else if (g_str_equal (type, "ReduceL2"))
      values[i] = sqrt (values[i]);
}

/* Sums of @x in double at the places of @kept, its shape with 1 along the axes that go */
static double *
reduce (const ThawOnnxCall *self, ThawTensor *x, const ThawShape *kept)
{
  const char *type = self->proto->op_type;
  gint64 n = thaw_shape_count (kept), count = thaw_tensor_count (x);
  double *values = g_try_new (double, MAX (n, 1));
  ThawTensor places = { .shape = *kept };
  ThawOnnxWalk walk;

  if (!values || !thaw_onnx_walk_start (&walk, (ThawTensor *[]){ x, &places }, 2))
    return values;
  for (gint64 i = 0; i < n; i++)
    values[i] = start_of (type);
  for (; walk.i < walk.count; thaw_onnx_walk_next (&walk))
    values[walk.offset[1]] = take_in (type, values[walk.offset[1]], thaw_onnx_at (x, walk.offset[0]));
  finish (type, values, n, n ? (double) count / (double) n : 1);
  return values;
}

static gboolean
run_reduce (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  gboolean gone[THAW_MAX_RANK] = { FALSE }, keep = thaw_onnx_get_int (self->proto, "keepdims", 1) != 0;
  g_autofree double *values = NULL;
  ThawShape kept, shape = { 0 };

  if (!x || !find_axes (self, x, gone))
    return FALSE;
  kept = x->shape;
  for (int i = 0; i < x->shape.rank; i++)
    {
      if (gone[i])
        kept.dim[i] = 1;
      if (!gone[i] || keep)
        shape.dim[shape.rank++] = kept.dim[i];
    }
  values = thaw_tensor_count (x) ? reduce (self, x, &kept) : NULL;
  y = values ? thaw_onnx_call_new (self, x->dtype, &shape) : NULL;
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    thaw_onnx_put (y, i, values[i]);
  return thaw_onnx_call_give (self, 0, y);
}

/* The axis from an attribute, and what lies around it */
static gboolean
around_axis (const ThawOnnxCall *self, const ThawTensor *x, gint64 otherwise, int *axis, gint64 *outer, gint64 *inner)
{
  *axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", otherwise), x->shape.rank) : -1;
  *outer = *inner = 1;
  for (int i = 0; *axis >= 0 && i < x->shape.rank; i++)
    if (i != *axis)
      *(i < *axis ? outer : inner) *= x->shape.dim[i];
  return *axis >= 0;
}

static gboolean
run_arg (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  gboolean least = g_str_equal (self->proto->op_type, "ArgMin"), last = thaw_onnx_get_int (self->proto, "select_last_index", 0) != 0;
  gint64 outer, inner;
  ThawShape shape;
  int axis;

  if (!around_axis (self, x, 0, &axis, &outer, &inner) || x->shape.dim[axis] < 1)
    return FALSE;
  shape = x->shape;
  shape.dim[axis] = 1;
  if (!thaw_onnx_get_int (self->proto, "keepdims", 1))
    {
      shape.rank--;
      memmove (&shape.dim[axis], &shape.dim[axis + 1], (shape.rank - axis) * sizeof (gint64));
    }
  y = thaw_onnx_call_new (self, THAW_DTYPE_I64, &shape);
  for (gint64 i = 0; y && i < outer * inner; i++)
    {
      gint64 base = i / inner * x->shape.dim[axis] * inner + i % inner, best = 0;

      for (gint64 k = 1; k < x->shape.dim[axis]; k++)
        {
          double a = thaw_onnx_at (x, base + k * inner), b = thaw_onnx_at (x, base + best * inner);

          if (least ? a < b : a > b || (last && a == b))
            best = k;
          else if (least && last && a == b)
            best = k;
        }
      ((gint64 *) y->data)[i] = best;
    }
  return thaw_onnx_call_give (self, 0, y);
}

static void
softmax_row (const ThawTensor *x, ThawTensor *y, gint64 base, gint64 n, gint64 step, gboolean logarithm)
{
  double most = -INFINITY, sum = 0;

  for (gint64 k = 0; k < n; k++)
    most = MAX (most, thaw_onnx_at (x, base + k * step));
  for (gint64 k = 0; k < n; k++)
    sum += exp (thaw_onnx_at (x, base + k * step) - most);
  for (gint64 k = 0; k < n; k++)
    {
      double at = thaw_onnx_at (x, base + k * step) - most;

      thaw_onnx_put (y, base + k * step, logarithm ? at - log (sum) : exp (at) / sum);
    }
}

/* Before set 13 all from the axis on is one row. */
static gboolean
run_softmax (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  gint64 outer, inner, n;
  int axis;

  if (!around_axis (self, x, self->opset < 13 ? 1 : -1, &axis, &outer, &inner))
    return FALSE;
  n = x->shape.dim[axis];
  if (self->opset < 13)
    {
      n *= inner;
      inner = 1;
    }
  y = thaw_onnx_call_new (self, x->dtype, &x->shape);
  for (gint64 i = 0; y && i < outer * inner; i++)
    softmax_row (x, y, i / inner * n * inner + i % inner, n, inner, g_str_equal (self->proto->op_type, "LogSoftmax"));
  return thaw_onnx_call_give (self, 0, y);
}

/* Rows of all axes from one on; the means and inverse deviations are outputs too */
static gboolean
run_layernorm (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *weight = thaw_onnx_call_input (self, 1), *bias = thaw_onnx_call_input (self, 2), *y[3];
  double eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5);
  gint64 outer, inner, width;
  ThawShape rows;
  int axis;

  if (!around_axis (self, x, -1, &axis, &outer, &inner))
    return FALSE;
  width = x->shape.dim[axis] * inner;
  if (!weight || thaw_tensor_count (weight) != width || (bias && thaw_tensor_count (bias) != width))
    return FALSE;
  rows = x->shape;
  for (int i = axis; i < rows.rank; i++)
    rows.dim[i] = 1;
  for (guint i = 0; i < 3; i++)
    y[i] = thaw_onnx_call_new (self, THAW_DTYPE_F32, i ? &rows : &x->shape);
  for (gint64 r = 0; y[0] && y[1] && y[2] && r < outer; r++)
    {
      double mean = 0, variance = 0;

      for (gint64 i = 0; i < width; i++)
        mean += thaw_onnx_at (x, r * width + i) / (double) width;
      for (gint64 i = 0; i < width; i++)
        variance += pow (thaw_onnx_at (x, r * width + i) - mean, 2) / (double) width;
      thaw_onnx_put (y[1], r, mean);
      thaw_onnx_put (y[2], r, 1 / sqrt (variance + eps));
      for (gint64 i = 0; i < width; i++)
        thaw_onnx_put (y[0], r * width + i, (thaw_onnx_at (x, r * width + i) - mean) / sqrt (variance + eps) * thaw_onnx_at (weight, i)
                                                + (bias ? thaw_onnx_at (bias, i) : 0));
    }
  return thaw_onnx_call_give (self, 1, y[1]) & thaw_onnx_call_give (self, 2, y[2]) & thaw_onnx_call_give (self, 0, y[0]);
}

ThawOnnxRun
thaw_onnx_find_sums (const char *type)
{
  static const struct
  {
    const char *type;
    ThawOnnxRun run;
  } rows[] = { { "ReduceMean", run_reduce }, { "ReduceSum", run_reduce }, { "ReduceMax", run_reduce }, { "ReduceMin", run_reduce },
               { "ReduceProd", run_reduce }, { "ReduceL2", run_reduce }, { "ReduceL1", run_reduce }, { "ArgMax", run_arg }, { "ArgMin", run_arg },
               { "Softmax", run_softmax },   { "LogSoftmax", run_softmax }, { "MatMul", thaw_onnx_run_matmul }, { "Gemm", thaw_onnx_run_gemm },
               { "LayerNormalization", run_layernorm }, { "Einsum", thaw_onnx_run_einsum } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].run;
  return NULL;
}
