/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

/* Keeps the sizes inside gint64, and a mask inside memory. */
#define LARGEST 64
#define LARGEST_SIDE 8192
#define MOST_MASKED (1 << 28)

/* Of three bands of the shifted image along one axis: what the shift moved from the other end
 * stands apart, and the windows that it is in are told from the others. */
static int
band (gint64 at, gint64 size, gint64 window, gint64 shift)
{
  return shift == 0 ? 0 : at < size - window ? 0 : at < size - shift ? 1 : 2;
}

static int
region (const ThawConstantParams *p, gint64 window, gint64 place)
{
  gint64 across = p->size[1] / p->window[1];
  gint64 y = window / across * p->window[0] + place / p->window[1];
  gint64 x = window % across * p->window[1] + place % p->window[1];

  return 3 * band (y, p->size[0], p->window[0], p->shift[0])
         + band (x, p->size[1], p->window[1], p->shift[1]);
}

#define THAW_OP_TWIN "ops/thaw-op-constant-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
mask_fits (const ThawConstantParams *p)
{
  for (int i = 0; i < 2; i++)
    if (p->size[i] < 1 || p->size[i] > LARGEST_SIDE || p->size[i] % p->window[i] || p->shift[i] < 0
        || p->shift[i] >= p->window[i])
      return FALSE;
  return p->size[0] * p->size[1] * p->window[0] * p->window[1] <= MOST_MASKED;
}

static gboolean
constant_infer (ThawNode *node, GError **error)
{
  const ThawConstantParams *p = &node->params.constant;
  gint64 places = p->window[0] * p->window[1];
  int least = p->kind == THAW_CONSTANT_RELATIVE_COORDS ? 2 : 1;

  if (!thaw_op_check_inputs (node, 0, 0, error))
    return FALSE;
  node->batched = FALSE;
  node->shape = THAW_SHAPE (1);
  if (p->kind == THAW_CONSTANT_NUMBER)
    return TRUE;
  for (int i = 0; i < 2; i++)
    if (p->window[i] < least || p->window[i] > LARGEST)
      return thaw_op_fail (node, error, "cannot have a window of that size");
  if (p->kind == THAW_CONSTANT_RELATIVE_COORDS)
    node->shape = THAW_SHAPE ((2 * p->window[0] - 1) * (2 * p->window[1] - 1), 2);
  else if (p->kind == THAW_CONSTANT_WINDOW_MASK && mask_fits (p))
    node->shape = THAW_SHAPE (p->size[0] * p->size[1] / places, places, places);
  else
    return thaw_op_fail (node, error,
                         "windows of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                         " do not go with an image of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT,
                         p->window[0], p->window[1], p->size[0], p->size[1]);
  return TRUE;
}

/* Once: the twin in float is the engine's. */
const ThawOpClass thaw_op_constant_class = {
  .name = "constant",
  .infer = constant_infer,
  .needs = thaw_op_needs_nothing,
  .forward = constant_forward_f32,
  .backward = constant_backward_f32,
  .reference = THAW_OP_REFERENCE (constant),
};
