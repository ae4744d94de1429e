/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>

#include "kernels/thaw-winograd-transform.h"

/* Where a tile lies: its first output. */
typedef struct
{
  gint64 picture, row, column;
} WinogradPlace;

static inline WinogradPlace
winograd_place (const ThawWindows *w, int tile, gint64 i)
{
  gint64 across = (w->out_w + tile - 1) / tile, down = (w->out_h + tile - 1) / tile;

  return (WinogradPlace){ i / (across * down), i / across % down * tile, i % across * tile };
}

static inline int
winograd_points (int tile)
{
  return (tile + 2) * (tile + 2);
}

/* Numbers of @n channels, each in a row of whole vectors. */
static inline gint64
winograd_row (gint64 n)
{
  return (n + VF_LANES - 1) / VF_LANES * VF_LANES;
}

/* From the matrix [tiles, channels] of one point to that of the next: no multiple of a page, so that the points of
 * one tile do not all want the same few lines of the cache. */
static inline gint64
winograd_plane (gint64 block, gint64 n)
{
  return block * winograd_row (n) + 16;
}

/* Tiles @first .. @first + @n - 1 of x, transformed, to planes of [n, winograd_row (c)] that are @plane apart. */
void THAW_ISA_NAME (thaw_winograd_gather) (const ThawWindows *windows,
                                           int tile,
                                           const float *x,
                                           gint64 first,
                                           gint64 n,
                                           float *planes,
                                           gint64 plane);
