/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-series.h"

#include <math.h>

#define BLOCK_BITS 5 /* the lowest blocks have 32 points, the next 4 times as many, and so on */
#define LEVEL_BITS(level) (BLOCK_BITS + 2 * (level))
#define BLOCK(level) ((gsize) 1 << LEVEL_BITS (level))

static const ThawPlotSpan nothing = { INFINITY, -INFINITY };

static void
series_clear (ThawPlotSeries *self)
{
  g_ptr_array_set_size (self->chunks, 0);
  for (guint i = 0; i < THAW_PLOT_LEVELS; i++)
    g_array_set_size (self->levels[i], 0);
  self->n_points = 0;
  self->span = nothing;
  self->least_positive = INFINITY;
}

static void
forget_smoothing (ThawPlotSeries *self)
{
  g_array_set_size (self->sums, 0);
  self->n_smooth = 0;
  self->first_smooth = G_MAXSIZE;
  self->mean = 0;
  self->debias = 1;
}

ThawPlotSeries *
thaw_plot_series_new (guint id, const ThawPlotSeriesInfo *info)
{
  ThawPlotSeries *self = g_new0 (ThawPlotSeries, 1);

  g_atomic_ref_count_init (&self->refs);
  self->id = id;
  self->shown = TRUE;
  self->kind = info->kind;
  self->chunks = g_ptr_array_new_with_free_func (g_atomic_rc_box_release);
  for (guint i = 0; i < THAW_PLOT_LEVELS; i++)
    self->levels[i] = g_array_new (FALSE, FALSE, sizeof (ThawPlotSpan));
  self->sums = g_array_new (FALSE, FALSE, sizeof (double));
  thaw_plot_series_describe (self, info);
  series_clear (self);
  forget_smoothing (self);
  return self;
}

ThawPlotSeries *
thaw_plot_series_ref (ThawPlotSeries *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
thaw_plot_series_unref (ThawPlotSeries *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->name);
  g_free (self->group);
  g_ptr_array_unref (self->chunks);
  for (guint i = 0; i < THAW_PLOT_LEVELS; i++)
    g_array_unref (self->levels[i]);
  g_array_unref (self->sums);
  g_free (self);
}

ThawPlotSeries *
thaw_plot_series_freeze (ThawPlotSeries *self)
{
  ThawPlotSeriesInfo info = { self->name, self->group, self->color, self->dash, self->kind };
  ThawPlotSeries *copy = thaw_plot_series_new (self->id, &info);

  copy->n_points = self->n_points;
  for (guint i = 0; i < self->chunks->len; i++)
    g_ptr_array_add (copy->chunks, g_atomic_rc_box_acquire (self->chunks->pdata[i]));
  return copy;
}

void
thaw_plot_series_describe (ThawPlotSeries *self, const ThawPlotSeriesInfo *info)
{
  g_autofree char *name = g_steal_pointer (&self->name), *group = g_steal_pointer (&self->group);

  self->name = g_strdup (info->name ? info->name : "");
  self->group = g_strdup (info->group);
  self->color = info->color;
  self->dash = info->dash;
}

static inline ThawPlotChunk *
chunk_of (const ThawPlotSeries *self, gsize i)
{
  return self->chunks->pdata[i >> THAW_PLOT_CHUNK_BITS];
}

#define WITHIN(i) ((i) & (THAW_PLOT_CHUNK - 1))

double
thaw_plot_series_x (const ThawPlotSeries *self, ThawPlotUnit unit, gsize i)
{
  return chunk_of (self, i)->x[unit][WITHIN (i)];
}

double
thaw_plot_series_y (const ThawPlotSeries *self, gsize i)
{
  return chunk_of (self, i)->y[WITHIN (i)];
}

static inline void
widen (ThawPlotSpan *span, double y)
{
  if (isfinite (y))
    {
      span->min = MIN (span->min, y);
      span->max = MAX (span->max, y);
    }
}

static void
append_to_pyramid (ThawPlotSeries *self, gsize i, double y)
{
  for (guint level = 0; level < THAW_PLOT_LEVELS; level++)
    {
      GArray *blocks = self->levels[level];

      if (i >> LEVEL_BITS (level) == blocks->len)
        g_array_append_val (blocks, nothing);
      widen (&g_array_index (blocks, ThawPlotSpan, blocks->len - 1), y);
    }
}

static void
append_point (ThawPlotSeries *self, const ThawPlotPoint *point)
{
  gsize i = self->n_points;
  ThawPlotChunk *chunk;

  if (WITHIN (i) == 0)
    g_ptr_array_add (self->chunks, g_atomic_rc_box_alloc (sizeof (ThawPlotChunk)));
  chunk = chunk_of (self, i);
  for (guint unit = 0; unit < THAW_PLOT_N_UNITS; unit++)
    {
      double before = i > 0 ? thaw_plot_series_x (self, unit, i - 1) : 0;

      chunk->x[unit][WITHIN (i)] = point->x[unit] >= before ? point->x[unit] : before;
    }
  chunk->y[WITHIN (i)] = point->y;
  append_to_pyramid (self, i, point->y);
  widen (&self->span, point->y);
  if (point->y > 0 && isfinite (point->y))
    self->least_positive = MIN (self->least_positive, point->y);
  self->n_points++;
}

void
thaw_plot_series_append (ThawPlotSeries *self, const ThawPlotPoint *points, gsize n_points)
{
  for (gsize i = 0; i < n_points; i++)
    append_point (self, &points[i]);
}

void
thaw_plot_series_empty (ThawPlotSeries *self)
{
  series_clear (self);
  forget_smoothing (self);
}

/* The first point of [low, high) at @x or beyond, or high */
static gsize
search (const ThawPlotSeries *self, ThawPlotUnit unit, double x, gsize low, gsize high)
{
  while (low < high)
    {
      gsize middle = low + (high - low) / 2;

      if (thaw_plot_series_x (self, unit, middle) < x)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gsize
thaw_plot_series_find_near (const ThawPlotSeries *self, ThawPlotUnit unit, double x, gsize guess)
{
  gsize low = MIN (guess, self->n_points), high = low, step = 1;

  for (; low > 0 && thaw_plot_series_x (self, unit, low - 1) >= x; step *= 2)
    {
      high = low - 1;
      low = low > step ? low - step : 0;
    }
  for (step = 1; high < self->n_points && thaw_plot_series_x (self, unit, high) < x; step *= 2)
    {
      low = high + 1;
      high = self->n_points - high > step ? high + step : self->n_points;
    }
  return search (self, unit, x, low, high);
}

gsize
thaw_plot_series_find (const ThawPlotSeries *self, ThawPlotUnit unit, double x)
{
  return search (self, unit, x, 0, self->n_points);
}

gsize
thaw_plot_series_nearest (const ThawPlotSeries *self, ThawPlotUnit unit, double x)
{
  gsize i = thaw_plot_series_find (self, unit, x);

  if (i == self->n_points)
    return i - 1;
  if (i > 0 && x - thaw_plot_series_x (self, unit, i - 1) < thaw_plot_series_x (self, unit, i) - x)
    return i - 1;
  return i;
}

ThawPlotSpan
thaw_plot_series_span (const ThawPlotSeries *self, gsize from, gsize to)
{
  ThawPlotSpan span = nothing;

  while (from < to)
    {
      int level = -1;

      while (level + 1 < THAW_PLOT_LEVELS && from % BLOCK (level + 1) == 0 && from + BLOCK (level + 1) <= to)
        level++;
      if (level < 0)
        widen (&span, thaw_plot_series_y (self, from++));
      else
        {
          ThawPlotSpan *block = &g_array_index (self->levels[level], ThawPlotSpan, from >> LEVEL_BITS (level));

          span.min = MIN (span.min, block->min);
          span.max = MAX (span.max, block->max);
          from += BLOCK (level);
        }
    }
  return span;
}

static void
smooth_point (ThawPlotSeries *self, gsize i)
{
  double y = thaw_plot_series_y (self, i);

  if (i % BLOCK (0) == 0)
    {
      double sum = i > 0 ? g_array_index (self->sums, double, self->sums->len - 1) : 0;

      for (gsize j = i > 0 ? i - BLOCK (0) : 0; j < i; j++)
        sum += j >= self->first_smooth ? chunk_of (self, j)->smooth[WITHIN (j)] : 0;
      g_array_append_val (self->sums, sum);
    }
  if (isfinite (y))
    {
      self->first_smooth = MIN (self->first_smooth, i);
      self->mean = self->weight * self->mean + (1 - self->weight) * y;
      self->debias *= self->weight;
    }
  chunk_of (self, i)->smooth[WITHIN (i)] = self->debias < 1 ? self->mean / (1 - self->debias) : NAN;
}

void
thaw_plot_series_smooth (ThawPlotSeries *self, double weight)
{
  if (self->kind == THAW_PLOT_POINTS)
    weight = 0;
  if (self->weight != weight)
    forget_smoothing (self);
  self->weight = weight;
  if (weight > 0)
    for (; self->n_smooth < self->n_points; self->n_smooth++)
      smooth_point (self, self->n_smooth);
}

gboolean
thaw_plot_series_is_smooth (const ThawPlotSeries *self)
{
  return self->weight > 0;
}

double
thaw_plot_series_smoothed (const ThawPlotSeries *self, gsize i)
{
  return i < self->n_smooth ? chunk_of (self, i)->smooth[WITHIN (i)] : thaw_plot_series_y (self, i);
}

/* Of the smoothed values before @i */
static double
sum_before (const ThawPlotSeries *self, gsize i)
{
  gsize block = MIN (i >> BLOCK_BITS, (gsize) self->sums->len - 1);
  double sum = g_array_index (self->sums, double, block);

  for (gsize j = MAX (block << BLOCK_BITS, self->first_smooth); j < i; j++)
    sum += chunk_of (self, j)->smooth[WITHIN (j)];
  return sum;
}

double
thaw_plot_series_smooth_mean (const ThawPlotSeries *self, gsize from, gsize to)
{
  to = MIN (to, self->n_smooth);
  from = MAX (from, self->first_smooth);
  return from < to ? (sum_before (self, to) - sum_before (self, from)) / (to - from) : NAN;
}
