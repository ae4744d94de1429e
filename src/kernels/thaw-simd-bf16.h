/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-bf16.h>

#include "kernels/thaw-simd.h"

/* A vector's worth of bfloat16 on the way from and to memory, and their products. What C can say of them is one loop or one vector of
 * integers; where the machine has an instruction it is below. */
typedef guint16 vh __attribute__ ((vector_size (VF_LANES * 2)));
typedef guint16 vh_loose __attribute__ ((vector_size (VF_LANES * 2), aligned (2), may_alias));
typedef guint32 vu __attribute__ ((vector_size (VF_LANES * 4)));
typedef gint32 pair_of_bf16 __attribute__ ((aligned (2), may_alias));

VF_INLINE vf
vf_from_bf16 (vh v)
{
#if defined __AVX512F__
  return (vf) _mm512_slli_epi32 (_mm512_cvtepu16_epi32 ((__m256i) v), 16);
#elif defined __AVX2__
  return (vf) _mm256_slli_epi32 (_mm256_cvtepu16_epi32 ((__m128i) v), 16);
#else
  return (vf) (__builtin_convertvector (v, vu) << 16);
#endif
}

/* Rounded to nearest even; what is no number stays one that is none. */
VF_INLINE vh
vf_to_bf16 (vf v)
{
#if defined __AVX512BF16__
  return (vh) _mm512_cvtneps_pbh ((__m512) v);
#else
  vu bits = (vu) v, rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  vu number = (vu) (v == v);

  rounded = (number & rounded) | (~number & (bits >> 16 | 0x40));
#if defined __AVX512F__
  return (vh) _mm512_cvtepi32_epi16 ((__m512i) rounded);
#else
  return __builtin_convertvector (rounded, vh);
#endif
#endif
}

VF_INLINE vf
vf_load_bf16 (const ThawBf16 *p)
{
  return vf_from_bf16 (*(const vh_loose *) p);
}

VF_INLINE void
vf_store_bf16 (ThawBf16 *p, vf v)
{
  *(vh_loose *) p = vf_to_bf16 (v);
}

/* The first @lanes (0 .. VF_LANES), the others 0; nothing behind them is touched. */
VF_INLINE vf
vf_load_bf16_part (const ThawBf16 *p, int lanes)
{
  vh v = { 0 };

#if defined __AVX512F__
  v = (vh) _mm256_maskz_loadu_epi16 (vf_mask (lanes), p);
#else
  for (int i = 0; i < lanes; i++)
    v[i] = p[i];
#endif
  return vf_from_bf16 (v);
}

VF_INLINE void
vf_store_bf16_part (ThawBf16 *p, vf v, int lanes)
{
  vh rounded = vf_to_bf16 (v);

#if defined __AVX512F__
  _mm256_mask_storeu_epi16 (p, vf_mask (lanes), (__m256i) rounded);
#else
  for (int i = 0; i < lanes; i++)
    p[i] = rounded[i];
#endif
}

/* The pair at @p in all lanes, bit by bit: it is no float. */
VF_INLINE vf
vf_splat_pair (const void *p)
{
  return (vf) ((vi){ 0 } + *(const pair_of_bf16 *) p);
}

/* @sum + the products of the pairs in each lane */
VF_INLINE vf
vf_add_pair_product (vf sum, vf a, vf b)
{
#if defined __AVX512BF16__
  return (vf) _mm512_dpbf16_ps ((__m512) sum, (__m512bh) a, (__m512bh) b);
#else
  const vu upper = (vu){ 0 } + 0xffff0000;

  sum += (vf) ((vu) a & upper) * (vf) ((vu) b & upper);
  return sum + (vf) ((vu) a << 16) * (vf) ((vu) b << 16);
#endif
}
