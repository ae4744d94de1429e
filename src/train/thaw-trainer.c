/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-samples.h"
#include "thaw-train-control.h"
#include "thaw-trainer-private.h"

#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-text.h>

/* A name that covers nothing is better heard of before the first phase than after it. */
static gboolean
check_phases (const ThawModel *model, const ThawTrainOptions *options, GError **error)
{
  for (guint i = 0; i < options->phases->len; i++)
    {
      g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (g_ptr_array_index (options->phases, i), model, error);

      if (!freeze)
        return FALSE;
    }
  if (options->phases->len == 0)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "there is no phase to train");
  return options->phases->len > 0;
}

static gboolean
check_classes (const ThawModel *model, const ThawDataset *dataset, GError **error)
{
  if (thaw_model_n_classes (model) == dataset->classes->len)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "the model has %" G_GINT64_FORMAT " classes, the pictures have %u: give the model a new head", thaw_model_n_classes (model),
               dataset->classes->len);
  return FALSE;
}

ThawTrainer *
thaw_trainer_new (ThawModel *model, ThawDataset *dataset, const ThawTrainOptions *options, const ThawTrainObserver *observer, GError **error)
{
  ThawTrainer *self;

  if (!thaw_dataset_check (dataset, error) || !check_classes (model, dataset, error) || !check_phases (model, options, error))
    return NULL;
  self = g_new0 (ThawTrainer, 1);
  self->model = thaw_model_ref (model);
  self->dataset = thaw_dataset_ref (dataset);
  self->options = thaw_train_options_copy (options);
  self->observer = observer ? *observer : (ThawTrainObserver){ 0 };
  self->pool = thaw_pool_new (options->threads ? options->threads : thaw_pool_default_threads (), options->nice);
  self->classes = thaw_model_n_classes (model);
  self->left_out = thaw_left_out_new (dataset);
  self->train = thaw_dataset_indices (dataset, THAW_SPLIT_TRAIN);
  self->validation = thaw_dataset_indices (dataset, THAW_SPLIT_VALIDATION);
  self->moved = g_ptr_array_new_with_free_func (g_free);
  self->start = thaw_tensor_map_new ();
  self->restored_since = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->position.phase_loss = G_MAXDOUBLE;
  return self;
}

void
thaw_trainer_free (ThawTrainer *self)
{
  if (!self)
    return;
  thaw_trainer_close_phase (self);
  thaw_trainer_clear_batch (self);
  g_clear_pointer (&self->best, thaw_tensor_map_unref);
  g_clear_pointer (&self->start, thaw_tensor_map_unref);
  g_clear_pointer (&self->restored, thaw_tensor_map_unref);
  g_clear_pointer (&self->changed, thaw_phase_free);
  g_clear_pointer (&self->control, thaw_train_control_unref);
  g_hash_table_unref (self->restored_since);
  g_ptr_array_unref (self->moved);
  g_array_unref (self->train);
  g_array_unref (self->validation);
  thaw_left_out_free (self->left_out);
  thaw_pool_free (self->pool);
  thaw_train_options_free (self->options);
  thaw_dataset_unref (self->dataset);
  thaw_model_unref (self->model);
  g_free (self);
}

void
thaw_trainer_set_control (ThawTrainer *self, ThawTrainControl *control)
{
  thaw_train_control_ref (control);
  g_clear_pointer (&self->control, thaw_train_control_unref);
  self->control = control;
}

gboolean
thaw_trainer_restore (ThawTrainer *self, const ThawTrainState *state, GError **error)
{
  return thaw_trainer_read_state (self, state, error);
}

static gboolean
is_phase_over (const ThawTrainer *self)
{
  const ThawPhase *phase = g_ptr_array_index (self->options->phases, self->position.phase);

  return self->position.phase_epoch >= (guint) phase->epochs || (phase->patience && self->position.waited >= (guint) phase->patience);
}

static void
tell_early_end (const ThawTrainer *self)
{
  const ThawPhase *phase = g_ptr_array_index (self->options->phases, self->position.phase);
  g_autofree char *text = NULL;

  if (!self->observer.event || self->position.phase_epoch >= (guint) phase->epochs)
    return;
  text = g_strdup_printf ("phase %u ends early: no lower validation loss for %d epochs", self->position.phase + 1, phase->patience);
  self->observer.event (self->observer.data, text);
}

/* The next begins with the best weights so far and a new optimizer. */
static void
end_phase (ThawTrainer *self)
{
  ThawTrainPosition *at = &self->position;

  tell_early_end (self);
  thaw_trainer_close_phase (self);
  thaw_trainer_restore_best (self);
  g_clear_pointer (&self->restored, thaw_tensor_map_unref);
  g_clear_pointer (&self->changed, thaw_phase_free);
  at->phase++;
  at->phase_epoch = 0;
  at->optimizer_steps = 0;
  at->phase_loss = G_MAXDOUBLE;
  at->waited = 0;
}

static gboolean
run_phase (ThawTrainer *self, GError **error)
{
  if (is_phase_over (self))
    return TRUE;
  if (!thaw_trainer_open_phase (self, error))
    return FALSE;
  while (!is_phase_over (self))
    if (!thaw_trainer_run_epoch (self, error))
      return FALSE;
  return TRUE;
}

static gboolean
run_phases (ThawTrainer *self, GError **error)
{
  while (self->position.phase < self->options->phases->len)
    {
      if (!run_phase (self, error))
        return FALSE;
      end_phase (self);
    }
  return TRUE;
}

/* What bfloat16 did to the answers: the best weights once more, in float32. */
static gboolean
tell_accuracies (ThawTrainer *self, GError **error)
{
  g_autoptr (ThawEvaluation) exact = NULL;
  g_autofree char *fast_text = NULL, *exact_text = NULL, *text = NULL;

  if (self->options->precision == THAW_PRECISION_FLOAT32 || !self->used_bf16 || !self->observer.event || self->validation->len == 0)
    return TRUE;
  exact = thaw_evaluate (self->model, self->dataset, THAW_SPLIT_VALIDATION, self->pool, self->cancellable, error);
  if (!exact)
    return FALSE;
  fast_text = thaw_text_percent (self->position.best_accuracy);
  exact_text = thaw_text_percent (exact->accuracy);
  text = g_strdup_printf ("validation accuracy: %s in bfloat16, %s in float32", fast_text, exact_text);
  self->observer.event (self->observer.data, text);
  return TRUE;
}

/* On cancellation everything up to the last whole step is offered; what the observer makes of it is more important than that it was
 * cancelled. */
static void
offer_on_cancel (ThawTrainer *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || thaw_trainer_offer_state (self, NULL, &reason))
    return;
  g_clear_error (error);
  *error = g_steal_pointer (&reason);
}

gboolean
thaw_trainer_run (ThawTrainer *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) reason = NULL;
  gulong wake = 0;
  gboolean good;

  self->cancellable = cancellable;
  self->thread = g_thread_self ();
  if (self->control && cancellable)
    wake = g_cancellable_connect (cancellable, G_CALLBACK (thaw_train_control_wake_cb), self->control, NULL);
  self->last_checkpoint = g_get_monotonic_time ();
  thaw_samples_refresh (self->dataset, self->left_out);
  thaw_trainer_report_left_out (self);
  good = run_phases (self, &reason) && tell_accuracies (self, &reason);
  if (!good)
    offer_on_cancel (self, &reason);
  thaw_trainer_close_phase (self);
  g_cancellable_disconnect (cancellable, wake);
  self->cancellable = NULL;
  if (!good)
    g_propagate_error (error, g_steal_pointer (&reason));
  return good;
}

void
thaw_trainer_summary (const ThawTrainer *self, ThawTrainSummary *summary)
{
  const ThawTrainPosition *at = &self->position;

  *summary = (ThawTrainSummary){
    .epochs = (int) at->epoch,
    .best_val_accuracy = at->best_accuracy,
    .best_val_loss = at->best_loss,
    .last_val_accuracy = at->last_accuracy,
    .best_epoch = (int) at->best_epoch,
    .feature_seconds = at->feature_seconds,
    .train_seconds = at->train_seconds,
    .images = at->images,
    .train = self->train->len,
    .val = self->validation->len,
    .classes = self->dataset->classes->len,
  };
}
