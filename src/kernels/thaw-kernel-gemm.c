/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-epilogue.h"
#include "kernels/thaw-gemm-tile.h"
#include "kernels/thaw-kernel-isa.h"

/* Floats of a that stay in the second cache while the panels of b go by. */
#define BLOCK_FLOATS (48 * 1024)

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

/* Products that are summed one after the other. Longer sums are made of several such chains: the error
 * of one grows with its length, and a convolution sums thousands of products. */
#define CHAIN 128

VF_INLINE void
multiply_chains (vf sums[TILE_ROWS][TILE_VECTORS], gint64 k, const float *a, gint64 lda,
                 const float *panel, const int rows, const int vectors)
{
  gint64 length = MIN (k, CHAIN);

  VF_UNROLL (16)
  for (int i = 0; i < rows; i++)
    sums[i][0] = sums[i][1] = (vf){ 0 };
  tile_multiply (sums, length, a, lda, 1, panel, vectors * VF_LANES, rows, vectors);
  for (k -= length; k > 0; k -= length)
    {
      vf chain[TILE_ROWS][TILE_VECTORS];

      a += length;
      panel += length * vectors * VF_LANES;
      length = MIN (k, CHAIN);
      VF_UNROLL (16)
      for (int i = 0; i < rows; i++)
        chain[i][0] = chain[i][1] = (vf){ 0 };
      tile_multiply (chain, length, a, lda, 1, panel, vectors * VF_LANES, rows, vectors);
      VF_UNROLL (16)
      for (int i = 0; i < rows; i++)
        VF_UNROLL (2)
        for (int v = 0; v < vectors; v++)
          sums[i][v] += chain[i][v];
    }
}

/* @columns of the panel are there. */
VF_INLINE void
tile (const ThawGemm *g, const Epilogue *epilogue, const float *panel, gint64 row, gint64 column,
      int columns, const int rows, const int vectors)
{
  vf sums[TILE_ROWS][TILE_VECTORS];
  float *c = g->c + row * g->ldc + column;
  const float *residual = g->residual ? g->residual + row * g->ldr + column : NULL;

  multiply_chains (sums, g->k, g->a + row * g->lda, g->lda, panel, rows, vectors);
  VF_UNROLL (16)
  for (int i = 0; i < rows; i++)
    VF_UNROLL (2)
    for (int v = 0; v < vectors; v++)
      {
        const float *r = residual ? residual + i * g->ldr + v * VF_LANES : NULL;

        epilogue_store (epilogue, sums[i][v], v, r, c + i * g->ldc + v * VF_LANES,
                        columns - v * VF_LANES);
      }
}

typedef void (*TileFunc) (const ThawGemm *g,
                          const Epilogue *epilogue,
                          const float *panel,
                          gint64 row,
                          gint64 column,
                          int columns);

#define DEFINE_TILE(rows, vectors)                                                                 \
  static void tile_##rows##x##vectors (const ThawGemm *g, const Epilogue *epilogue,                \
                                       const float *panel, gint64 row, gint64 column, int columns) \
  {                                                                                                \
    tile (g, epilogue, panel, row, column, columns, rows, vectors);                                \
  }
TILE_EACH_HEIGHT (DEFINE_TILE, 1)
TILE_EACH_HEIGHT (DEFINE_TILE, 2)

#define TILE_ENTRY(rows, vectors) tile_##rows##x##vectors,
static const TileFunc tiles_of[TILE_VECTORS][TILE_ROWS] = {
  { TILE_EACH_HEIGHT (TILE_ENTRY, 1) },
  { TILE_EACH_HEIGHT (TILE_ENTRY, 2) },
};

/* Tiles @from .. @to - 1 of @tiles, one panel of b after the other. */
static void
multiply_block (const ThawGemm *g, gint64 tiles, gint64 from, gint64 to)
{
  const float *panel = g->b;

  for (gint64 column = 0; column < g->n; column += TILE_COLUMNS)
    {
      int columns = (int) MIN (g->n - column, TILE_COLUMNS);
      int vectors = (columns + VF_LANES - 1) / VF_LANES;
      Epilogue epilogue;

      epilogue_init (&epilogue, g->activation, g->bias ? g->bias + column : NULL, columns);
      for (gint64 i = from; i < to; i++)
        {
          gint64 row = tile_start (g->m, tiles, i);

          tiles_of[vectors - 1][tile_start (g->m, tiles, i + 1) - row - 1](g, &epilogue, panel, row,
                                                                           column, columns);
        }
      panel += g->k * vectors * VF_LANES;
    }
}

/* Tiles of rows that go over all of b together. Either the block of a is small and b is read once a
 * block, or all rows are one block and a is read once a panel: whichever reads less. */
static gint64
block_tiles (const ThawGemm *g, gint64 tiles)
{
  gint64 block = MAX (BLOCK_FLOATS / (MAX (g->k, 1) * TILE_ROWS), 1);
  gint64 blocks = (tiles + block - 1) / block, panels = (g->n + TILE_COLUMNS - 1) / TILE_COLUMNS;

  return blocks * g->n + g->m > panels * g->m + g->n ? tiles : block;
}

void
THAW_ISA_NAME (thaw_gemm) (const ThawGemm *g)
{
  gint64 tiles = (g->m + TILE_ROWS - 1) / TILE_ROWS;
  gint64 block = MAX (block_tiles (g, tiles), 1);

  for (gint64 i = 0; i < tiles; i += block)
    multiply_block (g, tiles, i, MIN (i + block, tiles));
}
