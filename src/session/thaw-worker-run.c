/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-run-store.h"
#include "thaw-worker-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <sys/resource.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-text.h>
#include <unistd.h>

/* With equal priority the pointer stutters */
#define NICE 19
/* Steps wait this long for each other before they go to the store */
#define HAND_OVER_SECONDS 1
/* Pictures that went are named one by one up to here, then counted: a whole folder may go */
#define NAMED_PICTURES 10
/* Weight of the newest step in what a step takes */
#define SMOOTHING .1

static double
seconds_since (gint64 time)
{
  return (double) (g_get_monotonic_time () - time) / 1e6;
}

static double
run_seconds (const ThawWorker *self)
{
  return self->seconds_before + seconds_since (self->began);
}

/* --- what goes to the store --- */

typedef struct
{
  gint64                run;
  GArray               *steps; /* ThawStepPoint */
  ThawRunEvent          event;
  const ThawTrainState *state;
  const ThawEpoch      *epoch;
} Parcel;

static void
parcel_free (gpointer data)
{
  Parcel *self = data;

  g_clear_pointer (&self->steps, g_array_unref);
  g_free (self->event.text);
  g_free (self);
}

/* What could not be written is kept by the project and written with the next checkpoint, which says so if it cannot */
static void
add_steps (ThawProject *project, const Parcel *parcel)
{
  for (guint i = 0; parcel->steps && i < parcel->steps->len; i++)
    {
      const ThawStepPoint *point = &g_array_index (parcel->steps, ThawStepPoint, i);

      thaw_project_add_step (project, parcel->run, point->step, point->loss, point->lr, point->seconds, NULL);
    }
}

static gpointer
add_steps_cb (ThawProject *project, gpointer data, GError **error)
{
  add_steps (project, data);
  return NULL;
}

static gpointer
add_event_cb (ThawProject *project, gpointer data, GError **error)
{
  const Parcel *parcel = data;

  thaw_project_add_event (project, parcel->run, parcel->event.step, parcel->event.seconds, parcel->event.text, error);
  return NULL;
}

static gpointer
checkpoint_cb (ThawProject *project, gpointer data, GError **error)
{
  Parcel *parcel = data;

  add_steps (project, parcel);
  /* another try must not write them again */
  g_clear_pointer (&parcel->steps, g_array_unref);
  thaw_project_checkpoint (project, parcel->run, parcel->state, parcel->epoch, error);
  return NULL;
}

static GArray *
take_steps (ThawWorker *self)
{
  GArray *steps = self->unstored;

  self->unstored = g_array_new (FALSE, FALSE, sizeof (ThawStepPoint));
  self->handed_over = g_get_monotonic_time ();
  return steps;
}

static void
hand_steps_over (ThawWorker *self)
{
  Parcel *parcel = g_new0 (Parcel, 1);

  *parcel = (Parcel){ .run = self->end.run, .steps = take_steps (self) };
  thaw_store_post (self->job.store, add_steps_cb, parcel, parcel_free);
}

/* --- what the trainer says --- */

static void
add_event (ThawWorker *self, const char *text)
{
  Parcel *parcel = g_new0 (Parcel, 1);
  ThawRunEvent event = { .step = self->last_step, .seconds = run_seconds (self), .text = g_strdup (text) };

  thaw_worker_lock (self);
  event.epoch = self->epoch - 1;
  if (self->news->n_steps)
    event.epoch += (double) self->news->step / (double) self->news->n_steps;
  g_array_append_val (self->news->events, event);
  thaw_worker_post (self);
  *parcel = (Parcel){ .run = self->end.run, .event = { .step = self->last_step, .seconds = event.seconds, .text = g_strdup (text) } };
  thaw_store_post (self->job.store, add_event_cb, parcel, parcel_free);
}

static void
event_cb (gpointer data, const char *text)
{
  add_event (data, text);
}

static void
features_cb (gpointer data, guint done, guint total, guint cached)
{
  ThawWorker *self = data;
  double seconds;

  if (done == cached)
    self->features_from = g_get_monotonic_time ();
  seconds = seconds_since (self->features_from);
  thaw_worker_lock (self);
  self->news->features = done;
  self->news->of_features = total;
  self->news->features_per_second = done > cached && seconds > 0 ? (done - cached) / seconds : 0;
  thaw_worker_post (self);
}

/* What is left of this epoch at the pace of its steps, and the epochs after it at the pace of the last whole one */
static double
seconds_left (const ThawWorker *self, guint64 step, guint64 n_steps)
{
  const double of_epoch = self->epoch_seconds > 0 ? self->epoch_seconds : self->step_seconds * (double) n_steps;

  return self->step_seconds * (double) (n_steps - step) + of_epoch * MAX (self->n_epochs - self->epoch, 0);
}

static void
time_step (ThawWorker *self, guint64 step)
{
  const double seconds = self->step_at ? seconds_since (self->step_at) : 0;

  if (seconds > 0 && step > 1)
    self->step_seconds = self->step_seconds > 0 ? (1 - SMOOTHING) * self->step_seconds + SMOOTHING * seconds : seconds;
  self->step_at = g_get_monotonic_time ();
}

static void
step_cb (gpointer data, guint64 step, guint64 n_steps, double loss, double lr)
{
  ThawWorker *self = data;
  ThawStepPoint point = { .loss = loss, .lr = lr, .seconds = run_seconds (self) };
  ThawNews *news;

  if (self->last_step == 0)
    self->step_base = (guint64) (self->epoch - 1) * n_steps;
  point.step = self->last_step = self->step_base + step;
  time_step (self, step);
  g_array_append_val (self->unstored, point);
  thaw_worker_lock (self);
  news = self->news;
  news->stage = THAW_STAGE_TRAINING;
  news->epoch = self->epoch;
  news->step = step;
  news->n_steps = n_steps;
  news->seconds_left = self->step_seconds > 0 ? seconds_left (self, step, n_steps) : -1;
  if (self->step_seconds > 0)
    news->images_per_second = self->job.options->batch / self->step_seconds;
  g_array_append_val (news->steps, point);
  thaw_worker_post (self);
  if (seconds_since (self->handed_over) >= HAND_OVER_SECONDS)
    hand_steps_over (self);
}

static void
epoch_cb (gpointer data, const ThawEpoch *epoch)
{
  ThawWorker *self = data;

  self->epoch = epoch->epoch + 1;
  self->epoch_seconds = epoch->seconds;
  self->step_base = self->last_step;
  self->step_at = 0;
  thaw_worker_lock (self);
  self->news->images_per_second = epoch->images_per_second;
  self->news->step = 0;
  self->news->epoch = MIN (self->epoch, self->n_epochs);
  g_array_append_vals (self->news->epochs, epoch, 1);
  thaw_worker_post (self);
}

/* Most reasons begin with the path themselves */
static char *
describe_gone (const char *path, const char *reason)
{
  return g_str_has_prefix (reason, path) ? g_strdup (reason) : g_strdup_printf ("%s: %s", path, reason);
}

static void
problem_cb (gpointer data, const char *path, const char *reason)
{
  ThawWorker *self = data;
  g_autofree char *gone = describe_gone (path, reason);
  g_autofree char *text = NULL;

  self->n_gone++;
  thaw_worker_lock (self);
  if (self->news->n_gone++ == 0)
    self->news->gone = g_strdup (gone);
  thaw_worker_post (self);
  if (self->n_gone > NAMED_PICTURES)
    return;
  text = self->n_gone < NAMED_PICTURES ? g_strdup_printf (_ ("left out: %s"), gone)
                                       : g_strdup (_ ("more pictures are left out: see the problems of the pictures"));
  add_event (self, text);
}

static gboolean
store_checkpoint_cb (gpointer data, const ThawTrainState *state, const ThawEpoch *epoch, GError **error)
{
  ThawWorker *self = data;
  Parcel parcel = { .run = self->end.run, .steps = take_steps (self), .state = state, .epoch = epoch };
  gboolean ok = thaw_worker_store (self, checkpoint_cb, &parcel, error);

  g_clear_pointer (&parcel.steps, g_array_unref);
  self->step_at = 0;
  return ok;
}

static void
paused_cb (gpointer data, gboolean paused)
{
  ThawWorker *self = data;

  self->step_at = 0;
  /* a run's time is the time it works */
  if (paused)
    self->paused_at = g_get_monotonic_time ();
  else if (self->paused_at)
    self->began += g_get_monotonic_time () - self->paused_at;
  thaw_worker_lock (self);
  if (paused && self->news->stage != THAW_STAGE_PAUSED)
    self->stage_before = self->news->stage;
  self->news->stage = paused ? THAW_STAGE_PAUSED : self->stage_before;
  thaw_worker_post (self);
}

/* --- before --- */

static gpointer
begin_cb (ThawProject *project, gpointer data, GError **error)
{
  ThawWorker *self = data;

  if (!thaw_project_begin_run (project, self->job.backbone, self->job.model, self->job.options, &self->end.run, error)
      || !thaw_project_set_run_dataset (project, self->end.run, self->job.dataset, error)
      || !thaw_run_keep_settings (project, self->end.run, self->job.network_settings, self->job.options_settings, error))
    return NULL;
  return thaw_run_read (project, self->end.run, error);
}

typedef struct
{
  ThawResume  resume;
  gint64      run;
  ThawCurves *curves;
} Going;

static gpointer
resume_cb (ThawProject *project, gpointer data, GError **error)
{
  Going *going = data;

  if (!thaw_project_resume (project, going->run, &going->resume, error))
    return NULL;
  going->curves = thaw_curves_read (project, going->run, error);
  return going->curves ? thaw_run_read (project, going->run, error) : NULL;
}

/* What was trained before says where this thread begins */
static void
follow_curves (ThawWorker *self, const ThawCurves *curves)
{
  if (curves->epochs->len)
    {
      const ThawEpoch *last = &g_array_index (curves->epochs, ThawEpoch, curves->epochs->len - 1);

      self->epoch = last->epoch + 1;
      self->epoch_seconds = last->seconds;
    }
  if (curves->steps->len)
    self->seconds_before = g_array_index (curves->steps, ThawStepPoint, curves->steps->len - 1).seconds;
  if (!isfinite (self->seconds_before))
    self->seconds_before = 0;
}

/* @row, @curves: (transfer full) */
static void
tell_begun (ThawWorker *self, ThawRun *row, ThawCurves *curves)
{
  for (guint i = 0; i < self->job.options->phases->len; i++)
    self->n_epochs += ((const ThawPhase *) g_ptr_array_index (self->job.options->phases, i))->epochs;
  thaw_worker_lock (self);
  self->news->begun = row;
  self->news->before = curves;
  self->news->epoch = self->epoch;
  self->news->n_epochs = self->n_epochs;
  thaw_worker_post (self);
}

/* A run that goes on. @state: (out) (nullable) */
static gboolean
go_on (ThawWorker *self, ThawTrainState **state, GError **error)
{
  Going going = { .run = self->job.run };
  ThawRun *row = thaw_store_call (self->job.store, resume_cb, &going, error);

  if (row)
    {
      self->end.run = going.run;
      self->job.options = g_steal_pointer (&going.resume.options);
      self->job.options->nice = NICE;
      self->job.dataset = g_steal_pointer (&going.resume.dataset);
      self->job.model = g_steal_pointer (&going.resume.model);
      *state = g_steal_pointer (&going.resume.state);
      follow_curves (self, going.curves);
      tell_begun (self, row, g_steal_pointer (&going.curves));
    }
  g_clear_pointer (&going.curves, thaw_curves_free);
  thaw_resume_clear (&going.resume);
  return row != NULL;
}

static gboolean
begin (ThawWorker *self, GError **error)
{
  ThawRun *row;

  thaw_dataset_sort (self->job.dataset);
  self->job.options->nice = NICE;
  if (self->job.options->threads == 0)
    self->job.options->threads = thaw_pool_default_threads ();
  row = thaw_store_call (self->job.store, begin_cb, self, error);
  if (row)
    tell_begun (self, row, NULL);
  return row != NULL;
}

/* --- after --- */

typedef struct
{
  gint64           run;
  ThawRunStatus    status;
  ThawTrainSummary summary;
} Ending;

static gpointer
finish_cb (ThawProject *project, gpointer data, GError **error)
{
  const Ending *ending = data;
  double low, high;

  if (ending->status == THAW_RUN_STOPPED && !thaw_run_keep_stopped (project, ending->run, error))
    return NULL;
  thaw_project_finish_run (project, ending->run, ending->status, &ending->summary, &low, &high, error);
  return NULL;
}

static gpointer
row_cb (ThawProject *project, gpointer data, GError **error)
{
  return thaw_run_read (project, *(const gint64 *) data, error);
}

static gpointer
keep_evaluation_cb (ThawProject *project, gpointer data, GError **error)
{
  const ThawWorker *self = data;

  if (thaw_project_set_run_dataset (project, self->end.run, self->job.dataset, error) && self->end.evaluation)
    thaw_project_set_evaluation (project, self->end.run, self->end.split, self->end.evaluation, self->job.dataset, error);
  return NULL;
}

static gpointer
model_cb (ThawProject *project, gpointer data, GError **error)
{
  return thaw_project_model (project, *(const gint64 *) data, error);
}

/* By what the project holds, not by what is in memory: that is what the person gets */
static void
check_result (ThawWorker *self)
{
  const ThawDataset *dataset = self->job.dataset;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawPool) pool = NULL;

  self->end.split = thaw_dataset_count (dataset, THAW_SPLIT_TEST, -1) ? THAW_SPLIT_TEST : THAW_SPLIT_VALIDATION;
  thaw_worker_set_stage (self, THAW_STAGE_CHECKING);
  model = thaw_store_call (self->job.store, model_cb, &self->end.run, NULL);
  if (!model)
    return;
  pool = thaw_pool_new (self->job.options->threads, NICE);
  self->end.evaluation = thaw_evaluate (model, self->job.dataset, self->end.split, pool, self->checking, NULL);
  self->end.labels = g_strdupv (model->labels);
  /* it can be computed again: no reason to wait for room */
  thaw_store_call (self->job.store, keep_evaluation_cb, self, NULL);
}

/* Interrupted: what was committed is there and the run stays as one that can go on. Stopped, done or failed: that is written. */
static void
finish (ThawWorker *self, const ThawTrainSummary *summary, GError *reason)
{
  gboolean cancelled = g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gboolean stopped = thaw_worker_wish (self) == THAW_WISH_STOP;
  Ending ending = { .run = self->end.run, .summary = *summary };

  self->end.can_go_on = !stopped && (cancelled || g_error_matches (reason, THAW_ERROR, THAW_ERROR_NO_SPACE));
  if (!self->end.can_go_on)
    {
      ending.status = !reason ? THAW_RUN_DONE : stopped ? THAW_RUN_STOPPED : THAW_RUN_FAILED;
      thaw_worker_store (self, finish_cb, &ending, self->end.error ? NULL : &self->end.error);
      if (ending.summary.best_epoch)
        check_result (self);
    }
  if (reason && !cancelled && !self->end.error)
    self->end.error = g_error_copy (reason);
  self->end.row = thaw_store_call (self->job.store, row_cb, &self->end.run, NULL);
}

/* What was begun cannot be trained. A run that was to go on stays as it is. */
static void
refuse (ThawWorker *self)
{
  Ending ending = { .run = self->end.run, .status = THAW_RUN_FAILED };

  if (!self->job.run)
    thaw_store_call (self->job.store, finish_cb, &ending, NULL);
  self->end.row = thaw_store_call (self->job.store, row_cb, &self->end.run, NULL);
}

/* --- the thread --- */

static void
train (ThawWorker *self, ThawTrainState *state)
{
  const ThawTrainObserver observer = {
    .data = self,
    .features = features_cb,
    .step = step_cb,
    .epoch = epoch_cb,
    .problem = problem_cb,
    .event = event_cb,
    .checkpoint = store_checkpoint_cb,
    .paused = paused_cb,
  };
  g_autoptr (GError) reason = NULL;
  ThawTrainSummary summary;
  g_autoptr (ThawTrainer) trainer
      = thaw_trainer_new (self->job.model, self->job.dataset, self->job.options, &observer, &self->end.error);

  if (!trainer || (state && !thaw_trainer_restore (trainer, state, &self->end.error)))
    {
      refuse (self);
      return;
    }
  thaw_trainer_set_control (trainer, self->control);
  thaw_trainer_run (trainer, self->cancellable, &reason);
  if (self->unstored->len)
    hand_steps_over (self);
  thaw_trainer_summary (trainer, &summary);
  /* its memory is better used for looking at the result */
  g_clear_pointer (&trainer, thaw_trainer_free);
  g_clear_pointer (&self->job.model, thaw_model_unref);
  finish (self, &summary, reason);
}

gpointer
thaw_worker_thread_cb (gpointer data)
{
  ThawWorker *self = data;
  g_autoptr (ThawTrainState) state = NULL;

  setpriority (PRIO_PROCESS, (id_t) gettid (), NICE);
  self->epoch = 1;
  self->began = self->handed_over = g_get_monotonic_time ();
  if (self->job.run ? go_on (self, &state, &self->end.error) : begin (self, &self->end.error))
    train (self, state);
  self->end.dataset = g_steal_pointer (&self->job.dataset);
  thaw_worker_set_stage (self, THAW_STAGE_ENDED);
  thaw_worker_unref (self);
  return NULL;
}
