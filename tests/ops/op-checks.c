/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "op-checks.h"

#include <math.h>
#include <string.h>

#define PICTURES 3

static double
relative_error (const Trial *a, const Buffer *va, const Trial *b, const Buffer *vb, guint input)
{
  gint64 n = (gint64) (va->bytes / a->element);
  double difference = 0, norm = 0;

  g_assert_cmpint (n, ==, vb->bytes / b->element);
  for (gint64 i = 0; i < n; i++)
    {
      double start = input < MAX_CASE_INPUTS ? trial_start (a, input, i) : 0;
      double x = trial_get (a, va, i) - start, y = trial_get (b, vb, i) - start;

      if (x == y && isinf (y)) /* a window that sees padding alone */
        continue;
      difference += (x - y) * (x - y);
      norm += y * y;
    }
  return sqrt (difference) / MAX (sqrt (norm), 1e-2);
}

/* NaN fails */
#define assert_close(error, tolerance, ...)                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (!((error) <= (tolerance)))                                                                 \
      {                                                                                            \
        g_autofree char *where = g_strdup_printf (__VA_ARGS__);                                    \
        g_test_fail_printf ("%s: error %g, allowed %g", where, (error), (tolerance));              \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* The sum of y times what backward is given for dy. */
static double
loss (Trial *t)
{
  double sum = 0;

  trial_forward (t);
  for (gint64 i = 0; i < (gint64) (t->y.bytes / t->element); i++)
    sum += trial_get (t, &t->y, i) * ((const double *) t->dy.data)[i];
  return sum;
}

static double
central_difference (Trial *t, guint input, gint64 i)
{
  const double step = 1e-5;
  double *x = (double *) t->x[input].data + i, kept = *x, above, below;

  *x = kept + step;
  above = loss (t);
  *x = kept - step;
  below = loss (t);
  *x = kept;
  return (above - below) / (2 * step);
}

/* Of one input: the twin's gradient against differences of @d's forward. */
static void
compare_gradient (const Trial *t, Trial *d, guint input)
{
  double difference = 0, norm = 0;

  for (gint64 k = 0; k < trial_count (t, input); k++)
    {
      double numeric = central_difference (d, input, k);
      double exact = trial_get (t, &t->dx[input], k) - trial_start (t, input, k);

      difference += (exact - numeric) * (exact - numeric);
      norm += numeric * numeric;
    }
  assert_close (sqrt (difference) / MAX (sqrt (norm), 1), 1e-7, "%s: gradient of input %u",
                t->row->row->name, input);
}

void
op_check_gradient (const CaseNode *row)
{
  Trial t, d;

  if (row->row->forward_only)
    return;
  trial_init (&t, row, TWIN_F64, 0, PICTURES, TRUE);
  trial_init (&d, row, TWIN_F64, 0, PICTURES, TRUE);
  trial_fill_dy (&d);
  trial_forward (&t);
  trial_backward (&t, trial_all (&t));
  for (guint i = 0; i < row->node.n_inputs; i++)
    if (row->inputs[i])
      compare_gradient (&t, &d, i);
  trial_clear (&t);
  trial_clear (&d);
}

static void
compare_trials (const Trial *t, const Trial *exact, const char *what)
{
  const OpCase *row = t->row->row;
  double tolerance = row->tolerance > 0 ? row->tolerance : 1e-6;

  for (guint i = 0; i < t->row->node.n_inputs; i++)
    if (t->dx[i].data)
      assert_close (relative_error (t, &t->dx[i], exact, &exact->dx[i], i), tolerance,
                    "%s: %s's gradient of input %u", row->name, what, i);
}

/* Forward without training has no saved; forward with it is followed by backward. */
static void
compare_with_double (const CaseNode *row, Maker maker, gboolean training)
{
  const char *what = maker == ENGINE ? "engine" : "float twin";
  double tolerance = row->row->tolerance > 0 ? row->row->tolerance : 1e-6;
  Trial t, exact;

  trial_init (&t, row, maker, 0, PICTURES, training);
  trial_init (&exact, row, TWIN_F64, 0, PICTURES, training);
  trial_forward (&t);
  trial_forward (&exact);
  assert_close (relative_error (&t, &t.y, &exact, &exact.y, G_MAXUINT), tolerance,
                "%s: %s's output", row->row->name, what);
  if (training)
    {
      trial_backward (&t, trial_all (&t));
      trial_backward (&exact, trial_all (&exact));
      compare_trials (&t, &exact, what);
    }
  trial_clear (&t);
  trial_clear (&exact);
}

void
op_check_twins (const CaseNode *row)
{
  for (int training = 0; training < (row->row->forward_only ? 1 : 2); training++)
    {
      compare_with_double (row, ENGINE, training);
      compare_with_double (row, TWIN_F32, training);
    }
}

/* Any set of gradients may be wanted, and nothing may be read for it that needs() did not name. */
static void
check_subsets (const CaseNode *row)
{
  Trial exact;

  trial_init (&exact, row, TWIN_F64, 0, PICTURES, TRUE);
  trial_forward (&exact);
  trial_backward (&exact, trial_all (&exact));
  for (Maker maker = ENGINE; maker <= TWIN_F64; maker++)
    for (guint wanted = 0; wanted < 1u << row->node.n_inputs; wanted++)
      {
        Trial t;

        if (wanted & ~trial_all (&exact))
          continue;
        trial_init (&t, row, maker, 0, PICTURES, TRUE);
        trial_forward (&t);
        trial_backward (&t, wanted);
        compare_trials (&t, &exact, maker == ENGINE ? "engine alone" : "twin alone");
        trial_clear (&t);
      }
  trial_clear (&exact);
}

static void
check_empty (const CaseNode *row)
{
  for (Maker maker = ENGINE; maker <= TWIN_F64 && row->node.batched; maker++)
    {
      Trial t;

      trial_init (&t, row, maker, 0, 0, TRUE);
      trial_forward (&t);
      trial_backward (&t, trial_all (&t));
      for (guint i = 0; i < row->node.n_inputs; i++)
        for (gint64 k = 0; row->inputs[i] && k < trial_count (&t, i); k++)
          g_assert_cmpfloat (trial_get (&t, &t.dx[i], k), ==, trial_start (&t, i, k));
      trial_clear (&t);
    }
}

static void
assert_same_bits (const Trial *all, const Buffer *together, gint64 k, const Buffer *alone,
                  const char *what)
{
  if (memcmp ((guint8 *) together->data + (gsize) k * alone->bytes, alone->bytes ? alone->data : "",
              alone->bytes)
      != 0)
    g_test_fail_printf ("%s: %s of picture %" G_GINT64_FORMAT " depends on its neighbours",
                        all->row->row->name, what, k);
}

static void
check_alone (const CaseNode *row)
{
  for (int training = 0; training < (row->row->forward_only ? 1 : 2); training++)
    {
      Trial all;

      if (!row->node.batched || (training && row->row->batch_statistics))
        continue;
      trial_init (&all, row, ENGINE, 0, PICTURES, training);
      trial_forward (&all);
      for (gint64 k = 0; k < PICTURES; k++)
        {
          Trial one;

          trial_init (&one, row, ENGINE, k, 1, training);
          trial_forward (&one);
          assert_same_bits (&all, &all.y, k, &one.y, "the value");
          trial_clear (&one);
        }
      trial_clear (&all);
    }
}

void
op_check_contract (const CaseNode *row)
{
  if (!row->row->forward_only)
    {
      check_subsets (row);
      check_empty (row);
    }
  check_alone (row);
}
