/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small results worked out by hand from the definitions (PyTorch's where there are several): what engine
 * and twins could have wrong together.
 */
#include <math.h>
#include <string.h>
#include <thaw-test.h>

#include "op-trial.h"

#define MAX_VALUES 24

typedef struct
{
  OpCase row;
  double x[2][MAX_VALUES]; /* the inputs, one picture */
  double y[MAX_VALUES];
} Known;

static const Known known[] = {
  { { "relu", THAW_OP_RELU, .inputs = { BATCHED (4) } }, { { -2, 0, 3, NAN } }, { 0, 0, 3, NAN } },
  { { "relu6", THAW_OP_RELU6, .inputs = { BATCHED (4) } }, { { -2, 5, 7, NAN } }, { 0, 5, 6, NAN } },
  { { "sigmoid", THAW_OP_SIGMOID, .inputs = { BATCHED (4) } }, { { 2, -200, 200, NAN } }, { .8807970779778823, 0, 1, NAN } },
  { { "tanh", THAW_OP_TANH, .inputs = { BATCHED (4) } }, { { .5, -200, 200, NAN } }, { .46211715726000973, -1, 1, NAN } },
  { { "hardsigmoid", THAW_OP_HARDSIGMOID, .inputs = { BATCHED (5) } }, { { 1, -3, 3, -9, 9 } }, { 2. / 3, 0, 1, 0, 1 } },
  { { "silu", THAW_OP_SILU, .inputs = { BATCHED (4) } }, { { 1, -200, 200, NAN } }, { .7310585786300049, 0, 200, NAN } },
  { { "hardswish", THAW_OP_HARDSWISH, .inputs = { BATCHED (5) } }, { { 1, -3, 3, -9, 9 } }, { 2. / 3, 0, 3, 0, 9 } },
  { { "gelu", THAW_OP_GELU, .inputs = { BATCHED (5) } },
    { { 1, -1, -20, 20, NAN } }, { .8413447460685429, -.15865525393145707, 0, 20, NAN } },

  { { "softmax-large", THAW_OP_SOFTMAX, { .axis = { 1 } }, .inputs = { BATCHED (2) } },
    { { 1000, 1001 } }, { .2689414213699951, .7310585786300049 } },
  { { "softmax-masked", THAW_OP_SOFTMAX, { .axis = { 1 } }, .inputs = { BATCHED (3) } }, { { 1, -INFINITY, 1 } }, { .5, 0, .5 } },
  { { "softmax-columns", THAW_OP_SOFTMAX, { .axis = { 1 } }, .inputs = { BATCHED (2, 2) } }, { { 5, 1000, 5, -1000 } }, { .5, 1, .5, 0 } },
  { { "layernorm", THAW_OP_LAYERNORM, .inputs = { BATCHED (4) } },
    { { 1, 2, 3, 4 } }, { -1.3416407864998738, -.4472135954999579, .4472135954999579, 1.3416407864998738 } },

  { { "max-pool-nan", THAW_OP_MAX_POOL, { .window = { .kernel = { 1, 2 }, .stride = { 1, 1 } } }, .inputs = { BATCHED (1, 5, 1) } },
    { { 1, NAN, 3, 3, 2 } }, { NAN, NAN, 3, 3 } },
  { { "max-pool-padding", THAW_OP_MAX_POOL,
      { .window = { .kernel = { 1, 3 }, .stride = { 1, 2 }, .pad = { 0, 1, 0, 1 } } }, .inputs = { BATCHED (1, 4, 1) } },
    { { -4, -3, -2, -1 } }, { -3, -1 } },
  { { "max-pool-ceil", THAW_OP_MAX_POOL, { .window = { .kernel = { 1, 2 }, .stride = { 1, 2 }, .ceil_mode = TRUE } },
      .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 2, 4, 5 } },
  { { "max-pool-ceil-small", THAW_OP_MAX_POOL, { .window = { .kernel = { 1, 3 }, .stride = { 1, 2 }, .ceil_mode = TRUE } },
      .inputs = { BATCHED (1, 2, 1) } },
    { { 1, 2 } }, { 2 } },
  { { "max-pool-infinite", THAW_OP_MAX_POOL, { .window = { .kernel = { 1, 2 }, .stride = { 1, 2 } } }, .inputs = { BATCHED (1, 2, 1) } },
    { { -INFINITY, -INFINITY } }, { -INFINITY } },

  { { "avg-pool-ceil", THAW_OP_AVG_POOL, { .window = { .kernel = { 1, 2 }, .stride = { 1, 2 }, .ceil_mode = TRUE } },
      .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 1.5, 3.5, 5 } },
  { { "avg-pool-not-counted", THAW_OP_AVG_POOL,
      { .window = { .kernel = { 1, 3 }, .stride = { 1, 2 }, .pad = { 0, 1, 0, 1 } } }, .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 1.5, 3, 4.5 } },
  { { "avg-pool-counted", THAW_OP_AVG_POOL,
      { .window = { .kernel = { 1, 3 }, .stride = { 1, 2 }, .pad = { 0, 1, 0, 1 }, .count_padding = TRUE } },
      .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 1, 3, 3 } },
  { { "avg-pool-starts-in-padding", THAW_OP_AVG_POOL,
      { .window = { .kernel = { 1, 3 }, .stride = { 1, 3 }, .pad = { 0, 1, 0, 1 }, .ceil_mode = TRUE, .count_padding = TRUE } },
      .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 1, 4 } },
  { { "avg-pool-beyond-padding", THAW_OP_AVG_POOL,
      { .window = { .kernel = { 1, 3 }, .stride = { 1, 3 }, .pad = { 0, 1, 0, 1 }, .ceil_mode = TRUE, .count_padding = TRUE } },
      .inputs = { BATCHED (1, 6, 1) } },
    { { 1, 2, 3, 4, 5, 6 } }, { 1, 4, 3 } },
  { { "adaptive-pool", THAW_OP_ADAPTIVE_POOL, { .adaptive = { { 1, 3 } } }, .inputs = { BATCHED (1, 5, 1) } },
    { { 1, 2, 3, 4, 5 } }, { 1.5, 3, 4.5 } },
  { { "adaptive-pool-up", THAW_OP_ADAPTIVE_POOL, { .adaptive = { { 3, 1 } } }, .inputs = { BATCHED (2, 1, 1) } },
    { { 1, 2 } }, { 1, 1.5, 2 } },
  { { "global-pool", THAW_OP_GLOBAL_POOL, .inputs = { BATCHED (2, 2, 2) } }, { { 1, 10, 2, 20, 3, 30, 6, 60 } }, { 3, 30 } },

  { { "add", THAW_OP_ADD, .inputs = { BATCHED (2, 3), PARAMETER (2, 1) } },
    { { 1, 2, 3, 4, 5, 6 }, { 10, 20 } }, { 11, 12, 13, 24, 25, 26 } },
  { { "mul", THAW_OP_MUL, .inputs = { BATCHED (2, 1), BATCHED (1, 3) } },
    { { 2, 3 }, { 1, 2, 3 } }, { 2, 4, 6, 3, 6, 9 } },
  { { "concat", THAW_OP_CONCAT, { .axis = { 2 } }, .inputs = { BATCHED (2, 2), BATCHED (2, 1) } },
    { { 1, 2, 3, 4 }, { 5, 6 } }, { 1, 2, 5, 3, 4, 6 } },
  { { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (1, 3, -1) } }, .inputs = { BATCHED (2, 3) } },
    { { 1, 2, 3, 4, 5, 6 } }, { 1, 2, 3, 4, 5, 6 } },
  { { "transpose", THAW_OP_TRANSPOSE, { .transpose = { 4, { 0, 3, 1, 2 } } }, .inputs = { BATCHED (2, 2, 3) } },
    { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } }, { 1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12 } },
  { { "pad", THAW_OP_PAD, { .pad = { { 1, 0, 0, 2 }, 7 } }, .inputs = { BATCHED (1, 1, 2) } },
    { { 1, 2 } }, { 7, 7, 7, 7, 7, 7, 1, 2, 7, 7, 7, 7 } },
  { { "mean", THAW_OP_MEAN, { .reduce = { 1, { 1 } } }, .inputs = { BATCHED (3, 2) } }, { { 1, 2, 3, 4, 8, 9 } }, { 4, 5 } },
};

/* also where both are infinite, or no number */
static gboolean
same (double y, double expected)
{
  if (isnan (expected))
    return isnan (y);
  return y == expected || fabs (y - expected) <= 3e-7 * fabs (expected) + 1e-30;
}

static void
assert_values (const Trial *t, const double *expected, const char *name)
{
  for (gint64 i = 0; i < (gint64) (t->y.bytes / t->element); i++)
    {
      double y = trial_get (t, &t->y, i);

      if (!same (y, expected[i]))
        g_test_fail_printf ("%s: value %d is %.9g, not %.9g", name, (int) i, y, expected[i]);
    }
}

static void
set_inputs (Trial *t, const Known *k)
{
  for (guint i = 0; i < t->row->node.n_inputs; i++)
    for (gint64 j = 0; j < trial_count (t, i); j++)
      if (t->element == sizeof (float))
        ((float *) t->x[i].data)[j] = (float) k->x[i][j];
      else
        ((double *) t->x[i].data)[j] = k->x[i][j];
}

static void
test_known (gconstpointer data)
{
  const Known *k = data;
  g_autoptr (GError) error = NULL;
  CaseNode row;

  case_node_init (&row, &k->row, &error);
  g_assert_no_error (error);
  for (Maker maker = ENGINE; maker <= TWIN_F64; maker++)
    for (int training = 0; training < 2; training++)
      {
        Trial t;

        trial_init (&t, &row, maker, 0, 1, training);
        set_inputs (&t, k);
        trial_forward (&t);
        assert_values (&t, k->y, k->row.name);
        trial_clear (&t);
      }
}

/* Of equal values the first gets the gradient; NaN gets it before any number. */
static void
test_max_pool_ties (void)
{
  static const Known ties = {
    { "ties", THAW_OP_MAX_POOL, { .window = { .kernel = { 1, 3 }, .stride = { 1, 3 } } }, .inputs = { BATCHED (1, 9, 1) } },
    { { 3, 3, 3, 1, 2, 2, 5, NAN, 6 } },
  };
  static const int taken[] = { 0, 4, 7 };
  CaseNode row;

  case_node_init (&row, &ties.row, NULL);
  for (Maker maker = ENGINE; maker <= TWIN_F64; maker++)
    {
      Trial t;

      trial_init (&t, &row, maker, 0, 1, TRUE);
      set_inputs (&t, &ties);
      trial_forward (&t);
      trial_backward (&t, 1);
      for (int i = 0; i < 9; i++)
        g_assert_cmpfloat (trial_get (&t, &t.dx[0], i), ==,
                           i == taken[i / 3] ? trial_get (&t, &t.dy, i / 3) : 0);
      trial_clear (&t);
    }
}

static const OpCase drop_case = { "drop", THAW_OP_DROPOUT, { .dropout = { .25f } }, .inputs = { BATCHED (1000) } };

/* Which of a picture's 1000 values are kept. */
static void
draw_mask (const char *layer, guint64 seed, guint64 epoch, gint64 picture, guint8 *mask)
{
  CaseNode row;
  Trial t;

  case_node_init (&row, &drop_case, NULL);
  row.node.name = (char *) layer;
  trial_init (&t, &row, ENGINE, picture, 1, TRUE);
  t.run.seed = seed;
  t.run.epoch = epoch;
  trial_forward (&t);
  for (int i = 0; i < 1000; i++)
    mask[i] = trial_get (&t, &t.y, i) != 0;
  trial_clear (&t);
}

/* As often as p says, and each mask another one: neighbours in a stream must not be a layer's shifted copy. */
static void
test_dropout_masks (void)
{
  static const struct
  {
    const char *layer;
    guint64     seed, epoch;
    gint64      picture;
  } draws[] = { { "a", 1, 1, 1 }, { "b", 1, 1, 1 }, { "a", 2, 1, 1 },
                { "a", 1, 2, 1 }, { "a", 1, 1, 2 } };
  guint8 mask[G_N_ELEMENTS (draws)][1000];

  for (guint i = 0; i < G_N_ELEMENTS (draws); i++)
    {
      int kept = 0;

      draw_mask (draws[i].layer, draws[i].seed, draws[i].epoch, draws[i].picture, mask[i]);
      for (int k = 0; k < 1000; k++)
        kept += mask[i][k];
      g_assert_cmpint (kept, >, 680);
      g_assert_cmpint (kept, <, 820);
      for (guint j = 0; j < i; j++)
        {
          int different = 0;

          for (int k = 0; k < 1000; k++)
            different += mask[i][k] != mask[j][k];
          g_assert_cmpint (different, >, 250);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/known/%s", known[i].row.name);

      g_test_add_data_func (path, &known[i], test_known);
    }
  g_test_add_func ("/ops/max-pool-ties", test_max_pool_ties);
  g_test_add_func ("/ops/dropout-masks", test_dropout_masks);
  return g_test_run ();
}
