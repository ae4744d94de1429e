/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-resample.h"

#include <math.h>
#include <string.h>

#include "thaw-resample-passes.h"

/* Pillow's resampling for 8-bit pixels (its libImaging/Resample.c; the order of the passes is that
 * of version 13), so that predictions agree with those of frameworks that read pictures through it.
 * What makes the bits:
 *   - the box is float; where the result is smaller the filter grows with the scale, where it is
 *     larger it does not shrink;
 *   - weights are computed and normalised in double, then rounded to 22 bits of fraction, halves
 *     away from zero;
 *   - along the rows first, then down the columns (or the other way: goes_down_first()), each sum
 *     started at one half, shifted and clipped to 0 .. 255.
 * The sums are of integers (thaw-resample-passes.h). */
typedef struct
{
  double (*weigh) (double x);
  double support;
} Filter;

static double
weigh_bilinear (double x)
{
  x = fabs (x);
  return x < 1 ? 1 - x : 0;
}

/* Keys' cubic convolution with a = -1/2. */
static double
weigh_bicubic (double x)
{
  const double a = -.5;

  x = fabs (x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static const Filter filters[] = {
  [THAW_FILTER_BILINEAR] = { weigh_bilinear, 1 },
  [THAW_FILTER_BICUBIC] = { weigh_bicubic, 2 },
};

static gint32
to_fixed (double weight)
{
  return weight < 0 ? (int) (-.5 + weight * (1 << THAW_RESAMPLE_PRECISION))
                    : (int) (.5 + weight * (1 << THAW_RESAMPLE_PRECISION));
}

/* The weights of the result whose middle lies at @centre, among @size sources. */
static void
weigh_result (ThawTaps *self, int i, const Filter *filter, double centre, double scale, int size,
              double *scratch)
{
  double support = filter->support * scale, sum = 0, shrink = 1 / scale;
  int first = MAX (0, (int) (centre - support + .5));
  int end = MIN (size, (int) (centre + support + .5));

  self->first[i] = first;
  self->count[i] = end - first;
  for (int j = 0; j < end - first; j++)
    {
      scratch[j] = filter->weigh ((j + first - centre + .5) * shrink);
      sum += scratch[j];
    }
  for (int j = 0; j < end - first; j++)
    {
      gint32 weight = to_fixed (sum != 0 ? scratch[j] / sum : scratch[j]);

      self->high[(gsize) i * self->stride + j] = weight >> 15;
      self->low[(gsize) i * self->stride + j] = weight & 0x7FFF;
    }
}

/* Results @from .. @from + @n - 1 of @whole, which cover low .. high of @size sources. */
static void
taps_init (ThawTaps *self, const Filter *filter, int size, float low, float high, gint64 whole,
           gint64 from, int n)
{
  double step = (double) (high - low) / whole;
  double scale = MAX (step, 1);
  g_autofree double *scratch = NULL;

  self->n = n;
  self->stride = (MIN (size, (int) ceil (filter->support * scale) * 2 + 1) + 1) & ~1;
  self->first = g_new (int, n);
  self->count = g_new (int, n);
  self->high = g_new0 (gint16, (gsize) n * self->stride);
  self->low = g_new0 (gint16, (gsize) n * self->stride);
  scratch = g_new (double, self->stride);
  for (int i = 0; i < n; i++)
    weigh_result (self, i, filter, low + (from + i + .5) * step, scale, size, scratch);
}

static void
taps_clear (ThawTaps *self)
{
  g_free (self->first);
  g_free (self->count);
  g_free (self->high);
  g_free (self->low);
}

typedef struct
{
  const ThawResample *resample;
  ThawResamplePasses  passes;
  ThawTaps            across, down;
  int                 n_tail;      /* the last rows of the source, */
  guint8 *tail; /* copied, so that THAW_RESAMPLE_PADDING bytes may be read behind them */
  const guint8      **needed;      /* [down.stride]: the rows that one row of results is made of */
} Run;

static const guint8 *
source_row (const Run *self, int y)
{
  const ThawResample *resample = self->resample;
  int into_tail = MIN (y, resample->source_height - 1) - (resample->source_height - self->n_tail);

  return into_tail >= 0 ? self->tail + into_tail * resample->stride
                        : resample->pixels + y * resample->stride;
}

static void
run_init (Run *self, const ThawResample *resample)
{
  const Filter *filter = &filters[resample->filter];
  gsize row_bytes = 3 * (gsize) resample->source_width, tail_bytes;

  *self = (Run){ .resample = resample, .passes = thaw_resample_passes (thaw_cpu_isa ()) };
  taps_init (&self->across, filter, resample->source_width, resample->box[0], resample->box[2],
             resample->width, resample->x, resample->region_width);
  taps_init (&self->down, filter, resample->source_height, resample->box[1], resample->box[3],
             resample->height, resample->y, resample->region_height);
  self->needed = g_new (const guint8 *, self->down.stride);
  self->n_tail
      = MIN (resample->source_height, (int) (THAW_RESAMPLE_PADDING / resample->stride) + 2);
  tail_bytes = (self->n_tail - 1) * resample->stride + row_bytes;
  self->tail = g_malloc0 (tail_bytes + THAW_RESAMPLE_PADDING);
  memcpy (self->tail,
          resample->pixels + (resample->source_height - self->n_tail) * resample->stride,
          tail_bytes);
}

static void
run_clear (Run *self)
{
  taps_clear (&self->across);
  taps_clear (&self->down);
  g_free (self->needed);
  g_free (self->tail);
}

static gsize
padded (gsize length)
{
  return (length + THAW_RESAMPLE_PADDING - 1) / THAW_RESAMPLE_PADDING * THAW_RESAMPLE_PADDING
         + THAW_RESAMPLE_PADDING;
}

/* Row @y of the results from the rows that are needed for it */
static void
sum_rows (const Run *self, int y, guint8 *row, gsize length)
{
  gsize at = (gsize) y * self->down.stride;

  self->passes.column (self->down.high + at, self->down.low + at, self->down.count[y], self->needed,
                       row, length);
}

/* Rows of the source that are narrowed already: a ring, since the ones that are needed only ever go
 * down. */
typedef struct
{
  int     n;
  gsize   stride;
  guint8 *rows;    /* [n][stride] */
  int     next;    /* the first source row that is not there yet */
} Ring;

static guint8 *
ring_row (const Ring *self, int y)
{
  return self->rows + (y % self->n) * self->stride;
}

static void
fill_ring (Ring *self, const Run *run, int first, int end)
{
  self->next = MAX (self->next, first);
  for (; self->next < end; self->next += THAW_RESAMPLE_ROWS)
    {
      const guint8 *rows[THAW_RESAMPLE_ROWS];
      guint8 *targets[THAW_RESAMPLE_ROWS];

      for (int r = 0; r < THAW_RESAMPLE_ROWS; r++)
        {
          rows[r] = source_row (run, self->next + r);
          targets[r] = ring_row (self, self->next + r);
        }
      run->passes.rows (&run->across, rows, targets);
    }
}

static void
run_across_first (Run *self, guint8 *target, gsize target_stride)
{
  gsize length = 3 * (gsize) self->resample->region_width;
  Ring ring = { .n = self->down.stride + 2 * THAW_RESAMPLE_ROWS, .stride = padded (length) };
  g_autofree guint8 *row = g_malloc (ring.stride);

  ring.rows = g_malloc0_n (ring.n, ring.stride);
  for (int y = 0; y < self->resample->region_height; y++)
    {
      int first = self->down.first[y], n = self->down.count[y];

      fill_ring (&ring, self, first, first + n);
      for (int j = 0; j < n; j++)
        self->needed[j] = ring_row (&ring, first + j);
      sum_rows (self, y, row, length);
      memcpy (target + y * target_stride, row, length);
    }
  g_free (ring.rows);
}

/* Row @y of the results at the source's width, as far as it is needed. */
static void
run_down (Run *self, int y, gsize from, gsize length, guint8 *row)
{
  y = MIN (y, self->resample->region_height - 1);
  for (int j = 0; j < self->down.count[y]; j++)
    self->needed[j] = source_row (self, self->down.first[y] + j) + from;
  sum_rows (self, y, row, length);
}

static void
run_down_first (Run *self, guint8 *target, gsize target_stride)
{
  const ThawTaps *across = &self->across;
  int from = across->first[0], end = across->first[across->n - 1] + across->count[across->n - 1];
  gsize length = 3 * (gsize) (end - from), stride = padded (length);
  gsize result_length = 3 * (gsize) across->n, result_stride = padded (result_length);
  g_autofree guint8 *rows = g_malloc0_n (THAW_RESAMPLE_ROWS, stride);
  g_autofree guint8 *results = g_malloc_n (THAW_RESAMPLE_ROWS, result_stride);

  for (int i = 0; i < across->n; i++)
    across->first[i] -= from;
  for (int y = 0; y < self->resample->region_height; y += THAW_RESAMPLE_ROWS)
    {
      const guint8 *sources[THAW_RESAMPLE_ROWS];
      guint8 *targets[THAW_RESAMPLE_ROWS];

      for (int r = 0; r < THAW_RESAMPLE_ROWS; r++)
        {
          run_down (self, y + r, 3 * (gsize) from, length, rows + r * stride);
          sources[r] = rows + r * stride;
          targets[r] = results + r * result_stride;
        }
      self->passes.rows (across, sources, targets);
      for (int r = 0; r < MIN (THAW_RESAMPLE_ROWS, self->resample->region_height - y); r++)
        memcpy (target + (y + r) * target_stride, targets[r], result_length);
    }
}

/* Since its version 13 Pillow narrows last what shrinks much more in height. Before, it always
 * began with the rows; the two differ by the rounding in between. */
static gboolean
goes_down_first (const ThawResample *self)
{
  gint64 lost_height = self->source_height - self->height,
         lost_width = self->source_width - self->width;

  return lost_height > 0 && lost_height > 2 * lost_width;
}

void
thaw_resample_run (const ThawResample *self, guint8 *target, gsize target_stride)
{
  Run run;

  run_init (&run, self);
  if (goes_down_first (self))
    run_down_first (&run, target, target_stride);
  else
    run_across_first (&run, target, target_stride);
  run_clear (&run);
}

ThawResample
thaw_resample_whole (const ThawImage *image, gint64 width, gint64 height, ThawFilter filter)
{
  return (ThawResample){
    .pixels = image->pixels,
    .source_width = image->width,
    .source_height = image->height,
    .stride = 3 * (gsize) image->width,
    .box = { 0, 0, image->width, image->height },
    .filter = filter,
    .width = width,
    .height = height,
    .region_width = MIN (width, G_MAXINT),
    .region_height = MIN (height, G_MAXINT),
  };
}

ThawImage *
thaw_image_resample (const ThawImage *self, int width, int height, ThawFilter filter,
                     const double *box)
{
  ThawResample resample = thaw_resample_whole (self, width, height, filter);
  ThawImage *result;

  g_return_val_if_fail (width > 0 && height > 0, NULL);
  if (box)
    {
      g_return_val_if_fail (box[0] >= 0 && box[1] >= 0 && box[2] <= self->width
                                && box[3] <= self->height,
                            NULL);
      g_return_val_if_fail (box[0] < box[2] && box[1] < box[3], NULL);
      for (int i = 0; i < 4; i++)
        resample.box[i] = (float) box[i];
    }
  result = thaw_image_new (width, height);
  thaw_resample_run (&resample, result->pixels, 3 * (gsize) width);
  return result;
}
