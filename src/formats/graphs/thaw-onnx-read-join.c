/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values put together, and padded */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"
#include "thaw-onnx-view.h"

/* Those without a node are constants. */
static const ThawOnnxView *
first_value (const ThawOnnxView *views, guint n)
{
  guint k = 0;

  while (k + 1 < n && !views[k].node)
    k++;
  return &views[k];
}

/* Joining: the file's axes in the order in which the first value has them, that along which is joined among them. An axis of 1 has no
 * place in memory; that of joined images goes last. */
static void
find_order (const ThawOnnxView *views, guint n, int axis, int *order)
{
  static const int image[] = { 0, 2, 3, 1 };
  const ThawOnnxView *model = first_value (views, n);
  int count = 0;
  gboolean seen[THAW_MAX_RANK] = { FALSE };

  for (guint k = 0; k < n; k++)
    if (views[k].node && thaw_onnx_view_part (&views[k], axis, 0) && !thaw_onnx_view_part (model, axis, 0))
      model = &views[k];
  for (int i = 0; i < model->rank; i++)
    if (model->rank == 4 && thaw_onnx_view_dim (model, image[i]) == 1 && image[i] != axis)
      {
        seen[image[i]] = TRUE;
        order[count++] = image[i];
      }
  for (guint i = 0; i < model->n; i++)
    if (model->part[i].axis >= 0 && !seen[model->part[i].axis] && (i || model->part[i].axis != axis))
      {
        seen[model->part[i].axis] = TRUE;
        order[count++] = model->part[i].axis;
      }
  for (int i = 0; i < model->rank; i++)
    if (!seen[i])
      order[count++] = i;
}

/* Where @axis is in the shape that @order gives: the pictures first, then what is longer than 1, and all of an image */
static int
joined_shape (const ThawOnnxView *view, const int *order, int axis, ThawShape *shape)
{
  static const int image[] = { 0, 2, 3, 1 };
  gboolean whole = view->rank == 4 && memcmp (order, image, sizeof image) == 0 && thaw_onnx_view_dim (view, 0) == 1;
  int at = -1;

  *shape = THAW_SHAPE (1);
  for (int i = 0; i < view->rank; i++)
    {
      gint64 dim = thaw_onnx_view_dim (view, order[i]);

      if (shape->rank == THAW_MAX_RANK)
        return -1;
      if (order[i] == axis)
        at = shape->rank;
      if (order[i] == axis || dim > 1 || (whole && order[i] != 0))
        shape->dim[shape->rank++] = dim;
    }
  return at;
}

/* Behind @order in memory again */
static ThawNode *
ordered_node (const ThawOnnxReading *self, ThawOnnxView *view, const int *order, int axis)
{
  ThawShape shape;

  if (!thaw_onnx_view_order (self->reader, view, order, self->error))
    return NULL;
  if (joined_shape (view, order, axis, &shape) < 0)
    return thaw_onnx_refuse (self, "too many axes") ? NULL : NULL;
  return thaw_onnx_view_node (self->reader, view, &shape, self->error);
}

static void
joined_view (const ThawOnnxView *first, const int *order, int axis, ThawNode *node, ThawOnnxView *out)
{
  gint64 dims[THAW_MAX_RANK];
  ThawShape shape;
  int at = joined_shape (first, order, axis, &shape);

  *out = (ThawOnnxView){ .node = node, .rank = first->rank, .n = 1, .part = { first->part[0] } };
  for (int i = 0; i < first->rank; i++)
    dims[i] = order[i] == axis ? node->shape.dim[at] : thaw_onnx_view_dim (first, order[i]);
  for (int i = 0; i < first->rank; i++)
    if (dims[i] > 1)
      out->part[out->n++] = (ThawOnnxPart){ dims[i], order[i], 1 };
  thaw_onnx_view_simplify (out);
}

static gboolean
check_joined (const ThawOnnxReading *self, const ThawOnnxView *views, guint n, int axis)
{
  const ThawOnnxView *first = first_value (views, n);

  for (guint k = 0; k < n; k++)
    {
      if (!views[k].node)
        continue;
      if (views[k].rank != first->rank || thaw_onnx_view_pictures (&views[k]) != thaw_onnx_view_pictures (first))
        return thaw_onnx_refuse (self, "values of different axes joined");
      for (int i = 0; i < first->rank; i++)
        if (i != axis && thaw_onnx_view_dim (&views[k], i) != thaw_onnx_view_dim (first, i))
          return thaw_onnx_refuse (self, "values of different shapes joined");
    }
  return axis != thaw_onnx_view_pictures (first) || thaw_onnx_refuse (self, "pictures joined");
}

/* A constant beside values, such as a class token, as the values lie; NULL with an error */
static ThawNode *
constant_node (const ThawOnnxReading *self, gsize i, const ThawOnnxView *first, const int *order, int axis)
{
  ThawTensor *constant = thaw_onnx_input_constant (self, i);
  g_autoptr (ThawTensor) turned = NULL;
  ThawOnnxView like = *first;
  ThawShape shape;
  gboolean fits = constant && constant->shape.rank == first->rank;

  for (int d = 0; fits && d < first->rank; d++)
    fits = d == axis || constant->shape.dim[d] == thaw_onnx_view_dim (first, d);
  if (!fits)
    return thaw_onnx_refuse (self, "a constant of another shape joined") ? NULL : NULL;
  turned = thaw_tensor_permute (constant, order);
  like.n = 1;
  for (int d = 0; d < first->rank; d++)
    if (constant->shape.dim[d] > 1)
      like.part[like.n++] = (ThawOnnxPart){ constant->shape.dim[d], d, 1 };
  thaw_onnx_view_simplify (&like);
  if (joined_shape (&like, order, axis, &shape) < 0)
    return NULL;
  turned->shape = shape;
  return thaw_onnx_parameter (self->reader, self->proto->input[i], thaw_shape_equal (&shape, &constant->shape) ? constant : turned, "token");
}

gboolean
thaw_onnx_join (const ThawOnnxReading *self, ThawOnnxView *views, guint n, int axis, ThawOnnxView *out)
{
  const ThawOnnxView *first = first_value (views, n);
  ThawOpParams params = { 0 };
  g_autofree ThawNode **inputs = g_new0 (ThawNode *, n);
  int order[THAW_MAX_RANK];
  ThawShape shape;
  ThawNode *node;

  if (!check_joined (self, views, n, axis))
    return FALSE;
  find_order (views, n, axis, order);
  params.axis.axis = joined_shape (first, order, axis, &shape);
  for (guint k = 0; k < n; k++)
    {
      inputs[k] = views[k].node ? ordered_node (self, &views[k], order, axis) : constant_node (self, k, first, order, axis);
      if (!inputs[k])
        return thaw_onnx_refuse (self, "values of shapes that cannot be joined");
    }
  node = n == 1 ? inputs[0] : thaw_onnx_layer (self, THAW_OP_CONCAT, &params, inputs, n);
  if (node)
    joined_view (first, order, axis, node, out);
  return node != NULL;
}

gboolean
thaw_onnx_read_concat (const ThawOnnxReading *self)
{
  guint n = (guint) self->proto->n_input;
  g_autofree ThawOnnxView *views = g_new0 (ThawOnnxView, n + 1);
  const ThawOnnxView *first = NULL;
  ThawOnnxView out;
  int axis;

  for (guint i = 0; i < n; i++)
    if (thaw_onnx_input_value (self, i))
      views[i] = *(first = thaw_onnx_input_value (self, i));
  axis = first ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 1), first->rank) : -1;
  if (axis < 0)
    return thaw_onnx_refuse (self, "an axis that it does not have");
  return thaw_onnx_join (self, views, n, axis, &out) && thaw_onnx_give (self, 0, &out);
}

/* The file's axes in memory: @axes, which are padded, and behind them the others as they lie */
static void
order_padded (const ThawOnnxView *view, const int *axes, int *order)
{
  gboolean seen[THAW_MAX_RANK] = { FALSE };
  int count = 0;

  for (int i = 0; i < 2; i++)
    if (axes[i] >= 0)
      {
        seen[axes[i]] = TRUE;
        order[count++] = axes[i];
      }
  for (guint i = 1; i < view->n; i++)
    if (view->part[i].axis >= 0 && !seen[view->part[i].axis])
      {
        seen[view->part[i].axis] = TRUE;
        order[count++] = view->part[i].axis;
      }
  for (int i = 0; i < view->rank; i++)
    if (!seen[i])
      order[count++] = i;
}

/* Two axes of the file's (the second may be -1) are the height and width of an image, for what pads one. */
static gboolean
pad_two (const ThawOnnxReading *self, ThawOnnxView *view, const int *axes, const gint64 *before, const gint64 *after, float value)
{
  ThawShape whole = thaw_onnx_view_shape (view), shape = THAW_SHAPE (1, 1, 1, 1);
  ThawOpParams params = { .pad.value = value };
  int order[THAW_MAX_RANK];
  ThawNode *x;
  ThawOnnxView old;

  order_padded (view, axes, order);
  if (!thaw_onnx_view_order (self->reader, view, order, self->error))
    return FALSE;
  for (int i = 0; i < 2; i++)
    if (axes[i] >= 0)
      {
        shape.dim[1 + i] = whole.dim[axes[i]];
        params.pad.pad[i] = (int) before[axes[i]];
        params.pad.pad[i + 2] = (int) after[axes[i]];
      }
  shape.dim[3] = thaw_shape_count (&whole) / (shape.dim[1] * shape.dim[2]);
  x = thaw_onnx_view_node (self->reader, view, &shape, self->error);
  old = *view;
  view->node = x ? thaw_onnx_layer (self, THAW_OP_PAD, &params, &x, 1) : NULL;
  view->name = NULL;
  view->n = 1;
  for (int i = 0; i < 2; i++)
    if (axes[i] >= 0)
      view->part[view->n++] = (ThawOnnxPart){ whole.dim[axes[i]] + before[axes[i]] + after[axes[i]], axes[i], 1 };
  for (guint i = 1; i < old.n; i++)
    if (old.part[i].axis != axes[0] && old.part[i].axis != axes[1])
      view->part[view->n++] = old.part[i];
  thaw_onnx_view_simplify (view);
  return view->node != NULL;
}

static gboolean
pad_all (const ThawOnnxReading *self, ThawOnnxView *view, const gint64 *before, const gint64 *after, float value)
{
  int axes[2] = { -1, -1 }, n = 0;

  for (int i = 0; i <= view->rank; i++)
    {
      if (i < view->rank && (before[i] || after[i]))
        {
          if (i == thaw_onnx_view_pictures (view))
            return thaw_onnx_refuse (self, "pictures added");
          axes[n++] = i;
        }
      if (n == 2 || (n && i == view->rank))
        {
          if (!pad_two (self, view, axes, before, after, value))
            return FALSE;
          axes[0] = axes[1] = -1;
          n = 0;
        }
    }
  return TRUE;
}

/* Edges, reflections and what lies at the other end: places of the value itself, taken once more */
static gboolean
pad_with_itself (const ThawOnnxReading *self, ThawOnnxView *view, const gint64 *before, const gint64 *after)
{
  for (int axis = 0; axis < view->rank; axis++)
    {
      const gint64 length = thaw_onnx_view_dim (view, axis), n = before[axis] + length + after[axis];
      g_autofree gint64 *from = n > length ? g_new (gint64, n) : NULL;

      if (!from)
        continue;
      if (axis == thaw_onnx_view_pictures (view))
        return thaw_onnx_refuse (self, "pictures added");
      for (gint64 i = 0; i < n; i++)
        if (!thaw_onnx_padded_place (self->proto, i - before[axis], length, &from[i]))
          return thaw_onnx_refuse (self, "a way to pad that Thaw does not know");
      if (!thaw_onnx_take_places (self, view, axis, from, n))
        return FALSE;
    }
  return TRUE;
}

gboolean
thaw_onnx_read_pad (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gint64 before[THAW_MAX_RANK], after[THAW_MAX_RANK];
  const char *fill = thaw_onnx_input_name (self, 2);
  double value = thaw_onnx_get_float (self->proto, "value", 0);
  gboolean any = FALSE;
  ThawOnnxView view;

  if (!x || (fill && !thaw_onnx_number (self->reader, fill, &value))
      || !thaw_onnx_find_pads (self->proto, thaw_onnx_input_constant (self, 1), thaw_onnx_input_constant (self, 3), x->rank, before, after))
    return thaw_onnx_refuse (self, "padding that is not constant, or negative");
  for (int i = 0; i < x->rank; i++)
    any |= before[i] || after[i];
  view = *x;
  if (any && thaw_onnx_attribute (self->proto, "mode") && !thaw_onnx_string_is (self->proto, "mode", "constant"))
    return pad_with_itself (self, &view, before, after) && thaw_onnx_give (self, 0, &view);
  return pad_all (self, &view, before, after, (float) value) && thaw_onnx_give (self, 0, &view);
}
