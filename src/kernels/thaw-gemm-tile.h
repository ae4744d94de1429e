/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernels/thaw-simd.h"

/* A tile of the product lives in registers: TILE_ROWS rows of TILE_VECTORS vectors leave room for
 * one row of b and one element of a. */
#if defined __AVX512F__
#define TILE_ROWS 14
#else
#define TILE_ROWS 6
#endif
#define TILE_VECTORS 2
#define TILE_COLUMNS (TILE_VECTORS * VF_LANES)
#define TILE_BASES ((TILE_ROWS + 2) / 3)

/* What stands for a number of a in all lanes, and how it is multiplied. */
#ifndef TILE_SPLAT
#define TILE_SPLAT(p) vf_splat (*(p))
#define TILE_ADD_PRODUCT(sum, x, b) ((sum) += (x) * (b))
#endif

/**
 * tile_multiply:
 *
 * sums[i][v] += a[i, :] b[:, v], over @k in rising order. Element (i, l) of a is @a[i * a_row + l *
 * a_step]; row l of b is at @b + l * b_step. @rows and @vectors are literals.
 *
 * Three rows share a base address, so that all of them fit into the address registers.
 */
VF_INLINE void
tile_multiply (vf sums[TILE_ROWS][TILE_VECTORS],
               gint64 k,
               const float *a,
               gint64 a_row,
               gint64 a_step,
               const float *b,
               gint64 b_step,
               const int rows,
               const int vectors)
{
  const float *base[TILE_BASES];

  VF_UNROLL (16)
  for (int i = 0; i < TILE_BASES; i++)
    base[i] = a + (3 * i < rows ? 3 * i : 0) * a_row;
  for (; k > 0; k--)
    {
      vf b0 = vf_load (b), b1 = vectors > 1 ? vf_load (b + VF_LANES) : b0;

      VF_UNROLL (16)
      for (int i = 0; i < rows; i++)
        {
          vf x = TILE_SPLAT (base[i / 3] + i % 3 * a_row);

          TILE_ADD_PRODUCT (sums[i][0], x, b0);
          if (vectors > 1)
            TILE_ADD_PRODUCT (sums[i][1], x, b1);
        }
      VF_UNROLL (16)
      for (int i = 0; i < TILE_BASES; i++)
        base[i] += a_step;
      b += b_step;
    }
}

/* Calls @function (.., rows, vectors) with literals for every height of a tile. */
#if TILE_ROWS == 14
#define TILE_EACH_HEIGHT(X, ...)                                                                   \
  X (1, __VA_ARGS__) X (2, __VA_ARGS__) X (3, __VA_ARGS__) X (4, __VA_ARGS__) X (5, __VA_ARGS__)   \
  X (6, __VA_ARGS__) X (7, __VA_ARGS__) X (8, __VA_ARGS__) X (9, __VA_ARGS__) X (10, __VA_ARGS__)  \
  X (11, __VA_ARGS__) X (12, __VA_ARGS__) X (13, __VA_ARGS__) X (14, __VA_ARGS__)
#else
#define TILE_EACH_HEIGHT(X, ...)                                                                   \
  X (1, __VA_ARGS__) X (2, __VA_ARGS__) X (3, __VA_ARGS__) X (4, __VA_ARGS__) X (5, __VA_ARGS__)   \
  X (6, __VA_ARGS__)
#endif

/* Where tile @i of @tiles begins when @n rows are shared out evenly: no tile is more than one row
 * shorter than another. */
static inline gint64
tile_start (gint64 n, gint64 tiles, gint64 i)
{
  return n / tiles * i + MIN (i, n % tiles);
}
