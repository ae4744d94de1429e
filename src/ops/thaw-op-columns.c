/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-columns.h"

void
thaw_op_columns_split (const ThawOpCall *call, ThawOpColumns *out)
{
  ThawShape shape = thaw_op_shape (call->node, call->n);
  int axis = call->node->params.axis.axis;

  *out = (ThawOpColumns){ 1, shape.dim[axis], 1 };
  for (int i = 0; i < shape.rank; i++)
    if (i < axis)
      out->outer *= shape.dim[i];
    else if (i > axis)
      out->inner *= shape.dim[i];
}

gboolean
thaw_op_columns_infer (ThawNode *node, GError **error)
{
  int axis = node->params.axis.axis;
  g_autofree char *shape = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  if (axis >= (node->batched ? 1 : 0) && axis < node->shape.rank)
    return TRUE;
  shape = thaw_shape_to_string (&node->shape);
  return thaw_op_fail (node, error, "cannot go along axis %d of %s", axis, shape);
}

guint
thaw_op_columns_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[0] ? THAW_NEEDS_Y : 0;
}
