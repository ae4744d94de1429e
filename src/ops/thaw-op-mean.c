/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-walk.h"

#define THAW_OP_TWIN "ops/thaw-op-mean-ref.inc"
#include "ops/thaw-op-util.h"

static gboolean
reduces (const ThawNode *node, int axis)
{
  for (int i = 0; i < node->params.reduce.n_axes; i++)
    if (node->params.reduce.axis[i] == axis)
      return TRUE;
  return FALSE;
}

/* y's shape with length 1 along the axes that are gone, so that it broadcasts to x. */
static ThawShape
kept_shape (const ThawNode *node, gint64 n)
{
  ThawShape shape = thaw_op_shape (node->inputs[0], n);

  for (int axis = 0; axis < shape.rank; axis++)
    if (reduces (node, axis))
      shape.dim[axis] = 1;
  return shape;
}

/* How many elements each mean is of. */
static gint64
reduced_count (const ThawNode *node)
{
  gint64 count = 1;

  for (int axis = 0; axis < node->inputs[0]->shape.rank; axis++)
    if (reduces (node, axis))
      count *= node->inputs[0]->shape.dim[axis];
  return count;
}

#include "ops/thaw-op-ref.h"

static gboolean
check_axes (const ThawNode *node, GError **error)
{
  const ThawReduceParams *p = &node->params.reduce;
  g_autofree char *shape = thaw_shape_to_string (&node->inputs[0]->shape);

  if (p->n_axes < 1 || p->n_axes > THAW_MAX_RANK)
    return thaw_op_fail (node, error, "takes 1 to %d axes, not %d", THAW_MAX_RANK, p->n_axes);
  for (int i = 0; i < p->n_axes; i++)
    if (p->axis[i] < node->batched || p->axis[i] >= node->inputs[0]->shape.rank)
      return thaw_op_fail (node, error, "cannot take the mean along axis %d of %s", p->axis[i],
                           shape);
  return TRUE;
}

static gboolean
mean_infer (ThawNode *node, GError **error)
{
  if (!thaw_op_infer_same (node, error) || !check_axes (node, error))
    return FALSE;
  if (reduced_count (node) == 0)
    return thaw_op_fail (node, error, "the mean of nothing");
  if (node->params.reduce.keep)
    {
      node->shape = kept_shape (node, 1);
      return TRUE;
    }
  node->shape.rank = 0;
  for (int axis = 0; axis < node->inputs[0]->shape.rank; axis++)
    if (!reduces (node, axis))
      node->shape.dim[node->shape.rank++] = node->inputs[0]->shape.dim[axis];
  return TRUE;
}

THAW_OP_VECTOR static void
scale (gint64 n, float factor, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] *= factor;
}

THAW_OP_VECTOR static void
add_constant (gint64 n, float value, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] += value;
}

static void
start_walk (const ThawOpCall *call, ThawOpWalk *walk)
{
  ThawShape shape = thaw_op_shape (call->node->inputs[0], call->n);
  ThawShape operands[] = { shape, kept_shape (call->node, call->n) };

  thaw_op_walk_start (walk, &shape, 2, operands);
}

static void
mean_forward (const ThawOpCall *call)
{
  gint64 count = thaw_op_count (call->node, call->n);
  const float *x = call->x[0];
  float *y = call->y;
  ThawOpWalk walk;

  if (count == 0)
    return;
  memset (y, 0, count * sizeof (float));
  start_walk (call, &walk);
  while (thaw_op_walk_next (&walk))
    if (walk.step[1])
      thaw_op_accumulate (walk.length, x + walk.offset[0], y + walk.offset[1]);
    else
      y[walk.offset[1]] += thaw_op_sum (walk.length, x + walk.offset[0]);
  scale (count, 1 / (float) reduced_count (call->node), y);
}

static void
mean_backward (const ThawOpCall *call)
{
  float *dx = thaw_op_gradient (call, 0);
  float *dy = call->dy;
  ThawOpWalk walk;

  if (!dx)
    return;
  scale (thaw_op_count (call->node, call->n), 1 / (float) reduced_count (call->node), dy);
  start_walk (call, &walk);
  while (thaw_op_walk_next (&walk))
    if (walk.step[1])
      thaw_op_accumulate (walk.length, dy + walk.offset[1], dx + walk.offset[0]);
    else
      add_constant (walk.length, dy[walk.offset[1]], dx + walk.offset[0]);
}

const ThawOpClass thaw_op_mean_class = {
  .name = "mean",
  .infer = mean_infer,
  .needs = thaw_op_needs_nothing,
  .forward = mean_forward,
  .backward = mean_backward,
  .reference = THAW_OP_REFERENCE (mean),
};
