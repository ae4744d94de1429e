/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* One vector of floats, as wide as the instruction set that a kernel is being built for has them:
 * one text serves them all. Arithmetic is plain C on GCC's vector types; what C cannot say is
 * below. Products are contracted into multiply-adds in these files where the machine has them. */
#include <glib.h>
#include <string.h>
#if defined __SSE__
#include <immintrin.h>
#endif

#if defined __AVX512F__
#define VF_LANES 16
#elif defined __AVX2__
#define VF_LANES 8
#else
#define VF_LANES 4
#endif

typedef float vf __attribute__ ((vector_size (VF_LANES * 4)));
typedef gint32 vi __attribute__ ((vector_size (VF_LANES * 4)));
typedef float vf_loose __attribute__ ((vector_size (VF_LANES * 4), aligned (4), may_alias));

#define VF_INLINE static inline __attribute__ ((always_inline, unused))
/* Loops over registers must vanish: @n is a literal at least as large as the count. */
#define VF_PRAGMA(text) _Pragma (#text)
#define VF_UNROLL(n) VF_PRAGMA (GCC unroll n)

VF_INLINE vf
vf_splat (float x)
{
  return x - (vf){ 0 };
}

VF_INLINE vf
vf_load (const float *p)
{
  return *(const vf_loose *) p;
}

VF_INLINE void
vf_store (float *p, vf v)
{
  *(vf_loose *) p = v;
}

#if defined __AVX512F__
VF_INLINE __mmask16
vf_mask (int lanes)
{
  return (__mmask16) ((1u << lanes) - 1);
}
#elif defined __AVX2__
VF_INLINE __m256i
vf_mask (int lanes)
{
  return _mm256_cmpgt_epi32 (_mm256_set1_epi32 (lanes), _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

/* The first @lanes (0 .. VF_LANES), the others 0; nothing behind them is touched. */
VF_INLINE vf
vf_load_part (const float *p, int lanes)
{
#if defined __AVX512F__
  return (vf) _mm512_maskz_loadu_ps (vf_mask (lanes), p);
#elif defined __AVX2__
  return (vf) _mm256_maskload_ps (p, vf_mask (lanes));
#else
  vf v = { 0 };

  for (int i = 0; i < lanes; i++)
    v[i] = p[i];
  return v;
#endif
}

VF_INLINE void
vf_store_part (float *p, vf v, int lanes)
{
#if defined __AVX512F__
  _mm512_mask_storeu_ps (p, vf_mask (lanes), (__m512) v);
#elif defined __AVX2__
  _mm256_maskstore_ps (p, vf_mask (lanes), (__m256) v);
#else
  for (int i = 0; i < lanes; i++)
    p[i] = v[i];
#endif
}

/* Both give @b where either is not a number, so that vf_max (limit, x) lets such an x through. */
VF_INLINE vf
vf_max (vf a, vf b)
{
#if defined __AVX512F__
  return (vf) _mm512_max_ps ((__m512) a, (__m512) b);
#elif defined __AVX2__
  return (vf) _mm256_max_ps ((__m256) a, (__m256) b);
#elif defined __SSE__
  return (vf) _mm_max_ps ((__m128) a, (__m128) b);
#else
  vi larger = a > b;

  return (vf) ((larger & (vi) a) | (~larger & (vi) b));
#endif
}

VF_INLINE vf
vf_min (vf a, vf b)
{
#if defined __AVX512F__
  return (vf) _mm512_min_ps ((__m512) a, (__m512) b);
#elif defined __AVX2__
  return (vf) _mm256_min_ps ((__m256) a, (__m256) b);
#elif defined __SSE__
  return (vf) _mm_min_ps ((__m128) a, (__m128) b);
#else
  vi smaller = a < b;

  return (vf) ((smaller & (vi) a) | (~smaller & (vi) b));
#endif
}

/* @mask: all bits or none of each lane, as a comparison gives them */
VF_INLINE vf
vf_keep (vi mask, vf v)
{
  return (vf) (mask & (vi) v);
}

VF_INLINE vf
vf_select (vi mask, vf a, vf b)
{
  return (vf) ((mask & (vi) a) | (~mask & (vi) b));
}
