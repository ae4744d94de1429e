/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

/* Functions that a loop over them can be vectorised with, which those of <math.h> cannot. NaN
 * stays. */

/* exp (x) to 2 units in the last place for x up to 88, and its value there for greater ones; 0
 * below -87.3. Cody and Waite's reduction to [-ln 2 / 2, ln 2 / 2], then the polynomial of Cephes'
 * expf. */
static inline float
thaw_op_exp (float x)
{
  const float magic = 0x1.8p23f; /* moves the integer part into the last bits */
  float bounded = x > 88 ? 88 : x < -87.3f ? -87.3f : x;
  float shifted = bounded * 1.44269504088896341f + magic;
  float n = shifted - magic;
  float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  float power;
  guint32 bits;

  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  memcpy (&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  memcpy (&power, &bits, sizeof power);
  return x < -87.3f ? 0 : p * power;
}

/* Within 1e-7. Least squares fits: up to 1 a polynomial in x^2 for erf (x) / x, from 1 to 4 one for
 * log (1 - erf (x)). */
static inline float
thaw_op_erf (float x)
{
  float a = x < 0 ? -x : x;
  float z = x * x;
  float u = (a > 4 ? 4 : a) - 1;
  float p = 7.882497448e-5f;
  float q = 1.3195934298e-4f;
  float far;

  p = p * z - 8.018855006e-4f;
  p = p * z + 5.1893121562e-3f;
  p = p * z - 2.6854328811e-2f;
  p = p * z + 1.1283597350e-1f;
  p = p * z - 3.7612625957e-1f;
  p = p * z + 1.1283791065f;
  q = q * u - 1.5962051693e-3f;
  q = q * u + 9.5553109422e-3f;
  q = q * u - 4.1295804083e-2f;
  q = q * u - 8.4316945076e-1f;
  q = q * u - 2.6389627457f;
  q = q * u - 1.8496055603f;
  far = 1 - thaw_op_exp (q);
  far = x < 0 ? -far : far;
  return a < 1 ? p * x : far;
}
