/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernels/thaw-simd.h"

/* Winograd's one-dimensional transforms, F(4, 3) and F(2, 3), each over a vector of channels; the two-dimensional ones
 * are these along lines and then along columns. Toom and Cook's construction: a tile and the kernel are polynomials,
 * evaluated at tile + 2 points, multiplied there, and interpolated. F(2, 3) takes 0, 1, -1 and infinity. F(4, 3) takes 0,
 * +-A, +-B and infinity: with 5/8 and 3/2, whose powers and products are exact in float, the error is less than half of
 * that at the usual 1 and 2 (64 channels of normal numbers: 1.3e-6 of the largest value against 4.2e-6; tests/kernels holds it under 2e-5).
 *
 * Lavin and Gray's names: y = A^T [(G g) . (B^T d)]. */
#define WINOGRAD_MOST 6 /* points, each way */
#define WINOGRAD_A 0.625f
#define WINOGRAD_B 1.5f
#define WINOGRAD_AA (WINOGRAD_A * WINOGRAD_A)
#define WINOGRAD_BB (WINOGRAD_B * WINOGRAD_B)
/* the kernel's divisors: the products of a point's distances from the others */
#define WINOGRAD_N0 (1 / (WINOGRAD_AA * WINOGRAD_BB))
#define WINOGRAD_NA (1 / (2 * WINOGRAD_AA * (WINOGRAD_AA - WINOGRAD_BB)))
#define WINOGRAD_NB (1 / (2 * WINOGRAD_BB * (WINOGRAD_BB - WINOGRAD_AA)))

/* v = B^T d: tile + 2 of the picture to as many; elements of d and v are @step apart */
VF_INLINE void
winograd_input (const int tile, const int step, const vf *d, vf *v)
{
  if (tile == 2)
    {
      v[0] = d[0] - d[2 * step];
      v[step] = d[step] + d[2 * step];
      v[2 * step] = d[2 * step] - d[step];
      v[3 * step] = d[step] - d[3 * step];
    }
  else
    {
      vf d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
         d5 = d[5 * step];
      vf even_a = d4 - WINOGRAD_BB * d2, odd_a = WINOGRAD_A * (d3 - WINOGRAD_BB * d1);
      vf even_b = d4 - WINOGRAD_AA * d2, odd_b = WINOGRAD_B * (d3 - WINOGRAD_AA * d1);

      v[0] = WINOGRAD_AA * WINOGRAD_BB * d0 - (WINOGRAD_AA + WINOGRAD_BB) * d2 + d4;
      v[step] = even_a + odd_a;
      v[2 * step] = even_a - odd_a;
      v[3 * step] = even_b + odd_b;
      v[4 * step] = even_b - odd_b;
      v[5 * step] = WINOGRAD_AA * WINOGRAD_BB * d1 - (WINOGRAD_AA + WINOGRAD_BB) * d3 + d5;
    }
}

/* y = A^T m: tile + 2 products to tile outputs */
VF_INLINE void
winograd_output (const int tile, const int step, const vf *m, vf *y)
{
  if (tile == 2)
    {
      vf sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];

      y[0] = m[0] + sum;
      y[step] = difference - m[3 * step];
    }
  else
    {
      vf sum_a = m[step] + m[2 * step], odd_a = WINOGRAD_A * (m[step] - m[2 * step]);
      vf sum_b = m[3 * step] + m[4 * step], odd_b = WINOGRAD_B * (m[3 * step] - m[4 * step]);

      y[0] = m[0] + sum_a + sum_b;
      y[step] = odd_a + odd_b;
      y[2 * step] = WINOGRAD_AA * sum_a + WINOGRAD_BB * sum_b;
      y[3 * step] = WINOGRAD_AA * odd_a + WINOGRAD_BB * odd_b + m[5 * step];
    }
}

/* m = A y: the transpose of the above */
VF_INLINE void
winograd_output_transposed (const int tile, const int step, const vf *y, vf *m)
{
  if (tile == 2)
    {
      vf y0 = y[0], y1 = y[step];

      m[0] = y0;
      m[step] = y0 + y1;
      m[2 * step] = y0 - y1;
      m[3 * step] = -y1;
    }
  else
    {
      vf y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
      vf even_a = y0 + WINOGRAD_AA * y2, odd_a = WINOGRAD_A * (y1 + WINOGRAD_AA * y3);
      vf even_b = y0 + WINOGRAD_BB * y2, odd_b = WINOGRAD_B * (y1 + WINOGRAD_BB * y3);

      m[0] = y0;
      m[step] = even_a + odd_a;
      m[2 * step] = even_a - odd_a;
      m[3 * step] = even_b + odd_b;
      m[4 * step] = even_b - odd_b;
      m[5 * step] = y3;
    }
}

/* u = G g: 3 of the kernel to tile + 2 */
VF_INLINE void
winograd_weight (const int tile, const int step, const vf *g, vf *u)
{
  vf g0 = g[0], g1 = g[step], g2 = g[2 * step];

  if (tile == 2)
    {
      vf even = .5f * (g0 + g2), odd = .5f * g1;

      u[0] = g0;
      u[step] = even + odd;
      u[2 * step] = even - odd;
      u[3 * step] = g2;
    }
  else
    {
      vf even_a = WINOGRAD_NA * (g0 + WINOGRAD_AA * g2), odd_a = WINOGRAD_NA * WINOGRAD_A * g1;
      vf even_b = WINOGRAD_NB * (g0 + WINOGRAD_BB * g2), odd_b = WINOGRAD_NB * WINOGRAD_B * g1;

      u[0] = WINOGRAD_N0 * g0;
      u[step] = even_a + odd_a;
      u[2 * step] = even_a - odd_a;
      u[3 * step] = even_b + odd_b;
      u[4 * step] = even_b - odd_b;
      u[5 * step] = g2;
    }
}

/* g = G^T u: the transpose of the above */
VF_INLINE void
winograd_weight_transposed (const int tile, const int step, const vf *u, vf *g)
{
  if (tile == 2)
    {
      vf sum = .5f * (u[step] + u[2 * step]), difference = .5f * (u[step] - u[2 * step]);

      g[0] = u[0] + sum;
      g[step] = difference;
      g[2 * step] = sum + u[3 * step];
    }
  else
    {
      vf sum_a = WINOGRAD_NA * (u[step] + u[2 * step]);
      vf sum_b = WINOGRAD_NB * (u[3 * step] + u[4 * step]);

      g[step] = WINOGRAD_NA * WINOGRAD_A * (u[step] - u[2 * step])
                + WINOGRAD_NB * WINOGRAD_B * (u[3 * step] - u[4 * step]);
      g[2 * step] = WINOGRAD_AA * sum_a + WINOGRAD_BB * sum_b + u[5 * step];
      g[0] = WINOGRAD_N0 * u[0] + sum_a + sum_b;
    }
}
