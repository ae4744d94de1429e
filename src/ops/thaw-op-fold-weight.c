/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-fold-weight-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
fold_weight_infer (ThawNode *node, GError **error)
{
  if (!thaw_op_check_inputs (node, 3, 3, error))
    return FALSE;
  node->shape = node->inputs[0]->shape;
  node->batched = FALSE;
  if (node->inputs[0]->batched || node->shape.rank < 2)
    return thaw_op_fail (node, error, "takes a weight [O, ...], not a value of pictures");
  return thaw_op_check_vector (node, 1, node->shape.dim[0], "weight", error)
         && thaw_op_check_vector (node, 2, node->shape.dim[0], "running variance", error);
}

/* Inputs that are not batched are always there. */
const ThawOpClass thaw_op_fold_weight_class = {
  .name = "fold-weight",
  .infer = fold_weight_infer,
  .needs = thaw_op_needs_nothing,
  .forward = fold_weight_forward_f32,
  .backward = fold_weight_backward_f32,
  .reference = THAW_OP_REFERENCE (fold_weight),
};
