/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "thaw-onnx-evaluate.h"

/* Of a scaled picture: 256 pixels on the short side and 128 times that on the long one */
#define MAX_ELEMENTS (G_GINT64_CONSTANT (3) << 23)

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

gboolean
thaw_onnx_run_resize (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0), *sizes = thaw_onnx_call_input (self, 3);
  gboolean cubic = thaw_onnx_string_is (self->proto, "mode", "cubic");
  const gint64 *to;

  if (!x || x->dtype != THAW_DTYPE_U8 || x->shape.rank != 4 || !sizes || sizes->dtype != THAW_DTYPE_I64 || thaw_tensor_count (sizes) != 4
      || (!cubic && !thaw_onnx_string_is (self->proto, "mode", "linear")) || !thaw_onnx_get_int (self->proto, "antialias", 0)
      || !thaw_onnx_string_is (self->proto, "coordinate_transformation_mode", "half_pixel")
      || (cubic && thaw_onnx_get_float (self->proto, "cubic_coeff_a", -.75) != -.5))
    return thaw_onnx_call_fail (self, "something other than an antialiased scaling of 8-bit planes to given sizes");
  to = sizes->data;
  if (to[0] != x->shape.dim[0] || to[1] != x->shape.dim[1] || to[2] < 1 || to[2] > 65535 || to[3] < 1 || to[3] > 65535
      || to[2] * to[3] * to[1] > MAX_ELEMENTS)
    return thaw_onnx_call_fail (self, "sizes out of range");
  return thaw_onnx_call_give (self, 0, thaw_onnx_scale_planes (x, to[2], to[3], cubic));
}
