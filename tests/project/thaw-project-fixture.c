/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-fixture.h"
#include "thaw-test-model.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

static const char *const classes[] = { "ants", "bees", NULL };

void
thaw_project_fixture_set_up (ThawProjectFixture *self, gconstpointer data)
{
  self->folder = thaw_test_directory ();
  self->path = g_build_filename (self->folder, "pictures.thaw", NULL);
  self->backbone = thaw_fixture_backbone ();
  self->model = thaw_fixture_model (self->backbone);
}

void
thaw_project_fixture_tear_down (ThawProjectFixture *self, gconstpointer data)
{
  if (self->project)
    thaw_fixture_close (self->project);
  thaw_model_unref (self->model);
  g_free (self->backbone);
  g_free (self->path);
  g_free (self->folder);
}

char *
thaw_fixture_backbone (void)
{
  return thaw_test_backbone ("mobilenet_v1_x0_25", 10, 3);
}

ThawModel *
thaw_fixture_model (const char *backbone)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_backbone_open (backbone, &error);
  g_autoptr (ThawModel) headed = NULL;
  ThawHead head;

  g_assert_no_error (error);
  g_assert_true (thaw_head_parse (&head, THAW_HEAD_DEFAULT, &error));
  headed = thaw_model_with_head (model, &head, classes, 1, &error);
  g_assert_no_error (error);
  return thaw_model_copy (headed);
}

static void
add_sample (ThawDataset *dataset, char *path, gint64 index, const char *hash, int label, ThawSplit split)
{
  ThawSample *sample = g_new0 (ThawSample, 1);

  sample->path = path;
  sample->index = index;
  sample->size = 1000 + dataset->samples->len;
  sample->mtime = G_GINT64_CONSTANT (1700000000123456);
  sample->hash = g_strdup (hash);
  sample->label = label;
  sample->split = split;
  sample->split_given = label == 1;
  g_ptr_array_add (dataset->samples, sample);
}

ThawDataset *
thaw_fixture_dataset (const char *folder)
{
  static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  ThawDataset *dataset = thaw_dataset_new ();

  for (guint i = 0; classes[i]; i++)
    g_ptr_array_add (dataset->classes, g_strdup (classes[i]));
  add_sample (dataset, g_build_filename (folder, "train", "ants", "a.jpg", NULL), -1, hash, 0, THAW_SPLIT_TRAIN);
  add_sample (dataset, g_strdup ("/elsewhere/ants/\xE9t\xE9.jpg"), -1, NULL, 0, THAW_SPLIT_VALIDATION);
  add_sample (dataset, g_strconcat (folder, "-sibling/bees/b.png", NULL), -1, hash, 1, THAW_SPLIT_TRAIN);
  for (int i = 0; i < 3; i++)
    {
      add_sample (dataset, g_strdup ("/elsewhere/train-images-idx3-ubyte.gz"), i, i ? hash : NULL, 1, THAW_SPLIT_TEST);
      ((ThawSample *) g_ptr_array_index (dataset->samples, dataset->samples->len - 1))->size = 77;
    }
  thaw_dataset_add_problem (dataset, "train/ants/broken.jpg", "truncated JPEG");
  return dataset;
}

static ThawTensor *
filled (const ThawModel *model, const char *name, float value)
{
  ThawTensor *tensor = thaw_tensor_copy (thaw_tensor_map_get (model->parameters, name));

  for (gint64 i = 0; i < thaw_tensor_count (tensor); i++)
    thaw_tensor_f32 (tensor)[i] = value;
  return tensor;
}

static void
add_parameters (ThawTensorMap *map, const ThawModel *model, const char *prefix, float value)
{
  static const char *const names[] = { "head.1.weight", "head.1.bias" };
  const char *frozen = thaw_tensor_map_name (model->parameters, 0);
  g_autofree char *key = g_strconcat (prefix, frozen, NULL);

  thaw_tensor_map_set (map, key, thaw_tensor_map_get (model->parameters, frozen));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strconcat (prefix, names[i], NULL);

      thaw_tensor_map_take (map, name, filled (model, names[i], value));
    }
}

ThawTrainState *
thaw_fixture_state (const ThawModel *model, int n, int best)
{
  ThawTrainState *state = thaw_train_state_new ();

  add_parameters (state->tensors, model, "model/", n);
  thaw_tensor_map_take (state->tensors, "slot0/head.1.weight", filled (model, "head.1.weight", n + .5f));
  state->json = g_strdup_printf ("{\"epoch\":%d}", n);
  state->best_changed = best == n;
  if (best)
    {
      state->best = thaw_tensor_map_new ();
      add_parameters (state->best, model, "", best);
    }
  return state;
}

static void
same_map (const ThawTensorMap *a, const ThawTensorMap *b)
{
  g_assert_cmpuint (thaw_tensor_map_size (a), ==, thaw_tensor_map_size (b));
  for (guint i = 0; i < thaw_tensor_map_size (a); i++)
    {
      const ThawTensor *x = thaw_tensor_map_at (a, i), *y = thaw_tensor_map_at (b, i);

      g_assert_cmpstr (thaw_tensor_map_name (a, i), ==, thaw_tensor_map_name (b, i));
      g_assert_true (thaw_shape_equal (&x->shape, &y->shape));
      g_assert_cmpmem (x->data, x->bytes, y->data, y->bytes);
    }
}

void
thaw_fixture_same_state (const ThawTrainState *a, const ThawTrainState *b)
{
  g_assert_cmpstr (a->json, ==, b->json);
  same_map (a->tensors, b->tensors);
  g_assert_cmpint (a->best != NULL, ==, b->best != NULL);
  if (a->best)
    same_map (a->best, b->best);
}

ThawEpoch
thaw_fixture_epoch (int n, double seconds)
{
  return (ThawEpoch){ .epoch = n, .loss = 1. / n, .accuracy = NAN, .val_loss = 2. / n, .val_accuracy = 1 - .1 / n,
                      .lr = 1e-3, .seconds = seconds, .images_per_second = 100, .best = TRUE };
}

ThawProject *
thaw_fixture_project (const char *path, const char *backbone, const ThawModel *model, gint64 *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  ThawProject *project = thaw_project_open (path, THAW_PROJECT_CREATE, &error);

  g_assert_no_error (error);
  thaw_project_set_dataset (project, dataset, &error);
  g_assert_no_error (error);
  thaw_project_begin_run (project, backbone, model, options, id, &error);
  g_assert_no_error (error);
  return project;
}

void
thaw_fixture_close (ThawProject *project)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_project_close (project, &error));
  g_assert_no_error (error);
}

gint64
thaw_fixture_value (const char *path, const char *sql)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  gint64 value;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  value = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return value;
}

void
thaw_fixture_sql (const char *path, const char *sql)
{
  sqlite3 *db;
  char *message = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_exec (db, sql, NULL, NULL, &message);
  g_assert_cmpstr (message, ==, NULL);
  sqlite3_close (db);
}

guint
thaw_fixture_others (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *own = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, own) != 0)
      {
        g_test_message ("%s lies beside %s", name, own);
        n++;
      }
  return n;
}

ThawEvaluation *
thaw_fixture_evaluation (const ThawDataset *dataset)
{
  static const guint32 samples[] = { 5, 1, 2 };
  static const float probabilities[] = { .25f, .75f, .125f, .875f, .5f, .5f };
  int labels[3];
  ThawEvaluation *evaluation;

  for (guint i = 0; i < 3; i++)
    labels[i] = ((const ThawSample *) g_ptr_array_index (dataset->samples, samples[i]))->label;
  evaluation = thaw_evaluation_new_from (3, 2, labels, probabilities, .75);
  memcpy (evaluation->samples, samples, sizeof samples);
  return evaluation;
}

void
thaw_fixture_add_kept (ThawProject *project, gint64 run)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (thaw_project_path (project));
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawEvaluation) evaluation = thaw_fixture_evaluation (dataset);

  thaw_project_set_run_dataset (project, run, dataset, &error);
  g_assert_no_error (error);
  thaw_project_set_evaluation (project, run, THAW_SPLIT_VALIDATION, evaluation, dataset, &error);
  g_assert_no_error (error);
  thaw_project_set_setting (project, "network", "{}", &error);
  g_assert_no_error (error);
}

void
thaw_fixture_read_kept (ThawProject *project, gint64 run, GError **error)
{
  g_autoptr (ThawDataset) dataset = thaw_project_run_dataset (project, run, error), pictures = NULL;
  g_autoptr (GArray) steps = dataset ? thaw_project_steps (project, run, error) : NULL;
  g_autoptr (GArray) events = steps ? thaw_project_events (project, run, error) : NULL;
  g_autoptr (ThawEvaluation) evaluation = events ? thaw_project_evaluation (project, run, THAW_SPLIT_VALIDATION, &pictures, error) : NULL;
  g_autofree char *setting = evaluation ? thaw_project_get_setting (project, "network", error) : NULL;
}

void
thaw_fixture_check_old (ThawProject *project)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawDataset) dataset = thaw_project_run_dataset (project, 1, &error);
  g_autoptr (GArray) steps = thaw_project_steps (project, 1, &error);
  g_autoptr (GArray) events = thaw_project_events (project, 1, &error);
  g_autoptr (ThawEvaluation) evaluation = thaw_project_evaluation (project, 1, THAW_SPLIT_VALIDATION, NULL, &error);
  g_autofree char *setting = thaw_project_get_setting (project, "network", &error);

  g_assert_no_error (error);
  g_assert_null (evaluation);
  g_assert_null (setting);
  g_assert_cmpuint (dataset->samples->len, ==, 2);
  g_assert_cmpuint (steps->len, ==, 2);
  g_assert_cmpfloat (g_array_index (steps, ThawProjectStep, 1).loss, ==, .25);
  g_assert_true (isnan (g_array_index (steps, ThawProjectStep, 1).seconds));
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_cmpstr (g_array_index (events, ThawProjectEvent, 0).text, ==, "phase 1");
  g_assert_cmpuint (g_array_index (events, ThawProjectEvent, 0).step, ==, 0);
  thaw_project_add_step (project, 1, 3, .1, .001, 9, &error);
  thaw_fixture_add_kept (project, 1);
  g_assert_no_error (error);
}
