/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-pool.h>

#include "thaw-executor-private.h"
#include "thaw-graph-private.h"

static void
add_to (float *restrict sum, const float *restrict values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    sum[i] += values[i];
}

/* Where this thread adds the gradient of @p, which is not batched. */
static float *
parameter_sum (const ThawExecutor *self, const ThawWorker *worker, const ThawPlanNode *p)
{
  if (!worker->sums)
    return self->gradient[p->node->id];
  return (float *) (worker->sums + p->sum);
}

static void *
input_gradient (const ThawExecutor *self, const ThawWorker *worker, const ThawPlanNode *p, guint i)
{
  const ThawNode *input = p->node->inputs[i];
  const ThawPlanNode *q = input ? &self->plan->nodes[input->id] : NULL;

  if (!q || !q->wanted)
    return NULL;
  if (!input->batched)
    return parameter_sum (self, worker, q);
  return thaw_worker_block (self, worker, p->sums[i] == THAW_NO_BLOCK ? q->gradient : p->sums[i]);
}

/* As thaw_executor_prepare_call(), with the values that backward has */
static void
prepare_backward (ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p, gint64 n, ThawOpCall *call)
{
  const ThawNode *node = p->node;

  thaw_executor_prepare_call (self, worker, worker, p, 0, n, call);
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i])
      worker->x[i] = thaw_worker_value_again (self, worker, node->inputs[i]);
  call->y = thaw_worker_value_again (self, worker, node);
}

static void
compute_again (ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p, gint64 n)
{
  ThawOpCall call;

  prepare_backward (self, worker, p, n, &call);
  call.workspace = thaw_worker_block (self, worker, p->again_space);
  call.again = TRUE;
  p->klass->forward (&call);
}

static void
backward_step (ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p, gint64 n)
{
  const ThawNode *node = p->node;
  ThawOpCall call;

  prepare_backward (self, worker, p, n, &call);
  call.workspace = thaw_worker_block (self, worker, p->back_space);
  call.dy = thaw_worker_block (self, worker, p->gradient);
  for (guint i = 0; i < self->plan->max_inputs; i++)
    worker->dx[i] = i < node->n_inputs ? input_gradient (self, worker, p, i) : NULL;
  p->klass->backward (&call);
  for (guint i = 0; i < node->n_inputs; i++)
    if (p->sums[i] != THAW_NO_BLOCK)
      {
        const ThawPlanNode *q = &self->plan->nodes[node->inputs[i]->id];

        add_to (thaw_worker_block (self, worker, q->gradient), worker->dx[i], n * q->count);
      }
}

/* The gradients of the outputs; a value that is an output twice gets the sum. */
static void
run_loss (ThawPass *self, ThawWorker *worker, gint64 first, gint64 n)
{
  const ThawExecutor *executor = self->self;
  const ThawPlan *plan = executor->plan;
  gboolean failed = g_atomic_pointer_get (&self->error) != NULL;

  for (guint i = 0; i < thaw_graph_n_outputs (plan->graph); i++)
    worker->d_outputs[i] = thaw_worker_block (executor, worker, plan->d_outputs[i]);
  if (n > 0 && !failed)
    self->io->loss (self->data, first, n, worker->outputs, worker->d_outputs);
  for (guint i = 0; i < thaw_graph_n_outputs (plan->graph); i++)
    {
      const ThawPlanNode *p = &plan->nodes[thaw_graph_output (plan->graph, i)->id];

      if (failed)
        memset (worker->d_outputs[i], 0, n * p->count * sizeof (float));
      if (p->wanted && p->gradient != plan->d_outputs[i])
        add_to (thaw_worker_block (executor, worker, p->gradient), worker->d_outputs[i],
                n * p->count);
    }
}

static gboolean
train_micro_batch (ThawPass *self, ThawWorker *worker, gint64 first, gint64 n)
{
  ThawExecutor *executor = self->self;
  const GArray *agains = executor->plan->agains;
  guint next = 0;

  worker->run.samples = self->samples + first;
  if (!thaw_pass_forward (self, worker, first, n))
    return FALSE;
  run_loss (self, worker, first, n);
  for (guint s = executor->plan->steps->len; s-- > 0;)
    {
      const ThawPlanNode *p = thaw_plan_step (executor->plan, s);

      for (; next < agains->len && g_array_index (agains, ThawAgain, next).step == s; next++)
        compute_again (executor, worker, &executor->plan->nodes[g_array_index (agains, ThawAgain, next).node], n);
      if (p->wanted && !p->view_back)
        backward_step (executor, worker, p, n);
    }
  return TRUE;
}

/* The first so many threads have sums. */
static guint
threads_used (const ThawPass *self)
{
  gint64 n = (self->n + self->micro - 1) / self->micro;

  return self->self->plan->synchronous ? self->threads : MIN (n, self->threads);
}

/* Each thread adds its part of the numbers, over the threads in their order. */
static void
add_up (const ThawPass *self, guint thread)
{
  const ThawExecutor *executor = self->self;
  gsize total = executor->plan->sum_bytes / sizeof (float);
  gsize from = total * thread / self->threads;
  gsize to = total * (thread + 1) / self->threads;

  for (guint id = 0; id < thaw_graph_size (executor->graph); id++)
    {
      const ThawPlanNode *p = &executor->plan->nodes[id];
      gsize start = p->sum / sizeof (float);
      gsize low = MAX (from, start);
      gsize high = p->sum == G_MAXSIZE ? 0 : MIN (to, start + p->count);

      for (guint t = 1; low < high && t < threads_used (self); t++)
        add_to (executor->gradient[id] + (low - start), (float *) executor->workers[t].sums + low,
                high - low);
    }
}

static void
clear_sums (ThawExecutor *self, ThawWorker *worker)
{
  if (worker->sums)
    memset (worker->sums, 0, self->plan->sum_bytes);
  for (guint id = 0; !worker->sums && id < thaw_graph_size (self->graph); id++)
    if (self->gradient[id])
      memset (self->gradient[id], 0, self->plan->nodes[id].count * sizeof (float));
}

static void
train_cb (gpointer data, guint thread)
{
  ThawPass *self = data;
  ThawExecutor *executor = self->self;
  ThawWorker *worker = &executor->workers[thread];
  gint64 from = self->n * thread / self->threads;
  gint64 to = self->n * (thread + 1) / self->threads;

  clear_sums (executor, worker);
  if (executor->plan->synchronous)
    train_micro_batch (self, worker, from, to - from);
  for (gint64 k = thread; !executor->plan->synchronous && k * self->micro < self->n;
       k += self->threads)
    {
      gint64 first = k * self->micro;

      if (g_atomic_pointer_get (&self->error)
          || !train_micro_batch (self, worker, first, MIN (self->micro, self->n - first)))
        break;
    }
  if (self->threads == 1)
    return;
  thaw_pool_barrier (executor->pool);
  add_up (self, thread);
}

/* From the gradients of folded kernels to those of kernels and BatchNorm's weights. */
static void
backward_folds (ThawExecutor *self)
{
  const ThawPlan *plan = self->plan;
  ThawWorker *worker = &self->workers[0];

  for (guint k = plan->folds->len; k-- > 0;)
    {
      const ThawPlanNode *p = &plan->nodes[g_array_index (plan->folds, guint, k)];
      ThawOpCall call;

      if (!p->wanted)
        continue;
      thaw_executor_prepare_call (self, worker, worker, p, 0, 1, &call);
      call.saved = thaw_executor_shared (self, p->fold_saved);
      call.workspace = thaw_executor_shared (self, plan->fold_space);
      call.dy = self->gradient[p->node->id];
      for (guint i = 0; i < plan->max_inputs; i++)
        worker->dx[i] = i < p->node->n_inputs && p->node->inputs[i]
                            ? self->gradient[p->node->inputs[i]->id]
                            : NULL;
      p->klass->backward (&call);
    }
}

static void
move_statistics (ThawExecutor *self, gint64 n)
{
  ThawWorker *worker = &self->workers[0];

  for (guint s = 0; s < self->plan->steps->len; s++)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, s);

      if (!p->observes)
        continue;
      for (guint i = 0; i < p->node->n_inputs; i++)
        worker->dx[i] = self->data[p->node->inputs[i]->id];
      p->klass->update_state (p->node, thaw_worker_block (self, worker, p->saved), n, worker->dx,
                              sizeof (float));
    }
}

static void
start_workers (ThawPass *self, guint64 seed, guint64 epoch)
{
  ThawExecutor *executor = self->self;

  for (guint t = 0; t < self->threads; t++)
    executor->workers[t].run = (ThawOpRun){
      .training = TRUE,
      .seed = seed,
      .epoch = epoch,
      .n_total = self->n,
      .thread = t,
      .pool = executor->plan->synchronous && self->threads > 1 ? executor->pool : NULL,
    };
}

static guint64 *
count_samples (gint64 n)
{
  guint64 *samples = g_new (guint64, n + 1);

  for (gint64 i = 0; i < n; i++)
    samples[i] = i;
  return samples;
}

gboolean
thaw_executor_train (ThawExecutor *self, gint64 n, guint64 seed, guint64 epoch,
                     const guint64 *samples, const ThawExecutorIo *io, gpointer data,
                     GError **error)
{
  g_autofree guint64 *counted = samples ? NULL : count_samples (n);
  ThawPass pass = { .io = io, .data = data, .n = n, .samples = samples ? samples : counted };

  g_assert (self->training);
  if (!thaw_executor_reserve (self, &pass, error))
    return FALSE;
  start_workers (&pass, seed, epoch);
  if (pass.threads > 1)
    thaw_pool_run (self->pool, train_cb, &pass);
  else
    thaw_pool_run_alone (self->pool, train_cb, &pass);
  if (pass.error)
    {
      g_propagate_error (error, pass.error);
      return FALSE;
    }
  backward_folds (self);
  if (n > 0)
    move_statistics (self, n);
  return TRUE;
}

ThawTensorMap *
thaw_executor_gradients (ThawExecutor *self)
{
  return self->gradients;
}
