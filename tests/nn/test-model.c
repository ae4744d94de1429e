/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-zoo.h>

static const char *const classes[] = { "ants", "bees", "wasps", NULL };

static ThawModel *
create (const char *architecture)
{
  g_autoptr (GError) error = NULL;
  ThawModel *model = thaw_zoo_create (architecture, 0, 1, &error);

  g_assert_no_error (error);
  return model;
}

static ThawModel *
with_head (const ThawModel *model, const char *text, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  ThawHead head;
  ThawModel *changed;

  g_assert_true (thaw_head_parse (&head, text, NULL));
  changed = thaw_model_with_head (model, &head, classes, seed, &error);
  g_assert_no_error (error);
  return changed;
}

static void
assert_children (const ThawModel *model, const char *name, const char *labels)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const ThawLayer *layer = thaw_model_layer (model, name);

  g_assert_nonnull (layer);
  for (guint i = 0; i < layer->children->len; i++)
    {
      const ThawLayer *row = g_ptr_array_index (layer->children, i);

      g_assert_true (row->parent == layer);
      g_string_append_printf (text, "%s%s", i ? " " : "", row->label);
    }
  g_assert_cmpstr (text->str, ==, labels);
}

static void
test_tree (void)
{
  g_autoptr (ThawModel) model = create ("resnet18");
  const ThawLayer *conv = thaw_model_layer (model, "layer2.0.downsample.0");
  const ThawLayer *group = thaw_model_layer (model, "layer2.0");

  assert_children (model, "",
                   "conv1 bn1 relu maxpool layer1 layer2 layer3 layer4 avgpool flatten fc");
  assert_children (model, "layer2", "0 1");
  assert_children (model, "layer2.0", "conv1 bn1 relu1 conv2 bn2 downsample add relu2");
  g_assert_cmpint (conv->parameters, ==, 64 * 128);
  g_assert_cmpfloat (conv->multiply_adds, ==, 64. * 128 * 28 * 28);
  g_assert_nonnull (conv->node);
  g_assert_null (group->node);
  g_assert_cmpstr (thaw_layer_value (group)->name, ==, "layer2.0.relu2");
  /* 64 -> 128: 73728 + 147456 + 8192 and three BatchNorms of 256 */
  g_assert_cmpint (group->parameters, ==, 73728 + 147456 + 8192 + 3 * 256);
  g_assert_cmpfloat (model->layers->multiply_adds, ==, thaw_graph_multiply_adds (model->graph));
  g_assert_null (thaw_model_layer (model, "layer2.0.conv"));
  g_assert_null (thaw_model_layer (model, "layer2.0.conv1.weight"));
  g_assert_null (thaw_model_layer (model, "layer"));
}

static void
test_weights (void)
{
  g_autoptr (ThawModel) model = create ("resnet18");
  g_autoptr (ThawFreeze) freeze = thaw_freeze_new ();
  const struct
  {
    const char *layer;
    const ThawFreeze *freeze;
    ThawWeightsKind kind;
    guint tensors;
    gint64 count;
  } rows[] = {
    { "", NULL, THAW_WEIGHTS_ALL, 102, 11689512 + 9600 },
    { "", NULL, THAW_WEIGHTS_TRAINABLE, 62, 11689512 },
    { "", NULL, THAW_WEIGHTS_NON_TRAINABLE, 40, 9600 },
    { "", freeze, THAW_WEIGHTS_TRAINABLE, 2, 513000 },
    { "", freeze, THAW_WEIGHTS_NON_TRAINABLE, 100, 11689512 + 9600 - 513000 },
    { "layer4.1.bn2", freeze, THAW_WEIGHTS_NON_TRAINABLE, 4, 2048 },
    { "layer4.1.bn2", NULL, THAW_WEIGHTS_TRAINABLE, 2, 1024 },
    { "layer4.1", freeze, THAW_WEIGHTS_TRAINABLE, 0, 0 },
    { "fc", freeze, THAW_WEIGHTS_ALL, 2, 513000 },
    { "layer1.0.relu1", NULL, THAW_WEIGHTS_ALL, 0, 0 },
  };

  thaw_freeze_set_trainable (freeze, model->graph, "fc", TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GPtrArray) names
          = thaw_model_weights (model, rows[i].layer, rows[i].freeze, rows[i].kind);

      g_assert_cmpuint (names->len, ==, rows[i].tensors);
      g_assert_cmpint (thaw_model_count (model, rows[i].layer, rows[i].freeze, rows[i].kind), ==,
                       rows[i].count);
    }
}

static void
test_head (void)
{
  static const struct
  {
    const char *architecture, *features, *children;
    int width;
  } rows[] = {
    { "resnet18", "flatten", "0 1 2 3 4", 512 },
    { "mobilenet_v2", "flatten", "0 1 2 3 4", 1280 },
    { "squeezenet1_1", "features.12.cat", "pool flatten 0 1 2 3 4", 512 },
    { "efficientnet_lite0", "flatten", "0 1 2 3 4", 1280 },
    { "mobilenet_v1_x0_25_tf", "flatten", "0 1 2 3 4", 256 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (ThawModel) model = create (rows[i].architecture);
      g_autoptr (ThawModel) headed
          = with_head (model, "dropout=0.2,linear=32,relu,batchnorm,linear", 1);
      g_autoptr (ThawModel) again = with_head (headed, "linear", 2);
      const ThawNode *linear = thaw_graph_find (headed->graph, "head.1.weight");

      g_assert_cmpstr (headed->features->name, ==, rows[i].features);
      assert_children (headed, "head", rows[i].children);
      g_assert_true (thaw_shape_equal (&linear->shape, &THAW_SHAPE (32, rows[i].width)));
      g_assert_cmpint (thaw_model_n_classes (headed), ==, 3);
      g_assert_true (
          thaw_shape_equal (&thaw_graph_output (headed->graph, 0)->shape, &THAW_SHAPE (1, 3)));
      g_assert_cmpstr (headed->labels[2], ==, "wasps");
      g_assert_cmpstr (headed->head, ==, "dropout=0.2,linear=32,relu,batchnorm,linear");
      g_assert_null (thaw_model_layer (headed, "classifier"));
      g_assert_null (thaw_model_layer (headed, "fc"));
      g_assert_null (thaw_graph_find (again->graph, "head.1.weight"));
      g_assert_nonnull (thaw_tensor_map_get (again->parameters, "head.0.weight"));
      g_assert_null (thaw_tensor_map_get (again->parameters, "head.1.weight"));
      /* the model it came from is as it was */
      g_assert_cmpint (thaw_model_n_classes (model), ==, 1000);
      g_assert_null (model->head);
    }
}

/* The backbone's tensors are the same memory, and a copy's are not. */
static void
test_sharing (void)
{
  g_autoptr (ThawModel) model = create ("squeezenet1_1");
  g_autoptr (ThawModel) headed = with_head (model, "linear=8,linear", 1);
  g_autoptr (ThawModel) other = with_head (model, "linear=8,linear", 2);
  g_autoptr (ThawModel) copy = thaw_model_copy (headed);
  g_autofree char *before = thaw_model_hash (headed, NULL);
  g_autofree char *of_copy = thaw_model_hash (copy, NULL);
  g_autofree char *of_other = thaw_model_hash (other, NULL);
  g_autofree char *after = NULL;
  ThawTensor *tensor = thaw_tensor_map_get (copy->parameters, "features.0.weight");

  g_assert_true (thaw_tensor_map_get (model->parameters, "features.0.weight")
                 == thaw_tensor_map_get (headed->parameters, "features.0.weight"));
  g_assert_cmpstr (before, ==, of_copy);
  g_assert_cmpstr (before, !=, of_other);
  thaw_tensor_f32 (tensor)[5] += 1;
  after = thaw_model_hash (headed, NULL);
  g_free (of_copy);
  of_copy = thaw_model_hash (copy, NULL);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpstr (before, !=, of_copy);
}

static void
test_truncate (void)
{
  static const struct
  {
    const char *architecture, *layer, *features;
    int width;
    const char *last;
  } rows[] = {
    { "resnet18", "layer3", "layer3.1.relu2", 256, "layer3" },
    { "resnet18", "layer2.0.conv1", "layer2.0.conv1", 128, "layer2" },
    { "resnet18", "avgpool", "avgpool", 512, "layer4" },
    { "resnet18", "fc", "fc", 1000, "layer4" },
    { "mobilenet_v2", "features.13", "features.13.add", 96, "features.7" },
    { "efficientnet_lite0", "blocks.4", "blocks.4.2.add", 112, "blocks.3" },
    { "squeezenet1_0", "features", "features.12.cat", 512, "features.12" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = create (rows[i].architecture);
      g_autoptr (ThawModel) cut = thaw_model_truncate (model, rows[i].layer, &error);
      g_autoptr (ThawModel) headed = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (cut->features->name, ==, rows[i].features);
      g_assert_cmpint (thaw_model_n_classes (cut), ==, rows[i].width);
      g_assert_cmpint (thaw_graph_output (cut->graph, 0)->shape.rank, ==, 2);
      g_assert_cmpstr (cut->cut_at, ==, rows[i].layer);
      g_assert_cmpstr (thaw_model_last_blocks (cut), ==, rows[i].last);
      headed = with_head (cut, THAW_HEAD_DEFAULT, 1);
      g_assert_cmpint (thaw_model_n_classes (headed), ==, 3);
      g_assert_cmpstr (headed->cut_at, ==, rows[i].layer);
      g_assert_nonnull (thaw_graph_find (headed->graph, "head.1.weight"));
    }
}

static void
test_truncate_refused (void)
{
  static const struct
  {
    const char *layer, *says;
  } rows[] = {
    { "layer5", "layer1, layer2, layer3" },
    { "layer4.1.conv3", "layer4.1.conv1" },
    { "", "near it" },
    { "fc.weight", "fc" },
    { "head.0", "belongs to the head" },
    { "head", "belongs to the head" },
  };
  g_autoptr (ThawModel) model = create ("resnet18");
  g_autoptr (ThawModel) headed = with_head (model, "linear", 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (thaw_model_truncate (headed, rows[i].layer, &error));
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
}

static void
test_last_blocks (void)
{
  static const struct
  {
    const char *architecture, *name;
  } rows[] = {
    { "resnet18", "layer4" },
    { "resnet50", "layer4" },
    { "efficientnet_lite0", "blocks.5" },
    { "mobilenet_v1_x1_0", "blocks.4" },
    { "mobilenet_v2", "features.14" },
    { "mobilenet_v2_tf", "features.14" },
    { "squeezenet1_0", "features.12" },
    { "squeezenet1_1", "features.9" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (ThawModel) model = create (rows[i].architecture);

      g_assert_cmpstr (thaw_model_last_blocks (model), ==, rows[i].name);
    }
}

static void
test_resize (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = create ("efficientnet_lite0");
  g_autoptr (ThawModel) headed = with_head (model, "linear", 1);
  g_autoptr (ThawModel) small = thaw_model_resize (headed, 112, 160, &error);

  g_assert_no_error (error);
  g_assert_true (
      thaw_shape_equal (&thaw_graph_input (small->graph, 0)->shape, &THAW_SHAPE (1, 112, 160, 3)));
  g_assert_cmpint (small->preprocessing.height, ==, 112);
  g_assert_cmpint (small->preprocessing.width, ==, 160);
  g_assert_cmpint (small->preprocessing.resize, ==, 183); /* 256 * 160 / 224 */
  g_assert_cmpstr (small->head, ==, "linear");
  g_assert_cmpstr (small->labels[0], ==, "ants");
  g_assert_true (small->features == thaw_graph_find (small->graph, "flatten"));
  g_assert_null (thaw_model_resize (headed, 0, 160, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

/* A file may call a layer anything. */
static void
test_deep_names (void)
{
  g_autoptr (GString) name = g_string_new ("a");
  ThawGraph *graph = thaw_graph_new ();
  ThawBuilder b = { .graph = graph };
  ThawNode *x = thaw_graph_add_input (graph, "input", &THAW_SHAPE (1, 4));
  g_autoptr (ThawModel) model = NULL;

  for (int i = 0; i < 100000; i++)
    g_string_append (name, ".a");
  x = thaw_nn_activation (&b, x, name->str, THAW_ACTIVATION_RELU);
  x = thaw_nn_activation (&b, x, "..", THAW_ACTIVATION_RELU);
  thaw_graph_add_output (graph, x);
  model = thaw_model_new ("deep", graph, thaw_tensor_map_new (), x);
  g_assert_true (thaw_model_layer (model, name->str)->node == thaw_graph_at (graph, 1));
  g_assert_nonnull (thaw_model_last_blocks (model));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/tree", test_tree);
  g_test_add_func ("/model/weights", test_weights);
  g_test_add_func ("/model/head", test_head);
  g_test_add_func ("/model/sharing", test_sharing);
  g_test_add_func ("/model/truncate", test_truncate);
  g_test_add_func ("/model/truncate/refused", test_truncate_refused);
  g_test_add_func ("/model/last-blocks", test_last_blocks);
  g_test_add_func ("/model/resize", test_resize);
  g_test_add_func ("/model/deep-names", test_deep_names);
  return g_test_run ();
}
