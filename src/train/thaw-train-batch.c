/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <math.h>
#include <thaw/thaw-error.h>

void
thaw_trainer_reserve_batch (ThawTrainer *self, gsize n)
{
  ThawBatch *batch = &self->batch;

  if (n <= self->batch_room)
    return;
  batch->positions = g_renew (guint32, batch->positions, n);
  batch->samples = g_renew (guint64, batch->samples, n);
  batch->labels = g_renew (int, batch->labels, n);
  batch->losses = g_renew (double, batch->losses, n);
  batch->right = g_renew (guint8, batch->right, n);
  self->batch_room = n;
}

void
thaw_trainer_clear_batch (ThawTrainer *self)
{
  g_free (self->batch.positions);
  g_free (self->batch.samples);
  g_free (self->batch.labels);
  g_free (self->batch.losses);
  g_free (self->batch.right);
  self->batch = (ThawBatch){ 0 };
  self->batch_room = 0;
}

/* The pictures @from .. @to - 1 of @order that can be read */
static void
fill_batch (ThawTrainer *self, const ThawLoaderItem *order, gsize from, gsize to)
{
  ThawBatch *batch = &self->batch;

  batch->n = 0;
  for (gsize i = from; i < to; i++)
    {
      const ThawSample *sample = g_ptr_array_index (self->dataset->samples, order[i].sample);

      if (thaw_left_out_has (self->left_out, order[i].sample))
        continue;
      batch->positions[batch->n] = (guint32) i;
      batch->samples[batch->n] = order[i].sample;
      batch->labels[batch->n++] = sample->label;
    }
  batch->weight = thaw_cross_entropy_weight ((gint64) batch->n, batch->labels, batch->class_weights);
}

/* --- called by the executor, in its threads --- */

static gboolean
load_pictures (ThawTrainer *self, gsize first, gsize n, float *output)
{
  gboolean good = TRUE;

  for (gsize i = 0; i < n; i++)
    good &= thaw_feed_take (self->pictures, self->batch.positions[first + i], output + i * thaw_feed_size (self->pictures));
  return good;
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  ThawTrainer *self = data;

  if (self->features)
    thaw_features_load (self->features, (gsize) first, (gsize) n, inputs);
  else if (!load_pictures (self, (gsize) first, (gsize) n, inputs[0]))
    {
      /* nobody reads it: the batch is taken again without the picture */
      g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "a picture cannot be read");
      return FALSE;
    }
  return TRUE;
}

static gboolean
validation_load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  ThawTrainer *self = data;

  if (!thaw_trainer_breathe (self, error))
    return FALSE;
  if (self->features)
    thaw_features_load (self->features, (gsize) first, (gsize) n, inputs);
  else
    load_pictures (self, (gsize) first, (gsize) n, inputs[0]);
  return TRUE;
}

static gboolean
is_right (const float *logits, gint64 classes, int label)
{
  for (gint64 c = 0; c < classes; c++)
    if (c < label ? logits[c] >= logits[label] : logits[c] > logits[label])
      return FALSE;
  return isfinite (logits[label]);
}

static void
judge (ThawTrainer *self, gsize first, gsize n, const float *logits, float *gradient)
{
  ThawBatch *batch = &self->batch;

  thaw_cross_entropy_f32 ((gint64) n, self->classes, logits, batch->labels + first, batch->smoothing, batch->class_weights, batch->weight,
                          gradient, batch->losses + first);
  for (gsize i = 0; i < n; i++)
    batch->right[first + i] = is_right (logits + i * (gsize) self->classes, self->classes, batch->labels[first + i]);
}

static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  judge (data, (gsize) first, (gsize) n, outputs[0], d_outputs[0]);
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  judge (data, (gsize) first, (gsize) n, outputs[0], NULL);
}

/* --- batches --- */

/* Fills the batch and makes its features ready, without the pictures that turn out to be unreadable. */
static gboolean
prepare_batch (ThawTrainer *self, const ThawLoaderItem *order, gsize from, gsize to, GError **error)
{
  gsize n;

  fill_batch (self, order, from, to);
  do
    {
      n = self->batch.n;
      if (self->features && n && !thaw_features_stage (self->features, self->batch.positions, n, self->cancellable, error))
        return FALSE;
      thaw_trainer_report_left_out (self);
      fill_batch (self, order, from, to);
    }
  while (self->batch.n < n);
  return TRUE;
}

gboolean
thaw_trainer_train_batch (ThawTrainer *self, guint64 step, GError **error)
{
  static const ThawExecutorIo io = { .load = load_cb, .loss = loss_cb };
  const gsize from = (gsize) step * (gsize) self->options->batch, to = MIN (from + (gsize) self->options->batch, self->n_order);

  self->batch.smoothing = self->options->label_smoothing;
  self->batch.class_weights = self->class_weights;
  while (TRUE)
    {
      g_autoptr (GError) reason = NULL;
      gsize n;

      if (!prepare_batch (self, self->order, from, to, error))
        return FALSE;
      n = self->batch.n;
      if (n == 0
          || thaw_executor_train (self->executor, (gint64) n, self->options->seed, self->position.epoch + 1, self->batch.samples, &io, self,
                                  &reason))
        return TRUE;
      fill_batch (self, self->order, from, to);
      if (self->batch.n == n)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }
}

typedef struct
{
  double loss;
  gsize  right, seen;
} Tally;

static gboolean
validate_range (ThawTrainer *self, gsize from, gsize to, Tally *tally, GError **error)
{
  static const ThawExecutorIo io = { .load = validation_load_cb, .store = store_cb };
  const ThawBatch *batch = &self->batch;

  if (!prepare_batch (self, self->validation_order, from, to, error)
      || !thaw_executor_forward (self->validator, (gint64) batch->n, &io, self, self->cancellable, error))
    return FALSE;
  for (gsize i = 0; i < batch->n; i++)
    if (!thaw_left_out_has (self->left_out, (guint32) batch->samples[i]))
      {
        tally->loss += batch->losses[i];
        tally->right += batch->right[i];
        tally->seen++;
      }
  thaw_trainer_report_left_out (self);
  return TRUE;
}

gboolean
thaw_trainer_validate (ThawTrainer *self, double *loss, double *accuracy, GError **error)
{
  /* features that are not in memory are staged for some pictures at a time */
  const gsize chunk = !self->features || thaw_features_resident (self->features) ? self->n_validation : (gsize) MAX (self->options->batch, 32);
  Tally tally = { 0 };

  self->batch.smoothing = 0;
  self->batch.class_weights = NULL;
  thaw_trainer_reserve_batch (self, MIN (chunk, self->n_validation));
  for (gsize from = 0; from < self->n_validation; from += chunk)
    if (!validate_range (self, from, MIN (from + chunk, self->n_validation), &tally, error))
      return FALSE;
  if (tally.seen == 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "no validation picture is left that can be read: add some, or choose another split");
      return FALSE;
    }
  *loss = tally.loss / (double) tally.seen;
  *accuracy = (double) tally.right / (double) tally.seen;
  return TRUE;
}
