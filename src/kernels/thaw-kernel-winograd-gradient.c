/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-winograd-tiles.h"

/* Of y = A^T [(G g G^T) . (B^T d B)] A, with g wanted: G^T [sum of (A dz A^T) . (B^T d B)] G over all tiles. The sum at
 * one point is a product of matrices, [tiles, out]^T [tiles, c]. */

/* One tile and vector of dz; what lies outside is 0. */
VF_INLINE void
gather_vector (const int tile, const float *dz, gint64 line, gint64 out, int rows, int columns,
               int lanes, float *to, gint64 plane)
{
  const int n = tile + 2;
  vf t[WINOGRAD_MOST * WINOGRAD_MOST], m[WINOGRAD_MOST];

  VF_UNROLL (4)
  for (int j = 0; j < tile; j++)
    {
      vf y[4];

      VF_UNROLL (4)
      for (int i = 0; i < tile; i++)
        if (i < rows && j < columns)
          y[i] = lanes < VF_LANES ? vf_load_part (dz + i * line + j * out, lanes)
                                  : vf_load (dz + i * line + j * out);
        else
          y[i] = (vf){ 0 };
      winograd_output_transposed (tile, 1, y, m);
      VF_UNROLL (6)
      for (int i = 0; i < n; i++)
        t[i * n + j] = m[i];
    }
  VF_UNROLL (6)
  for (int i = 0; i < n; i++)
    {
      winograd_output_transposed (tile, 1, t + i * n, m);
      VF_UNROLL (6)
      for (int j = 0; j < n; j++)
        vf_store (to + (i * n + j) * plane, m[j]);
    }
}

VF_INLINE void
gather_tiles (
    const int tile, const ThawWinogradGradient *self, gint64 first, gint64 n, float *to)
{
  const ThawWindows *w = &self->windows;
  gint64 row = winograd_row (self->out), plane = winograd_plane (self->block, self->out);

  for (gint64 i = 0; i < n; i++, to += row)
    {
      WinogradPlace place = winograd_place (w, tile, first + i);
      const float *dz
          = self->dz
            + ((place.picture * w->out_h + place.row) * w->out_w + place.column) * self->out;
      int rows = (int) MIN (w->out_h - place.row, tile);
      int columns = (int) MIN (w->out_w - place.column, tile);

      for (gint64 o = 0; o < self->out; o += VF_LANES)
        gather_vector (tile, dz + o, w->out_w * self->out, self->out, rows, columns,
                       (int) MIN (self->out - o, VF_LANES), to + o, plane);
    }
}

/* @sums: [points, out, row of c] */
static void
add_products (const ThawWinogradGradient *self, gint64 n, const float *z, const float *v,
              float *sums)
{
  gint64 in = winograd_row (self->windows.c), out = winograd_row (self->out);

  for (int point = 0; point < winograd_points (self->tile); point++)
    THAW_ISA_NAME (thaw_gemm_transposed) (&(ThawGemmTransposed){
        .m = n, .o = self->out, .k = in, .a = z + point * winograd_plane (self->block, self->out),
        .lda = out, .b = v + point * winograd_plane (self->block, self->windows.c), .ldb = in,
        .g = sums + point * self->out * in, .ldg = in });
}

/* A vector of inputs of one output. */
VF_INLINE void
finish_vector (const int tile, const float *sums, gint64 matrix, gint64 lanes, float *dweight)
{
  const int n = tile + 2;
  vf t[3 * WINOGRAD_MOST], g[9];
  float taps[9][VF_LANES];

  VF_UNROLL (6)
  for (int j = 0; j < n; j++)
    {
      vf u[WINOGRAD_MOST], s[3];

      VF_UNROLL (6)
      for (int i = 0; i < n; i++)
        u[i] = vf_load (sums + (i * n + j) * matrix);
      winograd_weight_transposed (tile, 1, u, s);
      VF_UNROLL (3)
      for (int i = 0; i < 3; i++)
        t[i * n + j] = s[i];
    }
  VF_UNROLL (3)
  for (int i = 0; i < 3; i++)
    winograd_weight_transposed (tile, 1, t + i * n, g + i * 3);
  VF_UNROLL (9)
  for (int tap = 0; tap < 9; tap++)
    vf_store (taps[tap], g[tap]);
  for (gint64 lane = 0; lane < lanes; lane++, dweight += 9)
    VF_UNROLL (9)
    for (int tap = 0; tap < 9; tap++)
      dweight[tap] += taps[tap][lane];
}

VF_INLINE void
finish (const int tile, const ThawWinogradGradient *self, const float *sums)
{
  gint64 c = self->windows.c, row = winograd_row (c);

  for (gint64 o = 0; o < self->out; o++, sums += row)
    for (gint64 i = 0; i < c; i += VF_LANES)
      finish_vector (tile, sums + i, self->out * row, MIN (c - i, VF_LANES),
                     self->dweight + (o * c + i) * 9);
}

gsize
THAW_ISA_NAME (thaw_winograd_gradient_space) (int tile, gint64 in, gint64 out, gint64 block)
{
  return winograd_points (tile)
         * (winograd_plane (block, in) + winograd_plane (block, out) + out * winograd_row (in));
}

void
THAW_ISA_NAME (thaw_winograd_gradient) (const ThawWinogradGradient *self)
{
  int points = winograd_points (self->tile);
  gint64 tiles = thaw_winograd_tiles (&self->windows, self->tile);
  gint64 plane = winograd_plane (self->block, self->windows.c);
  gsize matrices = points * self->out * winograd_row (self->windows.c);
  float *sums = self->workspace, *v = sums + matrices, *z = v + points * plane;

  memset (sums, 0, matrices * sizeof (float));
  for (gint64 first = 0; first < tiles; first += self->block)
    {
      gint64 n = MIN (self->block, tiles - first);

      THAW_ISA_NAME (thaw_winograd_gather) (&self->windows, self->tile, self->x, first, n, v,
                                            plane);
      if (self->tile == 2)
        gather_tiles (2, self, first, n, z);
      else
        gather_tiles (4, self, first, n, z);
      add_products (self, n, z, v, sums);
    }
  if (self->tile == 2)
    finish (2, self, sums);
  else
    finish (4, self, sums);
}
