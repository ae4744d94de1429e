/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-convolution.h"
#include "ops/thaw-op-private.h"
#include "ops/thaw-op-window.h"

#define THAW_OP_TWIN "ops/thaw-op-depthwise-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
infer (ThawNode *node, GError **error)
{
  ThawWindowParams *p = &node->params.window;
  const ThawShape *x, *weight;
  gint64 out[2];

  if (!thaw_op_check_inputs (node, 2, 3, error))
    return FALSE;
  x = &node->inputs[0]->shape;
  weight = &node->inputs[1]->shape;
  for (int axis = 0; axis < 2 && weight->rank == 4; axis++)
    if (p->kernel[axis] == 0)
      p->kernel[axis] = (int) MIN (weight->dim[2 + axis], G_MAXINT);
  if (!thaw_op_window_infer (node, out, error)
      || !thaw_op_check_activation (node, p->activation, error))
    return FALSE;
  if (node->inputs[1]->batched
      || !thaw_shape_equal (weight, &THAW_SHAPE (x->dim[3], 1, p->kernel[0], p->kernel[1])))
    {
      g_autofree char *a = thaw_shape_to_string (weight), *b = thaw_shape_to_string (x);

      return thaw_op_fail (node, error,
                           "a kernel of %s does not go with pictures of %s and windows of %d x %d",
                           a, b, p->kernel[0], p->kernel[1]);
    }
  p->groups = (int) x->dim[3];
  node->shape = THAW_SHAPE (1, out[0], out[1], x->dim[3]);
  node->batched = TRUE;
  return thaw_op_check_vector (node, 2, x->dim[3], "bias", error);
}

static gint64
n_taps (const ThawNode *node)
{
  return (gint64) node->params.window.kernel[0] * node->params.window.kernel[1];
}

static double
multiply_adds (const ThawNode *node)
{
  return (double) thaw_op_count (node, 1) * n_taps (node);
}

static guint
needs (const ThawNode *node, const gboolean *wanted)
{
  return thaw_convolution_needs (node->params.window.activation, wanted);
}

static gboolean
sees (const ThawNode *node, guint i, ThawSight *sight)
{
  *sight = thaw_op_window_sight (node);
  return TRUE;
}

static gint64
kernel_floats (const ThawNode *node)
{
  return n_taps (node) * thaw_op_width (node);
}

/* The kernel as [taps, channels], so the vectors want it; behind it for backward the same with the
 * taps reversed. */
static gsize
prepared_size (const ThawNode *node, gboolean training)
{
  return (training ? 2 : 1) * kernel_floats (node) * sizeof (float);
}

static void
prepare (const ThawNode *node, const void *const *x, void *prepared, gboolean training)
{
  gint64 taps = n_taps (node), channels = thaw_op_width (node);
  const float *weight = x[1];
  float *p = prepared, *reversed = p + kernel_floats (node);

  for (gint64 c = 0; c < channels; c++)
    for (gint64 tap = 0; tap < taps; tap++)
      {
        p[tap * channels + c] = weight[c * taps + tap];
        if (training)
          reversed[(taps - 1 - tap) * channels + c] = weight[c * taps + tap];
      }
}

/* The weight's gradient in the kernel's order. */
static gsize
workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  return training ? kernel_floats (node) * sizeof (float) : 0;
}

static const char *
kernel (const ThawNode *node)
{
  return node->dtype == THAW_DTYPE_BF16 ? "depthwise, bfloat16" : "depthwise";
}

static gboolean
takes_bf16 (const ThawNode *node)
{
  return TRUE;
}

static void
forward (const ThawOpCall *call)
{
  gint64 lines = call->n * call->node->shape.dim[1];
  ThawDepthwise depthwise = { .windows = thaw_op_windows (call->node, call->n),
                              .first = thaw_op_share (call, lines, 1, 0),
                              .end = thaw_op_share (call, lines, 1, 1),
                              .x = call->x[0],
                              .weight = call->prepared,
                              .bias = thaw_op_operand (call, 2),
                              .y = call->y,
                              .activation = call->node->params.window.activation };

  if (depthwise.end <= depthwise.first)
    return;
  if (call->node->dtype == THAW_DTYPE_BF16)
    thaw_kernels ()->depthwise_bf16 (&depthwise);
  else
    thaw_kernels ()->depthwise_forward (&depthwise);
}

static void
backward (const ThawOpCall *call)
{
  gint64 taps = n_taps (call->node), channels = thaw_op_width (call->node);
  float *sums = call->workspace, *dweight = thaw_op_operand_gradient (call, 1);
  ThawDepthwiseBackward depthwise = {
    .windows = thaw_op_windows (call->node, call->n), .x = call->x[0], .weight = call->prepared,
    .reversed = (const float *) call->prepared + kernel_floats (call->node), .y = call->y,
    .dz = call->dy, .dx = thaw_op_operand_gradient (call, 0), .dweight = dweight ? sums : NULL,
    .dbias = thaw_op_operand_gradient (call, 2), .activation = call->node->params.window.activation
  };

  if (dweight)
    memset (sums, 0, taps * channels * sizeof (float));
  thaw_kernels ()->depthwise_backward (&depthwise);
  for (gint64 c = 0; c < channels && dweight; c++)
    for (gint64 tap = 0; tap < taps; tap++)
      dweight[c * taps + tap] += sums[tap * channels + c];
}

const ThawOpClass thaw_op_depthwise_class = {
  .name = "depthwise",
  .infer = infer,
  .multiply_adds = multiply_adds,
  .needs = needs,
  .kernel = kernel,
  .sees = sees,
  .takes_bf16 = takes_bf16,
  .keeps_dtype = TRUE,
  .prepared_size = prepared_size,
  .prepare = prepare,
  .workspace_size = workspace_size,
  .forward = forward,
  .backward = backward,
  .shares = TRUE,
  .reference = THAW_OP_REFERENCE (depthwise),
};
