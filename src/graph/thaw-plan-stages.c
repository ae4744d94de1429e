/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan-chain.h"
#include "thaw-plan-cost.h"

#include <math.h>

/* Pictures that a step may take at a time. The early layers have large values and few weights, the late ones the reverse: they take one
 * picture, and more and more, at a time. */
static const gint64 blocks[] = { 1, 2, 4, 8 };
#define MOST_BLOCKS G_N_ELEMENTS (blocks)

/* The best way on from a step */
typedef struct
{
  double   seconds;
  gboolean grows; /* first of all more pictures are taken at a time */
  guint    end;   /* the steps up to here together: more than one are a chain */
} Way;

typedef Way Ways[MOST_BLOCKS];

typedef struct
{
  ThawPlan     *plan;
  const gint64 *blocks;
  guint         n_blocks;
  guint         n_threads;
  Ways         *ways; /* [steps + 1] */
} Choice;

static void
consider (Way *best, double seconds, gboolean grows, guint end)
{
  if (seconds < best->seconds)
    *best = (Way){ seconds, grows, end };
}

/* Whether a step of the chain reads the value of step @step of it. */
static gboolean
is_read_inside (const ThawPlan *self, const ThawChain *chain, guint step)
{
  for (guint s = step + 1; s < chain->end; s++)
    {
      const ThawNode *node = thaw_plan_step (self, s)->node;

      for (guint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i] == thaw_plan_step (self, step)->node)
          return TRUE;
    }
  return FALSE;
}

/* In inference nothing inside a chain may be read outside, so that threads can share a picture. In training values that backward reads
 * may be kept, but one at least should not. */
static gboolean
is_worth_chaining (const ThawPlan *self, const ThawChain *chain)
{
  guint passes = 0;

  for (guint s = chain->first; s + 1 < chain->end; s++)
    {
      if (!is_read_inside (self, chain, s))
        return FALSE;
      passes += thaw_plan_passes (self, s, chain->end);
    }
  return self->training ? passes > 0 : passes == chain->end - 1 - chain->first;
}

static void
consider_chains (const Choice *self, Way *best, guint step, guint k)
{
  const ThawPlan *plan = self->plan;

  if (plan->synchronous || !thaw_plan_can_chain (plan, step))
    return;
  for (guint end = step + 2; end <= MIN (step + THAW_MOST_CHAIN, plan->steps->len); end++)
    {
      ThawChain chain = { .first = step, .end = end };

      if (!thaw_plan_can_chain (plan, end - 1))
        return;
      chain.lines = is_worth_chaining (plan, &chain) ? thaw_plan_chain_lines (plan, &chain) : 0;
      if (chain.lines > 0)
        consider (best, thaw_plan_chain_seconds (plan, &chain) + self->ways[end][k].seconds, FALSE, end);
    }
}

static Way
choose (const Choice *self, guint step, guint k)
{
  Way best = { INFINITY, FALSE, step + 1 };

  consider (&best, thaw_plan_step_seconds (self->plan, step, self->blocks[k]) + self->ways[step + 1][k].seconds, FALSE, step + 1);
  consider_chains (self, &best, step, k);
  if (k + 1 < self->n_blocks)
    consider (&best, self->ways[step][k + 1].seconds + (step ? thaw_plan_grow_seconds (self->plan, step) : 0), TRUE, step);
  return best;
}

static void
add_steps (Choice *self, guint first, guint end, gint64 block)
{
  GArray *stages = self->plan->stages;
  ThawStage *last = stages->len ? &g_array_index (stages, ThawStage, stages->len - 1) : NULL;
  ThawStage stage = { first, end, block };

  if (last && last->block == block)
    last->end = end;
  else
    g_array_append_val (stages, stage);
  if (end > first + 1)
    thaw_plan_add_chain (self->plan, first, end, self->n_threads);
}

void
thaw_plan_stages (ThawPlan *self, gint64 micro_batch, guint n_threads)
{
  const guint n = self->steps->len;
  guint k = 0;
  g_autofree Ways *ways = g_new0 (Ways, n + 1);
  Choice choice = { self, micro_batch ? &micro_batch : blocks, micro_batch ? 1 : MOST_BLOCKS, MAX (n_threads, 1), ways };

  for (guint s = n; s-- > 0;)
    for (guint i = choice.n_blocks; i-- > 0;)
      ways[s][i] = choose (&choice, s, i);
  for (guint s = 0; s < n; s = ways[s][k].end)
    {
      while (ways[s][k].grows)
        k++;
      add_steps (&choice, s, ways[s][k].end, choice.blocks[k]);
    }
  self->n = n ? choice.blocks[k] : choice.blocks[choice.n_blocks - 1];
  if (n == 0)
    g_array_append_val (self->stages, ((ThawStage){ .block = self->n }));
}
