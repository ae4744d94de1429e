/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot.h"
#include "thaw-window.h"
#include "widgets/thaw-plot-actions.h"
#include "widgets/thaw-plot-legend.h"
#include "widgets/thaw-tooltip.h"

#include <glib/gi18n.h>

#define SPACING 2

struct _ThawPlot
{
  GtkWidget       parent_instance;
  ThawPlotCanvas *canvas;
  GtkWidget      *header, *title, *legend_scroller;
  ThawPlotLegend *legend;
};

enum { PROP_0, PROP_TITLE, PROP_Y_TITLE, PROP_FORMAT, PROP_X_UNIT, PROP_LOG_Y, PROP_SMOOTHING, PROP_EMPTY_TEXT, N_PROPERTIES };
static GParamSpec *properties[N_PROPERTIES];
enum { FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ThawPlot, thaw_plot, GTK_TYPE_WIDGET)

GType
thaw_plot_unit_get_type (void)
{
  static const GEnumValue values[] = { { THAW_PLOT_EPOCH, "THAW_PLOT_EPOCH", "epoch" },
                                       { THAW_PLOT_STEP, "THAW_PLOT_STEP", "step" },
                                       { THAW_PLOT_SECONDS, "THAW_PLOT_SECONDS", "time" },
                                       { 0, NULL, NULL } };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ThawPlotUnit", values));
  return type;
}

GType
thaw_plot_format_get_type (void)
{
  static const GEnumValue values[]
      = { { THAW_PLOT_NUMBER, "THAW_PLOT_NUMBER", "number" }, { THAW_PLOT_PERCENT, "THAW_PLOT_PERCENT", "percent" }, { 0, NULL, NULL } };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("ThawPlotFormat", values));
  return type;
}

ThawPlotCanvas *
thaw_plot_get_canvas (ThawPlot *self)
{
  return self->canvas;
}

void
thaw_plot_fail (ThawPlot *self, const char *title, const GError *error)
{
  g_signal_emit (self, signals[FAILED], 0, title, error);
}

/* FALSE: it is the same already */
static gboolean
take_text (char **text, const char *value)
{
  if (g_strcmp0 (*text, value) == 0)
    return FALSE;
  g_free (*text);
  *text = g_strdup (value);
  return TRUE;
}

void
thaw_plot_set_title (ThawPlot *self, const char *title)
{
  if (!take_text (&self->canvas->title, title))
    return;
  gtk_label_set_text (GTK_LABEL (self->title), title ? title : "");
  thaw_plot_canvas_tell (self->canvas);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title ? title : _("Plot"), -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

void
thaw_plot_set_y_title (ThawPlot *self, const char *title)
{
  if (!take_text (&self->canvas->y_title, title))
    return;
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_Y_TITLE]);
}

void
thaw_plot_set_empty_text (ThawPlot *self, const char *text)
{
  if (!take_text (&self->canvas->empty_text, text))
    return;
  gtk_widget_queue_draw (GTK_WIDGET (self->canvas));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_EMPTY_TEXT]);
}

void
thaw_plot_set_format (ThawPlot *self, ThawPlotFormat format)
{
  if (self->canvas->format == format)
    return;
  self->canvas->format = format;
  thaw_plot_canvas_reset (self->canvas, FALSE, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FORMAT]);
}

void
thaw_plot_set_log_y (ThawPlot *self, gboolean log_y)
{
  log_y = log_y != FALSE;
  if (self->canvas->scene.y.log == log_y)
    return;
  self->canvas->scene.y.log = log_y;
  thaw_plot_canvas_reset (self->canvas, FALSE, TRUE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOG_Y]);
}

void
thaw_plot_set_smoothing (ThawPlot *self, double weight)
{
  weight = CLAMP (weight, 0, .999);
  if (self->canvas->smoothing == weight)
    return;
  self->canvas->smoothing = weight;
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SMOOTHING]);
}

static ThawPlot *
plot_of (ThawPlotCanvas *canvas)
{
  GtkWidget *plot = canvas ? gtk_widget_get_ancestor (GTK_WIDGET (canvas), THAW_TYPE_PLOT) : NULL;

  return plot ? THAW_PLOT (plot) : NULL;
}

static gboolean
take_unit (ThawPlot *self, ThawPlotUnit unit)
{
  if (!self || self->canvas->scene.unit == unit)
    return FALSE;
  self->canvas->scene.unit = unit;
  thaw_plot_canvas_set_cursor (self->canvas, THAW_PLOT_NO_CURSOR, 0);
  thaw_plot_canvas_reset (self->canvas, TRUE, FALSE);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_X_UNIT]);
  return TRUE;
}

void
thaw_plot_set_x_unit (ThawPlot *self, ThawPlotUnit unit)
{
  if (take_unit (self, unit))
    take_unit (plot_of (self->canvas->peer), unit);
}

static void
update_actions (ThawPlot *self)
{
  static const char *const names[] = { "plot.zoom-in", "plot.zoom-out", "plot.reset", "plot.copy", "plot.save-svg", "plot.save-png", "plot.save-csv" };
  gboolean any = thaw_plot_canvas_has_points (self->canvas);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), names[i], any);
}

static void
series_changed (ThawPlot *self)
{
  update_actions (self);
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
  thaw_plot_legend_update (self->legend, self->canvas);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

guint
thaw_plot_add_series (ThawPlot *self, const ThawPlotSeriesInfo *info)
{
  guint id = ++self->canvas->last_id;

  g_ptr_array_add (self->canvas->scene.series, thaw_plot_series_new (id, info));
  series_changed (self);
  return id;
}

void
thaw_plot_append (ThawPlot *self, guint id, const ThawPlotPoint *points, gsize n_points)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (!series || n_points == 0)
    return;
  thaw_plot_series_append (series, points, n_points);
  if (series->shown)
    thaw_plot_canvas_changed (self->canvas, series->finished ? THAW_PLOT_ALL : THAW_PLOT_APPENDED);
  series->finished = FALSE;
  if (series->n_points == n_points)
    update_actions (self);
}

gsize
thaw_plot_get_n_points (ThawPlot *self, guint id)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  return series ? series->n_points : 0;
}

void
thaw_plot_finish_series (ThawPlot *self, guint id)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (!series || series->finished)
    return;
  series->finished = TRUE;
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
}

void
thaw_plot_empty_series (ThawPlot *self, guint id)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (!series)
    return;
  thaw_plot_series_empty (series);
  series->finished = FALSE;
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
  update_actions (self);
}

void
thaw_plot_remove_series (ThawPlot *self, guint id)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (series && g_ptr_array_remove (self->canvas->scene.series, series))
    series_changed (self);
}

void
thaw_plot_show_series (ThawPlot *self, guint id, gboolean shown)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (!series || series->shown == (shown != FALSE))
    return;
  series->shown = shown != FALSE;
  series_changed (self);
}

gboolean
thaw_plot_shows_series (ThawPlot *self, guint id)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  return series && series->shown;
}

void
thaw_plot_change_series (ThawPlot *self, guint id, const ThawPlotSeriesInfo *info)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self->canvas, id);

  if (!series)
    return;
  thaw_plot_series_describe (series, info);
  series_changed (self);
}

void
thaw_plot_add_mark (ThawPlot *self, const double x[THAW_PLOT_N_UNITS], const char *text)
{
  ThawPlotMark mark = { { x[0], x[1], x[2] }, g_strdup (text) };

  g_array_append_val (self->canvas->scene.marks, mark);
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_FRONT);
}

void
thaw_plot_clear_marks (ThawPlot *self)
{
  g_array_set_size (self->canvas->scene.marks, 0);
  thaw_plot_canvas_changed (self->canvas, THAW_PLOT_FRONT);
}

void
thaw_plot_clear (ThawPlot *self)
{
  g_ptr_array_set_size (self->canvas->scene.series, 0);
  thaw_plot_clear_marks (self);
  thaw_plot_reset_view (self);
  series_changed (self);
}

void
thaw_plot_reset_view (ThawPlot *self)
{
  thaw_plot_canvas_set_cursor (self->canvas, THAW_PLOT_NO_CURSOR, 0);
  thaw_plot_canvas_reset (self->canvas, TRUE, TRUE);
}

static void
set_peer (ThawPlotCanvas *canvas, ThawPlotCanvas *peer)
{
  if (canvas->peer)
    g_clear_weak_pointer (&canvas->peer->peer);
  g_set_weak_pointer (&canvas->peer, peer);
}

void
thaw_plot_link (ThawPlot *self, ThawPlot *other)
{
  set_peer (self->canvas, other ? other->canvas : NULL);
  if (!other)
    return;
  set_peer (other->canvas, self->canvas);
  g_set_weak_pointer (&self->canvas->peer, other->canvas);
  take_unit (other, self->canvas->scene.unit);
  thaw_plot_canvas_share_x (self->canvas);
}

/* Nobody who saves a picture should hear nothing when it failed */
static void
thaw_plot_failed (ThawPlot *self, const char *title, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (!g_signal_has_handler_pending (self, signals[FAILED], 0, TRUE) && THAW_IS_WINDOW (root))
    thaw_session_tell (thaw_window_get_session (THAW_WINDOW (root)), title, error);
}

static void
thaw_plot_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawPlotCanvas *canvas = THAW_PLOT (object)->canvas;

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, canvas->title);
      break;
    case PROP_Y_TITLE:
      g_value_set_string (value, canvas->y_title);
      break;
    case PROP_FORMAT:
      g_value_set_enum (value, canvas->format);
      break;
    case PROP_X_UNIT:
      g_value_set_enum (value, canvas->scene.unit);
      break;
    case PROP_LOG_Y:
      g_value_set_boolean (value, canvas->scene.y.log);
      break;
    case PROP_SMOOTHING:
      g_value_set_double (value, canvas->smoothing);
      break;
    case PROP_EMPTY_TEXT:
      g_value_set_string (value, canvas->empty_text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_plot_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawPlot *self = THAW_PLOT (object);

  switch (id)
    {
    case PROP_TITLE:
      thaw_plot_set_title (self, g_value_get_string (value));
      break;
    case PROP_Y_TITLE:
      thaw_plot_set_y_title (self, g_value_get_string (value));
      break;
    case PROP_FORMAT:
      thaw_plot_set_format (self, g_value_get_enum (value));
      break;
    case PROP_X_UNIT:
      thaw_plot_set_x_unit (self, g_value_get_enum (value));
      break;
    case PROP_LOG_Y:
      thaw_plot_set_log_y (self, g_value_get_boolean (value));
      break;
    case PROP_SMOOTHING:
      thaw_plot_set_smoothing (self, g_value_get_double (value));
      break;
    case PROP_EMPTY_TEXT:
      thaw_plot_set_empty_text (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                   int *natural_baseline)
{
  int least, wanted, header;

  gtk_widget_measure (THAW_PLOT (widget)->header, GTK_ORIENTATION_HORIZONTAL, -1, &header, NULL, NULL, NULL);
  gtk_widget_measure (GTK_WIDGET (THAW_PLOT (widget)->canvas), orientation, -1, &least, &wanted, NULL, NULL);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MAX (200, header) : 100;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? wanted : wanted + 80;
}

static void
allocate_row (GtkWidget *child, int y, int width, int height)
{
  gtk_widget_set_child_visible (child, height > 0);
  if (height > 0)
    gtk_widget_size_allocate (child, &(GtkAllocation){ 0, y, width, height }, -1);
}

/* Where there is little room, the curves get it: first the legend goes, then the title; the menu opens by a right click all the same */
static void
thaw_plot_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ThawPlot *self = THAW_PLOT (widget);
  int header = 0, legend = 0, natural;

  if (height >= 150)
    gtk_widget_measure (self->header, GTK_ORIENTATION_VERTICAL, width, &header, NULL, NULL, NULL);
  if (height >= 190 && self->canvas->scene.series->len > 0)
    {
      gtk_widget_measure (GTK_WIDGET (self->legend), GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
      legend = MIN (natural, MAX (height / 4, 34));
    }
  allocate_row (self->header, 0, width, header);
  allocate_row (GTK_WIDGET (self->canvas), header, width, height - header - legend - (legend ? SPACING : 0));
  allocate_row (self->legend_scroller, height - legend, width, legend);
}

static void
thaw_plot_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (thaw_plot_parent_class)->dispose (object);
}

static void
thaw_plot_finalize (GObject *object)
{
  g_clear_object (&THAW_PLOT (object)->canvas);
  G_OBJECT_CLASS (thaw_plot_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_Y_TITLE] = g_param_spec_string ("y-title", NULL, NULL, NULL, flags);
  properties[PROP_FORMAT] = g_param_spec_enum ("format", NULL, NULL, THAW_TYPE_PLOT_FORMAT, THAW_PLOT_NUMBER, flags);
  properties[PROP_X_UNIT] = g_param_spec_enum ("x-unit", NULL, NULL, THAW_TYPE_PLOT_UNIT, THAW_PLOT_EPOCH, flags);
  properties[PROP_LOG_Y] = g_param_spec_boolean ("log-y", NULL, NULL, FALSE, flags);
  properties[PROP_SMOOTHING] = g_param_spec_double ("smoothing", NULL, NULL, 0, .999, 0, flags);
  properties[PROP_EMPTY_TEXT] = g_param_spec_string ("empty-text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (klass, N_PROPERTIES, properties);
}

static void
thaw_plot_class_init (ThawPlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = thaw_plot_dispose;
  object_class->finalize = thaw_plot_finalize;
  object_class->get_property = thaw_plot_get_property;
  object_class->set_property = thaw_plot_set_property;
  widget_class->measure = thaw_plot_measure;
  widget_class->size_allocate = thaw_plot_size_allocate;
  install_properties (object_class);
  signals[FAILED] = g_signal_new_class_handler ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, G_CALLBACK (thaw_plot_failed), NULL, NULL,
                                                NULL, G_TYPE_NONE, 2, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE,
                                                G_TYPE_ERROR | G_SIGNAL_TYPE_STATIC_SCOPE);
  gtk_widget_class_set_css_name (widget_class, "plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  thaw_plot_install_actions (widget_class);
}

static void
toggled_cb (ThawPlotLegend *legend, guint series, gboolean shown, ThawPlot *self)
{
  thaw_plot_show_series (self, series, shown);
}

static void
make_header (ThawPlot *self)
{
  GtkWidget *button = gtk_menu_button_new ();

  self->header = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->title = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_widget_set_hexpand (self->title, TRUE);
  gtk_widget_add_css_class (self->title, "heading");
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), thaw_plot_menu ());
  thaw_tooltip_set (button, _("Axes, smoothing, saving"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Plot menu"), -1);
  gtk_widget_add_css_class (button, "flat");
  gtk_box_append (GTK_BOX (self->header), self->title);
  gtk_box_append (GTK_BOX (self->header), button);
  gtk_widget_set_parent (self->header, GTK_WIDGET (self));
}

static void
thaw_plot_init (ThawPlot *self)
{
  make_header (self);
  self->canvas = g_object_ref_sink (THAW_PLOT_CANVAS (thaw_plot_canvas_new ()));
  gtk_widget_set_parent (GTK_WIDGET (self->canvas), GTK_WIDGET (self));
  self->legend = THAW_PLOT_LEGEND (thaw_plot_legend_new ());
  g_signal_connect (self->legend, "toggled", G_CALLBACK (toggled_cb), self);
  self->legend_scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->legend_scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->legend_scroller), GTK_WIDGET (self->legend));
  gtk_widget_set_parent (self->legend_scroller, GTK_WIDGET (self));
  update_actions (self);
  thaw_plot_canvas_tell (self->canvas);
}

GtkWidget *
thaw_plot_new (void)
{
  return g_object_new (THAW_TYPE_PLOT, NULL);
}
