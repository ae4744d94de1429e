/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random-net.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-random.h>

#include "thaw-test.h"

typedef struct
{
  ThawBuilder b;
  ThawRandom  random;
  GPtrArray  *images;   /* ThawNode, values that may be taken up again */
  guint       count;
} Maker;

static guint
below (Maker *self, guint n)
{
  return thaw_random_below (&self->random, n);
}

static const char *
next_name (Maker *self, const char *what)
{
  g_autofree char *name = g_strdup_printf ("l%u.%s", self->count++, what);

  return g_intern_string (name);
}

static ThawActivation
any_activation (Maker *self)
{
  return 1 + below (self, THAW_N_ACTIVATIONS - 1);
}

static ThawNode *
conv (Maker *self, ThawNode *x, gint64 out, int kernel, int stride, int groups)
{
  ThawConvSpec spec = { .out = out,
                        .kernel = kernel,
                        .stride = stride,
                        .groups = groups,
                        .pad = kernel / 2,
                        .bias = below (self, 2) };

  if (below (self, 3) == 0)
    spec.padding = THAW_PADDING_SAME;
  return thaw_nn_conv (&self->b, x, next_name (self, "conv"), &spec);
}

/* Perhaps BatchNorm, perhaps an activation. */
static ThawNode *
finish (Maker *self, ThawNode *x)
{
  if (below (self, 4))
    x = thaw_nn_batchnorm (&self->b, x, next_name (self, "norm"), 1e-3f);
  if (below (self, 3))
    x = thaw_nn_activation (&self->b, x, next_name (self, "act"), any_activation (self));
  return x;
}

static ThawNode *
add_conv (Maker *self, ThawNode *x)
{
  static const int kernels[] = { 1, 1, 3, 3, 5 };
  gint64 channels = x->shape.dim[3];
  gint64 out = 2 * (1 + below (self, 6));
  int groups = channels % 2 == 0 && below (self, 4) == 0 ? 2 : 1;

  return finish (self,
                 conv (self, x, out, kernels[below (self, 5)], 1 + (below (self, 4) == 0), groups));
}

static ThawNode *
add_depthwise (Maker *self, ThawNode *x)
{
  return finish (self,
                 conv (self, x, x->shape.dim[3], 3, 1 + (below (self, 4) == 0), x->shape.dim[3]));
}

static ThawNode *
add_residual (Maker *self, ThawNode *x)
{
  ThawNode *y = add_conv (self, x);

  y = conv (self, y, x->shape.dim[3], 1, 1, 1);
  if (below (self, 2))
    y = thaw_nn_batchnorm (&self->b, y, next_name (self, "norm"), 1e-5f);
  if (!y || !thaw_shape_equal (&y->shape, &x->shape))
    return y;
  y = below (self, 2) ? thaw_nn_add (&self->b, x, y, next_name (self, "add"))
                      : thaw_nn_add (&self->b, y, x, next_name (self, "add"));
  return below (self, 2)
             ? thaw_nn_activation (&self->b, y, next_name (self, "act"), any_activation (self))
             : y;
}

/* Squeeze and excitation */
static ThawNode *
add_gate (Maker *self, ThawNode *x)
{
  ThawNode *s = thaw_nn_global_pool (&self->b, x, next_name (self, "squeeze"));

  s = conv (self, s, x->shape.dim[3], 1, 1, 1);
  s = thaw_nn_activation (&self->b, s, next_name (self, "gate"), THAW_ACTIVATION_SIGMOID);
  return thaw_nn_mul (&self->b, x, s, next_name (self, "mul"));
}

static ThawNode *
add_concat (Maker *self, ThawNode *x)
{
  ThawNode *parts[] = { x, add_conv (self, x), x };
  gboolean fits = parts[1] && parts[1]->shape.dim[1] == x->shape.dim[1]
                  && parts[1]->shape.dim[2] == x->shape.dim[2];

  return thaw_nn_concat (&self->b, parts, fits ? 2 + below (self, 2) : 1,
                         next_name (self, "concat"), 3);
}

static ThawNode *
add_pool (Maker *self, ThawNode *x)
{
  if (x->shape.dim[1] < 4 || x->shape.dim[2] < 4)
    return finish (self, x);
  return below (self, 2) ? thaw_nn_max_pool (&self->b, x, next_name (self, "pool"), 3, 2, 1, FALSE)
                         : thaw_nn_avg_pool (&self->b, x, next_name (self, "pool"), 2, 2, 0);
}

static ThawNode *
add_others (Maker *self, ThawNode *x)
{
  ThawOpParams pad = { .pad = { .pad = { 1, 0, 1, 2 } } };

  switch (below (self, 4))
    {
    case 0:
      return thaw_graph_add (self->b.graph, THAW_OP_PAD, next_name (self, "pad"), &pad, &x, 1,
                             &self->b.error);
    case 1:
      return thaw_nn_dropout (&self->b, x, next_name (self, "drop"), .3f);
    case 2:
      return thaw_nn_add (&self->b, x, x, next_name (self, "twice"));
    default:
      return finish (self, x);
    }
}

static ThawNode *(*const layers[]) (Maker *, ThawNode *) = {
  add_conv,     add_conv, add_depthwise, add_depthwise, add_residual,
  add_residual, add_gate, add_concat,    add_pool,      add_others,
};

static void
add_classifier (Maker *self, ThawNode *x)
{
  if (below (self, 2))
    x = thaw_nn_global_pool (&self->b, x, next_name (self, "pool"));
  x = thaw_nn_flatten (&self->b, x, next_name (self, "flatten"));
  if (below (self, 2))
    x = finish (self, thaw_nn_linear (&self->b, x, next_name (self, "fc"), 9, below (self, 2)));
  x = thaw_nn_dropout (&self->b, x, next_name (self, "drop"), .2f);
  thaw_graph_add_output (self->b.graph,
                         thaw_nn_linear (&self->b, x, next_name (self, "logits"), 4, TRUE));
}

void
random_net_build (RandomNet *self, guint64 seed)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  Maker maker = { .random = thaw_random (seed, THAW_RANDOM_INIT, 0, 0), .b.graph = graph };
  ThawNode *x;

  x = thaw_graph_add_input (graph, "input",
                            &THAW_SHAPE (1, 5 + below (&maker, 6), 5 + below (&maker, 6), 3));
  for (guint i = 4 + below (&maker, 8); i > 0; i--)
    x = layers[below (&maker, G_N_ELEMENTS (layers))](&maker, x);
  g_assert_no_error (maker.b.error);
  if (below (&maker, 3) == 0)
    thaw_graph_add_output (graph, x);
  add_classifier (&maker, x);
  g_assert_no_error (maker.b.error);
  if (below (&maker, 4) == 0)
    thaw_graph_add_output (graph, thaw_graph_output (graph, 0));

  self->graph = thaw_graph_prune (graph);
  self->parameters = thaw_tensor_map_new ();
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->op == THAW_OP_PARAMETER)
        thaw_tensor_map_take (self->parameters, node->name,
                              thaw_test_parameter (node->name, &node->shape, 1));
    }
}

void
random_net_clear (RandomNet *self)
{
  thaw_graph_unref (self->graph);
  thaw_tensor_map_unref (self->parameters);
}

ThawFreeze *
random_net_freeze (const RandomNet *self, guint64 seed, gboolean batch)
{
  ThawRandom random = thaw_random (seed, THAW_RANDOM_SPLIT, 0, 0);
  ThawFreeze *freeze = thaw_freeze_new ();
  guint kind = thaw_random_below (&random, 3);

  /* everything; the last part; or each parameter by the toss of a coin */
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->op == THAW_OP_PARAMETER
          && (kind == 0 || (kind == 2 && thaw_random_below (&random, 2))))
        thaw_freeze_set_trainable (freeze, self->graph, node->name, TRUE);
    }
  if (kind == 1)
    for (guint id = thaw_random_below (&random, thaw_graph_size (self->graph));
         id < thaw_graph_size (self->graph); id++)
      if (thaw_freeze_train_from (freeze, self->graph, thaw_graph_at (self->graph, id)->name))
        break;
  if (batch)
    thaw_freeze_set_batch_statistics (freeze, self->graph, "", TRUE);
  return freeze;
}

static gboolean
near (double x, ThawOp op)
{
  static const double bends[THAW_N_OPS][3] = {
    [THAW_OP_RELU] = { 0, 0, 0 },
    [THAW_OP_RELU6] = { 0, 6, 6 },
    [THAW_OP_HARDSIGMOID] = { -3, 3, 3 },
    [THAW_OP_HARDSWISH] = { -3, 3, 3 },
  };

  for (int i = 0; i < 3; i++)
    if (fabs (x - bends[op][i]) < 2e-5)
      return TRUE;
  return FALSE;
}

gboolean
random_net_near_bend (const ThawGraph *graph, ThawReference *reference, gint64 n)
{
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      gboolean bends = node->op == THAW_OP_RELU || node->op == THAW_OP_RELU6
                       || node->op == THAW_OP_HARDSIGMOID || node->op == THAW_OP_HARDSWISH;
      const double *x = bends ? thaw_reference_value (reference, node->inputs[0]) : NULL;

      for (gint64 i = 0; bends && i < n * thaw_shape_count (&node->shape); i++)
        if (x[i] != 0 && near (x[i], node->op))
          return TRUE;
    }
  return FALSE;
}

void
pass_init (Pass *self, ThawGraph *graph, gint64 n)
{
  *self = (Pass){ .graph = graph, .n = n };
  self->outputs = g_new0 (float *, thaw_graph_n_outputs (graph) + 1);
  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    self->outputs[i]
        = g_new0 (float, n * thaw_shape_count (&thaw_graph_output (graph, i)->shape) + 1);
}

void
pass_clear (Pass *self)
{
  for (guint i = 0; self->outputs[i]; i++)
    g_free (self->outputs[i]);
  g_free (self->outputs);
}

/* Picture @item of a value, exact in float. */
static void
formula (const char *what, const char *name, gint64 item, gint64 count, double *values)
{
  g_autofree char *key = g_strdup_printf ("%s %s %" G_GINT64_FORMAT, what, name, item);

  thaw_test_formula (key, count, values);
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  Pass *self = data;

  if (g_atomic_int_add (&self->calls, 1) + 1 == self->fail_at)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "picture %" G_GINT64_FORMAT " is gone",
                   first);
      return FALSE;
    }
  g_assert_cmpint (first + n, <=, self->n);
  for (guint k = 0; k < thaw_graph_n_inputs (self->graph); k++)
    {
      const ThawNode *node = thaw_graph_input (self->graph, k);
      gint64 count = thaw_shape_count (&node->shape);
      g_autofree double *values = g_new (double, count);

      if (self->feed)
        memcpy (inputs[k], self->feed[k] + first * count, n * count * sizeof (float));
      for (gint64 i = 0; i < n && !self->feed; i++)
        {
          formula ("x", node->name, self->shift + first + i, count, values);
          for (gint64 j = 0; j < count; j++)
            inputs[k][i * count + j] = (float) values[j];
        }
    }
  return TRUE;
}

static void
store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  Pass *self = data;

  for (guint k = 0; k < thaw_graph_n_outputs (self->graph); k++)
    {
      gint64 count = thaw_shape_count (&thaw_graph_output (self->graph, k)->shape);

      memcpy (self->outputs[k] + first * count, outputs[k], n * count * sizeof (float));
    }
}

/* loss = sum over pictures and outputs of (c + y / 20) y: the gradient is c + y / 10 */
static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs,
         float *const *d_outputs)
{
  Pass *self = data;

  store_cb (data, first, n, outputs);
  for (guint k = 0; k < thaw_graph_n_outputs (self->graph); k++)
    {
      const ThawNode *node = thaw_graph_output (self->graph, k);
      gint64 count = thaw_shape_count (&node->shape);
      g_autofree double *values = g_new (double, count);

      for (gint64 i = 0; i < n; i++)
        {
          formula ("c", "", (self->shift + first + i) * 100 + k, count, values);
          for (gint64 j = 0; j < count; j++)
            d_outputs[k][i * count + j] = (float) values[j] + outputs[k][i * count + j] * .1f;
        }
    }
}

const ThawExecutorIo pass_io = { load_cb, store_cb, loss_cb };

static double *
reference_input (const Pass *self, const ThawNode *node)
{
  gint64 count = thaw_shape_count (&node->shape);
  double *values = g_new (double, self->n * count + 1);

  for (gint64 i = 0; i < self->n; i++)
    formula ("x", node->name, self->shift + i, count, values + i * count);
  return values;
}

static double *
reference_gradient (const Pass *self, ThawReference *reference, const ThawGraph *graph, guint k)
{
  const ThawNode *node = thaw_graph_output (graph, k);
  const double *y = thaw_reference_value (reference, node);
  gint64 count = thaw_shape_count (&node->shape);
  double *values = g_new (double, self->n * count + 1);

  for (gint64 i = 0; i < self->n; i++)
    {
      formula ("c", "", (self->shift + i) * 100 + k, count, values + i * count);
      for (gint64 j = i * count; j < (i + 1) * count; j++)
        values[j] += y[j] / 10;
    }
  return values;
}

void
pass_reference (const Pass *self, ThawReference *reference, const ThawOpRun *run,
                const ThawFreeze *freeze)
{
  const ThawGraph *graph = self->graph;
  g_autoptr (GPtrArray) arrays = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) gradients = g_ptr_array_new_with_free_func (g_free);

  for (guint k = 0; k < thaw_graph_n_inputs (graph); k++)
    g_ptr_array_add (arrays, reference_input (self, thaw_graph_input (graph, k)));
  thaw_reference_forward (reference, self->n, run, (const void *const *) arrays->pdata);
  for (guint k = 0; freeze && k < thaw_graph_n_outputs (graph); k++)
    g_ptr_array_add (gradients, reference_gradient (self, reference, graph, k));
  if (freeze)
    thaw_reference_backward (reference, freeze, (const void *const *) gradients->pdata);
}
