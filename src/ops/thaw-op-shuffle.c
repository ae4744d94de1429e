/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-shuffle-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
shuffle_infer (ThawNode *node, GError **error)
{
  gint64 groups = node->params.shuffle.groups;
  g_autofree char *shape = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  if (groups >= 1 && node->shape.rank > (node->batched ? 1 : 0)
      && thaw_op_width (node) % groups == 0)
    return TRUE;
  shape = thaw_shape_to_string (&node->shape);
  return thaw_op_fail (node, error, "cannot make %" G_GINT64_FORMAT " groups of the channels of %s",
                       groups, shape);
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_shuffle_class = {
  .name = "shuffle",
  .infer = shuffle_infer,
  .needs = thaw_op_needs_nothing,
  .forward = shuffle_forward_f32,
  .backward = shuffle_backward_f32,
  .reference = THAW_OP_REFERENCE (shuffle),
};
