/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan.h"

#include "thaw-graph-private.h"

/* A product with windows of one place over this many channels takes less time than it takes to keep its result until backward and fetch
 * it again, or little more and none of the memory. */
#define CHEAP_CHANNELS 64

guint
thaw_plan_needs_of (const ThawPlan *self, const ThawPlanNode *p)
{
  const ThawNode *node = p->node;
  g_autofree gboolean *wanted = g_new0 (gboolean, node->n_inputs + THAW_MIN_INPUTS);

  for (guint i = 0; i < node->n_inputs; i++)
    wanted[i] = node->inputs[i] && self->nodes[node->inputs[i]->id].wanted;
  return p->klass->needs (node, wanted);
}

static void
find_needed (ThawPlan *self, const ThawPlanNode *p)
{
  const ThawNode *node = p->node;
  const guint needs = thaw_plan_needs_of (self, p);

  self->nodes[node->id].needed |= (needs & THAW_NEEDS_Y) != 0;
  for (guint i = 0; i < MIN (node->n_inputs, 31); i++)
    if (node->inputs[i] && (needs & THAW_NEEDS_X (i)))
      self->nodes[node->inputs[i]->id].needed = TRUE;
}

void
thaw_plan_needs (ThawPlan *self)
{
  for (guint s = 0; s < self->steps->len; s++)
    if (thaw_plan_step (self, s)->wanted)
      find_needed (self, thaw_plan_step (self, s));
}

static gboolean
is_cheap (const ThawPlanNode *p)
{
  const ThawWindowParams *window = &p->node->params.window;

  return p->node->op == THAW_OP_CONV && window->kernel[0] * window->kernel[1] == 1
         && p->node->inputs[0]->shape.dim[3] / window->groups <= CHEAP_CHANNELS
         && !(p->node->n_inputs > 3 && p->node->inputs[3]);
}

gboolean
thaw_plan_passes (const ThawPlan *self, guint step, guint end)
{
  const ThawPlanNode *p = thaw_plan_step (self, step);

  return p->last_use < end && step + 1 < end && (!p->needed || is_cheap (p));
}
