/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logits and stages of whole networks against PyTorch's, whose weights a formula makes.
 * usage: test-zoo-forward f32|f64: the engine, or the naive twin in double */
#include <math.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test-model.h"
#include "thaw-test.h"

static const struct
{
  const char *name, *golden;
} networks[] = {
  { "resnet18", NULL },      { "resnet50", NULL },
  { "squeezenet1_0", NULL }, { "squeezenet1_1", NULL },
  { "mobilenet_v2", NULL },  { "efficientnet_lite0", "tf_efficientnet_lite0" },
};

/* Where PyTorch's module gives another value than ours of the same name: timm's bn2 has the
 * activation inside, and SqueezeNet's first ReLU writes over the convolution's output. */
static const struct
{
  const char *network, *stage, *layer;
} renamed[] = {
  { "efficientnet_lite0", "bn2", "act2" },
  { "squeezenet1_0", "features.0", "features.1" },
  { "squeezenet1_1", "features.0", "features.1" },
};

static const char *
stage_layer (const char *network, const char *stage)
{
  for (guint i = 0; i < G_N_ELEMENTS (renamed); i++)
    if (g_str_equal (network, renamed[i].network) && g_str_equal (stage, renamed[i].stage))
      return renamed[i].layer;
  return stage;
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
run_network (ThawGraph *graph, double gain, gint64 size)
{
  g_autoptr (ThawTensorMap) parameters = thaw_test_parameters (graph, gain);
  g_autoptr (ThawTensor) pictures = thaw_test_pictures (2, size, size);
  g_autoptr (ThawGraph) optimised = NULL;
  g_autoptr (GPtrArray) outputs = NULL;
  GPtrArray *doubles;

  if (in_double)
    return thaw_test_run_f64 (graph, parameters, &pictures);
  optimised = thaw_graph_optimise (graph);
  outputs = thaw_test_run (optimised, parameters, &pictures, 2);
  doubles = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  for (guint i = 0; i < outputs->len; i++)
    g_ptr_array_add (doubles, to_doubles (g_ptr_array_index (outputs, i)));
  return doubles;
}

static void
check_stage (const char *name, JsonObject *stage, const GArray *values)
{
  const double *v = (const double *) values->data;
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
      const double *v = (const double *) values->data + k * classes;
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
  guint tensors = names->len;

  for (guint i = 0; i < names->len; i++)
    tensors += g_str_has_suffix (g_ptr_array_index (names, i), "running_mean");
  g_assert_cmpuint (tensors, ==, json_object_get_int_member (golden, "tensors"));
  g_assert_cmpint (thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE), ==,
                   json_object_get_int_member (golden, "parameters"));
  g_assert_cmpint (model->layers->parameters, ==,
                   json_object_get_int_member (golden, "parameters"));
}

static void
add_stage_outputs (const ThawModel *model, ThawGraph *graph, GList *stages)
{
  for (GList *s = stages; s; s = s->next)
    {
      ThawLayer *layer = thaw_model_layer (model, stage_layer (model->architecture, s->data));

      g_assert_nonnull (layer);
      thaw_graph_add_output (graph, thaw_graph_find (graph, thaw_layer_value (layer)->name));
    }
}

static void
test_forward (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  const char *name = networks[index].name;
  g_autoptr (JsonParser) parser = thaw_test_json ("golden/forward.json");
  JsonObject *golden, *stages;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawGraph) graph = NULL;
  g_autoptr (GPtrArray) values = NULL;
  g_autoptr (GList) names = NULL;
  guint i = 1;

  if (!parser)
    return;
  golden = json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)),
                                          "models");
  golden = json_object_get_object_member (golden,
                                          networks[index].golden ? networks[index].golden : name);
  stages = json_object_get_object_member (golden, "stages");
  names = json_object_get_members (stages);
  model = thaw_zoo_create (name, 0, 1, NULL);
  check_counts (model, golden);
  graph = thaw_graph_prune (model->graph);
  add_stage_outputs (model, graph, names);
  values = run_network (graph, json_object_get_double_member (golden, "gain"),
                        json_object_get_int_member (golden, "size"));
  for (GList *s = names; s; s = s->next)
    check_stage (s->data, json_object_get_object_member (stages, s->data),
                 g_ptr_array_index (values, i++));
  check_logits (golden, g_ptr_array_index (values, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  in_double = argc > 1 && g_str_equal (argv[1], "f64");
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/zoo/forward/%s", networks[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_forward);
    }
  return g_test_run ();
}
