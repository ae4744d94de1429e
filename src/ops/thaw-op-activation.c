/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-math.h"

#define THAW_OP_TWIN "ops/thaw-op-activation-ref.inc"
#include "ops/thaw-op-ref.h"

/* y[i] = f (x[i]) */
typedef void (*Map) (gint64 n, const float *x, float *y);
/* dx[i] = dy[i] f'(v[i]), v being y for the activations whose derivative follows from it and x for the others */
typedef void (*Slope) (gint64 n, const float *v, const float *dy, float *dx);

#define ACTIVATION(name, value, slope)                                                             \
  THAW_OP_VECTOR static void name##_map (gint64 n, const float *x, float *y)                       \
  {                                                                                                \
    for (gint64 i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        float v = x[i];                                                                            \
        y[i] = (value);                                                                            \
      }                                                                                            \
  }                                                                                                \
                                                                                                   \
  THAW_OP_VECTOR static void name##_slope (gint64 n, const float *x, const float *dy, float *dx)   \
  {                                                                                                \
    for (gint64 i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        float v = x[i];                                                                            \
        dx[i] = dy[i] * (slope);                                                                   \
      }                                                                                            \
  }

static inline float
silu_derivative (float x)
{
  float s = thaw_op_sigmoid (x);

  return s + x * s * (1 - s);
}

static inline float
gelu_derivative (float x)
{
  return .5f * (1 + thaw_op_erf (x * (float) THAW_SQRT1_2)) + x * thaw_op_exp (-.5f * x * x) * .39894228f;
}

ACTIVATION (relu, v < 0 ? 0 : v, v > 0 ? 1.f : 0.f)
ACTIVATION (relu6, v < 0 ? 0 : v > 6 ? 6 : v, (v > 0) & (v < 6) ? 1.f : 0.f)
ACTIVATION (sigmoid, thaw_op_sigmoid (v), v * (1 - v))
ACTIVATION (tanh, thaw_op_tanh (v), 1 - v * v)
ACTIVATION (hardsigmoid, v <= -3 ? 0 : v >= 3 ? 1 : v / 6 + .5f, (v > 0) & (v < 1) ? 1.f / 6 : 0.f)
ACTIVATION (silu, v * thaw_op_sigmoid (v), silu_derivative (v))
ACTIVATION (hardswish, v <= -3 ? 0 : v >= 3 ? v : v * (v + 3) / 6, v <= -3 ? 0 : v >= 3 ? 1 : v / 3 + .5f)
ACTIVATION (gelu, .5f * v * (1 + thaw_op_erf (v * (float) THAW_SQRT1_2)), gelu_derivative (v))

static const struct
{
  Map   map;
  Slope slope;
} kernels[THAW_N_ACTIVATIONS] = {
  [THAW_ACTIVATION_RELU] = { relu_map, relu_slope },
  [THAW_ACTIVATION_RELU6] = { relu6_map, relu6_slope },
  [THAW_ACTIVATION_SIGMOID] = { sigmoid_map, sigmoid_slope },
  [THAW_ACTIVATION_TANH] = { tanh_map, tanh_slope },
  [THAW_ACTIVATION_HARDSIGMOID] = { hardsigmoid_map, hardsigmoid_slope },
  [THAW_ACTIVATION_SILU] = { silu_map, silu_slope },
  [THAW_ACTIVATION_HARDSWISH] = { hardswish_map, hardswish_slope },
  [THAW_ACTIVATION_GELU] = { gelu_map, gelu_slope },
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
  kernels[thaw_op_activation (call->node->op)].map (thaw_op_count (call->node, call->n), call->x[0], call->y);
}

static void
activation_backward (const ThawOpCall *call)
{
  float *target = thaw_op_elementwise_target (call, 0);

  if (!target)
    return;
  kernels[thaw_op_activation (call->node->op)].slope (thaw_op_count (call->node, call->n),
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
