/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-walk.h"

#include <string.h>

#include "ops/thaw-op-util.h"

/* operand's stride along each axis of @shape: 0 where it is repeated */
static void
find_strides (const ThawShape *shape, const ThawShape *operand, gint64 *stride)
{
  int shift = shape->rank - operand->rank;
  gint64 step = 1;

  for (int axis = shape->rank - 1; axis >= 0; axis--)
    {
      gint64 dim = axis < shift ? 1 : operand->dim[axis - shift];

      stride[axis] = dim == 1 ? 0 : step;
      step *= dim;
    }
}

static gboolean
continues (const ThawOpWalk *self, const gint64 (*strides)[THAW_MAX_RANK], int axis, gint64 dim)
{
  for (guint k = 0; k < self->n_operands; k++)
    if (self->stride[k][self->rank - 1] != strides[k][axis] * dim)
      return FALSE;
  return TRUE;
}

/* Adds an axis inside those that are there, or lengthens the last of them. */
static void
add_axis (ThawOpWalk *self, const gint64 (*strides)[THAW_MAX_RANK], int axis, gint64 dim)
{
  if (dim == 1)
    return;
  if (self->rank > 0 && continues (self, strides, axis, dim))
    self->dim[self->rank - 1] *= dim;
  else
    self->dim[self->rank++] = dim;
  for (guint k = 0; k < self->n_operands; k++)
    self->stride[k][self->rank - 1] = strides[k][axis];
}

void
thaw_op_walk_start (ThawOpWalk *self,
                    const ThawShape *shape,
                    guint n_operands,
                    const ThawShape *operands)
{
  gint64 strides[THAW_OP_WALK_OPERANDS][THAW_MAX_RANK];

  g_assert (n_operands <= THAW_OP_WALK_OPERANDS);
  memset (self, 0, sizeof *self);
  self->n_operands = n_operands;
  self->length = 1;
  for (guint k = 0; k < n_operands; k++)
    find_strides (shape, &operands[k], strides[k]);
  for (int axis = 0; axis < shape->rank; axis++)
    {
      self->empty |= shape->dim[axis] == 0;
      add_axis (self, strides, axis, shape->dim[axis]);
    }
  if (self->rank == 0)
    return;
  /* The innermost axis is the run. */
  self->rank--;
  self->length = self->dim[self->rank];
  for (guint k = 0; k < n_operands; k++)
    self->step[k] = self->stride[k][self->rank];
}

gboolean
thaw_op_walk_next (ThawOpWalk *self)
{
  if (!self->started)
    {
      self->started = TRUE;
      return !self->empty;
    }
  for (int axis = self->rank - 1; axis >= 0; axis--)
    {
      gboolean wraps = ++self->position[axis] == self->dim[axis];

      for (guint k = 0; k < self->n_operands; k++)
        self->offset[k] += self->stride[k][axis] * (wraps ? 1 - self->dim[axis] : 1);
      if (!wraps)
        return TRUE;
      self->position[axis] = 0;
    }
  return FALSE;
}

gint64
thaw_op_broadcast_index (const ThawShape *shape, const ThawShape *operand, gint64 i)
{
  int shift = shape->rank - operand->rank;
  gint64 index = 0, step = 1;

  for (int axis = shape->rank - 1; axis >= shift; axis--)
    {
      gint64 position = i % shape->dim[axis];

      i /= shape->dim[axis];
      index += operand->dim[axis - shift] == 1 ? 0 : position * step;
      step *= operand->dim[axis - shift];
    }
  return index;
}

static gboolean
stays_behind (const ThawShape *parameter, const ThawShape *batched)
{
  return parameter->rank < batched->rank
         || (parameter->rank == batched->rank && parameter->dim[0] == 1);
}

/* A value of each picture keeps the pictures as its first axis: nothing may be put before it, and
 * no parameter may be longer than 1 along it. */
static gboolean
batch_axis_fits (const ThawNode *node)
{
  const ThawNode *a = node->inputs[0], *b = node->inputs[1];

  if (a->batched && b->batched)
    return a->shape.rank == b->shape.rank;
  if (!a->batched && !b->batched)
    return TRUE;
  if (b->batched)
    return stays_behind (&a->shape, &b->shape);
  return stays_behind (&b->shape, &a->shape);
}

static gboolean
join_shapes (const ThawShape *a, const ThawShape *b, ThawShape *out)
{
  out->rank = MAX (a->rank, b->rank);
  for (int axis = 1; axis <= out->rank; axis++)
    {
      gint64 da = axis <= a->rank ? a->dim[a->rank - axis] : 1;
      gint64 db = axis <= b->rank ? b->dim[b->rank - axis] : 1;

      if (da != db && da != 1 && db != 1)
        return FALSE;
      out->dim[out->rank - axis] = da == 1 ? db : da;
    }
  return TRUE;
}

gboolean
thaw_op_infer_broadcast (ThawNode *node, GError **error)
{
  g_autofree char *first = NULL, *second = NULL;

  if (!thaw_op_check_inputs (node, 2, 2, error))
    return FALSE;
  node->batched = node->inputs[0]->batched || node->inputs[1]->batched;
  if (batch_axis_fits (node)
      && join_shapes (&node->inputs[0]->shape, &node->inputs[1]->shape, &node->shape))
    return TRUE;
  first = thaw_shape_to_string (&node->inputs[0]->shape);
  second = thaw_shape_to_string (&node->inputs[1]->shape);
  return thaw_op_fail (node, error, "%s ('%s') and %s ('%s') cannot be broadcast to each other",
                       first, node->inputs[0]->name, second, node->inputs[1]->name);
}

void
thaw_op_forward_binary (const ThawOpCall *call, ThawOpBinaryRun run)
{
  ThawShape shape = thaw_op_shape (call->node, call->n);
  ThawShape operands[] = { thaw_op_shape (call->node->inputs[0], call->n),
                           thaw_op_shape (call->node->inputs[1], call->n), shape };
  const float *a = call->x[0], *b = call->x[1];
  float *y = call->y;
  ThawOpWalk walk;

  thaw_op_walk_start (&walk, &shape, 3, operands);
  while (thaw_op_walk_next (&walk))
    if (walk.step[0])
      run (walk.length, a + walk.offset[0], b + walk.offset[1], walk.step[1], y + walk.offset[2]);
    else
      run (walk.length, b + walk.offset[1], a + walk.offset[0], 0, y + walk.offset[2]);
}
