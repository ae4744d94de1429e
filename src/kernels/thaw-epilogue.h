/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

#include "kernels/thaw-gemm-tile.h"
#include "kernels/thaw-vector-math.h"

/* What happens to the sums of a panel of columns on their way out. */
typedef struct
{
  vf             bias[TILE_VECTORS];
  float          low, high;
  ThawActivation slow; /* NONE: the clamp is all */
} Epilogue;

/* activations that are more than a clamp */
static __attribute__ ((noinline, unused)) vf
activate_slowly (ThawActivation activation, vf x)
{
  return vf_activate (activation, x);
}

/* @bias: (nullable): of the panel's first column. @columns: that are there */
VF_INLINE void
epilogue_init (Epilogue *self, ThawActivation activation, const float *bias, int columns)
{
  gboolean relu = activation == THAW_ACTIVATION_RELU || activation == THAW_ACTIVATION_RELU6;

  for (int v = 0; v < TILE_VECTORS; v++)
    self->bias[v]
        = bias ? vf_load_part (bias + v * VF_LANES, CLAMP (columns - v * VF_LANES, 0, VF_LANES))
               : (vf){ 0 };
  self->low = relu ? 0 : -INFINITY;
  self->high = activation == THAW_ACTIVATION_RELU6 ? 6 : INFINITY;
  self->slow = relu ? THAW_ACTIVATION_NONE : activation;
}

VF_INLINE vf
epilogue_apply (const Epilogue *self, vf sum, int v, vf residual)
{
  sum = sum + self->bias[v] + residual;
  sum = vf_clamp (sum, self->low, self->high);
  return self->slow == THAW_ACTIVATION_NONE ? sum : activate_slowly (self->slow, sum);
}

/* A sum's way out to @c; @lanes of it are there, which may be more than a vector or none. */
VF_INLINE void
epilogue_store (
    const Epilogue *self, vf sum, int v, const float *residual, float *c, gint64 lanes)
{
  if (lanes >= VF_LANES)
    vf_store (c, epilogue_apply (self, sum, v, residual ? vf_load (residual) : (vf){ 0 }));
  else
    vf_store_part (
        c,
        epilogue_apply (self, sum, v,
                        residual ? vf_load_part (residual, (int) lanes) : (vf){ 0 }),
        (int) lanes);
}
