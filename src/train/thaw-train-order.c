/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <thaw/thaw-error.h>
#include <thaw/thaw-random.h>

static ThawSample *
sample_at (const ThawTrainer *self, guint32 i)
{
  return g_ptr_array_index (self->dataset->samples, i);
}

guint32
thaw_trainer_variant (const ThawTrainer *self, guint epoch)
{
  if (thaw_augmentation_is_none (&self->options->augmentation))
    return 0;
  return self->options->variants ? 1 + epoch % self->options->variants : epoch;
}

gboolean
thaw_trainer_reuses_pictures (const ThawTrainer *self)
{
  return thaw_augmentation_is_none (&self->options->augmentation) || self->options->variants > 0;
}

/* n / (classes * n of the class), as in scikit-learn's "balanced" */
static void
weigh_classes (ThawTrainer *self, const guint *counts)
{
  if (!self->options->balanced)
    return;
  self->class_weights = g_new (double, self->classes);
  for (gint64 c = 0; c < self->classes; c++)
    self->class_weights[c] = counts[c] ? (double) self->n_order / ((double) self->classes * counts[c]) : 0;
}

static gboolean
check_counts (const ThawTrainer *self, const guint *counts, GError **error)
{
  for (guint c = 0; c < self->dataset->classes->len; c++)
    if (counts[c] == 0)
      {
        g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "class “%s” has no training picture left that can be read: add some, or delete it",
                     (const char *) g_ptr_array_index (self->dataset->classes, c));
        return FALSE;
      }
  return TRUE;
}

static void
list_validation (ThawTrainer *self)
{
  self->validation_order = g_new (ThawLoaderItem, MAX (self->validation->len, 1));
  for (guint i = 0; i < self->validation->len; i++)
    {
      guint32 sample = g_array_index (self->validation, guint32, i);

      if (!thaw_left_out_has (self->left_out, sample))
        self->validation_order[self->n_validation++] = (ThawLoaderItem){ .sample = sample };
    }
}

gboolean
thaw_trainer_make_order (ThawTrainer *self, GError **error)
{
  const guint epoch = self->position.epoch + 1;
  ThawRandom random = thaw_random (self->options->seed, THAW_RANDOM_SHUFFLE, epoch, 0);
  g_autofree guint32 *samples = g_new (guint32, MAX (self->train->len, 1));
  g_autofree guint *counts = g_new0 (guint, self->classes);

  thaw_trainer_clear_order (self);
  for (guint i = 0; i < self->train->len; i++)
    {
      guint32 sample = g_array_index (self->train, guint32, i);

      if (thaw_left_out_missing (self->left_out, sample, epoch))
        continue;
      samples[self->n_order++] = sample;
      counts[sample_at (self, sample)->label]++;
    }
  if (!check_counts (self, counts, error))
    return FALSE;
  thaw_random_shuffle (&random, samples, self->n_order);
  self->order = g_new (ThawLoaderItem, MAX (self->n_order, 1));
  for (guint i = 0; i < self->n_order; i++)
    self->order[i] = (ThawLoaderItem){ .sample = samples[i], .variant = thaw_trainer_variant (self, epoch) };
  weigh_classes (self, counts);
  list_validation (self);
  return TRUE;
}

void
thaw_trainer_clear_order (ThawTrainer *self)
{
  g_clear_pointer (&self->order, g_free);
  g_clear_pointer (&self->validation_order, g_free);
  g_clear_pointer (&self->class_weights, g_free);
  self->n_order = 0;
  self->n_validation = 0;
}

guint64
thaw_trainer_epoch_steps (const ThawTrainer *self)
{
  return (self->n_order + (guint64) self->options->batch - 1) / (guint64) self->options->batch;
}

/* An epoch whose order exists keeps it: the next is the first without the picture. */
void
thaw_trainer_report_left_out (ThawTrainer *self)
{
  const gboolean begun = self->order != NULL || self->position.step > 0;

  thaw_left_out_report (self->left_out, self->position.epoch + 1 + (begun ? 1 : 0), self->observer.problem, self->observer.data);
}
