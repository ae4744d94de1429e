/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>

#include "kernels/thaw-epilogue.h"
#include "kernels/thaw-simd-bf16.h"

#define GEMM_C_SIZE(g) ((g)->bf16_c ? sizeof (ThawBf16) : sizeof (float))
#define GEMM_RESIDUAL_SIZE(g) ((g)->bf16_residual ? sizeof (ThawBf16) : sizeof (float))

VF_INLINE vf
load_residual (const ThawGemmBf16 *g, const void *p, int lanes)
{
  if (!p)
    return (vf){ 0 };
  return g->bf16_residual ? vf_load_bf16_part (p, lanes) : vf_load_part (p, lanes);
}

/* As epilogue_store(): @residual (nullable) and @c are of either kind. */
VF_INLINE void
store_sum (const ThawGemmBf16 *g, const Epilogue *epilogue, vf sum, int v, const void *residual, void *c, gint64 there)
{
  const int lanes = (int) CLAMP (there, 0, VF_LANES);
  vf y = epilogue_apply (epilogue, sum, v, load_residual (g, residual, lanes));

  if (g->bf16_c)
    vf_store_bf16_part (c, y, lanes);
  else
    vf_store_part (c, y, lanes);
}
