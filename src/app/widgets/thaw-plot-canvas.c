/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-canvas.h"

#include <glib/gi18n.h>
#include <math.h>

G_DEFINE_FINAL_TYPE (ThawPlotCanvas, thaw_plot_canvas, GTK_TYPE_WIDGET)

ThawPlotSeries *
thaw_plot_canvas_find (ThawPlotCanvas *self, guint id)
{
  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      if (series->id == id)
        return series;
    }
  return NULL;
}

gboolean
thaw_plot_canvas_has_points (ThawPlotCanvas *self)
{
  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      if (series->shown && series->n_points > 0)
        return TRUE;
    }
  return FALSE;
}

void
thaw_plot_canvas_changed (ThawPlotCanvas *self, ThawPlotChange what)
{
  self->stale = MAX (self->stale, what);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->peer)
    gtk_widget_queue_draw (GTK_WIDGET (self->peer));
}

/* Of the series that are shown: where x ends, whether one still grows, where y lies */
static void
add_extent (ThawPlotCanvas *self, double *x_end, gboolean *growing, ThawPlotSpan *y)
{
  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];

      if (!series->shown || series->n_points == 0)
        continue;
      *x_end = MAX (*x_end, thaw_plot_series_x (series, self->scene.unit, series->n_points - 1));
      *growing = *growing || !series->finished;
      y->min = MIN (y->min, self->scene.y.log ? series->least_positive : series->span.min);
      y->max = MAX (y->max, series->span.max);
    }
}

/* Ranges that show all of the data, near those that @x and @y have; NULL: not asked */
static void
follow_data (ThawPlotCanvas *self, ThawPlotScale *x, ThawPlotScale *y)
{
  ThawPlotSpan span = { INFINITY, -INFINITY }, peers = span;
  gboolean growing = FALSE;
  double end = 0;

  add_extent (self, &end, &growing, &span);
  if (self->peer)
    add_extent (self->peer, &end, &growing, &peers);
  if (x)
    thaw_plot_scale_follow_x (x, 0, end, growing);
  if (!y)
    return;
  if (!(span.min <= span.max && (!y->log || span.max > 0)))
    span = y->log ? (ThawPlotSpan){ .1, 1 } : (ThawPlotSpan){ 0, 1 };
  thaw_plot_scale_follow_y (y, span.min, span.max);
}

static void
take_axes (ThawPlotCanvas *self)
{
  static const ThawPlotAxis axes[] = { THAW_PLOT_AXIS_EPOCH, THAW_PLOT_AXIS_STEP, THAW_PLOT_AXIS_SECONDS };

  self->scene.x.axis = axes[self->scene.unit];
  self->scene.y.axis = self->format == THAW_PLOT_PERCENT ? THAW_PLOT_AXIS_PERCENT : THAW_PLOT_AXIS_NUMBER;
}

static void
take_style (ThawPlotCanvas *self)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GdkRGBA *text = &self->scene.text;

  gtk_style_context_get_color (style, text);
  self->scene.dark = .3 * text->red + .59 * text->green + .11 * text->blue > .5;
  self->scene.pango = gtk_widget_get_pango_context (GTK_WIDGET (self));
  self->scene.y_title = self->y_title;
}

/* All but the places */
static void
prepare (ThawPlotCanvas *self)
{
  for (guint i = 0; i < self->scene.series->len; i++)
    thaw_plot_series_smooth (self->scene.series->pdata[i], self->smoothing);
  take_style (self);
  take_axes (self);
  follow_data (self, self->zoomed_x ? NULL : &self->scene.x, self->zoomed_y ? NULL : &self->scene.y);
  thaw_plot_scene_measure (&self->scene, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
}

/* The linked plot is prepared as well: both curves begin where the wider of the two margins ends */
void
thaw_plot_canvas_update (ThawPlotCanvas *self)
{
  double margin = 0;

  prepare (self);
  if (self->peer && thaw_plot_canvas_has_points (self->peer) && gtk_widget_get_mapped (GTK_WIDGET (self->peer)))
    {
      prepare (self->peer);
      margin = self->peer->scene.margin;
    }
  self->scene.margin = MAX (self->scene.margin, margin);
  thaw_plot_scene_lay_out (&self->scene, 2, 2, gtk_widget_get_width (GTK_WIDGET (self)), gtk_widget_get_height (GTK_WIDGET (self)));
}

static void
snapshot_empty (ThawPlotCanvas *self, GtkSnapshot *snapshot)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->empty_text ? self->empty_text : _("No values yet"));
  int width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self)), text_height;
  GdkRGBA color = self->scene.text;

  color.alpha *= .55;
  pango_layout_set_width (layout, MAX (width - 24, 1) * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_get_pixel_size (layout, NULL, &text_height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (12, MAX ((height - text_height) / 2, 0)));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
thaw_plot_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (widget);

  thaw_plot_canvas_update (self);
  if (!thaw_plot_canvas_has_points (self))
    {
      snapshot_empty (self, snapshot);
      return;
    }
  gtk_snapshot_append_node (snapshot, thaw_plot_canvas_layers (self));
  thaw_plot_canvas_snapshot_cursor (self, snapshot);
}

void
thaw_plot_canvas_share_x (ThawPlotCanvas *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (!self->peer)
    return;
  self->peer->zoomed_x = self->zoomed_x;
  self->peer->scene.x.min = self->scene.x.min;
  self->peer->scene.x.max = self->scene.x.max;
  gtk_widget_queue_draw (GTK_WIDGET (self->peer));
}

void
thaw_plot_canvas_reset (ThawPlotCanvas *self, gboolean x, gboolean y)
{
  if (x)
    {
      self->zoomed_x = FALSE;
      self->scene.x.min = self->scene.x.max = 0;
      thaw_plot_canvas_share_x (self);
    }
  if (y)
    {
      self->zoomed_y = FALSE;
      self->scene.y.min = self->scene.y.max = 0;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Whoever zooms out beyond everything wants everything */
static gboolean
beyond_all (ThawPlotCanvas *self, gboolean vertical)
{
  const ThawPlotScale *now = vertical ? &self->scene.y : &self->scene.x;
  ThawPlotScale whole = *now;

  whole.min = whole.max = 0;
  follow_data (self, vertical ? NULL : &whole, vertical ? &whole : NULL);
  return now->min <= whole.min && now->max >= whole.max;
}

void
thaw_plot_canvas_zoom (ThawPlotCanvas *self, gboolean vertical, double place, double factor)
{
  thaw_plot_canvas_update (self);
  thaw_plot_scale_zoom (vertical ? &self->scene.y : &self->scene.x, place, factor);
  if (vertical)
    self->zoomed_y = TRUE;
  else
    self->zoomed_x = TRUE;
  if (factor < 1 && beyond_all (self, vertical))
    thaw_plot_canvas_reset (self, !vertical, vertical);
  else if (!vertical)
    thaw_plot_canvas_share_x (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
thaw_plot_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                          int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 80;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : 220;
}

/* The context menu is its only child: GTK leaves placing it to the parent */
static void
thaw_plot_canvas_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_POPOVER (child))
      gtk_popover_present (GTK_POPOVER (child));
}

static void
free_mark (gpointer mark)
{
  g_free (((ThawPlotMark *) mark)->text);
}

static void
thaw_plot_canvas_dispose (GObject *object)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (object);
  GtkWidget *child;

  if (self->peer)
    g_clear_weak_pointer (&self->peer->peer);
  g_clear_weak_pointer (&self->peer);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (thaw_plot_canvas_parent_class)->dispose (object);
}

static void
thaw_plot_canvas_finalize (GObject *object)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (object);

  g_ptr_array_unref (self->scene.series);
  g_array_unref (self->scene.marks);
  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_clear_pointer (&self->base, cairo_surface_destroy);
  g_clear_pointer (&self->front, cairo_surface_destroy);
  g_free (self->title);
  g_free (self->y_title);
  g_free (self->empty_text);
  G_OBJECT_CLASS (thaw_plot_canvas_parent_class)->finalize (object);
}

static void
thaw_plot_canvas_class_init (ThawPlotCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_plot_canvas_dispose;
  G_OBJECT_CLASS (klass)->finalize = thaw_plot_canvas_finalize;
  widget_class->measure = thaw_plot_canvas_measure;
  widget_class->size_allocate = thaw_plot_canvas_size_allocate;
  widget_class->snapshot = thaw_plot_canvas_snapshot;
  gtk_widget_class_set_css_name (widget_class, "plotcanvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  thaw_plot_canvas_class_add_keys (widget_class);
}

static void
thaw_plot_canvas_init (ThawPlotCanvas *self)
{
  self->scene.series = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_plot_series_unref);
  self->scene.marks = g_array_new (FALSE, FALSE, sizeof (ThawPlotMark));
  g_array_set_clear_func (self->scene.marks, free_mark);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  thaw_plot_canvas_add_input (self);
}

GtkWidget *
thaw_plot_canvas_new (void)
{
  return g_object_new (THAW_TYPE_PLOT_CANVAS, NULL);
}
