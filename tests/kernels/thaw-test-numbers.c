/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-test-numbers.h"

#include <math.h>

float *
thaw_test_numbers (gint64 n)
{
  float *values = g_new (float, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    values[i] = (float) g_test_rand_double_range (-1, 1);
  return values;
}

float *
thaw_test_filled (gint64 n, float value)
{
  float *values = g_new (float, MAX (n, 1));

  for (gint64 i = 0; i < n; i++)
    values[i] = value;
  return values;
}

double
thaw_test_activated (ThawActivation activation, double x)
{
  switch (activation)
    {
    case THAW_ACTIVATION_RELU:
      return MAX (x, 0);
    case THAW_ACTIVATION_RELU6:
      return CLAMP (x, 0, 6);
    case THAW_ACTIVATION_SIGMOID:
      return 1 / (1 + exp (-x));
    case THAW_ACTIVATION_TANH:
      return tanh (x);
    case THAW_ACTIVATION_HARDSIGMOID:
      return CLAMP (x / 6 + .5, 0, 1);
    case THAW_ACTIVATION_SILU:
      return x / (1 + exp (-x));
    case THAW_ACTIVATION_HARDSWISH:
      return x * CLAMP (x + 3, 0, 6) / 6;
    case THAW_ACTIVATION_GELU:
      return x / 2 * (1 + erf (x * 0.70710678118654752440));
    default:
      return x;
    }
}
