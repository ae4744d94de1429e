/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* y's axes as loops over x, the last one apart. */
typedef struct
{
  int    rank;
  gint64 dim[THAW_MAX_RANK];
  gint64 stride[THAW_MAX_RANK]; /* in x */
} Order;

static void
find_order (const ThawOpCall *call, Order *self)
{
  ThawShape y = thaw_op_shape (call->node, call->n);
  const ThawShape *x = &call->node->inputs[0]->shape;
  gint64 strides[THAW_MAX_RANK], step = 1;

  for (int axis = x->rank - 1; axis >= 0; axis--)
    {
      strides[axis] = step;
      step *= x->dim[axis];
    }
  self->rank = y.rank;
  for (int axis = 0; axis < y.rank; axis++)
    {
      self->dim[axis] = y.dim[axis];
      self->stride[axis] = strides[call->node->params.transpose.perm[axis]];
    }
}

/* The offset in x of row @row of y. */
static gint64
row_offset (const Order *self, gint64 row)
{
  gint64 offset = 0;

  for (int axis = self->rank - 2; axis >= 0; axis--)
    {
      offset += row % self->dim[axis] * self->stride[axis];
      row /= self->dim[axis];
    }
  return offset;
}

#define THAW_OP_TWIN "ops/thaw-op-transpose-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
is_permutation (const ThawTransposeParams *p, int rank)
{
  guint seen = 0;

  for (int axis = 0; axis < rank && p->rank == rank; axis++)
    if (p->perm[axis] >= 0 && p->perm[axis] < rank)
      seen |= 1u << p->perm[axis];
  return p->rank == rank && seen == (1u << rank) - 1;
}

static gboolean
transpose_infer (ThawNode *node, GError **error)
{
  const ThawTransposeParams *p = &node->params.transpose;
  const ThawNode *x;
  g_autofree char *shape = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  x = node->inputs[0];
  if (is_permutation (p, x->shape.rank) && (!x->batched || p->perm[0] == 0))
    {
      for (int axis = 0; axis < p->rank; axis++)
        node->shape.dim[axis] = x->shape.dim[p->perm[axis]];
      return TRUE;
    }
  shape = thaw_shape_to_string (&x->shape);
  return thaw_op_fail (node, error, "the order of axes does not fit %s%s", shape,
                       x->batched ? ", whose first axis stays first" : "");
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_transpose_class = {
  .name = "transpose",
  .infer = transpose_infer,
  .needs = thaw_op_needs_nothing,
  .forward = transpose_forward_f32,
  .backward = transpose_backward_f32,
  .reference = THAW_OP_REFERENCE (transpose),
};
