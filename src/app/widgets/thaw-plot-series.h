/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot.h"

G_BEGIN_DECLS

#define THAW_PLOT_CHUNK_BITS 12
#define THAW_PLOT_CHUNK (1 << THAW_PLOT_CHUNK_BITS)
#define THAW_PLOT_LEVELS 8

typedef struct { double min, max; } ThawPlotSpan; /* min > max: nothing */

/* Points never move and are never changed, so that a thread may read those that were there when it was started */
typedef struct
{
  double x[THAW_PLOT_N_UNITS][THAW_PLOT_CHUNK];
  double y[THAW_PLOT_CHUNK];
  float  smooth[THAW_PLOT_CHUNK]; /* main thread only */
} ThawPlotChunk;

/**
 * ThawPlotSeries: one curve's points, which are only ever appended
 *
 * Beside them a pyramid of the least and greatest values of blocks of 32, 128, 512 ... points, kept with each append, so that the span of
 * any range of a million points is known after some fifty comparisons.
 */
typedef struct
{
  gatomicrefcount refs;
  guint        id;
  char        *name, *group;
  guint        color, dash;
  ThawPlotKind kind;
  gboolean     shown, finished;
  gsize        n_drawn;                   /* of the points, how many the picture has: the canvas' affair */

  gsize        n_points;
  GPtrArray   *chunks;                    /* ThawPlotChunk, atomic reference counted boxes */
  GArray      *levels[THAW_PLOT_LEVELS];  /* ThawPlotSpan */
  ThawPlotSpan span;                      /* of all y */
  double       least_positive;            /* INFINITY: none */

  /* smoothing: of the first n_smooth points */
  double       weight;
  gsize        n_smooth, first_smooth;
  double       mean, debias;
  GArray      *sums;                      /* double: of the smoothed values before each block of 32 */
} ThawPlotSeries;

ThawPlotSeries *thaw_plot_series_new     (guint id, const ThawPlotSeriesInfo *info);
ThawPlotSeries *thaw_plot_series_ref     (ThawPlotSeries *self);
void            thaw_plot_series_unref   (ThawPlotSeries *self);
/* A series of the same points, which another thread may read while this one grows. (transfer full) */
ThawPlotSeries *thaw_plot_series_freeze  (ThawPlotSeries *self);
void            thaw_plot_series_describe (ThawPlotSeries *self, const ThawPlotSeriesInfo *info);
void            thaw_plot_series_append  (ThawPlotSeries *self, const ThawPlotPoint *points, gsize n_points);
void            thaw_plot_series_empty   (ThawPlotSeries *self);

double          thaw_plot_series_x       (const ThawPlotSeries *self, ThawPlotUnit unit, gsize i);
double          thaw_plot_series_y       (const ThawPlotSeries *self, gsize i);
/* The first point at @x or beyond; n_points where there is none */
gsize           thaw_plot_series_find    (const ThawPlotSeries *self, ThawPlotUnit unit, double x);
/* The same, quick where it is near @guess */
gsize           thaw_plot_series_find_near (const ThawPlotSeries *self, ThawPlotUnit unit, double x, gsize guess);
/* The point nearest to @x; the series has one */
gsize           thaw_plot_series_nearest (const ThawPlotSeries *self, ThawPlotUnit unit, double x);
/* Least and greatest finite y of the points [from, to) */
ThawPlotSpan    thaw_plot_series_span    (const ThawPlotSeries *self, gsize from, gsize to);

/* s_i = w s_(i-1) + (1 - w) y_i, s_-1 = 0, shown as s_i / (1 - w^(i+1)): the weighted mean of all so far. Values that are no numbers are passed over.
 * Series of points and weight 0 are not smoothed. What is appended later is smoothed when this is called again. */
void            thaw_plot_series_smooth  (ThawPlotSeries *self, double weight);
gboolean        thaw_plot_series_is_smooth (const ThawPlotSeries *self);
double          thaw_plot_series_smoothed (const ThawPlotSeries *self, gsize i);
/* The mean of the smoothed values of [from, to); NAN where there is none */
double          thaw_plot_series_smooth_mean (const ThawPlotSeries *self, gsize from, gsize to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPlotSeries, thaw_plot_series_unref)

G_END_DECLS
