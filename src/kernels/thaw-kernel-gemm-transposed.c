/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-gemm-tile.h"
#include "kernels/thaw-kernel-isa.h"

/* Rows that are summed before the result is touched. The panel of b they make is copied, so that
 * its rows lie side by side. */
#define BLOCK_ROWS 256

typedef struct
{
  gint64       rows;
  const float *a; /* the block's first row, at the tile's first column */
  gint64       lda;
  const float *panel;
  float       *g;
  gint64       ldg;
  int          columns;
} Tile;

VF_INLINE void
add_vector (float *g, vf sum, int lanes)
{
  if (lanes >= VF_LANES)
    vf_store (g, vf_load (g) + sum);
  else
    vf_store_part (g, vf_load_part (g, lanes) + sum, lanes);
}

VF_INLINE void
add_tile (const Tile *t, const int rows, const int vectors)
{
  vf sums[TILE_ROWS][TILE_VECTORS];

  VF_UNROLL (16)
  for (int i = 0; i < rows; i++)
    {
      sums[i][0] = sums[i][1] = (vf){ 0 };
      __builtin_prefetch (t->g + i * t->ldg, 1);
      __builtin_prefetch (t->g + i * t->ldg + t->columns - 1, 1);
    }
  tile_multiply (sums, t->rows, t->a, 1, t->lda, t->panel, vectors * VF_LANES, rows, vectors);
  VF_UNROLL (16)
  for (int i = 0; i < rows; i++)
    VF_UNROLL (2)
    for (int v = 0; v < vectors; v++)
      add_vector (t->g + i * t->ldg + v * VF_LANES, sums[i][v], t->columns - v * VF_LANES);
}

typedef void (*TileFunc) (const Tile *t);

#define DEFINE_TILE(rows, vectors)                                                                 \
  static void add_##rows##x##vectors (const Tile *t)                                               \
  {                                                                                                \
    add_tile (t, rows, vectors);                                                                   \
  }
TILE_EACH_HEIGHT (DEFINE_TILE, 1)
TILE_EACH_HEIGHT (DEFINE_TILE, 2)

#define TILE_ENTRY(rows, vectors) add_##rows##x##vectors,
static const TileFunc tiles_of[TILE_VECTORS][TILE_ROWS] = {
  { TILE_EACH_HEIGHT (TILE_ENTRY, 1) },
  { TILE_EACH_HEIGHT (TILE_ENTRY, 2) },
};

static void
copy_panel (const float *b, gint64 ldb, gint64 rows, int columns, int vectors, float *panel)
{
  for (gint64 r = 0; r < rows; r++, b += ldb)
    for (int v = 0; v < vectors; v++, panel += VF_LANES)
      {
        int lanes = columns - v * VF_LANES;

        vf_store (panel, lanes >= VF_LANES ? vf_load (b + v * VF_LANES)
                                           : vf_load_part (b + v * VF_LANES, lanes));
      }
}

static void
add_block (const ThawGemmTransposed *self, gint64 row, gint64 rows, float *panel)
{
  gint64 tiles = (self->o + TILE_ROWS - 1) / TILE_ROWS;

  for (gint64 column = 0; column < self->k; column += TILE_COLUMNS)
    {
      Tile t = { .rows = rows, .lda = self->lda, .panel = panel, .ldg = self->ldg };
      int vectors;

      t.columns = (int) MIN (self->k - column, TILE_COLUMNS);
      vectors = (t.columns + VF_LANES - 1) / VF_LANES;
      copy_panel (self->b + row * self->ldb + column, self->ldb, rows, t.columns, vectors, panel);
      for (gint64 i = 0; i < tiles; i++)
        {
          gint64 o = tile_start (self->o, tiles, i);

          t.a = self->a + row * self->lda + o;
          t.g = self->g + o * self->ldg + column;
          tiles_of[vectors - 1][tile_start (self->o, tiles, i + 1) - o - 1](&t);
        }
    }
}

void
THAW_ISA_NAME (thaw_gemm_transposed) (const ThawGemmTransposed *self)
{
  float panel[BLOCK_ROWS * TILE_COLUMNS] __attribute__ ((aligned (64)));

  for (gint64 row = 0; row < self->m; row += BLOCK_ROWS)
    add_block (self, row, MIN (self->m - row, BLOCK_ROWS), panel);
}

/* Two levels, so that a long column loses no more than a short one. */
void
THAW_ISA_NAME (thaw_column_sums) (gint64 m, gint64 n, const float *a, gint64 lda, float *sums)
{
  for (gint64 row = 0; row < m; row += BLOCK_ROWS)
    {
      gint64 rows = MIN (m - row, BLOCK_ROWS);

      for (gint64 j = 0; j < n; j += VF_LANES)
        {
          int lanes = (int) MIN (n - j, VF_LANES);
          vf sum = { 0 };

          for (gint64 r = 0; r < rows; r++)
            sum += lanes == VF_LANES ? vf_load (a + (row + r) * lda + j)
                                     : vf_load_part (a + (row + r) * lda + j, lanes);
          add_vector (sums + j, sum, lanes);
        }
    }
}
