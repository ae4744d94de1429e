/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../session/thaw-session-fixture.h"

#include "pages/thaw-training-page.h"
#include "widgets/thaw-number-entry.h"
#include "widgets/thaw-option-row.h"
#include "widgets/thaw-options-panel.h"
#include "widgets/thaw-plot.h"
#include "widgets/thaw-progress-panel.h"
#include "widgets/thaw-rates-editor.h"

#include <string.h>

static char *folder;

/* the page in a window, with a session */
typedef struct
{
  ThawSessionFixture session;
  ThawOptions       *options;
  GtkWidget         *window;
  ThawTrainingPage  *page;
  ThawOptionsPanel  *panel;
} Fixture;

/* The widget of @type below @parent that comes as number @nth */
static gpointer
find_widget (GtkWidget *parent, GType type, guint *nth)
{
  for (GtkWidget *child = gtk_widget_get_first_child (parent); child; child = gtk_widget_get_next_sibling (child))
    {
      gpointer found;

      if (g_type_is_a (G_OBJECT_TYPE (child), type) && (*nth)-- == 0)
        return child;
      found = find_widget (child, type, nth);
      if (found)
        return found;
    }
  return NULL;
}

static gpointer
find_nth (gpointer parent, GType type, guint nth)
{
  gpointer found = find_widget (parent, type, &nth);

  g_assert_nonnull (found);
  return found;
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
set_up (Fixture *self, gboolean pictures)
{
  thaw_session_fixture_set_up (&self->session);
  if (pictures)
    {
      thaw_session_fixture_import (&self->session, folder);
      thaw_session_fixture_settle (&self->session);
    }
  self->options = thaw_session_get_options (self->session.session);
  self->window = gtk_window_new ();
  self->page = g_object_new (THAW_TYPE_TRAINING_PAGE, NULL);
  thaw_training_page_set_session (self->page, self->session.session);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 900, 700);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->page));
  gtk_window_present (GTK_WINDOW (self->window));
  settle ();
  self->panel = find_nth (self->page, THAW_TYPE_OPTIONS_PANEL, 0);
}

static void
tear_down (Fixture *self)
{
  g_object_ref (self->page);
  gtk_window_destroy (GTK_WINDOW (self->window));
  settle ();
  /* a thread that made pictures may hold the preview for a moment after it answered */
  for (int i = 0; i < 2000 && G_OBJECT (self->page)->ref_count > 1; i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_finalize_object (self->page);
  thaw_session_fixture_tear_down (&self->session);
}

static ThawOptionRow *
row_of (Fixture *self, const char *name)
{
  GtkWidget *row = thaw_options_panel_find (self->panel, name);

  g_assert_nonnull (row);
  return THAW_OPTION_ROW (row);
}

static GtkWidget *
control_of (Fixture *self, const char *name)
{
  return thaw_option_row_get_control (row_of (self, name));
}

/* A list of choices says what is chosen, and its button is what has the focus. */
static void
check_name (GtkWidget *control, const char *title)
{
  g_autofree char *name = NULL, *wrong = NULL;

  if (GTK_IS_DROP_DOWN (control))
    name = g_strdup_printf ("%s: %s", title, gtk_string_object_get_string (gtk_drop_down_get_selected_item (GTK_DROP_DOWN (control))));
  if (name)
    control = gtk_widget_get_first_child (control);
  wrong = gtk_test_accessible_check_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, name ? name : title);
  g_assert_cmpstr (wrong, ==, NULL);
}

/* Each property has a row, and each control a name. */
static void
test_rows (void)
{
  Fixture fixture;
  g_autofree GParamSpec **specs = NULL;

  set_up (&fixture, FALSE);
  specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (fixture.options), NULL);
  for (GParamSpec **spec = specs; *spec; spec++)
    if ((*spec)->flags & G_PARAM_WRITABLE)
      {
        ThawOptionRow *row = row_of (&fixture, (*spec)->name);
        GtkWidget *control = thaw_option_row_get_control (row);

        check_name (control, g_param_spec_get_nick (*spec));
        g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), ==, g_param_spec_get_nick (*spec));
      }
  tear_down (&fixture);
}

/* A few options, all of them, and those that were changed in any case */
static void
test_layers (void)
{
  Fixture fixture;

  set_up (&fixture, FALSE);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (row_of (&fixture, "learning-rate"))));
  g_assert_false (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "optimizer"))));
  g_object_set (fixture.options, "clip", 2., NULL);
  g_assert_true (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "clip"))));
  g_assert_false (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "optimizer"))));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture.panel), "training.all-options", NULL));
  g_assert_true (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "optimizer"))));
  g_assert_false (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "second-from"))));
  g_object_set (fixture.options, "two-phases", TRUE, NULL);
  g_assert_true (gtk_widget_is_visible (GTK_WIDGET (row_of (&fixture, "second-from"))));
  g_assert_false (gtk_widget_get_sensitive (control_of (&fixture, "momentum")));
  g_object_set (fixture.options, "optimizer", "sgd", NULL);
  g_assert_true (gtk_widget_get_sensitive (control_of (&fixture, "momentum")));
  tear_down (&fixture);
}

static void
check_double (ThawOptions *options, const char *name, double expected)
{
  double value;

  g_object_get (options, name, &value, NULL);
  g_assert_cmpfloat (value, ==, expected);
}

/* Numbers as people write them */
static void
test_rate (void)
{
  static const struct { const char *text; double value; } cases[] = { { "1e-4", 1e-4 }, { "0.002", .002 }, { " 0,003 ", .003 }, { "5E-5", 5e-5 } };
  static const char *const refused[] = { "", "abc", "-1", "0", "1e9", "1e-4x", "0.1.2", "nan", "inf" };
  Fixture fixture;
  GtkWidget *entry;

  set_up (&fixture, FALSE);
  entry = control_of (&fixture, "learning-rate");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "0.001");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gtk_editable_set_text (GTK_EDITABLE (entry), cases[i].text);
      check_double (fixture.options, "learning-rate", cases[i].value);
      g_assert_null (thaw_number_entry_get_problem (THAW_NUMBER_ENTRY (entry)));
    }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      gtk_editable_set_text (GTK_EDITABLE (entry), refused[i]);
      g_assert_null (thaw_number_entry_get_problem (THAW_NUMBER_ENTRY (entry)));
      g_signal_emit_by_name (entry, "activate");
      g_assert_nonnull (thaw_number_entry_get_problem (THAW_NUMBER_ENTRY (entry)));
      check_double (fixture.options, "learning-rate", 5e-5);
    }
  g_object_set (fixture.options, "learning-rate", .25, NULL);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "0.25");
  g_assert_null (thaw_number_entry_get_problem (THAW_NUMBER_ENTRY (entry)));
  tear_down (&fixture);
}

static void
check_int (ThawOptions *options, const char *name, int expected)
{
  int value;

  g_object_get (options, name, &value, NULL);
  g_assert_cmpint (value, ==, expected);
}

static void
test_reset (void)
{
  Fixture fixture;
  GtkWidget *row, *spin;

  set_up (&fixture, FALSE);
  row = GTK_WIDGET (row_of (&fixture, "epochs"));
  spin = control_of (&fixture, "epochs");
  /* without the field being left */
  gtk_editable_set_text (GTK_EDITABLE (spin), "7");
  check_int (fixture.options, "epochs", 7);
  g_assert_true (gtk_widget_activate_action (row, "option.reset", NULL));
  check_int (fixture.options, "epochs", 20);
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (spin)), ==, 20);

  g_object_set (fixture.options, "epochs", 8, "learning-rate", .1, "second-from", "all", NULL);
  gtk_widget_activate_action (GTK_WIDGET (fixture.panel), "training.reset-options", NULL);
  check_int (fixture.options, "epochs", 20);
  check_double (fixture.options, "learning-rate", 1e-3);
  thaw_history_undo (thaw_session_get_history (fixture.session.session));
  check_int (fixture.options, "epochs", 8);
  check_double (fixture.options, "learning-rate", .1);
  thaw_history_redo (thaw_session_get_history (fixture.session.session));
  check_int (fixture.options, "epochs", 20);
  tear_down (&fixture);
}

/* What trains decides the rate until somebody sets one. */
static void
test_rate_follows (void)
{
  Fixture fixture;
  ThawNetwork *network;

  set_up (&fixture, FALSE);
  network = thaw_session_get_network (fixture.session.session);
  check_double (fixture.options, "learning-rate", 1e-3);
  thaw_network_set_preset (network, "all");
  settle ();
  check_double (fixture.options, "learning-rate", 1e-4);
  g_object_set (fixture.options, "learning-rate", .5, NULL);
  thaw_network_set_preset (network, "last");
  settle ();
  check_double (fixture.options, "learning-rate", .5);
  tear_down (&fixture);
}

static void
check_rates (Fixture *self, const char *expected)
{
  g_autofree char *rates = NULL;

  g_object_get (self->options, "rates", &rates, NULL);
  g_assert_cmpstr (rates, ==, expected);
}

static void
test_layer_rates (void)
{
  Fixture fixture;
  ThawRatesEditor *editor;
  g_auto (GStrv) groups = NULL;
  g_autofree char *line = NULL, *two = NULL, *other = NULL;

  set_up (&fixture, FALSE);
  editor = THAW_RATES_EDITOR (control_of (&fixture, "rates"));
  groups = thaw_rates_editor_groups (thaw_network_get_model (thaw_session_get_network (fixture.session.session)));
  g_assert_cmpuint (g_strv_length (groups), >, 2);
  gtk_widget_activate_action (GTK_WIDGET (editor), "rates.add", "s", groups[0]);
  line = g_strdup_printf ("%s=0.1", groups[0]);
  check_rates (&fixture, line);
  g_assert_null (thaw_rates_editor_get_problem (editor));
  two = g_strdup_printf ("%s\nnowhere=3", line);
  g_object_set (fixture.options, "rates", two, NULL);
  g_assert_nonnull (strstr (thaw_rates_editor_get_problem (editor), "nowhere"));
  gtk_widget_activate_action (GTK_WIDGET (editor), "rates.remove", "i", 0);
  check_rates (&fixture, "nowhere=3");
  thaw_number_entry_set_value (find_nth (editor, THAW_TYPE_NUMBER_ENTRY, 0), 4);
  check_rates (&fixture, "nowhere=4");
  gtk_widget_activate_action (GTK_WIDGET (editor), "rates.remove", "i", 0);
  check_rates (&fixture, "");
  g_assert_null (thaw_rates_editor_get_problem (editor));
  tear_down (&fixture);
}

static gboolean
preview_is_there (ThawSessionFixture *session)
{
  GtkWidget *picture = g_object_get_data (G_OBJECT (session->session), "test-picture");

  return gtk_picture_get_paintable (GTK_PICTURE (picture)) != NULL;
}

static void
test_preview (void)
{
  Fixture fixture;
  GtkWidget *last;
  GdkPaintable *first;

  set_up (&fixture, TRUE);
  g_object_set (fixture.options, "augmentation", "strong", NULL);
  last = find_nth (row_of (&fixture, "augmentation"), GTK_TYPE_PICTURE, 7);
  g_object_set_data (G_OBJECT (fixture.session.session), "test-picture", last);
  thaw_session_fixture_until (&fixture.session, preview_is_there);
  first = g_object_ref (gtk_picture_get_paintable (GTK_PICTURE (last)));
  gtk_picture_set_paintable (GTK_PICTURE (last), NULL);
  gtk_widget_activate_action (gtk_widget_get_parent (last), "preview.others", NULL);
  thaw_session_fixture_until (&fixture.session, preview_is_there);
  g_assert_true (gtk_picture_get_paintable (GTK_PICTURE (last)) != first);
  g_object_unref (first);
  tear_down (&fixture);
}

static gboolean
has_epochs (ThawSessionFixture *session)
{
  ThawRunItem *run = thaw_runs_get_current (thaw_session_get_runs (session->session));

  return thaw_session_get_state (session->session) == THAW_SESSION_TRAINING && run && thaw_run_item_get_epochs (run)->len > 2;
}

static gboolean
rate_was_changed (ThawSessionFixture *session)
{
  const GArray *events = thaw_run_item_get_events (thaw_runs_get_current (thaw_session_get_runs (session->session)));

  for (guint i = 0; i < events->len; i++)
    if (strstr (g_array_index (events, ThawRunEvent, i).text, "learning rate"))
      return TRUE;
  return FALSE;
}

static void
check_running (Fixture *self, gboolean running)
{
  const char *tooltip = gtk_widget_get_tooltip_text (GTK_WIDGET (row_of (self, "epochs")));

  g_assert_cmpint (gtk_widget_get_sensitive (control_of (self, "epochs")), ==, !running);
  g_assert_cmpint (gtk_widget_get_sensitive (control_of (self, "augmentation")), ==, !running);
  g_assert_true (gtk_widget_get_sensitive (control_of (self, "learning-rate")));
  g_assert_cmpint (tooltip != NULL, ==, running);
}

/* The curves have every point, once. */
static void
check_curves (Fixture *self)
{
  ThawRunItem *run = thaw_runs_get_current (thaw_session_get_runs (self->session.session));
  ThawPlot *loss = find_nth (self->page, THAW_TYPE_PLOT, 0), *accuracy = find_nth (self->page, THAW_TYPE_PLOT, 1);
  const guint n = thaw_run_item_get_epochs (run)->len;

  g_assert_cmpuint (n, >, 2);
  g_assert_cmpuint (thaw_plot_get_n_points (loss, 1), ==, n);
  g_assert_cmpuint (thaw_plot_get_n_points (loss, 2), ==, n);
  g_assert_cmpuint (thaw_plot_get_n_points (loss, 3), ==, thaw_run_item_get_steps (run)->len);
  g_assert_cmpuint (thaw_plot_get_n_points (accuracy, 1), ==, n);
  g_assert_cmpuint (thaw_plot_get_n_points (accuracy, 2), ==, n);
}

/* Points of all series there ever were in the plot of the loss */
static gsize
count_points (Fixture *self)
{
  ThawPlot *loss = find_nth (self->page, THAW_TYPE_PLOT, 0);
  gsize n = 0;

  for (guint i = 1; i < 100; i++)
    n += thaw_plot_get_n_points (loss, i);
  return n;
}

static gsize
count_figures (ThawRunItem *run)
{
  return 2 * thaw_run_item_get_epochs (run)->len + thaw_run_item_get_steps (run)->len;
}

/* Another run over the first, and away again */
static void
test_overlay (void)
{
  Fixture fixture;
  ThawRuns *runs;
  g_autoptr (ThawRunItem) first = NULL;
  ThawRunItem *second;

  set_up (&fixture, TRUE);
  runs = thaw_session_get_runs (fixture.session.session);
  for (guint i = 0; i < 2; i++)
    {
      g_object_set (fixture.options, "epochs", 3 + (int) i, NULL);
      thaw_session_train (fixture.session.session);
      thaw_session_fixture_until_idle (&fixture.session);
      settle ();
    }
  second = thaw_runs_get_current (runs);
  first = g_list_model_get_item (G_LIST_MODEL (runs), 1);
  g_assert_true (first != second);
  g_assert_cmpuint (count_figures (second), >, 8);
  g_assert_cmpuint (count_points (&fixture), ==, count_figures (second));
  g_object_set (first, "overlay", TRUE, NULL);
  g_assert_cmpuint (count_points (&fixture), ==, count_figures (first) + count_figures (second));
  thaw_runs_set_current (runs, first);
  g_assert_cmpuint (count_points (&fixture), ==, count_figures (first));
  g_object_set (first, "overlay", FALSE, NULL);
  g_assert_cmpuint (count_points (&fixture), ==, count_figures (first));
  g_clear_object (&first);
  tear_down (&fixture);
}

static void
test_run (void)
{
  Fixture fixture;
  GtkStack *stack;
  GtkLabel *title;

  set_up (&fixture, TRUE);
  stack = find_nth (fixture.page, GTK_TYPE_STACK, 0);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (stack), ==, "empty");
  check_running (&fixture, FALSE);
  g_object_set (fixture.options, "epochs", 100000, NULL);
  thaw_session_train (fixture.session.session);
  thaw_session_fixture_until (&fixture.session, has_epochs);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (stack), ==, "curves");
  check_running (&fixture, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (control_of (&fixture, "learning-rate")), "2e-5");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (fixture.panel), "training.apply-rate", NULL));
  thaw_session_fixture_until (&fixture.session, rate_was_changed);
  thaw_session_stop (fixture.session.session);
  thaw_session_fixture_until_idle (&fixture.session);
  settle ();
  check_running (&fixture, FALSE);
  check_curves (&fixture);
  title = find_nth (find_nth (fixture.page, THAW_TYPE_PROGRESS_PANEL, 0), GTK_TYPE_LABEL, 0);
  g_assert_nonnull (strstr (gtk_label_get_label (title), "%"));
  tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int result;

  g_setenv ("GTK_A11Y", "test", TRUE);
  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  adw_init ();
  folder = thaw_session_fixture_pictures (12, 4);
  g_test_add_func ("/training-page/rows", test_rows);
  g_test_add_func ("/training-page/layers", test_layers);
  g_test_add_func ("/training-page/rate", test_rate);
  g_test_add_func ("/training-page/reset", test_reset);
  g_test_add_func ("/training-page/rate-follows", test_rate_follows);
  g_test_add_func ("/training-page/layer-rates", test_layer_rates);
  g_test_add_func ("/training-page/preview", test_preview);
  g_test_add_func ("/training-page/run", test_run);
  g_test_add_func ("/training-page/overlay", test_overlay);
  result = g_test_run ();
  g_free (folder);
  return result;
}
