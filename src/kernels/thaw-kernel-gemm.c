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

/* How far a product has come: @a in its run, of which @left is left. */
typedef struct
{
  const float *a, *run, *panel;
  gint64       left;
} Walk;

/* The next @length products of every sum. */
VF_INLINE void
multiply_chain (vf sums[TILE_ROWS][TILE_VECTORS], const ThawGemm *g, gint64 run_length, Walk *at,
                gint64 length, const int rows, const int vectors)
{
  VF_UNROLL (16)
  for (int i = 0; i < rows; i++)
    sums[i][0] = sums[i][1] = (vf){ 0 };
  while (length > 0)
    {
      gint64 n = MIN (length, at->left);

      tile_multiply (sums, n, at->a, g->lda, 1, at->panel, vectors * VF_LANES, rows, vectors);
      at->a += n;
      at->panel += n * vectors * VF_LANES;
      length -= n;
      at->left -= n;
      if (at->left == 0)
        {
          at->a = at->run += g->run_stride;
          at->left = run_length;
        }
    }
}

VF_INLINE void
multiply_chains (vf sums[TILE_ROWS][TILE_VECTORS], const ThawGemm *g, const float *a,
                 const float *panel, const int rows, const int vectors)
{
  gint64 run = g->k / MAX (g->runs, 1), length = MIN (g->k, CHAIN);
  Walk at = { a, a, panel, run };

  multiply_chain (sums, g, run, &at, length, rows, vectors);
  for (gint64 k = g->k - length; k > 0; k -= length)
    {
      vf chain[TILE_ROWS][TILE_VECTORS];

      length = MIN (k, CHAIN);
      multiply_chain (chain, g, run, &at, length, rows, vectors);
      VF_UNROLL (16)
      for (int i = 0; i < rows; i++)
        VF_UNROLL (2)
        for (int v = 0; v < vectors; v++)
          sums[i][v] += chain[i][v];
    }
}

/* @a: the tile's first row, row @row of c. @columns of the panel are there. */
VF_INLINE void
tile (const ThawGemm *g, const Epilogue *epilogue, const float *a, const float *panel, gint64 row,
      gint64 column, int columns, const int rows, const int vectors)
{
  vf sums[TILE_ROWS][TILE_VECTORS];
  float *c = g->c + row * g->ldc + column;
  const float *residual = g->residual ? g->residual + row * g->ldr + column : NULL;

  multiply_chains (sums, g, a, panel, rows, vectors);
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
                          const float *a,
                          const float *panel,
                          gint64 row,
                          gint64 column,
                          int columns);

#define DEFINE_TILE(rows, vectors)                                                                 \
  static void tile_##rows##x##vectors (const ThawGemm *g, const Epilogue *epilogue,                \
                                       const float *a, const float *panel, gint64 row,             \
                                       gint64 column, int columns)                                 \
  {                                                                                                \
    tile (g, epilogue, a, panel, row, column, columns, rows, vectors);                             \
  }
TILE_EACH_HEIGHT (DEFINE_TILE, 1)
TILE_EACH_HEIGHT (DEFINE_TILE, 2)

#define TILE_ENTRY(rows, vectors) tile_##rows##x##vectors,
static const TileFunc tiles_of[TILE_VECTORS][TILE_ROWS] = {
  { TILE_EACH_HEIGHT (TILE_ENTRY, 1) },
  { TILE_EACH_HEIGHT (TILE_ENTRY, 2) },
};

/* How the rows are cut into tiles, each within a line. */
typedef struct
{
  gint64 line, tiles; /* rows and tiles of a line */
} Cut;

/* Tiles @from .. @to - 1, one panel of b after the other. */
static void
multiply_block (const ThawGemm *g, const Cut *cut, gint64 from, gint64 to)
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
          gint64 line = i / cut->tiles, first = tile_start (cut->line, cut->tiles, i % cut->tiles);
          gint64 rows = tile_start (cut->line, cut->tiles, i % cut->tiles + 1) - first;

          tiles_of[vectors - 1][rows - 1](g, &epilogue,
                                          g->a + line * g->line_stride + first * g->lda, panel,
                                          line * cut->line + first, column, columns);
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
  Cut cut = { .line = g->line ? g->line : g->m };
  gint64 tiles, block;

  if (g->m == 0)
    return;
  cut.tiles = (cut.line + TILE_ROWS - 1) / TILE_ROWS;
  tiles = g->m / cut.line * cut.tiles;
  block = block_tiles (g, tiles);
  for (gint64 i = 0; i < tiles; i += block)
    multiply_block (g, &cut, i, MIN (i + block, tiles));
}
