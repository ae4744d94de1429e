/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-pool.h>

#include "random-net.h"
#include "thaw-test.h"

#define N_NETS 200

static ThawExecutor *
make_executor (ThawGraph *graph, ThawTensorMap *parameters, ThawPool *pool, gint64 micro_batch,
               const ThawFreeze *training)
{
  ThawExecutorOptions options
      = { .pool = pool, .micro_batch = micro_batch, .training = training, .every_thread = TRUE };
  g_autoptr (GError) error = NULL;
  ThawExecutor *executor = thaw_executor_new (graph, parameters, &options, &error);

  g_assert_no_error (error);
  return executor;
}

static void
run_forward (ThawExecutor *executor, Pass *pass)
{
  g_autoptr (GError) error = NULL;

  thaw_executor_forward (executor, pass->n, &pass_io, pass, NULL, &error);
  g_assert_no_error (error);
}

/* What the twin in double says of @graph for the pictures of @pass. */
static void
assert_near_reference (const Pass *pass, const RandomNet *net, guint64 seed)
{
  g_autoptr (ThawReference) reference
      = thaw_reference_new (net->graph, net->parameters, sizeof (double));
  Pass original = *pass;

  original.graph = net->graph;
  pass_reference (&original, reference, NULL, NULL);
  for (guint k = 0; k < thaw_graph_n_outputs (net->graph); k++)
    {
      const ThawNode *node = thaw_graph_output (net->graph, k);
      double error = thaw_test_relative (pass->outputs[k], thaw_reference_value (reference, node),
                                         pass->n * thaw_shape_count (&node->shape));

      if (!(error < 1e-5))
        g_error ("net %" G_GUINT64_FORMAT ", output %u: relative error %g", seed, k, error);
    }
}

static void
test_forward (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);

  for (guint64 seed = 0; seed < N_NETS; seed++)
    for (int optimised = 0; optimised < 2; optimised++)
      {
        RandomNet net;
        g_autoptr (ThawGraph) graph = NULL;
        g_autoptr (ThawExecutor) executor = NULL;
        Pass pass;

        random_net_build (&net, seed);
        graph = optimised ? thaw_graph_optimise (net.graph) : thaw_graph_ref (net.graph);
        executor = make_executor (graph, net.parameters, pool, 0, NULL);
        pass_init (&pass, graph, 3);
        run_forward (executor, &pass);
        assert_near_reference (&pass, &net, seed);
        pass_clear (&pass);
        random_net_clear (&net);
      }
}

/* An executor made for training predicts by the stored statistics and without dropout, also after a
 * step. */
static void
test_forward_between_steps (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (3, 0);

  for (guint64 seed = 0; seed < N_NETS / 4; seed++)
    {
      RandomNet net;
      g_autoptr (ThawFreeze) freeze = NULL;
      g_autoptr (ThawGraph) graph = NULL;
      g_autoptr (ThawExecutor) executor = NULL;
      g_autoptr (GError) error = NULL;
      Pass pass;

      random_net_build (&net, seed);
      freeze = random_net_freeze (&net, seed, TRUE);
      graph = thaw_graph_with_statistics (net.graph, freeze);
      executor = make_executor (graph, net.parameters, pool, 0, freeze);
      pass_init (&pass, graph, 5);
      for (int i = 0; i < 2; i++)
        {
          run_forward (executor, &pass);
          assert_near_reference (&pass, &net, seed);
          thaw_executor_train (executor, 5, 1, 1, NULL, &pass_io, &pass, &error);
          g_assert_no_error (error);
        }
      pass_clear (&pass);
      random_net_clear (&net);
    }
}

/* Output 0 of picture @i of the pass. */
static const float *
picture_output (const Pass *pass, guint k, gint64 i)
{
  return pass->outputs[k] + i * thaw_shape_count (&thaw_graph_output (pass->graph, k)->shape);
}

/* Any number of threads, any micro-batch, any place in the batch: the same bits. */
static void
test_forward_bits (void)
{
  static const struct
  {
    guint  threads;
    gint64 micro, n, shift;
  } cases[] = {
    { 1, 1, 9, 0 }, { 1, 2, 9, 0 }, { 2, 5, 9, 0 }, { 3, 0, 9, 0 },
    { 2, 0, 4, 3 }, { 1, 5, 1, 7 }, { 3, 3, 6, 3 }, { 2, 0, 1, 7 }, { 5, 2, 3, 4 },
  };

  for (guint64 seed = 100; seed < 100 + N_NETS / 3; seed++)
    {
      RandomNet net;
      g_autoptr (ThawGraph) graph = NULL;
      Pass whole;

      random_net_build (&net, seed);
      graph = thaw_graph_optimise (net.graph);
      for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
        {
          g_autoptr (ThawPool) pool = thaw_pool_new (cases[c].threads, 0);
          g_autoptr (ThawExecutor) executor
              = make_executor (graph, net.parameters, pool, cases[c].micro, NULL);
          Pass pass;

          pass_init (&pass, graph, cases[c].n);
          pass.shift = cases[c].shift;
          run_forward (executor, &pass);
          if (c == 0)
            {
              whole = pass;
              continue;
            }
          for (guint k = 0; k < thaw_graph_n_outputs (graph); k++)
            g_assert_cmpmem (pass.outputs[k],
                             pass.n * thaw_shape_count (&thaw_graph_output (graph, k)->shape) * 4,
                             picture_output (&whole, k, pass.shift),
                             pass.n * thaw_shape_count (&thaw_graph_output (graph, k)->shape) * 4);
          pass_clear (&pass);
        }
      pass_clear (&whole);
      random_net_clear (&net);
    }
}

/* Values so large at first that the network runs in stages of 1, 2, 4 and 8 pictures; a value of
 * each stage is used at the end. */
static void
test_stages (void)
{
  RandomNet net = { thaw_graph_new (), thaw_tensor_map_new () };
  ThawBuilder b = { .graph = net.graph };
  ThawNode *x = thaw_graph_add_input (net.graph, "input", &THAW_SHAPE (1, 96, 96, 3));
  ThawNode *pools[4];
  ThawNode *joined;

  for (int i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("conv%d", i);
      g_autofree char *pool = g_strdup_printf ("pool%d", i);

      x = thaw_nn_conv (&b, x, name,
                        &(ThawConvSpec){ .out = 24, .kernel = 3, .stride = i ? 2 : 1, .pad = 1 });
      pools[i] = thaw_nn_global_pool (&b, x, pool);
    }
  joined = thaw_nn_concat (&b, pools, 4, "join", 3);
  joined = thaw_nn_flatten (&b, joined, "flatten");
  thaw_graph_add_output (net.graph, thaw_nn_linear (&b, joined, "logits", 5, TRUE));
  thaw_graph_add_output (net.graph, pools[0]);
  g_assert_no_error (b.error);
  for (guint id = 0; id < thaw_graph_size (net.graph); id++)
    if (thaw_graph_at (net.graph, id)->op == THAW_OP_PARAMETER)
      {
        const ThawNode *node = thaw_graph_at (net.graph, id);

        thaw_tensor_map_take (net.parameters, node->name,
                              thaw_test_parameter (node->name, &node->shape, 1));
      }

  for (guint threads = 1; threads <= 2; threads++)
    {
      g_autoptr (ThawPool) pool = thaw_pool_new (threads, 0);
      const ThawExecutorOptions options = { .pool = pool, .every_thread = TRUE, .cache = 1 << 20 };
      g_autoptr (ThawExecutor) executor = thaw_executor_new (net.graph, net.parameters, &options, NULL);
      Pass pass;

      pass_init (&pass, net.graph, 11);
      run_forward (executor, &pass);
      g_assert_cmpint (pass.calls, >=, 11); /* the first stage takes one picture at a time */
      assert_near_reference (&pass, &net, 0);
      pass_clear (&pass);
    }
  random_net_clear (&net);
}

typedef struct
{
  guint  threads;
  gint64 micro;
  gint64 n;
} Way;

static const guint64 samples[] = { 7, 3, 1000, 12, 5, 6, 99, 1 };

/* Values at the cut for the pictures of @pass. */
static void
feed_from (ThawGraph *before, const RandomNet *net, ThawPool *pool, Pass *pass, Pass *features)
{
  g_autoptr (ThawExecutor) executor = make_executor (before, net->parameters, pool, 0, NULL);

  pass_init (features, before, pass->n);
  run_forward (executor, features);
  pass->feed = features->outputs;
}

/* The gradients of one step, through the cut. (transfer full) */
static ThawTensorMap *
engine_gradients (const RandomNet *net, ThawTensorMap *parameters, const ThawFreeze *freeze,
                  const Way *way, gboolean cut)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (way->threads, 0);
  g_autoptr (ThawGraph) before = NULL;
  g_autoptr (ThawGraph) after = NULL;
  g_autoptr (ThawExecutor) executor = NULL;
  g_autoptr (GError) error = NULL;
  Pass pass, features = { 0 };

  if (cut)
    thaw_graph_cut (net->graph, freeze, &before, &after);
  else
    after = thaw_graph_with_statistics (net->graph, freeze);
  executor = make_executor (after, parameters, pool, way->micro, freeze);
  pass_init (&pass, after, way->n);
  if (before)
    feed_from (before, net, pool, &pass, &features);
  thaw_executor_train (executor, way->n, 5, 2, samples, &pass_io, &pass, &error);
  g_assert_no_error (error);
  pass_clear (&pass);
  if (before)
    pass_clear (&features);
  return thaw_tensor_map_copy (thaw_executor_gradients (executor));
}

static double
norm (const double *x, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sqrt (sum);
}

/* Every trainable weight and no other has its gradient. */
static void
compare_gradients (const RandomNet *net, const ThawFreeze *freeze, ThawTensorMap *gradients,
                   ThawReference *reference, guint64 seed)
{
  double all = 0;

  for (guint i = 0; i < thaw_tensor_map_size (gradients); i++)
    {
      const double *wanted
          = thaw_reference_gradient (reference, thaw_tensor_map_name (gradients, i));

      g_assert_nonnull (wanted);
      all = hypot (all, norm (wanted, thaw_tensor_count (thaw_tensor_map_at (gradients, i))));
    }
  for (guint id = 0; id < thaw_graph_size (net->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (net->graph, id);
      ThawTensor *found = thaw_tensor_map_get (gradients, node->name);
      gsize n = thaw_shape_count (&node->shape);
      const double *wanted = found ? thaw_reference_gradient (reference, node->name) : NULL;
      double error = 0;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      g_assert_cmpint (found != NULL, ==, thaw_freeze_is_trainable (freeze, node->name));
      for (gsize i = 0; found && i < n; i++)
        error = hypot (error, thaw_tensor_f32 (found)[i] - wanted[i]);
      if (found && !(error <= 1e-4 * norm (wanted, n) + 1e-5 * all))
        g_error ("net %" G_GUINT64_FORMAT ", gradient of %s: error %g of %g (all: %g)", seed,
                 node->name, error, norm (wanted, n), all);
    }
}

static void
compare_statistics (const RandomNet *net, ThawTensorMap *parameters, ThawReference *reference,
                    guint64 seed)
{
  for (guint id = 0; id < thaw_graph_size (net->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (net->graph, id);
      double error;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      error = thaw_test_relative (thaw_tensor_f32 (thaw_tensor_map_get (parameters, node->name)),
                                  thaw_reference_parameter (reference, node->name),
                                  thaw_shape_count (&node->shape));
      if (!(error < 1e-5))
        g_error ("net %" G_GUINT64_FORMAT ", %s after the step: error %g", seed, node->name, error);
    }
}

static void
check_step (guint64 seed, const Way *way, gboolean batch, gboolean cut, guint *skipped)
{
  RandomNet net;
  g_autoptr (ThawFreeze) freeze = NULL;
  g_autoptr (ThawGraph) whole = NULL;
  g_autoptr (ThawReference) reference = NULL;
  g_autoptr (ThawTensorMap) parameters = NULL;
  g_autoptr (ThawTensorMap) gradients = NULL;
  ThawOpRun run = { .training = TRUE, .seed = 5, .epoch = 2, .samples = samples };
  Pass pass;

  random_net_build (&net, seed);
  freeze = random_net_freeze (&net, seed, batch);
  whole = thaw_graph_with_statistics (net.graph, freeze);
  reference = thaw_reference_new (whole, net.parameters, sizeof (double));
  pass_init (&pass, whole, way->n);
  pass_reference (&pass, reference, &run, freeze);
  if (random_net_near_bend (whole, reference, way->n))
    (*skipped)++;
  else
    {
      parameters = thaw_tensor_map_copy (net.parameters);
      gradients = engine_gradients (&net, parameters, freeze, way, cut);
      compare_gradients (&net, freeze, gradients, reference, seed);
      compare_statistics (&net, parameters, reference, seed);
    }
  pass_clear (&pass);
  random_net_clear (&net);
}

static const Way ways[]
    = { { 1, 1, 5 }, { 1, 0, 4 }, { 2, 2, 5 }, { 2, 1, 3 }, { 3, 5, 7 }, { 3, 1, 2 }, { 2, 2, 8 } };

static void
test_gradients (gconstpointer data)
{
  gboolean batch = GPOINTER_TO_INT (data) & 1;
  gboolean cut = GPOINTER_TO_INT (data) & 2;
  guint skipped = 0;

  for (guint64 seed = 0; seed < N_NETS; seed++)
    check_step (seed, &ways[seed % G_N_ELEMENTS (ways)], batch, cut, &skipped);
  g_test_message ("%u of %u nets have a value too close to a bend", skipped, N_NETS);
  g_assert_cmpuint (skipped, <, N_NETS / 3);
}

/* The same threads give the same bits, and however often. */
static void
test_training_bits (void)
{
  for (guint64 seed = 0; seed < N_NETS / 3; seed++)
    {
      RandomNet net;
      g_autoptr (ThawFreeze) freeze = NULL;
      g_autoptr (ThawTensorMap) first = NULL;

      random_net_build (&net, seed);
      freeze = random_net_freeze (&net, seed, seed % 2);
      for (int i = 0; i < 3; i++)
        {
          g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_copy (net.parameters);
          g_autoptr (ThawTensorMap) again = engine_gradients (
              &net, parameters, freeze, &ways[seed % G_N_ELEMENTS (ways)], TRUE);

          if (!first)
            first = g_steal_pointer (&again);
          for (guint k = 0; again && k < thaw_tensor_map_size (again); k++)
            g_assert_cmpmem (
                thaw_tensor_map_at (again, k)->data, thaw_tensor_map_at (again, k)->bytes,
                thaw_tensor_map_at (first, k)->data, thaw_tensor_map_at (first, k)->bytes);
        }
      random_net_clear (&net);
    }
}

/* A net large enough for all threads, with BatchNorm: what happens when pictures cannot be loaded.
 */
static void
build_wide (RandomNet *net)
{
  ThawBuilder b = { .graph = net->graph = thaw_graph_new () };
  ThawNode *x = thaw_graph_add_input (net->graph, "input", &THAW_SHAPE (1, 24, 24, 3));

  net->parameters = thaw_tensor_map_new ();
  x = thaw_nn_conv (&b, x, "conv", &(ThawConvSpec){ .out = 48, .kernel = 5, .pad = 2 });
  x = thaw_nn_batchnorm (&b, x, "norm", 1e-5f);
  x = thaw_nn_activation (&b, x, "act", THAW_ACTIVATION_TANH);
  x = thaw_nn_conv (&b, x, "conv2", &(ThawConvSpec){ .out = 32, .kernel = 3, .pad = 1 });
  x = thaw_nn_global_pool (&b, x, "pool");
  x = thaw_nn_flatten (&b, x, "flatten");
  thaw_graph_add_output (net->graph, thaw_nn_linear (&b, x, "fc", 3, TRUE));
  g_assert_no_error (b.error);
  for (guint id = 0; id < thaw_graph_size (net->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (net->graph, id);

      if (node->op == THAW_OP_PARAMETER)
        thaw_tensor_map_take (net->parameters, node->name,
                              thaw_test_parameter (node->name, &node->shape, 1));
    }
}

static void
assert_fails_then_works (ThawExecutor *executor, ThawGraph *graph, gint64 n, int fail_at,
                         gboolean train)
{
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean fine;
      Pass pass;

      pass_init (&pass, graph, n);
      pass.fail_at = i ? 0 : fail_at;
      fine = train ? thaw_executor_train (executor, n, 1, 1, NULL, &pass_io, &pass, &error)
                   : thaw_executor_forward (executor, n, &pass_io, &pass, NULL, &error);
      g_assert_cmpint (fine, ==, i == 1);
      g_assert_cmpint (error != NULL, ==, i == 0);
      if (error)
        g_assert_nonnull (strstr (error->message, "is gone"));
      pass_clear (&pass);
    }
}

static void
test_load_errors (void)
{
  RandomNet net;

  build_wide (&net);
  for (guint threads = 1; threads <= 3; threads++)
    for (int batch = 0; batch < 2; batch++)
      for (int fail_at = 1; fail_at <= 2 && !(batch && threads < 2 && fail_at > 1); fail_at++)
        {
          g_autoptr (ThawPool) pool = thaw_pool_new (threads, 0);
          g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
          g_autoptr (ThawGraph) graph = NULL;
          g_autoptr (ThawExecutor) training = NULL;
          g_autoptr (ThawExecutor) inference = NULL;
          g_autofree char *hash
              = thaw_tensor_hash (thaw_tensor_map_get (net.parameters, "norm.running_mean"));
          g_autofree char *after = NULL;
          g_autoptr (GError) error = NULL;
          Pass pass;

          thaw_freeze_set_trainable (freeze, net.graph, "", TRUE);
          thaw_freeze_set_batch_statistics (freeze, net.graph, "", batch);
          graph = thaw_graph_with_statistics (net.graph, freeze);
          training = make_executor (graph, net.parameters, pool, 2, freeze);
          inference = make_executor (graph, net.parameters, pool, 2, NULL);
          pass_init (&pass, graph, 12);
          pass.fail_at = fail_at;
          g_assert_false (thaw_executor_train (training, 12, 1, 1, NULL, &pass_io, &pass, &error));
          g_assert_nonnull (error);
          after = thaw_tensor_hash (thaw_tensor_map_get (net.parameters, "norm.running_mean"));
          g_assert_cmpstr (hash, ==, after);
          pass_clear (&pass);
          assert_fails_then_works (training, graph, 12, fail_at, TRUE);
          assert_fails_then_works (inference, graph, 12, fail_at, FALSE);
        }
  random_net_clear (&net);
}

static void
test_cancel (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (ThawExecutor) executor = NULL;
  g_autoptr (GError) error = NULL;
  RandomNet net;
  Pass pass;

  build_wide (&net);
  executor = make_executor (net.graph, net.parameters, pool, 0, NULL);
  pass_init (&pass, net.graph, 4);
  g_cancellable_cancel (cancellable);
  g_assert_false (thaw_executor_forward (executor, 4, &pass_io, &pass, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (pass.calls, ==, 0);
  g_assert_true (thaw_executor_forward (executor, 0, &pass_io, &pass, NULL, NULL));
  pass_clear (&pass);
  random_net_clear (&net);
}

/* Weights that are missing or do not fit are named. */
static void
test_parameters (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  ThawExecutorOptions options = { .pool = pool };
  g_autoptr (ThawTensor) wrong = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (3, 31));
  g_autoptr (ThawTensor) half = thaw_tensor_new (THAW_DTYPE_F16, &THAW_SHAPE (3, 32));
  ThawTensor *bad[] = { NULL, wrong, half };
  RandomNet net;

  build_wide (&net);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_copy (net.parameters);
      g_autoptr (ThawExecutor) executor = NULL;
      g_autoptr (GError) error = NULL;

      if (bad[i])
        thaw_tensor_map_set (parameters, "fc.weight", bad[i]);
      else
        thaw_tensor_map_remove (parameters, "fc.weight");
      executor = thaw_executor_new (net.graph, parameters, &options, &error);
      g_assert_null (executor);
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "fc.weight"));
    }
  random_net_clear (&net);
}

/* New weights count after refresh, also where a kernel is folded and packed. */
static void
test_refresh (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawExecutor) executor = NULL;
  RandomNet net;
  Pass pass;

  build_wide (&net);
  graph = thaw_graph_optimise (net.graph);
  executor = make_executor (graph, net.parameters, pool, 0, NULL);
  pass_init (&pass, graph, 2);
  run_forward (executor, &pass);
  thaw_tensor_f32 (thaw_tensor_map_get (net.parameters, "conv.weight"))[5] += .25f;
  thaw_tensor_map_take (net.parameters, "norm.weight",
                        thaw_tensor_copy (thaw_tensor_map_get (net.parameters, "norm.bias")));
  thaw_executor_refresh (executor);
  run_forward (executor, &pass);
  assert_near_reference (&pass, &net, 0);
  pass_clear (&pass);
  random_net_clear (&net);
}

/* Running statistics that lie in a mapped file are not written to there. */
static void
test_mapped_statistics (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawExecutor) executor = NULL;
  g_autoptr (GError) error = NULL;
  RandomNet net;
  ThawTensor *mean;
  Pass pass;

  build_wide (&net);
  mean = thaw_tensor_map_get (net.parameters, "norm.running_mean");
  {
    g_autoptr (GBytes) bytes = g_bytes_new (mean->data, mean->bytes);
    g_autoptr (ThawTensor) view
        = thaw_tensor_new_view (THAW_DTYPE_F32, &mean->shape, bytes, 0, &error);
    g_autofree char *before = thaw_tensor_hash (view);
    g_autofree char *after = NULL;

    g_assert_no_error (error);
    thaw_tensor_map_set (net.parameters, "norm.running_mean", view);
    thaw_freeze_set_trainable (freeze, net.graph, "", TRUE);
    thaw_freeze_set_batch_statistics (freeze, net.graph, "", TRUE);
    graph = thaw_graph_with_statistics (net.graph, freeze);
    executor = make_executor (graph, net.parameters, pool, 0, freeze);
    pass_init (&pass, graph, 2);
    thaw_executor_train (executor, 2, 1, 1, NULL, &pass_io, &pass, &error);
    g_assert_no_error (error);
    after = thaw_tensor_hash (view);
    g_assert_cmpstr (before, ==, after);
    g_free (g_steal_pointer (&after));
    after = thaw_tensor_hash (thaw_tensor_map_get (net.parameters, "norm.running_mean"));
    g_assert_cmpstr (before, !=, after);
  }
  pass_clear (&pass);
  random_net_clear (&net);
}

/* Cost is known before: it grows with the threads, with batch statistics also with the batch, and
 * training needs more. */
static void
test_cost (void)
{
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  g_autoptr (ThawGraph) stored = NULL;
  g_autoptr (ThawGraph) batch = NULL;
  ThawPlanCost one, two, large, together, inference;
  RandomNet net;

  build_wide (&net);
  thaw_freeze_set_trainable (freeze, net.graph, "", TRUE);
  stored = thaw_graph_with_statistics (net.graph, freeze);
  thaw_freeze_set_batch_statistics (freeze, net.graph, "", TRUE);
  batch = thaw_graph_with_statistics (net.graph, freeze);
  thaw_executor_cost (stored, NULL, 4, 1, 64, &inference);
  thaw_executor_cost (stored, freeze, 4, 1, 64, &one);
  thaw_executor_cost (stored, freeze, 4, 2, 64, &two);
  thaw_executor_cost (stored, freeze, 4, 2, 256, &large);
  thaw_executor_cost (batch, freeze, 4, 2, 256, &together);
  g_assert_cmpuint (two.buffer_bytes, ==, 2 * one.buffer_bytes);
  g_assert_cmpuint (large.buffer_bytes, ==, two.buffer_bytes);
  g_assert_cmpuint (together.buffer_bytes, >, 8 * large.buffer_bytes);
  g_assert_cmpuint (inference.buffer_bytes, <, one.buffer_bytes);
  g_assert_cmpfloat (inference.multiply_adds, ==, thaw_graph_multiply_adds (net.graph));
  g_assert_cmpfloat (one.multiply_adds, >, 2 * inference.multiply_adds);
  g_assert_cmpfloat (one.multiply_adds, <, 3 * inference.multiply_adds);
  random_net_clear (&net);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/executor/forward", test_forward);
  g_test_add_func ("/executor/forward-bits", test_forward_bits);
  g_test_add_func ("/executor/forward-between-steps", test_forward_between_steps);
  g_test_add_func ("/executor/stages", test_stages);
  g_test_add_data_func ("/executor/gradients/stored", GINT_TO_POINTER (0), test_gradients);
  g_test_add_data_func ("/executor/gradients/batch", GINT_TO_POINTER (1), test_gradients);
  g_test_add_data_func ("/executor/gradients/stored-cut", GINT_TO_POINTER (2), test_gradients);
  g_test_add_data_func ("/executor/gradients/batch-cut", GINT_TO_POINTER (3), test_gradients);
  g_test_add_func ("/executor/training-bits", test_training_bits);
  g_test_add_func ("/executor/load-errors", test_load_errors);
  g_test_add_func ("/executor/cancel", test_cancel);
  g_test_add_func ("/executor/parameters", test_parameters);
  g_test_add_func ("/executor/refresh", test_refresh);
  g_test_add_func ("/executor/mapped-statistics", test_mapped_statistics);
  g_test_add_func ("/executor/cost", test_cost);
  return g_test_run ();
}
