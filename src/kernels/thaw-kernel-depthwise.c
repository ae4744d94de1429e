/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-depthwise.h"
#include "kernels/thaw-vector-math.h"

typedef float Value;
#define DEPTHWISE_FUNCTION thaw_depthwise_forward
#define DEPTHWISE_LINE THAW_ISA_NAME (thaw_depthwise_line)

VF_INLINE vf
load_value (const Value *p, int lanes, const gboolean part)
{
  return load_lanes (p, lanes, part);
}

VF_INLINE void
store_value (Value *p, vf v, int lanes, const gboolean part)
{
  if (part)
    vf_store_part (p, v, lanes);
  else
    vf_store (p, v);
}

#include "kernels/thaw-depthwise.inc"
