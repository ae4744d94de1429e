/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-project.h>

/* What training will need: memory from the plans of the graphs that will run, time from their multiply-adds and the speed measured here. */

/* A window without a run, until it was looked at */
#define USUAL_WINDOW ((gsize) 160 << 20)
/* A picture of a telephone's size, until some of the project's were decoded */
#define USUAL_DECODE .02
/* Shuffling, figures */
#define EPOCH_SECONDS .0015
/* A checkpoint: its bytes are hashed, and written to a log and to the file, while training waits. Short epochs share one */
#define STORE_BYTE_SECONDS 1e-8

/* A run that would begin now */
static ThawTrainOptions *
make_options (ThawNetwork *self)
{
  g_autoptr (ThawPhase) tree = thaw_phase_new ();
  ThawTrainOptions *options;

  thaw_network_fill_phase (self, tree);
  if (self->work.options)
    options = self->work.options (self->work.data, tree);
  else
    {
      options = thaw_train_options_new ();
      g_ptr_array_set_size (options->phases, 0);
      g_ptr_array_add (options->phases, g_steal_pointer (&tree));
    }
  options->threads = self->work.threads;
  return options;
}

/* --- time --- */

typedef struct
{
  const ThawWork         *work;
  const ThawSpeed        *speed;
  const ThawTrainOptions *options;
  const ThawTrainCost    *need;
} Prediction;

static double
decode_seconds (const Prediction *self)
{
  const double one = self->work->decode > 0 ? self->work->decode : USUAL_DECODE;

  return one / MAX (self->work->threads, 1);
}

static double
steps_seconds (const Prediction *self)
{
  const double steps = ceil ((double) self->work->train / MAX (self->options->batch, 1));

  return self->work->train * thaw_speed_train (self->speed, self->need->step_multiply_adds)
         + steps * self->speed->weight * (double) self->need->trainable;
}

/* One picture through the whole network */
static double
whole_seconds (const Prediction *self)
{
  return thaw_speed_forward (self->speed, thaw_speed_whole (self->speed));
}

/* After the cut: what is left of the whole network's time */
static double
validation_seconds (const Prediction *self, double before)
{
  return self->work->validation * MAX (whole_seconds (self) - before, 0);
}

static double
store_seconds (const ThawTrainCost *need, double epoch_seconds)
{
  const double whole = ((double) need->trainable * sizeof (float) + (double) (need->moments + need->best)) * STORE_BYTE_SECONDS;

  return epoch_seconds < THAW_PROJECT_SHORT_EPOCH_SECONDS ? whole * epoch_seconds / THAW_PROJECT_SHARE_SECONDS : whole;
}

static void
predict_phase (const Prediction *self, const ThawPhase *phase, ThawPhaseCost *cost)
{
  const ThawWork *work = self->work;
  const ThawTrainOptions *options = self->options;
  const double before = thaw_speed_forward (self->speed, self->need->pass_multiply_adds);
  const double prepared = decode_seconds (self) + before * self->need->pass_time;
  const gboolean augmented = !thaw_augmentation_is_none (&options->augmentation);
  const gboolean frozen_part = self->need->pass_multiply_adds > 0;
  const guint variants = frozen_part ? MIN (options->variants, (guint) phase->epochs) : 0;
  const double once = work->validation + (double) work->train * (augmented ? variants : 1);
  const gboolean fresh = augmented && variants == 0;

  cost->once_seconds = prepared * once;
  cost->epoch_seconds = steps_seconds (self) + validation_seconds (self, before) + EPOCH_SECONDS
                        + prepared * (work->validation + work->train) * (1 - self->need->kept) + (fresh ? prepared * work->train : 0);
  cost->epoch_seconds += store_seconds (self->need, cost->epoch_seconds);
}

/* --- both --- */

static void
add_phase (ThawNetwork *self, const ThawTrainOptions *options, const ThawPhase *phase, ThawCost *cost)
{
  const ThawSpeed *speed = cost->measured ? &self->speed : &self->guess;
  ThawPhaseCost *phase_cost = &cost->phases[cost->n_phases];
  ThawTrainCost need;
  const Prediction prediction = { &self->work, speed, options, &need };

  /* a second phase may name a layer that this network has not */
  if (cost->n_phases == THAW_COST_PHASES || !thaw_train_cost (self->model, phase, options, self->work.train, self->work.validation, &need, NULL))
    return;
  cost->n_phases++;
  phase_cost->epochs = phase->epochs;
  phase_cost->run_memory = need.total;
  if (speed->n_points > 0 && self->work.train > 0)
    {
      predict_phase (&prediction, phase, phase_cost);
      cost->end_seconds = self->work.validation * (decode_seconds (&prediction) + whole_seconds (&prediction));
    }
  cost->memory = MAX (cost->memory, need.total);
  cost->seconds += phase_cost->once_seconds + phase->epochs * phase_cost->epoch_seconds;
}

void
thaw_network_predict (ThawNetwork *self)
{
  ThawCost *cost = &self->cost;
  g_autoptr (ThawTrainOptions) options = NULL;

  cost->measured = self->speed.n_points > 0;
  cost->image_seconds = cost->measured ? self->speed.image : self->guess.image;
  cost->memory = 0;
  cost->seconds = cost->end_seconds = 0;
  cost->n_phases = 0;
  memset (cost->phases, 0, sizeof cost->phases);
  if (!self->model || cost->trainable == 0)
    return;
  options = make_options (self);
  for (guint i = 0; i < options->phases->len; i++)
    add_phase (self, options, g_ptr_array_index (options->phases, i), cost);
  cost->seconds += cost->end_seconds;
  if (cost->memory > 0)
    cost->memory += self->window_bytes ? self->window_bytes : USUAL_WINDOW;
}
