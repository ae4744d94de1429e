/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"
#include "thaw-task.h"

#include <string.h>
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>

/* How fast this machine is: found in threads at nice 19. */

/* --- speed --- */

typedef struct
{
  GWeakRef   network;
  ThawModel *model;
  gboolean   measure;  /* else only what is kept, or a guess */
  guint      threads;
  ThawSpeed  speed, guess;
  gboolean   known;
} SpeedRequest;

static void
speed_request_free_cb (gpointer data)
{
  SpeedRequest *self = data;

  g_weak_ref_clear (&self->network);
  thaw_model_unref (self->model);
  g_free (self);
}

static double
train_work (const ThawModel *model, guint threads)
{
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  ThawPlanCost cost;

  thaw_freeze_set_trainable (freeze, model->graph, "", TRUE);
  thaw_graph_cut (model->graph, freeze, &before, &after);
  thaw_executor_cost (after, freeze, 0, threads, 32, &cost);
  return cost.multiply_adds;
}

static void
speed_cb (GTask *task, ThawPool *pool)
{
  SpeedRequest *request = g_task_get_task_data (task);
  g_autofree char *key = thaw_speed_key (request->model, request->threads);

  request->known = thaw_speed_load (key, &request->speed);
  if (!request->known && request->measure)
    request->known = thaw_speed_obtain (request->model, pool, g_task_get_cancellable (task), &request->speed, NULL);
  if (!request->known)
    thaw_speed_guess (thaw_graph_multiply_adds (request->model->graph), train_work (request->model, request->threads), request->threads,
                      &request->guess);
  g_task_return_boolean (task, TRUE);
}

static void ask_for_speed (ThawNetwork *self, gboolean measure);

static gboolean
measure_later_cb (gpointer data)
{
  ThawNetwork *self = data;

  if (self->training)
    return G_SOURCE_CONTINUE;
  self->measure_source = 0;
  if (self->model)
    ask_for_speed (self, TRUE);
  return G_SOURCE_REMOVE;
}

static void
measure_later (ThawNetwork *self)
{
  g_clear_handle_id (&self->measure_source, g_source_remove);
  self->measure_source = g_timeout_add (1500, measure_later_cb, self);
}

static void
speed_done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  SpeedRequest *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawNetwork) self = g_weak_ref_get (&request->network);

  if (self && request->measure && self->measuring == g_task_get_cancellable (G_TASK (result)))
    g_clear_object (&self->measuring);
  if (!self || self->speed_backbone != self->backbone || request->threads != self->work.threads)
    return;
  /* it made way for a run, and begins again after it */
  if (request->measure && !request->known && g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      measure_later (self);
      return;
    }
  if (request->known)
    self->speed = request->speed;
  else
    self->guess = request->guess;
  thaw_network_predict (self);
  thaw_network_notify_cost (self);
  /* first what is known at once, then what takes a second or two */
  if (!request->known && !request->measure && !self->measure_source)
    measure_later (self);
}

static void
ask_for_speed (ThawNetwork *self, gboolean measure)
{
  g_autoptr (GTask) task = NULL;
  SpeedRequest *request = g_new0 (SpeedRequest, 1);

  if (measure)
    {
      thaw_network_stop_measuring (self);
      self->measuring = g_cancellable_new ();
    }
  task = g_task_new (NULL, measure ? self->measuring : NULL, speed_done_cb, NULL);
  g_weak_ref_init (&request->network, self);
  request->model = thaw_model_ref (self->model);
  request->measure = measure;
  request->threads = self->work.threads;
  g_task_set_task_data (task, request, speed_request_free_cb);
  thaw_task_run_nice (task, self->work.threads, speed_cb);
}

void
thaw_network_stop_measuring (ThawNetwork *self)
{
  if (self->measuring)
    g_cancellable_cancel (self->measuring);
  g_clear_object (&self->measuring);
}

void
thaw_network_find_speed (ThawNetwork *self)
{
  if (!self->model || (self->speed_backbone == self->backbone && self->speed_threads == self->work.threads))
    return;
  self->speed_backbone = self->backbone;
  self->speed_threads = self->work.threads;
  self->speed = self->guess = (ThawSpeed){ 0 };
  ask_for_speed (self, FALSE);
}

/* --- work --- */

void
thaw_network_set_options (ThawNetwork *self, ThawNetworkOptionsFunc func, gpointer data)
{
  self->work.options = func;
  self->work.data = data;
}

void
thaw_network_set_work (ThawNetwork *self, guint train, guint validation, guint threads)
{
  const ThawCost before = self->cost;

  if (train != self->work.train || validation != self->work.validation)
    thaw_network_weigh_later (self);
  self->work.train = train;
  self->work.validation = validation;
  self->work.threads = threads ? threads : thaw_pool_default_threads ();
  thaw_network_find_speed (self);
  thaw_network_predict (self);
  if (memcmp (&before, &self->cost, sizeof before) != 0)
    thaw_network_notify_cost (self);
}

void
thaw_network_set_training (ThawNetwork *self, gboolean training)
{
  self->training = training;
  if (training)
    thaw_network_stop_measuring (self);
  else
    thaw_network_weigh_later (self);
}

/* --- decoding --- */

typedef struct
{
  GWeakRef          network;
  GPtrArray        *samples;
  ThawPreprocessing preprocessing;
  double            seconds;
} DecodeRequest;

static void
decode_request_free_cb (gpointer data)
{
  DecodeRequest *self = data;

  g_weak_ref_clear (&self->network);
  g_ptr_array_unref (self->samples);
  g_free (self);
}

static void
decode_cb (GTask *task, ThawPool *pool)
{
  DecodeRequest *request = g_task_get_task_data (task);
  g_autofree float *values = g_new (float, (gsize) request->preprocessing.width * (gsize) request->preprocessing.height * 3);
  double start;
  guint n = 0;

  start = thaw_thread_seconds ();
  for (guint i = 0; i < request->samples->len; i++)
    {
      g_autoptr (ThawImage) image = thaw_sample_load (g_ptr_array_index (request->samples, i), NULL);

      if (!image)
        continue;
      thaw_image_prepare (image, &request->preprocessing, values);
      n++;
    }
  request->seconds = n ? (thaw_thread_seconds () - start) / n : 0;
  g_task_return_boolean (task, TRUE);
}

static void
decoded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  DecodeRequest *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawNetwork) self = g_weak_ref_get (&request->network);

  if (!self || request->seconds <= 0)
    return;
  self->work.decode = request->seconds;
  thaw_network_predict (self);
  thaw_network_notify_cost (self);
}

void
thaw_network_set_samples (ThawNetwork *self, GPtrArray *samples)
{
  g_autoptr (GTask) task = NULL;
  DecodeRequest *request;

  if (!self->model || samples->len == 0)
    return;
  request = g_new0 (DecodeRequest, 1);
  g_weak_ref_init (&request->network, self);
  request->samples = g_ptr_array_ref (samples);
  request->preprocessing = self->model->preprocessing;
  task = g_task_new (NULL, NULL, decoded_cb, NULL);
  g_task_set_task_data (task, request, decode_request_free_cb);
  thaw_task_run_nice (task, 1, decode_cb);
}
