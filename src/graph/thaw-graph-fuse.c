/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-op.h>

#include "thaw-graph-private.h"

/* Layers are fused as they are met: a fused layer is built anew at the place and with the name of
 * the last of its parts, and what it replaces is left without a use, to be pruned in the end. So
 * the value of a given name means the same before and after. */

enum { CONV_X, CONV_WEIGHT, CONV_BIAS, CONV_RESIDUAL, CONV_N_INPUTS };
enum { NORM_X, NORM_WEIGHT, NORM_BIAS, NORM_MEAN, NORM_VAR };

typedef struct
{
  const ThawGraph *old;
  ThawGraph       *new;
  ThawNode       **map;      /* [old size]: old id -> node of @new */
  guint           *uses;     /* [old size]: by layers and outputs */
  const char     **origin;   /* [old size]: the convolution's name before it was fused */
  gboolean         training; /* backward will be called */
} Fusion;

static void
count_uses (Fusion *self)
{
  g_autofree gboolean *reached = thaw_graph_reached (self->old);

  for (guint id = 0; id < thaw_graph_size (self->old); id++)
    {
      const ThawNode *node = thaw_graph_at (self->old, id);

      for (guint i = 0; reached[id] && i < node->n_inputs; i++)
        if (node->inputs[i])
          self->uses[node->inputs[i]->id]++;
    }
  for (guint i = 0; i < thaw_graph_n_outputs (self->old); i++)
    self->uses[thaw_graph_output (self->old, i)->id]++;
}

static gboolean
is_convolution (const ThawNode *node)
{
  return node->op == THAW_OP_CONV || node->op == THAW_OP_DEPTHWISE;
}

static ThawActivation
fused_activation (const ThawNode *node)
{
  return node->op == THAW_OP_LINEAR ? node->params.linear.activation
                                    : node->params.window.activation;
}

/* The layer that makes @x (of the old graph) where something may be fused to it: it is a
 * convolution or linear without an activation so far, and nobody else looks at its value. NULL
 * otherwise. */
static const ThawNode *
open_producer (const Fusion *self, const ThawNode *x)
{
  const ThawNode *producer = self->map[x->id];

  if (self->uses[x->id] != 1 || !(is_convolution (producer) || producer->op == THAW_OP_LINEAR))
    return NULL;
  return producer->batched && fused_activation (producer) == THAW_ACTIVATION_NONE ? producer : NULL;
}

static ThawNode *
input_or_null (const ThawNode *node, guint i)
{
  return i < node->n_inputs ? node->inputs[i] : NULL;
}

/* @producer again under the name of @node, with other inputs or params. NULL leaves the graph
 * alone: then nothing is fused. */
static ThawNode *
rebuild (Fusion *self, const ThawNode *node, const ThawNode *producer, const ThawOpParams *params,
         ThawNode *const *inputs)
{
  guint n = producer->op == THAW_OP_CONV ? CONV_N_INPUTS : CONV_RESIDUAL;
  ThawNode *fused = thaw_graph_add (self->new, producer->op, node->name, params, inputs, n, NULL);

  if (fused)
    self->origin[node->id] = self->origin[node->inputs[0]->id];
  return fused;
}

static void
copy_inputs (const ThawNode *producer, ThawNode **inputs)
{
  for (guint i = 0; i < CONV_N_INPUTS; i++)
    inputs[i] = input_or_null (producer, i);
}

static ThawNode *
add_fold (Fusion *self, ThawOp op, const char *layer, const char *what, const ThawNode *norm,
          ThawNode *const *inputs, guint n)
{
  g_autofree char *name = g_strconcat (layer, what, NULL);

  if (thaw_graph_find (self->new, name))
    return thaw_graph_add (self->new, op, NULL, &norm->params, inputs, n, NULL);
  return thaw_graph_add (self->new, op, name, &norm->params, inputs, n, NULL);
}

/* The statistics and weights of a BatchNorm do not depend on the picture. */
static gboolean
norm_is_plain (const ThawNode *norm)
{
  for (guint i = NORM_WEIGHT; i <= NORM_VAR; i++)
    if (!input_or_null (norm, i) || norm->inputs[i]->batched)
      return FALSE;
  return !norm->params.norm.batch_statistics;
}

/* The params of @producer with an activation */
static ThawOpParams
activated (const ThawNode *producer, ThawActivation activation)
{
  ThawOpParams params = producer->params;

  if (producer->op == THAW_OP_LINEAR)
    params.linear.activation = activation;
  else
    params.window.activation = activation;
  return params;
}

static ThawNode *
fold_batchnorm (Fusion *self, const ThawNode *norm)
{
  const ThawNode *producer = open_producer (self, norm->inputs[NORM_X]);
  const char *layer = self->origin[norm->inputs[NORM_X]->id];
  ThawNode *p[NORM_VAR + 1] = { NULL };
  ThawNode *inputs[CONV_N_INPUTS];
  ThawOpParams params;

  if (!producer || !layer || input_or_null (producer, CONV_RESIDUAL) || !norm_is_plain (norm))
    return NULL;
  for (guint i = NORM_WEIGHT; i <= NORM_VAR; i++)
    p[i] = self->map[norm->inputs[i]->id];
  copy_inputs (producer, inputs);
  inputs[CONV_BIAS] = add_fold (
      self, THAW_OP_FOLD_BIAS, layer, ".folded_bias", norm,
      (ThawNode *[]){ inputs[CONV_BIAS], p[NORM_WEIGHT], p[NORM_BIAS], p[NORM_MEAN], p[NORM_VAR] },
      5);
  inputs[CONV_WEIGHT]
      = add_fold (self, THAW_OP_FOLD_WEIGHT, layer, ".folded_weight", norm,
                  (ThawNode *[]){ inputs[CONV_WEIGHT], p[NORM_WEIGHT], p[NORM_VAR] }, 3);
  params = activated (producer, norm->params.norm.activation);
  return inputs[CONV_BIAS] && inputs[CONV_WEIGHT]
             ? rebuild (self, norm, producer, &params, inputs)
             : NULL;
}

/* A BatchNorm with the batch's statistics computes its own activation: a pass over the value less, and one more in backward. */
static ThawNode *
fuse_to_norm (Fusion *self, const ThawNode *node, ThawActivation activation)
{
  const ThawNode *norm = self->map[node->inputs[0]->id];
  ThawOpParams params = norm->params;

  if (norm->op != THAW_OP_BATCHNORM || self->uses[node->inputs[0]->id] != 1 || params.norm.activation != THAW_ACTIVATION_NONE
      || (activation != THAW_ACTIVATION_RELU && activation != THAW_ACTIVATION_RELU6)
      || !params.norm.batch_statistics)
    return NULL;
  params.norm.activation = activation;
  return thaw_graph_add (self->new, norm->op, node->name, &params, norm->inputs, norm->n_inputs, NULL);
}

static ThawNode *
fuse_activation (Fusion *self, const ThawNode *node)
{
  ThawActivation activation = thaw_op_activation (node->op);
  const ThawNode *producer = open_producer (self, node->inputs[0]);
  ThawNode *inputs[CONV_N_INPUTS];
  ThawOpParams params;

  if (!producer)
    return fuse_to_norm (self, node, activation);
  /* backward of a fused activation has the output alone */
  if (self->training && activation >= THAW_ACTIVATION_SILU)
    return NULL;
  params = activated (producer, activation);
  copy_inputs (producer, inputs);
  return rebuild (self, node, producer, &params, inputs);
}

/* x + y, where x (input @i) is a convolution */
static ThawNode *
fuse_residual (Fusion *self, const ThawNode *node, guint i)
{
  const ThawNode *producer = open_producer (self, node->inputs[i]);
  ThawNode *other = self->map[node->inputs[1 - i]->id];
  ThawNode *inputs[CONV_N_INPUTS];

  if (!producer || producer->op != THAW_OP_CONV || input_or_null (producer, CONV_RESIDUAL))
    return NULL;
  if (!other->batched || !thaw_shape_equal (&other->shape, &producer->shape))
    return NULL;
  copy_inputs (producer, inputs);
  inputs[CONV_RESIDUAL] = other;
  return rebuild (self, node, producer, &producer->params, inputs);
}

/* The convolution that comes last takes the other value in: it is the one still in the cache. */
static ThawNode *
fuse_add (Fusion *self, const ThawNode *node)
{
  guint last = node->inputs[1]->id > node->inputs[0]->id;
  ThawNode *fused = fuse_residual (self, node, last);

  return fused ? fused : fuse_residual (self, node, 1 - last);
}

/* Zeros around a picture become the convolution's own padding. */
static ThawNode *
fuse_pad (Fusion *self, const ThawNode *node)
{
  const ThawNode *pad = self->map[node->inputs[CONV_X]->id];
  ThawOpParams params = node->params;
  ThawNode *inputs[CONV_N_INPUTS] = { NULL };

  if (pad->op != THAW_OP_PAD || pad->params.pad.value != 0)
    return NULL;
  params.window.padding = THAW_PADDING_EXPLICIT;
  for (int i = 0; i < 4; i++)
    {
      if (pad->params.pad.pad[i] < 0)
        return NULL;
      params.window.pad[i] += pad->params.pad.pad[i];
    }
  for (guint i = 0; i < MIN (node->n_inputs, CONV_N_INPUTS); i++)
    inputs[i] = node->inputs[i] ? self->map[node->inputs[i]->id] : NULL;
  inputs[CONV_X] = pad->inputs[0];
  return rebuild (self, node, node, &params, inputs);
}

static gboolean
is_sorted (const ThawTransposeParams *params)
{
  for (int i = 0; i < params->rank; i++)
    if (params->perm[i] != i)
      return FALSE;
  return TRUE;
}

/* Whether @node hands its input on as it is. */
static gboolean
is_identity (const Fusion *self, const ThawNode *node)
{
  switch (node->op)
    {
    case THAW_OP_DROPOUT:
      return !self->training || node->params.dropout.p <= 0;
    case THAW_OP_RESHAPE:
      return thaw_shape_equal (&node->shape, &node->inputs[0]->shape);
    case THAW_OP_TRANSPOSE:
      return is_sorted (&node->params.transpose);
    case THAW_OP_CONCAT:
      return node->n_inputs == 1;
    case THAW_OP_PAD:
      return thaw_shape_equal (&node->shape, &node->inputs[0]->shape)
             && (node->params.pad.pad[0] | node->params.pad.pad[1] | node->params.pad.pad[2]
                 | node->params.pad.pad[3])
                    == 0;
    default:
      return FALSE;
    }
}

static ThawNode *
fuse_node (Fusion *self, const ThawNode *node)
{
  if (node->batched && is_identity (self, node))
    {
      /* who looks at the input looks at this value too */
      self->uses[node->id] += self->uses[node->inputs[0]->id] - 1;
      return self->map[node->inputs[0]->id];
    }
  if (node->op == THAW_OP_BATCHNORM)
    return fold_batchnorm (self, node);
  if (node->op == THAW_OP_ADD)
    return fuse_add (self, node);
  if (is_convolution (node))
    return fuse_pad (self, node);
  if (thaw_op_activation (node->op) != THAW_ACTIVATION_NONE)
    return fuse_activation (self, node);
  return NULL;
}

static void
fuse_all (Fusion *self)
{
  for (guint id = 0; id < thaw_graph_size (self->old); id++)
    {
      const ThawNode *node = thaw_graph_at (self->old, id);

      self->origin[id] = node->name;
      self->map[id] = fuse_node (self, node);
      if (!self->map[id])
        self->map[id] = thaw_graph_copy_node (self->new, node, self->map, NULL);
      g_assert (self->map[id]);
    }
  for (guint i = 0; i < thaw_graph_n_outputs (self->old); i++)
    thaw_graph_add_output (self->new, self->map[thaw_graph_output (self->old, i)->id]);
}

ThawGraph *
thaw_graph_fuse (const ThawGraph *graph, gboolean training)
{
  gsize n = thaw_graph_size (graph) + 1;
  g_autoptr (ThawGraph) new = thaw_graph_new ();
  g_autofree ThawNode **map = g_new0 (ThawNode *, n);
  g_autofree guint *uses = g_new0 (guint, n);
  g_autofree const char **origin = g_new0 (const char *, n);
  Fusion fusion = {
    .old = graph, .new = new, .map = map, .uses = uses, .origin = origin, .training = training
  };

  count_uses (&fusion);
  fuse_all (&fusion);
  return thaw_graph_prune (new);
}
