/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../session/thaw-session-fixture.h"
#include "pages/thaw-results-page.h"
#include "thaw-export-dialog.h"
#include "thaw-widget-test.h"

#include <string.h>

static char *folder;
static ThawSessionFixture fixture;
static GtkWidget *window, *page;

static gboolean
is_type (GtkWidget *widget, const char *type)
{
  return g_str_equal (G_OBJECT_TYPE_NAME (widget), type);
}

/* The first widget of that type below @widget that is seen (nullable) */
static GtkWidget *
find_type (GtkWidget *widget, const char *type)
{
  if (is_type (widget, type) && gtk_widget_get_mapped (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_type (child, type);

      if (found)
        return found;
    }
  return NULL;
}

/* Whether a label that is seen holds @part */
static gboolean
says (GtkWidget *widget, const char *part)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), part))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (says (child, part))
      return TRUE;
  return FALSE;
}

static const char *awaited;

static gboolean
says_awaited (ThawSessionFixture *unused)
{
  return says (page, awaited);
}

static void
until_says (const char *text)
{
  awaited = text;
  thaw_session_fixture_until (&fixture, says_awaited);
}

static void
set_up (void)
{
  thaw_session_fixture_set_up (&fixture);
  window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (window), 900, 650);
  page = g_object_new (THAW_TYPE_RESULTS_PAGE, NULL);
  thaw_results_page_set_session (THAW_RESULTS_PAGE (page), fixture.session);
  gtk_window_set_child (GTK_WINDOW (window), page);
  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (300);
}

static void
tear_down (void)
{
  g_object_ref (page);
  gtk_window_destroy (GTK_WINDOW (window));
  thaw_widget_settle (300);
  g_assert_finalize_object (page);
  thaw_session_fixture_tear_down (&fixture);
}

static void
train (void)
{
  thaw_session_fixture_import (&fixture, folder);
  thaw_session_fixture_settle (&fixture);
  g_object_set (thaw_session_get_options (fixture.session), "epochs", 1, "batch", 8, NULL);
  thaw_session_train (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  thaw_widget_settle (300);
}

static void
test_empty (void)
{
  set_up ();
  g_assert_true (says (page, "Train the network on your pictures"));
  g_assert_null (find_type (page, "ThawConfusion"));
  tear_down ();
}

static GListModel *
shown_list (void)
{
  GtkWidget *grid = find_type (page, "GtkGridView");

  return grid ? G_LIST_MODEL (gtk_grid_view_get_model (GTK_GRID_VIEW (grid))) : NULL;
}

static guint
cell_count (int label, int prediction)
{
  const ThawEvaluation *evaluation = thaw_results_get_evaluation (thaw_session_get_results (fixture.session));

  return (guint) evaluation->confusion[label * (int) evaluation->classes + prediction];
}

/* A network that has learned next to nothing: the cell with the most pictures that are not what they were called */
static void
find_mistaken_cell (int *label, int *prediction)
{
  guint most = 0;

  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      if (i != k && cell_count (i, k) > most)
        {
          most = cell_count (i, k);
          *label = i;
          *prediction = k;
        }
  g_assert_cmpuint (most, >, 0);
}

/* A cell's pictures, one of them large, another class for it: figures, row and words follow; undo brings all back */
static void
test_cell (void)
{
  static const char *const names[] = { "ants", "bees", "cats" };
  int label = 0, prediction = 0;
  guint n;
  g_autofree char *before = NULL, *now = NULL;
  GtkWidget *view;

  set_up ();
  train ();
  before = thaw_results_dup_headline (thaw_session_get_results (fixture.session));
  g_assert_true (says (page, before));
  g_assert_true (says (page, "12 validation pictures, which also chose the best epoch"));
  g_assert_true (says (page, "With 12 pictures, chance alone"));
  find_mistaken_cell (&label, &prediction);
  n = cell_count (label, prediction);
  g_signal_emit_by_name (find_type (page, "ThawConfusion"), "chosen", label, prediction);
  thaw_widget_settle (300);
  g_assert_cmpuint (g_list_model_get_n_items (shown_list ()), ==, n);

  view = find_type (page, "ThawMistakesView");
  g_assert_true (gtk_widget_activate_action (view, "results.open", NULL));
  thaw_widget_settle (300);
  g_assert_null (find_type (page, "GtkGridView"));
  g_assert_nonnull (find_type (page, "ThawProbabilities"));
  g_assert_nonnull (find_type (view, "GtkPicture"));
  g_assert_true (gtk_widget_activate_action (view, "results.relabel", "s", names[prediction]));
  thaw_widget_settle (300);
  now = thaw_results_dup_headline (thaw_session_get_results (fixture.session));
  g_assert_cmpstr (before, !=, now);
  g_assert_true (says (page, now));
  g_assert_true (says (page, "1 picture has been given another class"));
  g_assert_true (says (view, "Now “"));
  g_assert_cmpuint (cell_count (label, prediction), ==, n - 1);

  g_assert_true (gtk_widget_activate_action (view, "results.back", NULL));
  thaw_widget_settle (300);
  g_assert_cmpuint (g_list_model_get_n_items (shown_list ()), ==, n);
  g_assert_true (says (view, "now "));
  thaw_history_undo (thaw_session_get_history (fixture.session));
  thaw_widget_settle (300);
  g_assert_true (says (page, before));
  g_assert_false (says (page, "has been given another class"));
  g_assert_false (says (view, "now "));
  tear_down ();
}

static gboolean
try_path (const char *first, const char *second)
{
  g_autofree char *path = g_build_filename (folder, first, second, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  GValue value = G_VALUE_INIT;
  GtkDropTarget *target = NULL;
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (page);
  GSList *list = g_slist_append (NULL, g_file_new_for_path (path));
  gboolean taken = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !target; i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      target = GTK_IS_DROP_TARGET (controller) ? GTK_DROP_TARGET (controller) : NULL;
    }
  g_assert_nonnull (target);
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, list);
  g_signal_emit_by_name (target, "drop", &value, 1., 1., &taken);
  g_value_unset (&value);
  return taken;
}

/* Any picture that is dropped gets an answer, a folder a table; without a network the drop is refused and says why */
static void
test_try (void)
{
  set_up ();
  g_assert_false (try_path ("val/ants", "1000.png"));
  thaw_widget_settle (300);
  g_assert_true (thaw_session_fixture_heard (&fixture, "There is nothing to try: Train a network first"));
  train ();
  g_assert_true (try_path ("val/ants", "1000.png"));
  until_says ("1000.png");
  g_assert_nonnull (find_type (page, "ThawProbabilities"));
  try_path ("val", "bees");
  until_says ("4 pictures.");
  g_assert_nonnull (find_type (page, "GtkColumnView"));
  until_says ("1000.png");
  try_path ("val", "not-there.png");
  thaw_widget_settle (300);
  g_assert_true (thaw_session_fixture_heard (&fixture, "The picture could not be looked at"));
  tear_down ();
}

/* --- export --- */

static GtkWidget *dialog;

static gboolean
dialog_says_awaited (ThawSessionFixture *unused)
{
  return says (dialog, awaited);
}

static void
write_to (const char *path, const char *text)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  thaw_export_dialog_write (THAW_EXPORT_DIALOG (dialog), file);
  awaited = text;
  thaw_session_fixture_until (&fixture, dialog_says_awaited);
}

/* The shown run is written and checked, a name gets its ending; a folder that is not there is told */
static void
test_export (void)
{
  g_autofree char *root = thaw_test_directory (), *path = g_build_filename (root, "mine", NULL), *written = g_strconcat (path, ".onnx", NULL);

  set_up ();
  train ();
  dialog = g_object_ref (thaw_export_dialog_new (fixture.session, GTK_WINDOW (window)));
  gtk_window_present (GTK_WINDOW (dialog));
  thaw_widget_settle (300);
  write_to (path, "Read back and compared on 12 pictures: same class on all");
  g_assert_true (g_file_test (written, G_FILE_TEST_IS_REGULAR));
  g_assert_true (gtk_widget_activate_action (dialog, "export.again", NULL));
  write_to (path, "is there already");
  g_assert_true (gtk_widget_activate_action (dialog, "export.again", NULL));
  write_to ("/nowhere/at/all.onnx", "The Network Could Not Be Exported");
  g_assert_true (says (dialog, "/nowhere/at/all.onnx"));
  gtk_window_destroy (GTK_WINDOW (dialog));
  thaw_widget_settle (300);
  g_assert_finalize_object (dialog);
  tear_down ();
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  adw_init ();
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (4, 4);
  g_test_add_func ("/results-page/empty", test_empty);
  g_test_add_func ("/results-page/cell", test_cell);
  g_test_add_func ("/results-page/try", test_try);
  g_test_add_func ("/results-page/export", test_export);
  result = g_test_run ();
  g_free (folder);
  return result;
}
