/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-amx.h"
#include "kernels/thaw-epilogue-bf16.h"
#include "kernels/thaw-kernel-isa.h"

/* Two tiles of rows by two of columns: four hold sums, two a, two b. */
#define BF16_PANEL 32
#define BF16_LANES 16
#define BF16_DEPTH 16
#include "kernels/thaw-gemm-bf16-pack.h"

#define BLOCK_ROWS (2 * AMX_ROWS)
/* Pairs of a that stay in the second cache while the panels of b go by. */
#define BLOCK_PAIRS (48 * 1024)

G_STATIC_ASSERT (TILE_COLUMNS == BF16_PANEL && VF_LANES == BF16_LANES);

typedef ThawGemmBf16 Gemm;
typedef guint32 Pair __attribute__ ((aligned (2), may_alias));

static const Pair *
row_at (const Gemm *g, gint64 row)
{
  return (const Pair *) g->a + (g->line ? row / g->line * g->line_stride + row % g->line * g->lda : row * g->lda);
}

/* Where pair @k of a row is, from its first */
static gint64
pair_at (const Gemm *g, gint64 k)
{
  gint64 run = g->k / MAX (g->runs, 1);

  return k / run * g->run_stride + k % run;
}

/* @rows rows from @row on, 16 pairs of them from @k on, as a tile wants them: where they lie, or copied and filled up with zeros. */
static const void *
rows_of_a (const Gemm *g, gint64 row, gint64 rows, gint64 k, Pair copy[AMX_ROWS][BF16_DEPTH], gsize *stride)
{
  const gint64 run = g->k / MAX (g->runs, 1), line = g->line ? g->line : g->m;

  *stride = g->lda * sizeof (Pair);
  if (rows >= AMX_ROWS && k % run + BF16_DEPTH <= run && row % line + AMX_ROWS <= line)
    return row_at (g, row) + pair_at (g, k);
  *stride = AMX_BYTES;
  memset (copy, 0, AMX_ROWS * AMX_BYTES);
  for (gint64 i = 0; i < MIN (rows, AMX_ROWS); i++)
    for (gint64 j = 0; j < MIN (BF16_DEPTH, g->k - k); j++)
      copy[i][j] = row_at (g, row + i)[pair_at (g, k + j)];
  return copy;
}

/* Sums of @rows rows from @row on and one panel of @vectors tiles of columns */
static void
multiply (const Gemm *g, gint64 row, gint64 rows, const Pair *panel, int vectors, float sums[BLOCK_ROWS][BF16_PANEL])
{
  const gsize width = vectors * AMX_BYTES, sums_width = BF16_PANEL * sizeof (float);
  Pair copy[AMX_ROWS][BF16_DEPTH];
  const void *a;
  gsize stride;

  amx_zero (0);
  amx_zero (1);
  amx_zero (2);
  amx_zero (3);
  for (gint64 k = 0; k < g->k; k += BF16_DEPTH, panel += BF16_DEPTH * vectors * BF16_LANES)
    {
      amx_load (6, panel, width);
      amx_load (7, vectors > 1 ? panel + BF16_LANES : panel, width);
      a = rows_of_a (g, row, rows, k, copy, &stride);
      amx_load (4, a, stride);
      amx_add_product (0, 4, 6);
      amx_add_product (1, 4, 7);
      if (rows <= AMX_ROWS)
        continue;
      a = rows_of_a (g, row + AMX_ROWS, rows - AMX_ROWS, k, copy, &stride);
      amx_load (5, a, stride);
      amx_add_product (2, 5, 6);
      amx_add_product (3, 5, 7);
    }
  amx_store (0, &sums[0][0], sums_width);
  amx_store (1, &sums[0][BF16_LANES], sums_width);
  amx_store (2, &sums[AMX_ROWS][0], sums_width);
  amx_store (3, &sums[AMX_ROWS][BF16_LANES], sums_width);
}

static void
store_row (const Gemm *g, const Epilogue *epilogue, const float *sums, gint64 row, gint64 column, int columns)
{
  guint8 *c = (guint8 *) g->c + (row * g->ldc + column) * GEMM_C_SIZE (g);
  const guint8 *residual = g->residual;

  if (residual)
    residual += (row * g->ldr + column) * GEMM_RESIDUAL_SIZE (g);
  for (int v = 0; v * BF16_LANES < columns; v++)
    store_sum (g, epilogue, vf_load (sums + v * BF16_LANES), v, residual ? residual + v * BF16_LANES * GEMM_RESIDUAL_SIZE (g) : NULL,
               c + v * BF16_LANES * GEMM_C_SIZE (g), columns - v * BF16_LANES);
}

/* Rows @from .. @to - 1, one panel of b after the other. */
static void
multiply_rows (const Gemm *g, gint64 from, gint64 to)
{
  const Pair *panel = g->b;

  for (gint64 column = 0; column < g->n; column += BF16_PANEL)
    {
      const int columns = (int) MIN (g->n - column, BF16_PANEL), vectors = (int) (bf16_columns (columns) / BF16_LANES);
      Epilogue epilogue;

      epilogue_init (&epilogue, g->activation, g->bias ? g->bias + column : NULL, columns);
      for (gint64 row = from; row < to; row += BLOCK_ROWS)
        {
          float sums[BLOCK_ROWS][BF16_PANEL];

          multiply (g, row, MIN (to - row, BLOCK_ROWS), panel, vectors, sums);
          for (gint64 i = 0; i < MIN (to - row, BLOCK_ROWS); i++)
            store_row (g, &epilogue, sums[i], row + i, column, columns);
        }
      panel += bf16_pairs (g->k) * vectors * BF16_LANES;
    }
}

void
THAW_ISA_NAME (thaw_gemm_bf16) (const ThawGemmBf16 *g)
{
  gint64 block = MAX (BLOCK_PAIRS / (MAX (g->k, 1) * BLOCK_ROWS), 1) * BLOCK_ROWS;

  amx_set_up ();
  for (gint64 row = 0; row < g->m; row += block)
    multiply_rows (g, row, MIN (row + block, g->m));
  amx_release ();
}
