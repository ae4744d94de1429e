/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-speed.h"

#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-random.h>

/* What is measured is the time that the threads were at work, not that which passed: other programs then make no difference. */

#define PASSES 3
#define ENOUGH_SECONDS .15
/* As many pictures as a batch has where a picture is little work: waking the threads is a part of it */
#define BATCH 32
#define LITTLE_WORK 2e7
#define OPTIMIZED (1 << 18)

/* Where the network is cut: shares of its multiply-adds before the cut */
static const double shares[THAW_SPEED_POINTS] = { 0, .15, .35, .55, .75, .92, 1 };

typedef struct
{
  const ThawModel *model;
  ThawPool        *pool;
  GCancellable    *cancellable;
  ThawGraph       *graph;       /* that runs */
  float           *values;      /* as large as its largest input */
  gint64           nanoseconds; /* atomic */
} Measure;

/* --- clock --- */

static void
add_time_cb (gpointer data, guint thread)
{
  Measure *self = data;

  __atomic_fetch_add (&self->nanoseconds, (gint64) (thaw_thread_seconds () * 1e9), __ATOMIC_RELAXED);
}

/* The time that the threads of the pool have worked, divided by their number */
static double
worked (Measure *self)
{
  self->nanoseconds = 0;
  thaw_pool_run (self->pool, add_time_cb, self);
  return (double) self->nanoseconds / 1e9 / thaw_pool_n_threads (self->pool);
}

/* --- running --- */

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Measure *self = data;

  for (guint i = 0; i < thaw_graph_n_inputs (self->graph); i++)
    {
      const gsize size = (gsize) thaw_shape_count (&thaw_graph_input (self->graph, i)->shape);

      for (gint64 k = 0; k < n; k++)
        memcpy (inputs[i] + (gsize) k * size, self->values, size * sizeof (float));
    }
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
}

static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs, float *const *d_outputs)
{
  const Measure *self = data;
  const gsize size = (gsize) (n * thaw_shape_count (&thaw_graph_output (self->graph, 0)->shape));

  for (gsize i = 0; i < size; i++)
    d_outputs[0][i] = i % 2 ? .01f : -.01f;
}

/* Values between 0 and 1: what lies after an activation; zeros would be quicker than they ought to be */
static void
set_graph (Measure *self, ThawGraph *graph)
{
  gsize most = 1;
  ThawRandom random = thaw_random (0, THAW_RANDOM_INIT, 0, 0);

  self->graph = graph;
  for (guint i = 0; i < thaw_graph_n_inputs (graph); i++)
    most = MAX (most, (gsize) thaw_shape_count (&thaw_graph_input (graph, i)->shape));
  g_free (self->values);
  self->values = g_new (float, most);
  for (gsize i = 0; i < most; i++)
    self->values[i] = (float) thaw_random_range (&random, 0, 1);
}

static gboolean
run_once (Measure *self, ThawExecutor *executor, gboolean training, gint64 n, GError **error)
{
  static const ThawExecutorIo io = { load_cb, store_cb, loss_cb };

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  return training ? thaw_executor_train (executor, n, 0, 1, NULL, &io, self, error)
                  : thaw_executor_forward (executor, n, &io, self, self->cancellable, error);
}

/* Seconds of one picture: the mean of some passes, the first of which packs the weights and is not counted; < 0 on error */
static double
time_passes (Measure *self, ThawExecutor *executor, gboolean training, gint64 n, GError **error)
{
  double total = 0;
  int passes = 0;

  if (!run_once (self, executor, training, n, error))
    return -1;
  for (; passes < PASSES && total < ENOUGH_SECONDS; passes++)
    {
      const double start = worked (self);

      if (!run_once (self, executor, training, n, error))
        return -1;
      total += worked (self) - start;
    }
  return total / (double) (passes * n);
}

/* --- points --- */

/* The first weight that is used after @share of the network's multiply-adds */
static const char *
find_cut (const Measure *self, double share)
{
  g_autoptr (GPtrArray) weights = thaw_graph_weights (self->model->graph);
  const double whole = thaw_graph_multiply_adds (self->model->graph);
  double done = 0;

  for (guint id = 0; share < 1 && id < self->model->features->id; id++)
    {
      const ThawNode *node = thaw_graph_at (self->model->graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        if (done >= share * whole && node->inputs[i] && thaw_graph_is_weight (self->model->graph, node->inputs[i]))
          return node->inputs[i]->name;
      done += thaw_node_multiply_adds (node);
    }
  return "head";
}

static double
measure_forward (Measure *self, ThawGraph *before, GError **error)
{
  const ThawExecutorOptions options = { .pool = self->pool };
  g_autoptr (ThawExecutor) executor = thaw_executor_new (before, self->model->parameters, &options, error);

  if (!executor)
    return -1;
  set_graph (self, before);
  return time_passes (self, executor, FALSE, 8 * thaw_pool_n_threads (self->pool), error);
}

static double
measure_training (Measure *self, ThawGraph *after, const ThawFreeze *freeze, double work, GError **error)
{
  const ThawExecutorOptions options = { .pool = self->pool, .training = freeze };
  g_autoptr (ThawExecutor) executor = thaw_executor_new (after, self->model->parameters, &options, error);

  if (!executor)
    return -1;
  set_graph (self, after);
  return time_passes (self, executor, TRUE, work < LITTLE_WORK ? BATCH : 4 * thaw_pool_n_threads (self->pool), error);
}

static gboolean
measure_point (Measure *self, const char *from, ThawSpeedPoint *point, GError **error)
{
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  ThawPlanCost cost;

  thaw_freeze_train_from (freeze, self->model->graph, from);
  thaw_graph_cut (self->model->graph, freeze, &before, &after);
  thaw_executor_cost (after, freeze, 0, thaw_pool_n_threads (self->pool), BATCH, &cost);
  point->after_work = cost.multiply_adds;
  point->train = measure_training (self, after, freeze, cost.multiply_adds, error);
  if (point->train < 0 || !before)
    return point->train >= 0;
  point->before_work = thaw_graph_multiply_adds (before);
  point->forward = measure_forward (self, before, error);
  return point->forward >= 0;
}

static gboolean
measure_points (Measure *self, ThawSpeed *speed, GError **error)
{
  for (guint i = 0; i < THAW_SPEED_POINTS; i++)
    {
      ThawSpeedPoint point = { 0 };
      const ThawSpeedPoint *last = speed->n_points ? &speed->points[speed->n_points - 1] : NULL;

      if (!measure_point (self, find_cut (self, shares[i]), &point, error))
        return FALSE;
      if (last && point.before_work <= last->before_work)
        continue;
      speed->points[speed->n_points++] = point;
    }
  return TRUE;
}

/* --- the rest --- */

/* One picture is one thread's work: what the others do meanwhile is waiting. */
static gboolean
measure_image (Measure *self, ThawSpeed *speed, GError **error)
{
  const ThawExecutorOptions options = { .pool = self->pool };
  g_autoptr (ThawGraph) whole = thaw_graph_optimise (self->model->graph);
  g_autoptr (ThawExecutor) executor = thaw_executor_new (whole, self->model->parameters, &options, error);

  if (!executor)
    return FALSE;
  set_graph (self, whole);
  speed->image = G_MAXDOUBLE;
  /* the first packs the weights */
  for (int i = 0; i < 1 + 2 * PASSES; i++)
    {
      const double start = thaw_thread_seconds ();

      if (!run_once (self, executor, FALSE, 1, error))
        return FALSE;
      speed->image = i ? MIN (speed->image, thaw_thread_seconds () - start) : speed->image;
    }
  return TRUE;
}

/* What an update costs for each weight: Adam's rule, and packing the kernels again */
static gboolean
measure_update (Measure *self, ThawSpeed *speed, GError **error)
{
  const guint threads = thaw_pool_n_threads (self->pool);
  const ThawExecutorOptions packing = { .pool = self->pool };
  g_autoptr (ThawGraph) whole = thaw_graph_optimise (self->model->graph);
  g_autoptr (ThawExecutor) executor = thaw_executor_new (whole, self->model->parameters, &packing, error);
  g_autofree float *numbers = g_new0 (float, 4 * OPTIMIZED);
  float *const slots[] = { numbers + 2 * OPTIMIZED, numbers + 3 * OPTIMIZED };
  ThawOptimizerOptions options;
  double start;

  if (!executor)
    return FALSE;
  thaw_optimizer_defaults (&options, THAW_OPTIMIZER_ADAM);
  thaw_optimizer_step_f32 (&options, 1e-3, 1, OPTIMIZED, numbers, numbers + OPTIMIZED, slots);
  start = thaw_thread_seconds ();
  thaw_optimizer_step_f32 (&options, 1e-3, 2, OPTIMIZED, numbers, numbers + OPTIMIZED, slots);
  speed->weight = (thaw_thread_seconds () - start) / OPTIMIZED / threads;
  thaw_executor_refresh (executor);
  start = worked (self);
  thaw_executor_refresh (executor);
  speed->weight += (worked (self) - start) / (double) MAX (thaw_model_count (self->model, "", NULL, THAW_WEIGHTS_ALL), 1);
  return TRUE;
}

gboolean
thaw_speed_measure (const ThawModel *model, ThawPool *pool, GCancellable *cancellable, ThawSpeed *speed, GError **error)
{
  Measure self = { .model = model, .pool = pool, .cancellable = cancellable };
  gboolean good;

  *speed = (ThawSpeed){ 0 };
  good = measure_image (&self, speed, error) && measure_points (&self, speed, error) && measure_update (&self, speed, error);
  g_free (self.values);
  return good;
}
