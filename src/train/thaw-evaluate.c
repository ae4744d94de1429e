/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-feed.h"

#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-predictor.h>
#include <thaw/thaw-trainer.h>

#define AHEAD ((gsize) 32 << 20)

static ThawExecutor *
whole_network (const ThawModel *model, ThawPrecision precision, ThawPool *pool, GError **error)
{
  g_autoptr (ThawGraph) optimised = thaw_graph_optimise (model->graph);
  g_autoptr (ThawGraph) graph = thaw_graph_in_precision (optimised, precision);
  const ThawExecutorOptions options = { .pool = pool };

  return thaw_executor_new (graph, model->parameters, &options, error);
}

/* --- many pictures --- */

typedef struct
{
  ThawFeed *pictures;
  gsize     classes;
  float    *logits;
  guint     total;
  int       done;    /* atomic */
  GThread  *thread;
  void    (*progress) (gpointer data, guint done, guint total);
  gpointer  data;
} Evaluating;

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Evaluating *self = data;

  for (gint64 i = 0; i < n; i++)
    thaw_feed_take (self->pictures, (gsize) (first + i), inputs[0] + (gsize) i * thaw_feed_size (self->pictures));
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Evaluating *self = data;
  int done;

  memcpy (self->logits + (gsize) first * self->classes, outputs[0], (gsize) n * self->classes * sizeof (float));
  done = g_atomic_int_add (&self->done, (int) n) + (int) n;
  if (self->progress && g_thread_self () == self->thread)
    self->progress (self->data, (guint) done, self->total);
}

static GArray *
list_items (ThawDataset *dataset, ThawSplit split)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (ThawLoaderItem));

  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);
      ThawLoaderItem item = { .sample = i };

      if (split == THAW_N_SPLITS || sample->split == split)
        g_array_append_val (items, item);
    }
  return items;
}

static gboolean
check_labels (const ThawDataset *dataset, const GArray *items, gint64 classes, GError **error)
{
  for (guint i = 0; i < items->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, g_array_index (items, ThawLoaderItem, i).sample);

      if (sample->label < 0 || sample->label >= classes)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a picture is of class number %d, the model knows %" G_GINT64_FORMAT ": give it pictures of its own classes",
                       sample->label, classes);
          return FALSE;
        }
    }
  return TRUE;
}

static void
problem_cb (gpointer data, const char *path, const char *reason)
{
  thaw_dataset_add_problem (data, path, reason);
}

static ThawFeed *
open_pictures (const ThawModel *model, ThawDataset *dataset, ThawPool *pool, ThawLeftOut *left_out)
{
  const ThawFeedOptions options = {
    .dataset = dataset,
    .preprocessing = &model->preprocessing,
    .left_out = left_out,
    .n_threads = thaw_pool_n_threads (pool),
    .ahead = AHEAD,
  };

  return thaw_feed_new (&options);
}

static ThawEvaluation *
evaluate (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPrecision precision, ThawPool *pool,
          void (*progress) (gpointer data, guint done, guint total), gpointer data, GCancellable *cancellable, GError **error)
{
  static const ThawExecutorIo io = { .load = load_cb, .store = store_cb };
  g_autoptr (GArray) items = list_items (dataset, split);
  g_autoptr (ThawLeftOut) left_out = thaw_left_out_new (dataset);
  g_autoptr (ThawExecutor) executor = NULL;
  g_autoptr (ThawFeed) pictures = NULL;
  g_autoptr (ThawEvaluation) self = NULL;
  Evaluating evaluating = { .classes = (gsize) thaw_model_n_classes (model), .total = items->len, .thread = g_thread_self (), .progress = progress, .data = data };

  if (!check_labels (dataset, items, (gint64) evaluating.classes, error) || !(executor = whole_network (model, precision, pool, error)))
    return NULL;
  self = thaw_evaluation_new (items->len, (guint) evaluating.classes);
  pictures = open_pictures (model, dataset, pool, left_out);
  thaw_feed_begin (pictures, (const ThawLoaderItem *) items->data, items->len, 0, NULL);
  evaluating.pictures = pictures;
  evaluating.logits = self->logits;
  if (!thaw_executor_forward (executor, items->len, &io, &evaluating, cancellable, error))
    return NULL;
  for (guint i = 0; i < items->len; i++)
    {
      guint32 sample = g_array_index (items, ThawLoaderItem, i).sample;

      if (!thaw_left_out_has (left_out, sample))
        thaw_evaluation_add (self, sample, ((ThawSample *) g_ptr_array_index (dataset->samples, sample))->label, self->logits + i * evaluating.classes);
    }
  thaw_left_out_report (left_out, 1, problem_cb, dataset);
  thaw_evaluation_finish (self);
  return g_steal_pointer (&self);
}

ThawEvaluation *
thaw_evaluate (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPool *pool, GCancellable *cancellable, GError **error)
{
  return evaluate (model, dataset, split, THAW_PRECISION_FLOAT32, pool, NULL, NULL, cancellable, error);
}

ThawEvaluation *
thaw_evaluate_in (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPrecision precision, ThawPool *pool,
                  GCancellable *cancellable, GError **error)
{
  return evaluate (model, dataset, split, precision, pool, NULL, NULL, cancellable, error);
}

ThawEvaluation *
thaw_evaluate_telling (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPool *pool,
                       void (*progress) (gpointer data, guint done, guint total), gpointer data, GCancellable *cancellable, GError **error)
{
  return evaluate (model, dataset, split, THAW_PRECISION_FLOAT32, pool, progress, data, cancellable, error);
}

gboolean
thaw_predict (const ThawModel *model, const ThawImage *image, ThawPool *pool, float *probabilities, GError **error)
{
  g_autoptr (ThawPredictor) predictor = thaw_predictor_new (model, pool, error);

  return predictor && thaw_predictor_image (predictor, image, probabilities, error);
}
