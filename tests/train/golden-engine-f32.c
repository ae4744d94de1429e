/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-pool.h>

#include "golden-steps.h"
#include "thaw-test-model.h"

enum
{
  THREADS = 2
};

struct _GoldenEngine
{
  const GoldenCase *golden;
  ThawPool *pool;
  ThawExecutor *executor;
  ThawTensorMap *parameters;
  GPtrArray *inputs; /* ThawTensor */
  GPtrArray *slots;  /* float *, two a trainable parameter */
  double losses[GOLDEN_BATCH];
  guint8 *gates;
};

static GPtrArray *
pictures_only (ThawTensor *pictures)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_tensor_unref);

  g_ptr_array_add (inputs, thaw_tensor_ref (pictures));
  return inputs;
}

static GoldenEngine *
open_f32 (const GoldenCase *golden)
{
  GoldenEngine *self = g_new0 (GoldenEngine, 1);
  ThawExecutorOptions options = { .training = golden->freeze };
  GError *error = NULL;

  self->golden = golden;
  self->pool = options.pool = thaw_pool_new (THREADS, 0);
  self->parameters = thaw_tensor_map_copy (golden->parameters);
  self->inputs = golden->before ? thaw_test_run (golden->before, golden->parameters,
                                                 &golden->pictures, THREADS)
                                : pictures_only (golden->pictures);
  self->executor = thaw_executor_new (golden->after, self->parameters, &options, &error);
  g_assert_no_error (error);
  self->gates = g_new0 (guint8, golden_gate_count (golden->after) + 1);
  self->slots = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 2 * golden->trainable->len; i++)
    {
      const ThawTensor *value
          = thaw_tensor_map_get (self->parameters, g_ptr_array_index (golden->trainable, i / 2));

      g_ptr_array_add (self->slots, g_new0 (float, thaw_tensor_count (value)));
    }
  return self;
}

static void
close_f32 (GoldenEngine *self)
{
  thaw_executor_free (self->executor);
  thaw_pool_free (self->pool);
  thaw_tensor_map_unref (self->parameters);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->slots);
  g_free (self->gates);
  g_free (self);
}

static gboolean
load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const GoldenEngine *self = data;

  for (guint i = 0; i < self->inputs->len; i++)
    {
      const ThawTensor *tensor = g_ptr_array_index (self->inputs, i);
      gsize row = thaw_tensor_count (tensor) / GOLDEN_BATCH;

      memcpy (inputs[i], thaw_tensor_f32 (tensor) + first * row, n * row * sizeof (float));
    }
  return TRUE;
}

/* Nothing flows back from the outputs that are only looked at. */
static void
look_at_gates (GoldenEngine *self, gint64 first, gint64 n, const float *const *outputs,
               float *const *d_outputs)
{
  const ThawGraph *graph = self->golden->after;
  guint8 *gates = self->gates;

  for (guint i = 1; i < thaw_graph_n_outputs (graph); i++)
    {
      const ThawNode *node = thaw_graph_output (graph, i);
      gint64 row = thaw_shape_count (&node->shape);

      for (gint64 k = 0; k < n * row; k++)
        gates[first * row + k] = golden_gate (golden_kinks (node), outputs[i][k]);
      memset (d_outputs[i], 0, n * row * sizeof (float));
      gates += GOLDEN_BATCH * row;
    }
}

static void
loss_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs,
         float *const *d_outputs)
{
  GoldenEngine *self = data;
  const GoldenCase *golden = self->golden;

  thaw_cross_entropy_f32 (n, GOLDEN_CLASSES, outputs[0], golden->labels + first, golden->smoothing,
                          golden->class_weights, golden->weight_sum, d_outputs[0],
                          self->losses + first);
  look_at_gates (self, first, n, outputs, d_outputs);
}

static double
step_f32 (GoldenEngine *self, const GoldenCase *golden)
{
  ThawExecutorIo io = { .load = load_cb, .loss = loss_cb };
  GError *error = NULL;
  double loss = 0;

  thaw_executor_train (self->executor, GOLDEN_BATCH, 1, 0, NULL, &io, self, &error);
  g_assert_no_error (error);
  for (int i = 0; i < GOLDEN_BATCH; i++)
    loss += self->losses[i];
  return loss / golden->weight_sum;
}

static ThawTensor *
gradient_of (GoldenEngine *self, const char *name)
{
  return thaw_tensor_map_get (thaw_executor_gradients (self->executor), name);
}

static void
scale_f32 (GoldenEngine *self, const GoldenCase *golden, double factor)
{
  for (guint i = 0; i < golden->trainable->len; i++)
    {
      ThawTensor *gradient = gradient_of (self, g_ptr_array_index (golden->trainable, i));

      for (gint64 k = 0; k < thaw_tensor_count (gradient); k++)
        thaw_tensor_f32 (gradient)[k] *= (float) factor;
    }
}

static void
update_f32 (GoldenEngine *self, const GoldenCase *golden, guint64 step)
{
  for (guint i = 0; i < golden->trainable->len; i++)
    {
      const char *name = g_ptr_array_index (golden->trainable, i);
      ThawTensor *value = thaw_tensor_map_get (self->parameters, name);

      thaw_optimizer_step_f32 (&golden->options, golden->lr, step, thaw_tensor_count (value),
                               thaw_tensor_f32 (value), thaw_tensor_f32 (gradient_of (self, name)),
                               (float *const *) self->slots->pdata + 2 * i);
    }
  thaw_executor_refresh (self->executor);
}

static double *
gradient_f32 (GoldenEngine *self, const char *name, gsize n)
{
  return thaw_test_doubles (thaw_tensor_f32 (gradient_of (self, name)), n);
}

static double *
value_f32 (GoldenEngine *self, const char *name, gsize n)
{
  return thaw_test_doubles (thaw_tensor_f32 (thaw_tensor_map_get (self->parameters, name)), n);
}

static const guint8 *
gates_f32 (GoldenEngine *self)
{
  return self->gates;
}

const GoldenEngineClass golden_engine_f32
    = { open_f32, close_f32, step_f32, scale_f32, update_f32, gradient_f32, value_f32, gates_f32 };
