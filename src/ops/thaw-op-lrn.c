/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AlexNet's and GoogLeNet's local response normalisation: y = x / (bias + alpha / size s)^beta, s the squares of @size neighbours along
 * the last axis, of an even number one more of those that follow. */
#include "ops/thaw-op-util.h"

/* More than any network has neighbours */
#define LARGEST (1 << 20)

static gint64
lower (const ThawNode *node, gint64 i)
{
  return MAX (i - (node->params.lrn.size - 1) / 2, 0);
}

/* The one behind the last of the window */
static gint64
upper (const ThawNode *node, gint64 i)
{
  return MIN (i + node->params.lrn.size / 2 + 1, thaw_op_width (node));
}

#define THAW_OP_TWIN "ops/thaw-op-lrn-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
lrn_infer (ThawNode *node, GError **error)
{
  const gint64 size = node->params.lrn.size;

  if (!thaw_op_infer_same (node, error))
    return FALSE;
  if (node->shape.rank <= (node->batched ? 1 : 0))
    return thaw_op_fail (node, error, "takes a value with an axis to go along");
  return (size >= 1 && size <= LARGEST) || thaw_op_fail (node, error, "cannot have windows of %" G_GINT64_FORMAT " channels", size);
}

static guint
lrn_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[0] ? THAW_NEEDS_X (0) : 0;
}

/* Two rows: what each number is divided by before the power, and what it hands back to its neighbours */
static gsize
lrn_workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  return 2 * (gsize) thaw_op_width (node) * sizeof (float);
}

static void
find_scales (const ThawNode *node, const float *x, float *scales)
{
  const ThawLrnParams *p = &node->params.lrn;
  const float share = (float) (p->alpha / (double) p->size);

  for (gint64 i = 0; i < thaw_op_width (node); i++)
    scales[i] = (float) p->bias + share * thaw_op_dot (upper (node, i) - lower (node, i), x + lower (node, i), x + lower (node, i));
}

/* To the power of -beta, which nearly always is -3/4 */
static float
shrunk (float scale, float beta)
{
  return beta == .75f ? 1 / sqrtf (scale * sqrtf (scale)) : powf (scale, -beta);
}

static void
lrn_forward (const ThawOpCall *call)
{
  const gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node);
  const float beta = (float) call->node->params.lrn.beta, *x = call->x[0];
  float *scales = call->workspace, *y = call->y;

  for (gint64 row = 0; row < rows; row++, x += width, y += width)
    {
      find_scales (call->node, x, scales);
      for (gint64 i = 0; i < width; i++)
        y[i] = x[i] * shrunk (scales[i], beta);
    }
}

static void
lrn_backward (const ThawOpCall *call)
{
  const ThawLrnParams *p = &call->node->params.lrn;
  const gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node), lead = p->size / 2;
  const float beta = (float) p->beta, share = (float) (2 * p->alpha * p->beta / (double) p->size), *x = call->x[0], *dy = call->dy;
  float *scales = call->workspace, *handed = scales + width, *dx = thaw_op_gradient (call, 0);

  for (gint64 row = 0; dx && row < rows; row++, x += width, dy += width, dx += width)
    {
      find_scales (call->node, x, scales);
      for (gint64 i = 0; i < width; i++)
        {
          const float power = shrunk (scales[i], beta);

          handed[i] = dy[i] * x[i] * power / scales[i];
          dx[i] += dy[i] * power;
        }
      /* those whose windows have number i */
      for (gint64 i = 0; i < width; i++)
        {
          const gint64 from = MAX (i - lead, 0), to = MIN (i + (p->size - 1) / 2 + 1, width);

          dx[i] -= share * x[i] * thaw_op_sum (to - from, handed + from);
        }
    }
}

const ThawOpClass thaw_op_lrn_class = {
  .name = "lrn",
  .infer = lrn_infer,
  .needs = lrn_needs,
  .workspace_size = lrn_workspace_size,
  .forward = lrn_forward,
  .backward = lrn_backward,
  .reference = THAW_OP_REFERENCE (lrn),
};
