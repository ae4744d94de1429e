/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of one number that other programs' networks have between their layers; of the zoo's, Swin V2 alone has one, exp, of a number a
 * head: the twin in float is the engine's. */
#include "ops/thaw-op-math.h"
#include "ops/thaw-op-util.h"

/* ln 100: where Swin V2's exp ends */
#define LIMIT 4.60517018598809136804

#define THAW_OP_TWIN "ops/thaw-op-function-ref.inc"
#include "ops/thaw-op-ref.h"

static guint
function_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[0] ? THAW_NEEDS_X (0) : 0;
}

const ThawOpClass thaw_op_function_class = {
  .name = "function",
  .infer = thaw_op_infer_same,
  .needs = function_needs,
  .forward = function_forward_f32,
  .backward = function_backward_f32,
  .reference = THAW_OP_REFERENCE (function),
};
