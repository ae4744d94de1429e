/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <math.h>
#include <thaw/thaw-error.h>

#define CHECKPOINT_SECONDS 60.

static double
seconds_since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1e6;
}

/* Without pauses; @held: self->held_seconds at @start */
static double
worked_since (const ThawTrainer *self, gint64 start, double held)
{
  return MAX (seconds_since (start) - (self->held_seconds - held), 0);
}

static double
rate_at (const ThawTrainer *self, guint64 step)
{
  const double steps = (double) thaw_trainer_epoch_steps (self);
  const double done = self->position.phase_epoch * steps + (double) step;

  return self->phase->lr
         * thaw_schedule_factor (self->phase->schedule, done, self->phase->epochs * steps, self->phase->warmup * steps);
}

/* The run ends: what was reached so far is kept. */
static gboolean
not_finite (ThawTrainer *self, const char *what, double lr, GError **error)
{
  char rate[G_ASCII_DTOSTR_BUF_SIZE];

  thaw_trainer_restore_best (self);
  g_set_error (error, THAW_ERROR, THAW_ERROR_NOT_FINITE,
               "the %s is no longer a number in epoch %u, step %" G_GUINT64_FORMAT
               ": lower the learning rate (now %s) or clip the gradients (clip=1); the weights are those of %s",
               what, self->position.epoch + 1, self->position.step + 1, g_ascii_formatd (rate, sizeof rate, "%.3g", lr),
               self->position.best_epoch ? "the best epoch" : "the start");
  return FALSE;
}

static double
add_losses (const ThawBatch *batch, guint64 *right)
{
  double loss = 0;

  for (gsize i = 0; i < batch->n; i++)
    {
      loss += batch->losses[i];
      *right += batch->right[i];
    }
  return loss;
}

static gboolean
run_step (ThawTrainer *self, GError **error)
{
  ThawTrainPosition *at = &self->position;
  const ThawBatch *batch = &self->batch;
  const double lr = rate_at (self, at->step);
  guint64 right = 0;
  double loss;

  if (!thaw_trainer_train_batch (self, at->step, error))
    return FALSE;
  loss = add_losses (batch, &right);
  if (!isfinite (loss))
    return not_finite (self, "loss", lr, error);
  if (batch->n)
    thaw_trainer_update (self, lr);
  at->loss += loss;
  at->weight += batch->weight;
  at->right += right;
  at->seen += batch->n;
  at->images += batch->n;
  at->step++;
  if (self->observer.step && batch->weight > 0)
    self->observer.step (self->observer.data, at->step, thaw_trainer_epoch_steps (self), loss / batch->weight, lr);
  return TRUE;
}

static gboolean
is_checkpoint_due (const ThawTrainer *self)
{
  const double interval = self->observer.checkpoint_seconds > 0 ? self->observer.checkpoint_seconds : CHECKPOINT_SECONDS;

  return self->observer.checkpoint && seconds_since (self->last_checkpoint) >= interval;
}

/* The steps that are left; a checkpoint lies between steps. */
static gboolean
run_steps (ThawTrainer *self, GError **error)
{
  const guint64 n = thaw_trainer_epoch_steps (self);
  gboolean good = TRUE;

  while (good && self->position.step < n)
    {
      good = !g_cancellable_set_error_if_cancelled (self->cancellable, error) && thaw_trainer_heed (self, error) && run_step (self, error);
      if (good && self->position.step < n && is_checkpoint_due (self))
        good = thaw_trainer_offer_state (self, NULL, error);
    }
  return good;
}

void
thaw_trainer_begin_items (ThawTrainer *self, const ThawLoaderItem *items, gsize n, gsize from)
{
  if (self->features)
    thaw_features_begin (self->features, items, n, from);
  else
    thaw_feed_begin (self->pictures, items, n, from, NULL);
}

void
thaw_trainer_end_items (ThawTrainer *self)
{
  if (self->features)
    thaw_features_end (self->features);
  else
    thaw_feed_end (self->pictures);
}

/* Training's values and those of validation are never there together. */
static gboolean
validate (ThawTrainer *self, ThawEpoch *epoch, GError **error)
{
  gboolean good;

  thaw_executor_rest (self->executor);
  thaw_executor_refresh (self->validator);
  thaw_trainer_begin_items (self, self->validation_order, self->n_validation, 0);
  good = thaw_trainer_validate (self, &epoch->val_loss, &epoch->val_accuracy, error);
  thaw_trainer_end_items (self);
  thaw_executor_rest (self->validator);
  if (good && !isfinite (epoch->val_loss))
    return not_finite (self, "validation loss", epoch->lr, error);
  return good;
}

/* The highest accuracy is the best, of equal ones that with the lowest loss. */
static void
remember_best (ThawTrainer *self, ThawEpoch *epoch)
{
  ThawTrainPosition *at = &self->position;

  epoch->best = at->best_epoch == 0 || epoch->val_accuracy > at->best_accuracy
                || (epoch->val_accuracy == at->best_accuracy && epoch->val_loss < at->best_loss);
  if (!epoch->best)
    return;
  at->best_accuracy = epoch->val_accuracy;
  at->best_loss = epoch->val_loss;
  at->best_epoch = at->epoch;
  g_clear_pointer (&self->best, thaw_tensor_map_unref);
  g_clear_pointer (&self->start, thaw_tensor_map_unref);
  self->best = thaw_trainer_copy_moved (self);
  self->best_changed = TRUE;
}

static void
count_patience (ThawTrainPosition *at, double val_loss)
{
  if (val_loss < at->phase_loss)
    {
      at->phase_loss = val_loss;
      at->waited = 0;
    }
  else
    at->waited++;
}

static void
close_epoch (ThawTrainer *self, ThawEpoch *epoch)
{
  ThawTrainPosition *at = &self->position;

  at->epoch++;
  at->phase_epoch++;
  at->last_accuracy = epoch->val_accuracy;
  epoch->phase = (int) at->phase;
  epoch->epoch = (int) at->epoch;
  epoch->loss = at->weight > 0 ? at->loss / at->weight : 0;
  epoch->accuracy = at->seen ? (double) at->right / (double) at->seen : 0;
  count_patience (at, epoch->val_loss);
  remember_best (self, epoch);
  at->step = 0;
  at->loss = at->weight = 0;
  at->right = at->seen = 0;
}

static gboolean
run_order (ThawTrainer *self, ThawEpoch *epoch, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  const double held = self->held_seconds;
  const guint64 images = self->position.images;
  gboolean good;

  thaw_trainer_reserve_batch (self, MIN ((gsize) self->options->batch, self->n_order));
  thaw_trainer_begin_items (self, self->order, self->n_order, (gsize) self->position.step * (gsize) self->options->batch);
  good = run_steps (self, error);
  thaw_trainer_end_items (self);
  epoch->seconds = worked_since (self, start, held);
  epoch->images_per_second = (double) (self->position.images - images) / MAX (epoch->seconds, 1e-6);
  epoch->lr = rate_at (self, MAX (thaw_trainer_epoch_steps (self), 1) - 1);
  good = good && validate (self, epoch, error);
  epoch->seconds = worked_since (self, start, held);
  self->position.train_seconds += epoch->seconds;
  return good;
}

gboolean
thaw_trainer_run_epoch (ThawTrainer *self, GError **error)
{
  ThawEpoch epoch = { 0 };
  gboolean good = thaw_trainer_make_order (self, error) && run_order (self, &epoch, error);

  if (good)
    close_epoch (self, &epoch);
  thaw_trainer_clear_order (self);
  if (!good)
    return FALSE;
  if (self->observer.epoch)
    self->observer.epoch (self->observer.data, &epoch);
  return thaw_trainer_offer_state (self, &epoch, error);
}
