/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-pool.h>

#include "thaw-executor-private.h"

/* Packing less than this takes about as long as waking the other threads. */
#define WORTH_WAKING_BYTES (1 << 20)

/* What depends on parameters alone, and packing. */
static void
refresh_node (ThawExecutor *self, ThawWorker *worker, const ThawPlanNode *p)
{
  ThawOpCall call = { .node = p->node, .run = &worker->run, .n = 1, .x = worker->x };

  for (guint i = 0; i < self->plan->max_inputs; i++)
    worker->x[i]
        = i < p->node->n_inputs && p->node->inputs[i] ? self->data[p->node->inputs[i]->id] : NULL;
  call.prepared = thaw_executor_shared (self, p->prepared);
  if (p->klass->prepare && call.prepared)
    p->klass->prepare (p->node, worker->x, call.prepared, p->wanted);
  if (p->node->batched)
    return;
  call.y = self->data[p->node->id];
  call.saved = thaw_executor_shared (self, p->fold_saved);
  call.workspace = thaw_executor_shared (self, self->plan->fold_space);
  p->klass->forward (&call);
}

/* Whether an operation on parameters waits for no other and shares nothing with it. */
static gboolean
stands_alone (const ThawPlanNode *p)
{
  for (guint i = 0; i < p->node->n_inputs; i++)
    if (p->node->inputs[i] && p->node->inputs[i]->op != THAW_OP_PARAMETER)
      return FALSE;
  return !p->klass->workspace_size;
}

typedef struct
{
  ThawExecutor *self;
  guint         threads;
  int           next_fold; /* atomic */
  int           next_step; /* atomic */
} Refresh;

static void
refresh_cb (gpointer data, guint thread)
{
  Refresh *refresh = data;
  ThawExecutor *self = refresh->self;
  ThawWorker *worker = &self->workers[thread];
  const ThawPlan *plan = self->plan;

  for (guint k; (k = g_atomic_int_add (&refresh->next_fold, 1)) < plan->folds->len;)
    if (stands_alone (&plan->nodes[g_array_index (plan->folds, guint, k)]))
      refresh_node (self, worker, &plan->nodes[g_array_index (plan->folds, guint, k)]);
  if (refresh->threads > 1)
    thaw_pool_barrier (self->pool);
  for (guint k = 0; thread == 0 && k < plan->folds->len; k++)
    if (!stands_alone (&plan->nodes[g_array_index (plan->folds, guint, k)]))
      refresh_node (self, worker, &plan->nodes[g_array_index (plan->folds, guint, k)]);
  if (refresh->threads > 1)
    thaw_pool_barrier (self->pool);
  for (guint s; (s = g_atomic_int_add (&refresh->next_step, 1)) < plan->steps->len;)
    refresh_node (self, worker, thaw_plan_step (plan, s));
}

static void
fetch_parameters (ThawExecutor *self)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawPlanNode *p = &self->plan->nodes[id];
      ThawTensor *tensor;

      if (p->data != G_MAXSIZE)
        self->data[id] = thaw_executor_shared (self, p->data);
      if (!p->reached || p->node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_tensor_map_get (self->parameters, p->node->name);
      g_assert (tensor && thaw_shape_equal (&tensor->shape, &p->node->shape));
      self->data[id] = thaw_tensor_f32 (tensor);
    }
}

void
thaw_executor_refresh (ThawExecutor *self)
{
  Refresh refresh = { .self = self, .threads = thaw_pool_n_threads (self->pool) };

  fetch_parameters (self);
  if (self->plan->parameter_bytes < WORTH_WAKING_BYTES && !self->every_thread)
    refresh.threads = 1;
  if (refresh.threads > 1)
    thaw_pool_run (self->pool, refresh_cb, &refresh);
  else
    thaw_pool_run_alone (self->pool, refresh_cb, &refresh);
  self->fresh = TRUE;
}
