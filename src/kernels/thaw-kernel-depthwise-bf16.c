/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-depthwise.h"
#include "kernels/thaw-simd-bf16.h"
#include "kernels/thaw-vector-math.h"

typedef ThawBf16 Value;
#define DEPTHWISE_FUNCTION thaw_depthwise_bf16
#define DEPTHWISE_LINE depthwise_line
static void depthwise_line (const ThawDepthwise *self, gint64 picture, gint64 line);

VF_INLINE vf
load_value (const Value *p, int lanes, const gboolean part)
{
  return part ? vf_load_bf16_part (p, lanes) : vf_load_bf16 (p);
}

VF_INLINE void
store_value (Value *p, vf v, int lanes, const gboolean part)
{
  if (part)
    vf_store_bf16_part (p, v, lanes);
  else
    vf_store_bf16 (p, v);
}

#include "kernels/thaw-depthwise.inc"
