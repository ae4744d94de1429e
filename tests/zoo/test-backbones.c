/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three real backbones in TensorFlow's layout: recognised, relaid and run, against an
 * independent implementation's features and logits. */
#include <math.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test-model.h"
#include "thaw-test.h"

static const struct
{
  const char *file, *architecture;
  gint64 classes;
  float mean; /* where the golden results were made with another than the backbone's own: 0 where
                 not */
} backbones[] = {
  { "mobilenet_v1_0.25_224", "mobilenet_v1_x0_25_tf", 1000, 0 },
  /* made with x / 127.5 - 1, of which the file says that (x - 128) / 128, the quantised network's
     own, is about the same */
  { "mobilenet_v2_1.0_224_dequant", "mobilenet_v2_tf", 1001, 127.5f },
  { "squeezenet1_1_torchvision_fp16", "squeezenet1_1", 1000, 0 },
};

static ThawTensorMap *
load (const char *folder, const char *name, const char *ending, GHashTable **metadata)
{
  g_autofree char *relative = g_strconcat (folder, name, ending, NULL);
  g_autofree char *path = thaw_test_shared (relative);
  g_autoptr (GError) error = NULL;
  ThawTensorMap *tensors = path ? thaw_weights_load (path, metadata, &error) : NULL;

  g_assert_no_error (error);
  return tensors;
}

/* raw[h, w, c] = (7 h + 13 w + 29 c + floor (h w / 16)) mod 256, then the preprocessing's scale */
static ThawTensor *
make_picture (const ThawPreprocessing *preprocessing)
{
  ThawTensor *picture = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 224, 224, 3));
  float *x = thaw_tensor_f32 (picture);

  for (int h = 0; h < 224; h++)
    for (int w = 0; w < 224; w++)
      for (int c = 0; c < 3; c++)
        *x++ = ((7 * h + 13 * w + 29 * c + h * w / 16) % 256 - preprocessing->mean[c])
               / preprocessing->std[c];
  return picture;
}

/* "features" in the file are averaged over the last feature map. */
static GArray *
average (const float *values, const ThawShape *shape)
{
  gint64 channels = shape->dim[shape->rank - 1];
  gint64 places = thaw_shape_count (shape) / channels;
  GArray *means = g_array_new (FALSE, TRUE, sizeof (double));

  g_array_set_size (means, channels);
  for (gint64 i = 0; i < places * channels; i++)
    g_array_index (means, double, i % channels) += values[i] / (double) places;
  return means;
}

static void
assert_close (const char *what, const double *values, gsize n, const ThawTensor *golden)
{
  double largest = 0, worst = 0;

  g_assert_cmpint (thaw_tensor_count (golden), ==, n);
  for (gsize i = 0; i < n; i++)
    {
      largest = fmax (largest, fabs (thaw_tensor_f32 (golden)[i]));
      worst = fmax (worst, fabs (values[i] - thaw_tensor_f32 (golden)[i]));
    }
  g_test_message ("%s: error %.3g of the largest", what, worst / largest);
  g_assert_cmpfloat (worst, <=, 1e-4 * largest);
}

static void
compare (const ThawModel *model, float mean, const ThawTensorMap *golden)
{
  ThawPreprocessing preprocessing = model->preprocessing;
  g_autoptr (ThawTensor) picture = NULL;
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  g_autoptr (GArray) features = NULL;
  g_autofree double *logits = NULL;
  gint64 classes = thaw_model_n_classes (model);

  for (int c = 0; c < 3 && mean > 0; c++)
    preprocessing.mean[c] = preprocessing.std[c] = mean;
  picture = make_picture (&preprocessing);
  thaw_graph_add_output (graph, thaw_graph_find (graph, model->features->name));
  optimised = thaw_graph_optimise (graph);
  outputs = thaw_test_run (optimised, model->parameters, &picture, 2);
  logits = thaw_test_doubles (thaw_tensor_f32 (g_ptr_array_index (outputs, 0)), classes);
  features = average (thaw_tensor_f32 (g_ptr_array_index (outputs, 1)), &model->features->shape);
  assert_close ("features", (const double *) features->data, features->len,
                thaw_tensor_map_get (golden, "features"));
  assert_close ("logits", logits, classes, thaw_tensor_map_get (golden, "logits"));
}

static void
test_backbone (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) weights
      = load ("backbones/", backbones[i].file, ".safetensors", &metadata);
  g_autoptr (ThawTensorMap) golden
      = load ("backbones/golden/", backbones[i].file, ".golden.safetensors", NULL);
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GHashTable) ours = NULL;
  g_autoptr (ThawModel) again = NULL;

  if (!weights)
    {
      g_test_skip ("../shared is not there");
      return;
    }
  model = thaw_zoo_from_weights (weights, metadata, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->architecture, ==, backbones[i].architecture);
  g_assert_cmpint (thaw_model_n_classes (model), ==, backbones[i].classes);
  compare (model, backbones[i].mean, golden);
  /* and once more from what Thaw itself would write */
  ours = thaw_zoo_metadata (model);
  again = thaw_zoo_from_weights (model->parameters, ours, &error);
  g_assert_no_error (error);
  compare (again, backbones[i].mean, golden);
}

/* EfficientNet-Lite0's real weights, as set-up keeps them, stage by stage. */
static void
check_stage (JsonObject *stage, const ThawTensor *values)
{
  JsonArray *first = json_object_get_array_member (stage, "first");
  gint64 n = thaw_tensor_count (values), channels = values->shape.dim[3];
  double l2 = json_object_get_double_member (stage, "l2");
  double sum = 0, squares = 0;

  for (gint64 i = 0; i < n; i++)
    {
      double x = thaw_tensor_f32 (values)[i];

      sum += x;
      squares += x * x;
    }
  g_assert_cmpfloat (fabs (sqrt (squares) / l2 - 1), <=, 1e-4);
  g_assert_cmpfloat (fabs (sum / n - json_object_get_double_member (stage, "mean")), <=,
                     1e-4 * l2 / sqrt (n));
  /* PyTorch's first values lie side by side in the first channel */
  for (guint i = 0; i < json_array_get_length (first); i++)
    g_assert_cmpfloat (
        fabs (thaw_tensor_f32 (values)[i * channels] - json_array_get_double_element (first, i)),
        <=, 1e-3 * l2 / sqrt (n));
}

static void
check_lite0 (const ThawModel *model, JsonObject *golden)
{
  JsonObject *stages = json_object_get_object_member (golden, "stages");
  g_autoptr (GList) names = json_object_get_members (stages);
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (ThawTensor) pictures = thaw_test_pictures (2, 224, 224);
  g_autoptr (GPtrArray) outputs = NULL;
  guint i = 1;

  for (GList *n = names; n; n = n->next)
    thaw_graph_add_output (
        graph, thaw_graph_find (graph, thaw_layer_value (thaw_model_layer (model, n->data))->name));
  optimised = thaw_graph_optimise (graph);
  outputs = thaw_test_run (optimised, model->parameters, &pictures, 2);
  for (GList *n = names; n; n = n->next)
    check_stage (json_object_get_object_member (stages, n->data), g_ptr_array_index (outputs, i++));
  for (guint k = 0; k < 2; k++)
    {
      JsonArray *row
          = json_array_get_array_element (json_object_get_array_member (golden, "logits"), k);

      for (guint c = 0; c < json_array_get_length (row); c++)
        g_assert_cmpfloat_with_epsilon (
            thaw_tensor_f32 (g_ptr_array_index (outputs, 0))[k * 1000 + c],
            json_array_get_double_element (row, c), 1e-3);
    }
}

static void
test_lite0 (void)
{
  const char *folder = g_getenv ("THAW_BACKBONES");
  g_autofree char *path
      = folder ? g_build_filename (folder, "efficientnet_lite0.safetensors", NULL) : NULL;
  g_autoptr (JsonParser) parser = thaw_test_json ("golden/efficientnet_lite0.json");
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawTensorMap) weights = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GError) error = NULL;

  if (!parser)
    return;
  if (!path || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the default backbone is not in the build folder");
      return;
    }
  weights = thaw_weights_load (path, &metadata, &error);
  g_assert_no_error (error);
  model = thaw_zoo_from_weights (weights, metadata, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->architecture, ==, "efficientnet_lite0");
  check_lite0 (model, json_object_get_object_member (
                          json_node_get_object (json_parser_get_root (parser)), "formula_input"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (backbones); i++)
    {
      g_autofree char *path = g_strdup_printf ("/zoo/backbones/%s", backbones[i].architecture);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_backbone);
    }
  g_test_add_func ("/zoo/backbones/efficientnet_lite0", test_lite0);
  return g_test_run ();
}
