/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a project keeps beside weights: pictures of runs, curves, evaluations, settings; deleting and saving elsewhere. */
#include "thaw-project-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>

typedef ThawProjectFixture Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  thaw_project_fixture_set_up (self, data);
  self->project = thaw_fixture_project (self->path, self->backbone, self->model, &self->run);
}

static void
reopen (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  thaw_fixture_close (self->project);
  self->project = thaw_project_open (self->path, THAW_PROJECT_WRITE, &error);
  g_assert_no_error (error);
}

static void
check_run_dataset (ThawProject *project, gint64 run, const ThawDataset *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawDataset) read = thaw_project_run_dataset (project, run, &error);

  g_assert_no_error (error);
  thaw_test_same_dataset (read, wanted);
}

/* A run's pictures stay what they were when the project's are edited; equal ones are there once. */
static void
test_dataset (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (self->folder), edited = thaw_fixture_dataset (self->folder);
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  gint64 second;

  check_run_dataset (self->project, self->run, dataset);
  g_assert_true (thaw_project_set_run_dataset (self->project, self->run, dataset, NULL));
  ((ThawSample *) g_ptr_array_index (edited->samples, 0))->label = 1;
  g_ptr_array_remove_index (edited->samples, 1);
  g_assert_true (thaw_project_set_dataset (self->project, edited, NULL));
  g_assert_true (thaw_project_begin_run (self->project, self->backbone, self->model, options, &second, NULL));
  reopen (self);
  check_run_dataset (self->project, self->run, dataset);
  check_run_dataset (self->project, second, edited);
  g_assert_true (thaw_project_set_run_dataset (self->project, second, dataset, NULL));
  check_run_dataset (self->project, second, dataset);
  thaw_fixture_close (g_steal_pointer (&self->project));
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM datasets"), ==, 1);
  self->project = thaw_project_open (self->path, THAW_PROJECT_WRITE, NULL);
  g_assert_true (thaw_project_set_run_dataset (self->project, self->run, edited, NULL));
  g_assert_true (thaw_project_set_run_dataset (self->project, second, edited, NULL));
  thaw_fixture_close (g_steal_pointer (&self->project));
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM datasets"), ==, 1);
}

static void
test_curves (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) steps = NULL, events = NULL;

  for (guint i = 1; i <= 3; i++)
    g_assert_true (thaw_project_add_step (self->project, self->run, i, i == 2 ? NAN : 1. / i, 1e-3, i * .5, NULL));
  g_assert_true (thaw_project_add_event (self->project, self->run, 2, 1.25, "learning rate 0.001 -> 0.0002", NULL));
  reopen (self);
  steps = thaw_project_steps (self->project, self->run, NULL);
  events = thaw_project_events (self->project, self->run, NULL);
  g_assert_cmpuint (steps->len, ==, 3);
  g_assert_cmpuint (g_array_index (steps, ThawProjectStep, 2).step, ==, 3);
  g_assert_cmpfloat (g_array_index (steps, ThawProjectStep, 2).loss, ==, 1. / 3);
  g_assert_cmpfloat (g_array_index (steps, ThawProjectStep, 2).seconds, ==, 1.5);
  g_assert_true (isnan (g_array_index (steps, ThawProjectStep, 1).loss));
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_cmpuint (g_array_index (events, ThawProjectEvent, 0).step, ==, 2);
  g_assert_cmpfloat (g_array_index (events, ThawProjectEvent, 0).seconds, ==, 1.25);
  g_assert_cmpstr (g_array_index (events, ThawProjectEvent, 0).text, ==, "learning rate 0.001 -> 0.0002");
}

static void
check_evaluation (ThawProject *project, gint64 run, const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder), pictures = NULL;
  g_autoptr (ThawEvaluation) wanted = thaw_fixture_evaluation (dataset);
  g_autoptr (ThawEvaluation) read = thaw_project_evaluation (project, run, THAW_SPLIT_VALIDATION, &pictures, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (read->n, ==, 3);
  g_assert_cmpmem (read->probabilities, 6 * sizeof (float), wanted->probabilities, 6 * sizeof (float));
  g_assert_cmpmem (read->labels, 3 * sizeof (int), wanted->labels, 3 * sizeof (int));
  g_assert_cmpmem (read->confusion, 4 * sizeof (guint64), wanted->confusion, 4 * sizeof (guint64));
  g_assert_cmpfloat (read->loss, ==, .75);
  g_assert_cmpfloat (read->accuracy, ==, wanted->accuracy);
  for (guint i = 0; i < 3; i++)
    {
      const ThawSample *a = g_ptr_array_index (pictures->samples, read->samples[i]);
      const ThawSample *b = g_ptr_array_index (dataset->samples, wanted->samples[i]);

      g_assert_cmpstr (a->path, ==, b->path);
      g_assert_cmpint (a->index, ==, b->index);
      g_assert_cmpstr (a->hash, ==, b->hash);
      g_assert_cmpint (a->label, ==, b->label);
    }
}

static void
test_evaluation (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (thaw_project_evaluation (self->project, self->run, THAW_SPLIT_VALIDATION, NULL, &error));
  g_assert_no_error (error);
  thaw_fixture_add_kept (self->project, self->run);
  thaw_fixture_add_kept (self->project, self->run);
  reopen (self);
  check_evaluation (self->project, self->run, self->folder);
  g_assert_null (thaw_project_evaluation (self->project, self->run, THAW_SPLIT_TEST, NULL, &error));
  g_assert_no_error (error);
  thaw_fixture_add_kept (self->project, self->run);
}

/* Ten thousand pictures come back at once (printed; the limit is generous). */
static void
test_many (Fixture *self, gconstpointer data)
{
  const guint n = 10000;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (self->folder), pictures = NULL;
  g_autofree int *labels = g_new0 (int, n);
  g_autofree float *probabilities = g_new (float, 2 * n);
  g_autoptr (ThawEvaluation) evaluation = NULL, read = NULL;
  gint64 start;

  g_ptr_array_set_size (dataset->samples, 0);
  for (guint i = 0; i < n; i++)
    {
      ThawSample *sample = thaw_sample_new ();
      g_autofree char *name = g_strdup_printf ("%05u.jpg", i);

      sample->path = g_build_filename (self->folder, "train", "ants", name, NULL);
      sample->hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
      sample->label = (int) i % 2;
      labels[i] = sample->label;
      probabilities[2 * i] = (float) i / (float) n;
      probabilities[2 * i + 1] = 1 - probabilities[2 * i];
      g_ptr_array_add (dataset->samples, sample);
    }
  evaluation = thaw_evaluation_new_from (n, 2, labels, probabilities, .5);
  g_assert_true (thaw_project_set_evaluation (self->project, self->run, THAW_N_SPLITS, evaluation, dataset, NULL));
  start = g_get_monotonic_time ();
  read = thaw_project_evaluation (self->project, self->run, THAW_N_SPLITS, &pictures, NULL);
  g_test_message ("%.1f ms", (double) (g_get_monotonic_time () - start) / 1000);
  g_assert_cmpuint (read->n, ==, n);
  g_assert_cmpstr (((ThawSample *) g_ptr_array_index (pictures->samples, 777))->hash, ==, ((ThawSample *) g_ptr_array_index (dataset->samples, 777))->hash);
}

static void
test_settings (Fixture *self, gconstpointer data)
{
  g_autofree char *options = NULL, *network = NULL, *gone = NULL;

  g_assert_true (thaw_project_set_setting (self->project, "options", "{\"a\":1}", NULL));
  g_assert_true (thaw_project_set_setting (self->project, "network", "x", NULL));
  g_assert_true (thaw_project_set_setting (self->project, "network", "ä", NULL));
  g_assert_true (thaw_project_set_setting (self->project, "gone", "x", NULL));
  g_assert_true (thaw_project_set_setting (self->project, "gone", NULL, NULL));
  reopen (self);
  options = thaw_project_get_setting (self->project, "options", NULL);
  network = thaw_project_get_setting (self->project, "network", NULL);
  gone = thaw_project_get_setting (self->project, "gone", NULL);
  g_assert_cmpstr (options, ==, "{\"a\":1}");
  g_assert_cmpstr (network, ==, "ä");
  g_assert_null (gone);
}

static guint
count_runs (ThawProject *project)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (project, NULL);

  return runs->len;
}

/* A deleted run is not listed, comes back whole, and is gone once the project was closed. */
static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawTrainState) state = thaw_fixture_state (self->model, 1, 1), read = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;
  ThawEpoch epoch = thaw_fixture_epoch (1, 10);

  thaw_fixture_add_kept (self->project, self->run);
  g_assert_true (thaw_project_checkpoint (self->project, self->run, state, &epoch, NULL));
  g_assert_true (thaw_project_rename_run (self->project, self->run, "first try", NULL));
  g_assert_true (thaw_project_set_notes (self->project, self->run, "with\nlines", NULL));
  g_assert_true (thaw_project_delete_run (self->project, self->run, NULL));
  g_assert_cmpuint (count_runs (self->project), ==, 0);
  g_assert_false (thaw_project_delete_run (self->project, self->run, NULL));
  g_assert_true (thaw_project_restore_run (self->project, self->run, NULL));
  g_assert_false (thaw_project_restore_run (self->project, self->run, NULL));
  runs = thaw_project_runs (self->project, NULL);
  g_assert_cmpstr (((ThawRun *) g_ptr_array_index (runs, 0))->name, ==, "first try");
  g_assert_cmpstr (((ThawRun *) g_ptr_array_index (runs, 0))->notes, ==, "with\nlines");
  read = thaw_project_state (self->project, self->run, NULL);
  thaw_fixture_same_state (read, state);
  check_evaluation (self->project, self->run, self->folder);
  g_assert_false (thaw_project_rename_run (self->project, 99, "x", &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_FAILED);
  g_assert_true (thaw_project_delete_run (self->project, self->run, NULL));
  thaw_fixture_close (g_steal_pointer (&self->project));
  for (guint i = 0; i < 6; i++)
    {
      static const char *const tables[] = { "runs", "epochs", "tensors", "blobs", "datasets", "evaluations" };
      g_autofree char *sql = g_strconcat ("SELECT count (*) FROM ", tables[i], NULL);

      g_assert_cmpint (thaw_fixture_value (self->path, sql), ==, 0);
    }
}

/* The copy holds everything, its paths lead to the same pictures, and the project goes on in it alone. */
static void
test_save_as (Fixture *self, gconstpointer data)
{
  g_autofree char *below = g_build_filename (self->folder, "train", NULL), *path = g_build_filename (below, "copy.thaw", NULL);
  g_autoptr (ThawTrainState) state = thaw_fixture_state (self->model, 1, 1), read = NULL;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (self->folder), again = NULL, old = NULL;
  g_autoptr (GError) error = NULL;
  ThawEpoch epoch = thaw_fixture_epoch (1, .001);
  ThawProject *before;

  thaw_fixture_add_kept (self->project, self->run);
  g_assert_true (thaw_project_checkpoint (self->project, self->run, state, &epoch, NULL));
  g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "another file", -1, NULL));
  g_assert_true (thaw_project_save_as (self->project, self->path, NULL));
  thaw_project_save_as (self->project, path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (thaw_project_path (self->project), ==, path);
  g_assert_true (thaw_project_rename_run (self->project, self->run, "in the copy", NULL));
  again = thaw_project_get_dataset (self->project, NULL);
  thaw_test_same_dataset (again, dataset);
  check_run_dataset (self->project, self->run, dataset);
  check_evaluation (self->project, self->run, self->folder);
  read = thaw_project_state (self->project, self->run, NULL);
  thaw_fixture_same_state (read, state);

  /* the old one is a file by itself, and free */
  before = thaw_project_open (self->path, THAW_PROJECT_WRITE, &error);
  g_assert_no_error (error);
  old = thaw_project_get_dataset (before, NULL);
  thaw_test_same_dataset (old, dataset);
  check_run_dataset (before, self->run, dataset);
  thaw_fixture_close (before);
  thaw_fixture_close (g_steal_pointer (&self->project));
  g_assert_cmpuint (thaw_fixture_others (self->path), ==, 1); /* the folder */
  g_assert_cmpuint (thaw_fixture_others (path), ==, 0);
  g_assert_cmpint (thaw_fixture_value (path, "SELECT count (*) FROM files WHERE path = CAST ('ants/a.jpg' AS BLOB)"), ==, 1);
  g_assert_cmpint (thaw_fixture_value (self->path, "SELECT count (*) FROM runs WHERE name = 'in the copy'"), ==, 0);
}

/* Whatever is in the way, the project goes on where it was and nothing is left behind. */
static void
test_save_as_refused (Fixture *self, gconstpointer data)
{
  g_autofree char *elsewhere = thaw_test_directory (), *path = g_build_filename (elsewhere, "copy.thaw", NULL);
  g_autofree char *missing = g_build_filename (elsewhere, "missing", "copy.thaw", NULL);
  g_autoptr (GError) error = NULL;
  gint64 run;
  ThawProject *other = thaw_fixture_project (path, self->backbone, self->model, &run);
  struct rlimit limit, small;

  g_assert_false (thaw_project_save_as (self->project, path, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_BUSY);
  g_clear_error (&error);
  thaw_fixture_close (other);
  g_assert_false (thaw_project_save_as (self->project, missing, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  /* no room: as large as a file may be */
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = (struct rlimit){ 20000, limit.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  g_assert_false (thaw_project_save_as (self->project, path, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "copy.thaw"));
  g_test_message ("%s", error->message);

  g_assert_cmpstr (thaw_project_path (self->project), ==, self->path);
  g_assert_true (thaw_project_rename_run (self->project, self->run, "still here", NULL));
  g_assert_cmpuint (thaw_fixture_others (path), ==, 0);
  other = thaw_project_open (path, THAW_PROJECT_WRITE, NULL);
  g_assert_cmpuint (count_runs (other), ==, 1);
  thaw_fixture_close (other);
}

static const struct
{
  const char *name;
  void (*run) (Fixture *self, gconstpointer data);
} tests[] = {
  { "/project/kept/dataset", test_dataset },     { "/project/kept/curves", test_curves },
  { "/project/kept/evaluation", test_evaluation }, { "/project/kept/many", test_many },
  { "/project/kept/settings", test_settings },   { "/project/kept/delete", test_delete },
  { "/project/kept/save-as", test_save_as },     { "/project/kept/save-as-refused", test_save_as_refused },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].run, thaw_project_fixture_tear_down);
  return g_test_run ();
}
