/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plot as a widget: drawing, zoom, keys, legend, files */
#include "thaw-popovers.h"
#include "widgets/thaw-plot-actions.h"

#include <math.h>
#include <string.h>

typedef struct
{
  GtkWidget      *window;
  ThawPlot       *plot;
  ThawPlotCanvas *canvas;
} Fixture;

static void
settle (void)
{
  for (gint64 end = g_get_monotonic_time () + 120 * 1000; g_get_monotonic_time () < end;)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (2000);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = gtk_window_new ();
  self->plot = THAW_PLOT (thaw_plot_new ());
  self->canvas = thaw_plot_get_canvas (self->plot);
  thaw_plot_set_title (self->plot, "Loss");
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->plot));
  gtk_window_set_default_size (GTK_WINDOW (self->window), 640, 420);
  gtk_window_present (GTK_WINDOW (self->window));
  settle ();
}

/* Nothing of it is left */
static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_ref (self->plot);
  gtk_window_destroy (GTK_WINDOW (self->window));
  settle ();
  g_assert_finalize_object (self->plot);
}

static guint
add (ThawPlot *plot, const char *name, const char *group, ThawPlotKind kind, gsize n_points, double step)
{
  guint id = thaw_plot_add_series (plot, &(ThawPlotSeriesInfo){ name, group, kind, kind, kind });

  for (gsize i = 0; i < n_points; i++)
    {
      double x = (i + 1) * step;

      thaw_plot_append (plot, id, &(ThawPlotPoint){ { x, 10 * x, 3 * x }, 2 / (1 + x) + .25 * sin (i * 7.) * exp (-x) }, 1);
    }
  return id;
}

static gboolean
key (Fixture *self, guint value, GdkModifierType state)
{
  gboolean used = FALSE;
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (self->canvas));

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !used; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      GListModel *shortcuts = GTK_IS_SHORTCUT_CONTROLLER (controller) ? G_LIST_MODEL (controller) : NULL;

      for (guint j = 0; shortcuts && j < g_list_model_get_n_items (shortcuts) && !used; j++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (shortcuts, j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == value
              && gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)) == state)
            used = gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, GTK_WIDGET (self->canvas), gtk_shortcut_get_arguments (shortcut));
        }
    }
  return used;
}

static void
test_million (Fixture *self, gconstpointer data)
{
  ThawPlotPoint *points = g_new (ThawPlotPoint, 1000000);
  guint id = thaw_plot_add_series (self->plot, &(ThawPlotSeriesInfo){ "Training", NULL, 0, 0, THAW_PLOT_LINE });

  for (guint i = 0; i < 1000000; i++)
    points[i] = (ThawPlotPoint){ { i * 1e-4, i + 1, i * .01 }, 1 + sin (i * .37) };
  thaw_plot_set_smoothing (self->plot, .9);
  for (guint i = 0; i < 10; i++)
    {
      thaw_plot_append (self->plot, id, points + i * 100000, 100000);
      settle ();
    }
  g_assert_cmpuint (thaw_plot_get_n_points (self->plot, id), ==, 1000000);
  g_assert_cmpfloat (self->canvas->scene.x.max, >=, 99.9999);
  g_assert_nonnull (self->canvas->front);
  g_free (points);
}

static cairo_surface_t *
front_of (Fixture *self)
{
  thaw_plot_canvas_update (self->canvas);
  thaw_plot_canvas_layers (self->canvas);
  cairo_surface_flush (self->canvas->front);
  return self->canvas->front;
}

/* Drawing only where points were added gives the picture that drawing everything gives */
static void
test_partial (Fixture *self, gconstpointer data)
{
  guint dense = add (self->plot, "Training", NULL, THAW_PLOT_LINE, 3000, .002), sparse = add (self->plot, "Validation", NULL, THAW_PLOT_POINTS, 6, 1);

  thaw_plot_set_smoothing (self->plot, GPOINTER_TO_INT (data) ? .95 : 0);
  thaw_plot_add_mark (self->plot, (double[]){ 4, 40, 12 }, "here");
  thaw_plot_append (self->plot, sparse, &(ThawPlotPoint){ { 9.9, 99, 29.7 }, .1 }, 1);
  front_of (self);
  for (int i = 0; i < 60; i++)
    {
      double x = 6 + .06 * (i + 1);
      g_autofree guchar *partial = NULL;
      cairo_surface_t *front;
      gsize size;

      thaw_plot_append (self->plot, dense, &(ThawPlotPoint){ { x, 10 * x, 3 * x }, .5 + .2 * sin (i) }, 1);
      g_assert_cmpint (self->canvas->stale, ==, THAW_PLOT_APPENDED);
      front = front_of (self);
      size = cairo_image_surface_get_stride (front) * cairo_image_surface_get_height (front);
      partial = g_memdup2 (cairo_image_surface_get_data (front), size);
      thaw_plot_canvas_changed (self->canvas, THAW_PLOT_ALL);
      front = front_of (self);
      g_assert_cmpint (memcmp (partial, cairo_image_surface_get_data (front), size), ==, 0);
    }
}

static void
test_zoom (Fixture *self, gconstpointer data)
{
  guint id = add (self->plot, "Training", NULL, THAW_PLOT_LINE, 500, .02);
  double min, max;

  settle ();
  g_assert_cmpfloat (self->canvas->scene.x.min, ==, 0);
  g_assert_true (key (self, GDK_KEY_plus, 0));
  settle ();
  min = self->canvas->scene.x.min;
  max = self->canvas->scene.x.max;
  g_assert_cmpfloat (max - min, <, 9);
  thaw_plot_append (self->plot, id, &(ThawPlotPoint){ { 60, 600, 180 }, 1 }, 1);
  settle ();
  g_assert_cmpfloat (self->canvas->scene.x.min, ==, min);
  g_assert_cmpfloat (self->canvas->scene.x.max, ==, max);
  g_assert_true (key (self, GDK_KEY_0, 0));
  settle ();
  g_assert_cmpfloat (self->canvas->scene.x.max, >=, 60);
  g_assert_true (key (self, GDK_KEY_plus, 0));
  g_assert_true (key (self, GDK_KEY_minus, 0)); /* beyond everything: everything, following again */
  g_assert_true (key (self, GDK_KEY_minus, 0));
  g_assert_false (self->canvas->zoomed_x);
  thaw_plot_finish_series (self->plot, id);
  settle ();
  g_assert_cmpfloat (self->canvas->scene.x.max, ==, 60);
}

static void
assert_label (Fixture *self, const char *expected)
{
  char *failed = gtk_test_accessible_check_property (GTK_ACCESSIBLE (self->canvas), GTK_ACCESSIBLE_PROPERTY_LABEL, expected);

  g_assert_cmpstr (failed, ==, NULL);
}

static void
test_keys (Fixture *self, gconstpointer data)
{
  guint training = add (self->plot, "Training", NULL, THAW_PLOT_POINTS, 3, 1);

  add (self->plot, "Validation", NULL, THAW_PLOT_POINTS, 3, 1);
  thaw_plot_add_mark (self->plot, (double[]){ 2, 20, 6 }, "Rate lowered");
  settle ();
  assert_label (self, "Loss");
  g_assert_true (key (self, GDK_KEY_Right, 0));
  assert_label (self, "Loss, epoch 1: Training 1; Validation 1");
  g_assert_true (key (self, GDK_KEY_Right, 0));
  assert_label (self, "Loss, epoch 2: Training 0.6889; Validation 0.6889; Rate lowered");
  g_assert_true (key (self, GDK_KEY_Down, 0));
  assert_label (self, "Loss, epoch 2: Validation 0.6889; Training 0.6889; Rate lowered");
  g_assert_true (key (self, GDK_KEY_End, 0));
  g_assert_true (key (self, GDK_KEY_Right, 0)); /* there is nothing beyond */
  assert_label (self, "Loss, epoch 3: Validation 0.51233; Training 0.51233");
  g_assert_true (key (self, GDK_KEY_Home, 0));
  assert_label (self, "Loss, epoch 1: Validation 1; Training 1");
  thaw_plot_show_series (self->plot, training, FALSE);
  g_assert_true (key (self, GDK_KEY_Left, 0));
  assert_label (self, "Loss, epoch 1: Validation 1");
  thaw_plot_set_x_unit (self->plot, THAW_PLOT_STEP);
  thaw_plot_set_format (self->plot, THAW_PLOT_PERCENT);
  g_assert_true (key (self, GDK_KEY_End, 0));
  assert_label (self, "Loss, step 30: Validation 51.23 %");
  settle ();
  g_assert_true (key (self, GDK_KEY_Escape, 0));
  assert_label (self, "Loss");
  g_assert_false (key (self, GDK_KEY_Escape, 0));
}

/* Zoomed in, the cursor takes the view along */
static void
test_reveal (Fixture *self, gconstpointer data)
{
  add (self->plot, "Training", NULL, THAW_PLOT_POINTS, 50, 1);
  settle ();
  for (int i = 0; i < 6; i++)
    key (self, GDK_KEY_plus, 0);
  key (self, GDK_KEY_Home, 0);
  for (int i = 0; i < 49; i++)
    {
      key (self, GDK_KEY_Right, 0);
      g_assert_cmpfloat (self->canvas->cursor_x, ==, i + 2);
      g_assert_true (self->canvas->scene.x.min <= i + 2 && self->canvas->scene.x.max >= i + 2);
    }
}

static void
test_link (Fixture *self, gconstpointer data)
{
  ThawPlot *other = THAW_PLOT (g_object_ref_sink (thaw_plot_new ()));
  ThawPlotCanvas *canvas = thaw_plot_get_canvas (other);

  add (self->plot, "Training", NULL, THAW_PLOT_LINE, 100, .1);
  add (other, "Training", NULL, THAW_PLOT_POINTS, 4, 1);
  thaw_plot_link (self->plot, other);
  settle ();
  key (self, GDK_KEY_plus, 0);
  g_assert_cmpfloat (canvas->scene.x.min, ==, self->canvas->scene.x.min);
  g_assert_cmpfloat (canvas->scene.x.max, ==, self->canvas->scene.x.max);
  key (self, GDK_KEY_Right, 0);
  g_assert_cmpfloat (canvas->cursor_x, ==, self->canvas->cursor_x);
  g_assert_cmpint (canvas->cursor, ==, THAW_PLOT_PEER);
  thaw_plot_set_x_unit (other, THAW_PLOT_SECONDS);
  g_assert_cmpint (self->canvas->scene.unit, ==, THAW_PLOT_SECONDS);
  g_assert_finalize_object (other);
  g_assert_null (self->canvas->peer);
  key (self, GDK_KEY_plus, 0);
}

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (find (child, type))
      return find (child, type);
  return NULL;
}

static void
test_legend (Fixture *self, gconstpointer data)
{
  guint first = add (self->plot, "Training", "Run 1", THAW_PLOT_LINE, 300, .02), second = add (self->plot, "Training", "Run 1", THAW_PLOT_POINTS, 6, 1);
  ThawPlotSeriesInfo renamed = { "Training", "Run 2", 1, 1, THAW_PLOT_POINTS };
  GtkWidget *legend = find (GTK_WIDGET (self->plot), g_type_from_name ("ThawPlotLegend")), *button;

  settle ();
  button = gtk_widget_get_first_child (legend);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, "Training");
  thaw_plot_change_series (self->plot, second, &renamed);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, "Run 1: Training");
  g_assert_true (thaw_plot_shows_series (self->plot, first));
  g_signal_emit_by_name (button, "clicked");
  settle ();
  g_assert_false (thaw_plot_shows_series (self->plot, first));
  g_assert_true (thaw_plot_shows_series (self->plot, second));
  thaw_plot_show_series (self->plot, first, TRUE);
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (button)));
  thaw_plot_remove_series (self->plot, first);
  button = gtk_widget_get_first_child (legend);
  g_assert_null (gtk_widget_get_next_sibling (button));
  thaw_plot_clear (self->plot);
  g_assert_null (gtk_widget_get_first_child (legend));
  settle ();
}

static void
test_actions (Fixture *self, gconstpointer data)
{
  gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.copy", NULL); /* there is nothing to copy yet */
  g_assert_false (gdk_clipboard_is_local (gtk_widget_get_clipboard (GTK_WIDGET (self->plot))));
  add (self->plot, "Training", NULL, THAW_PLOT_LINE, 300, .02);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.x-unit", "s", "time"));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.smoothing", "d", .9));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.log-y", NULL));
  settle ();
  g_assert_cmpint (self->canvas->scene.x.axis, ==, THAW_PLOT_AXIS_SECONDS);
  g_assert_true (self->canvas->scene.y.log && self->canvas->scene.y.min > 0);
  g_assert_cmpfloat (self->canvas->smoothing, ==, .9);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.menu", NULL));
  settle ();
  g_assert_nonnull (find (GTK_WIDGET (self->canvas), GTK_TYPE_POPOVER_MENU));
  gtk_popover_popdown (GTK_POPOVER (find (GTK_WIDGET (self->canvas), GTK_TYPE_POPOVER_MENU)));
  settle ();
  g_assert_null (find (GTK_WIDGET (self->canvas), GTK_TYPE_POPOVER_MENU));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (self->canvas), "plot.copy", NULL));
  g_assert_true (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (gtk_widget_get_clipboard (GTK_WIDGET (self->plot))), GDK_TYPE_TEXTURE));
}

/* From the smallest size to a large one, empty and full, nothing warns and nothing is drawn outside */
static void
test_sizes (Fixture *self, gconstpointer data)
{
  static const int sizes[][2] = { { 200, 120 }, { 210, 160 }, { 300, 200 }, { 900, 300 }, { 320, 800 } };

  for (guint full = 0; full < 2; full++)
    {
      for (guint i = 0; full && i < 12; i++)
        add (self->plot, "A curve with a rather long name, longer than the legend", NULL, i % 2, 20, .5);
      for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
        {
          graphene_rect_t bounds;

          gtk_window_set_default_size (GTK_WINDOW (self->window), sizes[i][0], sizes[i][1]);
          settle ();
          key (self, GDK_KEY_End, 0);
          settle ();
          g_assert_true (gtk_widget_compute_bounds (GTK_WIDGET (self->canvas), GTK_WIDGET (self->plot), &bounds));
          g_assert_cmpfloat (bounds.size.height, >=, gtk_widget_get_height (GTK_WIDGET (self->plot)) * .4);
          g_assert_cmpfloat (bounds.origin.y + bounds.size.height, <=, gtk_widget_get_height (GTK_WIDGET (self->plot)));
          g_assert_true (!full || (self->canvas->scene.right > self->canvas->scene.left && self->canvas->scene.bottom > self->canvas->scene.top));
        }
    }
}

static void
add_test (const char *name, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (name, Fixture, data, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE); /* keeps what a screen reader would be told */
  gtk_test_init (&argc, &argv, NULL);
  thaw_popovers_set_up (); /* as the program does: else a popover that closes below the pointer may be asked where that is */
  add_test ("/plot/million", NULL, test_million);
  add_test ("/plot/partial", NULL, test_partial);
  add_test ("/plot/partial-smoothed", GINT_TO_POINTER (1), test_partial);
  add_test ("/plot/zoom", NULL, test_zoom);
  add_test ("/plot/keys", NULL, test_keys);
  add_test ("/plot/reveal", NULL, test_reveal);
  add_test ("/plot/link", NULL, test_link);
  add_test ("/plot/legend", NULL, test_legend);
  add_test ("/plot/actions", NULL, test_actions);
  add_test ("/plot/sizes", NULL, test_sizes);
  return g_test_run ();
}
