/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of every instruction set against the plain one, and a region against the whole. */
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-random.h>

#include "data/thaw-resample-passes.h"
#include "data/thaw-resample.h"
#include "pictures.h"

#define MOST_TAPS 40
#define N_RESULTS 37
#define N_SOURCES 90
#define ROW_BYTES (3 * N_SOURCES + THAW_RESAMPLE_PADDING)

static void
fill_bytes (ThawRandom *random, guint8 *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint64 value = thaw_random_next (random);

      bytes[i] = value & 256 ? (value & 512 ? 255 : 0) : value;
    }
}

static void
fill_weights (ThawRandom *random, gint16 *high, gint16 *low, int count, int stride)
{
  memset (high, 0, stride * sizeof *high);
  memset (low, 0, stride * sizeof *low);
  for (int j = 0; j < count; j++)
    {
      gint32 weight = (gint32) thaw_random_range (random, -.4 * (1 << 22), .9 * (1 << 22));

      high[j] = weight >> 15;
      low[j] = weight & 0x7FFF;
    }
}

static void
check_rows (ThawRandom *random, const ThawResamplePasses *passes, const ThawResamplePasses *plain,
            int taps)
{
  int stride = (taps + 1) & ~1, first[N_RESULTS], count[N_RESULTS];
  gint16 high[N_RESULTS * (MOST_TAPS + 1)], low[N_RESULTS * (MOST_TAPS + 1)];
  ThawTaps all = { N_RESULTS, stride, first, count, high, low };
  guint8 sources[THAW_RESAMPLE_ROWS][ROW_BYTES], a[THAW_RESAMPLE_ROWS][3 * N_RESULTS + 1],
      b[THAW_RESAMPLE_ROWS][3 * N_RESULTS + 1];
  const guint8 *rows[THAW_RESAMPLE_ROWS];
  guint8 *to_a[THAW_RESAMPLE_ROWS], *to_b[THAW_RESAMPLE_ROWS];

  for (int i = 0; i < N_RESULTS; i++)
    {
      count[i] = taps - (int) thaw_random_below (random, MIN (taps, 3));
      first[i] = thaw_random_below (random, N_SOURCES - count[i] + 1);
      fill_weights (random, high + i * stride, low + i * stride, count[i], stride);
    }
  for (int r = 0; r < THAW_RESAMPLE_ROWS; r++)
    {
      fill_bytes (random, sources[r], ROW_BYTES);
      rows[r] = sources[r];
      to_a[r] = a[r];
      to_b[r] = b[r];
    }
  passes->rows (&all, rows, to_a);
  plain->rows (&all, rows, to_b);
  for (int r = 0; r < THAW_RESAMPLE_ROWS; r++)
    g_assert_cmpmem (a[r], 3 * N_RESULTS, b[r], 3 * N_RESULTS);
}

static void
check_column (ThawRandom *random, const ThawResamplePasses *passes, const ThawResamplePasses *plain,
              int taps)
{
  gsize length = 1 + thaw_random_below (random, 3 * N_SOURCES);
  gint16 high[MOST_TAPS + 1], low[MOST_TAPS + 1];
  g_autofree guint8 *sources = g_malloc ((gsize) taps * ROW_BYTES);
  const guint8 *rows[MOST_TAPS];
  guint8 a[ROW_BYTES], b[ROW_BYTES];

  fill_bytes (random, sources, (gsize) taps * ROW_BYTES);
  fill_weights (random, high, low, taps, (taps + 1) & ~1);
  for (int j = 0; j < taps; j++)
    rows[j] = sources + j * ROW_BYTES;
  passes->column (high, low, taps, rows, a, length);
  plain->column (high, low, taps, rows, b, length);
  g_assert_cmpmem (a, length, b, length);
}

static void
test_passes (void)
{
  ThawRandom random = thaw_random (1, THAW_RANDOM_AUGMENT, 0, 0);
  ThawResamplePasses plain = thaw_resample_passes (THAW_ISA_BASELINE);

  for (ThawIsa isa = THAW_ISA_BASELINE + 1; isa < THAW_N_ISAS; isa++)
    {
      ThawResamplePasses passes = thaw_resample_passes (isa);

      for (int taps = 1; thaw_isa_runs (isa) && taps <= MOST_TAPS; taps++)
        {
          check_rows (&random, &passes, &plain, taps);
          check_column (&random, &passes, &plain, taps);
        }
    }
}

/* Whatever part is asked for is what the whole has there, whichever pass comes first. */
static void
test_regions (void)
{
  static const int sizes[][4] = {
    { 40, 30, 23, 17 }, { 40, 30, 90, 81 }, { 9, 100, 30, 20 }, { 3, 2, 7, 5 }, { 1, 1, 4, 4 }
  };

  for (gsize k = 0; k < G_N_ELEMENTS (sizes); k++)
    for (int filter = THAW_FILTER_BILINEAR; filter <= THAW_FILTER_BICUBIC; filter++)
      for (int part = 0; part < 30; part++)
        {
          ThawRandom random = thaw_random (2, THAW_RANDOM_AUGMENT, k, part);
          int width = sizes[k][2], height = sizes[k][3];
          g_autoptr (ThawImage) image = thaw_test_picture (sizes[k][0], sizes[k][1]);
          g_autoptr (ThawImage) whole = thaw_image_resample (image, width, height, filter, NULL);
          ThawResample resample = thaw_resample_whole (image, width, height, filter);
          g_autofree guint8 *target = NULL;
          gsize bytes;

          resample.x = thaw_random_below (&random, width);
          resample.y = thaw_random_below (&random, height);
          resample.region_width = 1 + thaw_random_below (&random, width - resample.x);
          resample.region_height = 1 + thaw_random_below (&random, height - resample.y);
          bytes = 3 * (gsize) resample.region_width;
          target = g_malloc (bytes * resample.region_height);
          thaw_resample_run (&resample, target, bytes);
          for (int y = 0; y < resample.region_height; y++)
            g_assert_cmpmem (target + y * bytes, bytes,
                             whole->pixels + 3 * ((resample.y + y) * width + resample.x), bytes);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/resample/passes", test_passes);
  g_test_add_func ("/data/resample/regions", test_regions);
  return g_test_run ();
}
