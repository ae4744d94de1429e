/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-words.h>

/* Between two messages about pictures that went */
#define GONE_SECONDS 10
/* Before the first of them: one that goes is seldom alone */
#define GATHER_SECONDS 1

static void news_cb (gpointer owner, ThawWorker *worker);

/* --- why not --- */

/* A text property of a part, NULL where it is empty (transfer full) */
static char *
text_of (gpointer part, const char *property)
{
  char *text = NULL;

  g_object_get (part, property, &text, NULL);
  if (text && !*text)
    g_clear_pointer (&text, g_free);
  return text;
}

static gboolean
is_busy (gpointer part)
{
  gboolean busy = FALSE;

  g_object_get (part, "busy", &busy, NULL);
  return busy;
}

static char *
network_problem (ThawSession *self)
{
  char *error;

  if (thaw_network_get_model (self->network))
    return NULL;
  if (is_busy (self->network))
    return g_strdup (_ ("The backbone is still being opened."));
  error = text_of (self->network, "error");
  return error ? error : g_strdup (_ ("Choose a backbone first."));
}

/* NULL: a run can be started (transfer full) */
static char *
find_problem (ThawSession *self)
{
  char *problem;

  if (self->state != THAW_SESSION_IDLE)
    return g_strdup (_ ("A run is training: stop it first, or wait for its end."));
  if (!g_queue_is_empty (&self->operations))
    return g_strdup (_ ("The project is still being opened."));
  if (self->read_only)
    return g_strdup (_ ("This project is open for reading only. Save As makes a copy of your own that can be trained."));
  if (is_busy (self->pictures))
    return g_strdup (_ ("Pictures are still being imported."));
  problem = text_of (self->pictures, "problem");
  return problem ? problem : network_problem (self);
}

void
thaw_session_update_problem (ThawSession *self)
{
  g_autofree char *problem = find_problem (self);

  if (g_strcmp0 (problem, self->train_problem) == 0)
    return;
  g_free (self->train_problem);
  self->train_problem = g_steal_pointer (&problem);
  thaw_session_notify (self, THAW_SESSION_PROP_TRAIN_PROBLEM);
}

/* FALSE: and the person was told */
static gboolean
can_train (ThawSession *self)
{
  thaw_session_update_problem (self);
  if (self->train_problem)
    thaw_session_message (self, _ ("Training cannot start"), self->train_problem, FALSE, NULL, NULL);
  return !self->train_problem;
}

/* --- where it is --- */

static void
set_double (ThawSession *self, double *at, double value, guint property)
{
  if (*at == value)
    return;
  *at = value;
  thaw_session_notify (self, property);
}

/* @text: (transfer full) */
static void
set_status (ThawSession *self, char *text, double fraction, double images_per_second, double seconds_left)
{
  if (g_strcmp0 (text, self->status_text) == 0)
    g_free (text);
  else
    {
      g_free (self->status_text);
      self->status_text = text;
      thaw_session_notify (self, THAW_SESSION_PROP_STATUS_TEXT);
    }
  set_double (self, &self->fraction, CLAMP (fraction, 0, 1), THAW_SESSION_PROP_FRACTION);
  set_double (self, &self->images_per_second, images_per_second, THAW_SESSION_PROP_IMAGES_PER_SECOND);
  set_double (self, &self->seconds_left, seconds_left, THAW_SESSION_PROP_SECONDS_LEFT);
}

static double
fraction_of (const ThawNews *news)
{
  double epochs = news->epoch - 1;

  if (news->n_steps)
    epochs += (double) news->step / (double) news->n_steps;
  return news->n_epochs ? epochs / news->n_epochs : 0;
}

static gboolean
is_preparing (const ThawNews *news)
{
  return news->stage == THAW_STAGE_PREPARING || (news->stage == THAW_STAGE_TRAINING && news->features < news->of_features);
}

/* What the frozen part makes of each picture is computed once, before a phase */
static void
show_preparing (ThawSession *self, const ThawNews *news)
{
  const double speed = news->features_per_second;

  if (news->of_features == 0)
    set_status (self, g_strdup (_ ("Starting")), 0, 0, -1);
  else
    set_status (self, g_strdup_printf (_ ("Once through the frozen layers: picture %u of %u"), news->features, news->of_features),
                (double) news->features / news->of_features, speed, speed > 0 ? (news->of_features - news->features) / speed : -1);
}

static void
show_stage (ThawSession *self, const ThawNews *news)
{
  if (is_preparing (news))
    {
      show_preparing (self, news);
      return;
    }
  switch (news->stage)
    {
    case THAW_STAGE_TRAINING:
      set_status (self, g_strdup_printf (_ ("Epoch %d of %d"), news->epoch, news->n_epochs), fraction_of (news), news->images_per_second,
                  news->seconds_left);
      break;
    case THAW_STAGE_PAUSED:
      set_status (self, g_strdup_printf (_ ("Paused in epoch %d of %d"), news->epoch, news->n_epochs), fraction_of (news), 0, -1);
      break;
    case THAW_STAGE_CHECKING:
      set_status (self, g_strdup (_ ("Checking the result")), 1, 0, -1);
      break;
    default:
      set_status (self, g_strdup (""), 0, 0, -1);
    }
}

static void
follow_stage (ThawSession *self, ThawStage stage)
{
  static const ThawSessionState states[] = {
    [THAW_STAGE_PREPARING] = THAW_SESSION_STARTING,
    [THAW_STAGE_TRAINING] = THAW_SESSION_TRAINING,
    [THAW_STAGE_PAUSED] = THAW_SESSION_PAUSED,
    [THAW_STAGE_CHECKING] = THAW_SESSION_STOPPING,
  };

  /* a run that was told to stop does not seem to train again */
  if (stage < G_N_ELEMENTS (states) && self->state != THAW_SESSION_STOPPING)
    thaw_session_set_state (self, states[stage]);
}

void
thaw_session_set_unfinished (ThawSession *self, gint64 run)
{
  if (self->unfinished == run)
    return;
  self->unfinished = run;
  thaw_session_notify (self, THAW_SESSION_PROP_UNFINISHED);
}

static void
show_idle (ThawSession *self)
{
  thaw_session_set_state (self, THAW_SESSION_IDLE);
  set_status (self, g_strdup (""), 0, 0, -1);
}

/* --- the news --- */

static void
begin_live (ThawSession *self, ThawNews *news)
{
  ThawRunItem *item = thaw_runs_find (self->runs, news->begun->id);

  if (item)
    {
      thaw_run_item_set_live (item, TRUE);
      thaw_run_item_set_loader (item, NULL, NULL);
      thaw_run_item_take_run (item, g_steal_pointer (&news->begun));
      self->live = g_object_ref (item);
    }
  else
    {
      self->live = thaw_run_item_new (g_steal_pointer (&news->begun), TRUE);
      thaw_runs_insert (self->runs, self->live);
    }
  thaw_run_item_set_curves (self->live, news->before);
  thaw_runs_set_current (self->runs, self->live);
}

static void
grow_curves (ThawSession *self, const ThawNews *news)
{
  if (!self->live || (news->steps->len == 0 && news->epochs->len == 0 && news->events->len == 0))
    return;
  thaw_run_item_set_epoch_steps (self->live, (guint) news->n_steps);
  thaw_run_item_add_steps (self->live, (const ThawStepPoint *) (gpointer) news->steps->data, news->steps->len);
  thaw_run_item_add_epochs (self->live, (const ThawEpoch *) (gpointer) news->epochs->data, news->epochs->len);
  for (guint i = 0; i < news->events->len; i++)
    thaw_run_item_add_event (self->live, &g_array_index (news->events, ThawRunEvent, i));
  thaw_run_item_changed (self->live);
}

static gboolean
tell_gone_cb (gpointer data)
{
  ThawSession *self = data;
  g_autofree char *title = g_strdup_printf (ngettext ("%u picture could not be read", "%u pictures could not be read", self->n_gone), self->n_gone);
  g_autofree char *text = g_strdup_printf (_ ("Training goes on without what cannot be read. %s"), self->gone);

  self->gone_source = 0;
  self->gone_told = TRUE;
  thaw_session_message (self, title, text, FALSE, "win.show-images", _ ("_Images"));
  return G_SOURCE_REMOVE;
}

/* A whole folder may go: that is one message, not one a picture */
static void
tell_gone (ThawSession *self, const ThawNews *news)
{
  self->n_gone += news->n_gone;
  if (news->n_gone == 0)
    return;
  if (!self->gone)
    self->gone = g_strdup (news->gone);
  if (!self->gone_source)
    self->gone_source = g_timeout_add_seconds (self->gone_told ? GONE_SECONDS : GATHER_SECONDS, tell_gone_cb, self);
}

void
thaw_session_forget_gone (ThawSession *self)
{
  g_clear_handle_id (&self->gone_source, g_source_remove);
  g_clear_pointer (&self->gone, g_free);
  self->n_gone = 0;
  self->gone_told = FALSE;
}

static void
tell_trouble (ThawSession *self, const GError *trouble)
{
  g_autofree char *text = g_strdup_printf (_ ("%s. The run waits and loses nothing: make room and press Go On; it is also tried again by itself."),
                                           trouble->message);

  thaw_session_message (self, _ ("The run cannot be saved"), text, TRUE, "win.go-on", _ ("_Go On"));
}

static void
show_result (ThawSession *self, ThawRunEnd *end)
{
  if (end->evaluation)
    thaw_results_set_evaluation (self->results, end->run, g_steal_pointer (&end->evaluation), end->labels, end->dataset);
}

static void
tell_end (ThawSession *self, const ThawRunEnd *end)
{
  if (!end->error)
    return;
  if (end->run == 0)
    thaw_session_tell (self, _ ("Training could not start"), end->error);
  else if (g_error_matches (end->error, THAW_ERROR, THAW_ERROR_NOT_FINITE))
    {
      g_autofree char *words = thaw_words_of_engine (end->error->message);

      thaw_session_message (self, _ ("The loss is no longer a number"), words, TRUE, NULL, NULL);
    }
  else
    {
      g_autofree char *kept = g_strdup_printf (_ ("%s. The best epoch up to then is kept."), end->error->message);
      const gboolean any = end->row && end->row->summary.best_epoch > 0;

      thaw_session_message (self, _ ("Training ended early"), any ? kept : end->error->message, TRUE, NULL, NULL);
    }
}

/* It has said its last word: its thread ends by itself and is not waited for */
static void
drop_worker (ThawSession *self)
{
  g_clear_object (&self->live);
  g_clear_pointer (&self->worker, thaw_worker_unref);
}

static void
end_run (ThawSession *self)
{
  ThawRunEnd *end = thaw_worker_get_end (self->worker);
  ThawRunStatus status = end->row ? end->row->status : THAW_RUN_FAILED;
  gint64 run = end->run;

  if (self->gone_source)
    {
      g_source_remove (self->gone_source);
      tell_gone_cb (self);
    }
  tell_end (self, end);
  if (self->live)
    {
      thaw_run_item_set_live (self->live, FALSE);
      if (end->row)
        thaw_run_item_take_run (self->live, g_steal_pointer (&end->row));
    }
  thaw_session_set_unfinished (self, end->can_go_on ? run : 0);
  if (end->dataset)
    thaw_pictures_refresh (self->pictures, end->dataset);
  show_result (self, end);
  thaw_session_discard (self, g_steal_pointer (&end->dataset));
  drop_worker (self);
  show_idle (self);
  if (run)
    thaw_session_finished (self, run, status);
}

static void
news_cb (gpointer owner, ThawWorker *worker)
{
  g_autoptr (ThawSession) self = g_object_ref (owner);
  g_autoptr (ThawNews) news = thaw_worker_take_news (worker);

  if (news->begun)
    begin_live (self, news);
  grow_curves (self, news);
  tell_gone (self, news);
  if (news->trouble)
    tell_trouble (self, news->trouble);
  if (news->stage == THAW_STAGE_ENDED)
    {
      end_run (self);
      return;
    }
  follow_stage (self, news->stage);
  show_stage (self, news);
}

/* --- what the person asks for --- */

static void
show_start (ThawSession *self)
{
  thaw_session_forget_gone (self);
  thaw_session_set_state (self, THAW_SESSION_STARTING);
  set_status (self, g_strdup (_ ("Starting")), 0, 0, -1);
}

static void
start (ThawSession *self, ThawJob *job)
{
  job->store = self->store;
  g_free (self->applied);
  self->applied = g_strdup (job->network_settings);
  self->worker = thaw_worker_start (job, news_cb, self);
}

ThawTrainOptions *
thaw_session_make_options (ThawSession *self, const ThawPhase *tree)
{
  ThawTrainOptions *options = thaw_options_to_train (self->options, tree);

  options->threads = self->threads;
  options->memory = self->memory;
  options->disk = self->disk;
  g_free (options->cache_directory);
  options->cache_directory = g_strdup (self->cache_folder);
  return options;
}

static ThawTrainOptions *
train_options (ThawSession *self)
{
  g_autoptr (ThawPhase) tree = thaw_phase_new ();

  thaw_network_fill_phase (self->network, tree);
  return thaw_session_make_options (self, tree);
}

/* As things are now that the pictures are copied: of the same moment */
static void
copied_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  ThawSession *self = data;
  ThawJob job = { .options = train_options (self), .dataset = dataset };
  g_autoptr (GError) error = NULL;

  self->train_snapshot = NULL;
  job.model = thaw_network_start_model (self->network, job.options->seed, &error);
  if (!job.model)
    {
      show_idle (self);
      thaw_session_tell (self, _ ("Training cannot start"), error);
      thaw_job_clear (&job);
      return;
    }
  job.network_settings = thaw_network_to_json (self->network);
  job.options_settings = thaw_options_to_json (self->options);
  job.backbone = text_of (self->network, "backbone-name");
  start (self, &job);
}

static void
start_new (ThawSession *self)
{
  show_start (self);
  self->train_snapshot = thaw_snapshot_start (self->pictures, copied_cb, self);
}

void
thaw_session_train_wanted (ThawSession *self)
{
  gboolean wanted = self->train_wanted;

  self->train_wanted = FALSE;
  if (wanted && can_train (self))
    start_new (self);
}

void
thaw_session_train (ThawSession *self)
{
  if (!can_train (self))
    return;
  self->train_wanted = TRUE;
  if (self->store)
    thaw_session_train_wanted (self);
  else
    thaw_session_need_project (self);
}

void
thaw_session_pause (ThawSession *self)
{
  if (!self->worker || self->state == THAW_SESSION_PAUSED || self->state == THAW_SESSION_STOPPING)
    return;
  thaw_worker_pause (self->worker);
}

void
thaw_session_go_on (ThawSession *self)
{
  ThawJob job = { .run = self->unfinished };

  if (self->worker)
    thaw_worker_go_on (self->worker);
  else if (self->state == THAW_SESSION_IDLE && self->store && self->unfinished && !self->read_only && g_queue_is_empty (&self->operations))
    {
      show_start (self);
      start (self, &job);
    }
}

void
thaw_session_stop (ThawSession *self)
{
  if (self->train_snapshot)
    {
      g_clear_pointer (&self->train_snapshot, thaw_snapshot_cancel);
      show_idle (self);
    }
  if (!self->worker)
    return;
  thaw_session_set_state (self, THAW_SESSION_STOPPING);
  thaw_worker_stop (self->worker);
}

ThawWorker *
thaw_session_release_worker (ThawSession *self)
{
  ThawWorker *worker = g_steal_pointer (&self->worker);

  if (self->train_snapshot)
    show_idle (self);
  g_clear_pointer (&self->train_snapshot, thaw_snapshot_cancel);
  if (!worker)
    return NULL;
  thaw_worker_disown (worker);
  thaw_worker_halt (worker);
  if (self->live)
    thaw_run_item_set_live (self->live, FALSE);
  g_clear_object (&self->live);
  show_idle (self);
  return worker;
}
