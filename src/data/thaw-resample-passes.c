/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-resample-passes.h"

#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define HALF (1 << (THAW_RESAMPLE_PRECISION - 1))
#define LOW_BITS 15

static inline guint8
clip (guint32 high, guint32 low)
{
  gint32 sum = (gint32) (HALF + (high << LOW_BITS) + low);

  return CLAMP (sum >> THAW_RESAMPLE_PRECISION, 0, 255);
}

/* The twin of what follows, and what runs where nothing wider is known. Unsigned, since a part of a
 * sum may wrap around. */
static void
rows_baseline (const ThawTaps *taps, const guint8 *const rows[THAW_RESAMPLE_ROWS],
               guint8 *const targets[THAW_RESAMPLE_ROWS])
{
  for (int i = 0; i < taps->n; i++)
    for (int r = 0; r < THAW_RESAMPLE_ROWS; r++)
      {
        const gint16 *high = taps->high + (gsize) i * taps->stride,
                     *low = taps->low + (gsize) i * taps->stride;
        const guint8 *source = rows[r] + 3 * (gsize) taps->first[i];
        guint32 highs[3] = { 0 }, lows[3] = { 0 };

        for (int j = 0; j < taps->count[i]; j++)
          for (int c = 0; c < 3; c++)
            {
              highs[c] += (guint32) (source[3 * j + c] * high[j]);
              lows[c] += (guint32) (source[3 * j + c] * low[j]);
            }
        for (int c = 0; c < 3; c++)
          targets[r][3 * (gsize) i + c] = clip (highs[c], lows[c]);
      }
}

static void
column_baseline (const gint16 *high, const gint16 *low, int n, const guint8 *const *rows,
                 guint8 *target, gsize length)
{
  for (gsize from = 0; from < length; from += THAW_RESAMPLE_PADDING)
    {
      guint32 highs[THAW_RESAMPLE_PADDING] = { 0 }, lows[THAW_RESAMPLE_PADDING] = { 0 };

      for (int j = 0; j < n; j++)
        for (int k = 0; k < THAW_RESAMPLE_PADDING; k++)
          {
            highs[k] += (guint32) (rows[j][from + k] * high[j]);
            lows[k] += (guint32) (rows[j][from + k] * low[j]);
          }
      for (int k = 0; k < THAW_RESAMPLE_PADDING; k++)
        target[from + k] = clip (highs[k], lows[k]);
    }
}

#ifdef __x86_64__
#define AVX2 __attribute__ ((target ("avx2")))
#define AVX2_INLINE static inline __attribute__ ((target ("avx2"), always_inline))

/* Two weights, for every pair of 16-bit lanes */
AVX2_INLINE __m256i
two_weights (const gint16 *weights)
{
  int both;

  memcpy (&both, weights, sizeof both);
  return _mm256_set1_epi32 (both);
}

/* Two pixels of one row in the lower half, of another in the upper: 16 bits each, a channel's two
 * side by side */
AVX2_INLINE __m256i
two_pixels (const guint8 *lower, const guint8 *upper)
{
  const __m256i spread = _mm256_broadcastsi128_si256 (
      _mm_setr_epi8 (0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
  __m128i a = _mm_loadl_epi64 ((const __m128i *) lower),
          b = _mm_loadl_epi64 ((const __m128i *) upper);

  return _mm256_shuffle_epi8 (_mm256_inserti128_si256 (_mm256_castsi128_si256 (a), b, 1), spread);
}

AVX2_INLINE __m256i
finish (__m256i high, __m256i low)
{
  __m256i sum = _mm256_add_epi32 (_mm256_slli_epi32 (high, LOW_BITS), low);

  return _mm256_srai_epi32 (_mm256_add_epi32 (sum, _mm256_set1_epi32 (HALF)),
                            THAW_RESAMPLE_PRECISION);
}

/* Packing saturates, which is the clipping. */
AVX2_INLINE void
store_pixels (__m256i pixels, guint8 *lower, guint8 *upper)
{
  __m256i words = _mm256_packs_epi32 (pixels, pixels);
  __m256i bytes = _mm256_packus_epi16 (words, words);
  int a = _mm256_extract_epi32 (bytes, 0), b = _mm256_extract_epi32 (bytes, 4);

  memcpy (lower, &a, sizeof a);
  memcpy (upper, &b, sizeof b);
}

AVX2 static void
rows_avx2 (const ThawTaps *taps, const guint8 *const rows[THAW_RESAMPLE_ROWS],
           guint8 *const targets[THAW_RESAMPLE_ROWS])
{
  for (int i = 0; i < taps->n; i++)
    {
      const gint16 *high = taps->high + (gsize) i * taps->stride,
                   *low = taps->low + (gsize) i * taps->stride;
      gsize at = 3 * (gsize) taps->first[i];
      __m256i high_a = _mm256_setzero_si256 (), low_a = high_a, high_b = high_a, low_b = high_a;

      for (int j = 0; j < taps->count[i]; j += 2, at += 6)
        {
          __m256i h = two_weights (high + j), l = two_weights (low + j);
          __m256i a = two_pixels (rows[0] + at, rows[1] + at),
                  b = two_pixels (rows[2] + at, rows[3] + at);

          high_a = _mm256_add_epi32 (high_a, _mm256_madd_epi16 (a, h));
          low_a = _mm256_add_epi32 (low_a, _mm256_madd_epi16 (a, l));
          high_b = _mm256_add_epi32 (high_b, _mm256_madd_epi16 (b, h));
          low_b = _mm256_add_epi32 (low_b, _mm256_madd_epi16 (b, l));
        }
      store_pixels (finish (high_a, low_a), targets[0] + 3 * (gsize) i, targets[1] + 3 * (gsize) i);
      store_pixels (finish (high_b, low_b), targets[2] + 3 * (gsize) i, targets[3] + 3 * (gsize) i);
    }
}

AVX2_INLINE __m128i
to_words (__m256i sums)
{
  return _mm_packs_epi32 (_mm256_castsi256_si128 (sums), _mm256_extracti128_si256 (sums, 1));
}

AVX2 static void
column_avx2 (const gint16 *high, const gint16 *low, int n, const guint8 *const *rows,
             guint8 *target, gsize length)
{
  for (gsize x = 0; x < length; x += THAW_RESAMPLE_PADDING)
    {
      __m256i high_a = _mm256_setzero_si256 (), low_a = high_a, high_b = high_a, low_b = high_a;

      for (int j = 0; j < n; j += 2)
        {
          __m256i h = two_weights (high + j), l = two_weights (low + j);
          __m128i above = _mm_loadu_si128 ((const __m128i *) (rows[j] + x));
          __m128i below = _mm_loadu_si128 ((const __m128i *) (rows[MIN (j + 1, n - 1)] + x));
          __m256i a = _mm256_cvtepu8_epi16 (_mm_unpacklo_epi8 (above, below));
          __m256i b = _mm256_cvtepu8_epi16 (_mm_unpackhi_epi8 (above, below));

          high_a = _mm256_add_epi32 (high_a, _mm256_madd_epi16 (a, h));
          low_a = _mm256_add_epi32 (low_a, _mm256_madd_epi16 (a, l));
          high_b = _mm256_add_epi32 (high_b, _mm256_madd_epi16 (b, h));
          low_b = _mm256_add_epi32 (low_b, _mm256_madd_epi16 (b, l));
        }
      _mm_storeu_si128 ((__m128i *) (target + x),
                        _mm_packus_epi16 (to_words (finish (high_a, low_a)),
                                          to_words (finish (high_b, low_b))));
    }
}
#endif

ThawResamplePasses
thaw_resample_passes (ThawIsa isa)
{
#ifdef __x86_64__
  if (isa >= THAW_ISA_AVX2)
    return (ThawResamplePasses){ rows_avx2, column_avx2 };
#endif
  return (ThawResamplePasses){ rows_baseline, column_baseline };
}
