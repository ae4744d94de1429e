/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-plan-chain.h"

#include "thaw-graph-private.h"

/* Below this many multiply-adds and numbers moved, a pass takes about as long as waking the other
 * threads. Part of what determines a training's bits: changing it changes them. */
#define WORTH_WAKING 4e6

/* Pictures of a micro-batch in training, unless the values are so small that the calls would cost
 * more. Twice as many take twice the memory and make MobileNetV2 5 % slower and ResNet-18 3 %
 * faster. Part of what determines a training's bits. */
#define TRAINING_PICTURES 2
#define MOST_TRAINING_PICTURES 8
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
  p->bytes = p->count * thaw_dtype_size (node->dtype);
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
      if (reached[id] && (node->n_inputs > 0 || node->op == THAW_OP_CONSTANT))
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
    p->weight_bytes = p->klass->prepared_size (node, FALSE);
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

gsize
thaw_plan_step_bytes (const ThawPlan *self, const ThawPlanNode *p)
{
  gsize bytes = p->bytes;

  for (guint i = 0; i < p->node->n_inputs; i++)
    if (p->node->inputs[i] && p->node->inputs[i]->batched)
      bytes += self->nodes[p->node->inputs[i]->id].bytes;
  return bytes;
}

static gint64
training_pictures (const ThawPlan *self)
{
  gsize largest = 0;

  for (guint s = 0; s < self->steps->len; s++)
    largest = MAX (largest, thaw_plan_step_bytes (self, thaw_plan_step (self, s)));
  return largest > SMALL_VALUE_BYTES ? TRAINING_PICTURES : MOST_TRAINING_PICTURES;
}

static void
find_uses (ThawPlan *self)
{
  for (guint s = 0; s < self->steps->len; s++)
    {
      const ThawNode *node = thaw_plan_step (self, s)->node;

      for (guint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i])
          self->nodes[node->inputs[i]->id].last_use = s;
    }
  for (guint i = 0; i < thaw_graph_n_outputs (self->graph); i++)
    self->nodes[thaw_graph_output (self->graph, i)->id].last_use = G_MAXUINT;
}

static void
plan_pictures (ThawPlan *self, const ThawPlanOptions *options)
{
  gint64 n = options->micro_batch;

  find_uses (self);
  if (self->training)
    thaw_plan_needs (self);
  if (self->synchronous)
    n = MAX (options->share, 1);
  else if (n == 0 && self->training)
    n = training_pictures (self);
  thaw_plan_stages (self, n, options->n_threads);
}

ThawPlan *
thaw_plan_new (const ThawGraph *graph, const ThawPlanOptions *options)
{
  ThawPlan *self = g_new0 (ThawPlan, 1);
  gsize workspace = 0;

  self->graph = graph;
  self->training = options->training;
  self->cache = options->cache ? options->cache : thaw_cpu_cache ();
  self->steps = g_array_new (FALSE, FALSE, sizeof (guint));
  self->folds = g_array_new (FALSE, FALSE, sizeof (guint));
  self->stages = g_array_new (FALSE, FALSE, sizeof (ThawStage));
  self->chains = g_array_new (FALSE, FALSE, sizeof (ThawChain));
  g_array_set_clear_func (self->chains, (GDestroyNotify) thaw_chain_clear);
  self->shares = TRUE;
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
  plan_pictures (self, options);
  thaw_plan_arena (self);
  return self;
}

guint
thaw_plan_threads (const ThawPlan *self, guint n_threads, gint64 n)
{
  return self->work * n < WORTH_WAKING ? 1 : n_threads;
}

ThawPlan *
thaw_plan_for (const ThawGraph *graph, const ThawPlanOptions *asked, gint64 batch)
{
  ThawPlanOptions options = *asked;
  ThawPlan *plan;
  guint threads;

  options.share = 1;
  plan = thaw_plan_new (graph, &options);
  threads = thaw_plan_threads (plan, MAX (options.n_threads, 1), batch);
  options.share = (MAX (batch, 1) + threads - 1) / threads;
  if (!plan->synchronous)
    return plan;
  thaw_plan_free (plan);
  return thaw_plan_new (graph, &options);
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
  g_array_unref (self->chains);
  g_array_unref (self->blocks);
  g_array_unref (self->agains);
  g_free (self->d_outputs);
  g_free (self);
}
