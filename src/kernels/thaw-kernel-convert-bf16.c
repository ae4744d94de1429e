/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-simd-bf16.h"

void
THAW_ISA_NAME (thaw_to_bf16) (gint64 n, const float *x, ThawBf16 *y)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store_bf16 (y + i, vf_load (x + i));
  if (i < n)
    vf_store_bf16_part (y + i, vf_load_part (x + i, (int) (n - i)), (int) (n - i));
}

void
THAW_ISA_NAME (thaw_from_bf16) (gint64 n, const ThawBf16 *x, float *y)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (y + i, vf_load_bf16 (x + i));
  if (i < n)
    vf_store_part (y + i, vf_load_bf16_part (x + i, (int) (n - i)), (int) (n - i));
}
