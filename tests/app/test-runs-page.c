/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../session/thaw-session-fixture.h"
#include "pages/thaw-runs-page.h"
#include "thaw-run-facts.h"
#include "thaw-widget-test.h"
#include "widgets/thaw-runs-table.h"

static char *folder;

static gboolean
has_run (ThawSessionFixture *fixture)
{
  return thaw_session_get_state (fixture->session) == THAW_SESSION_IDLE;
}

static void
train (ThawSessionFixture *fixture, double rate)
{
  g_object_set (thaw_session_get_options (fixture->session), "learning-rate", rate, NULL);
  thaw_session_train (fixture->session);
  thaw_session_fixture_until (fixture, has_run);
  g_assert_cmpint (g_array_index (fixture->finished, ThawRunStatus, fixture->finished->len - 1), ==, THAW_RUN_DONE);
}

/* A window with the page of a session that has two runs, which differ in the learning rate alone */
static ThawRunsPage *
set_up (ThawSessionFixture *fixture, GtkWidget **out_window)
{
  ThawRunsPage *page = g_object_ref_sink (g_object_new (THAW_TYPE_RUNS_PAGE, NULL));

  thaw_session_fixture_set_up (fixture);
  *out_window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (*out_window), 1000, 700);
  gtk_window_set_child (GTK_WINDOW (*out_window), GTK_WIDGET (page));
  thaw_runs_page_set_session (page, fixture->session);
  gtk_window_present (GTK_WINDOW (*out_window));
  thaw_widget_settle (100);
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (page), ADW_TYPE_STATUS_PAGE, "No runs yet"));
  thaw_session_fixture_import (fixture, folder);
  thaw_session_fixture_settle (fixture);
  g_object_set (thaw_session_get_options (fixture->session), "epochs", 2, "batch", 8, NULL);
  train (fixture, 0.001);
  train (fixture, 0.01);
  thaw_widget_settle (200);
  return page;
}

static void
tear_down (ThawSessionFixture *fixture, ThawRunsPage *page, GtkWidget *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  thaw_widget_settle (50);
  g_assert_finalize_object (page);
  thaw_session_fixture_tear_down (fixture);
}

static GtkWidget *
table_of (ThawRunsPage *page)
{
  return thaw_widget_find (GTK_WIDGET (page), THAW_TYPE_RUNS_TABLE, NULL);
}

static GtkColumnView *
view_of (ThawRunsPage *page)
{
  return GTK_COLUMN_VIEW (thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_COLUMN_VIEW, NULL));
}

static gboolean
shows_column (ThawRunsPage *page, const char *title)
{
  GListModel *columns = gtk_column_view_get_columns (view_of (page));

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_strcmp0 (gtk_column_view_column_get_title (column), title) == 0)
        return gtk_column_view_column_get_visible (column);
    }
  return FALSE;
}

static void
activate (ThawRunsPage *page, const char *action)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (page), action, NULL));
  thaw_widget_settle (50);
}

static void
select_only (ThawRunsPage *page, guint position)
{
  gtk_selection_model_select_item (gtk_column_view_get_model (view_of (page)), position, TRUE);
}

/* Only what differs has a column, until all is asked for; the best is marked */
static void
test_columns (void)
{
  ThawSessionFixture fixture = { 0 };
  GtkWidget *window;
  ThawRunsPage *page = set_up (&fixture, &window);
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (fixture.session));
  g_autoptr (ThawRunItem) newest = g_list_model_get_item (runs, 0);
  g_autofree char *accuracy = thaw_run_fact_accuracy (newest);

  g_assert_cmpuint (g_list_model_get_n_items (runs), ==, 2);
  g_assert_true (shows_column (page, "Learning rate"));
  g_assert_false (shows_column (page, "Batch size"));
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_LABEL, accuracy));
  g_assert_nonnull (thaw_run_best (runs));
  g_assert_true (thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_LABEL, "★ best")
                 || thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_LABEL, "★ best, shown"));
  activate (page, "runs.only-differences");
  g_assert_true (shows_column (page, "Batch size"));
  tear_down (&fixture, page, window);
}

static gboolean
is_overlaid (GListModel *runs, guint i)
{
  g_autoptr (ThawRunItem) run = g_list_model_get_item (runs, i);
  gboolean overlay;

  g_object_get (run, "overlay", &overlay, NULL);
  return overlay;
}

/* Curves of all selected runs are drawn by one key, and hidden by it again */
static void
test_overlay (void)
{
  ThawSessionFixture fixture = { 0 };
  GtkWidget *window;
  ThawRunsPage *page = set_up (&fixture, &window);
  GListModel *runs = G_LIST_MODEL (thaw_session_get_runs (fixture.session));
  g_autoptr (GPtrArray) compared = NULL;

  select_only (page, 0);
  compared = thaw_runs_table_get_compared (THAW_RUNS_TABLE (table_of (page)));
  g_assert_cmpuint (compared->len, ==, 2);
  gtk_selection_model_select_all (gtk_column_view_get_model (view_of (page)));
  activate (page, "runs.overlay");
  g_assert_true (is_overlaid (runs, 0) && is_overlaid (runs, 1));
  activate (page, "runs.overlay");
  g_assert_false (is_overlaid (runs, 0) || is_overlaid (runs, 1));
  tear_down (&fixture, page, window);
}

/* Deleting several is one thing to take back, but only as long as nothing else was done */
static void
test_delete (void)
{
  ThawSessionFixture fixture = { 0 };
  GtkWidget *window;
  ThawRunsPage *page = set_up (&fixture, &window);
  ThawRuns *runs = thaw_session_get_runs (fixture.session);
  g_autoptr (ThawRunItem) newest = NULL;

  gtk_selection_model_select_all (gtk_column_view_get_model (view_of (page)));
  activate (page, "runs.delete");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (runs)), ==, 0);
  g_assert_true (thaw_session_fixture_heard (&fixture, "2 runs were deleted"));
  activate (page, "runs.undelete");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (runs)), ==, 2);
  select_only (page, 0);
  activate (page, "runs.delete");
  newest = g_list_model_get_item (G_LIST_MODEL (runs), 0);
  thaw_runs_rename (runs, newest, "Something else");
  activate (page, "runs.undelete");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (runs)), ==, 1);
  g_assert_true (thaw_session_fixture_heard (&fixture, "Something else was done since"));
  tear_down (&fixture, page, window);
}

static gboolean
is_restored (ThawSessionFixture *fixture)
{
  double rate;

  g_object_get (thaw_session_get_options (fixture->session), "learning-rate", &rate, NULL);
  return rate > 0.0009 && rate < 0.0011;
}

/* The older run's settings come back, which is told and can be undone; its name and notes are kept */
static void
test_restore_and_notes (void)
{
  ThawSessionFixture fixture = { 0 };
  GtkWidget *window;
  ThawRunsPage *page = set_up (&fixture, &window);
  g_autoptr (ThawRunItem) older = g_list_model_get_item (G_LIST_MODEL (thaw_session_get_runs (fixture.session)), 1);
  GtkWidget *name, *notes;

  select_only (page, 1);
  activate (page, "runs.restore");
  thaw_session_fixture_until (&fixture, is_restored);
  thaw_widget_settle (200);
  g_assert_true (thaw_session_fixture_heard (&fixture, "are in force again"));
  g_assert_true (thaw_runs_get_current (thaw_session_get_runs (fixture.session)) == older);

  activate (page, "runs.rename");
  name = thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_ENTRY, NULL);
  notes = thaw_widget_find (GTK_WIDGET (page), GTK_TYPE_TEXT_VIEW, NULL);
  gtk_editable_set_text (GTK_EDITABLE (name), "The slow one");
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (notes)), "Too slow.", -1);
  select_only (page, 0);
  g_assert_cmpstr (thaw_run_item_get_run (older)->name, ==, "The slow one");
  g_assert_cmpstr (thaw_run_item_get_run (older)->notes, ==, "Too slow.");
  g_clear_object (&older);
  tear_down (&fixture, page, window);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  adw_init ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/runs-page/columns", test_columns);
  g_test_add_func ("/runs-page/overlay", test_overlay);
  g_test_add_func ("/runs-page/delete", test_delete);
  g_test_add_func ("/runs-page/restore-and-notes", test_restore_and_notes);
  result = g_test_run ();
  g_free (folder);
  return result;
}
