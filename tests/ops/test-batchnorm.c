/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * BatchNorm with the statistics of a batch that several threads share: the statistics are those of
 * the whole batch, the parameters' gradients add up over the threads, and the bits are the same
 * every time.
 */
#include <math.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-pool.h>

#include "op-trial.h"

#define MAX_THREADS 3

#define CHANNELS 21

enum { X, GAMMA, BETA, MEAN, VARIANCE };

static const OpCase batchnorm = {
  "threads", THAW_OP_BATCHNORM, { .norm = { 1e-3, .1, TRUE } }, .batch_statistics = TRUE,
  .inputs = { BATCHED (3, 2, CHANNELS), PARAMETER (CHANNELS), PARAMETER (CHANNELS), PARAMETER (CHANNELS), POSITIVE (CHANNELS) },
};

/* One step of @n pictures on several threads, each with its share; a share may be empty. */
typedef struct
{
  CaseNode  row;
  ThawPool *pool;
  Trial     parts[MAX_THREADS];
  Buffer    y[MAX_THREADS]; /* of forward: backward does not get to see it */
} Step;

static void
run_part (gpointer data, guint thread)
{
  Step *self = data;
  Trial *part = &self->parts[thread];

  trial_forward (part);
  self->y[thread] = buffer_new (part->y.bytes);
  memcpy (self->y[thread].data, part->y.data, part->y.bytes);
  trial_backward (part, trial_all (part));
}

static void
step_run (Step *self, Maker maker, guint n_threads, gint64 n)
{
  gint64 share = (n + n_threads - 1) / n_threads;

  case_node_init (&self->row, &batchnorm, NULL);
  self->pool = thaw_pool_new (n_threads, 0);
  for (guint t = 0; t < n_threads; t++)
    {
      gint64 first = MIN (t * share, n);

      trial_init (&self->parts[t], &self->row, maker, first, MIN (share, n - first), TRUE);
      self->parts[t].run.n_total = n;
      self->parts[t].run.thread = t;
      self->parts[t].run.pool = self->pool;
    }
  thaw_pool_run (self->pool, run_part, self);
}

static void
step_clear (Step *self)
{
  for (guint t = 0; t < thaw_pool_n_threads (self->pool); t++)
    {
      trial_clear (&self->parts[t]);
      buffer_clear (&self->y[t]);
    }
  thaw_pool_free (self->pool);
}

static void
append (GArray *all, const Trial *t, const Buffer *values)
{
  for (gint64 i = 0; i < (gint64) (values->bytes / t->element); i++)
    {
      double value = trial_get (t, values, i);

      g_array_append_val (all, value);
    }
}

static double
summed_gradient (const Step *self, guint input, gint64 i)
{
  double sum = 0;

  for (guint t = 0; t < thaw_pool_n_threads (self->pool); t++)
    sum += trial_get (&self->parts[t], &self->parts[t].dx[input], i)
           - trial_start (&self->parts[t], input, i);
  return sum;
}

/* y and dx of all pictures, the parameters' gradients summed over the threads, the statistics */
static GArray *
step_collect (const Step *self)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (double));
  guint n_threads = thaw_pool_n_threads (self->pool);

  for (guint t = 0; t < n_threads; t++)
    append (all, &self->parts[t], &self->y[t]);
  for (guint t = 0; t < n_threads; t++)
    append (all, &self->parts[t], &self->parts[t].dx[X]);
  for (guint input = GAMMA; input <= VARIANCE; input++)
    for (gint64 i = 0; i < CHANNELS; i++)
      {
        double sum = summed_gradient (self, input, i);

        g_array_append_val (all, sum);
      }
  g_array_append_vals (all, self->parts[n_threads - 1].saved.data, 2 * CHANNELS);
  return all;
}

static GArray *
run_and_collect (Maker maker, guint n_threads, gint64 n)
{
  Step step;
  GArray *all;

  step_run (&step, maker, n_threads, n);
  all = step_collect (&step);
  step_clear (&step);
  return all;
}

static void
test_threads (gconstpointer data)
{
  guint n_threads = GPOINTER_TO_UINT (data);
  static const gint64 batches[] = { 1, 2, 7 };

  for (guint b = 0; b < G_N_ELEMENTS (batches); b++)
    {
      g_autoptr (GArray) first = run_and_collect (ENGINE, n_threads, batches[b]);
      g_autoptr (GArray) second = run_and_collect (ENGINE, n_threads, batches[b]);
      g_autoptr (GArray) exact = run_and_collect (TWIN_F64, 1, batches[b]);

      g_assert_cmpmem (first->data, first->len * sizeof (double), second->data,
                       second->len * sizeof (double));
      g_assert_cmpuint (first->len, ==, exact->len);
      g_assert_cmpfloat (
          thaw_test_relative_f64 ((double *) first->data, (double *) exact->data, exact->len), <,
          2e-6);
    }
}

/* As exact with a mean far from the running one as floats allow: two passes. */
static void
test_large_mean (void)
{
  CaseNode row;
  Trial t;
  double sum = 0, squares = 0;

  case_node_init (&row, &batchnorm, NULL);
  trial_init (&t, &row, ENGINE, 0, 8, TRUE);
  for (gint64 i = 0; i < trial_count (&t, X); i++)
    ((float *) t.x[X].data)[i] = 4096 + (float) (i / CHANNELS % 2);
  for (guint c = 0; c < CHANNELS; c++)
    {
      ((float *) t.x[GAMMA].data)[c] = 1;
      ((float *) t.x[BETA].data)[c] = 0;
    }
  trial_forward (&t);
  for (gint64 i = 0; i < trial_count (&t, X); i++)
    {
      sum += trial_get (&t, &t.y, i);
      squares += trial_get (&t, &t.y, i) * trial_get (&t, &t.y, i);
    }
  g_assert_cmpfloat (fabs (sum), <, 1e-4);
  g_assert_cmpfloat_with_epsilon (squares / (double) trial_count (&t, X), .25 / (.25 + 1e-3), 1e-5);
  trial_clear (&t);
}

/* Running statistics move by the momentum towards the batch's mean and its unbiased variance. */
static void
test_update_state (void)
{
  const double observed[2 * CHANNELS] = { [0] = 3, [CHANNELS] = 2 };
  double mean[CHANNELS] = { 1 }, variance[CHANNELS] = { 4 };
  float mean_f[CHANNELS] = { 1 }, variance_f[CHANNELS] = { 4 };
  void *state[] = { NULL, NULL, NULL, mean, variance },
       *state_f[] = { NULL, NULL, NULL, mean_f, variance_f };
  const ThawOpClass *klass = thaw_op_class (THAW_OP_BATCHNORM);
  CaseNode row;

  case_node_init (&row, &batchnorm, NULL);
  klass->update_state (&row.node, observed, 2, state, sizeof (double)); /* 12 rows */
  klass->update_state (&row.node, observed, 2, state_f, sizeof (float));
  g_assert_cmpfloat_with_epsilon (mean[0], .9 * 1 + .1 * 3, 1e-15);
  g_assert_cmpfloat_with_epsilon (variance[0], .9 * 4 + .1 * 2 * 12 / 11, 1e-15);
  g_assert_cmpfloat_with_epsilon (mean_f[0], 1.2, 1e-6);
  g_assert_cmpfloat_with_epsilon (variance_f[0], .9 * 4 + .1 * 2 * 12 / 11, 1e-6);
  row.node.params.norm.batch_statistics = FALSE;
  klass->update_state (&row.node, observed, 2, state, sizeof (double));
  g_assert_cmpfloat_with_epsilon (mean[0], 1.2, 1e-15);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint n = 1; n <= MAX_THREADS; n++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/batchnorm/threads-%u", n);

      g_test_add_data_func (path, GUINT_TO_POINTER (n), test_threads);
    }
  g_test_add_func ("/ops/batchnorm/large-mean", test_large_mean);
  g_test_add_func ("/ops/batchnorm/update-state", test_update_state);
  return g_test_run ();
}
