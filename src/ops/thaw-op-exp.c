/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* ln 100 */
#define LIMIT 4.60517018598809136804

#define THAW_OP_TWIN "ops/thaw-op-exp-ref.inc"
#include "ops/thaw-op-ref.h"

static guint
exp_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[0] ? THAW_NEEDS_X (0) : 0;
}

/* A number a head: the twin in float is the engine's. */
const ThawOpClass thaw_op_exp_class = {
  .name = "exp",
  .infer = thaw_op_infer_same,
  .needs = exp_needs,
  .forward = exp_forward_f32,
  .backward = exp_backward_f32,
  .reference = THAW_OP_REFERENCE (exp),
};
