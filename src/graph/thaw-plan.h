/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-cpu.h>
#include <thaw/thaw-executor.h>

#include "thaw-layout.h"

G_BEGIN_DECLS

#define THAW_NO_BLOCK G_MAXUINT

/* What becomes of one node of the graph. */
typedef struct
{
  const ThawNode    *node;
  const ThawOpClass *klass;
  gboolean           reached;    /* an output is made from it */
  guint              last_use;   /* the last step that reads its value; G_MAXUINT: an output */
  gint64             count;      /* numbers in its value, for one picture where it is batched */
  gsize              bytes;      /* of its value, for one picture */
  gsize              weight_bytes; /* packed for forward */

  gboolean           wanted;     /* the gradient of its value is wanted */
  gboolean           view;       /* its value is its input's, in another shape: no forward */
  gboolean           view_back;  /* and so is its gradient: no backward */
  gboolean           observes;   /* a step moves its running statistics */
  gboolean           needed;     /* backward reads its value */
  guint              chain;      /* of a step: the chain it belongs to, counted from 1; 0: none */
  gint64             window;     /* of a step in a chain: lines of its value that are there at a time; 0: all */

  /* batched: blocks of the arena, or THAW_NO_BLOCK */
  guint              root;       /* the node whose value this one shares, or itself */
  guint              value;      /* of a root */
  gboolean whole; /* of a root: the micro-batch is in @value, not one run of a stage */
  guint              gradient;
  guint              saved;
  guint              space;      /* workspace forward */
  guint              back_space;
  guint              again;      /* of a root: the value as it is computed once more for backward; THAW_NO_BLOCK: it was kept */
  guint              again_space;
  guint             *sums;       /* [n_inputs]: where dx[i] waits to be added to the gradient of the
                                  * input; THAW_NO_BLOCK: it is written there */

  /* bytes into the parameters' block, G_MAXSIZE for none */
  gsize              prepared;
  gsize              data;       /* the value of an operation on parameters */
  gsize              fold_sum;   /* its gradient */
  gsize              fold_saved;
  gsize sum; /* bytes into a thread's gradient sums: a batched layer adds to it */
} ThawPlanNode;

/* Before step @step goes backward, the value of node @node is computed once more. */
typedef struct
{
  guint step, node;
} ThawAgain;

/* Steps @first .. @end - 1 take @block pictures at a time. */
typedef struct
{
  guint  first, end;
  gint64 block;
} ThawStage;

/* Step @step makes lines @from .. @to - 1 of its value; where that is a window, it then begins with line @base. */
typedef struct
{
  guint  step;
  gint64 from, to, base;
} ThawLines;

/* Steps @first .. @end - 1 take a picture in strips of @lines lines of the last value, so that what is between them stays in the cache. */
typedef struct
{
  guint      first, end;
  gint64     lines;
  GArray    *calls; /* ThawLines: a picture */
  GPtrArray *parts; /* GArray of ThawLines, [threads]: each thread's part of one picture; empty where they would meet inside */
} ThawChain;

/**
 * ThawPlan:
 *
 * All that is decided before a graph runs: what is computed in which order, which gradients are
 * wanted, where everything lies. The executor allocates what it says and thaw_executor_cost()
 * reports it.
 *
 * Time, for the arena: 0 loads, 1 + s is step s forward, n_steps + 1 the loss or the store,
 * 2 n_steps + 1 - s is step s backward.
 */
typedef struct
{
  const ThawGraph  *graph;
  const ThawFreeze *training;        /* (nullable) */
  gsize             cache;           /* bytes that stay with a core */
  gint64            n;               /* pictures of a micro-batch */
  gboolean          synchronous;     /* batch statistics: a micro-batch a thread, all in step */

  ThawPlanNode     *nodes;           /* [graph size] */
  GArray           *steps;           /* guint: the batched operations, in order */
  GArray           *folds;           /* guint: the operations on parameters, in order */
  GArray           *stages;          /* ThawStage */
  GArray           *chains;          /* ThawChain */
  gboolean          shares;          /* all threads can make one picture together */
  guint            *d_outputs;       /* [n_outputs]: blocks; training */
  GArray           *agains;          /* ThawAgain, as backward meets them */

  GArray           *blocks;          /* ThawBlock */
  gsize             arena_bytes;     /* a thread */
  gsize             parameter_bytes; /* packed parameters and operations on them: shared */
  gsize             sum_bytes;       /* gradient sums of a thread */
  gsize             fold_space;      /* offset of the workspace of operations on parameters */
  guint             max_inputs;

  double            multiply_adds;   /* one picture, backward included where training */
  double            work;            /* the same and the numbers that are moved */
} ThawPlan;

typedef struct
{
  const ThawFreeze *training;    /* (nullable) */
  gint64            micro_batch; /* 0 chooses */
  gint64            share;       /* pictures of a thread in a step with batch statistics */
  gsize             cache;       /* 0: this machine's */
  guint             n_threads;   /* that may make one picture together; 0: one */
} ThawPlanOptions;

ThawPlan *thaw_plan_new  (const ThawGraph *graph, const ThawPlanOptions *options);
/* For @batch pictures of a step; share is set here */
ThawPlan *thaw_plan_for  (const ThawGraph *graph, const ThawPlanOptions *options, gint64 batch);
void      thaw_plan_free (ThawPlan *self);

static inline const ThawBlock *
thaw_plan_block (const ThawPlan *self, guint block)
{
  return &g_array_index (self->blocks, ThawBlock, block);
}

static inline const ThawPlanNode *
thaw_plan_step (const ThawPlan *self, guint step)
{
  return &self->nodes[g_array_index (self->steps, guint, step)];
}

static inline const ThawChain *
thaw_plan_chain (const ThawPlan *self, const ThawPlanNode *p)
{
  return p->chain ? &g_array_index (self->chains, ThawChain, p->chain - 1) : NULL;
}

static inline const ThawPlanNode *
thaw_plan_root (const ThawPlan *self, const ThawNode *node)
{
  return &self->nodes[self->nodes[node->id].root];
}

/* Threads that are worth waking for @n pictures. */
guint     thaw_plan_threads (const ThawPlan *self, guint n_threads, gint64 n);

/* For one picture: its result and what it is made from */
gsize     thaw_plan_step_bytes (const ThawPlan *self, const ThawPlanNode *p);

/* How many pictures each step takes at a time and which steps run in strips, by predicted time (thaw-plan-stages.c). @micro_batch: 0
 * chooses */
void      thaw_plan_stages  (ThawPlan *self, gint64 micro_batch, guint n_threads);
/* What backward reads (thaw-plan-needs.c). */
void      thaw_plan_needs   (ThawPlan *self);
/* What backward of one step reads, as THAW_NEEDS_* */
guint     thaw_plan_needs_of (const ThawPlan *self, const ThawPlanNode *p);
/* Nobody but steps before @end reads the value of step @step, or it is computed once more for who does. */
gboolean  thaw_plan_passes  (const ThawPlan *self, guint step, guint end);
/* The second half of thaw_plan_new(): what lives how long in a thread's arena. */
void      thaw_plan_arena (ThawPlan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPlan, thaw_plan_free)

G_END_DECLS
