/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-activation.h>

#include "kernels/thaw-simd.h"

/* Polynomials: exp and tanh as in Cephes (S. L. Moshier, expf.c, tanhf.c: 2 units in the last
 * place), the error function by Abramowitz and Stegun 7.1.26 (1.5e-7 absolute). */

/* Clamped to what a float holds; a NaN stays one. */
VF_INLINE vf
vf_exp (vf x)
{
  vf shift = vf_splat (0x1.8p23f);
  vf t, n, r, p;

  x = vf_min (vf_splat (88.f), vf_max (vf_splat (-87.f), x));
  t = x * vf_splat (1.44269504088896341f) + shift;
  n = t - shift;
  r = x - n * vf_splat (0.693359375f) - n * vf_splat (-2.12194440e-4f);
  p = vf_splat (1.9875691500e-4f);
  p = p * r + vf_splat (1.3981999507e-3f);
  p = p * r + vf_splat (8.3334519073e-3f);
  p = p * r + vf_splat (4.1665795894e-2f);
  p = p * r + vf_splat (1.6666665459e-1f);
  p = p * r + vf_splat (5.0000001201e-1f);
  p = p * (r * r) + r + vf_splat (1.f);
  /* the low bits of t are n: into the exponent with them */
  return p * (vf) (((vi) t << 23) + (127 << 23));
}

VF_INLINE vf
vf_sigmoid (vf x)
{
  return vf_splat (1.f) / (vf_splat (1.f) + vf_exp (-x));
}

VF_INLINE vf
vf_tanh (vf x)
{
  vf z = x * x, p;
  vf far = vf_splat (1.f) - vf_splat (2.f) / (vf_exp (x + x) + vf_splat (1.f));

  p = vf_splat (-5.70498872745e-3f);
  p = p * z + vf_splat (2.06390887954e-2f);
  p = p * z + vf_splat (-5.37397155531e-2f);
  p = p * z + vf_splat (1.33314422036e-1f);
  p = p * z + vf_splat (-3.33332819422e-1f);
  return vf_select (z < vf_splat (.390625f), p * z * x + x, far);
}

VF_INLINE vf
vf_gelu (vf x)
{
  vf z = vf_max (x, -x) * vf_splat (0.70710678118654752f);
  vf t = vf_splat (1.f) / (vf_splat (1.f) + vf_splat (0.3275911f) * z);
  vf p = vf_splat (1.061405429f), tail;

  p = p * t + vf_splat (-1.453152027f);
  p = p * t + vf_splat (1.421413741f);
  p = p * t + vf_splat (-0.284496736f);
  p = p * t + vf_splat (0.254829592f);
  tail = vf_splat (.5f) * (p * t * vf_exp (-z * z)); /* of the distribution beyond |x| */
  return x * vf_select (x < vf_splat (0.f), tail, vf_splat (1.f) - tail);
}

VF_INLINE vf
vf_clamp (vf x, float low, float high)
{
  return vf_min (vf_splat (high), vf_max (vf_splat (low), x));
}

VF_INLINE vf
vf_activate (ThawActivation activation, vf x)
{
  switch (activation)
    {
    case THAW_ACTIVATION_RELU:
      return vf_max (vf_splat (0.f), x);
    case THAW_ACTIVATION_RELU6:
      return vf_clamp (x, 0, 6);
    case THAW_ACTIVATION_SIGMOID:
      return vf_sigmoid (x);
    case THAW_ACTIVATION_TANH:
      return vf_tanh (x);
    case THAW_ACTIVATION_HARDSIGMOID:
      return vf_clamp (x * vf_splat (1.f / 6) + vf_splat (.5f), 0, 1);
    case THAW_ACTIVATION_SILU:
      return x * vf_sigmoid (x);
    case THAW_ACTIVATION_HARDSWISH:
      return x * vf_clamp (x + vf_splat (3.f), 0, 6) * vf_splat (1.f / 6);
    case THAW_ACTIVATION_GELU:
      return vf_gelu (x);
    default:
      return x;
    }
}

/* dy * activation' at the output @y */
VF_INLINE vf
vf_activate_backward (ThawActivation activation, vf y, vf dy)
{
  vf zero = { 0 };

  switch (activation)
    {
    case THAW_ACTIVATION_RELU:
      return vf_keep (y > zero, dy);
    case THAW_ACTIVATION_RELU6:
      return vf_keep ((y > zero) & (y < vf_splat (6.f)), dy);
    case THAW_ACTIVATION_SIGMOID:
      return dy * y * (vf_splat (1.f) - y);
    case THAW_ACTIVATION_TANH:
      return dy * (vf_splat (1.f) - y * y);
    case THAW_ACTIVATION_HARDSIGMOID:
      return vf_keep ((y > zero) & (y < vf_splat (1.f)), dy * vf_splat (1.f / 6));
    default:
      return dy;
    }
}
