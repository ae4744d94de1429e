/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>

/* How gemm_bf16() has b: panels of BF16_PANEL columns (the last as wide as whole BF16_LANES), each [pairs, columns] of pairs, where the
 * pairs are rounded up to whole BF16_DEPTH's. What is not there is 0. */
static inline gint64
bf16_pairs (gint64 pairs)
{
  return (pairs + BF16_DEPTH - 1) / BF16_DEPTH * BF16_DEPTH;
}

static inline gint64
bf16_columns (gint64 n)
{
  return (n + BF16_LANES - 1) / BF16_LANES * BF16_LANES;
}

static inline gint64
bf16_offset (const ThawGemmAxis *axis, gint64 i)
{
  return i / axis->inner * axis->outer_stride + i % axis->inner * axis->inner_stride;
}

/* @row: the first column's element with index 2 * i along k; its neighbour is @step further. @columns: offsets of the @n that are there */
static inline void
bf16_pack_pairs (const float *row, gint64 step, const gint64 *columns, int n, int width, ThawBf16 *packed)
{
  for (int j = 0; j < n; j++)
    {
      packed[2 * j] = thaw_bf16_from_float (row[columns[j]]);
      packed[2 * j + 1] = thaw_bf16_from_float (row[columns[j] + step]);
    }
  memset (packed + 2 * n, 0, (width - n) * 2 * sizeof (ThawBf16));
}

gsize
THAW_ISA_NAME (thaw_gemm_bf16_packed_size) (gint64 k, gint64 n)
{
  return (gsize) bf16_pairs (k / 2) * bf16_columns (n) * 2 * sizeof (ThawBf16);
}

void
THAW_ISA_NAME (thaw_gemm_bf16_pack) (const float *b, const ThawGemmAxis *k, const ThawGemmAxis *n, void *data)
{
  ThawBf16 *packed = data;
  gint64 columns[BF16_PANEL];

  for (gint64 first = 0; first < n->size; first += BF16_PANEL)
    {
      int count = (int) MIN (n->size - first, BF16_PANEL), width = (int) bf16_columns (count);
      ThawBf16 *panel = packed;

      for (int j = 0; j < count; j++)
        columns[j] = bf16_offset (n, first + j);
      for (gint64 i = 0; i < k->size; i += 2, panel += 2 * width)
        bf16_pack_pairs (b + bf16_offset (k, i), k->inner_stride, columns, count, width, panel);
      packed += bf16_pairs (k->size / 2) * width * 2;
      memset (panel, 0, (packed - panel) * sizeof (ThawBf16));
    }
}
