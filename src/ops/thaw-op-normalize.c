/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* PyTorch's normalize() divides by no less. */
#define SHORTEST 1e-12

#define THAW_OP_TWIN "ops/thaw-op-normalize-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
normalize_infer (ThawNode *node, GError **error)
{
  if (!thaw_op_infer_same (node, error))
    return FALSE;
  return node->shape.rank > (node->batched ? 1 : 0)
         || thaw_op_fail (node, error, "takes a value with an axis to go along");
}

static guint
normalize_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[0] ? THAW_NEEDS_X (0) : 0;
}

static void
normalize_forward (const ThawOpCall *call)
{
  gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node);
  const float *x = call->x[0];
  float *y = call->y;

  for (gint64 row = 0; row < rows; row++, x += width, y += width)
    {
      float scale = 1 / fmaxf (sqrtf (thaw_op_dot (width, x, x)), (float)SHORTEST);

      for (gint64 i = 0; i < width; i++)
        y[i] = x[i] * scale;
    }
}

static void
normalize_backward (const ThawOpCall *call)
{
  gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node);
  const float *x = call->x[0], *dy = call->dy;
  float *dx = thaw_op_gradient (call, 0);

  for (gint64 row = 0; dx && row < rows; row++, x += width, dy += width, dx += width)
    {
      float length = sqrtf (thaw_op_dot (width, x, x));
      float scale = 1 / fmaxf (length, (float)SHORTEST);
      float along = length > (float)SHORTEST ? thaw_op_dot (width, x, dy) * scale * scale : 0;

      for (gint64 i = 0; i < width; i++)
        dx[i] += (dy[i] - along * x[i]) * scale;
    }
}

const ThawOpClass thaw_op_normalize_class = {
  .name = "normalize",
  .infer = normalize_infer,
  .needs = normalize_needs,
  .forward = normalize_forward,
  .backward = normalize_backward,
  .reference = THAW_OP_REFERENCE (normalize),
};
