/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* Inputs and parameters: the executor puts their values in place, so that there is nothing to do.
 */
static gboolean
leaf_infer (ThawNode *node, GError **error)
{
  return thaw_op_check_inputs (node, 0, 0, error);
}

const ThawOpClass thaw_op_leaf_class = {
  .name = "leaf",
  .infer = leaf_infer,
  .needs = thaw_op_needs_nothing,
};
