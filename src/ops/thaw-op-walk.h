/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op.h>

#define THAW_OP_WALK_OPERANDS 3

/**
 * ThawOpWalk:
 *
 * Walks over a shape in memory order while operands of other shapes are broadcast to it as in
 * numpy: axes aligned at the end, an axis of length 1 repeated. Axes that lie one behind the other
 * in all operands are taken as one. Each stop is a run of @length elements, operand k at @offset[k]
 * and from there in steps of @step[k], which is 0 or 1:
 *
 *     thaw_op_walk_start (&walk, &shape, n_operands, operands);
 *     while (thaw_op_walk_next (&walk)) ...
 */
typedef struct
{
  gint64   length;
  gint64   offset[THAW_OP_WALK_OPERANDS];
  gint64   step[THAW_OP_WALK_OPERANDS];

  /* the loops around the runs */
  guint    n_operands;
  int      rank;
  gint64   dim[THAW_MAX_RANK];
  gint64   stride[THAW_OP_WALK_OPERANDS][THAW_MAX_RANK];
  gint64   position[THAW_MAX_RANK];
  gboolean started;
  gboolean empty;
} ThawOpWalk;

void thaw_op_walk_start (ThawOpWalk *self,
                         const ThawShape *shape,
                         guint n_operands,
                         const ThawShape *operands);
/* FALSE at the end */
gboolean thaw_op_walk_next       (ThawOpWalk *self);

/* Where element @i of a value of @shape is found in a value of shape @operand that is broadcast to
 * it. */
gint64   thaw_op_broadcast_index (const ThawShape *shape, const ThawShape *operand, gint64 i);
/* The shape rule of operations on two values broadcast to each other. */
gboolean thaw_op_infer_broadcast (ThawNode *node, GError **error);

/* A run of a broadcast: @a goes along, @b does unless @step is 0. */
typedef void (*ThawOpBinaryRun) (gint64 n, const float *a, const float *b, gint64 step, float *y);

/* Forward of a commutative operation on two inputs, with broadcasting */
void     thaw_op_forward_binary  (const ThawOpCall *call, ThawOpBinaryRun run);
