/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan-cost.h"

/* A chain's time is shared out as its steps would take it alone. */
static double
seconds_of (const ThawPlan *self, guint step, gint64 block)
{
  const ThawChain *chain = thaw_plan_chain (self, thaw_plan_step (self, step));
  double alone = 0;

  for (guint s = chain ? chain->first : step; s < (chain ? chain->end : step + 1); s++)
    alone += thaw_plan_step_seconds (self, s, block);
  return thaw_plan_step_seconds (self, step, block) * (chain ? thaw_plan_chain_seconds (self, chain) / alone : 1);
}

static ThawPlanRow
describe (const ThawPlan *self, guint step, guint stage)
{
  const ThawPlanNode *p = thaw_plan_step (self, step);
  const ThawChain *chain = thaw_plan_chain (self, p);
  const gint64 block = g_array_index (self->stages, ThawStage, stage).block;

  return (ThawPlanRow){
    .node = p->node->id,
    .layer = p->node->name,
    .op = p->klass->name,
    .kernel = p->klass->kernel ? p->klass->kernel (p->node) : p->klass->name,
    .stage = stage,
    .pictures = block,
    .chain = p->chain,
    .lines = chain ? chain->lines : 0,
    .again = p->again != THAW_NO_BLOCK,
    .weight_bytes = p->weight_bytes,
    .value_bytes = p->bytes,
    .multiply_adds = thaw_node_multiply_adds (p->node),
    .seconds = seconds_of (self, step, block),
  };
}

GArray *
thaw_executor_describe (const ThawGraph *graph, const ThawExecutorOptions *options, guint n_threads, gint64 batch)
{
  ThawPlanOptions asked = { .training = options->training, .micro_batch = options->micro_batch, .cache = options->cache, .n_threads = n_threads };
  g_autoptr (ThawPlan) plan = thaw_plan_for (graph, &asked, batch);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (ThawPlanRow));

  for (guint i = 0; i < plan->stages->len; i++)
    {
      const ThawStage *stage = &g_array_index (plan->stages, ThawStage, i);

      for (guint s = stage->first; s < stage->end; s++)
        if (!thaw_plan_step (plan, s)->view)
          g_array_append_val (rows, ((ThawPlanRow[]){ describe (plan, s, i) })[0]);
    }
  return rows;
}
