/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

static gboolean
fail (GError **error, const char *what)
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

/* The parts in the file's order; returns how many, without pictures that the file does not have */
static guint
sort_by_file (const ThawOnnxView *self, guint *order)
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
  guint order[THAW_ONNX_MAX_PARTS], n = sort_by_file (self, order);

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
  guint order[THAW_ONNX_MAX_PARTS], n = sort_by_file (self, order), found = 0;

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

/* Parts that stay together when they are brought into another order: the first and how many */
typedef struct
{
  guint first, n, rank; /* @rank: among the runs as they lie now */
} Run;

static guint
find_runs (const guint *order, guint n, Run *runs)
{
  guint count = 0;

  for (guint k = 1; k < n; k++)
    if (k > 1 && order[k] == order[k - 1] + 1)
      runs[count - 1].n++;
    else
      runs[count++] = (Run){ order[k], 1, 0 };
  for (guint i = 0; i < count; i++)
    for (guint k = 0; k < count; k++)
      runs[i].rank += runs[k].first < runs[i].first;
  return count;
}

/* Whether only the last two are to change places, and both are of one axis: then its numbers are dealt out in groups */
static gboolean
is_shuffle (const ThawOnnxView *self, const Run *runs, guint n)
{
  gboolean last = n >= 2 && runs[n - 2].rank == n - 1 && runs[n - 1].rank == n - 2;

  for (guint i = 0; last && i + 2 < n; i++)
    last = runs[i].rank == i;
  return last && runs[n - 1].n == 1 && runs[n - 2].n == 1 && self->part[runs[n - 1].first].axis == self->part[runs[n - 2].first].axis;
}

static ThawNode *
shuffle (ThawOnnxReader *reader, const ThawOnnxView *self, const Run *runs, guint n, GError **error)
{
  gint64 groups = self->part[runs[n - 1].first].size, width = groups * self->part[runs[n - 2].first].size, rest = 1;
  ThawOpParams params = { .shuffle.groups = groups };
  const ThawShape *own = &self->node->shape;
  ThawShape shape;
  ThawNode *node;

  for (guint i = 1; i < self->n; i++)
    rest *= self->part[i].size;
  shape = own->rank > 2 && own->dim[own->rank - 1] == width ? *own : THAW_SHAPE (1, rest / width, width);
  node = thaw_onnx_view_node (reader, self, &shape, error);
  return node ? thaw_onnx_help (reader, THAW_OP_SHUFFLE, self->name, "shuffled", &params, node, error) : NULL;
}

static ThawNode *
turn (ThawOnnxReader *reader, const ThawOnnxView *self, const Run *runs, guint n, GError **error)
{
  ThawShape shape = { .rank = n + 1, .dim = { 1 } };
  ThawOpParams params = { .transpose.rank = n + 1 };
  ThawNode *node;

  for (guint i = 0; i < n; i++)
    {
      gint64 *dim = &shape.dim[runs[i].rank + 1];

      params.transpose.perm[i + 1] = runs[i].rank + 1;
      *dim = 1;
      for (guint k = 0; k < runs[i].n; k++)
        *dim *= self->part[runs[i].first + k].size;
    }
  node = thaw_onnx_view_node (reader, &(ThawOnnxView){ .node = self->node }, &shape, error);
  return node ? thaw_onnx_help (reader, THAW_OP_TRANSPOSE, self->name, "turned", &params, node, error) : NULL;
}

gboolean
thaw_onnx_view_arrange (ThawOnnxReader *reader, ThawOnnxView *self, const guint *order, GError **error)
{
  Run runs[THAW_ONNX_MAX_PARTS];
  guint n = find_runs (order, self->n, runs);
  ThawOnnxView old = *self;

  if (n <= 1)
    return TRUE;
  if (n + 1 > THAW_MAX_RANK)
    return fail (error, "axes in an order that Thaw cannot make in one step");
  self->node = (is_shuffle (&old, runs, n) ? shuffle : turn) (reader, &old, runs, n, error);
  for (guint i = 0; i < self->n; i++)
    self->part[i] = old.part[order[i]];
  return self->node != NULL;
}

gboolean
thaw_onnx_view_order (ThawOnnxReader *reader, ThawOnnxView *self, const int *axes, GError **error)
{
  guint by_file[THAW_ONNX_MAX_PARTS], order[THAW_ONNX_MAX_PARTS] = { 0 };
  guint n = sort_by_file (self, by_file), at = 1;

  for (int i = 0; i < self->rank; i++)
    for (guint k = 0; k < n; k++)
      if (by_file[k] != 0 && self->part[by_file[k]].axis == axes[i])
        order[at++] = by_file[k];
  if (!thaw_onnx_view_arrange (reader, self, order, error))
    return FALSE;
  thaw_onnx_view_simplify (self);
  return TRUE;
}

gboolean
thaw_onnx_view_last (ThawOnnxReader *reader, ThawOnnxView *self, int axis, GError **error)
{
  guint by_file[THAW_ONNX_MAX_PARTS], order[THAW_ONNX_MAX_PARTS] = { 0 };
  guint n = sort_by_file (self, by_file), at = 1;

  for (guint i = 1; i < self->n; i++)
    if (self->part[i].axis != axis)
      order[at++] = i;
  for (guint k = 0; k < n; k++)
    if (by_file[k] != 0 && self->part[by_file[k]].axis == axis)
      order[at++] = by_file[k];
  if (!thaw_onnx_view_arrange (reader, self, order, error))
    return FALSE;
  thaw_onnx_view_simplify (self);
  return TRUE;
}

/* The parts of @axis as they lie, from the first on; FALSE where something else lies between them, or they are in another order */
static gboolean
lies_together (const ThawOnnxView *self, int axis, guint *first, guint *end)
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

  if (!lies_together (self, axis, &first, &end))
    {
      if (!thaw_onnx_view_last (reader, self, axis, error))
        return NULL;
      lies_together (self, axis, &first, &end);
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
  if (!lies_together (self, axis, &first, &end))
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
    return fail (error, "rows that mix pictures") ? NULL : NULL;
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
      fail (error, "something other than an image [N, C, H, W]");
      return NULL;
    }
  if (!thaw_onnx_view_order (reader, self, order, error))
    return NULL;
  return thaw_onnx_view_node (reader, self, &THAW_SHAPE (1, shape.dim[2], shape.dim[3], shape.dim[1]), error);
}

/* Reshaping: the parts in the file's order are dealt out to the new axes, and split where an axis ends inside one. */
typedef struct
{
  ThawOnnxView view;
  guint        order[THAW_ONNX_MAX_PARTS];
  guint        n, next;
} Deal;

static ThawOnnxPart *
next_part (Deal *self)
{
  return self->next < self->n ? &self->view.part[self->order[self->next]] : NULL;
}

/* The next part keeps @outer of its numbers, and what is left is a part of its own. */
static gboolean
split_next (Deal *self, gint64 outer)
{
  guint at = self->order[self->next];
  ThawOnnxView *view = &self->view;

  if (self->n == THAW_ONNX_MAX_PARTS || !thaw_onnx_view_split (view, at, outer))
    return FALSE;
  for (guint k = 0; k < self->n; k++)
    self->order[k] += self->order[k] > at;
  memmove (&self->order[self->next + 1], &self->order[self->next], (self->n - self->next) * sizeof self->order[0]);
  self->n++;
  self->order[self->next + 1] = at + 1;
  return TRUE;
}

static gboolean
deal_axis (Deal *self, int axis, gint64 size)
{
  for (int place = 0; size > 1; place++)
    {
      ThawOnnxPart *part = next_part (self);

      if (!part || (size % part->size && part->size % size))
        return FALSE;
      if (part->size > size && !split_next (self, size))
        return FALSE;
      part->axis = axis;
      part->place = place;
      size /= part->size;
      self->next++;
    }
  return TRUE;
}

/* Pictures that come next belong to an axis of 1 where there is one, else to the axis that follows, unless that is the last. */
static void
deal_pictures (Deal *self, int axis, const ThawShape *shape)
{
  ThawOnnxPart *part = next_part (self);
  gboolean last = axis + 1 >= shape->rank - 1;

  if (!part || self->order[self->next] != 0 || (shape->dim[axis] != 1 && !last))
    return;
  part->axis = axis;
  part->place = THAW_ONNX_MAX_PARTS;
  self->next++;
}

static gboolean
deal_out (ThawOnnxView *view, const ThawShape *shape)
{
  Deal self = { .view = *view };

  thaw_onnx_view_simplify (&self.view);
  self.n = sort_by_file (&self.view, self.order);
  for (int axis = 0; axis < shape->rank; axis++)
    {
      if (!deal_axis (&self, axis, shape->dim[axis]))
        return FALSE;
      deal_pictures (&self, axis, shape);
    }
  if (next_part (&self))
    return FALSE;
  self.view.rank = shape->rank;
  thaw_onnx_view_simplify (&self.view);
  *view = self.view;
  return TRUE;
}

/* Axes whose parts lie apart are brought together, as whoever wrote the network had them copied here: each where its last part lies. */
static gboolean
bring_together (ThawOnnxReader *reader, ThawOnnxView *self, GError **error)
{
  gboolean apart = FALSE, seen[THAW_MAX_RANK] = { FALSE };
  int order[THAW_MAX_RANK], n = self->rank;
  guint first, end;

  for (int axis = 0; axis < self->rank; axis++)
    apart |= !lies_together (self, axis, &first, &end);
  for (guint i = self->n; i-- > 1;)
    if (!seen[self->part[i].axis])
      {
        seen[self->part[i].axis] = TRUE;
        order[--n] = self->part[i].axis;
      }
  for (int axis = self->rank; axis-- > 0;)
    if (!seen[axis])
      order[--n] = axis;
  return !apart || thaw_onnx_view_order (reader, self, order, error);
}

gboolean
thaw_onnx_view_reshape (ThawOnnxReader *reader, ThawOnnxView *self, const ThawShape *shape, GError **error)
{
  static const int order[] = { 0, 1, 2, 3, 4, 5 };
  ThawShape old = thaw_onnx_view_shape (self);
  gint64 count = thaw_shape_count (&old);

  if (thaw_shape_count (shape) != count || count == 0)
    return fail (error, "a shape that does not have as many numbers as there are");
  if (deal_out (self, shape))
    return bring_together (reader, self, error);
  if (self->part[0].axis > 0 || !thaw_onnx_view_order (reader, self, order, error))
    return fail (error, "a shape that mixes pictures");
  /* One run of numbers in the file's order can be cut anywhere. */
  self->n = 2;
  self->rank = 1;
  self->part[0] = (ThawOnnxPart){ 1, MIN (self->part[0].axis, 0), 0 };
  self->part[1] = (ThawOnnxPart){ count, 0, 1 };
  return deal_out (self, shape) || fail (error, "a shape that Thaw cannot make");
}
