/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-fixture.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-predictions.h>
#include <thaw/thaw-session-export.h>

static char *folder;

static ThawResults *
results_of (ThawSessionFixture *fixture)
{
  return thaw_session_get_results (fixture->session);
}

/* A session that knows the pictures: 3 classes, 4 validation pictures each */
static void
set_up_pictures (ThawSessionFixture *fixture)
{
  thaw_session_fixture_set_up (fixture);
  thaw_session_fixture_import (fixture, folder);
  thaw_session_fixture_settle (fixture);
}

/* Answers that are known: of the classes 0, 1, 2 the picture i of each is called (class + (i == 0)) % 3, with a probability that grows with its place */
static void
set_known_answers (ThawSessionFixture *fixture, gint64 run)
{
  g_autoptr (ThawDataset) dataset = thaw_pictures_snapshot (thaw_session_get_pictures (fixture->session));
  g_autoptr (GArray) indices = thaw_dataset_indices (dataset, THAW_SPLIT_VALIDATION);
  g_auto (GStrv) labels = thaw_pictures_dup_labels (thaw_session_get_pictures (fixture->session));
  ThawEvaluation *evaluation = g_new0 (ThawEvaluation, 1);
  const guint n = indices->len;
  int seen[3] = { 0 };

  g_assert_cmpuint (n, ==, 12);
  *evaluation = (ThawEvaluation){ .n = n, .classes = 3, .samples = g_new (guint32, n), .labels = g_new (int, n), .predictions = g_new (int, n),
                                  .probabilities = g_new (float, 3 * n), .logits = g_new (float, 3 * n), .confusion = g_new0 (guint64, 9) };
  for (guint i = 0; i < n; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, g_array_index (indices, guint32, i));
      const int answer = (sample->label + (seen[sample->label]++ == 0)) % 3;
      const float sure = .5f + .04f * (float) i;

      evaluation->samples[i] = g_array_index (indices, guint32, i);
      evaluation->labels[i] = sample->label;
      evaluation->predictions[i] = answer;
      evaluation->confusion[3 * sample->label + answer]++;
      for (int k = 0; k < 3; k++)
        {
          evaluation->probabilities[3 * i + (guint) k] = k == answer ? sure : (1 - sure) / 2;
          evaluation->logits[3 * i + (guint) k] = logf (evaluation->probabilities[3 * i + (guint) k]);
        }
    }
  evaluation->accuracy = .75;
  thaw_results_set_evaluation (results_of (fixture), run, evaluation, labels, dataset);
}

static ThawMistake *
mistake_at (GListModel *list, guint i)
{
  g_autoptr (ThawMistake) mistake = g_list_model_get_item (list, i);

  g_assert_nonnull (mistake);
  return mistake; /* the list has it */
}

static double
probability_of (ThawMistake *mistake)
{
  double probability;

  g_object_get (mistake, "probability", &probability, NULL);
  return probability;
}

static void
relabel (ThawSessionFixture *fixture, ThawMistake *mistake, guint class)
{
  ThawPictures *pictures = thaw_session_get_pictures (fixture->session);
  g_autoptr (ThawClass) to = g_list_model_get_item (thaw_pictures_get_classes (pictures), class);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  g_assert_nonnull (thaw_mistake_get_picture (mistake));
  g_ptr_array_add (list, thaw_mistake_get_picture (mistake));
  thaw_pictures_relabel (pictures, list, to);
}

static gboolean wanted_stale;

static gboolean
is_stale (ThawSessionFixture *fixture)
{
  gboolean stale;

  g_object_get (results_of (fixture), "stale", &stale, NULL);
  return stale == wanted_stale;
}

static void
until_stale (ThawSessionFixture *fixture, gboolean stale)
{
  wanted_stale = stale;
  thaw_session_fixture_until (fixture, is_stale);
}

static void
check_figures (GListModel *classes, guint label, double precision, double recall, double f1, guint pictures)
{
  g_autoptr (ThawClassFigures) figures = g_list_model_get_item (classes, label);
  double p, r, f;
  guint n;

  g_object_get (figures, "precision", &p, "recall", &r, "f1", &f, "pictures", &n, NULL);
  g_assert_cmpfloat_with_epsilon (p, precision, 1e-9);
  g_assert_cmpfloat_with_epsilon (r, recall, 1e-9);
  g_assert_cmpfloat_with_epsilon (f, f1, 1e-9);
  g_assert_cmpuint (n, ==, pictures);
}

/* Lists of cells and mistakes, the surest first; words */
static void
test_lists (void)
{
  ThawSessionFixture fixture;
  g_autoptr (GListModel) mistakes = NULL, cell = NULL, row = NULL, column = NULL, none = NULL;
  g_autofree char *headline = NULL, *basis = NULL, *caution = NULL, *edits = NULL;

  set_up_pictures (&fixture);
  set_known_answers (&fixture, 0);
  mistakes = thaw_results_list (results_of (&fixture), -1, -1);
  cell = thaw_results_list (results_of (&fixture), 0, 1);
  row = thaw_results_list (results_of (&fixture), 1, -1);
  column = thaw_results_list (results_of (&fixture), -1, 1);
  none = thaw_results_list (results_of (&fixture), 1, 0);
  g_assert_cmpuint (g_list_model_get_n_items (mistakes), ==, 3);
  g_assert_cmpfloat (probability_of (mistake_at (mistakes, 0)), >, probability_of (mistake_at (mistakes, 1)));
  g_assert_cmpfloat (probability_of (mistake_at (mistakes, 1)), >, probability_of (mistake_at (mistakes, 2)));
  g_assert_cmpuint (g_list_model_get_n_items (cell), ==, 1);
  g_assert_true (mistake_at (cell, 0) == mistake_at (mistakes, 2));
  g_assert_cmpstr (thaw_mistake_get_class_name (mistake_at (cell, 0)), ==, "ants");
  g_assert_cmpstr (thaw_mistake_get_answer (mistake_at (cell, 0)), ==, "bees");
  g_assert_cmpuint (g_list_model_get_n_items (row), ==, 4);
  g_assert_cmpuint (g_list_model_get_n_items (column), ==, 4);
  g_assert_cmpuint (g_list_model_get_n_items (none), ==, 0);
  check_figures (thaw_results_get_classes (results_of (&fixture)), 0, .75, .75, .75, 4);

  headline = thaw_results_dup_headline (results_of (&fixture));
  basis = thaw_results_dup_basis (results_of (&fixture));
  caution = thaw_results_dup_caution (results_of (&fixture));
  edits = thaw_results_dup_edits (results_of (&fixture));
  g_assert_cmpstr (headline, ==, "75.0 % (46.8 to 91.1)");
  g_assert_nonnull (strstr (basis, "12 validation pictures, which also chose the best epoch"));
  g_assert_nonnull (strstr (caution, "With 12 pictures, chance alone moves this figure by about 22 points"));
  g_assert_null (edits);
  thaw_session_fixture_tear_down (&fixture);
}

/* Another class for a picture changes figures at once, without the network; undo brings them back. Removed pictures keep counting. */
static void
test_relabel (void)
{
  ThawSessionFixture fixture;
  g_autoptr (GListModel) cell = NULL, now = NULL;
  g_autofree char *edits = NULL;
  const ThawEvaluation *evaluation;
  double loss;
  ThawMistake *mistake;

  set_up_pictures (&fixture);
  set_known_answers (&fixture, 0);
  loss = thaw_results_get_evaluation (results_of (&fixture))->loss;
  cell = thaw_results_list (results_of (&fixture), 0, 1);
  mistake = mistake_at (cell, 0);
  g_assert_false (thaw_mistake_get_relabelled (mistake));
  relabel (&fixture, mistake, 1);
  until_stale (&fixture, TRUE);

  evaluation = thaw_results_get_evaluation (results_of (&fixture));
  g_assert_cmpuint (evaluation->n, ==, 12);
  g_assert_cmpfloat_with_epsilon (evaluation->accuracy, 10 / 12., 1e-12);
  g_assert_cmpfloat (evaluation->loss, <, loss);
  g_assert_cmpuint (evaluation->confusion[1], ==, 0);
  g_assert_cmpuint (evaluation->confusion[4], ==, 4);
  check_figures (thaw_results_get_classes (results_of (&fixture)), 1, 1, .8, 8 / 9., 5);
  g_assert_true (thaw_mistake_get_relabelled (mistake));
  g_assert_cmpstr (thaw_mistake_get_class_name (mistake), ==, "bees");
  g_assert_cmpuint (g_list_model_get_n_items (cell), ==, 1);
  now = thaw_results_list (results_of (&fixture), 0, 1);
  g_assert_cmpuint (g_list_model_get_n_items (now), ==, 0);
  edits = thaw_results_dup_edits (results_of (&fixture));
  g_assert_true (g_str_has_prefix (edits, "1 picture has been given another class"));

  thaw_history_undo (thaw_session_get_history (fixture.session));
  until_stale (&fixture, FALSE);
  g_assert_cmpfloat_with_epsilon (thaw_results_get_evaluation (results_of (&fixture))->accuracy, .75, 1e-12);
  g_assert_false (thaw_mistake_get_relabelled (mistake));

  {
    g_autoptr (GPtrArray) removed = g_ptr_array_new ();

    g_ptr_array_add (removed, thaw_mistake_get_picture (mistake));
    thaw_pictures_remove_many (thaw_session_get_pictures (fixture.session), removed);
  }
  for (int i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (thaw_results_get_evaluation (results_of (&fixture))->n, ==, 12);
  g_clear_object (&cell);
  g_clear_object (&now);
  thaw_session_fixture_tear_down (&fixture);
}

/* A class without pictures and answers has no figures; a test set is named as one */
static void
test_undefined (void)
{
  ThawSessionFixture fixture;
  ThawDataset *dataset = thaw_dataset_new ();
  ThawEvaluation *evaluation = g_new0 (ThawEvaluation, 1);
  char *labels[] = { "a", "b", NULL };
  g_autofree char *basis = NULL;

  thaw_session_fixture_set_up (&fixture);
  thaw_dataset_add_class (dataset, "a");
  thaw_dataset_add_class (dataset, "b");
  {
    ThawSample *sample = thaw_sample_new ();

    sample->path = g_strdup ("/nowhere/a.png");
    sample->split = THAW_SPLIT_TEST;
    thaw_dataset_take_sample (dataset, sample);
  }
  *evaluation = (ThawEvaluation){ .n = 1, .classes = 2, .samples = g_new0 (guint32, 1), .labels = g_new0 (int, 1), .predictions = g_new0 (int, 1),
                                  .probabilities = g_new0 (float, 2), .logits = g_new0 (float, 2), .confusion = g_new0 (guint64, 4) };
  evaluation->probabilities[0] = 1;
  evaluation->confusion[0] = 1;
  thaw_results_set_evaluation (results_of (&fixture), 0, evaluation, labels, dataset);
  check_figures (thaw_results_get_classes (results_of (&fixture)), 0, 1, 1, 1, 1);
  {
    g_autoptr (ThawClassFigures) figures = g_list_model_get_item (thaw_results_get_classes (results_of (&fixture)), 1);
    double precision, recall, f1;

    g_object_get (figures, "precision", &precision, "recall", &recall, "f1", &f1, NULL);
    g_assert_true (isnan (precision) && isnan (recall) && isnan (f1));
  }
  basis = thaw_results_dup_basis (results_of (&fixture));
  g_assert_nonnull (strstr (basis, "1 test picture, which had no part in the training"));
  thaw_dataset_unref (dataset);
  thaw_results_set_evaluation (results_of (&fixture), 0, NULL, NULL, NULL);
  g_assert_null (thaw_results_get_evaluation (results_of (&fixture)));
  g_assert_cmpuint (g_list_model_get_n_items (thaw_results_get_classes (results_of (&fixture))), ==, 0);
  thaw_session_fixture_tear_down (&fixture);
}

/* --- with a trained network --- */

static void
train (ThawSessionFixture *fixture)
{
  set_up_pictures (fixture);
  g_object_set (thaw_session_get_options (fixture->session), "epochs", 3, "batch", 8, NULL);
  thaw_session_train (fixture->session);
  thaw_session_fixture_until_idle (fixture);
  g_assert_nonnull (thaw_results_get_evaluation (results_of (fixture)));
}

static GAsyncResult *ready;

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ready = g_object_ref (result);
}

static gboolean
is_ready (ThawSessionFixture *fixture)
{
  return ready != NULL;
}

static float *
predict (ThawSessionFixture *fixture, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  float *probabilities;

  thaw_results_predict_async (results_of (fixture), file, NULL, ready_cb, NULL);
  thaw_session_fixture_until (fixture, is_ready);
  probabilities = thaw_results_predict_finish (results_of (fixture), ready, error);
  g_clear_object (&ready);
  return probabilities;
}

static gboolean
is_evaluated (ThawSessionFixture *fixture)
{
  gboolean busy;

  g_object_get (results_of (fixture), "busy", &busy, NULL);
  return !busy;
}

/* The picture's probabilities are those of the evaluation; a run without stored answers is asked again, and answers the same */
static void
test_predict (void)
{
  ThawSessionFixture fixture;
  g_autoptr (GListModel) all = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree float *probabilities = NULL, *broken = NULL;
  const ThawEvaluation *evaluation;
  double accuracy, loss;
  gint64 run;

  train (&fixture);
  all = thaw_results_list (results_of (&fixture), 0, -1);
  g_assert_cmpuint (g_list_model_get_n_items (all), ==, 4);
  probabilities = predict (&fixture, thaw_mistake_get_path (mistake_at (all, 1)), &error);
  g_assert_no_error (error);
  for (int k = 0; k < 3; k++)
    g_assert_cmpfloat_with_epsilon (probabilities[k], thaw_mistake_get_probabilities (mistake_at (all, 1))[k], 1e-5f);
  broken = predict (&fixture, "/nowhere/at-all.png", &error);
  g_assert_null (broken);
  g_assert_nonnull (error);

  run = thaw_results_get_run (results_of (&fixture));
  accuracy = thaw_results_get_evaluation (results_of (&fixture))->accuracy;
  loss = thaw_results_get_evaluation (results_of (&fixture))->loss;
  thaw_results_set_evaluation (results_of (&fixture), run, NULL, NULL, NULL);
  g_assert_false (is_evaluated (&fixture));
  thaw_session_fixture_until (&fixture, is_evaluated);
  evaluation = thaw_results_get_evaluation (results_of (&fixture));
  g_assert_nonnull (evaluation);
  g_assert_cmpuint (evaluation->n, ==, 12);
  g_assert_cmpfloat (evaluation->accuracy, ==, accuracy);
  g_assert_cmpfloat_with_epsilon (evaluation->loss, loss, 1e-6);

  thaw_results_set_evaluation (results_of (&fixture), run, NULL, NULL, NULL);
  thaw_results_cancel (results_of (&fixture));
  g_assert_true (is_evaluated (&fixture));
  g_assert_null (thaw_results_get_evaluation (results_of (&fixture)));
  g_clear_object (&all);
  thaw_session_fixture_tear_down (&fixture);
}

/* --- folders --- */

static ThawPredictions *predictions;

static gboolean
are_predicted (ThawSessionFixture *fixture)
{
  gboolean busy;

  g_object_get (predictions, "busy", &busy, NULL);
  return !busy;
}

static void
copy_picture (const char *class, const char *name, const char *to_folder, const char *to)
{
  g_autofree char *from = g_build_filename (folder, "val", class, name, NULL), *path = g_build_filename (to_folder, to, NULL), *parent = g_path_get_dirname (path);
  g_autofree char *data = NULL;
  gsize length;

  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_get_contents (from, &data, &length, NULL));
  g_assert_true (g_file_set_contents (path, data, (gssize) length, NULL));
}

/* Odd names, folders in folders, hidden ones, broken ones */
static char *
unlabelled (void)
{
  char *root = thaw_test_directory ();
  g_autofree char *broken = g_build_filename (root, "broken.png", NULL);

  copy_picture ("ants", "1000.png", root, "a,\"b\".png");
  copy_picture ("bees", "1000.png", root, "deep/er/\xE9.png");
  copy_picture ("cats", "1000.png", root, "same.png");
  copy_picture ("cats", "1001.png", root, "deep/same.png");
  copy_picture ("cats", "1001.png", root, ".hidden.png");
  g_assert_true (g_file_set_contents (broken, "\x89PNG\r\n\x1a\nno", -1, NULL));
  return root;
}

static void
predict_folder (ThawSessionFixture *fixture, const char *path)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (files, g_file_new_for_path (path));
  predictions = thaw_predictions_new (results_of (fixture), files);
  thaw_session_fixture_until (fixture, are_predicted);
}

static ThawPrediction *
prediction_at (guint i)
{
  g_autoptr (ThawPrediction) row = g_list_model_get_item (G_LIST_MODEL (predictions), i);

  return row;
}

static void
check_csv (ThawSessionFixture *fixture)
{
  g_autofree char *root = thaw_test_directory (), *path = g_build_filename (root, "out.csv", NULL), *text = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  thaw_predictions_save_async (predictions, file, NULL, ready_cb, NULL);
  thaw_session_fixture_until (fixture, is_ready);
  g_assert_true (thaw_predictions_save_finish (predictions, ready, &error));
  g_assert_no_error (error);
  g_clear_object (&ready);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 7);
  g_assert_cmpstr (lines[0], ==, "path,class,probability,second,second_probability,error,ants,bees,cats");
  g_assert_nonnull (strstr (lines[1], "a,\"\"b\"\".png\",")); /* quoted, quotes doubled */
  g_assert_nonnull (strstr (lines[2], "broken.png,,,,,"));
  g_assert_true (g_str_has_suffix (lines[2], ",,,"));
  g_assert_nonnull (strstr (lines[3], "\\xE9.png,"));
  g_assert_nonnull (strstr (lines[3], ",0."));
}

static guint
count_files (const char *root)
{
  g_autoptr (GDir) dir = g_dir_open (root, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (root, name, NULL);

      n += g_file_test (path, G_FILE_TEST_IS_DIR) ? count_files (path) : 1;
    }
  return n;
}

static guint
copy_to (ThawSessionFixture *fixture, const char *root, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (root);
  guint copied;

  thaw_predictions_copy_async (predictions, file, NULL, cancellable, ready_cb, NULL);
  thaw_session_fixture_until (fixture, is_ready);
  thaw_predictions_copy_finish (predictions, ready, &copied, error);
  g_clear_object (&ready);
  return copied;
}

/* Twice: names that are taken get numbers, nothing is overwritten, nothing is moved */
static void
check_copies (ThawSessionFixture *fixture, const char *source)
{
  g_autofree char *root = thaw_test_directory (), *wall = thaw_test_directory ();
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (copy_to (fixture, root, NULL, &error), ==, 4);
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (root), ==, 4);
  g_assert_cmpuint (copy_to (fixture, root, NULL, &error), ==, 4);
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (root), ==, 8);
  g_assert_cmpuint (count_files (source), ==, 6);
  for (guint i = 0; i < 5; i++)
    {
      ThawPrediction *row = prediction_at (i);
      const char *class = thaw_prediction_get_answer (row);
      g_autofree char *base = g_path_get_basename (thaw_prediction_get_path (row)), *copy = g_build_filename (root, class ? class : "", base, NULL);

      if (class)
        g_assert_true (g_file_test (copy, G_FILE_TEST_IS_REGULAR));
    }
  g_cancellable_cancel (cancelled);
  g_assert_cmpuint (copy_to (fixture, wall, cancelled, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (g_str_has_prefix (error->message, "0 of 4 pictures were copied"));
  g_clear_error (&error);

  /* a file where a class's folder should be */
  for (const char *const *class = (const char *const[]){ "ants", "bees", "cats", NULL }; *class; class++)
    {
      g_autofree char *path = g_build_filename (wall, *class, NULL);

      g_assert_true (g_file_set_contents (path, "here first", -1, NULL));
    }
  g_assert_cmpuint (copy_to (fixture, wall, NULL, &error), ==, 0);
  g_assert_nonnull (error);
  g_assert_cmpuint (count_files (wall), ==, 3);
}

static void
test_folder (void)
{
  ThawSessionFixture fixture;
  g_autofree char *source = unlabelled ();
  guint done, total, failed, good = 0;

  train (&fixture);
  predict_folder (&fixture, source);
  g_object_get (predictions, "done", &done, "total", &total, "failed", &failed, NULL);
  g_assert_cmpuint (done, ==, 5);
  g_assert_cmpuint (total, ==, 5);
  g_assert_cmpuint (failed, ==, 1);
  for (guint i = 0; i < done; i++)
    {
      ThawPrediction *row = prediction_at (i);

      good += thaw_prediction_get_answer (row) != NULL;
      g_assert_cmpint (thaw_prediction_get_answer (row) == NULL, ==, thaw_prediction_get_error (row) != NULL);
      g_assert_cmpfloat (thaw_prediction_get_probability (row), >=, thaw_prediction_get_second_probability (row));
    }
  g_assert_cmpuint (good, ==, 4);
  g_assert_cmpstr (thaw_prediction_get_name (prediction_at (1)), ==, "broken.png");
  check_csv (&fixture);
  check_copies (&fixture, source);
  g_clear_object (&predictions);

  /* an empty folder says so */
  {
    g_autofree char *empty = thaw_test_directory (), *error = NULL;

    predict_folder (&fixture, empty);
    g_object_get (predictions, "error", &error, NULL);
    g_assert_nonnull (error);
    g_clear_object (&predictions);
  }
  thaw_session_fixture_tear_down (&fixture);
}

/* --- export --- */

static gboolean
export_to (ThawSessionFixture *fixture, const ThawExportOptions *options, ThawExportResult *result, GError **error)
{
  gboolean good;

  thaw_session_export_async (fixture->session, thaw_results_get_run (results_of (fixture)), options, NULL, NULL, NULL, ready_cb, NULL);
  thaw_session_fixture_until (fixture, is_ready);
  good = thaw_session_export_finish (fixture->session, ready, result, error);
  g_clear_object (&ready);
  return good;
}

/* Every format is written, read back and compared on the run's validation pictures; what cannot be says so and leaves nothing */
static void
test_export (void)
{
  static const ThawExportOptions every[] = {
    { .format = "onnx", .preprocessing = TRUE },
    { .format = "onnx" },
    { .format = "safetensors" },
    { .format = "safetensors", .dtype = THAW_DTYPE_F16 },
    { .format = "safetensors", .dtype = THAW_DTYPE_BF16 },
    { .format = "tflite" },
    { .format = "tflite", .dtype = THAW_DTYPE_F16 },
  };
  ThawSessionFixture fixture;
  g_autofree char *root = thaw_test_directory ();
  ThawExportOptions impossible = { .path = "/nowhere/at/all", .format = "tar" };
  g_autoptr (GError) error = NULL;
  ThawExportResult result;

  train (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (every); i++)
    {
      g_autofree char *name = g_strdup_printf ("file%u", i), *path = g_build_filename (root, name, NULL), *words = NULL;
      g_autoptr (ThawModel) read = NULL;
      ThawExportOptions options = every[i];

      options.path = path;
      g_assert_true (export_to (&fixture, &options, &result, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (result.checked, ==, 12);
      words = thaw_export_result_words (&result);
      g_assert_true (g_str_has_prefix (words, "Read back and compared on 12 pictures: same class on "));
      read = thaw_model_load (path, &error);
      g_assert_no_error (error);
    }
  g_assert_false (export_to (&fixture, &impossible, &result, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  impossible.format = "onnx";
  g_assert_false (export_to (&fixture, &impossible, &result, &error));
  g_assert_nonnull (error);
  thaw_session_fixture_tear_down (&fixture);
}

static void
test_words (void)
{
  const ThawExportResult exact = { .checked = 153, .same = 153, .difference = 2.6e-6 };
  const ThawExportResult rounded = { .checked = 20, .same = 20, .difference = 0, .rounded = TRUE, .rounding = .01, .rounded_same = 19 };
  g_autofree char *first = thaw_export_result_words (&exact), *second = thaw_export_result_words (&rounded);

  g_assert_cmpstr (first, ==, "Read back and compared on 153 pictures: same class on all, largest difference 0.0000026.");
  g_assert_cmpstr (second, ==, "Read back and compared on 20 pictures: same class on all, largest difference 0. With fewer bits a number the class stays the same on 19 of 20.");
}

int
main (int argc, char **argv)
{
  int result;

  /* a decimal comma where the machine has such a locale: files have points all the same */
  setlocale (LC_ALL, "de_DE.UTF-8");
  g_test_init (&argc, &argv, NULL);
  thaw_session_fixture_prepare ();
  folder = thaw_session_fixture_pictures (10, 4);
  g_test_add_func ("/results/lists", test_lists);
  g_test_add_func ("/results/relabel", test_relabel);
  g_test_add_func ("/results/undefined", test_undefined);
  g_test_add_func ("/results/predict", test_predict);
  g_test_add_func ("/results/folder", test_folder);
  g_test_add_func ("/results/export", test_export);
  g_test_add_func ("/results/export-words", test_words);
  result = g_test_run ();
  g_free (folder);
  return result;
}
