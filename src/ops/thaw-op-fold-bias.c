/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-fold-bias-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
fold_bias_infer (ThawNode *node, GError **error)
{
  static const char *const what[]
      = { "bias", "weight", "shift", "running mean", "running variance" };

  if (node->n_inputs != 5)
    return thaw_op_fail (node, error, "takes 5 inputs, not %u", node->n_inputs);
  for (guint i = 1; i < 5; i++)
    if (!node->inputs[i])
      return thaw_op_fail (node, error, "input %u is missing", i);
  node->shape = node->inputs[1]->shape;
  node->batched = FALSE;
  for (guint i = 0; i < 5; i++)
    if (!thaw_op_check_vector (node, i, thaw_op_width (node), what[i], error))
      return FALSE;
  return TRUE;
}

/* Inputs that are not batched are always there. */
const ThawOpClass thaw_op_fold_bias_class = {
  .name = "fold-bias",
  .infer = fold_bias_infer,
  .needs = thaw_op_needs_nothing,
  .forward = fold_bias_forward_f32,
  .backward = fold_bias_backward_f32,
  .reference = THAW_OP_REFERENCE (fold_bias),
};
