/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-random.h>

#include "random-net.h"
#include "thaw-test.h"

/* Nothing fits into the first, everything into the last. */
static const gsize caches[] = { 1 << 12, 1 << 14, 1 << 16, 1 << 18, (gsize) 1 << 40 };
#define N_CACHES G_N_ELEMENTS (caches)
#define N_NETS 12

static int
draw (ThawRandom *random, int least, int most)
{
  return least + (int) (thaw_random_range (random, 0, 1) * (most - least + 1)) % (most - least + 1);
}

static ThawNode *
layer (ThawBuilder *b, ThawNode *x, const char *block, const char *what, const ThawConvSpec *spec, ThawActivation activation)
{
  g_autofree char *conv = g_strconcat (block, what, NULL);
  g_autofree char *norm = g_strconcat (conv, ".norm", NULL);
  g_autofree char *act = g_strconcat (conv, ".act", NULL);

  x = thaw_nn_batchnorm (b, thaw_nn_conv (b, x, conv, spec), norm, 1e-5);
  return activation == THAW_ACTIVATION_NONE ? x : thaw_nn_activation (b, x, act, activation);
}

/* Expand, depthwise, project, and where it fits the input is added. */
static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, ThawRandom *random, int number)
{
  g_autofree char *name = g_strdup_printf ("block%d", number);
  g_autofree char *sum = g_strdup_printf ("block%d.add", number);
  gint64 in = x->shape.dim[3], wide = in * draw (random, 2, 6), out = draw (random, 0, 1) ? in : draw (random, 5, 40);
  int kernel = draw (random, 0, 1) ? 3 : 5, stride = draw (random, 1, 2);
  int pad = x->shape.dim[1] > 12 && x->shape.dim[2] > 12 ? draw (random, 0, kernel / 2) : kernel / 2;
  ThawNode *y = layer (b, x, name, ".expand", &(ThawConvSpec){ .out = wide, .kernel = 1 }, THAW_ACTIVATION_RELU6);

  y = layer (b, y, name, ".depthwise",
             &(ThawConvSpec){ .out = wide, .kernel = kernel, .stride = stride, .pad = pad, .groups = (int) wide },
             THAW_ACTIVATION_RELU6);
  y = layer (b, y, name, ".project", &(ThawConvSpec){ .out = out, .kernel = 1 }, THAW_ACTIVATION_NONE);
  return y && thaw_shape_equal (&y->shape, &x->shape) ? thaw_nn_add (b, x, y, sum) : y;
}

/* A network of such blocks of odd sizes */
static void
build (RandomNet *net, guint64 seed)
{
  ThawRandom random = thaw_random (seed, THAW_RANDOM_INIT, 0, 0);
  ThawBuilder b = { .graph = net->graph = thaw_graph_new () };
  ThawNode *x = thaw_graph_add_input (net->graph, "input", &THAW_SHAPE (1, draw (&random, 40, 75), draw (&random, 40, 60), 3));

  net->parameters = thaw_tensor_map_new ();
  x = layer (&b, x, "stem", "", &(ThawConvSpec){ .out = draw (&random, 6, 20), .kernel = 3, .stride = 2, .pad = 1 }, THAW_ACTIVATION_RELU6);
  for (int i = 0; i < 4; i++)
    x = add_block (&b, x, &random, i);
  x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "pool"), "flatten");
  thaw_graph_add_output (net->graph, thaw_nn_linear (&b, x, "logits", 5, TRUE));
  g_assert_no_error (b.error);
  for (guint id = 0; id < thaw_graph_size (net->graph); id++)
    if (thaw_graph_at (net->graph, id)->op == THAW_OP_PARAMETER)
      {
        const ThawNode *node = thaw_graph_at (net->graph, id);

        thaw_tensor_map_take (net->parameters, node->name, thaw_test_parameter (node->name, &node->shape, seed + 1));
      }
}

static guint
count_chained (const ThawGraph *graph, const ThawExecutorOptions *options)
{
  g_autoptr (GArray) rows = thaw_executor_describe (graph, options, thaw_pool_n_threads (options->pool), 4);
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    n += g_array_index (rows, ThawPlanRow, i).chain > 0;
  return n;
}

/* The logits of @n pictures from number @shift on */
static void
predict (const RandomNet *net, ThawGraph *graph, const ThawExecutorOptions *options, gint64 n, gint64 shift, float *logits)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawExecutor) executor = thaw_executor_new (graph, net->parameters, options, &error);
  Pass pass;

  g_assert_no_error (error);
  pass_init (&pass, graph, n);
  pass.shift = shift;
  thaw_executor_forward (executor, n, &pass_io, &pass, NULL, &error);
  g_assert_no_error (error);
  memcpy (logits, pass.outputs[0], n * 5 * sizeof (float));
  pass_clear (&pass);
}

/* In strips or not, alone or beside others, by one thread or shared by three: the same bits. */
static void
test_strips (void)
{
  guint chained[N_CACHES] = { 0 };

  for (guint64 seed = 0; seed < N_NETS; seed++)
    {
      g_autoptr (ThawPool) pool = thaw_pool_new (1 + seed % 3, 0);
      g_autoptr (ThawGraph) graph = NULL;
      float whole[6 * 5], logits[6 * 5];
      RandomNet net;

      build (&net, seed);
      graph = thaw_graph_optimise (net.graph);
      for (guint c = N_CACHES; c-- > 0;)
        {
          const ThawExecutorOptions options
              = { .pool = pool, .cache = caches[c], .every_thread = TRUE, .micro_batch = c % 2 ? 0 : (gint64) seed % 4 };

          chained[c] += count_chained (graph, &options);
          predict (&net, graph, &options, 6, 0, c == N_CACHES - 1 ? whole : logits);
          g_assert_true (c == N_CACHES - 1 || memcmp (logits, whole, sizeof whole) == 0);
          predict (&net, graph, &options, 1, 4, logits);
          g_assert_cmpmem (logits, 5 * sizeof (float), whole + 4 * 5, 5 * sizeof (float));
        }
      random_net_clear (&net);
    }
  g_assert_cmpuint (chained[0], <, chained[2]); /* not even a line fits in many */
  g_assert_cmpuint (chained[2], >, 4 * N_NETS);
  g_assert_cmpuint (chained[N_CACHES - 1], ==, 0);
}

static ThawTensorMap *
gradients (const RandomNet *net, ThawGraph *graph, const ThawExecutorOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawExecutor) executor = thaw_executor_new (graph, net->parameters, options, &error);
  Pass pass;

  g_assert_no_error (error);
  pass_init (&pass, graph, 5);
  thaw_executor_train (executor, 5, 1, 1, NULL, &pass_io, &pass, &error);
  g_assert_no_error (error);
  pass_clear (&pass);
  return thaw_tensor_map_copy (thaw_executor_gradients (executor));
}

/* Values that are computed once more for backward give the gradients of those that are kept. */
static void
test_again (void)
{
  guint chained = 0;

  for (guint64 seed = 0; seed < N_NETS; seed++)
    {
      g_autoptr (ThawPool) pool = thaw_pool_new (1 + seed % 2, 0);
      g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
      g_autoptr (ThawTensorMap) kept = NULL;
      g_autoptr (ThawGraph) before = NULL;
      g_autoptr (ThawGraph) after = NULL;
      RandomNet net;

      build (&net, seed);
      thaw_freeze_set_trainable (freeze, net.graph, "", TRUE);
      if (seed % 3 == 0)
        thaw_freeze_set_trainable (freeze, net.graph, "block1.expand", FALSE);
      thaw_graph_cut (net.graph, freeze, &before, &after);
      for (guint c = N_CACHES; c-- > 0;)
        {
          const ThawExecutorOptions options
              = { .pool = pool, .cache = caches[c], .every_thread = TRUE, .micro_batch = 1 + (gint64) seed % 3, .training = freeze };
          g_autoptr (ThawTensorMap) again = gradients (&net, after, &options);

          chained += count_chained (after, &options);
          if (!kept)
            kept = g_steal_pointer (&again);
          for (guint k = 0; again && k < thaw_tensor_map_size (kept); k++)
            g_assert_cmpmem (thaw_tensor_map_at (again, k)->data, thaw_tensor_map_at (again, k)->bytes,
                             thaw_tensor_map_at (kept, k)->data, thaw_tensor_map_at (kept, k)->bytes);
        }
      random_net_clear (&net);
    }
  g_assert_cmpuint (chained, >, 4 * N_NETS);
}

static void
assert_same (const ThawPlanRow *a, const ThawPlanRow *b)
{
  g_assert_cmpstr (a->layer, ==, b->layer);
  g_assert_cmpstr (a->kernel, ==, b->kernel);
  g_assert_cmpint (a->pictures, ==, b->pictures);
  g_assert_cmpuint (a->chain, ==, b->chain);
  g_assert_cmpint (a->lines, ==, b->lines);
  g_assert_cmpfloat (a->seconds, ==, b->seconds);
}

/* The same machine makes the same plan. */
static void
test_describe (void)
{
  RandomNet net;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (GArray) last = NULL;

  build (&net, 0);
  graph = thaw_graph_optimise (net.graph);
  for (guint i = 0; i < 3; i++)
    {
      const ThawExecutorOptions options = { .cache = 1 << 16 };
      g_autoptr (GArray) rows = thaw_executor_describe (graph, &options, 2, 32);

      g_assert_cmpuint (rows->len, >, 10);
      for (guint k = 0; k < rows->len; k++)
        {
          const ThawPlanRow *row = &g_array_index (rows, ThawPlanRow, k);

          g_assert_nonnull (thaw_graph_find (graph, row->layer));
          g_assert_cmpstr (row->kernel, !=, "");
          g_assert_cmpfloat (row->seconds, >, 0);
          if (last)
            assert_same (row, &g_array_index (last, ThawPlanRow, k));
        }
      g_clear_pointer (&last, g_array_unref);
      last = g_steal_pointer (&rows);
    }
  random_net_clear (&net);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/strips", test_strips);
  g_test_add_func ("/plan/again", test_again);
  g_test_add_func ("/plan/describe", test_describe);
  return g_test_run ();
}
