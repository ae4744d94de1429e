/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-reshape-ref.inc"
#include "ops/thaw-op-ref.h"

/* Puts the length that is left in place of a -1. */
static gboolean
resolve (ThawShape *shape, gint64 count)
{
  gint64 known = 1;
  int open = -1;

  for (int axis = 0; axis < shape->rank; axis++)
    {
      if (shape->dim[axis] == -1 && open < 0)
        open = axis;
      else if (shape->dim[axis] < 0 || __builtin_mul_overflow (known, shape->dim[axis], &known))
        return FALSE;
    }
  if (open < 0)
    return known == count;
  if (known == 0 || count % known != 0)
    return FALSE;
  shape->dim[open] = count / known;
  return TRUE;
}

static gboolean
reshape_infer (ThawNode *node, GError **error)
{
  g_autofree char *from = NULL, *to = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  node->shape = node->params.reshape.shape;
  if (node->shape.rank >= 0 && node->shape.rank <= THAW_MAX_RANK
      && resolve (&node->shape, thaw_shape_count (&node->inputs[0]->shape))
      && (!node->batched || (node->shape.rank > 0 && node->shape.dim[0] == 1)))
    return TRUE;
  from = thaw_shape_to_string (&node->inputs[0]->shape);
  to = thaw_shape_to_string (&node->params.reshape.shape);
  return thaw_op_fail (node, error, "cannot make %s out of %s", to, from);
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_reshape_class = {
  .name = "reshape",
  .infer = reshape_infer,
  .needs = thaw_op_needs_nothing,
  .forward = reshape_forward_f32,
  .backward = reshape_backward_f32,
  .reference = THAW_OP_REFERENCE (reshape),
};
