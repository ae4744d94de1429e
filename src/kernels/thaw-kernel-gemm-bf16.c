/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-simd-bf16.h"

#define TILE_SPLAT(p) vf_splat_pair (p)
#define TILE_ADD_PRODUCT(sum, x, b) ((sum) = vf_add_pair_product (sum, x, b))
#include "kernels/thaw-epilogue-bf16.h"
#include "kernels/thaw-gemm-tile.h"

#define BF16_PANEL TILE_COLUMNS
#define BF16_LANES VF_LANES
#define BF16_DEPTH 1
#include "kernels/thaw-gemm-bf16-pack.h"

typedef ThawGemmBf16 Gemm;
#define GEMM_FUNCTION thaw_gemm_bf16
#include "kernels/thaw-gemm.inc"
