/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-pad-ref.inc"
#include "ops/thaw-op-ref.h"

/* Keeps a padded size inside gint64. */
#define LIMIT (1 << 24)

static gboolean
pad_infer (ThawNode *node, GError **error)
{
  const int *pad = node->params.pad.pad;

  if (!thaw_op_infer_same (node, error) || !thaw_op_check_image (node, error))
    return FALSE;
  for (int side = 0; side < 4; side++)
    if (pad[side] < 0 || pad[side] > LIMIT)
      return thaw_op_fail (node, error, "cannot pad by %d", pad[side]);
  node->shape.dim[1] += pad[THAW_TOP] + pad[THAW_BOTTOM];
  node->shape.dim[2] += pad[THAW_LEFT] + pad[THAW_RIGHT];
  return TRUE;
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_pad_class = {
  .name = "pad",
  .infer = pad_infer,
  .needs = thaw_op_needs_nothing,
  .forward = pad_forward_f32,
  .backward = pad_backward_f32,
  .reference = THAW_OP_REFERENCE (pad),
};
