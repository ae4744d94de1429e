/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "ops/thaw-op-util.h"
#include "ops/thaw-op-window.h"

/* saved (NULL where no backward follows): gint32 [N, H', W', C], the pixel (y * W + x) that each
 * output was taken from, -1 where a dilated window sees padding alone. As in PyTorch padding is
 * never taken, the first of equal values is, and NaN wins. */

static gsize
max_pool_saved_size (const ThawNode *node, gint64 n)
{
  return thaw_op_count (node, n) * sizeof (gint32);
}

static gsize
max_pool_reference_saved (const ThawNode *node, gint64 n, gsize element)
{
  return max_pool_saved_size (node, n);
}

#define THAW_OP_TWIN "ops/thaw-op-max-pool-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
max_pool_infer (ThawNode *node, GError **error)
{
  const gint64 *in;
  gint64 out[2];

  if (!thaw_op_check_inputs (node, 1, 1, error) || !thaw_op_window_infer (node, out, error))
    return FALSE;
  in = node->inputs[0]->shape.dim;
  if (in[1] * in[2] > G_MAXINT32)
    return thaw_op_fail (node, error,
                         "pictures of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT " are too large",
                         in[1], in[2]);
  for (int axis = 0; axis < 2; axis++)
    if (node->params.window.pad[axis] >= thaw_op_window_extent (&node->params.window, axis)
        || node->params.window.pad[axis + 2] >= thaw_op_window_extent (&node->params.window, axis))
      return thaw_op_fail (node, error, "padding must be smaller than the window");
  node->shape = THAW_SHAPE (1, out[0], out[1], in[3]);
  node->batched = TRUE;
  return TRUE;
}

THAW_OP_VECTOR static void
take_greater (gint64 n, const float *x, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = (x[i] > y[i]) | (x[i] != x[i]) ? x[i] : y[i];
}

THAW_OP_VECTOR static void
take_greater_from (gint64 n, const float *x, gint32 pixel, float *y, gint32 *from)
{
  for (gint64 i = 0; i < n; i++)
    {
      gboolean greater = (x[i] > y[i]) | (x[i] != x[i]);

      y[i] = greater ? x[i] : y[i];
      from[i] = greater ? pixel : from[i];
    }
}

/* All channels of one output; @first: nothing was taken yet. */
static void
take_pixel (gint64 channels, const float *x, gint32 pixel, gboolean first, float *y, gint32 *from)
{
  if (first)
    {
      memcpy (y, x, channels * sizeof (float));
      for (gint64 c = 0; from && c < channels; c++)
        from[c] = pixel;
    }
  else if (from)
    take_greater_from (channels, x, pixel, y, from);
  else
    take_greater (channels, x, y);
}

static void
take_nothing (gint64 channels, float *y, gint32 *from)
{
  for (gint64 c = 0; c < channels; c++)
    {
      y[c] = -INFINITY;
      if (from)
        from[c] = -1;
    }
}

static void
pool_window (const ThawNode *node, const float *picture, gint64 top, gint64 left, float *y,
             gint32 *from)
{
  const ThawWindowParams *p = &node->params.window;
  const gint64 *in = node->inputs[0]->shape.dim;
  gboolean first = TRUE;

  for (int ky = 0; ky < p->kernel[0]; ky++)
    for (int kx = 0; kx < p->kernel[1]; kx++)
      {
        gint64 iy = top + (gint64) ky * p->dilation[0], ix = left + (gint64) kx * p->dilation[1];
        gint64 pixel = iy * in[2] + ix;

        if (iy < 0 || iy >= in[1] || ix < 0 || ix >= in[2])
          continue;
        take_pixel (in[3], picture + pixel * in[3], (gint32) pixel, first, y, from);
        first = FALSE;
      }
  if (first)
    take_nothing (in[3], y, from);
}

static void
max_pool_forward (const ThawOpCall *call)
{
  const ThawWindowParams *p = &call->node->params.window;
  const gint64 *in = call->node->inputs[0]->shape.dim, *out = call->node->shape.dim;
  const float *picture = call->x[0];
  float *y = call->y;
  gint32 *from = call->saved;

  for (gint64 i = 0; i < call->n; i++, picture += in[1] * in[2] * in[3])
    for (gint64 o = 0; o < out[1] * out[2]; o++, y += out[3])
      {
        pool_window (call->node, picture, o / out[2] * p->stride[0] - p->pad[THAW_TOP],
                     o % out[2] * p->stride[1] - p->pad[THAW_LEFT], y, from);
        from = from ? from + out[3] : NULL;
      }
}

static void
max_pool_backward (const ThawOpCall *call)
{
  const gint64 *in = call->node->inputs[0]->shape.dim, *out = call->node->shape.dim;
  const float *dy = call->dy;
  const gint32 *from = call->saved;
  float *picture = thaw_op_gradient (call, 0);

  if (!picture)
    return;
  for (gint64 i = 0; i < call->n; i++, picture += in[1] * in[2] * in[3])
    for (gint64 o = 0; o < out[1] * out[2]; o++, dy += out[3], from += out[3])
      for (gint64 c = 0; c < out[3]; c++)
        if (from[c] >= 0)
          picture[from[c] * out[3] + c] += dy[c];
}

const ThawOpClass thaw_op_max_pool_class = {
  .name = "max-pool",
  .infer = max_pool_infer,
  .needs = thaw_op_needs_nothing,
  .saved_size = max_pool_saved_size,
  .forward = max_pool_forward,
  .backward = max_pool_backward,
  .reference_saved = max_pool_reference_saved,
  .reference = THAW_OP_REFERENCE (max_pool),
};
