/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-bf16.h>
#include <thaw/thaw-tensor.h>

/* IEEE 754 binary16 -> binary32, exact */
static float
float_of_half (guint16 half)
{
  guint32 sign = (guint32) (half & 0x8000) << 16;
  guint32 exponent = half >> 10 & 31;
  guint32 mantissa = half & 0x3ff;

  if (exponent == 31)
    return thaw_float_of_bits (sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0)
    return thaw_float_of_bits (sign | thaw_bits_of_float ((float) mantissa * 0x1p-24f));
  return thaw_float_of_bits (sign | (exponent + 112) << 23 | mantissa << 13);
}

/* Adding a constant whose last place is the half's last place rounds to nearest even; what is too small for
 * the half's exponent becomes subnormal by the same addition. */
static guint16
half_of_float (float value)
{
  guint32 bits = thaw_bits_of_float (value);
  guint16 sign = bits >> 16 & 0x8000;
  guint32 magnitude = bits & 0x7fffffff;

  if (magnitude > 0x7f800000)
    return sign | 0x7e00;
  if (magnitude >= 0x477ff000)
    return sign | 0x7c00;
  if (magnitude < 0x38800000)
    return sign | (guint16) (thaw_bits_of_float (thaw_float_of_bits (magnitude) + 0.5f) - thaw_bits_of_float (0.5f));
  return sign | (guint16) ((magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13);
}

#define CONVERT_LOOP(TYPE, EXPRESSION)                                                             \
  do                                                                                               \
    {                                                                                              \
      const TYPE *from = self->data;                                                               \
      for (gint64 i = 0; i < n; i++)                                                               \
        to[i] = EXPRESSION;                                                                        \
    }                                                                                              \
  while (0)

ThawTensor *
thaw_tensor_to_f32 (ThawTensor *self)
{
  gint64 n = thaw_tensor_count (self);
  ThawTensor *result;
  float *to;

  if (self->dtype == THAW_DTYPE_F32)
    return thaw_tensor_ref (self);
  result = thaw_tensor_new (THAW_DTYPE_F32, &self->shape);
  to = result->data;
  switch (self->dtype)
    {
    case THAW_DTYPE_F16: CONVERT_LOOP (guint16, float_of_half (from[i])); break;
    case THAW_DTYPE_BF16: CONVERT_LOOP (guint16, thaw_bf16_to_float (from[i])); break;
    case THAW_DTYPE_F64: CONVERT_LOOP (double, (float) from[i]); break;
    case THAW_DTYPE_I64: CONVERT_LOOP (gint64, (float) from[i]); break;
    case THAW_DTYPE_I32: CONVERT_LOOP (gint32, (float) from[i]); break;
    case THAW_DTYPE_I16: CONVERT_LOOP (gint16, from[i]); break;
    case THAW_DTYPE_I8: CONVERT_LOOP (gint8, from[i]); break;
    case THAW_DTYPE_U8: CONVERT_LOOP (guint8, from[i]); break;
    case THAW_DTYPE_BOOL: CONVERT_LOOP (guint8, from[i] != 0); break;
    case THAW_DTYPE_F32:
    case THAW_N_DTYPES: g_assert_not_reached ();
    }
  return result;
}

ThawTensor *
thaw_tensor_convert (ThawTensor *self, ThawDtype dtype)
{
  g_autoptr (ThawTensor) source = thaw_tensor_to_f32 (self);
  const float *from = source->data;
  gint64 n = thaw_tensor_count (source);
  ThawTensor *result;
  guint16 *to;

  g_assert (dtype == THAW_DTYPE_F16 || dtype == THAW_DTYPE_BF16);
  result = thaw_tensor_new (dtype, &self->shape);
  to = result->data;
  for (gint64 i = 0; i < n; i++)
    to[i] = dtype == THAW_DTYPE_F16 ? half_of_float (from[i]) : thaw_bf16_from_float (from[i]);
  return result;
}
