/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-columns.h"

#define THAW_OP_TWIN "ops/thaw-op-log-softmax-ref.inc"
#include "ops/thaw-op-ref.h"

/* What other programs' networks end in, once a picture: the twin in float is the engine's. */
const ThawOpClass thaw_op_log_softmax_class = {
  .name = "log-softmax",
  .infer = thaw_op_columns_infer,
  .needs = thaw_op_columns_needs,
  .forward = log_softmax_forward_f32,
  .backward = log_softmax_backward_f32,
  .reference = THAW_OP_REFERENCE (log_softmax),
};
