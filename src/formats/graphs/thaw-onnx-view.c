/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

gboolean
thaw_onnx_view_fail (GError **error, const char *what)
{
  g_set_error_literal (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, what);
  return FALSE;
}

void
thaw_onnx_view_init (ThawOnnxView *self, ThawNode *node, int rank, const int *axes)
{
  *self = (ThawOnnxView){ .node = node, .rank = rank, .n = node->shape.rank };
  for (int i = 0; i < node->shape.rank; i++)
    self->part[i] = (ThawOnnxPart){ node->shape.dim[i], axes[i], 0 };
  thaw_onnx_view_simplify (self);
}

void
thaw_onnx_view_image (ThawOnnxView *self, ThawNode *node)
{
  thaw_onnx_view_init (self, node, 4, (const int[]){ 0, 2, 3, 1 });
}

gint64
thaw_onnx_view_dim (const ThawOnnxView *self, int axis)
{
  gint64 dim = 1;

  for (guint i = 0; i < self->n; i++)
    if (self->part[i].axis == axis)
      dim *= self->part[i].size;
  return dim;
}

ThawShape
thaw_onnx_view_shape (const ThawOnnxView *self)
{
  ThawShape shape = { .rank = self->rank };

  for (int i = 0; i < self->rank; i++)
    shape.dim[i] = thaw_onnx_view_dim (self, i);
  return shape;
}

int
thaw_onnx_view_pictures (const ThawOnnxView *self)
{
  return self->part[0].axis;
}

/* Whether the file has @a before @b */
static gboolean
comes_before (const ThawOnnxPart *a, const ThawOnnxPart *b)
{
  return a->axis != b->axis ? a->axis < b->axis : a->place < b->place;
}

guint
thaw_onnx_view_sort (const ThawOnnxView *self, guint *order)
{
  guint n = 0;

  for (guint i = self->part[0].axis < 0 ? 1 : 0; i < self->n; i++)
    {
      guint at = n++;

      for (; at > 0 && comes_before (&self->part[i], &self->part[order[at - 1]]); at--)
        order[at] = order[at - 1];
      order[at] = i;
    }
  return n;
}

/* Places count from 0 without gaps. */
static void
number_places (ThawOnnxView *self)
{
  guint order[THAW_ONNX_MAX_PARTS], n = thaw_onnx_view_sort (self, order);

  for (guint k = 0; k < n; k++)
    {
      ThawOnnxPart *part = &self->part[order[k]];
      const ThawOnnxPart *before = k ? &self->part[order[k - 1]] : NULL;

      part->place = before && before->axis == part->axis ? before->place + 1 : 0;
    }
}

static void
remove_part (ThawOnnxView *self, guint i)
{
  memmove (&self->part[i], &self->part[i + 1], (self->n - i - 1) * sizeof self->part[0]);
  self->n--;
}

void
thaw_onnx_view_simplify (ThawOnnxView *self)
{
  for (guint i = self->n; i-- > 1;)
    if (self->part[i].size == 1)
      remove_part (self, i);
  number_places (self);
  for (guint i = self->n; i-- > 2;)
    {
      ThawOnnxPart *outer = &self->part[i - 1], *inner = &self->part[i];

      if (outer->axis != inner->axis || outer->place + 1 != inner->place)
        continue;
      outer->size *= inner->size;
      remove_part (self, i);
      number_places (self);
    }
}

gboolean
thaw_onnx_view_split (ThawOnnxView *self, guint at, gint64 outer)
{
  int axis = self->part[at].axis, place = self->part[at].place;

  if (self->n == THAW_ONNX_MAX_PARTS)
    return FALSE;
  for (guint i = 0; i < self->n; i++)
    self->part[i].place += self->part[i].axis == axis && self->part[i].place > place;
  memmove (&self->part[at + 1], &self->part[at], (self->n - at) * sizeof self->part[0]);
  self->n++;
  self->part[at].size = outer;
  self->part[at + 1].size /= outer;
  self->part[at + 1].place++;
  return TRUE;
}

guint
thaw_onnx_view_part (const ThawOnnxView *self, int axis, guint k)
{
  guint order[THAW_ONNX_MAX_PARTS], n = thaw_onnx_view_sort (self, order), found = 0;

  for (guint i = 0; i < n; i++)
    if (order[i] != 0 && self->part[order[i]].axis == axis && found++ == k)
      return order[i];
  return 0;
}

void
thaw_onnx_view_transpose (ThawOnnxView *self, const int *perm)
{
  int now[THAW_MAX_RANK];

  for (int i = 0; i < self->rank; i++)
    now[perm[i]] = i;
  for (guint i = 0; i < self->n; i++)
    if (self->part[i].axis >= 0)
      self->part[i].axis = now[self->part[i].axis];
  thaw_onnx_view_simplify (self);
}

ThawNode *
thaw_onnx_view_node (ThawOnnxReader *reader, const ThawOnnxView *self, const ThawShape *shape, GError **error)
{
  ThawNode *node = self->node;
  ThawOpParams params = { .reshape.shape = *shape };

  if (thaw_shape_equal (&node->shape, shape))
    return node;
  if (node->op == THAW_OP_RESHAPE && thaw_shape_equal (&node->inputs[0]->shape, shape))
    return node->inputs[0];
  if (node->op == THAW_OP_RESHAPE)
    node = node->inputs[0];
  return thaw_onnx_help (reader, THAW_OP_RESHAPE, self->name, "reshaped", &params, node, error);
}

static gboolean
bring (ThawOnnxReader *reader, ThawOnnxView *self, const guint *order, GError **error)
{
  if (!thaw_onnx_view_arrange (reader, self, order, error))
    return FALSE;
  thaw_onnx_view_simplify (self);
  return TRUE;
}

gboolean
thaw_onnx_view_order (ThawOnnxReader *reader, ThawOnnxView *self, const int *axes, GError **error)
{
  guint by_file[THAW_ONNX_MAX_PARTS], order[THAW_ONNX_MAX_PARTS] = { 0 };
  guint n = thaw_onnx_view_sort (self, by_file), at = 1;

  for (int i = 0; i < self->rank; i++)
    for (guint k = 0; k < n; k++)
      if (by_file[k] != 0 && self->part[by_file[k]].axis == axes[i])
        order[at++] = by_file[k];
  return bring (reader, self, order, error);
}

gboolean
thaw_onnx_view_last (ThawOnnxReader *reader, ThawOnnxView *self, int axis, GError **error)
{
  guint by_file[THAW_ONNX_MAX_PARTS], order[THAW_ONNX_MAX_PARTS] = { 0 };
  guint n = thaw_onnx_view_sort (self, by_file), at = 1;

  for (guint i = 1; i < self->n; i++)
    if (self->part[i].axis != axis)
      order[at++] = i;
  for (guint k = 0; k < n; k++)
    if (by_file[k] != 0 && self->part[by_file[k]].axis == axis)
      order[at++] = by_file[k];
  return bring (reader, self, order, error);
}

gboolean
thaw_onnx_view_together (const ThawOnnxView *self, int axis, guint *first, guint *end)
{
  guint found = 0;
  int place = -1;

  *first = *end = 1;
  for (guint i = 1; i < self->n; i++)
    {
      if (self->part[i].axis != axis)
        continue;
      if (found && (*end != i || self->part[i].place < place))
        return FALSE;
      *first = found ? *first : i;
      *end = i + 1;
      place = self->part[i].place;
      found++;
    }
  return TRUE;
}

/* The axis of @node between @outer numbers before it and with @size of its own; -1: there is none */
static int
find_axis (const ThawNode *node, gint64 outer, gint64 size)
{
  gint64 product = 1;

  for (int i = 1; i < node->shape.rank; i++)
    {
      if (product == outer && node->shape.dim[i] == size)
        return i;
      product *= node->shape.dim[i];
    }
  return -1;
}

ThawNode *
thaw_onnx_view_axis (ThawOnnxReader *reader, ThawOnnxView *self, int axis, int *own, GError **error)
{
  gint64 outer = 1, size = 1, inner = 1;
  guint first, end;
  ThawShape shape = { .rank = 1, .dim = { 1 } };

  if (!thaw_onnx_view_together (self, axis, &first, &end))
    {
      if (!thaw_onnx_view_last (reader, self, axis, error))
        return NULL;
      thaw_onnx_view_together (self, axis, &first, &end);
    }
  for (guint i = 1; i < self->n; i++)
    *(i < first ? &outer : i < end ? &size : &inner) *= self->part[i].size;
  *own = find_axis (self->node, outer, size);
  if (*own > 0)
    return self->node;
  if (outer > 1)
    shape.dim[shape.rank++] = outer;
  *own = shape.rank;
  shape.dim[shape.rank++] = size;
  if (inner > 1)
    shape.dim[shape.rank++] = inner;
  return thaw_onnx_view_node (reader, self, &shape, error);
}

ThawNode *
thaw_onnx_view_around (ThawOnnxReader *reader, ThawOnnxView *self, int axis, int *own, gint64 *inside, GError **error)
{
  gint64 size = thaw_onnx_view_dim (self, axis), outer = 1, product = 1;
  guint first, end;

  *inside = 1;
  if (!thaw_onnx_view_together (self, axis, &first, &end))
    return thaw_onnx_view_axis (reader, self, axis, own, error);
  for (guint i = 1; i < first; i++)
    outer *= self->part[i].size;
  for (int i = 1; i < self->node->shape.rank; i++)
    {
      gint64 dim = self->node->shape.dim[i];

      if (product == outer && dim > 1 && dim % size == 0)
        {
          *own = i;
          *inside = dim / size;
          return self->node;
        }
      product *= dim;
    }
  return thaw_onnx_view_axis (reader, self, axis, own, error);
}

ThawNode *
thaw_onnx_view_rows (ThawOnnxReader *reader, ThawOnnxView *self, int axis, GError **error)
{
  gint64 n = thaw_onnx_view_dim (self, axis), rest;
  ThawShape whole = thaw_onnx_view_shape (self), *own;

  if (thaw_onnx_view_pictures (self) == axis)
    return thaw_onnx_view_fail (error, "rows that mix pictures") ? NULL : NULL;
  if (!thaw_onnx_view_last (reader, self, axis, error))
    return NULL;
  own = &self->node->shape;
  rest = thaw_shape_count (&whole) / MAX (n, 1);
  if (self->rank <= 2 && rest == 1)
    return thaw_onnx_view_node (reader, self, &THAW_SHAPE (1, n), error);
  if (own->rank > 2 && own->dim[own->rank - 1] == n)
    return self->node;
  if (self->rank == 4 && whole.dim[0] == 1 && axis == 1)
    return thaw_onnx_view_node (reader, self, &THAW_SHAPE (1, rest, 1, n), error);
  return thaw_onnx_view_node (reader, self, &THAW_SHAPE (1, rest, n), error);
}

void
thaw_onnx_view_new_rows (ThawOnnxView *self, ThawNode *node, int axis, gint64 n)
{
  guint last = thaw_onnx_view_part (self, axis, 0);

  if (last)
    remove_part (self, last);
  self->node = node;
  self->name = NULL;
  self->part[self->n++] = (ThawOnnxPart){ n, axis, 1 };
  thaw_onnx_view_simplify (self);
}

ThawNode *
thaw_onnx_view_as_image (ThawOnnxReader *reader, ThawOnnxView *self, GError **error)
{
  static const int order[] = { 0, 2, 3, 1 };
  ThawShape shape = thaw_onnx_view_shape (self);

  if (self->rank != 4 || shape.dim[0] != 1)
    {
      thaw_onnx_view_fail (error, "something other than an image [N, C, H, W]");
      return NULL;
    }
  if (!thaw_onnx_view_order (reader, self, order, error))
    return NULL;
  return thaw_onnx_view_node (reader, self, &THAW_SHAPE (1, shape.dim[2], shape.dim[3], shape.dim[1]), error);
}
