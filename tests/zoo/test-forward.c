/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logits and stages of whole networks against PyTorch's, whose weights a formula makes; each is
 * recognised by its tensors alone.
 * usage: test-zoo-forward f32|f64|all: the engine, or the naive twin in double, on the smallest
 * network of each family; all: the engine on every network */
#include <math.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test-model.h"
#include "thaw-test.h"

enum
{
  ENGINE = 1, /* fast enough for every check */
  TWIN = 2    /* in double too */
};

static const struct
{
  const char *name, *golden;
  int when;
} networks[] = {
  { "alexnet", NULL, ENGINE },
  { "vgg11", NULL, ENGINE },
  { "vgg16_bn", NULL, 0 },
  { "resnet18", NULL, ENGINE | TWIN },
  { "resnet50", NULL, ENGINE | TWIN },
  { "resnext50_32x4d", NULL, ENGINE },
  { "wide_resnet50_2", NULL, 0 },
  { "densenet121", NULL, ENGINE },
  { "squeezenet1_0", NULL, ENGINE | TWIN },
  { "squeezenet1_1", NULL, ENGINE | TWIN },
  { "googlenet", NULL, ENGINE },
  { "inception_v3", NULL, ENGINE },
  { "mobilenet_v2", NULL, ENGINE | TWIN },
  { "mobilenet_v3_small", NULL, ENGINE | TWIN },
  { "mobilenet_v3_large", NULL, 0 },
  { "mnasnet0_5", NULL, ENGINE | TWIN },
  { "mnasnet1_0", NULL, 0 },
  { "shufflenet_v2_x0_5", NULL, ENGINE | TWIN },
  { "shufflenet_v2_x1_0", NULL, 0 },
  { "efficientnet_b0", NULL, ENGINE | TWIN },
  { "efficientnet_b3", NULL, 0 },
  { "efficientnet_v2_s", NULL, 0 },
  { "regnet_x_400mf", NULL, ENGINE | TWIN },
  { "regnet_y_800mf", NULL, ENGINE },
  { "regnet_y_3_2gf", NULL, 0 },
  { "convnext_tiny", NULL, ENGINE },
  { "vit_b_16", NULL, ENGINE },
  { "swin_t", NULL, ENGINE },
  { "efficientnet_lite0", "tf_efficientnet_lite0", ENGINE | TWIN },
};

/* What PyTorch's networks have and ours are without: classifiers halfway that take part in training
 * from nothing alone. */
static const struct
{
  const char *network, *tensor;
  int tensors, parameters;
} auxiliary[] = {
  { "googlenet", "aux1.fc2.weight", 20, 6379984 },
  { "inception_v3", "AuxLogits.fc.weight", 14, 3326696 },
};

/* timm's bn2 has the activation inside. Elsewhere PyTorch's ReLU writes over what it is given. */
static const ThawNode *
stage_value (const ThawModel *model, const char *stage)
{
  gboolean lite = g_str_equal (model->architecture, "efficientnet_lite0");
  ThawLayer *layer = thaw_model_layer (model, lite && g_str_equal (stage, "bn2") ? "act2" : stage);
  const ThawNode *value;

  g_assert_nonnull (layer);
  value = thaw_layer_value (layer);
  for (guint id = 0; id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id);

      if (node->op == THAW_OP_RELU && node->inputs[0] == value)
        return node;
    }
  return value;
}

static gboolean in_double;

static GArray *
to_doubles (const ThawTensor *tensor)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (double));
  gint64 n = thaw_tensor_count (tensor);
  g_autofree double *values = thaw_test_doubles (thaw_tensor_f32 (tensor), n);

  return g_array_append_vals (array, values, n);
}

static GPtrArray *
run_network (ThawGraph *graph, ThawTensorMap *parameters, gint64 size)
{
  g_autoptr (ThawTensor) pictures = thaw_test_pictures (2, size, size);
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  GPtrArray *doubles;

  if (in_double)
    return thaw_test_run_f64 (graph, parameters, &pictures);
  optimised = thaw_graph_optimise (graph);
  outputs = thaw_test_run (optimised, parameters, &pictures, 2);
  doubles = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  for (guint i = 0; i < outputs->len; i++)
    g_ptr_array_add (doubles, to_doubles (g_ptr_array_index (outputs, i)));
  return doubles;
}

static void
check_stage (const char *name, JsonObject *stage, const GArray *values)
{
  const double *v = (const double *)values->data;
  double sum = 0, squares = 0, tolerance = in_double ? 1e-8 : 1e-4;
  double l2 = json_object_get_double_member (stage, "l2");
  double mean = json_object_get_double_member (stage, "mean");

  for (guint i = 0; i < values->len; i++)
    {
      sum += v[i];
      squares += v[i] * v[i];
    }
  g_test_message ("%s: l2 %.3g mean %.3g", name, fabs (sqrt (squares) / l2 - 1),
                  fabs (sum / values->len - mean) / (l2 / sqrt (values->len)));
  g_assert_cmpfloat (fabs (sqrt (squares) - l2), <=, tolerance * l2);
  /* a mean near zero is judged by the size of the values */
  g_assert_cmpfloat (fabs (sum / values->len - mean), <=, tolerance * l2 / sqrt (values->len));
}

static void
check_logits (JsonObject *golden, const GArray *values)
{
  JsonArray *pictures = json_object_get_array_member (golden, "logits");
  JsonArray *norms = json_object_get_array_member (golden, "l2");
  double difference = json_object_get_double_member (golden, "largest_difference_over_largest")
                      * json_object_get_double_member (golden, "largest");
  double tolerance
      = in_double ? 1e-8 * json_object_get_double_member (golden, "largest") : 1e-3 * difference;
  guint classes = values->len / 2;
  double worst = 0;

  for (guint k = 0; k < 2; k++)
    {
      const double *v = (const double *)values->data + k * classes;
      JsonArray *row = json_array_get_array_element (pictures, k);
      double squares = 0;

      for (guint i = 0; i < json_array_get_length (row); i++)
        worst = fmax (worst, fabs (v[i] - json_array_get_double_element (row, i)));
      for (guint i = 0; i < classes; i++)
        squares += v[i] * v[i];
      g_assert_cmpfloat (fabs (sqrt (squares) - json_array_get_double_element (norms, k)), <=,
                         tolerance * sqrt (classes));
    }
  g_test_message ("logits: error %.3g of the difference", worst / difference);
  g_assert_cmpfloat (worst, <=, tolerance);
}

/* "tensors" counts BatchNorm's counters too: one for every running mean. */
static void
check_counts (const ThawModel *model, JsonObject *golden)
{
  g_autoptr (GPtrArray) names = thaw_model_weights (model, "", NULL, THAW_WEIGHTS_ALL);
  gint64 tensors = names->len, parameters = json_object_get_int_member (golden, "parameters");

  for (guint i = 0; i < names->len; i++)
    tensors += g_str_has_suffix (g_ptr_array_index (names, i), "running_mean")
               || g_str_has_suffix (g_ptr_array_index (names, i), "relative_position_bias_table");
  for (guint i = 0; i < G_N_ELEMENTS (auxiliary); i++)
    if (g_str_equal (model->architecture, auxiliary[i].network))
      {
        tensors += auxiliary[i].tensors;
        parameters -= auxiliary[i].parameters;
      }
  g_assert_cmpint (tensors, ==, json_object_get_int_member (golden, "tensors"));
  g_assert_cmpint (thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE), ==, parameters);
  g_assert_cmpint (model->layers->parameters, ==, parameters);
}

/* The network as a file would give it: by the names and shapes of its tensors. */
static ThawModel *
recognise (const char *name, double gain)
{
  g_autoptr (GError) error = NULL;
  ThawNode *features;
  ThawPreprocessing preprocessing;
  g_autoptr (ThawGraph) graph
      = thaw_zoo_graph (name, 0, 1000, &features, &preprocessing, &error);
  g_autoptr (ThawTensorMap) weights = graph ? thaw_test_parameters (graph, gain) : NULL;
  ThawModel *model;

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (auxiliary); i++)
    if (g_str_equal (name, auxiliary[i].network))
      thaw_tensor_map_take (weights, auxiliary[i].tensor,
                            thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1000, 768)));
  model = thaw_zoo_from_weights (weights, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->architecture, ==, name);
  g_assert_cmpint (thaw_model_n_classes (model), ==, 1000);
  return model;
}

static void
add_stage_outputs (const ThawModel *model, ThawGraph *graph, GList *stages)
{
  for (GList *s = stages; s; s = s->next)
    thaw_graph_add_output (graph, thaw_graph_find (graph, stage_value (model, s->data)->name));
}

static JsonObject *
golden_network (JsonParser *parser, guint index)
{
  JsonObject *root = json_node_get_object (json_parser_get_root (parser));

  return json_object_get_object_member (json_object_get_object_member (root, "models"),
                                        networks[index].golden ? networks[index].golden
                                                               : networks[index].name);
}

static void
test_forward (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  g_autoptr (JsonParser) parser = thaw_test_json ("golden/forward.json");
  JsonObject *golden, *stages;
  g_autoptr (ThawModel) found = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GList) names = NULL;
  gint64 size;
  guint i = 1;

  if (!parser)
    return;
  golden = golden_network (parser, index);
  stages = json_object_get_object_member (golden, "stages");
  names = json_object_get_members (stages);
  size = json_object_get_int_member (golden, "size");
  found = recognise (networks[index].name, json_object_get_double_member (golden, "gain"));
  check_counts (found, golden);
  model = found->preprocessing.width == size
              ? thaw_model_ref (found)
              : thaw_model_resize (found, (int)size, (int)size, NULL);
  graph = thaw_graph_prune (model->graph);
  add_stage_outputs (model, graph, names);
  values = run_network (graph, model->parameters, size);
  for (GList *s = names; s; s = s->next)
    check_stage (s->data, json_object_get_object_member (stages, s->data),
                 g_ptr_array_index (values, i++));
  check_logits (golden, g_ptr_array_index (values, 0));
}

int
main (int argc, char **argv)
{
  const char *how;

  g_test_init (&argc, &argv, NULL);
  how = argc > 1 ? argv[1] : "f32";
  in_double = g_str_equal (how, "f64");
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/zoo/forward/%s", networks[i].name);

      if (g_str_equal (how, "all") || networks[i].when & (in_double ? TWIN : ENGINE))
        g_test_add_data_func (path, GUINT_TO_POINTER (i), test_forward);
    }
  return g_test_run ();
}
