/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-vector-math.h"

VF_INLINE void
activate_all (ThawActivation activation, gint64 n, const float *x, float *y)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (y + i, vf_activate (activation, vf_load (x + i)));
  if (i < n)
    vf_store_part (y + i, vf_activate (activation, vf_load_part (x + i, n - i)), n - i);
}

VF_INLINE void
backward_all (ThawActivation activation, gint64 n, const float *y, float *dy)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (dy + i, vf_activate_backward (activation, vf_load (y + i), vf_load (dy + i)));
  if (i < n)
    vf_store_part (dy + i,
                   vf_activate_backward (activation, vf_load_part (y + i, n - i),
                                         vf_load_part (dy + i, n - i)),
                   n - i);
}

/* One loop a function: the choice is made outside it. */
#define EACH_ACTIVATION(loop, ...)                                                                 \
  switch (activation)                                                                              \
    {                                                                                              \
    case THAW_ACTIVATION_RELU: loop (THAW_ACTIVATION_RELU, __VA_ARGS__); break;                    \
    case THAW_ACTIVATION_RELU6: loop (THAW_ACTIVATION_RELU6, __VA_ARGS__); break;                  \
    case THAW_ACTIVATION_SIGMOID: loop (THAW_ACTIVATION_SIGMOID, __VA_ARGS__); break;              \
    case THAW_ACTIVATION_TANH: loop (THAW_ACTIVATION_TANH, __VA_ARGS__); break;                    \
    case THAW_ACTIVATION_HARDSIGMOID: loop (THAW_ACTIVATION_HARDSIGMOID, __VA_ARGS__); break;      \
    case THAW_ACTIVATION_SILU: loop (THAW_ACTIVATION_SILU, __VA_ARGS__); break;                    \
    case THAW_ACTIVATION_HARDSWISH: loop (THAW_ACTIVATION_HARDSWISH, __VA_ARGS__); break;          \
    case THAW_ACTIVATION_GELU: loop (THAW_ACTIVATION_GELU, __VA_ARGS__); break;                    \
    default: loop (THAW_ACTIVATION_NONE, __VA_ARGS__);                                             \
    }

void
THAW_ISA_NAME (thaw_activate) (ThawActivation activation, gint64 n, const float *x, float *y)
{
  EACH_ACTIVATION (activate_all, n, x, y);
}

void
THAW_ISA_NAME (thaw_activate_backward) (ThawActivation activation,
                                        gint64 n,
                                        const float *y,
                                        float *dy)
{
  if (activation != THAW_ACTIVATION_NONE)
    EACH_ACTIVATION (backward_all, n, y, dy);
}
