/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-gemm-tile.h"
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-winograd-tiles.h"

/* The kernels from one input to a panel of outputs, [9, TILE_COLUMNS]; 0 behind the last. */
static void
load_kernels (const ThawWinogradWeights *self, gint64 i, gint64 first, int n, float *kernels)
{
  const float *from = self->weight + first * self->out_stride + i * self->in_stride;

  for (int o = 0; o < n; o++, from += self->out_stride)
    for (int tap = 0; tap < 9; tap++)
      kernels[tap * TILE_COLUMNS + o] = from[self->reversed ? 8 - tap : tap];
}

/* A vector of outputs, to matrices that are @matrix apart. */
VF_INLINE void
pack_vector (const int tile, const float *kernels, float *packed, gint64 matrix)
{
  const int n = tile + 2;
  vf g[9], t[WINOGRAD_MOST * 3], u[WINOGRAD_MOST];

  VF_UNROLL (9)
  for (int tap = 0; tap < 9; tap++)
    g[tap] = vf_load (kernels + tap * TILE_COLUMNS);
  VF_UNROLL (3)
  for (int j = 0; j < 3; j++)
    winograd_weight (tile, 3, g + j, t + j);
  VF_UNROLL (6)
  for (int i = 0; i < n; i++)
    {
      winograd_weight (tile, 1, t + i * 3, u);
      VF_UNROLL (6)
      for (int j = 0; j < n; j++)
        vf_store (packed + (i * n + j) * matrix, u[j]);
    }
}

VF_INLINE void
pack_panels (const int tile, const ThawWinogradWeights *self, float *packed)
{
  gint64 matrix = winograd_row (self->out) * self->in;
  float kernels[9 * TILE_COLUMNS] __attribute__ ((aligned (64))) = { 0 };

  for (gint64 first = 0; first < self->out; first += TILE_COLUMNS)
    {
      int n = (int) MIN (self->out - first, TILE_COLUMNS), width = (int) winograd_row (n);

      if (n < TILE_COLUMNS)
        memset (kernels, 0, sizeof kernels);
      for (gint64 i = 0; i < self->in; i++, packed += width)
        {
          load_kernels (self, i, first, n, kernels);
          for (int v = 0; v < width; v += VF_LANES)
            pack_vector (tile, kernels + v, packed + v, matrix);
        }
    }
}

gsize
THAW_ISA_NAME (thaw_winograd_packed_size) (const ThawWinogradWeights *self)
{
  return (gsize) winograd_points (self->tile) * winograd_row (self->out) * self->in;
}

void
THAW_ISA_NAME (thaw_winograd_pack) (const ThawWinogradWeights *self, float *packed)
{
  if (self->tile == 2)
    pack_panels (2, self, packed);
  else
    pack_panels (4, self, packed);
}
