/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-nn.h>

/* 1 x 9 x 9 x 6 through one layer each */
typedef enum
{
  CONV,
  CONV_GROUPED,
  CONV_DEPTHWISE,
  CONV_SAME,
  CONV_WIDE,
  MAX_POOL,
  AVG_POOL,
  GLOBAL_POOL,
  FLATTEN,
  N_LAYERS
} Layer;

static ThawNode *
add (ThawBuilder *b, ThawNode *x, Layer layer)
{
  static const ThawConvSpec specs[] = {
    { .out = 8, .kernel = 3, .stride = 2, .pad = 1, .bias = TRUE },
    { .out = 4, .kernel = 3, .groups = 2 },
    { .out = 6, .kernel = 3, .groups = 6, .dilation = 2 },
    { .out = 5, .kernel = 5, .stride = 4, .padding = THAW_PADDING_SAME },
    { .out = 5, .kernel_hw = { 1, 7 } },
  };

  switch (layer)
    {
    case MAX_POOL:
      return thaw_nn_max_pool (b, x, "x", 2, 2, 0, TRUE);
    case AVG_POOL:
      return thaw_nn_avg_pool (b, x, "x", 3, 2, 1);
    case GLOBAL_POOL:
      return thaw_nn_global_pool (b, x, "x");
    case FLATTEN:
      return thaw_nn_flatten (b, x, "x");
    default:
      return thaw_nn_conv (b, x, "x", &specs[layer]);
    }
}

static void
test_shapes (void)
{
  static const struct
  {
    ThawShape out, weight;
    ThawOp op;
    gboolean bias;
  } rows[N_LAYERS] = {
    [CONV] = { { 4, { 1, 5, 5, 8 } }, { 4, { 8, 6, 3, 3 } }, THAW_OP_CONV, TRUE },
    [CONV_GROUPED] = { { 4, { 1, 7, 7, 4 } }, { 4, { 4, 3, 3, 3 } }, THAW_OP_CONV },
    [CONV_DEPTHWISE] = { { 4, { 1, 5, 5, 6 } }, { 4, { 6, 1, 3, 3 } }, THAW_OP_DEPTHWISE },
    [CONV_SAME] = { { 4, { 1, 3, 3, 5 } }, { 4, { 5, 6, 5, 5 } }, THAW_OP_CONV },
    [CONV_WIDE] = { { 4, { 1, 9, 3, 5 } }, { 4, { 5, 6, 1, 7 } }, THAW_OP_CONV },
    [MAX_POOL] = { { 4, { 1, 5, 5, 6 } }, { 0 }, THAW_OP_MAX_POOL },
    [AVG_POOL] = { { 4, { 1, 5, 5, 6 } }, { 0 }, THAW_OP_AVG_POOL },
    [GLOBAL_POOL] = { { 4, { 1, 1, 1, 6 } }, { 0 }, THAW_OP_GLOBAL_POOL },
    [FLATTEN] = { { 2, { 1, 486 } }, { 0 }, THAW_OP_RESHAPE },
  };

  for (Layer layer = 0; layer < N_LAYERS; layer++)
    {
      g_autoptr (ThawGraph) graph = thaw_graph_new ();
      ThawBuilder b = { .graph = graph };
      ThawNode *x = thaw_graph_add_input (graph, "input", &THAW_SHAPE (1, 9, 9, 6));
      const ThawNode *weight;

      x = add (&b, x, layer);
      g_assert_no_error (b.error);
      g_assert_cmpint (x->op, ==, rows[layer].op);
      g_assert_true (thaw_shape_equal (&x->shape, &rows[layer].out));
      weight = thaw_graph_find (graph, "x.weight");
      g_assert_cmpint (weight != NULL, ==, rows[layer].weight.rank > 0);
      g_assert_true (!weight || thaw_shape_equal (&weight->shape, &rows[layer].weight));
      g_assert_cmpint (thaw_graph_find (graph, "x.bias") != NULL, ==, rows[layer].bias);
    }
}

/* The first failure is kept; what follows it adds nothing. */
static void
test_first_failure (void)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  ThawBuilder b = { .graph = graph };
  ThawNode *x = thaw_graph_add_input (graph, "input", &THAW_SHAPE (1, 4, 4, 6));
  ThawNode *y = thaw_nn_conv (&b, x, "wide", &(ThawConvSpec){ .out = 4, .kernel = 9 });
  guint size = thaw_graph_size (graph);

  g_assert_null (y);
  g_assert_nonnull (b.error);
  g_assert_nonnull (strstr (b.error->message, "wide"));
  y = thaw_nn_batchnorm (&b, y, "bn", 1e-5);
  y = thaw_nn_activation (&b, y, "act", THAW_ACTIVATION_RELU);
  y = thaw_nn_add (&b, x, y, "add");
  y = thaw_nn_linear (&b, thaw_nn_flatten (&b, thaw_nn_dropout (&b, y, "drop", .5f), "flatten"),
                      "fc", 3, TRUE);
  g_assert_null (thaw_nn_conv (&b, x, "wider", &(ThawConvSpec){ .out = 4, .kernel = 11 }));
  g_assert_null (y);
  g_assert_null (thaw_graph_find (graph, "bn.weight"));
  g_assert_cmpuint (thaw_graph_size (graph), ==, size + 1); /* "wider.weight" */
  g_assert_null (strstr (b.error->message, "wider"));
  g_error_free (b.error);
}

static ThawGraph *
small_network (void)
{
  ThawBuilder b = { .graph = thaw_graph_new () };
  ThawNode *x = thaw_graph_add_input (b.graph, "input", &THAW_SHAPE (1, 8, 8, 16));

  x = thaw_nn_conv (&b, x, "conv", &(ThawConvSpec){ .out = 64, .kernel = 3, .bias = TRUE });
  x = thaw_nn_batchnorm (&b, x, "bn", 1e-5);
  x = thaw_nn_conv (&b, x, "dw", &(ThawConvSpec){ .out = 64, .kernel = 3, .groups = 64 });
  x = thaw_nn_conv (&b, x, "grouped", &(ThawConvSpec){ .out = 64, .kernel = 3, .groups = 4 });
  x = thaw_nn_linear (&b, thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "pool"), "flat"), "fc",
                      400, TRUE);
  g_assert_no_error (b.error);
  thaw_graph_add_output (b.graph, x);
  return b.graph;
}

static void
moments (const ThawTensor *tensor, double *mean, double *deviation, double *largest)
{
  gint64 n = thaw_tensor_count (tensor);
  double sum = 0, squares = 0;

  *largest = 0;
  for (gint64 i = 0; i < n; i++)
    {
      double x = thaw_tensor_f32 (tensor)[i];

      sum += x;
      squares += x * x;
      *largest = fmax (*largest, fabs (x));
    }
  *mean = sum / n;
  *deviation = sqrt (fmax (squares / n - *mean * *mean, 0));
}

static void
test_initialise (void)
{
  static const struct
  {
    const char *name;
    double mean, deviation; /* deviation 0: all equal the mean */
    double bound;           /* 0: none */
  } rows[] = {
    { "conv.weight", 0, .0589255651, 0 }, /* sqrt (2 / (64 * 9)) */
    { "conv.bias", 0, 0, 0 },
    { "bn.weight", 1, 0, 0 },
    { "bn.bias", 0, 0, 0 },
    { "bn.running_mean", 0, 0, 0 },
    { "bn.running_var", 1, 0, 0 },
    { "dw.weight", 0, .4714045208, 0 },      /* sqrt (2 / 9) */
    { "grouped.weight", 0, .1178511302, 0 }, /* sqrt (2 / (16 * 9)) */
    { "fc.weight", 0, .0721687836, .125 },   /* 1 / sqrt (64) / sqrt (3) */
    { "fc.bias", 0, .0721687836, .125 },
  };
  g_autoptr (ThawGraph) graph = small_network ();
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();

  thaw_nn_initialise (graph, parameters, "", 3);
  g_assert_cmpuint (thaw_tensor_map_size (parameters), ==, G_N_ELEMENTS (rows));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_get (parameters, rows[i].name);
      double mean, deviation, largest, n;

      g_assert_nonnull (tensor);
      n = thaw_tensor_count (tensor);
      moments (tensor, &mean, &deviation, &largest);
      /* five standard errors */
      g_assert_cmpfloat (fabs (mean - rows[i].mean), <=, 5 * rows[i].deviation / sqrt (n));
      g_assert_cmpfloat (fabs (deviation - rows[i].deviation), <=,
                         5 * rows[i].deviation / sqrt (n));
      g_assert_true (rows[i].bound == 0 || largest <= rows[i].bound);
    }
}

/* A parameter's numbers come from the seed and its name alone; a prefix leaves the others as they
 * are. */
static void
test_initialise_streams (void)
{
  g_autoptr (ThawGraph) graph = small_network ();
  g_autoptr (ThawTensorMap) all = thaw_tensor_map_new ();
  g_autoptr (ThawTensorMap) one = thaw_tensor_map_new ();
  g_autoptr (ThawTensorMap) other = thaw_tensor_map_new ();
  g_autofree char *a = NULL, *b = NULL, *c = NULL;

  thaw_nn_initialise (graph, all, "", 3);
  thaw_nn_initialise (graph, one, "fc", 3);
  thaw_nn_initialise (graph, other, "fc", 4);
  g_assert_cmpuint (thaw_tensor_map_size (one), ==, 2);
  a = thaw_tensor_hash (thaw_tensor_map_get (all, "fc.weight"));
  b = thaw_tensor_hash (thaw_tensor_map_get (one, "fc.weight"));
  c = thaw_tensor_hash (thaw_tensor_map_get (other, "fc.weight"));
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a, !=, c);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/shapes", test_shapes);
  g_test_add_func ("/nn/first-failure", test_first_failure);
  g_test_add_func ("/nn/initialise", test_initialise);
  g_test_add_func ("/nn/initialise/streams", test_initialise_streams);
  return g_test_run ();
}
