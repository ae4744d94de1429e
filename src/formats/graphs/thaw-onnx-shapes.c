/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"

gboolean
thaw_onnx_resolve_shape (ThawShape *shape, const ThawShape *from, const gint64 *sizes, int n, gboolean allow_zero)
{
  gint64 known = 1, count = thaw_shape_count (from);
  int open = -1;

  if (n < 0)
    return FALSE;
  shape->rank = n;
  for (int i = 0; i < n; i++)
    {
      shape->dim[i] = sizes[i];
      if (sizes[i] == 0 && !allow_zero)
        {
          if (i >= from->rank)
            return FALSE;
          shape->dim[i] = from->dim[i];
        }
      if (shape->dim[i] == -1 && open < 0)
        open = i;
      else if (shape->dim[i] < 0 || __builtin_mul_overflow (known, shape->dim[i], &known))
        return FALSE;
    }
  if (open >= 0 && known > 0)
    shape->dim[open] = count / known;
  return open >= 0 ? known > 0 && shape->dim[open] * known == count : known == count;
}

static gboolean
flatten (const ThawOnnx__Node *node, ThawShape *shape, const ThawShape *from)
{
  gint64 axis = thaw_onnx_get_int (node, "axis", 1);

  axis += axis < 0 ? from->rank : 0;
  *shape = THAW_SHAPE (1, 1);
  for (int i = 0; i < from->rank; i++)
    shape->dim[i >= axis] *= from->dim[i];
  return axis >= 0 && axis <= from->rank;
}

static gboolean
squeeze (ThawShape *shape, const ThawShape *from, const gboolean *named, int n)
{
  shape->rank = 0;
  for (int i = 0; i < from->rank; i++)
    if (n < 0 ? from->dim[i] == 1 : named[i])
      {
        if (from->dim[i] != 1)
          return FALSE;
      }
    else
      shape->dim[shape->rank++] = from->dim[i];
  return TRUE;
}

gboolean
thaw_onnx_change_axes (const ThawOnnx__Node *node, ThawShape *shape, const ThawShape *from, const gint64 *axes, int n)
{
  gboolean wider = g_str_equal (node->op_type, "Unsqueeze"), named[THAW_MAX_RANK] = { FALSE };
  int rank = from->rank + (wider ? MAX (n, 0) : 0), at = 0;

  if (g_str_equal (node->op_type, "Flatten"))
    return flatten (node, shape, from);
  if (rank > THAW_MAX_RANK || (wider && n < 0))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      int axis = thaw_onnx_axis (axes[i], rank);

      if (axis < 0 || named[axis])
        return FALSE;
      named[axis] = TRUE;
    }
  if (!wider)
    return squeeze (shape, from, named, n);
  shape->rank = rank;
  for (int i = 0; i < rank; i++)
    shape->dim[i] = named[i] ? 1 : from->dim[at++];
  return TRUE;
}

/* From @start in steps of @step as long as it lies before @end, all of them from the end where negative */
static gboolean
find_slice (ThawOnnxSlices *self, int axis, gint64 start, gint64 end, gint64 step)
{
  gint64 length = self->shape.dim[axis];

  if (step == 0 || step == G_MININT64)
    return FALSE;
  start = start < 0 ? MAX (start + length, step < 0 ? -1 : 0) : start;
  end = end < 0 ? MAX (end, -length - 1) + length : end;
  start = MIN (start, step < 0 ? length - 1 : length);
  end = CLAMP (end, step < 0 ? -1 : 0, length);
  self->start[axis] = start;
  self->step[axis] = step;
  if (step > 0)
    self->shape.dim[axis] = end > start ? 1 + (end - start - 1) / step : 0;
  else
    self->shape.dim[axis] = start > end ? 1 + (start - end - 1) / -step : 0;
  return TRUE;
}

gboolean
thaw_onnx_find_slices (ThawOnnxSlices *self, const ThawShape *from, gint64 (*lists)[THAW_MAX_RANK], const int *n)
{
  guint seen = 0;

  *self = (ThawOnnxSlices){ .shape = *from };
  for (int i = 0; i < THAW_MAX_RANK; i++)
    self->step[i] = 1;
  if (n[0] < 0 || n[1] != n[0] || (n[2] >= 0 && n[2] != n[0]) || (n[3] >= 0 && n[3] != n[0]))
    return FALSE;
  for (int i = 0; i < n[0]; i++)
    {
      int axis = thaw_onnx_axis (n[2] < 0 ? i : lists[2][i], from->rank);

      if (axis < 0 || seen >> axis & 1 || !find_slice (self, axis, lists[0][i], lists[1][i], n[3] < 0 ? 1 : lists[3][i]))
        return FALSE;
      seen |= 1u << axis;
    }
  return TRUE;
}

gboolean
thaw_onnx_find_pieces (const ThawOnnx__Node *node, const ThawTensor *split, gint64 length, gint64 *sizes)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, "split");
  gint64 n = node->n_output, left = length;
  const gint64 *given = NULL;

  if (n < 1 || n > THAW_ONNX_MAX_PIECES || (split && (split->dtype != THAW_DTYPE_I64 || thaw_tensor_count (split) != n))
      || (attribute && attribute->n_ints != (gsize) n))
    return FALSE;
  given = split ? split->data : attribute ? attribute->ints : NULL;
  for (gint64 i = 0; i < n; i++)
    {
      sizes[i] = given ? given[i] : MIN ((length + n - 1) / n, left);
      if (sizes[i] < 0 || sizes[i] > left)
        return FALSE;
      left -= sizes[i];
    }
  return left == 0;
}

gboolean
thaw_onnx_padded_place (const ThawOnnx__Node *node, gint64 at, gint64 length, gint64 *place)
{
  const gint64 turn = 2 * (length - 1);

  *place = at;
  if (at >= 0 && at < length)
    return TRUE;
  *place = -1;
  if (!thaw_onnx_attribute (node, "mode") || thaw_onnx_string_is (node, "mode", "constant"))
    return TRUE;
  if (length < 1)
    return FALSE;
  if (thaw_onnx_string_is (node, "mode", "edge"))
    *place = CLAMP (at, 0, length - 1);
  else if (thaw_onnx_string_is (node, "mode", "wrap"))
    *place = (at % length + length) % length;
  else if (thaw_onnx_string_is (node, "mode", "reflect"))
    {
      at = turn ? (at % turn + turn) % turn : 0;
      *place = at < length ? at : turn - at;
    }
  return *place >= 0;
}

gboolean
thaw_onnx_find_pads (const ThawOnnx__Node *node, const ThawTensor *pads, const ThawTensor *axes, int rank, gint64 *before, gint64 *after)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, "pads");
  const gint64 *given = pads ? pads->data : attribute ? attribute->ints : NULL;
  gint64 n = axes ? thaw_tensor_count (axes) : rank, wanted = pads ? thaw_tensor_count (pads) : attribute ? (gint64) attribute->n_ints : -1;

  if (!given || wanted != 2 * n || n > rank || (pads && pads->dtype != THAW_DTYPE_I64) || (axes && axes->dtype != THAW_DTYPE_I64))
    return FALSE;
  memset (before, 0, rank * sizeof *before);
  memset (after, 0, rank * sizeof *after);
  for (gint64 i = 0; i < n; i++)
    {
      int axis = axes ? thaw_onnx_axis (((const gint64 *) axes->data)[i], rank) : (int) i;

      if (axis < 0 || given[i] < 0 || given[i] > 65536 || given[n + i] < 0 || given[n + i] > 65536)
        return FALSE;
      before[axis] = given[i];
      after[axis] = given[n + i];
    }
  return TRUE;
}
