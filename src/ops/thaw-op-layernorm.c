/* SPDX-License-Identifier: GPL-3.0-or-later */
#define THAW_OP_TWIN "ops/thaw-op-layernorm-ref.inc"
#include "ops/thaw-op-ref.h"

/* saved (NULL where no backward follows): mean and 1 / deviation of each row, in the engine's or
 * the twin's number type. */

enum { X, WEIGHT, BIAS };

static gboolean
layernorm_infer (ThawNode *node, GError **error)
{
  if (!thaw_op_check_inputs (node, 1, 3, error))
    return FALSE;
  node->shape = node->inputs[X]->shape;
  node->batched = node->inputs[X]->batched;
  if (node->shape.rank < 1 + node->batched || thaw_op_width (node) < 1)
    return thaw_op_fail (node, error, "takes rows [N, ..., C]");
  return thaw_op_check_vector (node, WEIGHT, thaw_op_width (node), "weight", error)
         && thaw_op_check_vector (node, BIAS, thaw_op_width (node), "bias", error);
}

static guint
layernorm_needs (const ThawNode *node, const gboolean *wanted)
{
  return wanted[X] || (node->n_inputs > WEIGHT && wanted[WEIGHT]) ? THAW_NEEDS_X (X) : 0;
}

static gsize
layernorm_reference_saved (const ThawNode *node, gint64 n, gsize element)
{
  return 2 * thaw_op_rows (node, n) * element;
}

static gsize
layernorm_saved_size (const ThawNode *node, gint64 n)
{
  return layernorm_reference_saved (node, n, sizeof (float));
}

/* [C]: a row less its mean, or its gradient times the weight */
static gsize
layernorm_workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  return thaw_op_width (node) * sizeof (float);
}

THAW_OP_VECTOR static void
subtract (gint64 n, const float *x, float mean, float *out)
{
  for (gint64 i = 0; i < n; i++)
    out[i] = x[i] - mean;
}

THAW_OP_VECTOR static void
scale_and_shift (gint64 n, const float *x, float inverse, const float *weight, const float *bias,
                 float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = x[i] * inverse;
  for (gint64 i = 0; weight && i < n; i++)
    y[i] *= weight[i];
  for (gint64 i = 0; bias && i < n; i++)
    y[i] += bias[i];
}

static void
layernorm_forward (const ThawOpCall *call)
{
  gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node);
  const float *x = call->x[X];
  const float *weight = thaw_op_input (call->node, WEIGHT) ? call->x[WEIGHT] : NULL;
  const float *bias = thaw_op_input (call->node, BIAS) ? call->x[BIAS] : NULL;
  float *y = call->y, *saved = call->saved, *centred = call->workspace;

  for (gint64 r = 0; r < rows; r++, x += width, y += width)
    {
      float mean = thaw_op_sum (width, x) / (float) width, inverse;

      subtract (width, x, mean, centred);
      inverse = 1
                / sqrtf (thaw_op_dot (width, centred, centred) / (float) width
                         + call->node->params.norm.eps);
      scale_and_shift (width, centred, inverse, weight, bias, y);
      if (saved)
        {
          saved[2 * r] = mean;
          saved[2 * r + 1] = inverse;
        }
    }
}

/* @xhat: the normalised row */
THAW_OP_VECTOR static void
normalise (gint64 n, const float *x, float mean, float inverse, float *xhat)
{
  for (gint64 i = 0; i < n; i++)
    xhat[i] = (x[i] - mean) * inverse;
}

THAW_OP_VECTOR static void
add_products (gint64 n, const float *a, const float *b, float *sum)
{
  for (gint64 i = 0; i < n; i++)
    sum[i] += a[i] * b[i];
}

THAW_OP_VECTOR static void
multiply (gint64 n, const float *a, float *b)
{
  for (gint64 i = 0; i < n; i++)
    b[i] *= a[i];
}

/* dx (or dx +=) = inverse (g - mean_g - xhat mean_gx) */
THAW_OP_VECTOR static void
differentiate (gint64 n,
               const float *g,
               const float *xhat,
               float inverse,
               float mean_g,
               float mean_gx,
               gboolean add,
               float *dx)
{
  for (gint64 i = 0; i < n; i++)
    {
      float d = inverse * (g[i] - mean_g - xhat[i] * mean_gx);

      dx[i] = add ? dx[i] + d : d;
    }
}

static void
differentiate_row (const ThawOpCall *call, float *g, const float *xhat, float inverse, float *dx)
{
  gint64 width = thaw_op_width (call->node);

  if (thaw_op_input (call->node, WEIGHT))
    multiply (width, call->x[WEIGHT], g);
  differentiate (width, g, xhat, inverse, thaw_op_sum (width, g) / (float) width,
                 thaw_op_dot (width, g, xhat) / (float) width, !call->node->batched, dx);
}

static void
layernorm_backward (const ThawOpCall *call)
{
  gint64 rows = thaw_op_rows (call->node, call->n), width = thaw_op_width (call->node);
  const float *x = call->x[X], *saved = call->saved;
  float *dy = call->dy, *xhat = call->workspace, *dx = call->dx[X];
  float *dweight = thaw_op_gradient (call, WEIGHT), *dbias = thaw_op_gradient (call, BIAS);

  for (gint64 r = 0; r < rows; r++, dy += width)
    {
      if (dx || dweight)
        normalise (width, x + r * width, saved[2 * r], saved[2 * r + 1], xhat);
      if (dweight)
        add_products (width, dy, xhat, dweight);
      if (dbias)
        thaw_op_accumulate (width, dy, dbias);
      if (dx)
        differentiate_row (call, dy, xhat, saved[2 * r + 1], dx + r * width);
    }
}

const ThawOpClass thaw_op_layernorm_class = {
  .name = "layernorm",
  .infer = layernorm_infer,
  .needs = layernorm_needs,
  .workspace_size = layernorm_workspace_size,
  .saved_size = layernorm_saved_size,
  .forward = layernorm_forward,
  .backward = layernorm_backward,
  .reference_saved = layernorm_reference_saved,
  .reference = THAW_OP_REFERENCE (layernorm),
};
