/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef ThawProjectFixture Fixture;

static ThawProject *
open_project (const Fixture *self, ThawProjectMode mode)
{
  g_autoptr (GError) error = NULL;
  ThawProject *project = thaw_project_open (self->path, mode, &error);

  g_assert_no_error (error);
  return project;
}

static void
checkpoint (ThawProject *project, gint64 run, const ThawModel *model, int n, int best, double seconds)
{
  g_autoptr (ThawTrainState) state = thaw_fixture_state (model, n, best);
  g_autoptr (GError) error = NULL;
  ThawEpoch epoch = thaw_fixture_epoch (n, seconds);

  thaw_project_checkpoint (project, run, state, &epoch, &error);
  g_assert_no_error (error);
}

static void
check_state (ThawProject *project, gint64 run, const ThawTrainState *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTrainState) state = thaw_project_state (project, run, &error);

  g_assert_no_error (error);
  g_assert_nonnull (state);
  thaw_fixture_same_state (state, wanted);
}

/* One file and nothing beside it once it is closed */
static void
test_single_file (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autofree char *contents = NULL;
  gsize length;

  checkpoint (project, run, self->model, 1, 1, 10);
  g_assert_cmpuint (thaw_fixture_others (self->path), ==, 3); /* -wal, -shm, -lock */
  thaw_fixture_close (project);
  g_assert_cmpuint (thaw_fixture_others (self->path), ==, 0);
  g_assert_true (g_file_get_contents (self->path, &contents, &length, NULL));
  g_assert_cmpint (contents[18], ==, 1); /* no WAL */
  g_assert_cmpmem (contents + 68, 4, "Thaw", 4);
  g_assert_cmpint (thaw_fixture_value (self->path, "PRAGMA user_version"), >=, 1);
}

static void
test_dataset (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autoptr (ThawDataset) wanted = thaw_fixture_dataset (self->folder);
  g_autofree char *elsewhere = thaw_test_directory ();
  g_autofree char *moved = g_build_filename (elsewhere, "moved.thaw", NULL);
  g_autoptr (ThawDataset) moved_wanted = thaw_fixture_dataset (self->folder);
  g_autoptr (ThawDataset) read = NULL;
  g_autoptr (ThawDataset) moved_read = NULL;
  ThawSample *first = g_ptr_array_index (moved_wanted->samples, 0);

  thaw_fixture_close (project);
  project = open_project (self, THAW_PROJECT_READ);
  read = thaw_project_get_dataset (project, NULL);
  thaw_test_same_dataset (read, wanted);
  thaw_fixture_close (project);

  /* what lay below the project's folder moves with it */
  g_assert_cmpint (g_rename (self->path, moved), ==, 0);
  g_free (first->path);
  first->path = g_build_filename (elsewhere, "train", "ants", "a.jpg", NULL);
  project = thaw_project_open (moved, THAW_PROJECT_READ, NULL);
  moved_read = thaw_project_get_dataset (project, NULL);
  thaw_test_same_dataset (moved_read, moved_wanted);
  thaw_fixture_close (project);
}

/* States come back to the bit; what is no longer needed goes; best shares with last; the backbone is not stored */
static void
test_weights (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autoptr (ThawTrainState) best = thaw_fixture_state (self->model, 2, 2);
  g_autoptr (ThawTrainState) last = thaw_fixture_state (self->model, 3, 2);
  GStatBuf status;

  g_assert_null (thaw_project_state (project, run, NULL));
  checkpoint (project, run, self->model, 1, 1, 10);
  checkpoint (project, run, self->model, 2, 2, 10);
  check_state (project, run, best);
  thaw_fixture_close (project);
  /* two at the start, two now, of which best is the same, and a slot */
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM blobs"), ==, 5);
  g_assert_cmpint (g_stat (self->path, &status), ==, 0);
  g_assert_cmpint (status.st_size, <, 150000);

  project = open_project (self, THAW_PROJECT_WRITE);
  checkpoint (project, run, self->model, 3, 2, 10);
  thaw_fixture_close (project);
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM blobs"), ==, 7);
  project = open_project (self, THAW_PROJECT_READ);
  check_state (project, run, last);
  thaw_fixture_close (project);
}

static void
check_model (const ThawModel *model, const ThawModel *start, float head)
{
  for (guint i = 0; i < thaw_tensor_map_size (start->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (start->parameters, i);
      const ThawTensor *x = thaw_tensor_map_get (model->parameters, name);
      const ThawTensor *y = thaw_tensor_map_at (start->parameters, i);

      g_assert_nonnull (x);
      if (head && g_str_has_prefix (name, "head."))
        g_assert_cmpfloat (thaw_tensor_f32 (x)[0], ==, head);
      else
        g_assert_cmpmem (x->data, x->bytes, y->data, y->bytes);
    }
  g_assert_cmpstr (model->head, ==, start->head);
  g_assert_cmpstr (model->labels[1], ==, "bees");
}

static void
test_models (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) start = NULL;
  g_autoptr (ThawModel) best = NULL;

  checkpoint (project, run, self->model, 2, 2, 10);
  checkpoint (project, run, self->model, 3, 2, 10);
  thaw_fixture_close (project);
  project = open_project (self, THAW_PROJECT_READ);
  start = thaw_project_start_model (project, run, &error);
  g_assert_no_error (error);
  check_model (start, self->model, 0);
  best = thaw_project_model (project, run, &error);
  g_assert_no_error (error);
  check_model (best, self->model, 2);
  thaw_fixture_close (project);
}

/* Without a backbone the run's own weights are all there is; with another one in its place that is said */
static void
test_backbone (Fixture *self, gconstpointer data)
{
  gint64 with, without;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &with);
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) whole = NULL;
  g_autofree char *content = NULL;
  gsize length;

  thaw_project_begin_run (project, NULL, self->model, options, &without, &error);
  g_assert_no_error (error);
  checkpoint (project, without, self->model, 4, 4, 10);
  g_assert_true (g_file_get_contents (self->backbone, &content, &length, NULL));
  content[length - 1] ^= 1;
  g_assert_true (g_file_set_contents (self->backbone, content, length, NULL));
  whole = thaw_project_model (project, without, &error);
  g_assert_no_error (error);
  check_model (whole, self->model, 4);
  g_assert_null (thaw_project_model (project, with, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "not the one"));
  g_clear_error (&error);
  g_assert_cmpint (g_remove (self->backbone), ==, 0);
  g_assert_null (thaw_project_model (project, with, &error));
  g_assert_nonnull (error);
  thaw_fixture_close (project);
}

static void
test_runs (Fixture *self, gconstpointer data)
{
  gint64 run, second;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  const ThawTrainSummary summary = { .epochs = 3, .best_val_accuracy = .9, .best_val_loss = NAN, .last_val_accuracy = .8,
                                     .best_epoch = 2, .feature_seconds = 1.5, .train_seconds = 2.5, .images = 99,
                                     .train = 4, .val = 5, .classes = 2 };
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  g_autoptr (GPtrArray) epochs = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  const ThawEpoch wanted = thaw_fixture_epoch (2, .001);
  const ThawEpoch *epoch;
  const ThawRun *row;

  checkpoint (project, run, self->model, 1, 1, .001);
  checkpoint (project, run, self->model, 2, 2, .001);
  g_assert_true (thaw_project_add_step (project, run, 1, NAN, 1e-3, .25, NULL));
  g_assert_true (thaw_project_add_event (project, run, 1, .5, "the rate was changed", NULL));
  g_assert_true (thaw_project_begin_run (project, self->backbone, self->model, options, &second, NULL));
  checkpoint (project, second, self->model, 7, 7, 10);
  epochs = thaw_project_epochs (project, run, NULL);
  g_assert_cmpuint (epochs->len, ==, 2);
  epoch = g_ptr_array_index (epochs, 1);
  g_assert_true (isnan (epoch->accuracy));
  g_assert_cmpfloat (epoch->val_loss, ==, wanted.val_loss);
  g_assert_cmpfloat (epoch->lr, ==, wanted.lr);
  g_assert_true (thaw_project_end_run (project, run, THAW_RUN_DONE, &summary, .7, .95, NULL));
  runs = thaw_project_runs (project, NULL);
  g_assert_cmpuint (runs->len, ==, 2);
  row = g_ptr_array_index (runs, 0);
  g_assert_cmpint (row->status, ==, THAW_RUN_DONE);
  g_assert_cmpint (row->summary.best_epoch, ==, 2);
  g_assert_cmpfloat (row->summary.best_val_accuracy, ==, .9);
  g_assert_true (isnan (row->summary.best_val_loss));
  g_assert_cmpfloat (row->high, ==, .95);
  g_assert_cmpint (((const ThawRun *) g_ptr_array_index (runs, 1))->status, ==, THAW_RUN_RUNNING);

  g_assert_true (thaw_project_delete_run (project, run, NULL));
  g_assert_false (thaw_project_delete_run (project, run, NULL));
  thaw_fixture_close (project);
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM runs"), ==, 1);
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM epochs WHERE run = 1"), ==, 0);
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM blobs"), ==, 5);
}

static guint
epochs_seen (const Fixture *self, gint64 run)
{
  ThawProject *reader = open_project (self, THAW_PROJECT_READ);
  g_autoptr (GPtrArray) epochs = thaw_project_epochs (reader, run, NULL);
  guint n = epochs->len;

  thaw_fixture_close (reader);
  return n;
}

/* Short epochs wait for each other, at most a second; a long one, or a checkpoint inside an epoch, waits for nothing */
static void
test_sharing (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autoptr (ThawTrainState) last = thaw_fixture_state (self->model, 5, 4);

  checkpoint (project, run, self->model, 1, 1, .001);
  g_assert_cmpuint (epochs_seen (self, run), ==, 1); /* the first commits at once */
  checkpoint (project, run, self->model, 2, 2, .001);
  checkpoint (project, run, self->model, 3, 3, .001);
  g_assert_cmpuint (epochs_seen (self, run), ==, 1);
  checkpoint (project, run, self->model, 4, 4, .001);
  checkpoint (project, run, self->model, 5, 4, .001);
  g_assert_true (thaw_project_flush (project, NULL));
  g_assert_cmpuint (epochs_seen (self, run), ==, 5);
  check_state (project, run, last);
  checkpoint (project, run, self->model, 6, 4, .001);
  g_assert_cmpuint (epochs_seen (self, run), ==, 5);
  g_usleep (1100 * 1000);
  checkpoint (project, run, self->model, 7, 4, .001);
  g_assert_cmpuint (epochs_seen (self, run), ==, 7);
  checkpoint (project, run, self->model, 8, 4, 1);
  g_assert_cmpuint (epochs_seen (self, run), ==, 8);
  checkpoint (project, run, self->model, 9, 4, .001);
  thaw_fixture_close (project);
  g_assert_cmpuint (epochs_seen (self, run), ==, 9);
}

static void
test_busy (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autofree char *link = g_build_filename (self->folder, "link.thaw", NULL);
  g_autofree char *process = g_strdup_printf ("process %d", (int) getpid ());
  const char *names[] = { self->path, link };
  ThawProject *reader;

  g_assert_cmpint (symlink (self->path, link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (thaw_project_open (names[i], THAW_PROJECT_WRITE, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_BUSY);
      g_assert_nonnull (strstr (error->message, "pictures.thaw"));
      g_assert_nonnull (strstr (error->message, process));
    }
  reader = open_project (self, THAW_PROJECT_READ);
  checkpoint (project, run, self->model, 1, 1, 10);
  g_assert_cmpuint (epochs_seen (self, run), ==, 1);
  /* the writer closes first: the reader is the last and leaves a single file */
  thaw_fixture_close (project);
  g_assert_cmpint (g_remove (link), ==, 0);
  thaw_fixture_close (reader);
  g_assert_cmpuint (thaw_fixture_others (self->path), ==, 0);
  project = open_project (self, THAW_PROJECT_WRITE);
  thaw_fixture_close (project);
}

static void
test_read_only (Fixture *self, gconstpointer data)
{
  gint64 run;
  g_autoptr (GError) error = NULL;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);

  checkpoint (project, run, self->model, 1, 1, 10);
  thaw_fixture_close (project);
  project = open_project (self, THAW_PROJECT_READ);
  g_assert_false (thaw_project_delete_run (project, run, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_FAILED);
  thaw_fixture_close (project);
  g_clear_error (&error);
  g_assert_null (thaw_project_open (self->path, THAW_PROJECT_CREATE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

/* A file left in WAL mode without its log, in a folder where nothing can be made */
static void
test_read_only_medium (Fixture *self, gconstpointer data)
{
  gint64 run;
  ThawProject *project = thaw_fixture_project (self->path, self->backbone, self->model, &run);
  g_autoptr (GPtrArray) runs = NULL;

  thaw_fixture_close (project);
  thaw_fixture_sql (self->path, "PRAGMA journal_mode = WAL");
  g_assert_cmpint (g_chmod (self->path, 0400), ==, 0);
  g_assert_cmpint (g_chmod (self->folder, 0500), ==, 0);
  if (geteuid () == 0)
    {
      /* root writes everywhere: become somebody else for a moment */
      g_assert_cmpint (chown (self->folder, 65534, 65534) | chown (self->path, 65534, 65534), ==, 0);
      g_assert_cmpint (seteuid (65534), ==, 0);
    }
  project = open_project (self, THAW_PROJECT_READ);
  runs = thaw_project_runs (project, NULL);
  g_assert_cmpuint (runs->len, ==, 1);
  thaw_fixture_close (project);
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (g_chmod (self->folder, 0700), ==, 0);
}

static const struct
{
  const char *name;
  void (*run) (Fixture *self, gconstpointer data);
} tests[] = {
  { "/project/single-file", test_single_file },
  { "/project/dataset", test_dataset },
  { "/project/weights", test_weights },
  { "/project/models", test_models },
  { "/project/backbone", test_backbone },
  { "/project/runs", test_runs },
  { "/project/sharing", test_sharing },
  { "/project/busy", test_busy },
  { "/project/read-only", test_read_only },
  { "/project/read-only-medium", test_read_only_medium },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, thaw_project_fixture_set_up, tests[i].run, thaw_project_fixture_tear_down);
  return g_test_run ();
}
