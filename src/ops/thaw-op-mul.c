/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-mul-ref.inc"
#include "ops/thaw-op-ref.h"
#include "ops/thaw-op-walk.h"

THAW_OP_VECTOR static void
mul_run (gint64 n, const float *a, const float *b, gint64 step, float *y)
{
  if (step)
    for (gint64 i = 0; i < n; i++)
      y[i] = a[i] * b[i];
  else
    for (gint64 i = 0; i < n; i++)
      y[i] = a[i] * *b;
}

THAW_OP_VECTOR static void
add_mul_run (gint64 n, const float *a, const float *b, gint64 step, float *sum)
{
  if (step)
    for (gint64 i = 0; i < n; i++)
      sum[i] += a[i] * b[i];
  else
    for (gint64 i = 0; i < n; i++)
      sum[i] += a[i] * *b;
}

static void
mul_forward (const ThawOpCall *call)
{
  thaw_op_forward_binary (call, mul_run);
}

/* dx[i] = dy * the other, summed over what input i is repeated along */
static void
mul_backward_to (const ThawOpCall *call, guint i)
{
  ThawShape shape = thaw_op_shape (call->node, call->n);
  ThawShape operands[] = { shape, thaw_op_shape (call->node->inputs[i], call->n),
                           thaw_op_shape (call->node->inputs[1 - i], call->n) };
  gboolean assign = call->node->inputs[i]->batched && thaw_shape_equal (&operands[0], &operands[1]);
  const float *dy = call->dy, *other = call->x[1 - i];
  float *dx = assign ? call->dx[i] : thaw_op_gradient (call, i);
  ThawOpWalk walk;

  if (!dx)
    return;
  thaw_op_walk_start (&walk, &shape, 3, operands);
  while (thaw_op_walk_next (&walk))
    {
      const float *d = dy + walk.offset[0], *o = other + walk.offset[2];

      if (assign)
        mul_run (walk.length, d, o, walk.step[2], dx + walk.offset[1]);
      else if (walk.step[1])
        add_mul_run (walk.length, d, o, walk.step[2], dx + walk.offset[1]);
      else
        dx[walk.offset[1]] += thaw_op_dot (walk.length, d, o);
    }
}

static void
mul_backward (const ThawOpCall *call)
{
  mul_backward_to (call, 0);
  mul_backward_to (call, 1);
}

static guint
mul_needs (const ThawNode *node, const gboolean *wanted)
{
  return (wanted[0] ? THAW_NEEDS_X (1) : 0) | (wanted[1] ? THAW_NEEDS_X (0) : 0);
}

const ThawOpClass thaw_op_mul_class = {
  .name = "mul",
  .infer = thaw_op_infer_broadcast,
  .needs = mul_needs,
  .forward = mul_forward,
  .backward = mul_backward,
  .reference = THAW_OP_REFERENCE (mul),
};
