/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-legend.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

#define GAP 4

struct _ThawPlotLegend
{
  GtkWidget parent_instance;
  gboolean  updating;
};

enum { TOGGLED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ThawPlotLegend, thaw_plot_legend, GTK_TYPE_WIDGET)

static void
draw_sample_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  GdkRGBA text;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &text);
  thaw_plot_draw_sample (cr, data, .3 * text.red + .59 * text.green + .11 * text.blue > .5, 1, height / 2., width - 2);
}

static void
toggled_cb (GtkToggleButton *button, ThawPlotLegend *self)
{
  guint series = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "series"));

  if (!self->updating)
    g_signal_emit (self, signals[TOGGLED], 0, series, gtk_toggle_button_get_active (button));
}

static GtkWidget *
new_button (ThawPlotLegend *self, ThawPlotSeries *series)
{
  GtkWidget *button = gtk_toggle_button_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *label = gtk_label_new (NULL);
  GtkWidget *area = g_object_new (GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), 24);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), 12);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_sample_cb, thaw_plot_series_ref (series), (GDestroyNotify) thaw_plot_series_unref);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 36);
  gtk_box_append (GTK_BOX (box), area);
  gtk_box_append (GTK_BOX (box), label);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "flat");
  g_object_set_data (G_OBJECT (button), "series", GUINT_TO_POINTER (series->id));
  g_object_set_data (G_OBJECT (button), "label", label);
  g_signal_connect (button, "toggled", G_CALLBACK (toggled_cb), self);
  return button;
}

static void
fill_button (GtkWidget *button, ThawPlotSeries *series, const char *name)
{
  gtk_label_set_text (g_object_get_data (G_OBJECT (button), "label"), name);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (button), series->shown);
  thaw_tooltip_set (button, series->shown ? _("Hide this curve") : _("Show this curve"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_queue_draw (button);
}

static GtkWidget *
take_button (ThawPlotLegend *self, ThawPlotSeries *series)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child; child = gtk_widget_get_next_sibling (child))
    if (GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (child), "series")) == series->id)
      return child;
  return new_button (self, series);
}

void
thaw_plot_legend_update (ThawPlotLegend *self, ThawPlotCanvas *canvas)
{
  GtkWidget *before = NULL, *next;

  self->updating = TRUE;
  for (guint i = 0; i < canvas->scene.series->len; i++)
    {
      ThawPlotSeries *series = canvas->scene.series->pdata[i];
      GtkWidget *button = take_button (self, series);
      g_autofree char *name = thaw_plot_canvas_name (canvas, series);

      gtk_widget_insert_after (button, GTK_WIDGET (self), before);
      fill_button (button, series, name);
      before = button;
    }
  for (GtkWidget *rest = before ? gtk_widget_get_next_sibling (before) : gtk_widget_get_first_child (GTK_WIDGET (self)); rest; rest = next)
    {
      next = gtk_widget_get_next_sibling (rest);
      gtk_widget_unparent (rest);
    }
  self->updating = FALSE;
}

/* Places the buttons in rows of @width, or only counts; returns the height */
static int
wrap (ThawPlotLegend *self, int width, gboolean place)
{
  int x = 0, y = 0, row = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self)); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkRequisition size;

      gtk_widget_get_preferred_size (child, NULL, &size);
      size.width = MIN (size.width, MAX (width, 1));
      if (x > 0 && x + size.width > width)
        {
          y += row + GAP;
          x = row = 0;
        }
      if (place)
        gtk_widget_size_allocate (child, &(GtkAllocation){ x, y, size.width, size.height }, -1);
      x += size.width + GAP;
      row = MAX (row, size.height);
    }
  return y + row;
}

static void
thaw_plot_legend_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                          int *natural_baseline)
{
  ThawPlotLegend *self = THAW_PLOT_LEGEND (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      int least, wanted;

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &wanted, NULL, NULL);
      if (orientation == GTK_ORIENTATION_HORIZONTAL)
        {
          *minimum = MAX (*minimum, least);
          *natural += wanted + GAP;
        }
    }
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = wrap (self, for_size < 0 ? G_MAXINT / 2 : for_size, FALSE);
}

static void
thaw_plot_legend_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  wrap (THAW_PLOT_LEGEND (widget), width, TRUE);
}

static GtkSizeRequestMode
thaw_plot_legend_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
thaw_plot_legend_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (thaw_plot_legend_parent_class)->dispose (object);
}

static void
thaw_plot_legend_class_init (ThawPlotLegendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = thaw_plot_legend_dispose;
  widget_class->measure = thaw_plot_legend_measure;
  widget_class->size_allocate = thaw_plot_legend_size_allocate;
  widget_class->get_request_mode = thaw_plot_legend_get_request_mode;
  gtk_widget_class_set_css_name (widget_class, "plotlegend");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[TOGGLED] = g_signal_new ("toggled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT,
                                   G_TYPE_BOOLEAN);
}

static void
thaw_plot_legend_init (ThawPlotLegend *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Curves"), -1);
}

GtkWidget *
thaw_plot_legend_new (void)
{
  return g_object_new (THAW_TYPE_PLOT_LEGEND, NULL);
}
