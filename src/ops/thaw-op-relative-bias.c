/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* Keeps a square of places inside gint64. */
#define LARGEST 1024

/* The table's row for what place @i of a window adds to its attention to place @j */
static gint64
find_row (const ThawRelativeParams *p, gint64 i, gint64 j)
{
  gint64 down = i / p->window[1] - j / p->window[1] + p->window[0] - 1;
  gint64 right = i % p->window[1] - j % p->window[1] + p->window[1] - 1;

  return down * (2 * p->window[1] - 1) + right;
}

#define THAW_OP_TWIN "ops/thaw-op-relative-bias-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
relative_bias_infer (ThawNode *node, GError **error)
{
  const gint64 *window = node->params.relative.window;
  const ThawShape *table;
  g_autofree char *shape = NULL;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  table = &node->inputs[0]->shape;
  shape = thaw_shape_to_string (table);
  if (window[0] < 1 || window[1] < 1 || window[0] > LARGEST || window[1] > LARGEST)
    return thaw_op_fail (node, error, "cannot have a window of that size");
  if (node->batched || table->rank != 2
      || table->dim[0] != (2 * window[0] - 1) * (2 * window[1] - 1))
    return thaw_op_fail (node, error,
                         "a table of %s does not go with windows of %" G_GINT64_FORMAT
                         " x %" G_GINT64_FORMAT,
                         shape, window[0], window[1]);
  node->shape = THAW_SHAPE (table->dim[1], window[0] * window[1], window[0] * window[1]);
  return TRUE;
}

/* Once after an update, a fraction of what follows: the twin in float is the engine's. */
const ThawOpClass thaw_op_relative_bias_class = {
  .name = "relative-bias",
  .infer = relative_bias_infer,
  .needs = thaw_op_needs_nothing,
  .forward = relative_bias_forward_f32,
  .backward = relative_bias_backward_f32,
  .reference = THAW_OP_REFERENCE (relative_bias),
};
