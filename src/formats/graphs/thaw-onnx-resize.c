/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "thaw-onnx-evaluate.h"

static double
triangle (double x)
{
  return fabs (x) < 1 ? 1 - fabs (x) : 0;
}

/* Keys 1981, a = -1/2 */
static double
bicubic (double x)
{
  x = fabs (x);
  if (x < 1)
    return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

typedef struct
{
  gint64  first, n;
  double *weights;   /* [n], their sum is 1 */
} Taps;

static void
make_taps (Taps *taps, gint64 i, gint64 from, gint64 to, gboolean cubic)
{
  double scale = (double) from / to, stretch = MAX (scale, 1), centre = (i + .5) * scale;
  double support = (cubic ? 2 : 1) * stretch, sum = 0;

  taps->first = MAX ((gint64) (centre - support + .5), 0);
  taps->n = MIN ((gint64) (centre + support + .5), from) - taps->first;
  taps->weights = g_new (double, taps->n);
  for (gint64 k = 0; k < taps->n; k++)
    {
      double x = (taps->first + k - centre + .5) / stretch;

      sum += taps->weights[k] = cubic ? bicubic (x) : triangle (x);
    }
  for (gint64 k = 0; k < taps->n; k++)
    taps->weights[k] /= sum;
}

/* The middle axis of [outer, from, inner] becomes @to long. */
static ThawTensor *
scale_axis (const ThawTensor *x, int axis, gint64 to, gboolean cubic)
{
  ThawShape shape = x->shape;
  gint64 from = shape.dim[axis], outer = 1, inner = 1;
  const guint8 *source = x->data;
  ThawTensor *result;

  for (int d = 0; d < shape.rank; d++)
    *(d < axis ? &outer : &inner) *= d == axis ? 1 : shape.dim[d];
  shape.dim[axis] = to;
  result = thaw_tensor_new (THAW_DTYPE_U8, &shape);
  for (gint64 i = 0; i < to; i++)
    {
      Taps taps;

      make_taps (&taps, i, from, to, cubic);
      for (gint64 o = 0; o < outer; o++)
        for (gint64 c = 0; c < inner; c++)
          {
            double sum = 0;

            for (gint64 k = 0; k < taps.n; k++)
              sum += taps.weights[k] * source[(o * from + taps.first + k) * inner + c];
            ((guint8 *) result->data)[(o * to + i) * inner + c] = (guint8) CLAMP (floor (sum + .5), 0, 255);
          }
      g_free (taps.weights);
    }
  return result;
}

ThawTensor *
thaw_onnx_scale_planes (const ThawTensor *planes, gint64 height, gint64 width, gboolean cubic)
{
  g_autoptr (ThawTensor) wide = scale_axis (planes, 3, width, cubic);

  return scale_axis (wide, 2, height, cubic);
}
