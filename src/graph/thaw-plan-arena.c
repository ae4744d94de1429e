/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan.h"

#include "thaw-graph-private.h"

/* Times: see ThawPlan. */
static guint
forward_time (guint step)
{
  return 1 + step;
}

/* All of a chain happens at once. */
static guint
start_time (const ThawPlan *self, guint step)
{
  const ThawChain *chain = thaw_plan_chain (self, thaw_plan_step (self, step));

  return forward_time (chain ? chain->first : step);
}

static guint
stop_time (const ThawPlan *self, guint step)
{
  const ThawChain *chain = thaw_plan_chain (self, thaw_plan_step (self, step));

  return forward_time (chain ? chain->end - 1 : step);
}

static guint
loss_time (const ThawPlan *self)
{
  return self->steps->len + 1;
}

static guint
backward_time (const ThawPlan *self, guint step)
{
  return 2 * self->steps->len + 1 - step;
}

static guint
end_time (const ThawPlan *self)
{
  return 2 * self->steps->len + 2;
}

static guint
add_block (ThawPlan *self, guint start, gsize bytes)
{
  ThawBlock block = { .start = start, .end = start, .bytes = bytes };

  if (bytes == 0)
    return THAW_NO_BLOCK;
  g_array_append_val (self->blocks, block);
  return self->blocks->len - 1;
}

static void
keep (ThawPlan *self, guint block, guint start, guint end)
{
  ThawBlock *b;

  if (block == THAW_NO_BLOCK)
    return;
  b = &g_array_index (self->blocks, ThawBlock, block);
  b->start = MIN (b->start, start);
  b->end = MAX (b->end, end);
}

static guint
stage_of (const ThawPlan *self, guint step)
{
  guint s = 0;

  while (g_array_index (self->stages, ThawStage, s).end <= step && s + 1 < self->stages->len)
    s++;
  return s;
}

/* No bits depend on how many pictures come at a time, but what a kernel asks for may. */
static gsize
workspace_bytes (const ThawPlanNode *p, gint64 n)
{
  gsize bytes = 0;

  for (gint64 m = n; p->klass->workspace_size && m > 0; m /= 2)
    bytes = MAX (bytes, p->klass->workspace_size (p->node, m, p->wanted));
  return bytes;
}

/* A value that leaves its stage is there for the whole micro-batch, as long as its stage or that of
 * a reader repeats. */
static void
make_whole (ThawPlan *self, ThawPlanNode *p, guint from, guint to)
{
  const ThawStage *first = &g_array_index (self->stages, ThawStage, from);
  const ThawStage *last = &g_array_index (self->stages, ThawStage, to);

  p->whole = TRUE;
  g_array_index (self->blocks, ThawBlock, p->value).bytes = self->n * p->bytes;
  keep (self, p->value, from ? forward_time (first->first) : 0,
        last->block < self->n ? forward_time (last->end - 1) : 0);
}

/* The value of @node is read at @time, in the stage @to. */
static void
use_value (ThawPlan *self, const ThawNode *node, guint time, guint to)
{
  ThawPlanNode *p = &self->nodes[self->nodes[node->id].root];
  guint from = stage_of (self, MAX (thaw_plan_block (self, p->value)->start, 1) - 1);

  keep (self, p->value, time, time);
  if (from != to)
    make_whole (self, p, from, to);
}

static void
plan_forward (ThawPlan *self, guint step)
{
  ThawPlanNode *p = &self->nodes[g_array_index (self->steps, guint, step)];
  guint stage = stage_of (self, step), start = start_time (self, step), stop = stop_time (self, step);
  gint64 n = g_array_index (self->stages, ThawStage, stage).block;

  for (guint i = 0; i < p->node->n_inputs; i++)
    if (p->node->inputs[i] && p->node->inputs[i]->batched)
      use_value (self, p->node->inputs[i], stop, stage);
  p->root = p->view ? self->nodes[p->node->inputs[0]->id].root : p->node->id;
  if (p->view)
    return;
  p->value = add_block (self, start, p->window ? p->window * p->bytes / p->node->shape.dim[1] : n * p->bytes);
  p->space = add_block (self, start, workspace_bytes (p, n));
  keep (self, p->value, start, stop);
  keep (self, p->space, start, stop);
  if (p->klass->saved_size && (p->wanted || p->observes))
    p->saved = add_block (self, forward_time (step), p->klass->saved_size (p->node, n));
}

static void
plan_values (ThawPlan *self)
{
  gint64 n = g_array_index (self->stages, ThawStage, 0).block;

  for (guint i = 0; i < thaw_graph_n_inputs (self->graph); i++)
    {
      ThawPlanNode *p = &self->nodes[thaw_graph_input (self->graph, i)->id];

      p->root = p->node->id;
      p->value = add_block (self, 0, n * p->bytes);
    }
  for (guint s = 0; s < self->steps->len; s++)
    plan_forward (self, s);
  for (guint i = 0; i < thaw_graph_n_outputs (self->graph); i++)
    use_value (self, thaw_graph_output (self->graph, i), loss_time (self), self->stages->len - 1);
}

/* [graph size]: how many write to a value's gradient (transfer full) */
static guint *
count_contributions (const ThawPlan *self)
{
  guint *n = g_new0 (guint, thaw_graph_size (self->graph) + 1);

  for (guint i = 0; i < thaw_graph_n_outputs (self->graph); i++)
    n[thaw_graph_output (self->graph, i)->id]++;
  for (guint s = 0; s < self->steps->len; s++)
    {
      const ThawPlanNode *p = thaw_plan_step (self, s);

      for (guint i = 0; p->wanted && i < p->node->n_inputs; i++)
        if (p->node->inputs[i])
          n[p->node->inputs[i]->id]++;
    }
  return n;
}

static void
plan_loss (ThawPlan *self)
{
  guint n_outputs = thaw_graph_n_outputs (self->graph);

  self->d_outputs = g_new (guint, n_outputs + 1);
  for (guint i = 0; i < n_outputs; i++)
    {
      ThawPlanNode *p = &self->nodes[thaw_graph_output (self->graph, i)->id];

      self->d_outputs[i] = add_block (self, loss_time (self), self->n * p->count * sizeof (float));
      if (p->wanted && p->gradient == THAW_NO_BLOCK)
        p->gradient = self->d_outputs[i];
    }
}

/* Where a chain let go of a value it is computed once more. With batch statistics every value of the whole batch would wait for backward. Those that follow from a kept one at the cost
 * of a pass over it are dropped and computed once more. */
static gboolean
is_recomputed (const ThawPlan *self, const ThawPlanNode *p)
{
  const ThawNode *x = p->node->n_inputs ? p->node->inputs[0] : NULL;

  if (p->window)
    return TRUE;
  if (!self->synchronous || !x || !x->batched)
    return FALSE;
  return p->observes
         || (thaw_op_activation (p->node->op) != THAW_ACTIVATION_NONE && thaw_plan_root (self, x)->observes);
}

/* Backward of @step reads the value of @node. */
static void
need_value (ThawPlan *self, const ThawNode *node, guint step)
{
  ThawPlanNode *p = &self->nodes[self->nodes[node->id].root];
  guint time = backward_time (self, step);
  ThawAgain again = { step, p->node->id };

  if (!is_recomputed (self, p))
    keep (self, p->value, time, time);
  else if (p->again != THAW_NO_BLOCK)
    keep (self, p->again, time, time);
  else
    {
      need_value (self, p->node->inputs[0], step);
      keep (self, p->saved, time, time);
      p->again = add_block (self, time, self->n * p->bytes);
      p->again_space = add_block (self, time, workspace_bytes (p, self->n));
      g_array_append_val (self->agains, again);
    }
}

/* What backward of step @step, node @p, reads stays until then. */
static void
keep_needed (ThawPlan *self, const ThawPlanNode *p, guint step)
{
  const ThawNode *node = p->node;
  guint time = backward_time (self, step), needs = thaw_plan_needs_of (self, p);

  for (guint i = 0; i < MIN (node->n_inputs, 31); i++)
    if (node->inputs[i] && node->inputs[i]->batched && (needs & THAW_NEEDS_X (i)))
      need_value (self, node->inputs[i], step);
  if (needs & THAW_NEEDS_Y)
    need_value (self, node, step);
  keep (self, p->saved, time, time);
}

/* A residual's gradient is what backward of the convolution makes of its own. */
static gboolean
hands_on (const ThawPlanNode *p, guint i)
{
  return p->node->op == THAW_OP_CONV && i == 3;
}

/* The first to run writes the gradient of a value, later ones put theirs beside it to be added. */
static void
plan_input_gradients (ThawPlan *self, ThawPlanNode *p, guint time)
{
  for (guint i = 0; i < p->node->n_inputs; i++)
    {
      ThawPlanNode *input = p->node->inputs[i] ? &self->nodes[p->node->inputs[i]->id] : NULL;
      gsize bytes = input ? self->n * input->count * sizeof (float) : 0;

      if (!input || !input->wanted || !input->node->batched)
        continue;
      if (input->gradient == THAW_NO_BLOCK && hands_on (p, i))
        input->gradient = p->gradient;
      else if (input->gradient == THAW_NO_BLOCK)
        input->gradient = add_block (self, time, bytes);
      else
        p->sums[i] = add_block (self, time, bytes);
    }
}

static void
plan_backward (ThawPlan *self, guint step, const guint *contributions)
{
  ThawPlanNode *p = &self->nodes[g_array_index (self->steps, guint, step)];
  ThawPlanNode *x = &self->nodes[p->node->inputs[0]->id];
  guint time = backward_time (self, step);

  if (!p->wanted)
    return;
  keep (self, p->gradient, time, time);
  if (p->view && contributions[x->node->id] == 1)
    {
      p->view_back = TRUE;
      x->gradient = p->gradient;
      return;
    }
  keep_needed (self, p, step);
  p->back_space = add_block (self, time, workspace_bytes (p, self->n));
  plan_input_gradients (self, p, time);
  if (p->observes)
    keep (self, p->saved, time, end_time (self));
}

void
thaw_plan_arena (ThawPlan *self)
{
  plan_values (self);
  if (self->training)
    {
      g_autofree guint *contributions = count_contributions (self);

      plan_loss (self);
      for (guint s = self->steps->len; s-- > 0;)
        plan_backward (self, s, contributions);
    }
  self->arena_bytes = thaw_layout ((ThawBlock *) self->blocks->data, self->blocks->len);
}
