/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"
#include "session/thaw-snapshot.h"
#include "session/thaw-task.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-session.h>
#include <thaw/thaw-store.h>

/* the evaluation of the shown run that nobody stored */
typedef struct
{
  ThawResults    *results;     /* (owned) main thread */
  gint64          run;
  GCancellable   *cancellable;
  ThawAnswerer   *answerer;
  ThawDataset    *dataset;     /* own: its labels become the run's */
  gboolean        unsorted;
  int             done, total; /* atomic: pictures */
  ThawEvaluation *evaluation;
} Work;

static void
work_free_cb (gpointer data)
{
  Work *self = data;

  g_clear_object (&self->results);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->answerer, thaw_answerer_unref);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  thaw_evaluation_free (self->evaluation);
  g_free (self);
}

/* What the model calls each class of @dataset: its number, -1 where it does not know it (transfer full) */
static int *
labels_of_model (const ThawDataset *dataset, char **labels)
{
  int *numbers = g_new (int, MAX (dataset->classes->len, 1));

  for (guint c = 0; c < dataset->classes->len; c++)
    {
      numbers[c] = -1;
      for (int k = 0; labels && labels[k]; k++)
        if (g_str_equal (labels[k], g_ptr_array_index (dataset->classes, c)))
          numbers[c] = k;
    }
  return numbers;
}

/* The pictures of @split whose class the model knows; their labels become the model's. */
static GArray *
known_pictures (ThawDataset *dataset, ThawSplit split, char **labels)
{
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree int *numbers = labels_of_model (dataset, labels);

  for (guint32 i = 0; i < dataset->samples->len; i++)
    {
      ThawSample *sample = g_ptr_array_index (dataset->samples, i);

      sample->label = numbers[sample->label];
      if (sample->split == split && sample->label >= 0)
        g_array_append_val (indices, i);
    }
  return indices;
}

static void
progress_news_cb (GTask *task)
{
  Work *self = g_task_get_task_data (task);

  if (!g_cancellable_is_cancelled (self->cancellable))
    thaw_results_set_progress (self->results, (double) g_atomic_int_get (&self->done) / MAX (g_atomic_int_get (&self->total), 1));
}

static void
progress_cb (gpointer data, guint done, guint total)
{
  Work *self = g_task_get_task_data (data);

  g_atomic_int_set (&self->done, (int) done);
  g_atomic_int_set (&self->total, (int) total);
  thaw_task_tell (data, progress_news_cb);
}

static void
evaluate_cb (GTask *task, ThawPool *pool)
{
  Work *self = g_task_get_task_data (task);
  ThawModel *model = thaw_answerer_model (self->answerer);
  g_autoptr (GArray) indices = NULL;
  ThawAsking asking = { .model = model, .dataset = self->dataset, .pool = pool, .cancellable = self->cancellable };
  ThawSplit split;
  GError *error = NULL;

  if (self->unsorted)
    thaw_dataset_sort (self->dataset);
  split = thaw_dataset_count (self->dataset, THAW_SPLIT_TEST, -1) > 0 ? THAW_SPLIT_TEST : THAW_SPLIT_VALIDATION;
  asking.indices = indices = known_pictures (self->dataset, split, model->labels);
  if (indices->len == 0)
    g_set_error_literal (&error, THAW_ERROR, THAW_ERROR_FAILED,
                         _ ("None of the project's validation or test pictures is of a class that this run knows: there is nothing to measure it by."));
  else
    self->evaluation = thaw_results_ask_all (&asking, progress_cb, task, &error);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
evaluated_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean good = g_task_propagate_boolean (G_TASK (result), &error);

  if (!thaw_results_end (self->results, self->cancellable, good ? NULL : error->message) || !good)
    return;
  thaw_results_store_evaluation (self->results, self->run, self->evaluation, self->dataset);
  thaw_results_set_evaluation (self->results, self->run, g_steal_pointer (&self->evaluation), thaw_answerer_model (self->answerer)->labels, self->dataset);
}

/* The pictures as the run saw them, in the store's thread */
static gpointer
run_dataset_cb (ThawProject *project, gpointer data, GError **error)
{
  return thaw_project_run_dataset (project, *(const gint64 *) data, error);
}

static void
unref_dataset_cb (gpointer dataset)
{
  if (dataset)
    thaw_dataset_unref (dataset);
}

static void
copied_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  g_autoptr (GTask) task = data;
  Work *self = g_task_get_task_data (task);

  self->dataset = dataset;
  self->unsorted = TRUE;
  thaw_task_run_nice (task, thaw_results_threads (self->results), evaluate_cb);
}

/* A run of an older version has none of its own: the project's are taken. */
static void
dataset_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *self = g_task_get_task_data (task);
  ThawSession *session = thaw_results_get_session (self->results);

  self->dataset = thaw_store_finish (result, NULL);
  if (self->dataset)
    thaw_task_run_nice (task, thaw_results_threads (self->results), evaluate_cb);
  else if (session)
    thaw_snapshot_start (thaw_session_get_pictures (session), copied_cb, g_steal_pointer (&task));
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the project was closed");
}

static void
model_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *self = g_task_get_task_data (task);
  ThawSession *session = thaw_results_get_session (self->results);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;
  GError *error = NULL;

  self->answerer = thaw_results_model_finish (self->results, result, &error);
  if (!self->answerer)
    g_task_return_error (task, error);
  else if (store)
    thaw_store_async (store, run_dataset_cb, g_memdup2 (&self->run, sizeof self->run), g_free, unref_dataset_cb, NULL, self->cancellable, dataset_cb, g_steal_pointer (&task));
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the project was closed");
}

void
thaw_results_evaluate (ThawResults *self)
{
  g_autoptr (GCancellable) cancellable = NULL;
  Work *work;
  GTask *task;

  if (!thaw_results_get_session (self) || !thaw_results_begin (self, &cancellable))
    return;
  work = g_new0 (Work, 1);
  *work = (Work){ .results = g_object_ref (self), .run = thaw_results_get_run (self), .cancellable = g_object_ref (cancellable) };
  task = g_task_new (NULL, cancellable, evaluated_cb, NULL);
  g_task_set_task_data (task, work, work_free_cb);
  thaw_results_model_async (self, cancellable, model_cb, task);
}

/* --- keeping it --- */

/* what goes into the project */
typedef struct
{
  gint64          run;
  ThawSplit       split;
  ThawEvaluation *evaluation;
  ThawDataset    *dataset;
} Keeping;

static void
keeping_free_cb (gpointer data)
{
  Keeping *self = data;

  thaw_evaluation_free (self->evaluation);
  thaw_dataset_unref (self->dataset);
  g_free (self);
}

static gpointer
keep_cb (ThawProject *project, gpointer data, GError **error)
{
  const Keeping *self = data;

  thaw_project_set_evaluation (project, self->run, self->split, self->evaluation, self->dataset, error);
  return NULL;
}

/* Where the project cannot be written the answers are asked for again the next time: nobody is the worse for it. */
void
thaw_results_store_evaluation (ThawResults *self, gint64 run, const ThawEvaluation *evaluation, ThawDataset *dataset)
{
  ThawSession *session = thaw_results_get_session (self);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;
  Keeping *keeping;

  if (!store || evaluation->n == 0)
    return;
  keeping = g_new (Keeping, 1);
  *keeping = (Keeping){ .run = run, .evaluation = thaw_evaluation_relabel (evaluation, evaluation->labels), .dataset = thaw_dataset_ref (dataset) };
  keeping->split = ((const ThawSample *) g_ptr_array_index (dataset->samples, evaluation->samples[0]))->split;
  thaw_store_async (store, keep_cb, keeping, keeping_free_cb, NULL, NULL, NULL, NULL, NULL);
}
