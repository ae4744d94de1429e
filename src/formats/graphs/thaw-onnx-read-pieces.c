/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values cut into pieces and put together again */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"
#include "thaw-onnx-view.h"

/* More pieces than any network cuts one value into on purpose */
#define MAX_RUNS 256

/* @view's axis @axis, which lies together, is @n long in @node */
static void
set_axis (ThawOnnxView *view, ThawNode *node, int axis, gint64 n)
{
  guint part = thaw_onnx_view_part (view, axis, 0);

  if (part)
    view->part[part].size = n;
  view->node = node;
  view->name = NULL;
  thaw_onnx_view_simplify (view);
}

/* @n places of @axis from @start on; the whole axis is left as it is */
static gboolean
cut (const ThawOnnxReading *self, ThawOnnxView *view, int axis, gint64 start, gint64 n, gboolean is_layer)
{
  ThawOpParams params = { 0 };
  ThawNode *x, *y;
  gint64 inside;

  if (n == thaw_onnx_view_dim (view, axis))
    return TRUE;
  if (axis == thaw_onnx_view_pictures (view))
    return thaw_onnx_refuse (self, "pictures left out");
  if (n < 1)
    return thaw_onnx_refuse (self, "nothing is left");
  x = thaw_onnx_view_around (self->reader, view, axis, &params.slice.axis, &inside, self->error);
  if (!x)
    return FALSE;
  params.slice.start = start * inside;
  params.slice.length = n * inside;
  y = is_layer ? thaw_onnx_layer (self, THAW_OP_SLICE, &params, &x, 1) : thaw_onnx_help (self->reader, THAW_OP_SLICE, NULL, "piece", &params, x, self->error);
  if (y)
    set_axis (view, y, axis, n);
  return y != NULL;
}

/* Every @step-th of @n places from @start: the axis is folded and one column taken. */
static gboolean
cut_steps (const ThawOnnxReading *self, ThawOnnxView *view, int axis, gint64 start, gint64 n, gint64 step)
{
  gint64 length = thaw_onnx_view_dim (view, axis), first = start / step * step;
  ThawShape shape, folded;

  if (view->rank == THAW_MAX_RANK || first + n * step > length)
    return thaw_onnx_refuse (self, "steps that do not go evenly into the axis");
  if (!cut (self, view, axis, first, n * step, FALSE))
    return FALSE;
  shape = folded = thaw_onnx_view_shape (view);
  shape.dim[axis] = n;
  memmove (&folded.dim[axis + 2], &folded.dim[axis + 1], (folded.rank - axis - 1) * sizeof (gint64));
  folded.rank++;
  folded.dim[axis] = n;
  folded.dim[axis + 1] = step;
  return thaw_onnx_view_reshape (self->reader, view, &folded, self->error) && cut (self, view, axis + 1, start - first, 1, TRUE)
         && thaw_onnx_view_reshape (self->reader, view, &shape, self->error);
}

/* The places @from of @axis: those that follow each other are cut out at once, and the pieces joined. */
gboolean
thaw_onnx_take_places (const ThawOnnxReading *self, ThawOnnxView *view, int axis, const gint64 *from, gint64 n)
{
  g_autofree ThawOnnxView *pieces = g_new (ThawOnnxView, MAX_RUNS);
  guint runs = 0;

  for (gint64 i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && from[end] == from[end - 1] + 1;)
        end++;
      if (runs == MAX_RUNS)
        return thaw_onnx_refuse (self, "too many pieces");
      pieces[runs] = *view;
      if (!cut (self, &pieces[runs], axis, from[i], end - i, i == 0 && end == n))
        return FALSE;
      runs++;
    }
  if (runs == 1)
    *view = pieces[0];
  return runs == 1 || (runs > 1 && thaw_onnx_join (self, pieces, runs, axis, view));
}

static gboolean
slice_axis (const ThawOnnxReading *self, ThawOnnxView *view, int axis, gint64 start, gint64 n, gint64 step)
{
  g_autofree gint64 *from = NULL;

  if (step == 1 || n == 1)
    return cut (self, view, axis, start, n, TRUE);
  if (step > 1 && start / step * step + n * step <= thaw_onnx_view_dim (view, axis) && view->rank < THAW_MAX_RANK)
    return cut_steps (self, view, axis, start, n, step);
  if (n > MAX_RUNS)
    return thaw_onnx_refuse (self, "too many pieces");
  from = g_new (gint64, n + 1);
  for (gint64 i = 0; i < n; i++)
    from[i] = start + i * step;
  return thaw_onnx_take_places (self, view, axis, from, n);
}

static gboolean
read_slice (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawShape shape = x ? thaw_onnx_view_shape (x) : (ThawShape){ 0 };
  gint64 lists[4][THAW_MAX_RANK];
  int n[] = { thaw_onnx_input_ints (self, 1, "starts", lists[0]), thaw_onnx_input_ints (self, 2, "ends", lists[1]),
              thaw_onnx_input_ints (self, 3, "axes", lists[2]), thaw_onnx_input_ints (self, 4, NULL, lists[3]) };
  ThawOnnxSlices slices;
  ThawOnnxView view;

  if (!x || !thaw_onnx_find_slices (&slices, &shape, lists, n))
    return thaw_onnx_refuse (self, "bounds that are not constant");
  view = *x;
  for (int axis = 0; axis < shape.rank; axis++)
    if ((slices.shape.dim[axis] != shape.dim[axis] || slices.step[axis] != 1)
        && !(axis == thaw_onnx_view_pictures (x) && shape.dim[axis] == 1 && slices.shape.dim[axis] == 1)
        && !slice_axis (self, &view, axis, slices.start[axis], slices.shape.dim[axis], slices.step[axis]))
      return FALSE;
  return thaw_onnx_give (self, 0, &view);
}

static gboolean
read_split (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 0), x->rank) : -1;
  gint64 sizes[THAW_ONNX_MAX_PIECES], start = 0;

  if (axis < 0 || (thaw_onnx_input_name (self, 1) && !thaw_onnx_input_constant (self, 1))
      || !thaw_onnx_find_pieces (self->proto, thaw_onnx_input_constant (self, 1), thaw_onnx_view_dim (x, axis), sizes))
    return thaw_onnx_refuse (self, "pieces that do not make up the axis");
  for (gsize i = 0; i < self->proto->n_output; i++)
    {
      ThawOnnxView view = *thaw_onnx_input_value (self, 0);

      if (*self->proto->output[i] && g_hash_table_contains (self->reader->uses, self->proto->output[i]))
        {
          if (!cut (self, &view, axis, start, sizes[i], TRUE))
            return FALSE;
          thaw_onnx_give (self, i, &view);
        }
      start += sizes[i];
    }
  return TRUE;
}

/* The channels dealt out in groups: how many; 0: they are in another order */
static gint64
shuffled_groups (const gint64 *from, gint64 n)
{
  gint64 step = n > 1 ? from[1] - from[0] : 0, groups = step > 0 && n % step == 0 ? n / step : 0;

  for (gint64 i = 0; i < n && groups > 1; i++)
    if (from[i] != i % groups * step + i / groups)
      return 0;
  return groups > 1 && groups < n ? groups : 0;
}

static gboolean
shuffle (const ThawOnnxReading *self, ThawOnnxView *view, int axis, gint64 groups)
{
  ThawOpParams params = { .shuffle.groups = groups };
  ThawNode *x = thaw_onnx_view_rows (self->reader, view, axis, self->error);

  view->node = x ? thaw_onnx_layer (self, THAW_OP_SHUFFLE, &params, &x, 1) : NULL;
  return view->node != NULL;
}

/* How far apart the places are along each of their axes; FALSE where they are not evenly apart, or do not begin with 0 */
static gboolean
find_steps (const ThawTensor *places, gint64 *steps)
{
  const gint64 *at = places->data;
  gint64 inner = 1;

  for (int d = places->shape.rank - 1; d >= 0; d--)
    {
      steps[d] = places->shape.dim[d] > 1 ? at[inner] : G_MAXINT64;
      inner *= places->shape.dim[d];
    }
  for (gint64 i = 0; i < thaw_tensor_count (places); i++)
    {
      gint64 rest = i, sum = 0;

      for (int d = places->shape.rank - 1; d >= 0; d--)
        {
          sum += places->shape.dim[d] > 1 ? rest % places->shape.dim[d] * steps[d] : 0;
          rest /= places->shape.dim[d];
        }
      if (at[i] != sum)
        return FALSE;
    }
  return TRUE;
}

/* All numbers of a flat value, taken in another order of axes (PyTorch's as_strided): those axes, turned. FALSE without an error: they
 * are in another order */
static gboolean
read_strided (const ThawOnnxReading *self, const ThawOnnxView *x, const ThawTensor *places)
{
  gint64 steps[THAW_MAX_RANK], dense = 1;
  int by_step[THAW_MAX_RANK], perm[THAW_MAX_RANK], rank = places->shape.rank;
  ThawShape shape = { .rank = rank };
  ThawOnnxView view = *x;

  if (places->dtype != THAW_DTYPE_I64 || x->rank != 1 || thaw_tensor_count (places) != thaw_onnx_view_dim (x, 0) || !find_steps (places, steps))
    return FALSE;
  for (int i = 0; i < rank; i++)
    {
      int at = i;

      for (; at > 0 && steps[by_step[at - 1]] < steps[i]; at--)
        by_step[at] = by_step[at - 1];
      by_step[at] = i;
    }
  for (int k = rank - 1; k >= 0; k--)
    {
      shape.dim[k] = places->shape.dim[by_step[k]];
      perm[by_step[k]] = k;
      if (shape.dim[k] > 1 && steps[by_step[k]] != dense)
        return FALSE;
      dense *= shape.dim[k];
    }
  if (!thaw_onnx_view_reshape (self->reader, &view, &shape, self->error))
    return FALSE;
  thaw_onnx_view_transpose (&view, perm);
  return thaw_onnx_give (self, 0, &view);
}

static gboolean
read_gather (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  const ThawTensor *places = thaw_onnx_input_constant (self, 1);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 0), x->rank) : -1;
  gint64 n = places ? thaw_tensor_count (places) : 0, length, groups;
  g_autofree gint64 *from = NULL;
  ThawOnnxView view;
  ThawShape shape;

  if (axis >= 0 && n > 1 && places->shape.rank > 1 && read_strided (self, x, places))
    return TRUE;
  if (axis < 0 || n < 1 || n > 65536 || x->rank - 1 + places->shape.rank > THAW_MAX_RANK || places->dtype == THAW_DTYPE_F32 || axis == thaw_onnx_view_pictures (x))
    return thaw_onnx_refuse (self, "places that are not a constant list, or pictures picked out");
  from = g_new (gint64, n);
  length = thaw_onnx_view_dim (x, axis);
  for (gint64 i = 0; i < n; i++)
    {
      from[i] = (gint64) thaw_onnx_at (places, i);
      from[i] += from[i] < 0 ? length : 0;
      if (from[i] < 0 || from[i] >= length)
        return thaw_onnx_refuse (self, "places that are not there");
    }
  view = *x;
  groups = n == length ? shuffled_groups (from, n) : 0;
  if (groups ? !shuffle (self, &view, axis, groups) : !thaw_onnx_take_places (self, &view, axis, from, n))
    return FALSE;
  shape = thaw_onnx_view_shape (&view);
  memmove (&shape.dim[axis + places->shape.rank], &shape.dim[axis + 1], (shape.rank - axis - 1) * sizeof (gint64));
  memcpy (&shape.dim[axis], places->shape.dim, places->shape.rank * sizeof (gint64));
  shape.rank += places->shape.rank - 1;
  return thaw_onnx_view_reshape (self->reader, &view, &shape, self->error) && thaw_onnx_give (self, 0, &view);
}

ThawOnnxRead
thaw_onnx_find_pieces_of (const char *type)
{
  static const struct
  {
    const char  *type;
    ThawOnnxRead read;
  } rows[] = { { "Slice", read_slice }, { "Split", read_split }, { "Gather", read_gather }, { "Concat", thaw_onnx_read_concat }, { "Pad", thaw_onnx_read_pad } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].read;
  return NULL;
}
