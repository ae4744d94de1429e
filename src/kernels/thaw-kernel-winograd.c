/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-epilogue.h"
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-winograd-tiles.h"

/* What the patch of one tile has to do with the picture: bit i of @rows says that its row i is on it. */
typedef struct
{
  const float *corner; /* which may be outside */
  gint64       line, c;
  guint        rows, columns;
} Patch;

static guint
bits_inside (gint64 start, int n, gint64 size)
{
  guint bits = 0;

  for (int i = 0; i < n; i++)
    bits |= (guint) (start + i >= 0 && start + i < size) << i;
  return bits;
}

static Patch
patch_of (const ThawWindows *w, int tile, const float *x, gint64 i)
{
  WinogradPlace place = winograd_place (w, tile, i);
  gint64 top = place.row - w->pad[0], left = place.column - w->pad[1];

  return (Patch){ .corner = x + ((place.picture * w->h + top) * w->w + left) * w->c,
                  .line = w->w * w->c,
                  .c = w->c,
                  .rows = bits_inside (top, tile + 2, w->h),
                  .columns = bits_inside (left, tile + 2, w->w) };
}

/* @lanes channels from @channel. @whole: all of the patch is on the picture, and all lanes are there. */
VF_INLINE void
gather_vector (const int tile, const gboolean whole, const Patch *p, gint64 channel, int lanes,
               float *to, gint64 plane)
{
  const int n = tile + 2;
  vf t[WINOGRAD_MOST * WINOGRAD_MOST], v[WINOGRAD_MOST];

  VF_UNROLL (6)
  for (int j = 0; j < n; j++)
    {
      const float *from = p->corner + j * p->c + channel;
      vf d[WINOGRAD_MOST];

      VF_UNROLL (6)
      for (int i = 0; i < n; i++)
        if (whole)
          d[i] = vf_load (from + i * p->line);
        else if ((p->rows >> i & 1) && (p->columns >> j & 1))
          d[i] = lanes < VF_LANES ? vf_load_part (from + i * p->line, lanes)
                                  : vf_load (from + i * p->line);
        else
          d[i] = (vf){ 0 };
      winograd_input (tile, 1, d, v);
      VF_UNROLL (6)
      for (int i = 0; i < n; i++)
        t[i * n + j] = v[i];
    }
  VF_UNROLL (6)
  for (int i = 0; i < n; i++)
    {
      winograd_input (tile, 1, t + i * n, v);
      VF_UNROLL (6)
      for (int j = 0; j < n; j++)
        vf_store (to + (i * n + j) * plane, v[j]);
    }
}

VF_INLINE void
gather_tiles (const int tile, const ThawWindows *w, const float *x, gint64 first, gint64 n,
              float *to, gint64 plane)
{
  const guint all = (1u << (tile + 2)) - 1;
  gint64 row = winograd_row (w->c);

  for (gint64 i = 0; i < n; i++, to += row)
    {
      Patch patch = patch_of (w, tile, x, first + i);
      gint64 channel = 0;

      if (patch.rows == all && patch.columns == all)
        for (; channel + VF_LANES <= w->c; channel += VF_LANES)
          gather_vector (tile, TRUE, &patch, channel, VF_LANES, to + channel, plane);
      for (; channel < w->c; channel += VF_LANES)
        gather_vector (tile, FALSE, &patch, channel, (int) MIN (w->c - channel, VF_LANES),
                       to + channel, plane);
    }
}

void
THAW_ISA_NAME (thaw_winograd_gather) (const ThawWindows *windows, int tile, const float *x,
                                      gint64 first, gint64 n, float *planes, gint64 plane)
{
  if (tile == 2)
    gather_tiles (2, windows, x, first, n, planes, plane);
  else
    gather_tiles (4, windows, x, first, n, planes, plane);
}

/* The products of one tile and vector of channels to its outputs. */
VF_INLINE void
scatter_vector (const int tile, const Epilogue *epilogue, int v, const float *products,
                gint64 plane, const float *residual, float *y, gint64 line, gint64 out, int rows,
                int columns, gint64 lanes)
{
  const int n = tile + 2;
  vf t[WINOGRAD_MOST * WINOGRAD_MOST];

  VF_UNROLL (6)
  for (int j = 0; j < n; j++)
    {
      vf m[WINOGRAD_MOST], s[WINOGRAD_MOST];

      VF_UNROLL (6)
      for (int i = 0; i < n; i++)
        m[i] = vf_load (products + (i * n + j) * plane);
      winograd_output (tile, 1, m, s);
      VF_UNROLL (4)
      for (int i = 0; i < tile; i++)
        t[i * n + j] = s[i];
    }
  VF_UNROLL (4)
  for (int i = 0; i < tile; i++)
    {
      vf s[WINOGRAD_MOST];

      if (i >= rows)
        break;
      winograd_output (tile, 1, t + i * n, s);
      VF_UNROLL (4)
      for (int j = 0; j < tile; j++)
        if (j < columns)
          epilogue_store (epilogue, s[j], v, residual ? residual + i * line + j * out : NULL,
                          y + i * line + j * out, lanes);
    }
}

/* All tiles of a block, a panel of channels after the other. @products: planes of [n, columns] */
VF_INLINE void
scatter_tiles (const int tile, const ThawWinograd *self, gint64 first, gint64 n,
               const float *products, gint64 plane)
{
  const ThawWindows *w = &self->windows;
  gint64 row = winograd_row (self->columns), line = w->out_w * self->out;

  for (gint64 column = 0; column < self->columns; column += TILE_COLUMNS)
    {
      gint64 there = MIN (self->columns - column, TILE_COLUMNS), channel = self->column + column;
      Epilogue epilogue;

      epilogue_init (&epilogue, self->activation, self->bias ? self->bias + channel : NULL,
                     (int) there);
      for (gint64 i = 0; i < n; i++)
        {
          WinogradPlace place = winograd_place (w, tile, first + i);
          gint64 at = ((place.picture * w->out_h + place.row) * w->out_w + place.column) * self->out
                      + channel;

          for (int v = 0; v * VF_LANES < there; v++)
            scatter_vector (tile, &epilogue, v, products + i * row + column + v * VF_LANES, plane,
                            self->residual ? self->residual + at + v * VF_LANES : NULL,
                            self->y + at + v * VF_LANES, line, self->out,
                            (int) MIN (w->out_h - place.row, tile),
                            (int) MIN (w->out_w - place.column, tile), there - v * VF_LANES);
        }
    }
}

static void
multiply_points (const ThawWinograd *self, gint64 n, const float *planes, float *products)
{
  gint64 c = self->windows.c, row = winograd_row (self->columns);
  gint64 weights = winograd_row (self->out) * c;

  for (int point = 0; point < winograd_points (self->tile); point++)
    THAW_ISA_NAME (thaw_gemm) (&(ThawGemm){
        .m = n, .n = row, .k = c, .a = planes + point * winograd_plane (self->block, c),
        .lda = winograd_row (c), .b = self->weight + point * weights + self->column * c,
        .c = products + point * winograd_plane (self->block, self->columns), .ldc = row });
}

gsize
THAW_ISA_NAME (thaw_winograd_space) (int tile, gint64 in, gint64 out, gint64 block)
{
  return winograd_points (tile) * (winograd_plane (block, in) + winograd_plane (block, out));
}

void
THAW_ISA_NAME (thaw_winograd) (const ThawWinograd *self)
{
  gint64 plane = winograd_plane (self->block, self->windows.c);
  gint64 product_plane = winograd_plane (self->block, self->columns);
  float *planes = self->workspace, *products = planes + winograd_points (self->tile) * plane;

  for (gint64 first = self->first; first < self->end; first += self->block)
    {
      gint64 n = MIN (self->block, self->end - first);

      THAW_ISA_NAME (thaw_winograd_gather) (&self->windows, self->tile, self->x, first, n, planes,
                                            plane);
      multiply_points (self, n, planes, products);
      if (self->tile == 2)
        scatter_tiles (2, self, first, n, products, product_plane);
      else
        scatter_tiles (4, self, first, n, products, product_plane);
    }
}
