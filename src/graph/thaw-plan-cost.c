/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan-cost.h"

#include <math.h>

/* What a core does in a second: multiply-adds in one lane of a vector, bytes to and from its own cache and beyond it. Only their ratios
 * decide; they are those of a machine of 2022 within a factor of two. */
#define LANE_RATE 3e9
#define NEAR_RATE 6e10
#define FAR_RATE 1.2e10
/* Seconds to begin a call */
#define CALL 3e-7

static const guint lanes_of[THAW_N_ISAS] = { 4, 8, 16, 16, 16 };

/* Products of bfloat16; what is not made of them computes in float32 whatever it reads. */
static gboolean
is_bf16_product (const ThawPlanNode *p)
{
  return p->node->inputs[0]->dtype == THAW_DTYPE_BF16 && p->klass->takes_bf16 && !p->klass->keeps_dtype;
}

static double
work_seconds (const ThawPlanNode *p)
{
  const double gain = is_bf16_product (p) ? thaw_isa_bf16_gain (thaw_cpu_isa ()) : 1;
  const double work = p->klass->cost ? p->klass->cost (p->node) : thaw_node_multiply_adds (p->node) / gain;

  return work / (LANE_RATE * lanes_of[thaw_cpu_isa ()]);
}

double
thaw_plan_step_seconds (const ThawPlan *self, guint step, gint64 block)
{
  const ThawPlanNode *p = thaw_plan_step (self, step);
  const double bytes = thaw_plan_step_bytes (self, p), weights = p->weight_bytes;
  const double missed = CLAMP ((block * bytes + weights) / self->cache - .5, 0, 1);

  if (p->view)
    return 0;
  return work_seconds (p) + (bytes + weights) / NEAR_RATE + (missed * bytes + weights / block) / FAR_RATE + CALL / block;
}

double
thaw_plan_grow_seconds (const ThawPlan *self, guint step)
{
  const ThawNode *x = thaw_plan_step (self, step)->node->inputs[0];

  return 2 * self->nodes[x->id].bytes / FAR_RATE;
}

double
thaw_plan_chain_seconds (const ThawPlan *self, const ThawChain *chain)
{
  const ThawPlanNode *last = thaw_plan_step (self, chain->end - 1);
  const guint first = thaw_plan_step (self, chain->first)->node->id;
  double seconds = 0, far = last->bytes;

  for (guint s = chain->first; s < chain->end; s++)
    {
      const ThawPlanNode *p = thaw_plan_step (self, s);

      seconds += work_seconds (p) + (thaw_plan_step_bytes (self, p) + p->weight_bytes) / NEAR_RATE + CALL;
      seconds += p->weight_bytes / FAR_RATE + CALL * last->node->shape.dim[1] / chain->lines;
      for (guint i = 0; i < p->node->n_inputs; i++)
        if (p->node->inputs[i] && p->node->inputs[i]->batched && p->node->inputs[i]->id < first)
          far += self->nodes[p->node->inputs[i]->id].bytes;
    }
  return seconds + far / FAR_RATE;
}
