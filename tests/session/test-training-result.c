/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run's training goes on elsewhere and comes back: as the window does it */
#include "../support/thaw-test-model.h"
#include "thaw-session-fixture.h"

#include <glib/gstdio.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-session-export.h>

static char *folder;
static GAsyncResult *ready;

static gboolean
is_ready (ThawSessionFixture *fixture)
{
  return ready != NULL;
}

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ready = g_object_ref (result);
}

static gboolean
has_network (ThawSessionFixture *fixture)
{
  const ThawModel *model = thaw_network_get_model (thaw_session_get_network (fixture->session));

  return model && g_str_equal (model->architecture, "shufflenet_v2_x0_5");
}

static gboolean
has_two_runs (ThawSessionFixture *fixture)
{
  return thaw_session_fixture_n_runs (fixture) == 2;
}

static guint n_messages;

static gboolean
said_more (ThawSessionFixture *fixture)
{
  return fixture->messages->len > n_messages;
}

/* A run of a network that PyTorch has, and its folder (transfer full) */
static char *
export_training (ThawSessionFixture *fixture, const char *root)
{
  g_autofree char *backbone = thaw_test_backbone ("shufflenet_v2_x0_5", 10, 3), *path = g_build_filename (root, "training", NULL);
  const ThawExportOptions options = { .path = path, .format = "pytorch-training" };
  g_autoptr (GError) error = NULL;
  ThawExportResult result;

  thaw_network_set_backbone (thaw_session_get_network (fixture->session), backbone);
  thaw_session_fixture_until (fixture, has_network);
  thaw_session_fixture_settle (fixture);
  thaw_session_fixture_train (fixture);
  thaw_session_export_async (fixture->session, 1, &options, NULL, NULL, NULL, ready_cb, NULL);
  thaw_session_fixture_until (fixture, is_ready);
  g_assert_true (thaw_session_export_finish (fixture->session, ready, &result, &error));
  g_assert_no_error (error);
  g_clear_object (&ready);
  g_assert_cmpfloat (result.difference, ==, 0);
  return g_steal_pointer (&path);
}

/* As train.py leaves it after an epoch */
static void
put_result (const char *path, gint64 started)
{
  g_autofree char *result = g_build_filename (path, "result", NULL), *metrics = g_build_filename (result, "metrics.json", NULL);
  g_autofree char *weights = g_build_filename (path, "weights.safetensors", NULL), *trained = g_build_filename (result, "weights.safetensors", NULL);
  g_autofree char *text = g_strdup_printf ("{\"format\":\"thaw-result\",\"version\":1,\"run\":1,\"started\":%" G_GINT64_FORMAT ",\"finished\":true,\"processes\":2,\"device\":\"cuda\","
                                           "\"training\":{\"phases\":[{\"preset\":\"head\",\"epochs\":1}]},\"epochs\":[{\"phase\":0,\"epoch\":1,\"loss\":0.7,\"accuracy\":0.5,"
                                           "\"val_loss\":0.6,\"val_accuracy\":0.75,\"lr\":1e-3,\"seconds\":1.5,\"images_per_second\":20,\"best\":true}],\"steps\":[[1,0.7,0.001,0.1]]}",
                                           started);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_cmpint (g_mkdir (result, 0700), ==, 0);
  g_assert_true (g_file_get_contents (weights, &data, &length, NULL));
  g_assert_true (g_file_set_contents (trained, data, (gssize) length, NULL));
  g_assert_true (g_file_set_contents (metrics, text, -1, NULL));
}

/* It is the newest run and shown, with its curves and what it came from; that it came can be undone. */
static void
check_run (ThawSessionFixture *fixture)
{
  ThawRuns *runs = thaw_session_get_runs (fixture->session);
  ThawHistory *history = thaw_session_get_history (fixture->session);
  ThawRunItem *item = thaw_session_fixture_run (fixture, 2);

  g_assert_true (thaw_runs_get_current (runs) == item);
  g_assert_cmpint (thaw_run_item_get_run (item)->status, ==, THAW_RUN_DONE);
  g_assert_cmpfloat (thaw_run_item_get_run (item)->summary.best_val_accuracy, ==, .75);
  g_assert_true (thaw_session_fixture_heard (fixture, "was brought in"));
  thaw_run_item_get_epochs (item);
  thaw_session_fixture_settle (fixture);
  g_assert_cmpuint (thaw_run_item_get_epochs (item)->len, ==, 1);
  g_assert_cmpuint (thaw_run_item_get_steps (item)->len, ==, 1);
  g_assert_true (g_str_has_prefix (g_array_index (thaw_run_item_get_events (item), ThawRunEvent, 0).text, "trained in PyTorch (cuda, "));
  thaw_history_undo (history);
  g_assert_cmpuint (thaw_session_fixture_n_runs (fixture), ==, 1);
  thaw_history_redo (history);
  g_assert_cmpuint (thaw_session_fixture_n_runs (fixture), ==, 2);
}

static void
test_brought_in (void)
{
  ThawSessionFixture fixture;
  g_autofree char *root = thaw_test_directory (), *project = thaw_session_fixture_new_project (&fixture, folder), *path = export_training (&fixture, root);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawRuns *runs = thaw_session_get_runs (fixture.session);

  n_messages = fixture.messages->len;
  thaw_runs_bring_in (runs, file);
  thaw_session_fixture_until (&fixture, said_more);
  g_assert_true (thaw_session_fixture_heard (&fixture, "The result was not brought in"));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 1);

  put_result (path, thaw_run_item_get_run (thaw_session_fixture_run (&fixture, 1))->started);
  thaw_runs_bring_in (runs, file);
  thaw_session_fixture_until (&fixture, has_two_runs);
  check_run (&fixture);
  thaw_session_fixture_reopen (&fixture, project);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 2);
  thaw_session_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (6, 3);
  g_test_add_func ("/training-result/brought-in", test_brought_in);
  result = g_test_run ();
  g_free (folder);
  return result;
}
