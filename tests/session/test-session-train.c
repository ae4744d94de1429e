/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

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
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  gint64 unfinished;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_an_epoch);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_stop (fixture.session);
  g_assert_cmpint (thaw_session_get_state (fixture.session), ==, THAW_SESSION_STOPPING);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_STOPPED);
  g_object_get (fixture.session, "unfinished", &unfinished, NULL);
  g_assert_cmpint (unfinished, ==, 0);
  g_assert_nonnull (thaw_results_get_evaluation (thaw_session_get_results (fixture.session)));
  thaw_session_fixture_tear_down (&fixture);
  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  g_object_get (fixture.session, "unfinished", &unfinished, NULL);
  g_assert_cmpint (unfinished, ==, 0);
  thaw_session_fixture_tear_down (&fixture);
}

/* Weights of a run that nothing interrupts, trained once a program (transfer none) */
static const char *
train_straight (void)
{
  static char *weights;
  ThawSessionFixture fixture;
  g_autofree char *path = NULL;

  if (weights)
    return weights;
  train_slowly (&fixture);
  thaw_session_fixture_until_idle (&fixture);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  weights = thaw_session_fixture_weights (path, 1);
  return weights;
}

/* In a session of its own. Nothing of the curves is missing or there twice. */
static void
go_on_to_the_end (const char *path)
{
  ThawSessionFixture fixture;
  g_autoptr (GError) error = NULL;
  gint64 unfinished;
  ThawRunItem *item;

  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  g_object_get (fixture.session, "unfinished", &unfinished, NULL);
  g_assert_cmpint (unfinished, ==, 1);
  item = thaw_runs_find (thaw_session_get_runs (fixture.session), 1);
  g_assert_cmpint (thaw_run_item_get_run (item)->summary.epochs, <, 4);
  thaw_session_go_on (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpint (thaw_run_item_get_run (item)->status, ==, THAW_RUN_DONE);
  g_assert_cmpuint (thaw_run_item_get_epochs (item)->len, ==, 4);
  g_assert_cmpuint (thaw_run_item_get_steps (item)->len, ==, 16);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpuint (g_array_index (thaw_run_item_get_steps (item), ThawStepPoint, i).step, ==, i + 1);
  thaw_session_fixture_tear_down (&fixture);
}

/* Closed in the middle of an epoch, opened again and gone on with: the same bits as without */
static void
test_interrupted (void)
{
  ThawSessionFixture fixture;
  const char *straight = train_straight ();
  g_autofree char *path = NULL, *interrupted = NULL;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  go_on_to_the_end (path);
  interrupted = thaw_session_fixture_weights (path, 1);
  g_assert_cmpstr (interrupted, ==, straight);
}

/* Nothing is said to anybody before it dies */
static void
test_killed (void)
{
  g_autofree char *path = NULL, *killed = NULL, *report = thaw_test_directory ();
  g_autofree char *name = g_build_filename (report, "path", NULL);
  GPid child = fork ();
  int status;

  if (child == 0)
    {
      execl ("/proc/self/exe", "test-session-train", "--child", name, folder, NULL);
      _exit (1);
    }
  while (!g_file_get_contents (name, &path, NULL, NULL))
    {
      g_usleep (1000);
      g_assert_cmpint (waitpid (child, &status, WNOHANG), ==, 0);
    }
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  go_on_to_the_end (path);
  killed = thaw_session_fixture_weights (path, 1);
  g_assert_cmpstr (killed, ==, train_straight ());
}

/* The program that is killed: writes where its project lies once an epoch and a half are trained */
static int
be_killed (const char *name)
{
  ThawSessionFixture fixture;
  g_autofree char *path = NULL;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  path = thaw_session_fixture_path (&fixture);
  g_file_set_contents (name, path, -1, NULL);
  thaw_session_fixture_until_idle (&fixture);
  return 1;
}

/* What a worker that was let go has to say reaches nobody */
static void
test_late_news (void)
{
  ThawSessionFixture fixture;
  g_autoptr (GError) error = NULL;
  guint states;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  g_assert_true (thaw_session_fixture_do (&fixture, thaw_session_new_async, &error));
  g_assert_cmpint (thaw_session_get_state (fixture.session), ==, THAW_SESSION_IDLE);
  states = fixture.states->len;
  thaw_session_fixture_settle (&fixture);
  g_assert_cmpuint (fixture.states->len, ==, states);
  g_assert_cmpuint (fixture.finished->len, ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (thaw_session_get_runs (fixture.session))), ==, 0);
  thaw_session_fixture_tear_down (&fixture);
}

/* --- bad days --- */

static void
set_file_limit (rlim_t limit)
{
  const struct rlimit value = { limit, RLIM_INFINITY };

  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &value), ==, 0);
}

static gboolean
has_said_so (ThawSessionFixture *fixture)
{
  return thaw_session_fixture_heard (fixture, "The run cannot be saved");
}

/* A full disk: the run waits, and ends as if nothing had been */
static void
test_full_disk (void)
{
  ThawSessionFixture fixture;
  const char *straight = train_straight ();
  g_autofree char *path = NULL, *waited = NULL;

  signal (SIGXFSZ, SIG_IGN);
  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  set_file_limit (4096);
  thaw_session_pause (fixture.session);
  thaw_session_fixture_until (&fixture, has_said_so);
  thaw_session_fixture_until (&fixture, is_paused);
  set_file_limit (RLIM_INFINITY);
  thaw_session_go_on (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_DONE);
  path = thaw_session_fixture_path (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  waited = thaw_session_fixture_weights (path, 1);
  g_assert_cmpstr (waited, ==, straight);
}

/* @pattern: the shell's */
static void
remove_files (const char *pattern)
{
  g_autofree char *command = g_strdup_printf ("rm -r %s", pattern);

  g_assert_cmpint (system (command), ==, 0);
}

/* Some pictures of a class go, then all: the run goes on as long as it can, says so, and what it had is kept */
static void
test_pictures_gone (void)
{
  ThawSessionFixture fixture;
  g_autofree char *pictures = thaw_session_fixture_pictures (10, 4);
  g_autofree char *some = g_strdup_printf ("%s/train/ants/00[0-3].png", pictures);

  thaw_session_fixture_set_up (&fixture);
  thaw_session_fixture_import (&fixture, pictures);
  thaw_session_fixture_settle (&fixture);
  set_epochs (&fixture, 6);
  /* every epoch reads them again */
  g_object_set (thaw_session_get_options (fixture.session), "augmentation", "light", "variants", 0, NULL);
  g_object_set (fixture.session, "threads", 1, NULL);
  thaw_session_train (fixture.session);
  thaw_session_fixture_until (&fixture, has_an_epoch);
  remove_files (some);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_true (thaw_session_fixture_heard (&fixture, "could not be read"));
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_DONE);
  g_assert_cmpuint (thaw_run_item_get_events (thaw_runs_get_current (thaw_session_get_runs (fixture.session)))->len, ==, 5);

  thaw_session_train (fixture.session);
  thaw_session_fixture_until (&fixture, has_an_epoch);
  remove_files (pictures);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_true (thaw_session_fixture_heard (&fixture, "Training ended early"));
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 1), ==, THAW_RUN_FAILED);
  thaw_session_fixture_tear_down (&fixture);
}

/* A rate that no network survives */
static void
test_not_finite (void)
{
  ThawSessionFixture fixture;

  thaw_session_fixture_set_up (&fixture);
  thaw_session_fixture_import (&fixture, folder);
  g_object_set (thaw_session_get_options (fixture.session), "epochs", 20, "batch", 8, "optimizer", "sgd", "learning-rate", 100., "weight-decay", 10.,
                "head-rate", 1e6, NULL);
  thaw_session_fixture_settle (&fixture);
  thaw_session_train (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  g_assert_true (thaw_session_fixture_heard (&fixture, "no longer a number"));
  g_assert_cmpint (g_array_index (fixture.finished, ThawRunStatus, 0), ==, THAW_RUN_FAILED);
  thaw_session_fixture_tear_down (&fixture);
}

/* Rate and freezing are changed while it trains, and the run says so */
static void
test_changed (void)
{
  ThawSessionFixture fixture;
  GArray *events;
  gboolean rate = FALSE, freezing = FALSE;

  train_slowly (&fixture);
  thaw_session_fixture_until (&fixture, has_some_steps);
  g_object_set (thaw_session_get_options (fixture.session), "learning-rate", 1e-5, NULL);
  thaw_session_apply_rate (fixture.session);
  thaw_network_set_preset (thaw_session_get_network (fixture.session), "head");
  thaw_session_apply_freezing (fixture.session);
  thaw_session_fixture_until_idle (&fixture);
  events = thaw_run_item_get_events (thaw_runs_get_current (thaw_session_get_runs (fixture.session)));
  for (guint i = 0; i < events->len; i++)
    {
      const ThawRunEvent *event = &g_array_index (events, ThawRunEvent, i);

      g_test_message ("step %d, epoch %g, %g s: %s", (int) event->step, event->epoch, event->seconds, event->text);
      rate |= i > 0 && strstr (event->text, "learning rate") != NULL;
      freezing |= i > 0 && strstr (event->text, "trains the head") != NULL;
      /* the first says what the phase trains */
      g_assert_true (i == 0 || (event->step > 0 && event->epoch > 0));
    }
  g_assert_true (rate);
  g_assert_true (freezing);
  thaw_session_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int result;

  if (argc == 4 && g_str_equal (argv[1], "--child"))
    {
      folder = argv[3];
      return be_killed (argv[2]);
    }
  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/session/train", test_train);
  g_test_add_func ("/session/pause", test_pause);
  g_test_add_func ("/session/stop", test_stop);
  g_test_add_func ("/session/changed", test_changed);
  g_test_add_func ("/session/interrupted", test_interrupted);
  g_test_add_func ("/session/killed", test_killed);
  g_test_add_func ("/session/late-news", test_late_news);
  g_test_add_func ("/session/full-disk", test_full_disk);
  g_test_add_func ("/session/pictures-gone", test_pictures_gone);
  g_test_add_func ("/session/not-finite", test_not_finite);
  result = g_test_run ();
  g_free (folder);
  return result;
}
