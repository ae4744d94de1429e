/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <thaw/thaw-executor.h>

/* What training will need: memory from the plans of the graphs that will run, time from their multiply-adds and the speed measured here. */

/* A window without a run, until it was looked at */
#define USUAL_WINDOW ((gsize) 150 << 20)
/* A picture of a telephone's size, until some of the project's were decoded */
#define USUAL_DECODE .02
/* Shuffling, figures, a checkpoint */
#define EPOCH_SECONDS .0015

typedef struct
{
  const ThawNetwork *network;
  const ThawWork    *work;
  const ThawSpeed   *speed;
  ThawFreeze        *freeze;
  ThawGraph         *before;   /* (nullable) */
  ThawGraph         *after;
  ThawPlanCost       step;
  gboolean           cached;   /* features of the training pictures are computed once */
} Prediction;

/* --- memory --- */

/* What a run adds to the process, with the file of the weights, which comes into memory as they are packed; 0 where nothing can be said */
static gsize
run_bytes (ThawNetwork *self)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  ThawTrainCost cost;

  thaw_network_fill_phase (self, phase);
  options->batch = self->work.batch;
  options->threads = self->work.threads;
  options->variants = self->work.variants;
  if (self->work.augmented)
    thaw_augmentation_parse (&options->augmentation, "light", NULL);
  if (!thaw_train_cost (self->model, phase, options, self->work.train, self->work.validation, &cost, NULL))
    return 0;
  return cost.total + (gsize) (self->cost.trainable + self->cost.frozen) * sizeof (float);
}

/* --- time --- */

static double
decode_seconds (const Prediction *self)
{
  const double one = self->work->decode > 0 ? self->work->decode : USUAL_DECODE;

  return one / MAX (self->work->threads, 1);
}

static void
predict_time (const Prediction *self, gint64 trainable, ThawCost *cost)
{
  const ThawWork *work = self->work;
  const ThawSpeed *speed = self->speed;
  const double before = self->before ? thaw_speed_forward (speed, thaw_graph_multiply_adds (self->before)) : 0;
  const double after = thaw_speed_forward (speed, thaw_speed_whole (speed)) - before;
  const double prepared = decode_seconds (self) + before;
  const double steps = (work->train + work->batch - 1) / MAX (work->batch, 1);

  cost->image_seconds = speed->image;
  if (work->train == 0)
    return;
  cost->epoch_seconds = work->train * thaw_speed_train (speed, self->step.multiply_adds) + work->validation * MAX (after, 0)
                        + steps * speed->weight * (double) trainable + EPOCH_SECONDS;
  if (self->cached)
    cost->once_seconds = prepared * (work->validation + (double) work->train * (work->augmented ? work->variants : 1));
  else if (self->before)
    {
      cost->once_seconds = prepared * work->validation;
      cost->epoch_seconds += prepared * work->train;
    }
  else if (work->augmented)
    {
      cost->once_seconds = decode_seconds (self) * work->validation;
      cost->epoch_seconds += decode_seconds (self) * work->train;
    }
  else
    cost->once_seconds = decode_seconds (self) * (work->validation + work->train);
}

/* --- both --- */

static void
plan (Prediction *self)
{
  const guint threads = MAX (self->work->threads, 1);
  thaw_graph_cut (self->network->model->graph, self->freeze, &self->before, &self->after);
  thaw_executor_cost (self->after, self->freeze, 0, threads, self->work->batch, &self->step);
  self->cached = self->before && (!self->work->augmented || self->work->variants > 0);
}

void
thaw_network_predict (ThawNetwork *self)
{
  ThawSpeed guess;
  Prediction prediction = { .network = self, .work = &self->work, .speed = &self->speed };
  ThawCost *cost = &self->cost;

  cost->measured = self->speed.n_points > 0;
  cost->memory = 0;
  cost->once_seconds = cost->epoch_seconds = 0;
  if (!self->model || cost->trainable == 0)
    return;
  prediction.freeze = thaw_network_freeze (self);
  plan (&prediction);
  if (!cost->measured)
    {
      guess = self->guess;
      prediction.speed = &guess;
    }
  cost->memory = run_bytes (self);
  if (cost->memory > 0)
    cost->memory += self->window_bytes ? self->window_bytes : USUAL_WINDOW;
  if (prediction.speed->n_points > 0)
    predict_time (&prediction, cost->trainable, cost);
  g_clear_pointer (&prediction.before, thaw_graph_unref);
  thaw_graph_unref (prediction.after);
  thaw_freeze_free (prediction.freeze);
}
