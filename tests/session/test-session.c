/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-snapshot.h"
#include "thaw-session-fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <thaw/thaw-error.h>

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

static gboolean
first_has_curves (ThawSessionFixture *fixture)
{
  return thaw_run_item_get_steps (thaw_session_fixture_run (fixture, 1))->len > 0;
}

static gboolean
is_judged (ThawSessionFixture *fixture)
{
  return thaw_results_get_evaluation (thaw_session_get_results (fixture->session)) != NULL;
}

static void
check_shares (ThawPictures *pictures, double validation, double test, guint64 seed)
{
  double is_validation, is_test;
  guint64 is_seed;

  thaw_pictures_get_shares (pictures, &is_validation, &is_test, &is_seed);
  g_assert_cmpfloat (is_validation, ==, validation);
  g_assert_cmpfloat (is_test, ==, test);
  g_assert_cmpuint (is_seed, ==, seed);
}

/* What a project may say of its split, and what is not believed */
static void
test_shares (void)
{
  static const char *const damaged[] = { NULL, "", "[]", "{}", "{\"validation\":\"0.2\",\"test\":0,\"seed\":0}", "{\"validation\":0.5,\"test\":0.5,\"seed\":0}",
                                         "{\"validation\":-0.1,\"test\":0,\"seed\":0}", "{\"validation\":0.1,\"test\":0.1,\"seed\":-1}",
                                         "{\"validation\":1e999,\"test\":0.1,\"seed\":1}" };
  g_autoptr (ThawHistory) history = thaw_history_new ();
  g_autoptr (ThawPictures) pictures = thaw_pictures_new (history);
  g_autofree char *json = NULL;

  check_shares (pictures, .2, 0, 0);
  thaw_pictures_shares_from_json (pictures, "{\"validation\":0.25,\"test\":0.125,\"seed\":9007199254740992}");
  check_shares (pictures, .25, .125, G_GUINT64_CONSTANT (1) << 53);
  json = thaw_pictures_shares_to_json (pictures);
  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      thaw_pictures_shares_from_json (pictures, json);
      check_shares (pictures, .25, .125, G_GUINT64_CONSTANT (1) << 53);
      thaw_pictures_shares_from_json (pictures, damaged[i]);
      check_shares (pictures, .2, 0, 0);
    }
}

/* Everything that was there is there again: pictures and how they were split, network, options, runs, curves, results */
static void
test_open (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *network = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;
  int epochs;

  thaw_network_set_preset (thaw_session_get_network (fixture.session), "last");
  thaw_session_fixture_train (&fixture);
  network = thaw_network_to_json (thaw_session_get_network (fixture.session));
  thaw_pictures_split (thaw_session_get_pictures (fixture.session), .3, .1, 7, FALSE);
  thaw_session_fixture_tear_down (&fixture);

  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  again = thaw_network_to_json (thaw_session_get_network (fixture.session));
  g_assert_cmpstr (again, ==, network);
  check_shares (thaw_session_get_pictures (fixture.session), .3, .1, 7);
  g_object_get (thaw_session_get_options (fixture.session), "epochs", &epochs, NULL);
  g_assert_cmpint (epochs, ==, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (thaw_session_get_pictures (fixture.session))), ==, 42);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 1);
  g_assert_true (thaw_runs_get_current (thaw_session_get_runs (fixture.session)) == thaw_session_fixture_run (&fixture, 1));
  thaw_session_fixture_until (&fixture, first_has_curves);
  g_assert_cmpuint (thaw_run_item_get_steps (thaw_session_fixture_run (&fixture, 1))->len, ==, 8);
  g_assert_cmpuint (thaw_run_item_get_epochs (thaw_session_fixture_run (&fixture, 1))->len, ==, 2);
  g_assert_cmpuint (thaw_run_item_get_epoch_steps (thaw_session_fixture_run (&fixture, 1)), ==, 4);
  thaw_session_fixture_until (&fixture, is_judged);
  thaw_session_fixture_tear_down (&fixture);
}

/* thaw-cli writes no settings: they are those of the last run */
static void
test_open_of_command (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *network = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;
  static const char *const keys[] = { "network", "options", "run-1-network", "run-1-options" };
  ThawProject *project;
  int epochs;

  thaw_network_set_preset (thaw_session_get_network (fixture.session), "last");
  thaw_session_fixture_train (&fixture);
  network = thaw_network_to_json (thaw_session_get_network (fixture.session));
  thaw_session_fixture_tear_down (&fixture);
  project = thaw_project_open (path, THAW_PROJECT_WRITE, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_true (thaw_project_set_setting (project, keys[i], NULL, &error));
  g_assert_true (thaw_project_close (project, &error));

  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  again = thaw_network_to_json (thaw_session_get_network (fixture.session));
  g_assert_cmpstr (again, ==, network);
  g_object_get (thaw_session_get_options (fixture.session), "epochs", &epochs, NULL);
  g_assert_cmpint (epochs, ==, 2);
  thaw_session_fixture_tear_down (&fixture);
}

static void
test_read_only (void)
{
  ThawSessionFixture first, second;
  g_autofree char *path = thaw_session_fixture_new_project (&first, folder), *problem = NULL, *copy = NULL, *places = thaw_test_directory ();
  g_autoptr (GError) error = NULL;
  gboolean read_only;

  thaw_session_fixture_train (&first);
  thaw_session_fixture_set_up (&second);
  g_assert_true (thaw_session_fixture_open (&second, path, &error));
  g_object_get (second.session, "read-only", &read_only, "train-problem", &problem, NULL);
  g_assert_true (read_only);
  g_assert_nonnull (problem);
  g_assert_true (thaw_session_fixture_heard (&second, "for reading only"));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&second), ==, 1);
  thaw_session_train (second.session);
  g_assert_true (thaw_session_fixture_heard (&second, "Training cannot start"));
  thaw_runs_delete (thaw_session_get_runs (second.session), thaw_session_fixture_run (&second, 1));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&second), ==, 1);

  /* a copy of its own is another matter; it has what was changed meanwhile */
  g_object_set (thaw_session_get_options (second.session), "patience", 7, NULL);
  copy = g_build_filename (places, "mine.thaw", NULL);
  g_assert_true (thaw_session_fixture_save_as (&second, copy, &error));
  g_object_get (second.session, "read-only", &read_only, NULL);
  g_assert_false (read_only);
  thaw_session_fixture_train (&second);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&second), ==, 2);
  thaw_session_fixture_tear_down (&second);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&first), ==, 1);
  thaw_session_fixture_tear_down (&first);
}

static void
test_newer (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  thaw_session_fixture_tear_down (&fixture);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  content[63] = 99; /* user_version of SQLite's header */
  g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
  thaw_session_fixture_set_up (&fixture);
  g_assert_false (thaw_session_fixture_open (&fixture, path, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_NEWER);
  g_assert_null (thaw_session_get_store (fixture.session));
  thaw_session_fixture_tear_down (&fixture);
}

/* The project that is open stays where another cannot be opened */
static void
test_not_there (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *still = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (thaw_session_fixture_open (&fixture, "/nowhere/at-all.thaw", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  still = thaw_session_fixture_path (&fixture);
  g_assert_cmpstr (still, ==, path);
  thaw_session_fixture_train (&fixture);
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 1);
  thaw_session_fixture_tear_down (&fixture);
}

static void
test_save_as (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder), *places = thaw_test_directory (), *named = NULL, *title = NULL;
  g_autoptr (GError) error = NULL;

  thaw_session_fixture_train (&fixture);
  named = g_build_filename (places, "my pictures.thaw", NULL);
  g_assert_true (thaw_session_fixture_save_as (&fixture, named, &error));
  thaw_session_fixture_settle (&fixture);
  g_object_get (fixture.session, "title", &title, NULL);
  g_assert_cmpstr (title, ==, "my pictures");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  thaw_session_fixture_train (&fixture);
  thaw_session_fixture_tear_down (&fixture);
  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, named, &error));
  g_assert_cmpuint (thaw_session_fixture_n_runs (&fixture), ==, 2);
  thaw_session_fixture_tear_down (&fixture);
}

/* Edits are saved as one goes; what cannot be saved is said once and saved later */
static void
test_autosave (void)
{
  ThawSessionFixture fixture;
  g_autofree char *path = thaw_session_fixture_new_project (&fixture, folder);
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  const struct rlimit small = { 4096, RLIM_INFINITY }, large = { RLIM_INFINITY, RLIM_INFINITY };

  signal (SIGXFSZ, SIG_IGN);
  g_ptr_array_add (pictures, g_list_model_get_item (G_LIST_MODEL (thaw_session_get_pictures (fixture.session)), 0));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  thaw_pictures_remove_many (thaw_session_get_pictures (fixture.session), pictures);
  thaw_session_fixture_settle (&fixture);
  g_assert_true (thaw_session_fixture_heard (&fixture, "cannot be saved"));
  /* nor is it closed, which would lose it */
  g_assert_false (thaw_session_fixture_do (&fixture, thaw_session_close_async, &error));
  g_clear_error (&error);
  g_assert_nonnull (thaw_session_get_store (fixture.session));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &large), ==, 0);
  thaw_session_fixture_tear_down (&fixture);
  thaw_session_fixture_set_up (&fixture);
  g_assert_true (thaw_session_fixture_open (&fixture, path, &error));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (thaw_session_get_pictures (fixture.session))), ==, 41);
  thaw_session_fixture_tear_down (&fixture);
}

/* --- pictures copied in slices --- */

typedef struct
{
  ThawDataset *dataset;
  guint64      generation;
} Copied;

static void
copied_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  *(Copied *) data = (Copied){ dataset, generation };
}

static void
load_many (ThawPictures *pictures, int n)
{
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();

  for (int i = 0; i < n; i++)
    {
      ThawSample *sample = thaw_sample_new ();

      sample->path = g_strdup_printf ("/nowhere/%d.png", i);
      sample->label = thaw_dataset_add_class (dataset, i % 2 ? "odd" : "even");
      thaw_dataset_take_sample (dataset, sample);
    }
  thaw_dataset_sort (dataset);
  thaw_pictures_load (pictures, dataset);
}

/* Never a mixture of before and after an edit, and the main loop gets its turns */
static void
test_snapshot (void)
{
  ThawHistory *history = thaw_history_new ();
  ThawPictures *pictures = thaw_pictures_new (history);
  g_autoptr (GPtrArray) some = g_ptr_array_new_with_free_func (g_object_unref);
  Copied copied = { NULL };
  guint64 generation;
  guint turns = 0;

  load_many (pictures, 200000);
  thaw_snapshot_start (pictures, copied_cb, &copied);
  while (!copied.dataset)
    {
      g_main_context_iteration (NULL, TRUE);
      if (turns++ == 0)
        {
          g_assert_null (copied.dataset);
          for (guint i = 0; i < 3; i++)
            g_ptr_array_add (some, g_list_model_get_item (G_LIST_MODEL (pictures), i * 100));
          thaw_pictures_remove_many (pictures, some);
        }
    }
  g_object_get (pictures, "generation", &generation, NULL);
  g_assert_cmpuint (copied.generation, ==, generation);
  g_assert_cmpuint (copied.dataset->samples->len, ==, 199997);
  g_assert_cmpuint (copied.dataset->classes->len, ==, 2);
  g_assert_cmpuint (turns, >, 2);
  thaw_dataset_unref (copied.dataset);
  thaw_snapshot_cancel (thaw_snapshot_start (pictures, copied_cb, NULL));
  g_object_unref (pictures);
  g_object_unref (history);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/session/new", test_new);
  g_test_add_func ("/session/shares", test_shares);
  g_test_add_func ("/session/open", test_open);
  g_test_add_func ("/session/open-of-command", test_open_of_command);
  g_test_add_func ("/session/read-only", test_read_only);
  g_test_add_func ("/session/newer", test_newer);
  g_test_add_func ("/session/not-there", test_not_there);
  g_test_add_func ("/session/save-as", test_save_as);
  g_test_add_func ("/session/autosave", test_autosave);
  g_test_add_func ("/session/snapshot", test_snapshot);
  result = g_test_run ();
  g_free (folder);
  return result;
}
