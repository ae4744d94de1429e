/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-simd.h"

/* Neighbouring outputs that are worked on together: the widths of usual networks (7, 14, 28 ...)
 * are multiples. */
#define COLUMNS 7
/* The widest window that has code of its own. */
#define MAX_WIDTH 5

VF_INLINE vf
load_lanes (const float *p, int lanes, const gboolean part)
{
  return part ? vf_load_part (p, lanes) : vf_load (p);
}

/* One row of one picture's result, all channels. */
void THAW_ISA_NAME (thaw_depthwise_line) (const ThawDepthwise *self, gint64 picture, gint64 line);
