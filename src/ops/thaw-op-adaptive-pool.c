/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-rectangle.h"
#include "ops/thaw-op-util.h"

/* Output i of m covers floor (i n / m) .. ceil ((i + 1) n / m) - 1 of n, as in PyTorch: windows may
 * overlap. */
static ThawOpRectangle
rectangle_of (const ThawNode *node, gint64 y, gint64 x)
{
  const gint64 *in = node->inputs[0]->shape.dim, *out = node->shape.dim;
  ThawOpRectangle r = {
    .top = y * in[1] / out[1],
    .left = x * in[2] / out[2],
    .bottom = ((y + 1) * in[1] + out[1] - 1) / out[1],
    .right = ((x + 1) * in[2] + out[2] - 1) / out[2],
  };

  r.divisor = (r.bottom - r.top) * (r.right - r.left);
  return r;
}

#define THAW_OP_TWIN "ops/thaw-op-rectangle-ref.inc"
#include "ops/thaw-op-ref.h"

/* Keeps the products above inside gint64. */
#define LIMIT (1 << 24)

static gboolean
adaptive_pool_infer (ThawNode *node, GError **error)
{
  gint64 size[2] = { 1, 1 };
  const gint64 *in;

  if (!thaw_op_check_inputs (node, 1, 1, error) || !thaw_op_check_image (node, error))
    return FALSE;
  in = node->inputs[0]->shape.dim;
  if (node->op == THAW_OP_ADAPTIVE_POOL)
    memcpy (size, node->params.adaptive.size, sizeof size);
  for (int axis = 0; axis < 2; axis++)
    if (size[axis] < 1 || size[axis] > LIMIT || in[1 + axis] < 1 || in[1 + axis] > LIMIT)
      return thaw_op_fail (node, error,
                           "cannot bring %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                           " to %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT,
                           in[1], in[2], size[0], size[1]);
  node->shape = THAW_SHAPE (1, size[0], size[1], in[3]);
  node->batched = node->inputs[0]->batched;
  return TRUE;
}

static void
adaptive_pool_forward (const ThawOpCall *call)
{
  thaw_op_rectangle_forward (call, rectangle_of);
}

static void
adaptive_pool_backward (const ThawOpCall *call)
{
  thaw_op_rectangle_backward (call, rectangle_of);
}

const ThawOpClass thaw_op_adaptive_pool_class = {
  .name = "adaptive-pool",
  .infer = adaptive_pool_infer,
  .needs = thaw_op_needs_nothing,
  .workspace_size = thaw_op_rectangle_workspace_size,
  .forward = adaptive_pool_forward,
  .backward = adaptive_pool_backward,
  .reference = THAW_OP_REFERENCE (rectangle),
};
