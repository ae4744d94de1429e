/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: test-tflite [families] */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-random.h>
#include <thaw/thaw-zoo.h>

#include "formats/weights/thaw-zip.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

#define SIDE 64

static GBytes *
write_bytes (const ThawModel *model, ThawDtype dtype)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = thaw_tflite_write (model, dtype, &error);

  g_assert_no_error (error);
  return bytes;
}

static ThawModel *
parse (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  ThawModel *model = thaw_tflite_parse (bytes, &error);

  g_assert_no_error (error);
  return model;
}

static void
assert_same_preprocessing (const ThawPreprocessing *a, const ThawPreprocessing *b)
{
  g_assert_cmpint (a->resize, ==, b->resize);
  g_assert_cmpint (a->stretch, ==, b->stretch);
  g_assert_cmpint (a->width, ==, b->width);
  g_assert_cmpint (a->height, ==, b->height);
  g_assert_cmpint (a->filter, ==, b->filter);
  for (int c = 0; c < 3; c++)
    {
      g_assert_cmpfloat_with_epsilon (a->mean[c], b->mean[c], 1e-4f);
      g_assert_cmpfloat_with_epsilon (a->std[c], b->std[c], 1e-4f);
    }
}

/* Whole and in halves: what comes back answers as the file should, and is not much more than its weights. */
static void
test_round_trip (gconstpointer data)
{
  const char *const *row = data;
  g_autoptr (ThawModel) model = thaw_test_small_model (row[0], row[1], SIDE);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) rounded = thaw_tflite_rounded (model, THAW_DTYPE_F16, &error);
  g_autoptr (GBytes) whole = write_bytes (model, THAW_DTYPE_F32), half = write_bytes (model, THAW_DTYPE_F16);
  g_autoptr (ThawModel) back = parse (whole), half_back = parse (half);
  const double ratio = (double) g_bytes_get_size (half) / (double) g_bytes_get_size (whole);

  g_assert_no_error (error);
  thaw_test_same_answers (model, back, 1e-5);
  thaw_test_same_answers (rounded, half_back, 1e-5);
  assert_same_preprocessing (&model->preprocessing, &back->preprocessing);
  g_assert_cmpint (back->features->shape.rank, ==, model->features->shape.rank);
  g_assert_cmpstr (back->title, ==, model->title);
  g_assert_cmpstr (back->licence, ==, model->licence);
  g_assert_cmpfloat (ratio, >, .5);
  g_assert_cmpfloat (ratio, <, .75);
  g_assert_cmpint (!back->labels, ==, !model->labels);
  for (guint i = 0; model->labels && model->labels[i]; i++)
    g_assert_cmpstr (back->labels[i], ==, model->labels[i]);
}

/* A window layer that thaw_nn_...() has no function for */
static ThawNode *
add_window (ThawBuilder *b, ThawNode *x, ThawOp op, const char *name, const ThawWindowParams *window)
{
  ThawOpParams params = { .window = *window };
  ThawNode *node = thaw_graph_add (b->graph, op, name, &params, &x, 1, &b->error);

  g_assert_no_error (b->error);
  return node;
}

/* Borders that TensorFlow Lite has no padding for, means that count what lies in the picture alone, windows beyond the edge, pools whose windows differ in size */
static ThawNode *
build_windows (ThawBuilder *b, ThawNode **features)
{
  ThawNode *x = thaw_graph_add_input (b->graph, "input", &THAW_SHAPE (1, 29, 34, 3)), *y, *z;
  ThawOpParams adaptive = { .adaptive.size = { 3, 4 } };

  x = thaw_nn_conv (b, x, "border", &(ThawConvSpec){ .out = 6, .kernel = 3, .stride = 2, .pad = 1, .bias = TRUE });
  x = thaw_nn_conv (b, thaw_nn_activation (b, x, "tanh", THAW_ACTIVATION_TANH), "same", &(ThawConvSpec){ .out = 6, .kernel = 3, .stride = 1, .dilation = 2, .padding = THAW_PADDING_SAME });
  y = thaw_nn_conv (b, x, "uneven", &(ThawConvSpec){ .out = 6, .kernel_hw = { 1, 5 }, .pad_hw = { 0, 2 }, .groups = 2 });
  z = thaw_nn_conv (b, x, "each", &(ThawConvSpec){ .out = 6, .kernel = 5, .pad = 2, .groups = 6, .bias = TRUE });
  x = thaw_nn_add (b, y, z, "sum");
  y = add_window (b, x, THAW_OP_AVG_POOL, "inside", &(ThawWindowParams){ .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 } });
  z = add_window (b, x, THAW_OP_AVG_POOL, "all", &(ThawWindowParams){ .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 }, .count_padding = TRUE });
  x = add_window (b, x, THAW_OP_MAX_POOL, "most", &(ThawWindowParams){ .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 } });
  x = thaw_nn_concat (b, (ThawNode *[]){ x, y, z }, 3, "join", 3);
  x = add_window (b, x, THAW_OP_MAX_POOL, "beyond", &(ThawWindowParams){ .kernel = { 3, 3 }, .stride = { 2, 2 }, .ceil_mode = TRUE });
  x = add_window (b, x, THAW_OP_AVG_POOL, "beyond-mean", &(ThawWindowParams){ .kernel = { 2, 2 }, .stride = { 1, 1 }, .pad = { 0, 0, 1, 1 }, .ceil_mode = TRUE });
  x = thaw_nn_activation (b, x, "sigmoid", THAW_ACTIVATION_SIGMOID);
  x = thaw_graph_add (b->graph, THAW_OP_ADAPTIVE_POOL, "adaptive", &adaptive, &x, 1, &b->error);
  g_assert_no_error (b->error);
  *features = x = thaw_nn_flatten (b, x, "flat");
  return thaw_nn_linear (b, x, "fc", 4, TRUE);
}

static void
test_windows (void)
{
  ThawBuilder b = { thaw_graph_new (), NULL };
  ThawNode *features, *logits = build_windows (&b, &features);
  g_autoptr (ThawTensorMap) parameters = thaw_tensor_map_new ();
  g_autoptr (ThawModel) model = NULL, back = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_assert_no_error (b.error);
  thaw_graph_add_output (b.graph, logits);
  thaw_nn_initialise (b.graph, parameters, "", 1);
  model = thaw_model_new ("windows", b.graph, g_steal_pointer (&parameters), features);
  model->preprocessing = (ThawPreprocessing){ .resize = 29, .width = 34, .height = 29, .mean = { 1, 2, 3 }, .std = { 40, 50, 60 } };
  bytes = write_bytes (model, THAW_DTYPE_F32);
  back = parse (bytes);
  thaw_test_same_answers (model, back, 1e-5);
}

/* Layers keep their names, and freezing and training work on them. */
static void
test_names (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("mobilenet_v2", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (GBytes) bytes = write_bytes (model, THAW_DTYPE_F32);
  g_autoptr (ThawModel) back = parse (bytes);

  g_assert_nonnull (thaw_model_layer (back, "features.1.conv.0.0"));
  g_assert_nonnull (thaw_model_layer (back, "features.18"));
  g_assert_nonnull (thaw_tensor_map_get (back->parameters, "features.0.0.weight"));
  g_assert_nonnull (thaw_tensor_map_get (back->parameters, "head.1.weight"));
  g_assert_cmpstr (back->features->name, ==, model->features->name);
  for (guint id = 0; id < thaw_graph_size (back->graph); id++)
    g_assert_cmpint (thaw_graph_at (back->graph, id)->op, !=, THAW_OP_PAD);
}

/* labels.txt in the archive behind the network: a line a class */
static void
test_labels (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("squeezenet1_1", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (GBytes) bytes = write_bytes (model, THAW_DTYPE_F32), text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, &error);
  ThawWeightsBudget budget;

  g_assert_no_error (error);
  thaw_weights_budget_init (&budget, 1000);
  text = thaw_zip_read (zip, "labels.txt", &budget, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (text, NULL), g_bytes_get_size (text), "ant\nbee\nw\xc3\xb6rld \"quoted\" of two lines\n",
                   strlen ("ant\nbee\nw\xc3\xb6rld \"quoted\" of two lines\n"));
}

/* Weights beyond float16 are refused, not written as infinity. */
static void
test_too_large (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("squeezenet1_1", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, "head.1.weight"))[0] = 70000;
  bytes = thaw_tflite_write (model, THAW_DTYPE_F16, &error);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
  g_assert_true (strstr (error->message, "head.1.weight") && strstr (error->message, "float32"));
}

/* Cut and flipped files: an error or a network, never a crash. */
static void
test_damage (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("squeezenet1_1", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (GBytes) bytes = write_bytes (model, THAW_DTYPE_F32);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ThawRandom random = thaw_random (1, THAW_RANDOM_INIT, 0, 0);

  for (guint i = 0; i < 150; i++)
    {
      gsize at = i % 2 ? thaw_random_below (&random, 6000) : thaw_random_below (&random, size);
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) cut = g_bytes_new (data, at), flipped = NULL;
      g_autoptr (GError) cut_error = NULL, flip_error = NULL;
      g_autoptr (ThawModel) a = thaw_tflite_parse (cut, &cut_error), b = NULL;

      copy[at] ^= 1 << thaw_random_below (&random, 8);
      flipped = g_bytes_new (copy, size);
      b = thaw_tflite_parse (flipped, &flip_error);
      g_assert_true (!a == !!cut_error);
      g_assert_true (!b == !!flip_error);
    }
}

int
main (int argc, char *argv[])
{
  static const char *const small[][2] = {
    { "efficientnet_lite0", THAW_HEAD_DEFAULT }, { "mobilenet_v1_x0_25_tf", NULL }, { "squeezenet1_0", NULL }, { "shufflenet_v2_x0_5", THAW_HEAD_DEFAULT },
    { "mobilenet_v2", "dropout=0.5,linear=16,relu,linear=16,batchnorm,silu,linear=8,gelu,linear" }, { "mobilenet_v3_small", THAW_HEAD_DEFAULT },
    { "resnet18", "linear=8,hardswish,linear=8,hardsigmoid,linear=8,tanh,linear=8,sigmoid,linear=8,relu6,linear" },
  };
  static const char *const families[][2] = {
    { "mnasnet0_5", NULL }, { "efficientnet_b0", NULL }, { "efficientnet_v2_s", NULL }, { "regnet_x_400mf", NULL },
    { "regnet_y_400mf", NULL }, { "resnext50_32x4d", NULL }, { "densenet121", NULL }, { "googlenet", NULL }, { "inception_v3", NULL }, { "convnext_tiny", NULL },
    { "vit_b_32", NULL }, { "swin_t", NULL }, { "swin_v2_t", NULL }, { "maxvit_t", NULL }, { "resnet50", NULL },
  };
  const gboolean all = argc > 1 && g_str_equal (argv[1], "families");

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < (all ? G_N_ELEMENTS (families) : G_N_ELEMENTS (small)); i++)
    {
      g_autofree char *path = g_strdup_printf ("/tflite/round-trip/%s/%u", (all ? families : small)[i][0], i);

      g_test_add_data_func (path, (all ? families : small)[i], test_round_trip);
    }
  if (all)
    return g_test_run ();
  g_test_add_func ("/tflite/windows", test_windows);
  g_test_add_func ("/tflite/names", test_names);
  g_test_add_func ("/tflite/labels", test_labels);
  g_test_add_func ("/tflite/too-large", test_too_large);
  g_test_add_func ("/tflite/damage", test_damage);
  return g_test_run ();
}
