/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

#include <math.h>
#include <thaw/thaw-pool.h>

void
thaw_training_clear (ThawTraining *self)
{
  g_clear_pointer (&self->state, thaw_train_state_free);
  g_clear_pointer (&self->options, thaw_train_options_free);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->project, thaw_cli_project_close);
}

static void
features_cb (gpointer data, guint done, guint total, guint cached)
{
  ThawTraining *self = data;

  thaw_cli_progress (self->cli, "pictures through the frozen part", done, total);
  if (self->cli->json && done == total)
    {
      JsonObject *object = thaw_cli_event ("features");

      json_object_set_int_member (object, "pictures", total);
      json_object_set_int_member (object, "cached", cached);
      thaw_cli_emit (self->cli, object);
    }
}

static double
seconds_of (const ThawTraining *self)
{
  return self->before + (g_get_monotonic_time () - self->began) / 1e6;
}

static gboolean
find_seconds_before (ThawTraining *self, GError **error)
{
  g_autoptr (GArray) steps = thaw_project_steps (self->project, self->run, error);
  const double last
      = steps && steps->len ? g_array_index (steps, ThawProjectStep, steps->len - 1).seconds : 0;

  self->before = isfinite (last) ? last : 0;
  return steps != NULL;
}

static void
step_cb (gpointer data, guint64 step, guint64 n_steps, double loss, double lr)
{
  ThawTraining *self = data;
  g_autofree char *what = NULL;

  /* what could not be written is tried again, and reported, at the next checkpoint */
  self->step = (self->epoch - 1) * n_steps + step;
  thaw_project_add_step (self->project, self->run, self->step, loss, lr, seconds_of (self), NULL);
  if (!self->cli->terminal)
    return;
  what = g_strdup_printf ("steps of epoch %d of %d", self->epoch, self->epochs);
  thaw_cli_progress (self->cli, what, step, n_steps);
}

static void
say_epoch (ThawTraining *self, const ThawEpoch *epoch)
{
  g_autofree char *loss = thaw_text_number (epoch->loss, 4);
  g_autofree char *accuracy = thaw_text_percent (epoch->accuracy);
  g_autofree char *val_loss = thaw_text_number (epoch->val_loss, 4);
  g_autofree char *val_accuracy = thaw_text_percent (epoch->val_accuracy);
  g_autofree char *seconds = thaw_text_seconds (epoch->seconds);

  thaw_cli_say (
      self->cli, "epoch %3d  loss %s  accuracy %s  validation: loss %s  accuracy %s  %s%s",
      epoch->epoch, loss, accuracy, val_loss, val_accuracy, seconds, epoch->best ? "  best" : "");
}

static void
epoch_cb (gpointer data, const ThawEpoch *epoch)
{
  ThawTraining *self = data;

  self->epoch = epoch->epoch + 1;
  if (self->cli->json)
    thaw_cli_emit (self->cli, thaw_cli_epoch (epoch));
  else
    say_epoch (self, epoch);
}

static void
problem_cb (gpointer data, const char *path, const char *reason)
{
  ThawTraining *self = data;
  JsonObject *object = thaw_cli_event ("skipped");

  json_object_set_string_member (object, "path", path);
  json_object_set_string_member (object, "reason", reason);
  thaw_cli_emit (self->cli, object);
  if (!self->cli->json)
    {
      if (self->problems < 10)
        thaw_cli_warn (self->cli, "skipped: %s: %s", path, reason);
      else if (self->problems == 10)
        thaw_cli_warn (self->cli, "more files are skipped (--json lists them all)");
    }
  self->problems++;
}

static void
event_cb (gpointer data, const char *text)
{
  ThawTraining *self = data;
  JsonObject *object = thaw_cli_event ("note");

  json_object_set_string_member (object, "text", text);
  thaw_cli_emit (self->cli, object);
  thaw_cli_say (self->cli, "%s", text);
  thaw_project_add_event (self->project, self->run, self->step, seconds_of (self), text, NULL);
}

static gboolean
checkpoint_cb (gpointer data, const ThawTrainState *state, const ThawEpoch *epoch, GError **error)
{
  ThawTraining *self = data;

  return thaw_project_checkpoint (self->project, self->run, state, epoch, error);
}

void
thaw_training_emit_result (ThawTraining *self)
{
  const ThawTrainSummary *summary = &self->summary;
  JsonObject *object = thaw_cli_event ("done");
  g_autofree char *path = thaw_text_path (thaw_project_path (self->project));

  json_object_set_int_member (object, "train", summary->train);
  json_object_set_int_member (object, "val", summary->val);
  json_object_set_int_member (object, "classes", summary->classes);
  json_object_set_int_member (object, "epochs", summary->epochs);
  json_object_set_int_member (object, "best_epoch", summary->best_epoch);
  json_object_set_double_member (object, "best_val_accuracy", summary->best_val_accuracy);
  json_object_set_double_member (object, "low", self->low);
  json_object_set_double_member (object, "high", self->high);
  json_object_set_double_member (object, "best_val_loss", summary->best_val_loss);
  json_object_set_double_member (object, "last_val_accuracy", summary->last_val_accuracy);
  json_object_set_double_member (
      object, "images_per_second",
      summary->train_seconds > 0 ? summary->images / summary->train_seconds : 0);
  json_object_set_double_member (object, "wall_seconds", self->seconds);
  json_object_set_double_member (object, "feature_seconds", summary->feature_seconds);
  json_object_set_double_member (object, "train_seconds", summary->train_seconds);
  json_object_set_double_member (object, "peak_rss_mib", thaw_peak_rss_mib ());
  json_object_set_int_member (object, "run", self->run);
  json_object_set_string_member (object, "project", path);
  thaw_cli_emit (self->cli, object);
}

void
thaw_training_say_result (ThawTraining *self)
{
  g_autofree char *accuracy
      = thaw_text_interval (self->summary.best_val_accuracy, self->low, self->high);
  g_autofree char *seconds = NULL;
  g_autofree char *path = thaw_text_path (thaw_project_path (self->project));

  self->seconds = (g_get_monotonic_time () - self->began) / 1e6;
  seconds = thaw_text_seconds (self->seconds);
  thaw_cli_say (self->cli,
                "Validation accuracy %s at epoch %d (95 %% interval of %u pictures, which also "
                "chose the epoch); %s, %.0f MiB.",
                accuracy, self->summary.best_epoch, self->summary.val, seconds,
                thaw_peak_rss_mib ());
  thaw_cli_say (self->cli, "The run is in %s.", path);
}

static gboolean
report_test (ThawTraining *self, GError **error)
{
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawEvaluation) evaluation = NULL;
  g_autofree char *accuracy = NULL;
  JsonObject *object;

  if (thaw_dataset_count (self->dataset, THAW_SPLIT_TEST, -1) == 0)
    return TRUE;
  pool = thaw_pool_new (self->options->threads, self->options->nice);
  evaluation = thaw_evaluate (self->model, self->dataset, THAW_SPLIT_TEST, pool,
                              self->cli->cancellable, error);
  if (!evaluation)
    return FALSE;
  accuracy = thaw_text_interval (evaluation->accuracy, evaluation->low, evaluation->high);
  object = thaw_cli_event ("test");
  json_object_set_int_member (object, "pictures", evaluation->n);
  json_object_set_double_member (object, "accuracy", evaluation->accuracy);
  json_object_set_double_member (object, "low", evaluation->low);
  json_object_set_double_member (object, "high", evaluation->high);
  thaw_cli_emit (self->cli, object);
  thaw_cli_say (self->cli,
                "Test accuracy %s (95 %% interval of %u pictures that nothing else was done with).",
                accuracy, evaluation->n);
  return TRUE;
}

static guint
count_hashes (const ThawDataset *dataset)
{
  guint n = 0;

  for (guint i = 0; i < dataset->samples->len; i++)
    n += ((const ThawSample *) g_ptr_array_index (dataset->samples, i))->hash != NULL;
  return n;
}

/* Pictures were read for the first time: their hashes are kept with them. */
static gboolean
keep_hashes (ThawTraining *self, GError **error)
{
  return count_hashes (self->dataset) == self->hashes
         || (thaw_project_set_run_dataset (self->project, self->run, self->dataset, error)
             && (!self->fresh || thaw_project_set_dataset (self->project, self->dataset, error)));
}

/* Also after a failure: how far it came */
static gboolean
end_run (ThawTraining *self, const ThawTrainer *trainer, ThawRunStatus status, GError **error)
{
  ThawTrainSummary *summary = &self->summary;

  thaw_trainer_summary (trainer, summary);
  return keep_hashes (self, error)
         && thaw_project_finish_run (self->project, self->run, status, summary, &self->low,
                                     &self->high, error);
}

static gboolean
stopped (ThawTraining *self, const ThawTrainer *trainer, GError *reason, GError **error)
{
  gboolean interrupted = g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  gboolean full = g_error_matches (reason, THAW_ERROR, THAW_ERROR_NO_SPACE);
  g_autofree char *path = thaw_text_path (thaw_project_path (self->project));

  /* a run that a full disk ended is unfinished: it can go on */
  end_run (self, trainer, interrupted || full ? THAW_RUN_STOPPED : THAW_RUN_FAILED, NULL);
  if (interrupted)
    self->cli->hint = g_strdup_printf ("; go on with: thaw-cli train --resume --project %s", path);
  g_propagate_error (error, reason);
  return FALSE;
}

gboolean
thaw_training_run (ThawTraining *self, GError **error)
{
  const ThawTrainObserver observer = {
    .data = self,
    .features = features_cb,
    .step = step_cb,
    .epoch = epoch_cb,
    .problem = problem_cb,
    .event = event_cb,
    .checkpoint = checkpoint_cb,
    .checkpoint_seconds = self->checkpoint_seconds,
  };
  g_autoptr (ThawTrainer) trainer
      = thaw_trainer_new (self->model, self->dataset, self->options, &observer, error);
  GError *reason = NULL;

  if (!trainer || (self->state && !thaw_trainer_restore (trainer, self->state, error)))
    return FALSE;
  g_clear_pointer (&self->state, thaw_train_state_free);
  if (!find_seconds_before (self, error))
    return FALSE;
  self->hashes = count_hashes (self->dataset);
  self->epoch = MAX (self->epoch, 1);
  for (guint i = 0; i < self->options->phases->len; i++)
    self->epochs += ((const ThawPhase *) g_ptr_array_index (self->options->phases, i))->epochs;
  if (!thaw_trainer_run (trainer, self->cli->cancellable, &reason))
    return stopped (self, trainer, reason, error);
  if (!end_run (self, trainer, THAW_RUN_DONE, error))
    return FALSE;
  thaw_training_say_result (self);
  return report_test (self, error);
}

static gint64
count_trainable (const ThawTraining *self)
{
  gint64 most = 0;

  for (guint i = 0; i < self->options->phases->len; i++)
    {
      g_autoptr (ThawFreeze) freeze
          = thaw_phase_freeze (g_ptr_array_index (self->options->phases, i), self->model, NULL);

      if (freeze)
        most = MAX (most, thaw_model_count (self->model, "", freeze, THAW_WEIGHTS_TRAINABLE));
    }
  return most;
}

void
thaw_training_announce (ThawTraining *self, gboolean resumed)
{
  guint train = thaw_dataset_count (self->dataset, THAW_SPLIT_TRAIN, -1);
  guint val = thaw_dataset_count (self->dataset, THAW_SPLIT_VALIDATION, -1);
  gint64 trains = count_trainable (self);
  gint64 all = thaw_model_count (self->model, "", NULL, THAW_WEIGHTS_ALL);
  g_autofree char *trains_text = thaw_text_count (trains);
  g_autofree char *all_text = thaw_text_count (all);
  g_autofree char *path = thaw_text_path (thaw_project_path (self->project));
  JsonObject *object = thaw_cli_event ("start");

  json_object_set_string_member (object, "project", path);
  json_object_set_int_member (object, "run", self->run);
  json_object_set_boolean_member (object, "resumed", resumed);
  json_object_set_string_member (object, "model", self->model->title);
  json_object_set_int_member (object, "train", train);
  json_object_set_int_member (object, "val", val);
  json_object_set_int_member (object, "classes", self->dataset->classes->len);
  json_object_set_int_member (object, "parameters", all);
  json_object_set_int_member (object, "trainable", trains);
  json_object_set_int_member (object, "threads", self->options->threads);
  thaw_cli_emit (self->cli, object);
  thaw_cli_say (
      self->cli,
      "%s: %s of %s parameters train; %u pictures to train on, %u to validate, %u classes.%s",
      self->model->title, trains_text, all_text, train, val, self->dataset->classes->len,
      resumed ? " Going on with the unfinished run." : "");
}
