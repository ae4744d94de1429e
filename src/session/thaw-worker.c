/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-worker-private.h"

/* Between two wake-ups of the main thread: what no screen would show is not told */
#define NEWS_MILLISECONDS 25
/* Between two tries to store what could not be stored */
#define RETRY_SECONDS 10

void
thaw_job_clear (ThawJob *self)
{
  g_clear_pointer (&self->backbone, g_free);
  g_clear_pointer (&self->network_settings, g_free);
  g_clear_pointer (&self->options_settings, g_free);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->options, thaw_train_options_free);
}

/* --- news --- */

static void
event_clear (gpointer data)
{
  g_free (((ThawRunEvent *) data)->text);
}

static ThawNews *
news_new (void)
{
  ThawNews *self = g_new0 (ThawNews, 1);

  self->steps = g_array_new (FALSE, FALSE, sizeof (ThawStepPoint));
  self->epochs = g_array_new (FALSE, FALSE, sizeof (ThawEpoch));
  self->events = g_array_new (FALSE, FALSE, sizeof (ThawRunEvent));
  g_array_set_clear_func (self->events, event_clear);
  self->seconds_left = -1;
  return self;
}

void
thaw_news_free (ThawNews *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->begun, thaw_run_free);
  g_clear_pointer (&self->before, thaw_curves_free);
  g_array_unref (self->steps);
  g_array_unref (self->epochs);
  g_array_unref (self->events);
  g_free (self->gone);
  g_clear_error (&self->trouble);
  g_free (self);
}

/* Where the run is stays true until there is something newer */
static ThawNews *
news_after (const ThawNews *old)
{
  ThawNews *self = news_new ();

  self->stage = old->stage;
  self->features = old->features;
  self->of_features = old->of_features;
  self->features_per_second = old->features_per_second;
  self->epoch = old->epoch;
  self->n_epochs = old->n_epochs;
  self->step = old->step;
  self->n_steps = old->n_steps;
  self->images_per_second = old->images_per_second;
  self->seconds_left = old->seconds_left;
  return self;
}

ThawNews *
thaw_worker_take_news (ThawWorker *self)
{
  ThawNews *news;

  g_mutex_lock (&self->mutex);
  news = self->news;
  self->news = news_after (news);
  g_mutex_unlock (&self->mutex);
  return news;
}

static gboolean
wake_cb (gpointer data)
{
  ThawWorker *self = data;

  g_mutex_lock (&self->mutex);
  self->pending = FALSE;
  g_mutex_unlock (&self->mutex);
  if (self->owner)
    self->func (self->owner, self);
  return G_SOURCE_REMOVE;
}

static void
unref_cb (gpointer data)
{
  thaw_worker_unref (data);
}

void
thaw_worker_lock (ThawWorker *self)
{
  g_mutex_lock (&self->mutex);
}

void
thaw_worker_post (ThawWorker *self)
{
  gboolean first = !self->pending;

  self->pending = TRUE;
  g_mutex_unlock (&self->mutex);
  if (first)
    {
      g_autoptr (GSource) source = g_timeout_source_new (NEWS_MILLISECONDS);

      g_source_set_callback (source, wake_cb, thaw_worker_ref (self), unref_cb);
      g_source_attach (source, self->context);
    }
}

void
thaw_worker_set_stage (ThawWorker *self, ThawStage stage)
{
  thaw_worker_lock (self);
  self->news->stage = stage;
  thaw_worker_post (self);
}

/* --- storing --- */

/* FALSE where the person wants the run to end instead */
static gboolean
wait_to_retry (ThawWorker *self, const GError *trouble)
{
  const gint64 until = g_get_monotonic_time () + RETRY_SECONDS * G_TIME_SPAN_SECOND;
  ThawStage stage;
  gboolean ends;

  thaw_worker_lock (self);
  self->retry = FALSE;
  stage = self->news->stage;
  self->news->stage = THAW_STAGE_PAUSED;
  g_clear_error (&self->news->trouble);
  self->news->trouble = g_error_copy (trouble);
  thaw_worker_post (self);
  thaw_worker_lock (self);
  while (self->wish < THAW_WISH_STOP && !self->retry && g_cond_wait_until (&self->cond, &self->mutex, until))
    ;
  ends = self->wish >= THAW_WISH_STOP;
  self->news->stage = stage;
  thaw_worker_post (self);
  return !ends;
}

gboolean
thaw_worker_store (ThawWorker *self, ThawStoreFunc func, gpointer data, GError **error)
{
  g_autoptr (GError) trouble = NULL;

  thaw_store_call (self->job.store, func, data, &trouble);
  while (trouble && wait_to_retry (self, trouble))
    {
      g_clear_error (&trouble);
      thaw_store_call (self->job.store, func, data, &trouble);
    }
  if (!trouble)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&trouble));
  return FALSE;
}

/* --- wishes --- */

ThawWish
thaw_worker_wish (ThawWorker *self)
{
  ThawWish wish;

  g_mutex_lock (&self->mutex);
  wish = self->wish;
  g_mutex_unlock (&self->mutex);
  return wish;
}

static void
make_wish (ThawWorker *self, ThawWish wish)
{
  g_mutex_lock (&self->mutex);
  self->wish = MAX (self->wish, wish);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}

void
thaw_worker_pause (ThawWorker *self)
{
  thaw_train_control_pause (self->control);
}

void
thaw_worker_go_on (ThawWorker *self)
{
  g_mutex_lock (&self->mutex);
  self->retry = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  thaw_train_control_go_on (self->control);
}

ThawTrainControl *
thaw_worker_get_control (ThawWorker *self)
{
  return self->control;
}

void
thaw_worker_stop (ThawWorker *self)
{
  if (thaw_worker_wish (self) >= THAW_WISH_STOP)
    g_cancellable_cancel (self->checking);
  make_wish (self, THAW_WISH_STOP);
  g_cancellable_cancel (self->cancellable);
}

void
thaw_worker_halt (ThawWorker *self)
{
  make_wish (self, THAW_WISH_HALT);
  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->checking);
}

/* --- life --- */

ThawWorker *
thaw_worker_start (ThawJob *job, ThawWorkerFunc news, gpointer owner)
{
  ThawWorker *self = g_new0 (ThawWorker, 1);

  g_atomic_ref_count_init (&self->references);
  self->func = news;
  self->owner = owner;
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->news = news_new ();
  self->control = thaw_train_control_new ();
  self->cancellable = g_cancellable_new ();
  self->checking = g_cancellable_new ();
  self->job = *job;
  *job = (ThawJob){ 0 };
  self->unstored = g_array_new (FALSE, FALSE, sizeof (ThawStepPoint));
  self->thread = g_thread_new ("thaw-train", thaw_worker_thread_cb, thaw_worker_ref (self));
  return self;
}

ThawRunEnd *
thaw_worker_get_end (ThawWorker *self)
{
  return &self->end;
}

void
thaw_worker_disown (ThawWorker *self)
{
  self->owner = NULL;
}

void
thaw_worker_join (ThawWorker *self)
{
  g_thread_join (g_steal_pointer (&self->thread));
}

ThawWorker *
thaw_worker_ref (ThawWorker *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

static void
end_clear (ThawRunEnd *self)
{
  g_clear_pointer (&self->row, thaw_run_free);
  g_clear_error (&self->error);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->evaluation, thaw_evaluation_free);
  g_clear_pointer (&self->labels, g_strfreev);
}

void
thaw_worker_unref (ThawWorker *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_clear_pointer (&self->thread, g_thread_unref);
  thaw_job_clear (&self->job);
  end_clear (&self->end);
  thaw_news_free (self->news);
  g_array_unref (self->unstored);
  thaw_train_control_unref (self->control);
  g_object_unref (self->cancellable);
  g_object_unref (self->checking);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
}
