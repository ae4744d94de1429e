/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-plan.h"

G_BEGIN_DECLS

/* What one thread has to itself. */
typedef struct
{
  guint8      *arena;
  guint8      *sums;      /* gradient sums; NULL in thread 0, which adds straight to the result */

  gint64       picture;   /* within the pictures of a stage's block: the one that a chain is at */
  gint64      *base;      /* [graph size]: where a window begins in its value, in bytes */

  ThawOpRun    run;
  const void **x;         /* [max_inputs], for the call at hand */
  void       **dx;        /* [max_inputs] */
  float      **inputs;    /* [n_inputs] of the graph */
  const float **outputs;  /* [n_outputs] */
  float      **d_outputs; /* [n_outputs] */
} ThawWorker;

struct _ThawExecutor
{
  ThawGraph     *graph;
  ThawTensorMap *parameters;
  ThawPool      *pool;
  ThawFreeze    *training;      /* (nullable) */
  gint64         micro_batch;   /* as asked for */
  gboolean       every_thread;
  gsize          cache;         /* as asked for */
  ThawPlan      *plan;
  double        *seconds;       /* (nullable): as asked for */

  gboolean       fresh;         /* refreshed at least once */
  guint8        *shared;        /* what ThawPlan calls the parameters' block */
  float        **data;          /* [graph size]: values that are not batched */
  float        **gradient;      /* [graph size]: their gradients, where wanted */
  ThawTensorMap *gradients;     /* those of parameters, by name */

  ThawWorker    *workers;       /* [threads of the pool]; the first @n_workers have buffers */
  guint          n_workers;
};

/* One forward pass or training step in progress. */
typedef struct
{
  ThawExecutor         *self;
  const ThawExecutorIo *io;
  gpointer              data;
  gint64                n;
  gint64                micro;    /* pictures of a micro-batch */
  guint                 threads;
  GCancellable         *cancellable;
  int                   next;     /* atomic: micro-batch that nobody has taken */
  GError               *error;    /* atomic: the first */
  const guint64        *samples;
} ThawPass;

/* Buffers for a pass; FALSE with an error where there is no memory. */
gboolean thaw_executor_reserve      (ThawExecutor *self, ThawPass *pass, GError **error);
void     thaw_pass_fail             (ThawPass *self, GError *error);
/* pictures @first .. @first + @n - 1 up to the outputs. FALSE: failed. */
gboolean thaw_pass_forward          (ThawPass *self, ThawWorker *worker, gint64 first, gint64 n);
/* Sets what forward and backward of a node have in common, with values in the arena of @owner. @first: the first picture
 * within the micro-batch. */
void thaw_executor_prepare_call (ThawExecutor *self, const ThawWorker *owner, ThawWorker *worker,
                                 const ThawPlanNode *p, gint64 first, gint64 n, ThawOpCall *call);

/* Its forward(), whose time is counted where that was asked for */
void thaw_executor_call_forward (ThawExecutor *self, const ThawWorker *worker, const ThawPlanNode *p, const ThawOpCall *call);

/* Lines of one picture by a chain (thaw-executor-chain.c): @calls are ThawLines; else as above, with windows in the arena of @worker. */
void thaw_executor_run_lines (ThawExecutor *self, ThawWorker *owner, ThawWorker *worker, const GArray *calls, gint64 first);

static inline void *
thaw_worker_block (const ThawExecutor *self, const ThawWorker *worker, guint block)
{
  return block == THAW_NO_BLOCK ? NULL
                                : worker->arena + thaw_plan_block (self->plan, block)->offset;
}

static inline void *
thaw_executor_shared (const ThawExecutor *self, gsize offset)
{
  return offset == G_MAXSIZE ? NULL : self->shared + offset;
}

/* The value of @node for picture @first of the micro-batch and those after it. */
static inline void *
thaw_worker_value (const ThawExecutor *self, const ThawWorker *worker, const ThawNode *node,
                   gint64 first)
{
  const ThawPlanNode *p;
  guint8 *value;

  if (!node->batched)
    return self->data[node->id];
  p = thaw_plan_root (self->plan, node);
  value = thaw_worker_block (self, worker, p->value);
  return p->window ? value - worker->base[p->node->id] : value + ((p->whole ? first : 0) + worker->picture) * (gssize) p->bytes;
}

/* The value of @node in backward: the one that was computed once more, where it was. */
static inline void *
thaw_worker_value_again (const ThawExecutor *self, const ThawWorker *worker, const ThawNode *node)
{
  guint again = node->batched ? thaw_plan_root (self->plan, node)->again : THAW_NO_BLOCK;

  return again == THAW_NO_BLOCK ? thaw_worker_value (self, worker, node, 0) : thaw_worker_block (self, worker, again);
}

G_END_DECLS
