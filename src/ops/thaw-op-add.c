/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-add-ref.inc"
#include "ops/thaw-op-ref.h"
#include "ops/thaw-op-walk.h"

THAW_OP_VECTOR static void
add_run (gint64 n, const float *a, const float *b, gint64 step, float *y)
{
  if (step)
    for (gint64 i = 0; i < n; i++)
      y[i] = a[i] + b[i];
  else
    for (gint64 i = 0; i < n; i++)
      y[i] = a[i] + *b;
}

static void
add_forward (const ThawOpCall *call)
{
  thaw_op_forward_binary (call, add_run);
}

static void
add_backward_to (const ThawOpCall *call, guint i)
{
  ThawShape shape = thaw_op_shape (call->node, call->n);
  ThawShape operands[] = { shape, thaw_op_shape (call->node->inputs[i], call->n) };
  const float *dy = call->dy;
  float *dx;
  ThawOpWalk walk;

  if (call->node->inputs[i]->batched && call->dx[i]
      && thaw_shape_equal (&operands[0], &operands[1]))
    {
      if (call->n > 0)
        memcpy (call->dx[i], dy, thaw_op_count (call->node, call->n) * sizeof (float));
      return;
    }
  dx = thaw_op_gradient (call, i);
  if (!dx)
    return;
  thaw_op_walk_start (&walk, &shape, 2, operands);
  while (thaw_op_walk_next (&walk))
    if (walk.step[1])
      thaw_op_accumulate (walk.length, dy + walk.offset[0], dx + walk.offset[1]);
    else
      dx[walk.offset[1]] += thaw_op_sum (walk.length, dy + walk.offset[0]);
}

static void
add_backward (const ThawOpCall *call)
{
  add_backward_to (call, 0);
  add_backward_to (call, 1);
}

const ThawOpClass thaw_op_add_class = {
  .name = "add",
  .infer = thaw_op_infer_broadcast,
  .needs = thaw_op_needs_nothing,
  .forward = add_forward,
  .backward = add_backward,
  .reference = THAW_OP_REFERENCE (add),
};
