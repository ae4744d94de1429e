/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-cpu.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-freeze.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-precision.h>

#include "random-net.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

#define N_NETS 60

static gboolean
skips (void)
{
  if (thaw_precision_check (THAW_PRECISION_FAST, NULL))
    return FALSE;
  g_test_skip ("this processor has no products of bfloat16");
  return TRUE;
}

static void
test_names (void)
{
  ThawPrecision precision = THAW_PRECISION_FLOAT32;
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_precision_parse (&precision, "fast", NULL));
  g_assert_cmpint (precision, ==, THAW_PRECISION_FAST);
  g_assert_cmpstr (thaw_precision_name (precision), ==, "fast");
  g_assert_false (thaw_precision_parse (&precision, "bfloat16", &error));
  g_assert_nonnull (strstr (error->message, "float32 or fast"));
  g_assert_true (thaw_precision_check (THAW_PRECISION_FLOAT32, NULL));
}

/* Where it would not be faster nothing changes. */
static void
test_without (void)
{
  RandomNet net;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawGraph) lowered = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  g_setenv ("THAW_ISA", "baseline", TRUE);
  g_assert_false (thaw_precision_check (THAW_PRECISION_FAST, &error));
  g_assert_nonnull (strstr (error->message, "choose float32"));
  random_net_build (&net, 1);
  graph = thaw_graph_optimise (net.graph);
  lowered = thaw_graph_in_precision (graph, THAW_PRECISION_FAST);
  g_assert_true (lowered == graph);
  random_net_clear (&net);
}

static guint
count_bf16 (const ThawGraph *graph)
{
  guint n = 0;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    n += thaw_graph_at (graph, id)->dtype == THAW_DTYPE_BF16;
  return n;
}

static void
run_pass (Pass *pass, ThawTensorMap *parameters, ThawPool *pool)
{
  const ThawExecutorOptions options = { .pool = pool, .every_thread = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawExecutor) executor = thaw_executor_new (pass->graph, parameters, &options, &error);

  g_assert_no_error (error);
  g_assert_true (thaw_executor_forward (executor, pass->n, &pass_io, pass, NULL, &error));
  g_assert_no_error (error);
}

/* One picture, made by all threads together, has the bits it has among others. */
static void
check_bits (const Pass *many, ThawTensorMap *parameters, ThawPool *pool)
{
  Pass one;

  pass_init (&one, many->graph, 1);
  one.shift = 1;
  run_pass (&one, parameters, pool);
  for (guint k = 0; k < thaw_graph_n_outputs (many->graph); k++)
    {
      gsize count = thaw_shape_count (&thaw_graph_output (many->graph, k)->shape);

      g_assert_cmpmem (one.outputs[k], count * sizeof (float), many->outputs[k] + count, count * sizeof (float));
    }
  pass_clear (&one);
}

/* The naive twin rounds where the plan says so. Values close to the middle between two of bfloat16 may be rounded to either, and the
 * error of one such place goes through all layers behind it. */
static void
check_net (guint64 seed, ThawPool *pool, guint *n_bf16)
{
  RandomNet net;
  Pass pass;
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (ThawReference) reference = NULL;

  random_net_build (&net, seed);
  optimised = thaw_graph_optimise (net.graph);
  graph = thaw_graph_in_precision (optimised, THAW_PRECISION_FAST);
  *n_bf16 += count_bf16 (graph);
  pass_init (&pass, graph, 3);
  run_pass (&pass, net.parameters, pool);
  reference = thaw_reference_new (graph, net.parameters, sizeof (double));
  pass_reference (&pass, reference, NULL, NULL);
  for (guint k = 0; k < thaw_graph_n_outputs (graph); k++)
    {
      const ThawNode *node = thaw_graph_output (graph, k);
      double error = thaw_test_relative (pass.outputs[k], thaw_reference_value (reference, node), pass.n * thaw_shape_count (&node->shape));

      g_assert_cmpint (node->dtype, ==, THAW_DTYPE_F32);
      if (!(error < 1e-2))
        g_error ("net %" G_GUINT64_FORMAT ", output %u: relative error %g", seed, k, error);
    }
  check_bits (&pass, net.parameters, pool);
  pass_clear (&pass);
  random_net_clear (&net);
}

static void
test_random (void)
{
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  guint n_bf16 = 0;

  if (skips ())
    return;
  for (guint64 seed = 0; seed < N_NETS; seed++)
    check_net (seed, pool, &n_bf16);
  g_assert_cmpuint (n_bf16, >, N_NETS);
}

/* What the network says before its classifier, of photographs */
static GArray *
features_of (const ThawModel *model, ThawPrecision precision, ThawTensor *pictures)
{
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (ThawGraph) chosen = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  GArray *features = g_array_new (FALSE, FALSE, sizeof (float));
  const ThawTensor *tensor;

  thaw_graph_clear_outputs (graph);
  thaw_graph_add_output (graph, thaw_graph_find (graph, model->features->name));
  optimised = thaw_graph_optimise (graph);
  chosen = thaw_graph_in_precision (optimised, precision);
  outputs = thaw_test_run (chosen, model->parameters, &pictures, 2);
  tensor = g_ptr_array_index (outputs, 0);
  return g_array_append_vals (features, tensor->data, (guint) thaw_tensor_count (tensor));
}

static ThawTensor *
read_photographs (const ThawModel *model, guint n)
{
  static const char *const names[] = { "n01494475_hammerhead.jpg", "n01669191_box_turtle.jpg", "n01770081_harvestman.jpg" };
  const ThawPreprocessing *p = &model->preprocessing;
  ThawTensor *pictures = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n, p->height, p->width, 3));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *relative = g_build_filename ("imagenet-samples", names[i], NULL), *path = thaw_test_shared (relative);
      g_autoptr (ThawImage) image = path ? thaw_image_load (path, NULL) : NULL;

      if (!image)
        {
          thaw_tensor_unref (pictures);
          return NULL;
        }
      thaw_image_prepare (image, p, (float *) pictures->data + (gsize) i * p->height * p->width * 3);
    }
  return pictures;
}

static void
check_features (const char *backbone)
{
  g_autoptr (ThawModel) model = thaw_backbone_open (backbone, NULL);
  g_autoptr (ThawTensor) pictures = model ? read_photographs (model, 3) : NULL;
  g_autoptr (GArray) exact = NULL;
  g_autoptr (GArray) fast = NULL;
  g_autofree double *wanted = NULL;
  double error;

  if (!pictures)
    {
      g_test_skip ("the network or the photographs are not here");
      return;
    }
  exact = features_of (model, THAW_PRECISION_FLOAT32, pictures);
  fast = features_of (model, THAW_PRECISION_FAST, pictures);
  wanted = thaw_test_doubles ((const float *) exact->data, exact->len);
  error = thaw_test_relative ((const float *) fast->data, wanted, exact->len);
  g_test_message ("%s: relative error of the features %g", backbone, error);
  g_assert_cmpfloat (error, >, 0);
  g_assert_cmpfloat (error, <, 1e-2);
}

static void
test_mobilenet (void)
{
  g_autofree char *path = thaw_test_shared ("backbones/mobilenet_v2_1.0_224_dequant.safetensors");

  if (path && !skips ())
    check_features (path);
}

static void
test_lite0 (void)
{
  if (!skips ())
    check_features ("efficientnet_lite0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/precision/names", test_names);
  g_test_add_func ("/precision/without", test_without);
  g_test_add_func ("/precision/random", test_random);
  g_test_add_func ("/precision/mobilenet-v2", test_mobilenet);
  g_test_add_func ("/precision/efficientnet-lite0", test_lite0);
  return g_test_run ();
}
