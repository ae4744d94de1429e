/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-rectangle.h"
#include "ops/thaw-op-util.h"
#include "ops/thaw-op-window.h"

/* The divisor as PyTorch has it: the part of the window inside the picture, or with count_padding
 * that inside the picture and its padding (a window beyond, which ceil_mode makes, does not count).
 */
static ThawOpRectangle
rectangle_of (const ThawNode *node, gint64 y, gint64 x)
{
  const ThawWindowParams *p = &node->params.window;
  const gint64 *in = node->inputs[0]->shape.dim;
  gint64 top = y * p->stride[0] - p->pad[THAW_TOP], left = x * p->stride[1] - p->pad[THAW_LEFT];
  gint64 bottom = MIN (top + p->kernel[0], in[1] + p->pad[THAW_BOTTOM]);
  gint64 right = MIN (left + p->kernel[1], in[2] + p->pad[THAW_RIGHT]);
  ThawOpRectangle r = { MAX (top, 0), MAX (left, 0), MIN (bottom, in[1]), MIN (right, in[2]) };

  r.divisor = p->count_padding ? (bottom - top) * (right - left)
                               : (r.bottom - r.top) * (r.right - r.left);
  return r;
}

#define THAW_OP_TWIN "ops/thaw-op-rectangle-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
avg_pool_infer (ThawNode *node, GError **error)
{
  const ThawWindowParams *p = &node->params.window;
  gint64 out[2];

  if (!thaw_op_check_inputs (node, 1, 1, error) || !thaw_op_window_infer (node, out, error))
    return FALSE;
  for (int axis = 0; axis < 2; axis++)
    if (p->pad[axis] >= p->kernel[axis] || p->pad[axis + 2] >= p->kernel[axis])
      return thaw_op_fail (node, error, "padding must be smaller than the window (%d x %d)",
                           p->kernel[0], p->kernel[1]);
  if (p->dilation[0] != 1 || p->dilation[1] != 1)
    return thaw_op_fail (node, error, "means over a dilated window are not supported");
  node->shape = THAW_SHAPE (1, out[0], out[1], thaw_op_width (node->inputs[0]));
  node->batched = TRUE;
  return TRUE;
}

static void
avg_pool_forward (const ThawOpCall *call)
{
  thaw_op_rectangle_forward (call, rectangle_of);
}

static void
avg_pool_backward (const ThawOpCall *call)
{
  thaw_op_rectangle_backward (call, rectangle_of);
}

const ThawOpClass thaw_op_avg_pool_class = {
  .name = "avg-pool",
  .infer = avg_pool_infer,
  .needs = thaw_op_needs_nothing,
  .workspace_size = thaw_op_rectangle_workspace_size,
  .forward = avg_pool_forward,
  .backward = avg_pool_backward,
  .reference = THAW_OP_REFERENCE (rectangle),
};
