/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-bf16.h>
#include <thaw/thaw-executor.h>

#include "thaw-graph-private.h"

struct _ThawReference
{
  ThawGraph *graph;
  gsize      element;
  guint      twin;      /* 0: float, 1: double */

  ThawOpRun  run;       /* of the last forward */
  guint64   *samples;
  gint64     n;
  void     **values;    /* [graph size]; those of parameters live as long as this */
  void     **gradients; /* [graph size] (nullable) */
  void     **saved;     /* [graph size] (nullable) */
};

static gsize
value_bytes (const ThawReference *self, const ThawNode *node)
{
  return thaw_shape_count (&node->shape) * (node->batched ? self->n : 1) * self->element;
}

static void *
convert (const ThawTensor *tensor, gsize element)
{
  gint64 n = thaw_tensor_count (tensor);
  const float *from = thaw_tensor_f32 (tensor);
  void *to = g_malloc (n * element + 1);

  for (gint64 i = 0; i < n; i++)
    if (element == sizeof (double))
      ((double *) to)[i] = from[i];
    else
      ((float *) to)[i] = from[i];
  return to;
}

ThawReference *
thaw_reference_new (const ThawGraph *graph, const ThawTensorMap *parameters, gsize element)
{
  ThawReference *self = g_new0 (ThawReference, 1);
  guint size = thaw_graph_size (graph);

  g_assert (element == sizeof (float) || element == sizeof (double));
  self->graph = thaw_graph_ref ((ThawGraph *) graph);
  self->element = element;
  self->twin = element == sizeof (double);
  self->values = g_new0 (void *, size + 1);
  self->gradients = g_new0 (void *, size + 1);
  self->saved = g_new0 (void *, size + 1);
  for (guint id = 0; id < size; id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      const ThawTensor *tensor;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_tensor_map_get (parameters, node->name);
      g_assert (tensor && thaw_shape_equal (&tensor->shape, &node->shape));
      self->values[id] = convert (tensor, element);
    }
  return self;
}

void
thaw_reference_free (ThawReference *self)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      g_free (self->values[id]);
      g_free (self->gradients[id]);
      g_free (self->saved[id]);
    }
  g_free (self->values);
  g_free (self->gradients);
  g_free (self->saved);
  g_free (self->samples);
  thaw_graph_unref (self->graph);
  g_free (self);
}

static const void **
gather (const ThawReference *self, const ThawNode *node)
{
  const void **x = g_new0 (const void *, node->n_inputs + THAW_MIN_INPUTS);

  for (guint i = 0; i < node->n_inputs; i++)
    x[i] = node->inputs[i] ? self->values[node->inputs[i]->id] : NULL;
  return x;
}

static ThawOpCall
make_call (ThawReference *self, const ThawNode *node, const void *const *x)
{
  return (ThawOpCall){
    .node = node,
    .run = &self->run,
    .n = node->batched ? self->n : 1,
    .x = x,
    .y = self->values[node->id],
    .saved = self->saved[node->id],
  };
}

/* What is kept as bfloat16 */
static void
round_values (const ThawReference *self, void *values, gsize bytes)
{
  for (gsize i = 0; i < bytes / self->element; i++)
    if (self->twin)
      ((double *) values)[i] = thaw_bf16_to_float (thaw_bf16_from_float ((float) ((double *) values)[i]));
    else
      ((float *) values)[i] = thaw_bf16_to_float (thaw_bf16_from_float (((float *) values)[i]));
}

/* The weight of a product of bfloat16, as it is packed; NULL: of none (transfer full) */
static void *
rounded_weight (const ThawReference *self, const ThawNode *node)
{
  const ThawOpClass *klass = thaw_op_class (node->op);
  void *weight;

  if (!klass->takes_bf16 || klass->keeps_dtype || node->inputs[0]->dtype != THAW_DTYPE_BF16)
    return NULL;
  weight = g_memdup2 (self->values[node->inputs[1]->id], value_bytes (self, node->inputs[1]));
  round_values (self, weight, value_bytes (self, node->inputs[1]));
  return weight;
}

static void
forward_node (ThawReference *self, const ThawNode *node)
{
  const ThawOpClass *klass = thaw_op_class (node->op);
  g_autofree const void **x = gather (self, node);
  g_autofree void *weight = rounded_weight (self, node);
  ThawOpCall call;

  if (weight)
    x[1] = weight;

  g_free (self->values[node->id]);
  g_clear_pointer (&self->saved[node->id], g_free);
  self->values[node->id] = g_malloc0 (value_bytes (self, node) + 1);
  if (klass->reference_saved)
    self->saved[node->id]
        = g_malloc0 (klass->reference_saved (node, node->batched ? self->n : 1, self->element) + 1);
  call = make_call (self, node, x);
  klass->reference[self->twin].forward (&call);
  if (node->dtype == THAW_DTYPE_BF16)
    round_values (self, self->values[node->id], value_bytes (self, node));
}

/* The run is kept for backward; the naive twin is one thread. */
static void
keep_run (ThawReference *self, gint64 n, const ThawOpRun *run)
{
  self->n = n;
  self->run = run ? *run : (ThawOpRun){ 0 };
  self->run.n_total = n;
  self->run.thread = 0;
  self->run.pool = NULL;
  g_clear_pointer (&self->samples, g_free);
  if (self->run.samples)
    self->run.samples = self->samples = g_memdup2 (run->samples, n * sizeof (guint64));
}

void
thaw_reference_forward (ThawReference *self, gint64 n, const ThawOpRun *run,
                        const void *const *inputs)
{
  guint k = 0;

  keep_run (self, n, run);
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->op == THAW_OP_INPUT)
        {
          g_free (self->values[id]);
          self->values[id] = g_memdup2 (inputs[k++], value_bytes (self, node));
        }
      else if (node->op != THAW_OP_PARAMETER)
        forward_node (self, node);
    }
}

static void
add_values (const ThawReference *self, void *sum, const void *values, gsize bytes)
{
  for (gsize i = 0; i < bytes / self->element; i++)
    if (self->twin)
      ((double *) sum)[i] += ((const double *) values)[i];
    else
      ((float *) sum)[i] += ((const float *) values)[i];
}

/* Gradients of batched inputs are written beside the sum and added, so that a value may have many
 * readers. */
static void
backward_node (ThawReference *self, const ThawNode *node)
{
  g_autofree const void **x = gather (self, node);
  g_autofree void **dx = g_new0 (void *, node->n_inputs + THAW_MIN_INPUTS);
  ThawOpCall call = make_call (self, node, x);

  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i] && self->gradients[node->inputs[i]->id])
      dx[i] = node->inputs[i]->batched ? g_malloc0 (value_bytes (self, node->inputs[i]) + 1)
                                       : self->gradients[node->inputs[i]->id];
  call.dx = dx;
  call.dy = self->gradients[node->id];
  thaw_op_class (node->op)->reference[self->twin].backward (&call);
  for (guint i = 0; i < node->n_inputs; i++)
    if (dx[i] && node->inputs[i]->batched)
      {
        add_values (self, self->gradients[node->inputs[i]->id], dx[i],
                    value_bytes (self, node->inputs[i]));
        g_free (dx[i]);
      }
}

/* Zeros for all that depends on what trains, nothing for the rest. */
static void
clear_gradients (ThawReference *self, const ThawFreeze *training)
{
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);
      gboolean wanted = thaw_graph_trains (self->graph, training, node);

      for (guint i = 0; i < node->n_inputs; i++)
        wanted |= node->inputs[i] && self->gradients[node->inputs[i]->id];
      g_clear_pointer (&self->gradients[id], g_free);
      if (wanted)
        self->gradients[id] = g_malloc0 (value_bytes (self, node) + 1);
    }
}

static void
move_statistics (ThawReference *self, const ThawNode *node)
{
  void *state[THAW_MIN_INPUTS] = { NULL };

  if (!self->run.training || node->op != THAW_OP_BATCHNORM || !node->params.norm.batch_statistics)
    return;
  for (guint i = 0; i < node->n_inputs; i++)
    state[i] = self->values[node->inputs[i]->id];
  thaw_op_class (node->op)->update_state (node, self->saved[node->id], self->n, state,
                                          self->element);
}

void
thaw_reference_backward (ThawReference *self, const ThawFreeze *training,
                         const void *const *d_outputs)
{
  clear_gradients (self, training);
  for (guint i = 0; i < thaw_graph_n_outputs (self->graph); i++)
    {
      const ThawNode *node = thaw_graph_output (self->graph, i);

      if (self->gradients[node->id])
        add_values (self, self->gradients[node->id], d_outputs[i], value_bytes (self, node));
    }
  for (guint id = thaw_graph_size (self->graph); id-- > 0;)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (self->gradients[id] && node->op != THAW_OP_PARAMETER)
        backward_node (self, node);
    }
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    move_statistics (self, thaw_graph_at (self->graph, id));
}

const void *
thaw_reference_value (ThawReference *self, const ThawNode *node)
{
  g_assert (thaw_graph_at (self->graph, node->id) == node);
  return self->values[node->id];
}

const void *
thaw_reference_gradient (ThawReference *self, const char *parameter)
{
  const ThawNode *node = thaw_graph_find (self->graph, parameter);

  return node ? self->gradients[node->id] : NULL;
}

void *
thaw_reference_parameter (ThawReference *self, const char *parameter)
{
  const ThawNode *node = thaw_graph_find (self->graph, parameter);

  return node && node->op == THAW_OP_PARAMETER ? self->values[node->id] : NULL;
}
