/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-resample.h"

#include <math.h>
#include <string.h>

/* Pillow's resampling for 8-bit pixels (its libImaging/Resample.c; the order of the passes is that
 * of version 13), so that predictions agree with those of frameworks that read pictures through it.
 * What makes the bits:
 *   - the box is float; where the result is smaller the filter grows with the scale, where it is
 *     larger it does not shrink;
 *   - weights are computed and normalised in double, then rounded to 22 bits of fraction, halves
 *     away from zero;
 *   - along the rows first, then down the columns (or the other way: goes_down_first()), each sum
 *     started at one half, shifted and clipped to 0 .. 255.
 * The sums are of integers: they may be taken in any order and on any processor. */
#define PRECISION 22
#define HALF (1 << (PRECISION - 1))

/* Rows are resampled this many at a time; columns are summed this many at a time. */
#define ROWS 4
#define COLUMNS 16

typedef gint32 Int4 __attribute__ ((vector_size (16)));
typedef guint8 Byte4 __attribute__ ((vector_size (4)));
typedef gint32 Int8 __attribute__ ((vector_size (32)));
typedef guint8 Byte8 __attribute__ ((vector_size (8)));

/* The sources of every result along one side. */
typedef struct
{
  int     n;
  int     most;     /* weights a result has at most */
  int    *first;    /* [n] */
  int    *count;    /* [n] */
  gint32 *weights;  /* [n][most] */
} Taps;

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
  return weight < 0 ? (int) (-.5 + weight * (1 << PRECISION))
                    : (int) (.5 + weight * (1 << PRECISION));
}

/* The weights of the result whose middle lies at @centre, among @size sources. */
static void
weigh_result (Taps *self, int i, const Filter *filter, double centre, double scale, int size,
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
    self->weights[(gsize) i * self->most + j] = to_fixed (sum != 0 ? scratch[j] / sum : scratch[j]);
}

/* Results @from .. @from + @n - 1 of @whole, which cover low .. high of @size sources. */
static void
taps_init (Taps *self, const Filter *filter, int size, float low, float high, gint64 whole,
           gint64 from, int n)
{
  double step = (double) (high - low) / whole;
  double scale = MAX (step, 1);
  g_autofree double *scratch = NULL;

  self->n = n;
  self->most = MIN (size, (int) ceil (filter->support * scale) * 2 + 1);
  self->first = g_new (int, n);
  self->count = g_new (int, n);
  self->weights = g_new (gint32, (gsize) n * self->most);
  scratch = g_new (double, self->most);
  for (int i = 0; i < n; i++)
    weigh_result (self, i, filter, low + (from + i + .5) * step, scale, size, scratch);
}

static void
taps_clear (Taps *self)
{
  g_free (self->first);
  g_free (self->count);
  g_free (self->weights);
}

static inline __attribute__ ((always_inline)) guint8
clip (gint32 sum)
{
  return CLAMP (sum >> PRECISION, 0, 255);
}

/* Four rows at a time share their weights; a pixel is three lanes of four. One byte behind the last
 * pixel is read. */
static inline __attribute__ ((always_inline)) void
resample_rows (const Taps *taps, const guint8 *const rows[ROWS], guint8 *const targets[ROWS])
{
  for (int i = 0; i < taps->n; i++)
    {
      const gint32 *weights = taps->weights + (gsize) i * taps->most;
      gsize at = 3 * (gsize) taps->first[i];
      Int4 sums[ROWS];

      for (int r = 0; r < ROWS; r++)
        sums[r] = (Int4){ HALF, HALF, HALF, HALF };
      for (int j = 0; j < taps->count[i]; j++, at += 3)
        for (int r = 0; r < ROWS; r++)
          {
            Byte4 pixel;

            memcpy (&pixel, rows[r] + at, sizeof pixel);
            sums[r] += __builtin_convertvector (pixel, Int4) * weights[j];
          }
      for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < 3; c++)
          targets[r][3 * i + c] = clip (sums[r][c]);
    }
}

/* One row of results from @n rows of sources, COLUMNS values at a time: rows are padded to that. */
static inline __attribute__ ((always_inline)) void
resample_column (const gint32 *weights, int n, const guint8 *const *rows, guint8 *target,
                 gsize length)
{
  for (gsize x = 0; x < length; x += COLUMNS)
    {
      Int8 sums[2] = { { HALF, HALF, HALF, HALF, HALF, HALF, HALF, HALF },
                       { HALF, HALF, HALF, HALF, HALF, HALF, HALF, HALF } };

      for (int j = 0; j < n; j++)
        for (int k = 0; k < 2; k++)
          {
            Byte8 values;

            memcpy (&values, rows[j] + x + 8 * k, sizeof values);
            sums[k] += __builtin_convertvector (values, Int8) * weights[j];
          }
      for (int k = 0; k < COLUMNS; k++)
        target[x + k] = clip (sums[k / 8][k % 8]);
    }
}

#define DEFINE_PASSES(suffix, attributes)                                                         \
  attributes static void resample_rows_##suffix (const Taps *taps, const guint8 *const rows[ROWS],\
                                                 guint8 *const targets[ROWS])                     \
  {                                                                                               \
    resample_rows (taps, rows, targets);                                                          \
  }                                                                                               \
  attributes static void resample_column_##suffix (const gint32 *weights, int n,                  \
                                                   const guint8 *const *rows, guint8 *target,     \
                                                   gsize length)                                  \
  {                                                                                               \
    resample_column (weights, n, rows, target, length);                                           \
  }

typedef struct
{
  void (*rows) (const Taps *taps, const guint8 *const rows[ROWS], guint8 *const targets[ROWS]);
  void (*column) (const gint32 *weights, int n, const guint8 *const *rows, guint8 *target,
                  gsize length);
} Passes;

DEFINE_PASSES (plain, )
#ifdef __x86_64__
DEFINE_PASSES (avx2, __attribute__ ((target ("avx2"))))
#endif

/* The same sums in wider registers where there are any. */
static Passes
choose_passes (void)
{
#ifdef __x86_64__
  if (__builtin_cpu_supports ("avx2"))
    return (Passes){ resample_rows_avx2, resample_column_avx2 };
#endif
  return (Passes){ resample_rows_plain, resample_column_plain };
}

typedef struct
{
  const ThawResample *resample;
  Passes              passes;
  Taps                across, down;
  int                 n_tail;      /* the last rows of the source, */
  guint8             *tail;        /* copied, so that COLUMNS bytes may be read behind them */
  const guint8      **needed;      /* [down.most]: the rows that one row of results is made of */
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

  *self = (Run){ .resample = resample, .passes = choose_passes () };
  taps_init (&self->across, filter, resample->source_width, resample->box[0], resample->box[2],
             resample->width, resample->x, resample->region_width);
  taps_init (&self->down, filter, resample->source_height, resample->box[1], resample->box[3],
             resample->height, resample->y, resample->region_height);
  self->needed = g_new (const guint8 *, self->down.most);
  self->n_tail = MIN (resample->source_height, (int) (COLUMNS / resample->stride) + 2);
  tail_bytes = (self->n_tail - 1) * resample->stride + row_bytes;
  self->tail = g_malloc0 (tail_bytes + COLUMNS);
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
  return (length + COLUMNS - 1) / COLUMNS * COLUMNS + COLUMNS;
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
  for (; self->next < end; self->next += ROWS)
    {
      const guint8 *rows[ROWS];
      guint8 *targets[ROWS];

      for (int r = 0; r < ROWS; r++)
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
  Ring ring = { .n = self->down.most + 2 * ROWS, .stride = padded (length) };
  g_autofree guint8 *row = g_malloc (ring.stride);

  ring.rows = g_malloc0_n (ring.n, ring.stride);
  for (int y = 0; y < self->resample->region_height; y++)
    {
      int first = self->down.first[y], n = self->down.count[y];

      fill_ring (&ring, self, first, first + n);
      for (int j = 0; j < n; j++)
        self->needed[j] = ring_row (&ring, first + j);
      self->passes.column (self->down.weights + (gsize) y * self->down.most, n, self->needed, row,
                           length);
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
  self->passes.column (self->down.weights + (gsize) y * self->down.most, self->down.count[y],
                       self->needed, row, length);
}

static void
run_down_first (Run *self, guint8 *target, gsize target_stride)
{
  const Taps *across = &self->across;
  int from = across->first[0], end = across->first[across->n - 1] + across->count[across->n - 1];
  gsize length = 3 * (gsize) (end - from), stride = padded (length);
  g_autofree guint8 *rows = g_malloc0_n (ROWS, stride);
  g_autofree guint8 *unwanted = g_malloc (3 * (gsize) across->n);

  for (int i = 0; i < across->n; i++)
    across->first[i] -= from;
  for (int y = 0; y < self->resample->region_height; y += ROWS)
    {
      const guint8 *sources[ROWS];
      guint8 *targets[ROWS];

      for (int r = 0; r < ROWS; r++)
        {
          run_down (self, y + r, 3 * (gsize) from, length, rows + r * stride);
          sources[r] = rows + r * stride;
          targets[r]
              = y + r < self->resample->region_height ? target + (y + r) * target_stride : unwanted;
        }
      self->passes.rows (across, sources, targets);
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
