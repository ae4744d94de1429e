/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other axes over the same numbers */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

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
  self.n = thaw_onnx_view_sort (&self.view, self.order);
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
    apart |= !thaw_onnx_view_together (self, axis, &first, &end);
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
    return thaw_onnx_view_fail (error, "a shape that does not have as many numbers as there are");
  if (deal_out (self, shape))
    return bring_together (reader, self, error);
  if (self->part[0].axis > 0 || !thaw_onnx_view_order (reader, self, order, error))
    return thaw_onnx_view_fail (error, "a shape that mixes pictures");
  /* One run of numbers in the file's order can be cut anywhere. */
  self->n = 2;
  self->rank = 1;
  self->part[0] = (ThawOnnxPart){ 1, MIN (self->part[0].axis, 0), 0 };
  self->part[1] = (ThawOnnxPart){ count, 0, 1 };
  return deal_out (self, shape) || thaw_onnx_view_fail (error, "a shape that Thaw cannot make");
}
