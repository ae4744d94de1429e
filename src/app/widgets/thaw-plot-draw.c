/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-draw.h"

#include <math.h>

static void
set_faint (cairo_t *cr, const GdkRGBA *color, double share)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * share);
}

PangoLayout *
thaw_plot_text (PangoContext *pango, const char *text)
{
  PangoLayout *layout = pango_layout_new (pango);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (.85));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

void
thaw_plot_text_size (PangoContext *pango, const char *text, double *width, double *height)
{
  g_autoptr (PangoLayout) layout = thaw_plot_text (pango, text);
  int w, h;

  pango_layout_get_pixel_size (layout, &w, &h);
  if (width)
    *width = w;
  if (height)
    *height = h;
}

/* @across, @down: how much of the text lies left of and above the point, 0 .. 1 */
static void
draw_text (const ThawPlotScene *self, cairo_t *cr, const char *text, double x, double y, double across, double down)
{
  g_autoptr (PangoLayout) layout = thaw_plot_text (self->pango, text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (cr, round (x - across * width), round (y - down * height));
  pango_cairo_show_layout (cr, layout);
}

static double
widest_tick (const ThawPlotScene *self, GArray *ticks)
{
  double widest = 0, width;

  for (guint i = 0; i < ticks->len; i++)
    {
      thaw_plot_text_size (self->pango, g_array_index (ticks, ThawPlotTick, i).text, &width, NULL);
      widest = MAX (widest, width);
    }
  return widest;
}

/* A small plot goes without the titles of its axes */
static gboolean
has_titles (const ThawPlotScene *self)
{
  return self->bottom - self->top >= 90 && self->right - self->left >= 160;
}

static gboolean
room_for_titles (double width, double height)
{
  return height >= 138 && width >= 218;
}

/* Places of y, which the width has no part in; returns the height of a line of text */
static double
lay_out_y (ThawPlotScene *self, double top, double bottom, gboolean titles)
{
  double line;

  thaw_plot_text_size (self->pango, "0", NULL, &line);
  self->top = ceil (top + line / 2 + 1);
  self->bottom = floor (bottom - line - 5 - (titles ? line + 2 : 0));
  self->bottom = MAX (self->bottom, self->top + 10);
  self->y_distance = 2.4 * line;
  self->y.from = self->bottom;
  self->y.to = self->top;
  return line;
}

void
thaw_plot_scene_measure (ThawPlotScene *self, double width, double height)
{
  gboolean titles = room_for_titles (width - 2, height - 2);
  double line = lay_out_y (self, 2, height, titles);
  g_autoptr (GArray) ticks = thaw_plot_scale_ticks (&self->y, self->y_distance);

  self->margin = ceil (widest_tick (self, ticks) + 8 + (titles && self->y_title && *self->y_title ? line + 4 : 0));
}

void
thaw_plot_scene_lay_out (ThawPlotScene *self, double left, double top, double right, double bottom)
{
  double line = lay_out_y (self, top, bottom, room_for_titles (right - left, bottom - top));
  g_autoptr (GArray) ticks = NULL;

  self->left = left + self->margin;
  self->right = floor (right - 14);
  self->right = MAX (self->right, self->left + 10);
  self->x.from = self->left;
  self->x.to = self->right;
  self->x_distance = 4 * line;
  ticks = thaw_plot_scale_ticks (&self->x, self->x_distance);
  self->x_distance = MAX (self->x_distance, 1.6 * widest_tick (self, ticks));
}

static void
draw_grid_line (const ThawPlotScene *self, cairo_t *cr, gboolean vertical, double place, gboolean named)
{
  set_faint (cr, &self->text, named ? .13 : .06);
  if (vertical)
    cairo_rectangle (cr, round (place), self->top, 1, self->bottom - self->top);
  else
    cairo_rectangle (cr, self->left, round (place), self->right - self->left, 1);
  cairo_fill (cr);
}

static void
draw_ticks (const ThawPlotScene *self, cairo_t *cr, gboolean vertical)
{
  const ThawPlotScale *scale = vertical ? &self->x : &self->y;
  g_autoptr (GArray) ticks = thaw_plot_scale_ticks (scale, vertical ? self->x_distance : self->y_distance);

  for (guint i = 0; i < ticks->len; i++)
    {
      ThawPlotTick *tick = &g_array_index (ticks, ThawPlotTick, i);
      double place = thaw_plot_scale_place (scale, tick->value);

      draw_grid_line (self, cr, vertical, place, *tick->text);
      set_faint (cr, &self->text, .7);
      if (vertical)
        draw_text (self, cr, tick->text, place, self->bottom + 3, .5, 0);
      else
        draw_text (self, cr, tick->text, self->left - 6, place, 1, .5);
    }
}

static void
draw_titles (const ThawPlotScene *self, cairo_t *cr)
{
  g_autofree char *x_title = thaw_plot_scale_title (&self->x, self->x_distance);
  g_autoptr (GArray) ticks = thaw_plot_scale_ticks (&self->y, self->y_distance);
  double line, widest = widest_tick (self, ticks);

  thaw_plot_text_size (self->pango, "0", NULL, &line);
  set_faint (cr, &self->text, .7);
  draw_text (self, cr, x_title, (self->left + self->right) / 2, self->bottom + line + 5, .5, 0);
  if (!self->y_title || !*self->y_title)
    return;
  cairo_save (cr);
  cairo_translate (cr, self->left - widest - 10 - line / 2, (self->top + self->bottom) / 2);
  cairo_rotate (cr, -G_PI / 2);
  draw_text (self, cr, self->y_title, 0, 0, .5, .5);
  cairo_restore (cr);
}

void
thaw_plot_draw_axes (const ThawPlotScene *self, cairo_t *cr)
{
  draw_ticks (self, cr, TRUE);
  draw_ticks (self, cr, FALSE);
  set_faint (cr, &self->text, .35);
  cairo_rectangle (cr, self->left, self->bottom, self->right - self->left, 1);
  cairo_fill (cr);
  if (has_titles (self))
    draw_titles (self, cr);
}

void
thaw_plot_draw_marks (const ThawPlotScene *self, cairo_t *cr)
{
  static const double dash[] = { 3, 3 };

  for (guint i = 0; i < self->marks->len; i++)
    {
      ThawPlotMark *mark = &g_array_index (self->marks, ThawPlotMark, i);
      double x = round (thaw_plot_scale_place (&self->x, mark->x[self->unit])) + .5;

      if (x < self->left || x > self->right + 1)
        continue;
      set_faint (cr, &self->text, .6);
      cairo_set_line_width (cr, 1);
      cairo_set_dash (cr, dash, 2, 0);
      cairo_move_to (cr, x, self->top);
      cairo_line_to (cr, x, self->bottom);
      cairo_stroke (cr);
      cairo_move_to (cr, x - 4, self->top);
      cairo_line_to (cr, x + 4, self->top);
      cairo_line_to (cr, x, self->top + 6);
      cairo_fill (cr);
    }
  cairo_set_dash (cr, NULL, 0, 0);
}
