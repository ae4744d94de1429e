/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* A float32 without the lower half of its bits. */
typedef guint16 ThawBf16;

static inline float
thaw_float_of_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
thaw_bits_of_float (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
thaw_bf16_to_float (ThawBf16 x)
{
  return thaw_float_of_bits ((guint32) x << 16);
}

/* Rounded to nearest even; what is no number stays one that is none. */
static inline ThawBf16
thaw_bf16_from_float (float x)
{
  guint32 bits = thaw_bits_of_float (x);

  if ((bits & 0x7fffffff) > 0x7f800000)
    return (ThawBf16) (bits >> 16 | 0x40);
  return (ThawBf16) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

G_END_DECLS
