/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-executor.h>

#include "golden-steps.h"
#include "thaw-test-model.h"

struct _GoldenEngine
{
  ThawReference *reference;
  ThawGraph *graph;
  GPtrArray *inputs; /* GArray of double */
  GPtrArray *slots;  /* double *, two a trainable parameter */
  guint8 *gates;
};

static gsize
count (const GoldenEngine *self, const char *name)
{
  return thaw_shape_count (&thaw_graph_find (self->graph, name)->shape);
}

static GPtrArray *
pictures_only (const ThawTensor *pictures)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  gsize n = thaw_tensor_count (pictures);
  g_autofree double *values = thaw_test_doubles (thaw_tensor_f32 (pictures), n);
  GArray *array = g_array_new (FALSE, FALSE, sizeof (double));

  g_ptr_array_add (inputs, g_array_append_vals (array, values, n));
  return inputs;
}

static GoldenEngine *
open_f64 (const GoldenCase *golden)
{
  GoldenEngine *self = g_new0 (GoldenEngine, 1);

  self->graph = golden->after;
  self->reference = thaw_reference_new (golden->after, golden->parameters, sizeof (double));
  self->inputs = golden->before
                     ? thaw_test_run_f64 (golden->before, golden->parameters, &golden->pictures)
                     : pictures_only (golden->pictures);
  self->gates = g_new0 (guint8, golden_gate_count (golden->after) + 1);
  self->slots = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < 2 * golden->trainable->len; i++)
    g_ptr_array_add (self->slots,
                     g_new0 (double, count (self, g_ptr_array_index (golden->trainable, i / 2))));
  return self;
}

static void
close_f64 (GoldenEngine *self)
{
  thaw_reference_free (self->reference);
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->slots);
  g_free (self->gates);
  g_free (self);
}

static void
look_at_gates (GoldenEngine *self)
{
  guint8 *gate = self->gates;

  for (guint i = 1; i < thaw_graph_n_outputs (self->graph); i++)
    {
      const ThawNode *node = thaw_graph_output (self->graph, i);
      const double *y = thaw_reference_value (self->reference, node);

      for (gint64 k = 0; k < GOLDEN_BATCH * thaw_shape_count (&node->shape); k++)
        *gate++ = golden_gate (golden_kinks (node), y[k]);
    }
}

/* The loss's gradient for the logits, zeros for the others. */
static void
backward (GoldenEngine *self, const GoldenCase *golden, const double *gradient)
{
  g_autoptr (GPtrArray) d_outputs = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (d_outputs,
                   g_memdup2 (gradient, GOLDEN_BATCH * GOLDEN_CLASSES * sizeof (double)));
  for (guint i = 1; i < thaw_graph_n_outputs (self->graph); i++)
    g_ptr_array_add (d_outputs, g_new0 (double, GOLDEN_BATCH *thaw_shape_count (
                                                    &thaw_graph_output (self->graph, i)->shape)));
  thaw_reference_backward (self->reference, golden->freeze, (const void *const *) d_outputs->pdata);
}

static double
step_f64 (GoldenEngine *self, const GoldenCase *golden)
{
  ThawOpRun run = { .training = TRUE, .n_total = GOLDEN_BATCH };
  g_autofree const void **inputs = g_new0 (const void *, self->inputs->len);
  double gradient[GOLDEN_BATCH * GOLDEN_CLASSES], losses[GOLDEN_BATCH], loss = 0;

  for (guint i = 0; i < self->inputs->len; i++)
    inputs[i] = ((GArray *) g_ptr_array_index (self->inputs, i))->data;
  thaw_reference_forward (self->reference, GOLDEN_BATCH, &run, inputs);
  thaw_cross_entropy_f64 (
      GOLDEN_BATCH, GOLDEN_CLASSES,
      thaw_reference_value (self->reference, thaw_graph_output (self->graph, 0)), golden->labels,
      golden->smoothing, golden->class_weights, golden->weight_sum, gradient, losses);
  look_at_gates (self);
  backward (self, golden, gradient);
  for (int i = 0; i < GOLDEN_BATCH; i++)
    loss += losses[i];
  return loss / golden->weight_sum;
}

static void
scale_f64 (GoldenEngine *self, const GoldenCase *golden, double factor)
{
  for (guint i = 0; i < golden->trainable->len; i++)
    {
      const char *name = g_ptr_array_index (golden->trainable, i);
      double *gradient = (double *) thaw_reference_gradient (self->reference, name);

      for (gsize k = 0; k < count (self, name); k++)
        gradient[k] *= factor;
    }
}

static void
update_f64 (GoldenEngine *self, const GoldenCase *golden, guint64 step)
{
  for (guint i = 0; i < golden->trainable->len; i++)
    {
      const char *name = g_ptr_array_index (golden->trainable, i);

      thaw_optimizer_step_f64 (&golden->options, golden->lr, step, count (self, name),
                               thaw_reference_parameter (self->reference, name),
                               thaw_reference_gradient (self->reference, name),
                               (double *const *) self->slots->pdata + 2 * i);
    }
}

static double *
gradient_f64 (GoldenEngine *self, const char *name, gsize n)
{
  return g_memdup2 (thaw_reference_gradient (self->reference, name), n * sizeof (double));
}

static double *
value_f64 (GoldenEngine *self, const char *name, gsize n)
{
  return g_memdup2 (thaw_reference_parameter (self->reference, name), n * sizeof (double));
}

static const guint8 *
gates_f64 (GoldenEngine *self)
{
  return self->gates;
}

const GoldenEngineClass golden_engine_f64
    = { open_f64, close_f64, step_f64, scale_f64, update_f64, gradient_f64, value_f64, gates_f64 };
