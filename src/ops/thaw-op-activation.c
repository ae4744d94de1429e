/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-kernels.h>

#include "ops/thaw-op-math.h"

#define THAW_OP_TWIN "ops/thaw-op-activation-ref.inc"
#include "ops/thaw-op-ref.h"

/* dx[i] = dy[i] f'(v[i]), v being y for the activations whose derivative follows from it and x for
 * the others. Forward is the kernels', so that an activation gives the same bits fused and alone.
 */
typedef void (*Slope) (gint64 n, const float *v, const float *dy, float *dx);

#define SLOPE(name, derivative)                                                                    \
  THAW_OP_VECTOR static void name (gint64 n, const float *value, const float *dy, float *dx)       \
  {                                                                                                \
    for (gint64 i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        float v = value[i];                                                                        \
        dx[i] = dy[i] * (derivative);                                                              \
      }                                                                                            \
  }

static inline float
silu_derivative (float x)
{
  float s = 1 / (1 + thaw_op_exp (-x));

  return s + x * s * (1 - s);
}

static inline float
gelu_derivative (float x)
{
  return .5f * (1 + thaw_op_erf (x * (float) THAW_SQRT1_2))
         + x * thaw_op_exp (-.5f * x * x) * .39894228f;
}

SLOPE (relu, v > 0 ? 1.f : 0.f)
SLOPE (relu6, (v > 0) & (v < 6) ? 1.f : 0.f)
SLOPE (sigmoid, v * (1 - v))
SLOPE (tangent, 1 - v * v)
SLOPE (hardsigmoid, (v > 0) & (v < 1) ? 1.f / 6 : 0.f)
SLOPE (silu, silu_derivative (v))
SLOPE (hardswish, v <= -3 ? 0 : v >= 3 ? 1 : v / 3 + .5f)
SLOPE (gelu, gelu_derivative (v))

static const Slope slopes[THAW_N_ACTIVATIONS] = {
  [THAW_ACTIVATION_RELU] = relu,
  [THAW_ACTIVATION_RELU6] = relu6,
  [THAW_ACTIVATION_SIGMOID] = sigmoid,
  [THAW_ACTIVATION_TANH] = tangent,
  [THAW_ACTIVATION_HARDSIGMOID] = hardsigmoid,
  [THAW_ACTIVATION_SILU] = silu,
  [THAW_ACTIVATION_HARDSWISH] = hardswish,
  [THAW_ACTIVATION_GELU] = gelu,
};

static gboolean
follows_from_y (const ThawNode *node)
{
  return thaw_op_activation (node->op) <= THAW_ACTIVATION_HARDSIGMOID;
}

static guint
activation_needs (const ThawNode *node, const gboolean *wanted)
{
  if (!wanted[0])
    return 0;
  return follows_from_y (node) ? THAW_NEEDS_Y : THAW_NEEDS_X (0);
}

static void
activation_forward (const ThawOpCall *call)
{
  thaw_kernels ()->activate (thaw_op_activation (call->node->op),
                             thaw_op_count (call->node, call->n), call->x[0], call->y);
}

static void
activation_backward (const ThawOpCall *call)
{
  float *target = thaw_op_elementwise_target (call, 0);

  if (!target)
    return;
  slopes[thaw_op_activation (call->node->op)](thaw_op_count (call->node, call->n),
                                              follows_from_y (call->node) ? call->y : call->x[0],
                                              call->dy, target);
  thaw_op_elementwise_done (call, 0);
}

const ThawOpClass thaw_op_activation_class = {
  .name = "activation",
  .infer = thaw_op_infer_same,
  .needs = activation_needs,
  .forward = activation_forward,
  .backward = activation_backward,
  .reference = THAW_OP_REFERENCE (activation),
};
