/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-epilogue.h"
#include "kernels/thaw-gemm-tile.h"
#include "kernels/thaw-kernel-isa.h"

gsize
THAW_ISA_NAME (thaw_gemm_packed_size) (gint64 k, gint64 n)
{
  return (gsize) k * ((n + VF_LANES - 1) / VF_LANES) * VF_LANES;
}

static gint64
axis_offset (const ThawGemmAxis *axis, gint64 i)
{
  return i / axis->inner * axis->outer_stride + i % axis->inner * axis->inner_stride;
}

/* One panel: [k, width], columns behind the last are 0. */
static void
pack_panel (
    const float *b, const ThawGemmAxis *k, const gint64 *columns, int n, int width, float *packed)
{
  for (gint64 outer = 0; outer < k->size; outer += k->inner)
    for (gint64 inner = 0; inner < k->inner; inner++, packed += width)
      {
        const float *row = b + outer / k->inner * k->outer_stride + inner * k->inner_stride;

        for (int j = 0; j < n; j++)
          packed[j] = row[columns[j]];
        for (int j = n; j < width; j++)
          packed[j] = 0;
      }
}

void
THAW_ISA_NAME (thaw_gemm_pack) (const float *b,
                                const ThawGemmAxis *k,
                                const ThawGemmAxis *n,
                                float *packed)
{
  gint64 columns[TILE_COLUMNS];

  for (gint64 first = 0; first < n->size; first += TILE_COLUMNS)
    {
      int count = (int) MIN (n->size - first, TILE_COLUMNS);
      int width = (count + VF_LANES - 1) / VF_LANES * VF_LANES;

      for (int j = 0; j < count; j++)
        columns[j] = axis_offset (n, first + j);
      pack_panel (b, k, columns, count, width, packed);
      packed += k->size * width;
    }
}

typedef ThawGemm Gemm;
#define GEMM_FUNCTION thaw_gemm
#define GEMM_C_SIZE(g) sizeof (float)
#define GEMM_RESIDUAL_SIZE(g) sizeof (float)

VF_INLINE void
store_sum (const Gemm *g, const Epilogue *epilogue, vf sum, int v, const void *residual, void *c, gint64 lanes)
{
  epilogue_store (epilogue, sum, v, residual, c, lanes);
}

#include "kernels/thaw-gemm.inc"
