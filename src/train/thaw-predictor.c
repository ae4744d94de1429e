/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-softmax.h"

#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-predictor.h>

struct _ThawPredictor
{
  ThawPreprocessing preprocessing;
  gsize             classes, size; /* floats a picture */
  ThawExecutor     *executor;
};

/* One call */
typedef struct
{
  ThawPredictor     *self;
  const ThawImage   *image;   /* or: */
  const char *const *paths;
  GError           **errors;
  float             *probabilities;
  int                done;    /* atomic */
  GThread           *thread;
  void             (*progress) (gpointer data, guint done);
  gpointer           data;
} Predicting;

ThawPredictor *
thaw_predictor_new (const ThawModel *model, ThawPool *pool, GError **error)
{
  return thaw_predictor_new_in (model, THAW_PRECISION_FLOAT32, pool, error);
}

ThawPredictor *
thaw_predictor_new_in (const ThawModel *model, ThawPrecision precision, ThawPool *pool, GError **error)
{
  g_autoptr (ThawGraph) optimised = thaw_graph_optimise (model->graph);
  g_autoptr (ThawGraph) graph = thaw_graph_in_precision (optimised, precision);
  const ThawExecutorOptions options = { .pool = pool };
  ThawExecutor *executor = thaw_executor_new (graph, model->parameters, &options, error);
  ThawPredictor *self;

  if (!executor)
    return NULL;
  self = g_new0 (ThawPredictor, 1);
  self->preprocessing = model->preprocessing;
  self->classes = (gsize) thaw_model_n_classes (model);
  self->size = (gsize) model->preprocessing.width * (gsize) model->preprocessing.height * 3;
  self->executor = executor;
  return self;
}

void
thaw_predictor_free (ThawPredictor *self)
{
  if (!self)
    return;
  thaw_executor_free (self->executor);
  g_free (self);
}

guint
thaw_predictor_classes (const ThawPredictor *self)
{
  return (guint) self->classes;
}

static void
prepare_file (Predicting *call, gsize i, float *input)
{
  g_autoptr (ThawImage) image = thaw_image_load (call->paths[i], &call->errors[i]);

  if (image)
    thaw_image_prepare (image, &call->self->preprocessing, input);
  else
    memset (input, 0, call->self->size * sizeof (float));
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Predicting *call = data;

  for (gint64 i = 0; i < n; i++)
    {
      float *input = inputs[0] + (gsize) i * call->self->size;

      if (call->image)
        thaw_image_prepare (call->image, &call->self->preprocessing, input);
      else
        prepare_file (call, (gsize) (first + i), input);
    }
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Predicting *call = data;
  const gsize classes = call->self->classes;
  int done;

  for (gsize i = 0; i < (gsize) n; i++)
    {
      float *row = call->probabilities + ((gsize) first + i) * classes;

      if (call->errors && call->errors[(gsize) first + i])
        memset (row, 0, classes * sizeof (float));
      else
        thaw_softmax (classes, outputs[0] + i * classes, row);
    }
  done = g_atomic_int_add (&call->done, (int) n) + (int) n;
  if (call->progress && g_thread_self () == call->thread)
    call->progress (call->data, (guint) done);
}

static gboolean
run (Predicting *call, guint n, GCancellable *cancellable, GError **error)
{
  static const ThawExecutorIo io = { .load = load_cb, .store = store_cb };

  call->thread = g_thread_self ();
  return n == 0 || thaw_executor_forward (call->self->executor, n, &io, call, cancellable, error);
}

gboolean
thaw_predictor_image (ThawPredictor *self, const ThawImage *image, float *probabilities, GError **error)
{
  Predicting call = { .self = self, .image = image, .probabilities = probabilities };

  return run (&call, 1, NULL, error);
}

gboolean
thaw_predictor_run (ThawPredictor *self, const char *const *paths, guint n, float *probabilities, GError **errors,
                    void (*progress) (gpointer data, guint done), gpointer data, GCancellable *cancellable, GError **error)
{
  Predicting call = { .self = self, .paths = paths, .errors = errors, .probabilities = probabilities, .progress = progress, .data = data };

  if (!run (&call, n, cancellable, error))
    return FALSE;
  if (progress)
    progress (data, n);
  return TRUE;
}
