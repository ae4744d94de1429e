/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-concat-ref.inc"
#include "ops/thaw-op-ref.h"

/* A parameter among values of pictures (a class token before an image's tokens) is repeated for
 * each. */

static gboolean
joins (const ThawNode *node, const ThawShape *shape)
{
  if (shape->rank != node->shape.rank || (node->batched && shape->dim[0] != 1))
    return FALSE;
  for (int axis = 0; axis < shape->rank; axis++)
    if (axis != node->params.axis.axis && shape->dim[axis] != node->shape.dim[axis])
      return FALSE;
  return TRUE;
}

static gboolean
concat_fail (const ThawNode *node, guint i, GError **error)
{
  g_autofree char *first = thaw_shape_to_string (&node->inputs[0]->shape);
  g_autofree char *other = thaw_shape_to_string (&node->inputs[i]->shape);

  return thaw_op_fail (node, error, "cannot join %s ('%s') and %s ('%s') along axis %d", first,
                       node->inputs[0]->name, other, node->inputs[i]->name, node->params.axis.axis);
}

static gboolean
concat_infer (ThawNode *node, GError **error)
{
  int axis = node->params.axis.axis;

  if (!thaw_op_check_inputs (node, MAX (node->n_inputs, 1), node->n_inputs, error))
    return FALSE;
  node->shape = node->inputs[0]->shape;
  node->batched = FALSE;
  for (guint i = 0; i < node->n_inputs; i++)
    node->batched |= node->inputs[i]->batched;
  if (axis < (node->batched ? 1 : 0) || axis >= node->shape.rank)
    return concat_fail (node, 0, error);
  node->shape.dim[axis] = 0;
  for (guint i = 0; i < node->n_inputs; i++)
    {
      const ThawShape *shape = &node->inputs[i]->shape;

      if (!joins (node, shape)
          || __builtin_add_overflow (node->shape.dim[axis], shape->dim[axis],
                                     &node->shape.dim[axis]))
        return concat_fail (node, i, error);
    }
  return TRUE;
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_concat_class = {
  .name = "concat",
  .infer = concat_infer,
  .needs = thaw_op_needs_nothing,
  .forward = concat_forward_f32,
  .backward = concat_backward_f32,
  .reference = THAW_OP_REFERENCE (concat),
};
