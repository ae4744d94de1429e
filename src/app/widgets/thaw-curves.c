/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-curves.h"
#include "widgets/thaw-curve-feed.h"
#include "widgets/thaw-drop-down.h"
#include "widgets/thaw-plot.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawCurves
{
  AdwBin       parent_instance;
  ThawSession *session;
  GPtrArray   *feeds;    /* ThawCurveFeed, the current run's first */
  GListStore  *events;   /* GtkStringObject, the last first */
  guint        n_events; /* of the current run that are listed */

  /* of the template */
  GtkBox      *plots;
  ThawPlot    *loss;
  ThawPlot    *accuracy;
  GtkDropDown *unit;
  GtkScale    *smoothing;
  GtkButton   *history;
  GtkListView *event_list;
};

G_DEFINE_FINAL_TYPE (ThawCurves, thaw_curves, ADW_TYPE_BIN)

enum { PROP_0, PROP_SIDE_BY_SIDE, N_PROPS };

static GParamSpec *properties[N_PROPS];

static ThawRunItem *
get_current (ThawCurves *self)
{
  return thaw_runs_get_current (thaw_session_get_runs (self->session));
}

static gboolean
is_growing (ThawRunItem *run)
{
  int status;

  g_object_get (run, "status", &status, NULL);
  return status == THAW_RUN_RUNNING;
}

/* "1 min 05 s, epoch 3.2: learning rate 0.001 -> 0.0001" */
static char *
tell_event (const ThawRunEvent *event)
{
  g_autofree char *time = thaw_text_seconds (event->seconds);
  g_autofree char *epoch = thaw_text_number (event->epoch, 1);

  return g_strdup_printf (_ ("%s, epoch %s: %s"), time, epoch, event->text);
}

static void
list_events (ThawCurves *self)
{
  ThawRunItem *run = get_current (self);
  const GArray *events = run ? thaw_run_item_get_events (run) : NULL;
  const guint before = self->n_events;
  g_autofree char *title = NULL;

  for (; events && self->n_events < events->len; self->n_events++)
    {
      g_autofree char *text = tell_event (&g_array_index (events, ThawRunEvent, self->n_events));
      g_autoptr (GtkStringObject) item = gtk_string_object_new (text);

      g_list_store_insert (self->events, 0, item);
    }
  /* a list stays with what it shows, and the newest is above that */
  if (self->n_events > before)
    gtk_widget_activate_action (GTK_WIDGET (self->event_list), "list.scroll-to-item", "u", 0);
  title = g_strdup_printf (ngettext ("%u event of this run", "%u events of this run", self->n_events), self->n_events);
  gtk_button_set_label (self->history, title);
  gtk_widget_set_visible (GTK_WIDGET (self->history), self->n_events > 0);
}

static void
curves_changed_cb (ThawCurves *self, ThawRunItem *run)
{
  for (guint i = 0; i < self->feeds->len; i++)
    {
      ThawCurveFeed *feed = g_ptr_array_index (self->feeds, i);

      if (thaw_curve_feed_get_run (feed) == run)
        thaw_curve_feed_update (feed, is_growing (run));
    }
  if (run == get_current (self))
    list_events (self);
}

static void
status_cb (ThawRunItem *run, GParamSpec *spec, gpointer self)
{
  curves_changed_cb (self, run);
}

static void
drop_feed (ThawCurves *self, guint i)
{
  ThawRunItem *run = thaw_curve_feed_get_run (g_ptr_array_index (self->feeds, i));

  g_signal_handlers_disconnect_by_func (run, curves_changed_cb, self);
  g_signal_handlers_disconnect_by_func (run, status_cb, self);
  g_ptr_array_remove_index (self->feeds, i);
}

static void
add_feed (ThawCurves *self, ThawRunItem *run, gboolean marks)
{
  ThawCurveFeed *feed = thaw_curve_feed_new (run, self->loss, self->accuracy, marks);

  g_ptr_array_add (self->feeds, feed);
  g_signal_connect_swapped (run, "curves-changed", G_CALLBACK (curves_changed_cb), self);
  g_signal_connect (run, "notify::status", G_CALLBACK (status_cb), self);
  thaw_curve_feed_update (feed, is_growing (run));
}

static gboolean
is_overlaid (ThawRunItem *run)
{
  gboolean overlay;

  g_object_get (run, "overlay", &overlay, NULL);
  return overlay;
}

static gboolean
has_feed (ThawCurves *self, ThawRunItem *run)
{
  for (guint i = 0; i < self->feeds->len; i++)
    if (thaw_curve_feed_get_run (g_ptr_array_index (self->feeds, i)) == run)
      return TRUE;
  return FALSE;
}

static gboolean
is_listed (GListModel *runs, ThawRunItem *wanted)
{
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (ThawRunItem) run = g_list_model_get_item (runs, i);

      if (run == wanted)
        return TRUE;
    }
  return FALSE;
}

/* Runs come, go, and are laid over the current one or not. */
static void
update_overlays (ThawCurves *self)
{
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (self->session));
  ThawRunItem *current = get_current (self);

  for (guint i = self->feeds->len; i-- > 0;)
    {
      ThawRunItem *run = thaw_curve_feed_get_run (g_ptr_array_index (self->feeds, i));

      if (run != current && (!is_listed (runs, run) || !is_overlaid (run)))
        drop_feed (self, i);
    }
  for (guint i = 0; i < g_list_model_get_n_items (runs); i++)
    {
      g_autoptr (ThawRunItem) run = g_list_model_get_item (runs, i);

      if (run != current && is_overlaid (run) && !has_feed (self, run))
        add_feed (self, run, FALSE);
    }
}

/* Another run: everything anew */
static void
current_cb (ThawCurves *self)
{
  ThawRunItem *current = get_current (self);

  for (guint i = self->feeds->len; i-- > 0;)
    drop_feed (self, i);
  thaw_plot_clear (self->loss);
  thaw_plot_clear (self->accuracy);
  g_list_store_remove_all (self->events);
  self->n_events = 0;
  if (current)
    add_feed (self, current, TRUE);
  update_overlays (self);
  list_events (self);
}

static void
watch_run (ThawCurves *self, ThawRunItem *run)
{
  g_signal_handlers_disconnect_by_func (run, update_overlays, self);
  g_signal_connect_object (run, "notify::overlay", G_CALLBACK (update_overlays), self, G_CONNECT_SWAPPED);
}

static void
runs_cb (ThawCurves *self, guint position, guint removed, guint added)
{
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (self->session));

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (ThawRunItem) run = g_list_model_get_item (runs, i);

      watch_run (self, run);
    }
  update_overlays (self);
}

static void
unit_cb (ThawCurves *self)
{
  thaw_plot_set_x_unit (self->loss, gtk_drop_down_get_selected (self->unit));
}

/* The plots have menus of their own. */
static void
plot_unit_cb (ThawCurves *self)
{
  ThawPlotUnit unit;

  g_object_get (self->loss, "x-unit", &unit, NULL);
  gtk_drop_down_set_selected (self->unit, unit);
}

/* The slider goes evenly through how many values count: weights near 1 are far apart. */
static void
smoothing_cb (ThawCurves *self)
{
  double value = gtk_range_get_value (GTK_RANGE (self->smoothing));

  thaw_plot_set_smoothing (self->loss, value * (2 - value) * .995);
}

void
thaw_curves_set_session (ThawCurves *self, ThawSession *session)
{
  ThawRuns *runs = thaw_session_get_runs (session);

  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (runs, "notify::current", G_CALLBACK (current_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (runs, "items-changed", G_CALLBACK (runs_cb), self, G_CONNECT_SWAPPED);
  runs_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (runs)));
  current_cb (self);
}

static void
thaw_curves_init (ThawCurves *self)
{
  g_autoptr (GtkNoSelection) selection = NULL;

  self->feeds = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_curve_feed_free);
  self->events = g_list_store_new (GTK_TYPE_STRING_OBJECT);
  gtk_widget_init_template (GTK_WIDGET (self));
  selection = gtk_no_selection_new (G_LIST_MODEL (g_object_ref (self->events)));
  gtk_list_view_set_model (self->event_list, GTK_SELECTION_MODEL (selection));
  thaw_drop_down_set_title (self->unit, _ ("Along"));
  thaw_plot_link (self->loss, self->accuracy);
  g_signal_connect_object (self->loss, "notify::x-unit", G_CALLBACK (plot_unit_cb), self, G_CONNECT_SWAPPED);
  smoothing_cb (self);
}

static void
thaw_curves_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GtkOrientable *plots = GTK_ORIENTABLE (THAW_CURVES (object)->plots);

  g_value_set_boolean (value, gtk_orientable_get_orientation (plots) == GTK_ORIENTATION_HORIZONTAL);
}

static void
thaw_curves_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (THAW_CURVES (object)->plots),
                                  g_value_get_boolean (value) ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
}

static void
thaw_curves_dispose (GObject *object)
{
  ThawCurves *self = THAW_CURVES (object);

  for (guint i = self->feeds->len; i-- > 0;)
    drop_feed (self, i);
  gtk_widget_dispose_template (GTK_WIDGET (object), THAW_TYPE_CURVES);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (thaw_curves_parent_class)->dispose (object);
}

static void
thaw_curves_finalize (GObject *object)
{
  ThawCurves *self = THAW_CURVES (object);

  g_ptr_array_unref (self->feeds);
  g_object_unref (self->events);
  G_OBJECT_CLASS (thaw_curves_parent_class)->finalize (object);
}

static void
thaw_curves_class_init (ThawCurvesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = thaw_curves_get_property;
  object_class->set_property = thaw_curves_set_property;
  object_class->dispose = thaw_curves_dispose;
  object_class->finalize = thaw_curves_finalize;
  /* where there is more width than height: each plot keeps its title and its legend */
  properties[PROP_SIDE_BY_SIDE]
      = g_param_spec_boolean ("side-by-side", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (THAW_TYPE_PLOT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Thaw/thaw-curves.ui");
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, plots);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, loss);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, accuracy);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, unit);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, smoothing);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, history);
  gtk_widget_class_bind_template_child (widget_class, ThawCurves, event_list);
  gtk_widget_class_bind_template_callback (widget_class, unit_cb);
  gtk_widget_class_bind_template_callback (widget_class, smoothing_cb);
}
