/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-fixture.h"

static char *folder;

static void
test_new (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = NULL, *store_path = NULL;
  g_autoptr (GError) error = NULL;

  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_do (&fixture, thaw_session_new_async, &error));
  g_object_get (fixture.session, "path", &path, "store-path", &store_path, NULL);
  g_assert_null (path);
  g_assert_true (g_file_test (store_path, G_FILE_TEST_EXISTS));
  thaw_session_fixture_tear_down (&fixture);
  /* nothing came of it */
  g_assert_false (g_file_test (store_path, G_FILE_TEST_EXISTS));
}

static void
set_epochs (ThawSessionFixture *fixture, int epochs)
{
  g_object_set (thaw_session_get_options (fixture->session), "epochs", epochs, "batch", 8, NULL);
}

/* Pictures make a project without being asked; a run ends with curves, an evaluation and everything in the file */
static void
test_train (void)
{
  ThawSessionFixture fixture;
  ThawRunItem *item;
  g_autofree char *path = NULL, *problem = NULL;

  thaw_session_fixture_set_up (&fixture);
  g_assert_null (thaw_session_get_store (fixture.session));
  thaw_session_train (fixture.session);
  g_assert_true (thaw_session_fixture_heard (&fixture, "Training cannot start"));
  thaw_session_fixture_import (&fixture, folder);
  thaw_session_fixture_settle (&fixture);
  g_assert_nonnull (thaw_session_get_store (fixture.session));
  g_object_get (fixture.session, "train-problem", &problem, NULL);
  g_assert_cmpstr (problem, ==, NULL);
  set_epochs (&fixture, 3);
  thaw_session_train (fixture.session);
  g_assert_cmpint (thaw_session_get_state (fixture.session), ==, THAW_SESSION_STARTING);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpuint (fixture.finished->len, ==, 1);
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_DONE);

  item = thaw_runs_get_current (thaw_session_get_runs (fixture.session));
  g_assert_nonnull (item);
  g_assert_cmpuint (thaw_run_item_get_epochs (item)->len, ==, 3);
  g_assert_cmpuint (thaw_run_item_get_steps (item)->len, ==, 3 * thaw_run_item_get_epoch_steps (item));
  g_assert_cmpint (thaw_run_item_get_planned_epochs (item), ==, 3);
  g_assert_nonnull (thaw_results_get_evaluation (thaw_session_get_results (fixture.session)));
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/session/new", test_new);
  g_test_add_func ("/session/train", test_train);
  result = g_test_run ();
  g_free (folder);
  return result;
}
