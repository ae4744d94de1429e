/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* Where y lies in x */
typedef struct
{
  gint64 outer, x_length, length, start;
} Piece;

static Piece
find_piece (const ThawOpCall *call)
{
  const ThawNode *x = call->node->inputs[0];
  const ThawSliceParams *p = &call->node->params.slice;
  ThawShape shape = thaw_op_shape (x, call->n);
  Piece piece = { .outer = 1, .x_length = 1 };

  for (int axis = 0; axis < shape.rank; axis++)
    if (axis < p->axis)
      piece.outer *= shape.dim[axis];
    else
      piece.x_length *= shape.dim[axis];
  if (shape.dim[p->axis] > 0)
    {
      gint64 inner = piece.x_length / shape.dim[p->axis];

      piece.length = inner * p->length;
      piece.start = inner * p->start;
    }
  return piece;
}

#define THAW_OP_TWIN "ops/thaw-op-slice-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
slice_infer (ThawNode *node, GError **error)
{
  const ThawSliceParams *p = &node->params.slice;
  g_autofree char *shape = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  if (p->axis >= (node->batched ? 1 : 0) && p->axis < node->shape.rank && p->start >= 0
      && p->length >= 1 && p->start <= node->shape.dim[p->axis]
      && p->length <= node->shape.dim[p->axis] - p->start)
    {
      node->shape.dim[p->axis] = p->length;
      return TRUE;
    }
  shape = thaw_shape_to_string (&node->shape);
  return thaw_op_fail (
      node, error, "cannot take %" G_GINT64_FORMAT " from %" G_GINT64_FORMAT " along axis %d of %s",
      p->length, p->start, p->axis, shape);
}

/* Nothing but copying: the twin in float is the engine's. */
const ThawOpClass thaw_op_slice_class = {
  .name = "slice",
  .infer = slice_infer,
  .needs = thaw_op_needs_nothing,
  .forward = slice_forward_f32,
  .backward = slice_backward_f32,
  .reference = THAW_OP_REFERENCE (slice),
};
