/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>

#define DEFAULT_MEMORY ((gsize) 512 << 20)
/* More does not make decoding faster; where pictures go into training itself, they are taken slowly. */
#define MOST_AHEAD ((gsize) 32 << 20)
#define MOST_AHEAD_TRAINING ((gsize) 16 << 20)

static void
announce (ThawTrainer *self)
{
  g_autofree char *text = NULL;

  if (!self->observer.event)
    return;
  text = g_strdup_printf ("phase %u of %u: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " weights train", self->position.phase + 1,
                          self->options->phases->len, thaw_model_count (self->model, "", self->freeze, THAW_WEIGHTS_TRAINABLE),
                          thaw_model_count (self->model, "", NULL, THAW_WEIGHTS_ALL));
  self->observer.event (self->observer.data, text);
}

/* Never silently: what is computed otherwise than in float32, or why it is not. */
static void
announce_precision (ThawTrainer *self)
{
  if (!self->observer.event || !self->before || self->options->precision == THAW_PRECISION_FLOAT32)
    return;
  self->observer.event (self->observer.data, thaw_precision_check (self->options->precision, NULL)
                                                 ? "what does not train is computed in bfloat16"
                                                 : "what does not train is computed in float32: this processor has no products of bfloat16");
}

static ThawFeed *
make_pictures (ThawTrainer *self, gsize ahead, gsize keep)
{
  const ThawFeedOptions options = {
    .dataset = self->dataset,
    .preprocessing = &self->model->preprocessing,
    .augmentation = thaw_augmentation_is_none (&self->options->augmentation) ? NULL : &self->options->augmentation,
    .seed = self->options->seed,
    .left_out = self->left_out,
    .n_threads = thaw_pool_n_threads (self->pool),
    .ahead = ahead,
    .keep = keep,
  };

  return thaw_feed_new (&options);
}

static gboolean
breathe_cb (gpointer data, GError **error)
{
  return thaw_trainer_breathe (data, error);
}

static ThawFeatures *
make_features (ThawTrainer *self, gsize memory)
{
  const ThawFeaturesOptions options = {
    .model = self->model,
    .dataset = self->dataset,
    .before = self->before,
    .options = self->options,
    .pool = self->pool,
    .pictures = self->pictures,
    .left_out = self->left_out,
    .observer = &self->observer,
    .breathe = breathe_cb,
    .breathe_data = self,
    .memory = memory,
  };

  return thaw_features_new (&options);
}

/* What is kept is features, or the pictures themselves where nothing is frozen before the cut: then decoding is a small part of the
 * work, and the network's values want the memory. */
ThawTrainBudget
thaw_train_budget (const ThawTrainOptions *options, gboolean frozen_part)
{
  const gsize memory = options->memory ? options->memory : DEFAULT_MEMORY;
  const gsize ahead = MIN (memory / 4, frozen_part ? MOST_AHEAD : MOST_AHEAD_TRAINING);

  return (ThawTrainBudget){ .ahead = ahead, .features = frozen_part ? memory - ahead : 0, .keep = frozen_part ? 0 : (memory - ahead) / 2 };
}

static void
make_sources (ThawTrainer *self)
{
  const ThawTrainBudget budget = thaw_train_budget (self->options, self->before != NULL);

  self->pictures = make_pictures (self, budget.ahead, budget.keep);
  self->features = self->before ? make_features (self, budget.features) : NULL;
}

static void
append_items (GArray *items, const GArray *samples, guint32 variant)
{
  for (guint i = 0; i < samples->len; i++)
    {
      ThawLoaderItem item = { .sample = g_array_index (samples, guint32, i), .variant = variant };

      g_array_append_val (items, item);
    }
}

static gboolean
has_variant (const GArray *variants, guint32 variant)
{
  for (guint i = 0; i < variants->len; i++)
    if (g_array_index (variants, guint32, i) == variant)
      return TRUE;
  return FALSE;
}

/* All that the epochs left in the phase will ask for more than once */
static GArray *
list_items (const ThawTrainer *self)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (ThawLoaderItem));
  g_autoptr (GArray) variants = g_array_new (FALSE, FALSE, sizeof (guint32));
  const guint left = (guint) self->phase->epochs - self->position.phase_epoch;

  append_items (items, self->validation, 0);
  for (guint i = 1; i <= left && thaw_trainer_reuses_pictures (self); i++)
    {
      guint32 variant = thaw_trainer_variant (self, self->position.epoch + i);

      if (has_variant (variants, variant))
        continue;
      g_array_append_val (variants, variant);
      append_items (items, self->train, variant);
    }
  return items;
}

static gboolean
run_features (ThawTrainer *self, GError **error)
{
  const gint64 start = g_get_monotonic_time ();
  const double held = self->held_seconds;
  g_autoptr (GArray) items = NULL;
  gboolean good = TRUE;

  if (self->features)
    {
      items = list_items (self);
      good = thaw_features_prepare (self->features, (const ThawLoaderItem *) items->data, items->len, self->cancellable, error);
    }
  self->position.feature_seconds += MAX ((double) (g_get_monotonic_time () - start) / 1e6 - (self->held_seconds - held), 0);
  thaw_trainer_report_left_out (self);
  return good;
}

static gboolean
make_executors (ThawTrainer *self, GError **error)
{
  const ThawExecutorOptions training = { .pool = self->pool, .training = self->freeze };
  const ThawExecutorOptions inference = { .pool = self->pool };
  g_autoptr (ThawGraph) validation = thaw_graph_optimise (self->after);

  self->executor = thaw_executor_new (self->after, self->model->parameters, &training, error);
  self->validator = self->executor ? thaw_executor_new (validation, self->model->parameters, &inference, error) : NULL;
  return self->validator != NULL;
}

static gboolean
choose_freezing (ThawTrainer *self, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (ThawGraph) before = NULL;

  self->phase = self->changed ? self->changed : g_ptr_array_index (self->options->phases, self->position.phase);
  self->freeze = thaw_phase_freeze (self->phase, self->model, error);
  if (!self->freeze)
    return FALSE;
  names = thaw_trainer_phase_names (self, self->freeze);
  thaw_trainer_add_moved (self, names);
  thaw_graph_cut (self->model->graph, self->freeze, &before, &self->after);
  self->before = before ? thaw_graph_in_precision (before, self->options->precision) : NULL;
  self->used_bf16 |= self->before != before;
  return TRUE;
}

gboolean
thaw_trainer_open_phase (ThawTrainer *self, GError **error)
{
  if (!choose_freezing (self, error))
    return FALSE;
  announce (self);
  announce_precision (self);
  make_sources (self);
  if (!run_features (self, error) || !make_executors (self, error))
    return FALSE;
  thaw_trainer_make_updates (self);
  return TRUE;
}

static void
close_cut (ThawTrainer *self)
{
  thaw_trainer_clear_updates (self);
  g_clear_pointer (&self->executor, thaw_executor_free);
  g_clear_pointer (&self->validator, thaw_executor_free);
  g_clear_pointer (&self->features, thaw_features_free);
  g_clear_pointer (&self->pictures, thaw_feed_free);
  g_clear_pointer (&self->before, thaw_graph_unref);
  g_clear_pointer (&self->after, thaw_graph_unref);
  g_clear_pointer (&self->freeze, thaw_freeze_free);
  self->phase = NULL;
}

void
thaw_trainer_close_phase (ThawTrainer *self)
{
  thaw_trainer_clear_order (self);
  close_cut (self);
}

gboolean
thaw_trainer_cut_again (ThawTrainer *self, GError **error)
{
  g_autoptr (GArray) items = NULL;

  thaw_trainer_stash_updates (self);
  close_cut (self);
  if (!choose_freezing (self, error))
    return FALSE;
  make_sources (self);
  items = list_items (self);
  if (self->features && !thaw_features_fill (self->features, (const ThawLoaderItem *) items->data, items->len, error))
    return FALSE;
  if (!make_executors (self, error))
    return FALSE;
  thaw_trainer_make_updates (self);
  return TRUE;
}
