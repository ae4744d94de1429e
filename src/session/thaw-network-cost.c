/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <thaw/thaw-executor.h>

/* What training will need: memory from the plans of the graphs that will run, time from their multiply-adds and the speed measured here. */

#define DEFAULT_MEMORY ((gsize) 512 << 20)
#define MOST_AHEAD ((gsize) 32 << 20)
/* A window without a run, until it was looked at */
#define USUAL_WINDOW ((gsize) 150 << 20)
/* A picture of a telephone's size, until some of the project's were decoded */
#define USUAL_DECODE .02
/* Shuffling, figures, a checkpoint */
#define EPOCH_SECONDS .0015
/* Moments of Adam */
#define SLOTS 2

typedef struct
{
  const ThawNetwork *network;
  const ThawWork    *work;
  const ThawSpeed   *speed;
  ThawFreeze        *freeze;
  ThawGraph         *before;   /* (nullable) */
  ThawGraph         *after;
  ThawPlanCost       step, validation, features;
  gboolean           cached;   /* features of the training pictures are computed once */
} Prediction;

/* --- memory --- */

static gsize
plan_bytes (const ThawPlanCost *cost)
{
  return cost->buffer_bytes + cost->parameter_bytes;
}

static gsize
record_bytes (const ThawGraph *before)
{
  gsize n = 0;

  for (guint i = 0; i < thaw_graph_n_outputs (before); i++)
    n += (gsize) thaw_shape_count (&thaw_graph_output (before, i)->shape);
  return n * sizeof (float);
}

/* Features, or the pictures themselves where nothing is frozen before the cut */
static gsize
kept_bytes (const Prediction *self)
{
  const ThawWork *work = self->work;
  const gsize ahead = MIN (DEFAULT_MEMORY / 4, MOST_AHEAD);
  const gsize picture = (gsize) thaw_shape_count (&thaw_graph_input (self->network->model->graph, 0)->shape);
  gsize n = work->validation;

  if (!self->before)
    return MIN ((DEFAULT_MEMORY - ahead) / 2, (n + (work->augmented ? 0 : work->train)) * picture);
  n += self->cached ? (gsize) work->train * (work->augmented ? work->variants : 1) : 0;
  n *= record_bytes (self->before);
  return n <= DEFAULT_MEMORY - ahead ? n : DEFAULT_MEMORY - ahead;
}

static gsize
ahead_bytes (const Prediction *self)
{
  const gsize picture = (gsize) thaw_shape_count (&thaw_graph_input (self->network->model->graph, 0)->shape) * sizeof (float);

  return MIN (MIN (DEFAULT_MEMORY / 4, MOST_AHEAD), (gsize) (self->work->train + self->work->validation) * picture);
}

/* First the pass through what is frozen, then steps and validation with what the optimizer, the best epoch and a checkpoint keep; both at once where
 * every epoch has pictures of its own. The weights' file comes into memory as they are packed. */
static gsize
run_bytes (const Prediction *self, gint64 trainable)
{
  const gsize weights = (gsize) trainable * sizeof (float);
  const gsize file = (gsize) (self->network->cost.trainable + self->network->cost.frozen) * sizeof (float);
  const gsize steps = plan_bytes (&self->step) + plan_bytes (&self->validation) + (2 + SLOTS) * weights + (1 + SLOTS) * weights;
  const gsize pass = (self->before ? plan_bytes (&self->features) : 0) + ahead_bytes (self);

  return (self->cached ? MAX (steps, pass) : steps + pass) + kept_bytes (self) + file;
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
  g_autoptr (ThawGraph) validation = NULL;

  thaw_graph_cut (self->network->model->graph, self->freeze, &self->before, &self->after);
  validation = thaw_graph_optimise (self->after);
  thaw_executor_cost (self->after, self->freeze, 0, threads, self->work->batch, &self->step);
  thaw_executor_cost (validation, NULL, 0, threads, self->work->batch, &self->validation);
  if (self->before)
    thaw_executor_cost (self->before, NULL, 0, threads, self->work->batch, &self->features);
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
  cost->memory = (self->window_bytes ? self->window_bytes : USUAL_WINDOW) + run_bytes (&prediction, cost->trainable);
  if (prediction.speed->n_points > 0)
    predict_time (&prediction, cost->trainable, cost);
  g_clear_pointer (&prediction.before, thaw_graph_unref);
  thaw_graph_unref (prediction.after);
  thaw_freeze_free (prediction.freeze);
}
