/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-kernels.h>

#include "ops/thaw-op-private.h"
#include "ops/thaw-op-util.h"

#define THAW_OP_TWIN "ops/thaw-op-convert-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
sees (const ThawNode *node, guint i, ThawSight *sight)
{
  *sight = (ThawSight){ 1, 0, 1 };
  return TRUE;
}

static gsize
bytes_of (const ThawNode *node, gint64 n)
{
  return n * thaw_dtype_size (node->dtype);
}

static void
forward (const ThawOpCall *call)
{
  const ThawNode *node = call->node, *x = node->inputs[0];
  const gint64 lines = call->n * (node->shape.rank > 1 ? node->shape.dim[1] : 1), line = lines ? thaw_op_count (node, call->n) / lines : 0;
  const gint64 first = thaw_op_share (call, lines, 1, 0) * line, n = thaw_op_share (call, lines, 1, 1) * line - first;
  const void *from = (const guint8 *) call->x[0] + bytes_of (x, first);
  void *to = (guint8 *) call->y + bytes_of (node, first);

  if (n <= 0)
    return;
  if (x->dtype == node->dtype)
    memcpy (to, from, bytes_of (node, n));
  else if (node->dtype == THAW_DTYPE_BF16)
    thaw_kernels ()->to_bf16 (n, from, to);
  else
    thaw_kernels ()->from_bf16 (n, from, to);
}

static void
backward (const ThawOpCall *call)
{
  float *target = thaw_op_elementwise_target (call, 0);

  if (!target)
    return;
  memcpy (target, call->dy, thaw_op_count (call->node, call->n) * sizeof (float));
  thaw_op_elementwise_done (call, 0);
}

const ThawOpClass thaw_op_convert_class = {
  .name = "convert",
  .infer = thaw_op_infer_same,
  .needs = thaw_op_needs_nothing,
  .sees = sees,
  .forward = forward,
  .backward = backward,
  .shares = TRUE,
  .reference = THAW_OP_REFERENCE (convert),
};
