/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-draw.h"

#include <math.h>

#define LINE 2.
#define RAW_LINE 1.25
#define PALE .32

void
thaw_plot_color (guint index, gboolean dark, GdkRGBA *color)
{
  static const char *const on_light[] = { "#0064ba", "#d56500", "#00a56d", "#ca76a7", "#8a5e00", "#2a8fca", "#5a3f9a", "#393a3a" };
  static const char *const on_dark[] = { "#5689e9", "#f18a3c", "#2fc88f", "#e79ccc", "#f0e342", "#8ea9ff", "#b07a30", "#e7e8e8" };

  gdk_rgba_parse (color, dark ? on_dark[index % 8] : on_light[index % 8]);
}

int
thaw_plot_dash (const ThawPlotSeries *series, double dash[4])
{
  static const double dashes[][4] = { { 0 }, { 7, 4 }, { 2, 3 }, { 9, 3, 2, 3 } };
  static const int lengths[] = { 0, 2, 2, 4 };
  guint kind = (series->dash + series->color / 8) % 4;

  for (int i = 0; i < lengths[kind]; i++)
    dash[i] = dashes[kind][i];
  return lengths[kind];
}

static void
set_color (const ThawPlotSeries *series, cairo_t *cr, gboolean dark, double alpha)
{
  GdkRGBA color;

  thaw_plot_color (series->color, dark, &color);
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, alpha);
}

static void
set_dash (const ThawPlotSeries *series, cairo_t *cr)
{
  double dash[4];
  int n = thaw_plot_dash (series, dash);

  cairo_set_dash (cr, dash, n, 0);
}

static void
add_dot (cairo_t *cr, double x, double y)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, 3, 0, 2 * G_PI);
}

void
thaw_plot_draw_sample (cairo_t *cr, const ThawPlotSeries *series, gboolean dark, double x, double y, double length)
{
  set_color (series, cr, dark, 1);
  set_dash (series, cr);
  cairo_set_line_width (cr, LINE);
  cairo_move_to (cr, x, y);
  cairo_line_to (cr, x + length, y);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  if (series->kind == THAW_PLOT_POINTS)
    add_dot (cr, x + length / 2, y);
  cairo_fill (cr);
}

/* Where the line from the point before @i to @i meets @x; NAN where there is no such line */
static double
crossing (const ThawPlotScene *self, const ThawPlotSeries *series, gsize i, double x)
{
  double x0, x1, y0, y1;

  if (i == 0 || i >= series->n_points)
    return NAN;
  x0 = thaw_plot_series_x (series, self->unit, i - 1);
  x1 = thaw_plot_series_x (series, self->unit, i);
  y0 = thaw_plot_series_y (series, i - 1);
  y1 = thaw_plot_series_y (series, i);
  if (!isfinite (y0) || !isfinite (y1) || !(x1 > x0))
    return NAN;
  y0 = thaw_plot_scale_place (&self->y, y0);
  y1 = thaw_plot_scale_place (&self->y, y1);
  return y0 + (x - x0) / (x1 - x0) * (y1 - y0);
}

static void
add_place (ThawPlotColumn *column, double place)
{
  if (isnan (place))
    return;
  column->top = MIN (column->top, place);
  column->bottom = MAX (column->bottom, place);
}

void
thaw_plot_columns (const ThawPlotScene *self, const ThawPlotSeries *series, ThawPlotColumn *columns, int first, int n_columns)
{
  double step = (self->x.max - self->x.min) / n_columns;
  gsize from = thaw_plot_series_find (series, self->unit, self->x.min + first * step), many = 0;

  for (int c = first; c < n_columns; c++)
    {
      double x = self->x.min + c * step, end = c + 1 < n_columns ? x + step : nextafter (self->x.max, INFINITY);
      gsize to = from;
      ThawPlotSpan span;

      columns[c] = (ThawPlotColumn){ INFINITY, -INFINITY };
      if (from < series->n_points && thaw_plot_series_x (series, self->unit, from) < end)
        to = thaw_plot_series_find_near (series, self->unit, end, from + many);
      span = thaw_plot_series_span (series, from, to);
      if (span.min <= span.max)
        {
          add_place (&columns[c], thaw_plot_scale_place (&self->y, span.min));
          add_place (&columns[c], thaw_plot_scale_place (&self->y, span.max));
        }
      add_place (&columns[c], crossing (self, series, from, x));
      add_place (&columns[c], crossing (self, series, to, end));
      many = to - from;
      from = to;
    }
}

/* One column of the mask: whole rows full, the rows at its ends by how much of them is covered */
static void
fill_column (guchar *pixels, int stride, int height, double top, double bottom)
{
  int first, last;

  top = CLAMP (top, 0, height);
  bottom = CLAMP (bottom, 0, height);
  first = (int) floor (top);
  last = (int) floor (bottom);
  if (first == last)
    {
      if (first < height)
        pixels[first * stride] = (guchar) (255 * (bottom - top));
      return;
    }
  pixels[first * stride] = (guchar) (255 * (first + 1 - top));
  for (int y = first + 1; y < last; y++)
    pixels[y * stride] = 255;
  if (last < height)
    pixels[last * stride] = (guchar) (255 * (bottom - last));
}

/* Rows are written column by column, and Cairo colours the mask at once: a stroke of as many lines takes forty times as long */
static void
draw_dense (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series, int scale, double alpha, int first)
{
  int width = (int) (self->right - self->left) * scale, height = (int) (self->bottom - self->top) * scale;
  g_autofree ThawPlotColumn *columns = g_new (ThawPlotColumn, width);
  cairo_surface_t *mask = cairo_image_surface_create (CAIRO_FORMAT_A8, width, height);
  guchar *pixels = cairo_image_surface_get_data (mask);
  int stride = cairo_image_surface_get_stride (mask);
  double half = RAW_LINE / 2 * scale;

  thaw_plot_columns (self, series, columns, first, width);
  for (int c = first; c < width && pixels; c++)
    if (columns[c].top <= columns[c].bottom)
      fill_column (pixels + c, stride, height, (columns[c].top - self->top) * scale - half, (columns[c].bottom - self->top) * scale + half);
  cairo_surface_mark_dirty (mask);
  cairo_surface_set_device_scale (mask, scale, scale);
  set_color (series, cr, self->dark, alpha);
  cairo_mask_surface (cr, mask, self->left, self->top);
  cairo_surface_destroy (mask);
}

static void
move_or_line (cairo_t *cr, double x, double y, gboolean *pen)
{
  if (isnan (y))
    *pen = FALSE;
  else if (*pen)
    cairo_line_to (cr, x, y);
  else
    cairo_move_to (cr, x, y);
  *pen = !isnan (y);
}

static double
place_of (const ThawPlotScene *self, double y)
{
  return isfinite (y) ? thaw_plot_scale_place (&self->y, y) : NAN;
}

/* A value alone between gaps would be a line of no length: a dot */
static void
add_lonely (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series, gsize i, double x, double y)
{
  gboolean before = i > 0 && isfinite (thaw_plot_series_y (series, i - 1));
  gboolean after = i + 1 < series->n_points && isfinite (thaw_plot_series_y (series, i + 1));

  if (series->kind == THAW_PLOT_POINTS || (!before && !after && !isnan (y)))
    add_dot (cr, x, y);
}

/* Each point a corner, and a mark where the series has marks */
static void
draw_sparse (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series, gsize from, gsize to, double alpha)
{
  gboolean pen = FALSE, main_curve = alpha == 1;

  for (gsize i = from; i < to; i++)
    move_or_line (cr, thaw_plot_scale_place (&self->x, thaw_plot_series_x (series, self->unit, i)), place_of (self, thaw_plot_series_y (series, i)), &pen);
  set_color (series, cr, self->dark, alpha);
  cairo_set_line_width (cr, main_curve ? LINE : RAW_LINE);
  if (main_curve)
    set_dash (series, cr);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  for (gsize i = from; i < to; i++)
    {
      double x = thaw_plot_scale_place (&self->x, thaw_plot_series_x (series, self->unit, i)), y = place_of (self, thaw_plot_series_y (series, i));

      if (!isnan (y))
        add_lonely (self, cr, series, i, x, y);
    }
  cairo_fill (cr);
}

/* For a file of vectors: up and down within each column */
static void
draw_zigzag (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series, double alpha)
{
  int width = (int) (self->right - self->left) * 2;
  g_autofree ThawPlotColumn *columns = g_new (ThawPlotColumn, width);
  gboolean pen = FALSE;

  thaw_plot_columns (self, series, columns, 0, width);
  for (int c = 0; c < width; c++)
    {
      gboolean any = columns[c].top <= columns[c].bottom;

      move_or_line (cr, self->left + (c + .5) / 2, any ? columns[c].top : NAN, &pen);
      if (any && columns[c].bottom > columns[c].top)
        move_or_line (cr, self->left + (c + .5) / 2, columns[c].bottom, &pen);
    }
  set_color (series, cr, self->dark, alpha);
  cairo_set_line_width (cr, RAW_LINE / 2);
  cairo_stroke (cr);
}

/* The points that are seen, and one more on each side so that lines reach the edge */
static void
seen (const ThawPlotScene *self, const ThawPlotSeries *series, gsize *from, gsize *to)
{
  *from = thaw_plot_series_find (series, self->unit, self->x.min);
  *to = thaw_plot_series_find (series, self->unit, self->x.max);
  *from -= *from > 0;
  *to = MIN (*to + 1, series->n_points);
}

static void
draw_raw (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series, int scale, double left)
{
  double alpha = thaw_plot_series_is_smooth (series) ? PALE : 1;
  gsize from, to;

  seen (self, series, &from, &to);
  if ((to - from) * 4 <= self->right - self->left)
    draw_sparse (self, cr, series, from, to, alpha);
  else if (scale > 0)
    draw_dense (self, cr, series, scale, alpha, (int) (left - self->left) * scale);
  else
    draw_zigzag (self, cr, series, alpha);
}

/* Where there are more points than pixels, their mean over two pixels: the line that an eye would see. */
static void
draw_smoothed (const ThawPlotScene *self, cairo_t *cr, const ThawPlotSeries *series)
{
  gsize from, to, next;
  double width = self->right - self->left, x = self->x.min, bin = 2 * (self->x.max - self->x.min) / width;
  gboolean pen = FALSE;

  seen (self, series, &from, &to);
  for (gsize i = from; i < to; i = next)
    {
      double at = thaw_plot_series_x (series, self->unit, i);

      next = i + 1;
      if ((to - from) * 2 > width && i > from)
        {
          x = self->x.min + floor ((at - self->x.min) / bin) * bin;
          next = MAX (i + 1, MIN (to, thaw_plot_series_find (series, self->unit, x + bin)));
          at = MIN (x + bin / 2, thaw_plot_series_x (series, self->unit, series->n_points - 1));
        }
      move_or_line (cr, thaw_plot_scale_place (&self->x, at), place_of (self, thaw_plot_series_smooth_mean (series, i, next)), &pen);
    }
  set_color (series, cr, self->dark, 1);
  cairo_set_line_width (cr, LINE);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  set_dash (series, cr);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

void
thaw_plot_draw_curves (const ThawPlotScene *self, cairo_t *cr, ThawPlotPart part, int finished, int scale, double from)
{
  cairo_save (cr);
  cairo_rectangle (cr, self->left, self->top - 3, self->right - self->left + 3, self->bottom - self->top + 6);
  cairo_clip (cr);
  for (guint i = 0; i < self->series->len; i++)
    {
      ThawPlotSeries *series = self->series->pdata[i];

      if (!series->shown || series->n_points == 0 || (finished >= 0 && series->finished != finished))
        continue;
      if (part == THAW_PLOT_RAW)
        draw_raw (self, cr, series, scale, from);
      else if (thaw_plot_series_is_smooth (series))
        draw_smoothed (self, cr, series);
    }
  cairo_restore (cr);
}
