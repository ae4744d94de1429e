/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plot computes: points, spans, smoothing, ticks, ranges, colours */
#include "widgets/thaw-plot-draw.h"

#include <gtk/gtk.h>
#include <math.h>

static ThawPlotSeries *
random_series (gsize n, guint seed, double gaps)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  ThawPlotSeries *series = thaw_plot_series_new (1, &(ThawPlotSeriesInfo){ "a", NULL, 0, 0, THAW_PLOT_LINE });
  double x = 0;

  for (gsize i = 0; i < n; i++)
    {
      ThawPlotPoint point = { { x, i + 1, 60 * x }, g_rand_double_range (random, -3, 5) };

      if (g_rand_double (random) < gaps)
        point.y = g_rand_boolean (random) ? NAN : INFINITY;
      thaw_plot_series_append (series, &point, 1);
      x += g_rand_double (random) < .1 ? 0 : g_rand_double (random) * .01; /* some stand at the same x */
    }
  return series;
}

static ThawPlotSpan
naive_span (ThawPlotSeries *series, gsize from, gsize to)
{
  ThawPlotSpan span = { INFINITY, -INFINITY };

  for (gsize i = from; i < to; i++)
    if (isfinite (thaw_plot_series_y (series, i)))
      {
        span.min = fmin (span.min, thaw_plot_series_y (series, i));
        span.max = fmax (span.max, thaw_plot_series_y (series, i));
      }
  return span;
}

/* The pyramid against a plain loop, at ranges of all sizes, aligned and not */
static void
test_span (void)
{
  static const gsize sizes[] = { 1, 31, 32, 33, 127, 128, 129, 4095, 4096, 4097, 20011, 70000 };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (ThawPlotSeries) series = random_series (sizes[s], s, s % 2 ? .05 : 0);

      for (guint t = 0; t < 400; t++)
        {
          gsize from = g_rand_int_range (random, 0, sizes[s] + 1), to = g_rand_int_range (random, from, sizes[s] + 1);
          ThawPlotSpan got, expected;

          from = t % 3 == 0 ? from / 128 * 128 : from;
          to = t == 0 ? sizes[s] : to;
          from = t == 0 ? 0 : from;
          got = thaw_plot_series_span (series, from, to);
          expected = naive_span (series, from, to);
          g_assert_cmpfloat (got.min, ==, expected.min);
          g_assert_cmpfloat (got.max, ==, expected.max);
        }
    }
}

static void
test_find (void)
{
  g_autoptr (ThawPlotSeries) series = random_series (9000, 3, 0);
  g_autoptr (GRand) random = g_rand_new_with_seed (8);

  for (guint t = 0; t < 3000; t++)
    {
      double x = g_rand_double_range (random, -1, 60);
      gsize expected = 0;

      while (expected < series->n_points && thaw_plot_series_x (series, THAW_PLOT_EPOCH, expected) < x)
        expected++;
      g_assert_cmpuint (thaw_plot_series_find (series, THAW_PLOT_EPOCH, x), ==, expected);
      g_assert_cmpuint (thaw_plot_series_find_near (series, THAW_PLOT_EPOCH, x, g_rand_int_range (random, 0, 12000)), ==, expected);
    }
}

/* What an eye sees of the polyline in one column: its points there and where it crosses the column's borders */
static ThawPlotColumn
naive_column (const ThawPlotScene *scene, ThawPlotSeries *series, double low, double high, gboolean last)
{
  ThawPlotColumn column = { INFINITY, -INFINITY };

  for (gsize i = 0; i < series->n_points; i++)
    {
      double x = thaw_plot_series_x (series, scene->unit, i), y = thaw_plot_series_y (series, i);

      if (x >= low && (x < high || (last && x == high)) && isfinite (y))
        {
          column.top = fmin (column.top, (float) thaw_plot_scale_place (&scene->y, y));
          column.bottom = fmax (column.bottom, (float) thaw_plot_scale_place (&scene->y, y));
        }
    }
  return column;
}

/* Every column holds at least its points, at most these and what joins them to their neighbours */
static void
test_columns (void)
{
  g_autoptr (ThawPlotSeries) series = random_series (6000, 5, .01);
  g_autoptr (GRand) random = g_rand_new_with_seed (9);
  double end = thaw_plot_series_x (series, THAW_PLOT_EPOCH, series->n_points - 1);

  for (guint zoom = 0; zoom < 40; zoom++)
    {
      ThawPlotScene scene = { .unit = THAW_PLOT_EPOCH, .x = { 0 }, .y = { .min = -3, .max = 5, .from = 400, .to = 0 } };
      double width = end / pow (1.3, zoom);
      ThawPlotColumn columns[200];

      scene.x.min = g_rand_double_range (random, 0, end - width + 1e-9);
      scene.x.max = scene.x.min + width;
      thaw_plot_columns (&scene, series, columns, 0, 200);
      for (int c = 0; c < 200; c++)
        {
          double low = scene.x.min + c * width / 200, high = c < 199 ? low + width / 200 : scene.x.max;
          ThawPlotColumn points = naive_column (&scene, series, low, high, c == 199);
          gsize from = thaw_plot_series_find (series, THAW_PLOT_EPOCH, low), to = thaw_plot_series_find (series, THAW_PLOT_EPOCH, high);
          ThawPlotSpan around = naive_span (series, from > 0 ? from - 1 : 0, MIN (to + 1, series->n_points));

          if (points.top <= points.bottom)
            {
              g_assert_cmpfloat (columns[c].top, <=, points.top);
              g_assert_cmpfloat (columns[c].bottom, >=, points.bottom);
            }
          if (columns[c].top <= columns[c].bottom)
            {
              g_assert_cmpfloat (columns[c].top, >=, thaw_plot_scale_place (&scene.y, around.max) - 1e-3);
              g_assert_cmpfloat (columns[c].bottom, <=, thaw_plot_scale_place (&scene.y, around.min) + 1e-3);
            }
        }
    }
}

/* From any column on it is the same as from the first */
static void
test_columns_from (void)
{
  g_autoptr (ThawPlotSeries) series = random_series (3000, 6, 0);
  ThawPlotScene scene = { .x = { .min = 1, .max = 9 }, .y = { .min = -3, .max = 5, .from = 400, .to = 0 } };
  ThawPlotColumn all[300], some[300];

  thaw_plot_columns (&scene, series, all, 0, 300);
  for (int first = 0; first < 300; first += 7)
    {
      thaw_plot_columns (&scene, series, some, first, 300);
      for (int c = first; c < 300; c++)
        {
          g_assert_cmpfloat (all[c].top, ==, some[c].top);
          g_assert_cmpfloat (all[c].bottom, ==, some[c].bottom);
        }
    }
}

/* s_i = sum of (1 - w) w^(i-j) y_j, over 1 - w^(i+1), written out */
static void
test_smoothing (void)
{
  static const double weights[] = { .3, .6, .9, .99 };
  g_autoptr (ThawPlotSeries) series = random_series (500, 11, 0);

  for (guint k = 0; k < G_N_ELEMENTS (weights); k++)
    {
      double w = weights[k], total = 0;

      thaw_plot_series_smooth (series, w);
      for (gsize i = 0; i < 500; i++)
        {
          double sum = 0, mean;

          for (gsize j = 0; j <= i; j++)
            sum += (1 - w) * pow (w, i - j) * thaw_plot_series_y (series, j);
          g_assert_cmpfloat_with_epsilon (thaw_plot_series_smoothed (series, i), sum / (1 - pow (w, i + 1)), 1e-5);
          total += thaw_plot_series_smoothed (series, i);
          mean = thaw_plot_series_smooth_mean (series, 0, i + 1);
          g_assert_cmpfloat_with_epsilon (mean, total / (i + 1), 1e-5);
        }
    }
  thaw_plot_series_smooth (series, 0);
  g_assert_false (thaw_plot_series_is_smooth (series));
  g_assert_cmpfloat (thaw_plot_series_smoothed (series, 7), ==, thaw_plot_series_y (series, 7));
}

/* What comes later is smoothed as if it had been there at once; what is no number is passed over */
static void
test_smoothing_grows (void)
{
  g_autoptr (ThawPlotSeries) whole = random_series (2000, 12, .1);
  g_autoptr (ThawPlotSeries) grown = thaw_plot_series_new (2, &(ThawPlotSeriesInfo){ "b", NULL, 0, 0, THAW_PLOT_LINE });

  thaw_plot_series_smooth (whole, .9);
  for (gsize i = 0; i < 2000; i++)
    {
      ThawPlotPoint point = { { 0 }, thaw_plot_series_y (whole, i) };

      for (guint unit = 0; unit < THAW_PLOT_N_UNITS; unit++)
        point.x[unit] = thaw_plot_series_x (whole, unit, i);
      thaw_plot_series_append (grown, &point, 1);
      if (i % 37 == 0)
        thaw_plot_series_smooth (grown, .9);
    }
  thaw_plot_series_smooth (grown, .9);
  for (gsize i = 0; i < 2000; i++)
    if (!isnan (thaw_plot_series_smoothed (whole, i)))
      g_assert_cmpfloat (thaw_plot_series_smoothed (whole, i), ==, thaw_plot_series_smoothed (grown, i));
  g_assert_true (isfinite (thaw_plot_series_smoothed (grown, 1999)));
}

/* x that goes back is moved up, so that searching stays right */
static void
test_backward (void)
{
  g_autoptr (ThawPlotSeries) series = thaw_plot_series_new (1, &(ThawPlotSeriesInfo){ "a", NULL, 0, 0, THAW_PLOT_LINE });

  thaw_plot_series_append (series, (ThawPlotPoint[]){ { { 1, 10, 5 }, 1 }, { { .5, 11, NAN }, 2 }, { { 2, 9, 7 }, 3 } }, 3);
  g_assert_cmpfloat (thaw_plot_series_x (series, THAW_PLOT_EPOCH, 1), ==, 1);
  g_assert_cmpfloat (thaw_plot_series_x (series, THAW_PLOT_SECONDS, 1), ==, 5);
  g_assert_cmpfloat (thaw_plot_series_x (series, THAW_PLOT_STEP, 2), ==, 11);
  g_assert_cmpfloat (thaw_plot_series_x (series, THAW_PLOT_EPOCH, 2), ==, 2);
}

typedef struct { ThawPlotAxis axis; gboolean log; double min, max, length, distance; const char *expected; } Ticks;

static const Ticks tick_table[] = {
  { THAW_PLOT_AXIS_NUMBER, FALSE, 0, 2.5, 400, 40, "0.0 0.5 1.0 1.5 2.0 2.5" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, .1, .35, 400, 40, "0.10 0.15 0.20 0.25 0.30 0.35" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, -1, 1, 200, 40, "-1.0 -0.5 0.0 0.5 1.0" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, 0, .0004, 200, 50, "0.0000 0.0001 0.0002 0.0003 0.0004" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, 0, 4e-7, 200, 50, "0 1e-07 2e-07 3e-07 4e-07" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, 0, 500000, 100, 40, "0 200000 400000" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, 0, 5e6, 100, 40, "0 2e+06 4e+06" },
  { THAW_PLOT_AXIS_NUMBER, FALSE, .41234567, .41234577, 200, 40, "0.41234568 0.41234570 0.41234572 0.41234574 0.41234576" },
  { THAW_PLOT_AXIS_NUMBER, TRUE, .01, 10, 300, 25, "0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10" },
  { THAW_PLOT_AXIS_NUMBER, TRUE, 1e-6, 1, 150, 40, "1e-06 0.0001 0.01 1" },
  { THAW_PLOT_AXIS_NUMBER, TRUE, .2, .9, 200, 40, "0.2 0.4 0.6 0.8" },
  { THAW_PLOT_AXIS_PERCENT, FALSE, 0, 1, 300, 50, "0 % 20 % 40 % 60 % 80 % 100 %" },
  { THAW_PLOT_AXIS_PERCENT, FALSE, .96, 1, 300, 60, "96 % 97 % 98 % 99 % 100 %" },
  { THAW_PLOT_AXIS_PERCENT, FALSE, .96, .966, 300, 60, "96.0 % 96.2 % 96.4 % 96.6 %" },
  { THAW_PLOT_AXIS_EPOCH, FALSE, 0, 20, 500, 100, "0 5 10 15 20" },
  { THAW_PLOT_AXIS_EPOCH, FALSE, 2, 3, 500, 100, "2.0 2.2 2.4 2.6 2.8 3.0" },
  { THAW_PLOT_AXIS_STEP, FALSE, 0, 3, 900, 60, "0 1 2 3" },
  { THAW_PLOT_AXIS_STEP, FALSE, 0, 20000, 400, 100, "0 5000 10 k 15 k 20 k" },
  { THAW_PLOT_AXIS_STEP, FALSE, 0, 2e6, 400, 100, "0 500 k 1.0 M 1.5 M 2.0 M" },
  { THAW_PLOT_AXIS_SECONDS, FALSE, 0, 2, 400, 100, "0.0 0.5 1.0 1.5 2.0" },
  { THAW_PLOT_AXIS_SECONDS, FALSE, 0, 60, 400, 100, "0 15 30 45 60" },
  { THAW_PLOT_AXIS_SECONDS, FALSE, 0, 150, 400, 80, "0:00 0:30 1:00 1:30 2:00 2:30" },
  { THAW_PLOT_AXIS_SECONDS, FALSE, 0, 14400, 400, 100, "0:00 1:00 2:00 3:00 4:00" },
};

static void
test_ticks (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (tick_table); i++)
    {
      const Ticks *row = &tick_table[i];
      ThawPlotScale scale = { row->axis, row->log, row->min, row->max, 0, row->length };
      g_autoptr (GArray) ticks = thaw_plot_scale_ticks (&scale, row->distance);
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint t = 0; t < ticks->len; t++)
        if (*g_array_index (ticks, ThawPlotTick, t).text)
          g_string_append_printf (text, "%s%s", text->len ? " " : "", g_array_index (ticks, ThawPlotTick, t).text);
      g_assert_cmpstr (text->str, ==, row->expected);
    }
}

static void
test_scale (void)
{
  ThawPlotScale linear = { THAW_PLOT_AXIS_NUMBER, FALSE, 2, 6, 400, 0 }, log = { THAW_PLOT_AXIS_NUMBER, TRUE, .01, 100, 400, 0 };

  g_assert_cmpfloat (thaw_plot_scale_place (&linear, 3), ==, 300);
  g_assert_cmpfloat (thaw_plot_scale_value (&linear, 300), ==, 3);
  g_assert_cmpfloat_with_epsilon (thaw_plot_scale_place (&log, 1), 200, 1e-9);
  g_assert_cmpfloat_with_epsilon (thaw_plot_scale_value (&log, 100), 10, 1e-9);
  g_assert_cmpfloat (thaw_plot_scale_place (&log, 0), >, 400);
  thaw_plot_scale_zoom (&linear, 300, 2); /* 3 stays where it was */
  g_assert_cmpfloat_with_epsilon (thaw_plot_scale_place (&linear, 3), 300, 1e-9);
  g_assert_cmpfloat_with_epsilon (linear.max - linear.min, 2, 1e-9);
  for (int i = 0; i < 2000; i++)
    thaw_plot_scale_zoom (&linear, 100, i < 1000 ? 1.5 : 1 / 1.5);
  g_assert_true (isfinite (linear.min) && isfinite (linear.max) && linear.max > linear.min);
  for (int i = 0; i < 2000; i++)
    thaw_plot_scale_zoom (&log, 100, 1 / 1.5);
  g_assert_true (log.min > 0 && isfinite (log.max));
}

/* The axes stay where they are while the data fill them well, and hold all the data at any time */
static void
test_follow (void)
{
  ThawPlotScale x = { THAW_PLOT_AXIS_EPOCH, FALSE, 0, 0, 0, 900 }, y = { THAW_PLOT_AXIS_NUMBER, FALSE, 0, 0, 400, 0 };
  int x_changes = 0, y_changes = 0;

  for (int i = 1; i <= 2000; i++)
    {
      double before = x.max, top = y.max, low = .3 + .01 * sin (i);

      thaw_plot_scale_follow_x (&x, 0, i * .01, TRUE);
      thaw_plot_scale_follow_y (&y, low, 2.4);
      x_changes += x.max != before;
      y_changes += y.max != top;
      g_assert_cmpfloat (x.max, >=, i * .01);
      g_assert_true (y.min <= low && y.max >= 2.4);
    }
  g_assert_cmpint (x_changes, <, 40);
  g_assert_cmpint (y_changes, ==, 1);
  thaw_plot_scale_follow_x (&x, 0, 17.3, FALSE);
  g_assert_cmpfloat (x.max, ==, 17.3);
}

static double
luminance (const GdkRGBA *color)
{
  double part[3] = { color->red, color->green, color->blue };

  for (int i = 0; i < 3; i++)
    part[i] = part[i] <= .04045 ? part[i] / 12.92 : pow ((part[i] + .055) / 1.055, 2.4);
  return .2126 * part[0] + .7152 * part[1] + .0722 * part[2];
}

/* WCAG 2.1 asks for 3 : 1 between graphics and what is behind them */
static void
test_contrast (void)
{
  static const GdkRGBA backs[] = { { 1, 1, 1, 1 }, { .19, .19, .19, 1 } };

  for (guint dark = 0; dark < 2; dark++)
    for (guint i = 0; i < 8; i++)
      {
        GdkRGBA color;
        double a, b;

        thaw_plot_color (i, dark, &color);
        a = luminance (&color) + .05;
        b = luminance (&backs[dark]) + .05;
        g_assert_cmpfloat (MAX (a, b) / MIN (a, b), >=, 3);
      }
}

/* Machado, Oliveira and Fernandes 2009, severity 1, on linear light; then CIE L*a*b* distances */
static const double sights[4][9] = {
  { 1, 0, 0, 0, 1, 0, 0, 0, 1 },
  { .152286, 1.052583, -.204868, .114503, .786281, .099216, -.003882, -.048116, 1.051998 }, /* protanopia */
  { .367322, .860646, -.227968, .280085, .672501, .047413, -.011820, .042940, .968881 },    /* deuteranopia */
  { 1.255528, -.076749, -.178779, -.078411, .930809, .147602, .004733, .691367, .303900 },  /* tritanopia */
};

static double
lab_curve (double t)
{
  return t > 216. / 24389 ? cbrt (t) : (24389. / 27 * t + 16) / 116;
}

static void
to_lab (const GdkRGBA *color, const double sight[9], double lab[3])
{
  double part[3] = { color->red, color->green, color->blue }, seen[3], x, y, z;

  for (int i = 0; i < 3; i++)
    part[i] = part[i] <= .04045 ? part[i] / 12.92 : pow ((part[i] + .055) / 1.055, 2.4);
  for (int i = 0; i < 3; i++)
    seen[i] = CLAMP (sight[3 * i] * part[0] + sight[3 * i + 1] * part[1] + sight[3 * i + 2] * part[2], 0, 1);
  x = lab_curve ((.4124 * seen[0] + .3576 * seen[1] + .1805 * seen[2]) / .9505);
  y = lab_curve (.2126 * seen[0] + .7152 * seen[1] + .0722 * seen[2]);
  z = lab_curve ((.0193 * seen[0] + .1192 * seen[1] + .9505 * seen[2]) / 1.089);
  lab[0] = 116 * y - 16;
  lab[1] = 500 * (x - y);
  lab[2] = 200 * (y - z);
}

/* The first four, which most plots have, are far apart for everybody; all eight can be told apart, with dashes and marks to help */
static void
test_color_blind (void)
{
  for (guint dark = 0; dark < 2; dark++)
    for (guint sight = 0; sight < 4; sight++)
      for (guint i = 0; i < 8; i++)
        for (guint j = 0; j < i; j++)
          {
            GdkRGBA a, b;
            double p[3], q[3], distance, least = i < 4 ? 24 : 11;

            thaw_plot_color (i, dark, &a);
            thaw_plot_color (j, dark, &b);
            to_lab (&a, sights[sight], p);
            to_lab (&b, sights[sight], q);
            distance = sqrt (pow (p[0] - q[0], 2) + pow (p[1] - q[1], 2) + pow (p[2] - q[2], 2));
            if (distance < least)
              g_test_message ("dark %u sight %u colours %u and %u: %.1f", dark, sight, i, j, distance);
            if (distance < least)
              g_test_fail ();
          }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot-data/span", test_span);
  g_test_add_func ("/plot-data/find", test_find);
  g_test_add_func ("/plot-data/columns", test_columns);
  g_test_add_func ("/plot-data/columns-from", test_columns_from);
  g_test_add_func ("/plot-data/smoothing", test_smoothing);
  g_test_add_func ("/plot-data/smoothing-grows", test_smoothing_grows);
  g_test_add_func ("/plot-data/backward", test_backward);
  g_test_add_func ("/plot-data/ticks", test_ticks);
  g_test_add_func ("/plot-data/scale", test_scale);
  g_test_add_func ("/plot-data/follow", test_follow);
  g_test_add_func ("/plot-data/contrast", test_contrast);
  g_test_add_func ("/plot-data/color-blind", test_color_blind);
  return g_test_run ();
}
