/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-canvas.h"

#include <math.h>

#define OVERLAP 6 /* pixels: lines reach so far beyond their points */

static gboolean
same_scale (const ThawPlotScale *a, const ThawPlotScale *b)
{
  return a->axis == b->axis && a->log == b->log && a->min == b->min && a->max == b->max && a->from == b->from && a->to == b->to;
}

/* Whether all that the axes and finished curves depend on is as it was drawn */
static gboolean
base_is_current (ThawPlotCanvas *self)
{
  return self->base && self->stale < THAW_PLOT_ALL && same_scale (&self->scene.x, &self->drawn.x) && same_scale (&self->scene.y, &self->drawn.y)
         && gdk_rgba_equal (&self->scene.text, &self->drawn.text) && self->pango_serial == pango_context_get_serial (self->scene.pango)
         && self->scale == gtk_widget_get_scale_factor (GTK_WIDGET (self));
}

static cairo_surface_t *
new_surface (ThawPlotCanvas *self)
{
  int width = MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1), height = MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width * self->scale, height * self->scale);

  cairo_surface_set_device_scale (surface, self->scale, self->scale);
  return surface;
}

static void
draw_base (ThawPlotCanvas *self)
{
  cairo_t *cr;

  g_clear_pointer (&self->base, cairo_surface_destroy);
  g_clear_pointer (&self->front, cairo_surface_destroy);
  self->scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  self->pango_serial = pango_context_get_serial (self->scene.pango);
  self->base = new_surface (self);
  cr = cairo_create (self->base);
  thaw_plot_draw_axes (&self->scene, cr);
  thaw_plot_draw_curves (&self->scene, cr, THAW_PLOT_RAW, TRUE, self->scale, self->scene.left);
  thaw_plot_draw_curves (&self->scene, cr, THAW_PLOT_SMOOTHED, TRUE, self->scale, self->scene.left);
  cairo_destroy (cr);
}

/* The leftmost place of a point that the front does not have yet */
static double
first_change (ThawPlotCanvas *self)
{
  double place = self->scene.right;

  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      if (series->shown && !series->finished && series->n_drawn < series->n_points)
        place = MIN (place, thaw_plot_scale_place (&self->scene.x, thaw_plot_series_x (series, self->scene.unit, MAX (series->n_drawn, 1) - 1)));
    }
  return CLAMP (floor (place) - OVERLAP, self->scene.left, self->scene.right);
}

static void
note_drawn (ThawPlotCanvas *self)
{
  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      series->n_drawn = series->n_points;
    }
}

/* From @from to the right edge, which is all of it where @from is the left one: a dot may stand out on either side */
static void
draw_front (ThawPlotCanvas *self, double from)
{
  cairo_t *cr = cairo_create (self->front);

  cairo_rectangle (cr, from > self->scene.left ? from : 0, 0, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
  cairo_clip (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_set_source_surface (cr, self->base, 0, 0);
  cairo_paint (cr);
  cairo_set_operator (cr, CAIRO_OPERATOR_OVER);
  thaw_plot_draw_curves (&self->scene, cr, THAW_PLOT_RAW, FALSE, self->scale, from);
  thaw_plot_draw_curves (&self->scene, cr, THAW_PLOT_SMOOTHED, FALSE, self->scale, from);
  thaw_plot_draw_marks (&self->scene, cr);
  cairo_destroy (cr);
  cairo_surface_flush (self->front);
}

/* A node of Cairo's and no texture: without a graphics card GTK 4.8 takes a texture through floating point, pixel by pixel, which costs more than the
 * curves; with one it uploads either of them once. */
static void
make_node (ThawPlotCanvas *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  cairo_t *cr;

  g_clear_pointer (&self->node, gsk_render_node_unref);
  self->node = gsk_cairo_node_new (&GRAPHENE_RECT_INIT (0, 0, width, height));
  cr = gsk_cairo_node_get_draw_context (self->node);
  cairo_set_source_surface (cr, self->front, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
}

GskRenderNode *
thaw_plot_canvas_layers (ThawPlotCanvas *self)
{
  double from = self->scene.left;

  if (!base_is_current (self))
    draw_base (self);
  else if (self->stale == THAW_PLOT_NOTHING && self->node)
    return self->node;
  else if (self->stale == THAW_PLOT_APPENDED && self->front)
    from = first_change (self);
  if (!self->front)
    self->front = new_surface (self);
  draw_front (self, from);
  make_node (self);
  note_drawn (self);
  self->drawn = self->scene;
  self->stale = THAW_PLOT_NOTHING;
  return self->node;
}

GdkTexture *
thaw_plot_texture (cairo_surface_t *surface)
{
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  gsize stride = cairo_image_surface_get_stride (surface);
  g_autoptr (GBytes) bytes = NULL;

  cairo_surface_flush (surface);
  bytes = g_bytes_new_with_free_func (cairo_image_surface_get_data (surface), stride * height, (GDestroyNotify) cairo_surface_destroy, surface);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes, stride);
}
