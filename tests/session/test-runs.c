/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-runs-private.h"
#include "session/thaw-session-private.h"
#include "thaw-session-fixture.h"

static char *folder;

static ThawRuns *
runs (ThawSessionFixture *fixture)
{
  return thaw_session_get_runs (fixture->session);
}

static void
check_texts (ThawRunItem *item, const char *name, const char *notes)
{
  g_autofree char *found_name = NULL, *found_notes = NULL;

  g_object_get (item, "name", &found_name, "notes", &found_notes, NULL);
  g_assert_cmpstr (found_name, ==, name);
  g_assert_cmpstr (found_notes, ==, notes);
}

static void
test_texts (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *first = NULL;
  ThawHistory *history = thaw_session_get_history (fixture.session);

  thaw_session_fixture_train (&fixture);
  thaw_history_clear (history);
  g_object_get (thaw_session_fixture_run (&fixture, 1), "name", &first, NULL);
  thaw_runs_rename (runs (&fixture), thaw_session_fixture_run (&fixture, 1), "  Head only ");
  thaw_runs_set_notes (runs (&fixture), thaw_session_fixture_run (&fixture, 1), "in the garden");
  check_texts (thaw_session_fixture_run (&fixture, 1), "Head only", "in the garden");
  thaw_history_undo (history);
  thaw_history_undo (history);
  check_texts (thaw_session_fixture_run (&fixture, 1), first, "");
  thaw_history_redo (history);
  thaw_runs_rename (runs (&fixture), thaw_session_fixture_run (&fixture, 1), " ");
  thaw_session_fixture_reopen (&fixture, path);
  check_texts (thaw_session_fixture_run (&fixture, 1), "Head only", "");
  thaw_session_fixture_tear_down (&fixture);
}

/* Deleted, brought back with everything it had, deleted for good */
static void
test_delete (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *before = NULL, *after = NULL;
  ThawHistory *history;

  thaw_session_fixture_train (&fixture);
  thaw_session_fixture_train (&fixture);
  thaw_session_fixture_reopen (&fixture, path);
  before = thaw_session_fixture_weights (path, 1);
  history = thaw_session_get_history (fixture.session);
  g_assert_true (thaw_runs_get_current (runs (&fixture)) == thaw_session_fixture_run (&fixture, 2));
  thaw_runs_delete (runs (&fixture), thaw_session_fixture_run (&fixture, 2));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 1);
  g_assert_true (thaw_runs_get_current (runs (&fixture)) == thaw_session_fixture_run (&fixture, 1));
  thaw_runs_delete (runs (&fixture), thaw_session_fixture_run (&fixture, 1));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 0);
  g_assert_null (thaw_runs_get_current (runs (&fixture)));
  thaw_history_undo (history);
  g_assert_nonnull (thaw_session_fixture_run (&fixture, 1));
  thaw_session_fixture_reopen (&fixture, path);
  after = thaw_session_fixture_weights (path, 1);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 1);
  g_assert_null (thaw_session_fixture_run (&fixture, 2));
  thaw_session_fixture_tear_down (&fixture);
}

static gboolean
undo_is_offered (ThawSessionFixture *fixture)
{
  g_autofree char *label = NULL;

  g_object_get (thaw_session_get_history (fixture->session), "undo-label", &label, NULL);
  return label != NULL;
}

static gpointer
forget_cb (ThawProject *project, gpointer data, GError **error)
{
  thaw_project_set_setting (project, "run-1-network", NULL, error);
  return NULL;
}

/* @told: as the window kept it; else the run is one of the command line's */
static void
check_restore (gboolean told)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *network = NULL, *again = NULL, *preset = NULL;
  ThawOptions *options = thaw_session_get_options (fixture.session);
  int epochs;
  double rate;

  thaw_network_set_preset (thaw_session_get_network (fixture.session), "last");
  g_object_set (options, "learning-rate", 2e-4, "epochs", 3, NULL);
  thaw_session_fixture_train (&fixture);
  network = thaw_network_to_json (thaw_session_get_network (fixture.session));
  if (!told)
    {
      ThawStore *store = thaw_session_get_store (fixture.session);

      thaw_store_call (store, forget_cb, NULL, NULL);
    }
  thaw_network_set_preset (thaw_session_get_network (fixture.session), "head");
  thaw_options_reset (options);
  thaw_history_clear (thaw_session_get_history (fixture.session));
  thaw_runs_restore (runs (&fixture), thaw_session_fixture_run (&fixture, 1));
  thaw_session_fixture_until (&fixture, undo_is_offered);
  g_object_get (options, "epochs", &epochs, "learning-rate", &rate, NULL);
  g_assert_cmpint (epochs, ==, 3);
  g_assert_cmpfloat (rate, ==, 2e-4);
  again = thaw_network_to_json (thaw_session_get_network (fixture.session));
  g_assert_cmpstr (again, ==, network);
  thaw_history_undo (thaw_session_get_history (fixture.session));
  g_object_get (options, "epochs", &epochs, NULL);
  g_assert_cmpint (epochs, ==, 20);
  g_object_get (thaw_session_get_network (fixture.session), "preset", &preset, NULL);
  g_assert_cmpstr (preset, ==, "head");
  thaw_session_fixture_tear_down (&fixture);
}

static void
test_restore (void)
{
  check_restore (TRUE);
}

static void
test_restore_derived (void)
{
  check_restore (FALSE);
}

static void
test_settings (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder);
  g_autoptr (GHashTable) settings = NULL;

  thaw_session_fixture_train (&fixture);
  settings = thaw_run_item_settings (thaw_session_fixture_run (&fixture, 1));
  for (const char *const *name = thaw_run_setting_names (); *name; name++)
    {
      g_assert_cmpstr (thaw_run_setting_title (*name), !=, "");
      g_assert_nonnull (g_hash_table_lookup (settings, *name));
    }
  g_assert_cmpstr (g_hash_table_lookup (settings, "freezing"), ==, "head");
  g_assert_cmpstr (g_hash_table_lookup (settings, "epochs"), ==, "2");
  g_assert_cmpstr (g_hash_table_lookup (settings, "batch"), ==, "8");
  thaw_session_fixture_tear_down (&fixture);
}

/* --- items alone --- */

static ThawRunItem *
new_item (gint64 id)
{
  ThawRun *run = g_new0 (ThawRun, 1);

  run->id = id;
  run->name = g_strdup ("a run");
  run->options = g_strdup ("{}");
  return thaw_run_item_new (run, TRUE);
}

/* A million steps in small pieces; a run that goes on replaces what it trains again */
static void
test_many_steps (void)
{
  ThawRunItem *item = new_item (1);
  ThawStepPoint piece[100];
  const gint64 began = g_get_monotonic_time ();

  for (guint i = 0; i < 10000; i++)
    {
      for (guint k = 0; k < 100; k++)
        piece[k] = (ThawStepPoint){ .step = 1 + i * 100 + k, .loss = i };
      thaw_run_item_add_steps (item, piece, 100);
    }
  g_test_message ("a million steps took %g s", (g_get_monotonic_time () - began) / 1e6);
  g_assert_cmpuint (thaw_run_item_get_steps (item)->len, ==, 1000000);
  piece[0].step = 999901;
  piece[0].loss = -1;
  thaw_run_item_add_steps (item, piece, 1);
  g_assert_cmpuint (thaw_run_item_get_steps (item)->len, ==, 999901);
  g_assert_cmpfloat (g_array_index (thaw_run_item_get_steps (item), ThawStepPoint, 999900).loss, ==, -1);
  g_assert_finalize_object (item);
}

/* No two shown runs have the same colour, and none changes it as long as it is shown */
static void
test_colors (void)
{
  ThawSession *session = thaw_session_new ();
  ThawRuns *list = thaw_session_get_runs (session);
  ThawRunItem *items[4];
  guint color, other;

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      items[i] = new_item (i + 1);
      thaw_runs_insert (list, items[i]);
    }
  thaw_runs_set_current (list, items[3]);
  for (guint i = 0; i < 3; i++)
    g_object_set (items[i], "overlay", TRUE, NULL);
  for (guint i = 0; i < 4; i++)
    for (guint k = 0; k < i; k++)
      {
        g_object_get (items[i], "color-index", &color, NULL);
        g_object_get (items[k], "color-index", &other, NULL);
        g_assert_cmpuint (color, !=, other);
      }
  g_object_get (items[2], "color-index", &other, NULL);
  g_object_set (items[0], "overlay", FALSE, NULL);
  g_object_get (items[2], "color-index", &color, NULL);
  g_assert_cmpuint (color, ==, other);
  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    g_object_unref (items[i]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (session);
}

/* As in a project of the command line's whose network was looked at in the window: the options are those of the last run, and stay so */
static void
test_options_of_run (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder);
  g_autoptr (GError) error = NULL;
  ThawProject *project;
  int epochs;

  thaw_session_fixture_train (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  project = thaw_project_open (path, THAW_PROJECT_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_project_set_setting (project, THAW_SETTING_OPTIONS, NULL, &error));
  g_assert_true (thaw_project_close (project, &error));
  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  g_object_get (thaw_session_get_options (fixture.session), "epochs", &epochs, NULL);
  g_assert_cmpint (epochs, ==, 2);
  thaw_session_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/runs/texts", test_texts);
  g_test_add_func ("/runs/delete", test_delete);
  g_test_add_func ("/runs/restore", test_restore);
  g_test_add_func ("/runs/restore-derived", test_restore_derived);
  g_test_add_func ("/runs/settings", test_settings);
  g_test_add_func ("/runs/options-of-run", test_options_of_run);
  g_test_add_func ("/runs/many-steps", test_many_steps);
  g_test_add_func ("/runs/colors", test_colors);
  result = g_test_run ();
  g_free (folder);
  return result;
}
