/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan.h"

#include "thaw-graph-private.h"

/* What a layer reads and writes should stay in a core's second-level cache (1 to 2 MiB on the
 * machines at hand). */
#define CACHE_BYTES (3 << 19)
#define MOST_PICTURES 8

/* Pictures of a micro-batch in training, unless the values are so small that the calls would cost
 * more. Twice as many take twice the memory and make MobileNetV2 5 % slower and ResNet-18 3 %
 * faster. Part of what determines a training's bits. */
#define TRAINING_PICTURES 2
#define SMALL_VALUE_BYTES (1 << 16)

static gsize
take (gsize *total, gsize bytes)
{
  gsize offset = *total;

  if (bytes == 0)
    return G_MAXSIZE;
  *total += thaw_layout_align (bytes);
  return offset;
}

static gboolean
any_input_wanted (const ThawPlan *self, const ThawNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] && self->nodes[node->inputs[i]->id].wanted)
      return TRUE;
  return FALSE;
}

static void
plan_node (ThawPlan *self, ThawPlanNode *p, const ThawNode *node, gboolean reached)
{
  p->node = node;
  p->klass = thaw_op_class (node->op);
  p->count = thaw_shape_count (&node->shape);
  p->reached = reached;
  p->value = p->gradient = p->saved = p->space = p->back_space = THAW_NO_BLOCK;
  p->again = p->again_space = THAW_NO_BLOCK;
  p->prepared = p->data = p->fold_sum = p->fold_saved = p->sum = G_MAXSIZE;
  p->sums = g_new (guint, node->n_inputs + 1);
  for (guint i = 0; i <= node->n_inputs; i++)
    p->sums[i] = THAW_NO_BLOCK;
  p->view = reached && node->op == THAW_OP_RESHAPE && node->batched;
  if (self->training && reached)
    p->wanted = thaw_graph_trains (self->graph, self->training, node)
                || (p->klass->backward && any_input_wanted (self, node));
  p->observes = self->training && reached && node->op == THAW_OP_BATCHNORM
                && node->params.norm.batch_statistics;
  self->synchronous |= p->observes;
  self->max_inputs = MAX (self->max_inputs, node->n_inputs);
}

static void
plan_nodes (ThawPlan *self)
{
  g_autofree gboolean *reached = thaw_graph_reached (self->graph);

  self->nodes = g_new0 (ThawPlanNode, thaw_graph_size (self->graph) + 1);
  self->max_inputs = THAW_MIN_INPUTS;
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      plan_node (self, &self->nodes[id], node, reached[id]);
      if (reached[id] && node->n_inputs > 0)
        g_array_append_val (node->batched ? self->steps : self->folds, id);
    }
}

/* Packed kernels, and all of operations on parameters. */
static void
plan_parameters (ThawPlan *self, ThawPlanNode *p, gsize *workspace)
{
  const ThawNode *node = p->node;
  gsize *total = &self->parameter_bytes;

  if (p->klass->prepared_size)
    p->prepared = take (total, p->klass->prepared_size (node, p->wanted));
  if (node->batched)
    return;
  p->data = take (total, p->count * sizeof (float));
  if (p->wanted)
    p->fold_sum = take (total, p->count * sizeof (float));
  if (p->klass->saved_size)
    p->fold_saved = take (total, p->klass->saved_size (node, 1));
  if (p->klass->workspace_size)
    *workspace = MAX (*workspace, p->klass->workspace_size (node, 1, p->wanted));
}

static void
plan_sums (ThawPlan *self, const ThawNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    {
      ThawPlanNode *input = node->inputs[i] ? &self->nodes[node->inputs[i]->id] : NULL;

      if (input && input->wanted && !input->node->batched && input->sum == G_MAXSIZE)
        input->sum = take (&self->sum_bytes, input->count * sizeof (float));
    }
}

/* Backward computes as much again as forward for each of the two gradients, the picture's and the
 * kernel's. */
static void
plan_work (ThawPlan *self, const ThawPlanNode *p)
{
  const ThawNode *node = p->node;
  double passes = 1;

  for (guint i = 0; i < MIN (node->n_inputs, 2); i++)
    passes += node->inputs[i] && self->nodes[node->inputs[i]->id].wanted;
  self->multiply_adds += passes * thaw_node_multiply_adds (node);
  self->work += passes * (thaw_node_multiply_adds (node) + p->count);
}

static gsize
step_bytes (const ThawPlan *self, const ThawPlanNode *p)
{
  gint64 count = p->count;

  for (guint i = 0; i < p->node->n_inputs; i++)
    if (p->node->inputs[i] && p->node->inputs[i]->batched)
      count += self->nodes[p->node->inputs[i]->id].count;
  return count * sizeof (float);
}

static gint64
training_pictures (const ThawPlan *self)
{
  gsize largest = 0;

  for (guint s = 0; s < self->steps->len; s++)
    largest = MAX (largest, step_bytes (self, thaw_plan_step (self, s)));
  return largest > SMALL_VALUE_BYTES ? TRAINING_PICTURES : MOST_PICTURES;
}

static void
one_stage (ThawPlan *self, gint64 n)
{
  ThawStage stage = { 0, self->steps->len, n };

  self->n = n;
  g_array_append_val (self->stages, stage);
}

/* The early layers have large values and few weights, the late ones the reverse: they take one
 * picture, and more and more, at a time. A stage's block is never larger than a later one's. */
static void
growing_stages (ThawPlan *self)
{
  gint64 block = MOST_PICTURES;

  for (guint s = self->steps->len; s-- > 0;)
    {
      gsize bytes = step_bytes (self, thaw_plan_step (self, s));
      ThawStage *first = self->stages->len ? &g_array_index (self->stages, ThawStage, 0) : NULL;

      while (block > 1 && block * bytes > CACHE_BYTES)
        block /= 2;
      if (first && first->block == block)
        first->first = s;
      else
        g_array_prepend_val (self->stages,
                             ((ThawStage){ s, first ? first->first : self->steps->len, block }));
    }
  if (self->stages->len == 0)
    one_stage (self, MOST_PICTURES);
  self->n = g_array_index (self->stages, ThawStage, self->stages->len - 1).block;
}

static void
plan_pictures (ThawPlan *self, gint64 micro_batch, gint64 share)
{
  if (self->synchronous)
    one_stage (self, MAX (share, 1));
  else if (micro_batch > 0)
    one_stage (self, micro_batch);
  else if (self->training)
    one_stage (self, training_pictures (self));
  else
    growing_stages (self);
}

ThawPlan *
thaw_plan_new (const ThawGraph *graph, const ThawFreeze *training, gint64 micro_batch, gint64 share)
{
  ThawPlan *self = g_new0 (ThawPlan, 1);
  gsize workspace = 0;

  self->graph = graph;
  self->training = training;
  self->steps = g_array_new (FALSE, FALSE, sizeof (guint));
  self->folds = g_array_new (FALSE, FALSE, sizeof (guint));
  self->stages = g_array_new (FALSE, FALSE, sizeof (ThawStage));
  self->blocks = g_array_new (FALSE, FALSE, sizeof (ThawBlock));
  self->agains = g_array_new (FALSE, FALSE, sizeof (ThawAgain));
  plan_nodes (self);
  for (guint i = 0; i < self->folds->len; i++)
    plan_parameters (self, &self->nodes[g_array_index (self->folds, guint, i)], &workspace);
  for (guint s = 0; s < self->steps->len; s++)
    {
      ThawPlanNode *p = &self->nodes[g_array_index (self->steps, guint, s)];

      plan_parameters (self, p, &workspace);
      plan_sums (self, p->node);
      plan_work (self, p);
    }
  self->fold_space = take (&self->parameter_bytes, workspace);
  plan_pictures (self, micro_batch, share);
  thaw_plan_arena (self);
  return self;
}

void
thaw_plan_free (ThawPlan *self)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    g_free (self->nodes[id].sums);
  g_free (self->nodes);
  g_array_unref (self->steps);
  g_array_unref (self->folds);
  g_array_unref (self->stages);
  g_array_unref (self->blocks);
  g_array_unref (self->agains);
  g_free (self->d_outputs);
  g_free (self);
}
