/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-columns.h"
#include "ops/thaw-op-math.h"

#define THAW_OP_TWIN "ops/thaw-op-softmax-ref.inc"
#include "ops/thaw-op-ref.h"

/* y = exp (x - shift) */
THAW_OP_VECTOR static void
exp_row (gint64 n, const float *x, float shift, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = thaw_op_exp (x[i] - shift);
}

THAW_OP_VECTOR static void
scale_row (gint64 n, float factor, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] *= factor;
}

/* dx = y (dy - dot) */
THAW_OP_VECTOR static void
differentiate_row (gint64 n, const float *y, const float *dy, float dot, float *dx)
{
  for (gint64 i = 0; i < n; i++)
    dx[i] = y[i] * (dy[i] - dot);
}

/* NaN is passed over: the sum finds it. */
THAW_OP_VECTOR static float
largest (gint64 n, const float *x)
{
  float lanes[16];
  gint64 i = 0;

  for (int j = 0; j < 16; j++)
    lanes[j] = x[0];
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++)
      lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  for (; i < n; i++)
    lanes[0] = x[i] > lanes[0] ? x[i] : lanes[0];
  for (int j = 1; j < 16; j++)
    lanes[0] = lanes[j] > lanes[0] ? lanes[j] : lanes[0];
  return lanes[0];
}

/* Rows in memory order are what networks end in and what attention has; other axes take the twin.
 */
static void
softmax_forward (const ThawOpCall *call)
{
  const float *x = call->x[0];
  float *y = call->y;
  ThawOpColumns s;

  thaw_op_columns_split (call, &s);
  if (s.inner != 1)
    {
      softmax_forward_f32 (call);
      return;
    }
  for (gint64 r = 0; r < s.outer && s.length > 0; r++, x += s.length, y += s.length)
    {
      exp_row (s.length, x, largest (s.length, x), y);
      scale_row (s.length, 1 / thaw_op_sum (s.length, y), y);
    }
}

static void
softmax_backward (const ThawOpCall *call)
{
  float *target = thaw_op_elementwise_target (call, 0);
  const float *y = call->y, *dy = call->dy;
  ThawOpColumns s;

  if (!target)
    return;
  thaw_op_columns_split (call, &s);
  if (s.inner != 1)
    {
      softmax_backward_f32 (call);
      return;
    }
  for (gint64 r = 0; r < s.outer; r++, y += s.length, dy += s.length, target += s.length)
    differentiate_row (s.length, y, dy, thaw_op_dot (s.length, y, dy), target);
  thaw_op_elementwise_done (call, 0);
}

const ThawOpClass thaw_op_softmax_class = {
  .name = "softmax",
  .infer = thaw_op_columns_infer,
  .needs = thaw_op_columns_needs,
  .forward = softmax_forward,
  .backward = softmax_backward,
  .reference = THAW_OP_REFERENCE (softmax),
};
