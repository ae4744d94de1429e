/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What only brings numbers to other places */
#include <string.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"

/* Strides of @shape in elements */
static void
find_strides (const ThawShape *shape, gint64 *strides)
{
  gint64 step = 1;

  for (int i = shape->rank - 1; i >= 0; i--)
    {
      strides[i] = step;
      step *= shape->dim[i];
    }
}

/* A copy of @x's numbers: element i of the result's axis d comes from start[d] + i step[d], or from wherever @places says along @axis.
 * (transfer full) (nullable) */
static ThawTensor *
pick (const ThawOnnxCall *self, const ThawTensor *x, const ThawShape *shape, const gint64 *start, const gint64 *step, const gint64 *places, int axis)
{
  gsize element = thaw_dtype_size (x->dtype);
  ThawTensor *y = thaw_onnx_call_new (self, x->dtype, shape);
  gint64 strides[THAW_MAX_RANK], n = y ? thaw_tensor_count (y) : 0;

  find_strides (&x->shape, strides);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 rest = i, from = 0;

      for (int d = shape->rank - 1; d >= 0; d--)
        {
          gint64 at = rest % shape->dim[d];

          from += (places && d == axis ? places[at] : start[d] + at * step[d]) * strides[d];
          rest /= shape->dim[d];
        }
      memcpy ((guint8 *) y->data + i * element, (const guint8 *) x->data + from * element, element);
    }
  return y;
}

/* The same numbers in another shape (transfer full) */
static ThawTensor *
reshaped (const ThawTensor *x, const ThawShape *shape)
{
  ThawTensor *y = thaw_tensor_copy (x);

  y->shape = *shape;
  return y;
}

static gboolean
run_transpose (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  const ThawOnnx__Attribute *given = thaw_onnx_attribute (self->proto, "perm");
  guint seen = 0;
  int perm[THAW_MAX_RANK];

  if (!x || (given && !thaw_onnx_get_ints (self->proto, "perm", perm, x->shape.rank)))
    return thaw_onnx_call_fail (self, "an order of axes that does not fit");
  for (int i = 0; i < x->shape.rank; i++)
    {
      if (!given)
        perm[i] = x->shape.rank - 1 - i;
      if (perm[i] < 0 || perm[i] >= x->shape.rank || seen >> perm[i] & 1)
        return thaw_onnx_call_fail (self, "an order of axes that does not fit");
      seen |= 1u << perm[i];
    }
  return thaw_onnx_call_give (self, 0, x->shape.rank ? thaw_tensor_permute (x, perm) : thaw_tensor_copy (x));
}

static gboolean
run_reshape (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 sizes[THAW_MAX_RANK];
  ThawShape shape;

  if (!x || !thaw_onnx_resolve_shape (&shape, &x->shape, sizes, thaw_onnx_call_ints (self, 1, "shape", sizes), thaw_onnx_get_int (self->proto, "allowzero", 0) != 0))
    return FALSE;
  return thaw_onnx_call_give (self, 0, reshaped (x, &shape));
}

/* Flatten, Squeeze, Unsqueeze */
static gboolean
run_axes (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 axes[THAW_MAX_RANK];
  ThawShape shape;

  if (!x || !thaw_onnx_change_axes (self->proto, &shape, &x->shape, axes, thaw_onnx_call_ints (self, 1, "axes", axes)))
    return thaw_onnx_call_fail (self, "axes that do not fit");
  return thaw_onnx_call_give (self, 0, reshaped (x, &shape));
}

static gboolean
run_expand (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), other = { 0 }, *y;
  gsize element = x ? thaw_dtype_size (x->dtype) : 0;
  ThawOnnxWalk walk;

  other.shape.rank = thaw_onnx_call_ints (self, 1, NULL, other.shape.dim);
  for (int i = 0; i < other.shape.rank; i++)
    if (other.shape.dim[i] < 0)
      return FALSE;
  if (!x || other.shape.rank < 0 || !thaw_onnx_walk_start (&walk, (ThawTensor *[]){ x, &other }, 2))
    return FALSE;
  y = thaw_onnx_call_new (self, x->dtype, &walk.shape);
  for (; y && walk.i < walk.count; thaw_onnx_walk_next (&walk))
    memcpy ((guint8 *) y->data + walk.i * element, (const guint8 *) x->data + walk.offset[0] * element, element);
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_tile (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 repeats[THAW_MAX_RANK], strides[THAW_MAX_RANK];
  ThawShape shape;
  ThawTensor *y;

  if (!x || thaw_onnx_call_ints (self, 1, NULL, repeats) != x->shape.rank)
    return FALSE;
  shape = x->shape;
  for (int i = 0; i < shape.rank; i++)
    if (repeats[i] < 0 || __builtin_mul_overflow (shape.dim[i], repeats[i], &shape.dim[i]))
      return FALSE;
  find_strides (&x->shape, strides);
  y = thaw_onnx_call_new (self, x->dtype, &shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    {
      gint64 rest = i, from = 0;

      for (int d = shape.rank - 1; d >= 0; d--)
        {
          from += rest % shape.dim[d] % x->shape.dim[d] * strides[d];
          rest /= shape.dim[d];
        }
      thaw_onnx_put (y, i, thaw_onnx_at (x, from));
    }
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
joined_shape (const ThawOnnxCall *self, int *axis, ThawShape *shape)
{
  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      const ThawTensor *x = thaw_onnx_call_input (self, i);

      if (!x)
        return FALSE;
      if (i == 0)
        {
          *shape = x->shape;
          *axis = thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 1), x->shape.rank);
          continue;
        }
      if (*axis < 0 || x->shape.rank != shape->rank || __builtin_add_overflow (shape->dim[*axis], x->shape.dim[*axis], &shape->dim[*axis]))
        return FALSE;
      for (int d = 0; d < shape->rank; d++)
        if (d != *axis && x->shape.dim[d] != shape->dim[d])
          return FALSE;
    }
  return self->proto->n_input > 0 && *axis >= 0;
}

static gboolean
run_concat (const ThawOnnxCall *self)
{
  gint64 outer = 1, inner, at = 0;
  ThawDtype dtype;
  ThawShape shape;
  ThawTensor *y;
  int axis = -1;

  if (!joined_shape (self, &axis, &shape))
    return FALSE;
  dtype = thaw_onnx_call_input (self, 0)->dtype;
  y = thaw_onnx_call_new (self, dtype, &shape);
  inner = thaw_dtype_size (dtype);
  for (int d = 0; d < shape.rank; d++)
    *(d < axis ? &outer : &inner) *= shape.dim[d];
  for (gsize i = 0; y && i < self->proto->n_input; i++)
    {
      const ThawTensor *x = thaw_onnx_call_input (self, i);
      gint64 run = shape.dim[axis] ? inner / shape.dim[axis] * x->shape.dim[axis] : 0;

      if (x->dtype != dtype)
        {
          thaw_tensor_unref (y);
          return FALSE;
        }
      for (gint64 o = 0; run && o < outer; o++)
        memcpy ((guint8 *) y->data + o * inner + at, (const guint8 *) x->data + o * run, run);
      at += run;
    }
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_slice (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 lists[4][THAW_MAX_RANK];
  int n[4];
  ThawOnnxSlices slices;

  if (!x)
    return FALSE;
  n[0] = thaw_onnx_call_ints (self, 1, "starts", lists[0]);
  n[1] = thaw_onnx_call_ints (self, 2, "ends", lists[1]);
  n[2] = thaw_onnx_call_ints (self, 3, "axes", lists[2]);
  n[3] = thaw_onnx_call_ints (self, 4, NULL, lists[3]);
  if (!thaw_onnx_find_slices (&slices, &x->shape, lists, n))
    return thaw_onnx_call_fail (self, "bounds that do not fit");
  return thaw_onnx_call_give (self, 0, pick (self, x, &slices.shape, slices.start, slices.step, NULL, 0));
}

static gboolean
run_split (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  gint64 start[THAW_MAX_RANK] = { 0 }, step[THAW_MAX_RANK], sizes[THAW_ONNX_MAX_PIECES];
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 0), x->shape.rank) : -1;

  if (axis < 0 || !thaw_onnx_find_pieces (self->proto, thaw_onnx_call_input (self, 1), x->shape.dim[axis], sizes))
    return FALSE;
  for (int i = 0; i < THAW_MAX_RANK; i++)
    step[i] = 1;
  for (gsize i = 0; i < self->proto->n_output; i++)
    {
      ThawShape shape = x->shape;

      shape.dim[axis] = sizes[i];
      if (!thaw_onnx_call_give (self, i, pick (self, x, &shape, start, step, NULL, 0)))
        return FALSE;
      start[axis] += sizes[i];
    }
  return TRUE;
}

static gboolean
run_gather (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0), *places = thaw_onnx_call_input (self, 1);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 0), x->shape.rank) : -1;
  gint64 zero[THAW_MAX_RANK] = { 0 }, one[THAW_MAX_RANK], n = places ? thaw_tensor_count (places) : 0;
  g_autofree gint64 *from = NULL;
  ThawShape rows, shape = { 0 };
  ThawTensor *y;

  if (axis < 0 || !places || places->dtype == THAW_DTYPE_F32 || x->shape.rank - 1 + places->shape.rank > THAW_MAX_RANK)
    return FALSE;
  from = g_new (gint64, n + 1);
  for (gint64 i = 0; i < n; i++)
    {
      from[i] = (gint64) thaw_onnx_at (places, i);
      from[i] += from[i] < 0 ? x->shape.dim[axis] : 0;
      if (from[i] < 0 || from[i] >= x->shape.dim[axis])
        return thaw_onnx_call_fail (self, "places that are not there");
    }
  for (int i = 0; i < THAW_MAX_RANK; i++)
    one[i] = 1;
  rows = x->shape;
  rows.dim[axis] = n;
  for (int i = 0; i < x->shape.rank; i++)
    if (i != axis)
      shape.dim[shape.rank++] = x->shape.dim[i];
    else
      for (int k = 0; k < places->shape.rank; k++)
        shape.dim[shape.rank++] = places->shape.dim[k];
  y = pick (self, x, &rows, zero, one, from, axis);
  if (y)
    y->shape = shape;
  return thaw_onnx_call_give (self, 0, y);
}

/* An update stands in the place of what was there, or goes together with it. */
static gboolean
scatter_one (const ThawOnnxCall *self, ThawTensor *y, gint64 to, const ThawTensor *updates, gint64 from)
{
  const double old = thaw_onnx_at (y, to), new = thaw_onnx_at (updates, from);
  const gsize element = thaw_dtype_size (y->dtype);

  if (!thaw_onnx_attribute (self->proto, "reduction") || thaw_onnx_string_is (self->proto, "reduction", "none"))
    memcpy ((guint8 *) y->data + to * element, (const guint8 *) updates->data + from * element, element);
  else if (thaw_onnx_string_is (self->proto, "reduction", "add"))
    thaw_onnx_put (y, to, old + new);
  else if (thaw_onnx_string_is (self->proto, "reduction", "mul"))
    thaw_onnx_put (y, to, old * new);
  else if (thaw_onnx_string_is (self->proto, "reduction", "max"))
    thaw_onnx_put (y, to, MAX (old, new));
  else if (thaw_onnx_string_is (self->proto, "reduction", "min"))
    thaw_onnx_put (y, to, MIN (old, new));
  else
    return thaw_onnx_call_fail (self, "a way to put numbers together that Thaw does not know");
  return TRUE;
}

static gboolean
run_scatter_nd (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0), *places = thaw_onnx_call_input (self, 1), *updates = thaw_onnx_call_input (self, 2);
  gint64 depth = places && places->shape.rank ? places->shape.dim[places->shape.rank - 1] : -1, strides[THAW_MAX_RANK], run = 1, n;
  g_autoptr (ThawTensor) y = NULL;

  if (!x || !updates || depth < 1 || depth > x->shape.rank || places->dtype != THAW_DTYPE_I64 || updates->dtype != x->dtype)
    return FALSE;
  for (int i = (int) depth; i < x->shape.rank; i++)
    run *= x->shape.dim[i];
  n = thaw_tensor_count (places) / depth;
  if (thaw_tensor_count (updates) != n * run)
    return FALSE;
  find_strides (&x->shape, strides);
  y = thaw_tensor_copy (x);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 to = 0;

      for (gint64 d = 0; d < depth; d++)
        {
          gint64 at = ((const gint64 *) places->data)[i * depth + d];

          at += at < 0 ? x->shape.dim[d] : 0;
          if (at < 0 || at >= x->shape.dim[d])
            return thaw_onnx_call_fail (self, "places that are not there");
          to += at * strides[d];
        }
      for (gint64 k = 0; k < run; k++)
        if (!scatter_one (self, y, to + k, updates, i * run + k))
          return FALSE;
    }
  return thaw_onnx_call_give (self, 0, g_steal_pointer (&y));
}

static gboolean
run_pad (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0), *fill = thaw_onnx_call_input (self, 2);
  gint64 before[THAW_MAX_RANK], after[THAW_MAX_RANK];
  ThawShape shape;
  ThawTensor *y;

  if (!x || !thaw_onnx_find_pads (self->proto, thaw_onnx_call_input (self, 1), thaw_onnx_call_input (self, 3), x->shape.rank, before, after))
    return FALSE;
  shape = x->shape;
  for (int i = 0; i < shape.rank; i++)
    shape.dim[i] += before[i] + after[i];
  y = thaw_onnx_call_new (self, x->dtype, &shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    {
      gint64 rest = i, from = 0, stride = 1;
      gboolean inside = TRUE;

      for (int d = shape.rank - 1; d >= 0; d--)
        {
          gint64 at;

          if (!thaw_onnx_padded_place (self->proto, rest % shape.dim[d] - before[d], x->shape.dim[d], &at))
            {
              thaw_tensor_unref (y);
              return thaw_onnx_call_fail (self, "a way to pad that Thaw does not know");
            }
          inside &= at >= 0;
          from += at * stride;
          stride *= x->shape.dim[d];
          rest /= shape.dim[d];
        }
      thaw_onnx_put (y, i, inside ? thaw_onnx_at (x, from) : fill ? thaw_onnx_at (fill, 0) : thaw_onnx_get_float (self->proto, "value", 0));
    }
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_dropout (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *ratio = thaw_onnx_call_input (self, 1), *training = thaw_onnx_call_input (self, 2), *mask;

  double share = ratio && thaw_tensor_count (ratio) == 1 ? thaw_onnx_at (ratio, 0) : thaw_onnx_get_float (self->proto, "ratio", .5);

  if (!x)
    return FALSE;
  if (share != 0 && training && thaw_tensor_count (training) == 1 && thaw_onnx_at (training, 0) != 0)
    return thaw_onnx_call_fail (self, "it is in training mode, and which numbers it drops only the program knows that wrote the file");
  if (self->proto->n_output > 1)
    {
      mask = thaw_onnx_call_new (self, THAW_DTYPE_I64, &x->shape);
      for (gint64 i = 0; mask && i < thaw_tensor_count (mask); i++)
        thaw_onnx_put (mask, i, 1);
      if (!thaw_onnx_call_give (self, 1, mask))
        return FALSE;
    }
  return thaw_onnx_call_give (self, 0, thaw_tensor_ref (x));
}

ThawOnnxRun
thaw_onnx_find_move (const char *type)
{
  static const struct
  {
    const char *type;
    ThawOnnxRun run;
  } rows[] = { { "Transpose", run_transpose }, { "Reshape", run_reshape }, { "Flatten", run_axes }, { "Squeeze", run_axes },
               { "Unsqueeze", run_axes }, { "Expand", run_expand }, { "Tile", run_tile }, { "Concat", run_concat }, { "Slice", run_slice },
               { "Split", run_split }, { "Gather", run_gather }, { "ScatterND", run_scatter_nd }, { "Pad", run_pad }, { "Dropout", run_dropout },
               { "Resize", thaw_onnx_run_resize }, { "Upsample", thaw_onnx_run_resize } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].run;
  return NULL;
}
