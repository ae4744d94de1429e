/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <time.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-size.h>

#include "thaw-executor-private.h"
#include "thaw-graph-private.h"

static gint64
divide_up (gint64 a, gint64 b)
{
  return (a + b - 1) / b;
}

static gboolean
check_parameter (const ThawNode *node, const ThawTensor *tensor, GError **error)
{
  g_autofree char *wanted = thaw_shape_to_string (&node->shape);
  g_autofree char *found = NULL;

  if (!tensor)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the weights have no '%s' (%s)",
                   node->name, wanted);
      return FALSE;
    }
  if (tensor->dtype == THAW_DTYPE_F32 && thaw_shape_equal (&tensor->shape, &node->shape))
    return TRUE;
  found = thaw_shape_to_string (&tensor->shape);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "weight '%s' is %s %s where float32 %s is wanted", node->name,
               thaw_dtype_name (tensor->dtype), found, wanted);
  return FALSE;
}

/* A mapped file is never written to: what a step writes gets memory of its own. */
static void
own_state (ThawExecutor *self, const ThawPlanNode *p)
{
  for (guint i = 1; i < p->node->n_inputs; i++)
    {
      const char *name = p->node->inputs[i]->name;
      ThawTensor *tensor = thaw_tensor_map_get (self->parameters, name);

      if (tensor && tensor->owner)
        thaw_tensor_map_take (self->parameters, name, thaw_tensor_copy (tensor));
    }
}

static gboolean
check_parameters (ThawExecutor *self, GError **error)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawPlanNode *p = &self->plan->nodes[id];

      if (p->reached && p->node->op == THAW_OP_PARAMETER
          && !check_parameter (p->node, thaw_tensor_map_get (self->parameters, p->node->name),
                               error))
        return FALSE;
      if (p->observes)
        own_state (self, p);
    }
  return TRUE;
}

static void
lay_out_gradients (ThawExecutor *self)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawPlanNode *p = &self->plan->nodes[id];

      if (!p->wanted || p->node->batched)
        continue;
      if (p->node->op == THAW_OP_PARAMETER)
        {
          ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &p->node->shape);

          self->gradient[id] = tensor->data;
          thaw_tensor_map_take (self->gradients, p->node->name, tensor);
        }
      else
        self->gradient[id] = thaw_executor_shared (self, p->fold_sum);
    }
}

static gboolean
try_alloc (guint8 **memory, gsize bytes, GError **error)
{
  if (*memory || (*memory = thaw_aligned_try_alloc (bytes)))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
               "there is no memory for %.0f MiB of this network's values: choose smaller pictures "
               "or a smaller batch",
               bytes / 1048576.);
  return FALSE;
}

static void
worker_init (ThawExecutor *self, guint thread)
{
  ThawWorker *worker = &self->workers[thread];

  worker->base = g_new0 (gint64, thaw_graph_size (self->graph) + 1);
  worker->x = g_new0 (const void *, self->plan->max_inputs);
  worker->dx = g_new0 (void *, self->plan->max_inputs);
  worker->inputs = g_new0 (float *, thaw_graph_n_inputs (self->graph) + 1);
  worker->outputs = g_new0 (const float *, thaw_graph_n_outputs (self->graph) + 1);
  worker->d_outputs = g_new0 (float *, thaw_graph_n_outputs (self->graph) + 1);
  worker->run.thread = thread;
}

static void
worker_clear (ThawWorker *self)
{
  thaw_aligned_free (self->arena);
  thaw_aligned_free (self->sums);
  g_free (self->base);
  g_free (self->x);
  g_free (self->dx);
  g_free (self->inputs);
  g_free (self->outputs);
  g_free (self->d_outputs);
}

static void
make_plan (ThawExecutor *self, gint64 share)
{
  const ThawPlanOptions options
      = { .training = self->training, .micro_batch = self->micro_batch, .share = share, .cache = self->cache,
          .n_threads = thaw_pool_n_threads (self->pool) };

  self->plan = thaw_plan_new (self->graph, &options);
}

ThawExecutor *
thaw_executor_new (ThawGraph *graph, ThawTensorMap *parameters, const ThawExecutorOptions *options,
                   GError **error)
{
  g_autoptr (ThawExecutor) self = g_new0 (ThawExecutor, 1);

  self->graph = thaw_graph_ref (graph);
  self->parameters = thaw_tensor_map_ref (parameters);
  self->pool = options->pool;
  self->training = options->training ? thaw_freeze_copy (options->training) : NULL;
  self->micro_batch = options->micro_batch;
  self->every_thread = options->every_thread;
  self->cache = options->cache;
  self->seconds = options->seconds;
  make_plan (self, 1);
  self->data = g_new0 (float *, thaw_graph_size (graph) + 1);
  self->gradient = g_new0 (float *, thaw_graph_size (graph) + 1);
  self->gradients = thaw_tensor_map_new ();
  self->workers = g_new0 (ThawWorker, thaw_pool_n_threads (self->pool));
  for (guint t = 0; t < thaw_pool_n_threads (self->pool); t++)
    worker_init (self, t);
  if (!check_parameters (self, error)
      || !try_alloc (&self->shared, self->plan->parameter_bytes, error))
    return NULL;
  lay_out_gradients (self);
  return g_steal_pointer (&self);
}

void
thaw_executor_free (ThawExecutor *self)
{
  for (guint t = 0; t < thaw_pool_n_threads (self->pool); t++)
    worker_clear (&self->workers[t]);
  g_free (self->workers);
  thaw_tensor_map_unref (self->gradients);
  g_free (self->gradient);
  g_free (self->data);
  thaw_aligned_free (self->shared);
  thaw_plan_free (self->plan);
  g_clear_pointer (&self->training, thaw_freeze_free);
  thaw_tensor_map_unref (self->parameters);
  thaw_graph_unref (self->graph);
  g_free (self);
}

void
thaw_executor_rest (ThawExecutor *self)
{
  for (guint t = 0; t < self->n_workers; t++)
    g_clear_pointer (&self->workers[t].arena, thaw_aligned_free);
  self->n_workers = 0;
}

/* With batch statistics a thread's share of the step is one micro-batch: buffers grow with it. */
static void
grow (ThawExecutor *self, gint64 share)
{
  if (!self->plan->synchronous || share <= self->plan->n)
    return;
  thaw_executor_rest (self);
  thaw_plan_free (self->plan);
  make_plan (self, share);
}

gboolean
thaw_executor_reserve (ThawExecutor *self, ThawPass *pass, GError **error)
{
  pass->self = self;
  pass->threads = thaw_pool_n_threads (self->pool);
  if (!self->every_thread)
    pass->threads = thaw_plan_threads (self->plan, pass->threads, pass->n);
  if (pass->samples)
    grow (self, divide_up (pass->n, pass->threads));
  pass->micro = CLAMP (divide_up (pass->n, pass->threads), 1, self->plan->n);
  for (guint t = 0; t < pass->threads; t++)
    {
      if (!try_alloc (&self->workers[t].arena, self->plan->arena_bytes, error))
        return FALSE;
      if (t > 0 && self->training
          && !try_alloc (&self->workers[t].sums, self->plan->sum_bytes, error))
        return FALSE;
    }
  self->n_workers = MAX (self->n_workers, pass->threads);
  if (!self->fresh)
    thaw_executor_refresh (self);
  return TRUE;
}

static void *
value_of (const ThawExecutor *self, const ThawWorker *owner, const ThawWorker *worker, const ThawNode *node, gint64 first)
{
  return thaw_worker_value (self, node->batched && thaw_plan_root (self->plan, node)->window ? worker : owner, node, first);
}

void
thaw_executor_prepare_call (ThawExecutor *self, const ThawWorker *owner, ThawWorker *worker,
                            const ThawPlanNode *p, gint64 first, gint64 n, ThawOpCall *call)
{
  const ThawNode *node = p->node;

  *call = (ThawOpCall){ .node = node, .run = &worker->run, .n = n };
  call->x = worker->x;
  call->dx = worker->dx;
  for (guint i = 0; i < node->n_inputs; i++)
    worker->x[i] = node->inputs[i] ? value_of (self, owner, worker, node->inputs[i], first) : NULL;
  for (guint i = node->n_inputs; i < THAW_MIN_INPUTS; i++)
    worker->x[i] = NULL;
  call->y = value_of (self, owner, worker, node, first);
  call->prepared = thaw_executor_shared (self, p->prepared);
  call->saved = thaw_worker_block (self, owner, p->saved);
}

static double
thread_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

void
thaw_executor_call_forward (ThawExecutor *self, const ThawWorker *worker, const ThawPlanNode *p, const ThawOpCall *call)
{
  const gboolean timed = self->seconds && worker->run.thread == 0;
  const double begun = timed ? thread_seconds () : 0;

  p->klass->forward (call);
  if (timed)
    self->seconds[p->node->id] += thread_seconds () - begun;
}

void
thaw_pass_fail (ThawPass *self, GError *error)
{
  if (!g_atomic_pointer_compare_and_exchange (&self->error, NULL, error))
    g_error_free (error);
}

/* The others of a synchronous step wait for this thread, so it goes on without its pictures. */
static gboolean
load_failed (ThawPass *self, ThawWorker *worker, gint64 n, GError *error)
{
  const ThawGraph *graph = self->self->graph;

  thaw_pass_fail (self, error);
  if (!self->self->plan->synchronous)
    return FALSE;
  for (guint i = 0; i < thaw_graph_n_inputs (graph); i++)
    memset (worker->inputs[i], 0,
            n * thaw_shape_count (&thaw_graph_input (graph, i)->shape) * sizeof (float));
  return TRUE;
}

/* @first: of the micro-batch; @offset within it */
static gboolean
load (ThawPass *self, ThawWorker *worker, gint64 first, gint64 offset, gint64 n)
{
  const ThawGraph *graph = self->self->graph;
  GError *error = NULL;

  for (guint i = 0; i < thaw_graph_n_inputs (graph); i++)
    worker->inputs[i] = thaw_worker_value (self->self, worker, thaw_graph_input (graph, i), offset);
  if (n == 0 || self->io->load (self->data, first + offset, n, worker->inputs, &error))
    return TRUE;
  return load_failed (self, worker, n, error);
}

/* One node on pictures that every thread has its share of: values lie in the first thread's arena, each works in its own. */
static void
share_step (ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p)
{
  ThawOpCall call;

  if (!p->klass->shares && worker->run.thread > 0)
    return;
  thaw_executor_prepare_call (self, &self->workers[0], worker, p, 0, 1, &call);
  call.workspace = thaw_worker_block (self, worker, p->space);
  if (p->klass->shares)
    {
      call.part = worker->run.thread;
      call.parts = thaw_pool_n_threads (self->pool);
    }
  thaw_executor_call_forward (self, worker, p, &call);
}

static void
run_chain (ThawExecutor *self, ThawWorker *worker, const ThawChain *chain, gint64 first, gint64 n)
{
  for (worker->picture = 0; worker->picture < n; worker->picture++)
    thaw_executor_run_lines (self, worker, worker, chain->calls, first);
  worker->picture = 0;
}

static void
run_stage (ThawExecutor *self, ThawWorker *worker, const ThawStage *stage, gint64 first, gint64 n)
{
  for (guint s = stage->first; s < stage->end; s++)
    {
      const ThawPlanNode *p = thaw_plan_step (self->plan, s);
      const ThawChain *chain = thaw_plan_chain (self->plan, p);
      ThawOpCall call;

      if (chain)
        {
          run_chain (self, worker, chain, first, n);
          s = chain->end - 1;
          continue;
        }
      if (p->view)
        continue;
      thaw_executor_prepare_call (self, worker, worker, p, first, n, &call);
      call.workspace = thaw_worker_block (self, worker, p->space);
      thaw_executor_call_forward (self, worker, p, &call);
    }
}

static void
set_outputs (ThawExecutor *self, ThawWorker *worker)
{
  for (guint i = 0; i < thaw_graph_n_outputs (self->graph); i++)
    worker->outputs[i] = thaw_worker_value (self, worker, thaw_graph_output (self->graph, i), 0);
}

gboolean
thaw_pass_forward (ThawPass *self, ThawWorker *worker, gint64 first, gint64 n)
{
  ThawExecutor *executor = self->self;

  for (guint i = 0; i < executor->plan->stages->len; i++)
    {
      const ThawStage *stage = &g_array_index (executor->plan->stages, ThawStage, i);
      gint64 f = 0;

      do /* once for no pictures too: others may wait for this thread */
        {
          gint64 m = MIN (stage->block, n - f);

          if (i == 0 && !load (self, worker, first, f, m))
            return FALSE;
          run_stage (executor, worker, stage, f, m);
          f += stage->block;
        }
      while (f < n);
    }
  set_outputs (executor, worker);
  return TRUE;
}

static gboolean
stopped (ThawPass *self)
{
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, &error))
    thaw_pass_fail (self, error);
  return g_atomic_pointer_get (&self->error) != NULL;
}

static void
forward_cb (gpointer data, guint thread)
{
  ThawPass *self = data;
  ThawWorker *worker = &self->self->workers[thread];

  worker->run.training = FALSE;
  worker->run.samples = NULL;
  worker->run.n_total = self->n;
  worker->run.pool = NULL;
  while (!stopped (self))
    {
      gint64 first = (gint64) g_atomic_int_add (&self->next, 1) * self->micro;
      gint64 n = MIN (self->micro, self->n - first);

      if (n <= 0 || !thaw_pass_forward (self, worker, first, n))
        return;
      self->io->store (self->data, first, n, worker->outputs);
    }
}

/* Step @step or the chain that begins there, by all threads; returns the step after it. */
static guint
share (ThawExecutor *self, ThawWorker *worker, guint step)
{
  const ThawPlanNode *p = thaw_plan_step (self->plan, step);
  const ThawChain *chain = thaw_plan_chain (self->plan, p);

  if (p->view)
    return step + 1;
  if (chain)
    thaw_executor_run_lines (self, &self->workers[0], worker, g_ptr_array_index (chain->parts, worker->run.thread), 0);
  else
    share_step (self, worker, p);
  thaw_pool_barrier (self->pool);
  return chain ? chain->end : step + 1;
}

/* Fewer pictures than threads: all threads make one after the other together. */
static void
share_cb (gpointer data, guint thread)
{
  ThawPass *self = data;
  ThawExecutor *executor = self->self;
  ThawWorker *first = &executor->workers[0], *worker = &executor->workers[thread];

  worker->run = (ThawOpRun){ .thread = thread, .n_total = self->n };
  for (gint64 picture = 0; picture < self->n; picture++)
    {
      if (thread == 0 && !stopped (self))
        load (self, first, picture, 0, 1);
      thaw_pool_barrier (executor->pool);
      if (g_atomic_pointer_get (&self->error))
        return;
      for (guint s = 0; s < executor->plan->steps->len;)
        s = share (executor, worker, s);
      if (thread > 0)
        continue;
      set_outputs (executor, first);
      self->io->store (self->data, picture, 1, first->outputs);
    }
}

gboolean
thaw_executor_forward (ThawExecutor *self, gint64 n, const ThawExecutorIo *io, gpointer data,
                       GCancellable *cancellable, GError **error)
{
  ThawPass pass = { .io = io, .data = data, .n = n, .cancellable = cancellable };

  if (!thaw_executor_reserve (self, &pass, error))
    return FALSE;
  if (pass.threads > 1)
    thaw_pool_run (self->pool, n < pass.threads && self->plan->shares ? share_cb : forward_cb, &pass);
  else
    thaw_pool_run_alone (self->pool, forward_cb, &pass);
  if (!pass.error)
    return TRUE;
  g_propagate_error (error, pass.error);
  return FALSE;
}

void
thaw_executor_cost (const ThawGraph *graph, const ThawFreeze *training, gint64 micro_batch,
                    guint n_threads, gint64 batch, ThawPlanCost *cost)
{
  const ThawPlanOptions options = { .training = training, .micro_batch = micro_batch, .n_threads = n_threads };
  g_autoptr (ThawPlan) plan = thaw_plan_for (graph, &options, batch);
  const guint threads = thaw_plan_threads (plan, n_threads, batch);

  cost->buffer_bytes = threads * plan->arena_bytes;
  cost->parameter_bytes = plan->parameter_bytes + (training ? (threads - 1) * plan->sum_bytes : 0);
  cost->multiply_adds = plan->multiply_adds;
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    if (plan->nodes[id].wanted && plan->nodes[id].node->op == THAW_OP_PARAMETER)
      cost->parameter_bytes += plan->nodes[id].count * sizeof (float);
}
