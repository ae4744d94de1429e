/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-util.h"

#include <string.h>

gboolean
thaw_op_fail (const ThawNode *node, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s '%s': %s", thaw_op_name (node->op),
               node->name ? node->name : "", message);
  return FALSE;
}

gboolean
thaw_op_check_inputs (const ThawNode *node, guint required, guint most, GError **error)
{
  if (node->n_inputs < required)
    return thaw_op_fail (node, error, "needs %u inputs, not %u", required, node->n_inputs);
  if (node->n_inputs > most)
    return thaw_op_fail (node, error, "takes %u inputs, not %u", most, node->n_inputs);
  for (guint i = 0; i < required; i++)
    if (!node->inputs[i])
      return thaw_op_fail (node, error, "input %u is missing", i);
  return TRUE;
}

gboolean
thaw_op_check_vector (const ThawNode *node, guint i, gint64 length, const char *what,
                      GError **error)
{
  const ThawNode *input = thaw_op_input (node, i);
  g_autofree char *shape = NULL;

  if (!input)
    return TRUE;
  if (!input->batched && input->shape.rank == 1 && input->shape.dim[0] == length)
    return TRUE;
  shape = thaw_shape_to_string (&input->shape);
  return thaw_op_fail (node, error, "%s '%s' is %s%s where %" G_GINT64_FORMAT " values are wanted",
                       what, input->name ? input->name : "", shape,
                       input->batched ? " for each picture" : "", length);
}

gboolean
thaw_op_check_image (const ThawNode *node, GError **error)
{
  const ThawNode *x = node->inputs[0];
  g_autofree char *shape = NULL;

  if (x->shape.rank == 4)
    return TRUE;
  shape = thaw_shape_to_string (&x->shape);
  return thaw_op_fail (node, error, "takes pictures [N, H, W, C], not %s", shape);
}

gboolean
thaw_op_infer_same (ThawNode *node, GError **error)
{
  if (!thaw_op_check_inputs (node, 1, 1, error))
    return FALSE;
  node->shape = node->inputs[0]->shape;
  node->batched = node->inputs[0]->batched;
  return TRUE;
}

guint
thaw_op_needs_nothing (const ThawNode *node, const gboolean *wanted)
{
  return 0;
}

THAW_OP_VECTOR void
thaw_op_accumulate (gint64 n, const float *x, float *sum)
{
  for (gint64 i = 0; i < n; i++)
    sum[i] += x[i];
}

#define LANES 16

static float
sum_lanes (const float *lanes)
{
  float sum = 0;

  for (int j = 0; j < LANES; j++)
    sum += lanes[j];
  return sum;
}

THAW_OP_VECTOR float
thaw_op_sum (gint64 n, const float *x)
{
  float lanes[LANES] = { 0 };
  gint64 i = 0;

  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++)
      lanes[j] += x[i + j];
  for (int j = 0; i < n; i++, j++)
    lanes[j] += x[i];
  return sum_lanes (lanes);
}

THAW_OP_VECTOR float
thaw_op_dot (gint64 n, const float *a, const float *b)
{
  float lanes[LANES] = { 0 };
  gint64 i = 0;

  for (; i + LANES <= n; i += LANES)
    for (int j = 0; j < LANES; j++)
      lanes[j] += a[i + j] * b[i + j];
  for (int j = 0; i < n; i++, j++)
    lanes[j] += a[i] * b[i];
  return sum_lanes (lanes);
}

float *
thaw_op_elementwise_target (const ThawOpCall *call, guint i)
{
  if (!call->dx[i])
    return NULL;
  return call->node->inputs[i]->batched ? call->dx[i] : call->dy;
}

void
thaw_op_elementwise_done (const ThawOpCall *call, guint i)
{
  if (!call->node->inputs[i]->batched)
    thaw_op_accumulate (thaw_op_count (call->node, call->n), call->dy, call->dx[i]);
}

float *
thaw_op_gradient (const ThawOpCall *call, guint i)
{
  const ThawNode *input = thaw_op_input (call->node, i);

  if (!input || !call->dx[i])
    return NULL;
  if (input->batched && call->n > 0)
    memset (call->dx[i], 0, thaw_op_count (input, call->n) * sizeof (float));
  return call->dx[i];
}
