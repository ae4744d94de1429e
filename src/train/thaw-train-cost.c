/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-trainer-private.h"

#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-size.h>

typedef struct
{
  const ThawModel        *model;
  const ThawTrainOptions *options;
  guint                   threads;
  guint                   train, validation;
  gsize                   size;       /* floats of a prepared picture */
  ThawGraph              *before, *after;
} Costing;

static gsize
parameter_bytes (const ThawModel *model)
{
  gsize bytes = 0;

  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    bytes += thaw_tensor_map_at (model->parameters, i)->bytes;
  return bytes;
}

/* Each epoch has pictures that no other has */
static gboolean
is_fresh (const Costing *self)
{
  return !thaw_augmentation_is_none (&self->options->augmentation) && self->options->variants == 0;
}

/* Different pictures that go through the frozen part once, in the whole phase */
static gsize
count_kept (const Costing *self, const ThawPhase *phase)
{
  gsize times = 1;

  if (!thaw_augmentation_is_none (&self->options->augmentation))
    times = MIN (self->options->variants, (guint) phase->epochs);
  return self->validation + times * self->train;
}

static gsize
record_bytes (const ThawGraph *before)
{
  gsize count = 0;

  for (guint i = 0; i < thaw_graph_n_outputs (before); i++)
    count += (gsize) thaw_shape_count (&thaw_graph_output (before, i)->shape);
  return count * sizeof (float);
}

static ThawPlanCost
plan_cost (const ThawGraph *graph, const ThawFreeze *training, const Costing *self, gsize pictures)
{
  ThawPlanCost cost;

  thaw_executor_cost (graph, training, 0, self->threads, (gint64) MAX (pictures, 1), &cost);
  return cost;
}

/* Forward of one picture on one core, as planned */
static double
planned_seconds (const ThawGraph *graph, const Costing *self)
{
  const ThawExecutorOptions options = { 0 };
  g_autoptr (GArray) rows = thaw_executor_describe (graph, &options, self->threads, 8);
  double seconds = 0;

  for (guint i = 0; i < rows->len; i++)
    seconds += g_array_index (rows, ThawPlanRow, i).seconds;
  return seconds;
}

/* What lies before the cut in the precision that is asked for */
static void
choose_precision (Costing *self, ThawTrainCost *cost)
{
  g_autoptr (ThawGraph) exact = self->before;

  cost->pass_time = 1;
  if (!exact)
    return;
  self->before = thaw_graph_in_precision (exact, self->options->precision);
  if (self->before != exact)
    cost->pass_time = planned_seconds (self->before, self) / planned_seconds (exact, self);
}

static void
cost_features (const Costing *self, const ThawPhase *phase, gsize room, ThawTrainCost *cost)
{
  const gsize record = record_bytes (self->before);
  const gsize n = count_kept (self, phase), disk = MAX (self->options->disk, room);
  gsize wanted;

  if (!thaw_size_mul (n, record, &wanted))
    wanted = G_MAXSIZE;
  cost->pictures = MIN (wanted, room);
  cost->in_memory = wanted <= room && !is_fresh (self);
  cost->kept = wanted > disk ? (double) disk / (double) wanted : 1;
  if (!cost->in_memory)
    cost->pictures += MIN ((gsize) self->options->batch, self->train) * record;
}

/* Bytes of plain pictures; augmented ones are decoded each time */
static void
cost_bytes (const Costing *self, gsize room, ThawTrainCost *cost)
{
  const gboolean plain = thaw_augmentation_is_none (&self->options->augmentation);
  const gsize wanted = ((gsize) self->validation + (plain ? self->train : 0)) * self->size;

  cost->pictures = MIN (wanted, room);
  cost->in_memory = TRUE;
  cost->kept = wanted > room ? (double) room / (double) wanted : 1;
}

/* What is kept for the whole phase: features, or bytes of pictures; and what is decoded ahead */
static void
cost_pictures (const Costing *self, const ThawPhase *phase, ThawTrainCost *cost)
{
  const ThawTrainBudget budget = thaw_train_budget (self->options, self->before != NULL);

  if (self->before)
    cost_features (self, phase, budget.features, cost);
  else
    cost_bytes (self, budget.keep, cost);
  cost->ahead = MIN (budget.ahead, ((gsize) self->train + self->validation) * self->size * sizeof (float));
}

static void
cost_weights (const Costing *self, const ThawPhase *phase, const ThawFreeze *freeze, ThawTrainCost *cost)
{
  const gint64 trainable = thaw_model_count (self->model, "", freeze, THAW_WEIGHTS_TRAINABLE);

  cost->trainable = trainable;
  cost->parameters = parameter_bytes (self->model);
  cost->moments = (gsize) trainable * sizeof (float) * thaw_optimizer_slots (&phase->optimizer);
  cost->best = (gsize) trainable * sizeof (float);
}

/* The pass through the frozen part and the training are one after the other, and the larger counts, unless features have to be computed again and again. */
static gsize
cost_both (const Costing *self, const ThawTrainCost *cost)
{
  const gsize pass = cost->pass + cost->ahead;
  const gsize training = cost->step + cost->moments;

  if (!self->before || is_fresh (self) || cost->kept < 1)
    return pass + training;
  return MAX (pass, training + (cost->in_memory ? 0 : cost->ahead));
}

/* Steps and validation are never there together but for their packed weights. */
static void
cost_work (const Costing *self, const ThawFreeze *freeze, ThawTrainCost *cost)
{
  g_autoptr (ThawGraph) inference = thaw_graph_optimise (self->after);
  const ThawPlanCost step = plan_cost (self->after, freeze, self, MIN ((gsize) self->options->batch, self->train));
  const ThawPlanCost validation = plan_cost (inference, NULL, self, self->validation);

  if (self->before)
    {
      const ThawPlanCost pass = plan_cost (self->before, NULL, self, (gsize) self->train + self->validation);

      cost->pass = pass.buffer_bytes + pass.parameter_bytes;
      cost->pass_multiply_adds = pass.multiply_adds;
    }
  cost->step = step.parameter_bytes + validation.parameter_bytes + MAX (step.buffer_bytes, validation.buffer_bytes);
  cost->step_multiply_adds = step.multiply_adds;
  cost->validation_multiply_adds = validation.multiply_adds;
  cost->total = cost->parameters + cost->best + cost->pictures + cost_both (self, cost);
}

gboolean
thaw_train_cost (const ThawModel *model, const ThawPhase *phase, const ThawTrainOptions *options, guint train, guint validation,
                 ThawTrainCost *cost, GError **error)
{
  g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (phase, model, error);
  Costing self = { .model = model, .options = options, .train = train, .validation = validation };

  *cost = (ThawTrainCost){ 0 };
  if (!freeze)
    return FALSE;
  self.threads = options->threads ? options->threads : thaw_pool_default_threads ();
  self.size = (gsize) model->preprocessing.width * (gsize) model->preprocessing.height * 3;
  thaw_graph_cut (model->graph, freeze, &self.before, &self.after);
  choose_precision (&self, cost);
  cost_weights (&self, phase, freeze, cost);
  cost_pictures (&self, phase, cost);
  cost_work (&self, freeze, cost);
  g_clear_pointer (&self.before, thaw_graph_unref);
  thaw_graph_unref (self.after);
  return TRUE;
}
