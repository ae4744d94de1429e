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

/* --- pause, stop, interruption --- */

static guint64
steps_of (ThawSessionFixture *fixture)
{
  ThawRunItem *item = thaw_runs_get_current (thaw_session_get_runs (fixture->session));

  return item ? thaw_run_item_get_steps (item)->len : 0;
}

static gboolean
has_some_steps (ThawSessionFixture *fixture)
{
  return steps_of (fixture) >= 6;
}

static gboolean
is_paused (ThawSessionFixture *fixture)
{
  return thaw_session_get_state (fixture->session) == THAW_SESSION_PAUSED;
}

/* A run of everything that takes a while; @steps are trained when this returns */
static void
train_slowly (ThawSessionFixture *fixture)
{
  thaw_session_fixture_set_up (fixture);
  thaw_session_fixture_import (fixture, folder);
  thaw_session_fixture_settle (fixture);
  set_epochs (fixture, 4);
  thaw_network_set_preset (thaw_session_get_network (fixture->session), "all");
  g_object_set (fixture->session, "threads", 1, NULL);
  thaw_session_train (fixture->session);
}

static void
test_pause (void)
{
  ThawSessionFixture fixture;
  guint64 steps;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  thaw_session_pause (fixture.session);
  thaw_session_fixture_until (&fixture, is_paused);
  steps = steps_of (&fixture);
  thaw_session_fixture_settle (&fixture);
  g_assert_cmpuint (steps_of (&fixture), ==, steps);
  thaw_session_go_on (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpuint (thaw_run_item_get_epochs (thaw_runs_get_current (thaw_session_get_runs (fixture.session)))->len, ==, 4);
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_DONE);
  thaw_session_fixture_tear_down (&fixture);
}

static gboolean
has_an_epoch (ThawSessionFixture *fixture)
{
  ThawRunItem *item = thaw_runs_get_current (thaw_session_get_runs (fixture->session));

  return item && thaw_run_item_get_epochs (item)->len > 0;
}

/* The best epoch is kept and judged, and nothing is left to go on with */
static void
test_stop (void)
{
  ThawSessionFixture fixture;
  gint64 unfinished;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_an_epoch);
  thaw_session_stop (fixture.session);
  g_assert_cmpint (thaw_session_get_state (fixture.session), ==, THAW_SESSION_STOPPING);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_STOPPED);
  g_object_get (fixture.session, "unfinished", &unfinished, NULL);
  g_assert_cmpint (unfinished, ==, 0);
  g_assert_nonnull (thaw_results_get_evaluation (thaw_session_get_results (fixture.session)));
  thaw_session_fixture_tear_down (&fixture);
}

/* Closed in the middle of an epoch, opened again and gone on with: the same bits as without */
static void
test_interrupted (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = NULL, *straight = NULL, *interrupted = NULL;
  g_autoptr (GError) error = NULL;
  gint64 unfinished;

  train_slowly (&fixture);
  thaw_session_fixture_until_idle (&fixture);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  straight = thaw_session_fixture_weights (path, 1);
  g_clear_pointer (&path, g_free);

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  g_object_get (fixture.session, "unfinished", &unfinished, NULL);
  g_assert_cmpint (unfinished, ==, 1);
  thaw_session_go_on (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpuint (thaw_run_item_get_epochs (thaw_runs_get_current (thaw_session_get_runs (fixture.session)))->len, ==, 4);
  thaw_session_fixture_tear_down (&fixture);
  interrupted = thaw_session_fixture_weights (path, 1);
  g_assert_cmpstr (interrupted, ==, straight);
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
  g_test_add_func ("/session/pause", test_pause);
  g_test_add_func ("/session/stop", test_stop);
  g_test_add_func ("/session/interrupted", test_interrupted);
  result = g_test_run ();
  g_free (folder);
  return result;
}
