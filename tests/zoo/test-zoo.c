/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"

/* What torchvision, timm (Lite) and Keras (MobileNetV1) count. */
static const struct
{
  const char *name;
  gint64 parameters;
  int size, resize;
} architectures[] = {
  { "resnet18", 11689512, 224, 256 },          { "resnet34", 21797672, 224, 256 },
  { "resnet50", 25557032, 224, 256 },          { "resnet101", 44549160, 224, 256 },
  { "resnet152", 60192808, 224, 256 },         { "mobilenet_v1_x0_25", 470072, 224, 256 },
  { "mobilenet_v1_x0_5", 1331592, 224, 256 },  { "mobilenet_v1_x0_75", 2585560, 224, 256 },
  { "mobilenet_v1_x1_0", 4231976, 224, 256 },  { "mobilenet_v2", 3504872, 224, 256 },
  { "squeezenet1_0", 1248424, 224, 256 },      { "squeezenet1_1", 1235496, 224, 256 },
  { "efficientnet_lite0", 4652008, 224, 256 }, { "efficientnet_lite1", 5416680, 240, 272 },
  { "efficientnet_lite2", 6092072, 260, 292 },
};

static ThawModel *
create (const char *architecture, gint64 classes)
{
  g_autoptr (GError) error = NULL;
  ThawModel *model = thaw_zoo_create (architecture, classes, 1, &error);

  g_assert_no_error (error);
  return model;
}

/* Without the time that random weights take: zeros, but for each tensor's number in its first
 * place. */
static ThawModel *
create_numbered (const char *architecture, gint64 classes)
{
  ThawNode *features;
  ThawPreprocessing preprocessing;
  ThawGraph *graph = thaw_zoo_graph (architecture, 0, classes, &features, &preprocessing, NULL);
  ThawModel *model = thaw_model_new (architecture, graph, thaw_tensor_map_new (), features);
  g_autoptr (GPtrArray) names = thaw_model_weights (model, "", NULL, THAW_WEIGHTS_ALL);

  model->preprocessing = preprocessing;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &thaw_graph_find (graph, name)->shape);

      thaw_tensor_f32 (tensor)[0] = i + 1;
      thaw_tensor_map_take (model->parameters, name, tensor);
    }
  return model;
}

static void
assert_same_numbers (const ThawModel *found, const ThawModel *model)
{
  g_assert_cmpuint (thaw_tensor_map_size (found->parameters), ==,
                    thaw_tensor_map_size (model->parameters));
  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      ThawTensor *tensor
          = thaw_tensor_map_get (found->parameters, thaw_tensor_map_name (model->parameters, i));

      g_assert_true (tensor && thaw_tensor_f32 (tensor)[0] == i + 1);
    }
}

static void
test_counts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    {
      g_autoptr (ThawModel) model = create_numbered (architectures[i].name, 1000);

      g_test_message ("%s", architectures[i].name);
      g_assert_cmpint (model->layers->parameters, ==, architectures[i].parameters);
      g_assert_cmpint (model->preprocessing.height, ==, architectures[i].size);
      g_assert_cmpint (model->preprocessing.resize, ==, architectures[i].resize);
      g_assert_cmpint (thaw_graph_input (model->graph, 0)->shape.dim[1], ==, architectures[i].size);
    }
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *)a, *(char *const *)b);
}

/* "fc.weight 1000x512\n" and so on, sorted, as tools/make-architectures.py has them */
static char *
digest_names (const char *architecture, const ThawGraph *graph, gint64 *tensors)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      g_autoptr (GString) line = g_string_new (node->name);

      ThawShape shape;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      shape = thaw_zoo_file_shape (architecture, node);
      for (int i = 0; i < shape.rank; i++)
        g_string_append_printf (line, "%c%" G_GINT64_FORMAT, i ? 'x' : ' ', shape.dim[i]);
      g_string_append_c (line, '\n');
      g_ptr_array_add (lines, g_string_free (g_steal_pointer (&line), FALSE));
    }
  g_ptr_array_sort (lines, compare_lines);
  for (guint i = 0; i < lines->len; i++)
    g_checksum_update (checksum, g_ptr_array_index (lines, i), -1);
  *tensors = lines->len;
  return g_strdup (g_checksum_get_string (checksum));
}

static JsonObject *
load_models (JsonParser *parser, const char *golden)
{
  g_autofree char *path = thaw_test_file (golden);
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_object_get_object_member (json_node_get_object (json_parser_get_root (parser)),
                                        "models");
}

static void
check_names (JsonObject *models, const char *prefix)
{
  g_autoptr (GList) names = json_object_get_members (models);

  for (GList *n = names; n; n = n->next)
    {
      JsonObject *golden = json_object_get_object_member (models, n->data);
      g_autofree char *name = g_strconcat (prefix, (const char *)n->data, NULL);
      const ThawFamily *family = thaw_zoo_find (name);
      ThawNode *features;
      ThawPreprocessing preprocessing;
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawGraph) graph
          = family ? thaw_zoo_graph (name, 0, 1000, &features, &preprocessing, &error) : NULL;
      g_autofree char *digest = NULL;
      gint64 tensors;

      g_test_message ("%s", name);
      g_assert_no_error (error);
      g_assert_nonnull (graph);
      digest = digest_names (name, graph, &tensors);
      g_assert_cmpint (tensors, ==, json_object_get_int_member (golden, "tensors"));
      g_assert_cmpstr (digest, ==, json_object_get_string_member (golden, "digest"));
    }
}

/* Every classifier of torchvision's: what its tensors are called and their shapes. */
static void
test_torchvision (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *models = load_models (parser, "golden/architectures.json");

  g_assert_cmpuint (json_object_get_size (models), ==, 80);
  check_names (models, "");
}

/* Every network of timm's that Thaw lists: the tables of names and of networks */
static void
test_timm (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *models = load_models (parser, "golden/timm.json");
  guint n = 0;

  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    for (guint k = 0; thaw_zoo_nth (thaw_zoo_family (i), k); k++)
      n += g_str_has_prefix (thaw_zoo_nth (thaw_zoo_family (i), k), "timm/");
  g_assert_cmpuint (json_object_get_size (models), ==, n);
  check_names (models, "timm/");
}

/* the larger ones' memory takes its time: test-zoo-forward-all has them */
#define MOST_PARAMETERS (THAW_TEST_SANITIZED ? 6000000 : 30000000)

/* A file of each of them, with another number of classes, is known by its tensors alone. */
static void
test_recognise_torchvision (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *models = load_models (parser, "golden/architectures.json");
  g_autoptr (GList) names = json_object_get_members (models);
  gint64 classes = 2;

  for (GList *n = names; n; n = n->next, classes++)
    {
      JsonObject *golden = json_object_get_object_member (models, n->data);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = NULL;
      g_autoptr (ThawModel) found = NULL;

      if (json_object_get_int_member (golden, "parameters") > MOST_PARAMETERS)
        continue;
      model = create_numbered (n->data, classes);
      found = thaw_zoo_from_weights (model->parameters, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (found->architecture, ==, n->data);
      g_assert_cmpint (thaw_model_n_classes (found), ==, classes);
      assert_same_numbers (found, model);
    }
}

/* Every name of the list is a title of its own, and is found again. */
static void
test_list (void)
{
  g_autoptr (GHashTable) titles = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    {
      const ThawFamily *family = thaw_zoo_family (i);

      for (guint k = 0; family->architectures[k]; k++)
        {
          g_assert_true (thaw_zoo_find (family->architectures[k]) == family);
          g_assert_true (g_hash_table_add (titles, (char *)family->titles[k]));
        }
    }
  g_assert_null (thaw_zoo_find ("resnet"));
}

static void
test_create (void)
{
  g_autoptr (ThawModel) model = create ("squeezenet1_1", 0);
  g_autoptr (ThawModel) small = create ("squeezenet1_1", 3);

  g_assert_cmpstr (model->title, ==, "SqueezeNet 1.1");
  g_assert_cmpstr (model->source, ==, "random");
  g_assert_null (model->labels);
  g_assert_cmpint (thaw_model_n_classes (model), ==, 1000);
  g_assert_cmpint (thaw_model_n_classes (small), ==, 3);
}

/* Where "last" begins: a block that a person would choose. */
static void
test_last_blocks (void)
{
  static const char *const rows[][2] = {
    { "resnet18", "layer4" },
    { "mobilenet_v2", "features.14" },
    { "alexnet", "features.6" },
    { "vgg11", "features.16" },
    { "densenet121", "features.transition3" },
    { "googlenet", "inception5a" },
    { "inception_v3", "Mixed_7a" },
    { "mobilenet_v3_small", "features.9" },
    { "mnasnet0_5", "layers.12" },
    { "shufflenet_v2_x0_5", "stage4" },
    { "efficientnet_b0", "features.6" },
    { "regnet_y_400mf", "trunk_output.block4" },
    { "convnext_tiny", "features.6.1" },
    { "vit_b_16", "encoder.layers.encoder_layer_9" },
    { "swin_t", "features.6" },
    { "maxvit_t", "blocks.3" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ThawNode *features;
      ThawPreprocessing preprocessing;
      ThawGraph *graph
          = thaw_zoo_graph (rows[i][0], 0, 1000, &features, &preprocessing, NULL);
      g_autoptr (ThawModel) model
          = thaw_model_new (rows[i][0], graph, thaw_tensor_map_new (), features);

      g_test_message ("%s: %s", rows[i][0], thaw_model_last_blocks (model));
      g_assert_cmpstr (thaw_model_last_blocks (model), ==, rows[i][1]);
    }
}

static void
test_unknown_architecture (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (thaw_zoo_create ("resnet19", 0, 1, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "resnet18, resnet34"));
  g_assert_null (thaw_zoo_create ("resnet18", -1, 1, NULL));
}

/* A state dict as PyTorch saves it: wrapped, with BatchNorm's counters, in half precision. */
static ThawTensorMap *
state_dict (const ThawModel *model, const char *prefix, ThawDtype dtype)
{
  ThawTensorMap *weights = thaw_tensor_map_new ();

  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (model->parameters, i);
      ThawTensor *tensor = thaw_tensor_map_at (model->parameters, i);
      g_autofree char *key = g_strconcat (prefix, name, NULL);

      thaw_tensor_map_take (weights, key,
                            dtype == THAW_DTYPE_F32 ? thaw_tensor_ref (tensor)
                                                    : thaw_tensor_convert (tensor, dtype));
      if (g_str_has_suffix (key, "running_var"))
        {
          g_autofree char *counter = g_strdup_printf (
              "%.*snum_batches_tracked", (int)(strlen (key) - strlen ("running_var")), key);

          thaw_tensor_map_take (weights, counter,
                                thaw_tensor_new (THAW_DTYPE_I64, &(ThawShape){ 0 }));
        }
    }
  return weights;
}

static void
assert_same_tensors (const ThawModel *a, const ThawModel *b)
{
  g_autofree char *hash_a = thaw_model_hash (a, NULL);
  g_autofree char *hash_b = thaw_model_hash (b, NULL);

  g_assert_cmpstr (hash_a, ==, hash_b);
}

static void
test_recognise (void)
{
  static const char *const wrappers[]
      = { "", "module.", "model.", "module._orig_mod.", "state_dict.model." };

  for (guint i = 0; i < G_N_ELEMENTS (architectures); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = create_numbered (architectures[i].name, 7 + i);
      g_autoptr (ThawTensorMap) weights
          = state_dict (model, wrappers[i % G_N_ELEMENTS (wrappers)], THAW_DTYPE_F32);
      g_autoptr (ThawModel) found = thaw_zoo_from_weights (weights, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (found->architecture, ==, model->architecture);
      g_assert_cmpint (thaw_model_n_classes (found), ==, 7 + i);
      assert_same_numbers (found, model);
    }
}

/* timm's name of a block's parameter in that of the PyPI packages, whose blocks are numbered
 * through and whose norms count from the expansion: in the first stage there is none. */
static char *
package_name (const char *name, guint block)
{
  static const char *const tops[][2] = { { "conv_stem.", "_conv_stem." },
                                         { "bn1.", "_bn0." },
                                         { "conv_head.", "_conv_head." },
                                         { "bn2.", "_bn1." },
                                         { "classifier.", "_fc." } };
  static const char *const inner[][3] = { { "conv_dw", "_depthwise_conv", "_depthwise_conv" },
                                          { "conv_pwl", "", "_project_conv" },
                                          { "conv_pw", "_project_conv", "_expand_conv" },
                                          { "bn1", "_bn1", "_bn0" },
                                          { "bn2", "_bn2", "_bn1" },
                                          { "bn3", "", "_bn2" } };
  g_auto (GStrv) parts = g_strsplit (name, ".", -1);

  for (guint i = 0; i < G_N_ELEMENTS (tops); i++)
    if (g_str_has_prefix (name, tops[i][0]))
      return g_strconcat (tops[i][1], name + strlen (tops[i][0]), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (inner); i++)
    if (g_str_equal (parts[3], inner[i][0]))
      return g_strdup_printf ("_blocks.%u.%s.%s", block,
                              inner[i][g_str_equal (parts[1], "0") ? 1 : 2], parts[4]);
  g_assert_not_reached ();
}

static void
test_package_names (void)
{
  for (guint variant = 0; variant < 3; variant++)
    {
      g_autofree char *name = g_strdup_printf ("efficientnet_lite%u", variant);
      g_autofree char *last = g_strdup ("");
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = create_numbered (name, 5);
      g_autoptr (ThawTensorMap) weights = thaw_tensor_map_new ();
      g_autoptr (ThawModel) found = NULL;
      guint block = 0;

      for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
        {
          const char *ours = thaw_tensor_map_name (model->parameters, i);
          g_autofree char *here = g_strndup (ours, strlen ("blocks.0.0."));
          g_autofree char *theirs = NULL;

          if (g_str_has_prefix (last, "blocks.") && !g_str_equal (here, last))
            block++;
          theirs = package_name (ours, block);
          thaw_tensor_map_set (weights, theirs, thaw_tensor_map_at (model->parameters, i));
          g_free (last);
          last = g_steal_pointer (&here);
        }
      found = thaw_zoo_from_weights (weights, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (found->architecture, ==, name);
      assert_same_numbers (found, model);
    }
}

static void
test_half_precision (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = create ("squeezenet1_1", 0);
  g_autoptr (ThawTensorMap) weights = state_dict (model, "", THAW_DTYPE_F16);
  g_autoptr (ThawModel) found = thaw_zoo_from_weights (weights, NULL, &error);
  const float *a, *b;

  g_assert_no_error (error);
  a = thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, "features.0.weight"));
  b = thaw_tensor_f32 (thaw_tensor_map_get (found->parameters, "features.0.weight"));
  for (int i = 0; i < 1000; i++)
    g_assert_cmpfloat_with_epsilon (a[i], b[i], 1e-3);
}

static void
set_zeros (ThawTensorMap *weights, const char *name, ThawDtype dtype, ThawShape shape)
{
  thaw_tensor_map_take (weights, name, thaw_tensor_new (dtype, &shape));
}

static void
test_refused (void)
{
  static const struct
  {
    const char *removed; /* (nullable) */
    const char *set;     /* (nullable) */
    ThawDtype dtype;
    ThawShape shape;
    const char *architecture; /* as metadata (nullable) */
    const char *says;
  } rows[] = {
    { "layer3.0.conv2.weight",
      NULL,
      0,
      { 0 },
      NULL,
      "nearest is ResNet-18, of which 101 of 102 tensors are there: layer3.0.conv2.weight is "
      "missing" },
    { NULL,
      "layer3.0.conv2.weight",
      THAW_DTYPE_F32,
      { 4, { 256, 256, 1, 1 } },
      NULL,
      "layer3.0.conv2.weight is 256 x 256 x 1 x 1 instead of 256 x 256 x 3 x 3" },
    { NULL, "extra.weight", THAW_DTYPE_F32, { 1, { 3 } }, NULL, "the others are unknown" },
    { NULL, "fc.bias", THAW_DTYPE_I32, { 1, { 1000 } }, NULL, "floating point" },
    { "fc.bias", NULL, 0, { 0 }, "resnet18", "ResNet-18 needs a tensor \"fc.bias\"" },
    { NULL, NULL, 0, { 0 }, "resnet34", "ResNet-34 needs a tensor \"layer1.2" },
    { NULL,
      "conv1.weight",
      THAW_DTYPE_F32,
      { 1, { 3 } },
      "resnet18",
      "\"conv1.weight\" is 3, but ResNet-18 needs 64 x 3 x 7 x 7" },
  };
  g_autoptr (ThawModel) model = create ("resnet18", 0);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (ThawTensorMap) weights = state_dict (model, "", THAW_DTYPE_F32);

      if (rows[i].removed)
        thaw_tensor_map_remove (weights, rows[i].removed);
      if (rows[i].set)
        set_zeros (weights, rows[i].set, rows[i].dtype, rows[i].shape);
      if (rows[i].architecture)
        g_hash_table_insert (metadata, "architecture", (char *)rows[i].architecture);
      g_assert_null (thaw_zoo_from_weights (weights, metadata, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
}

static void
test_nothing_alike (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) weights = thaw_tensor_map_new ();

  g_assert_null (thaw_zoo_from_weights (weights, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  set_zeros (weights, "encoder.weight", THAW_DTYPE_F32, THAW_SHAPE (3));
  g_assert_null (thaw_zoo_from_weights (weights, NULL, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "encoder.weight"));
  g_assert_nonnull (strstr (error->message, "squeezenet1_0"));
}

static const char *const classes[] = { "ants", "bees \"x\"", "Käfer", NULL };

/* The model that a row of the next table describes. */
static ThawModel *
describe (const char *architecture, const char *cut, const char *head_text, int side)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = create (architecture, 5);
  g_autoptr (ThawModel) truncated
      = cut ? thaw_model_truncate (model, cut, &error) : thaw_model_ref (model);
  g_autoptr (ThawModel) headed = NULL;
  ThawHead head;

  g_assert_no_error (error);
  if (head_text)
    g_assert_true (thaw_head_parse (&head, head_text, NULL));
  headed = head_text ? thaw_model_with_head (truncated, &head, classes, 9, &error)
                     : thaw_model_ref (truncated);
  g_assert_no_error (error);
  return side ? thaw_model_resize (headed, side, side + 32, NULL) : thaw_model_copy (headed);
}

static void
assert_same_graph (const ThawGraph *a, const ThawGraph *b)
{
  g_assert_cmpuint (thaw_graph_size (a), ==, thaw_graph_size (b));
  for (guint id = 0; id < thaw_graph_size (a); id++)
    {
      const ThawNode *x = thaw_graph_at (a, id), *y = thaw_graph_at (b, id);

      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpint (x->op, ==, y->op);
      g_assert_true (thaw_shape_equal (&x->shape, &y->shape));
      g_assert_cmpmem (&x->params, sizeof x->params, &y->params, sizeof y->params);
    }
}

static void
test_round_trip (void)
{
  static const struct
  {
    const char *architecture, *cut, *head;
    int side;
  } rows[] = {
    { "resnet18", NULL, NULL, 0 },
    { "resnet18", NULL, "dropout=0.3,linear=16,relu,batchnorm,linear", 0 },
    { "efficientnet_lite0", "blocks.4", THAW_HEAD_DEFAULT, 160 },
    { "efficientnet_lite0", NULL, NULL, 128 },
    { "mobilenet_v2_tf", "features.13", NULL, 0 },
    { "mobilenet_v1_x0_5_tf", NULL, NULL, 0 },
    { "squeezenet1_0", NULL, "linear", 96 },
    { "squeezenet1_1", "classifier.1", "linear", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model
          = describe (rows[i].architecture, rows[i].cut, rows[i].head, rows[i].side);
      g_autoptr (GHashTable) metadata = NULL;
      g_autoptr (ThawModel) back = NULL;

      model->top1 = .751;
      model->licence = g_strdup ("Apache-2.0");
      model->preprocessing.stretch = TRUE;
      model->preprocessing.mean[1] = 123.675f;
      metadata = thaw_zoo_metadata (model);
      back = thaw_zoo_from_weights (model->parameters, metadata, &error);
      g_assert_no_error (error);
      assert_same_graph (model->graph, back->graph);
      assert_same_tensors (model, back);
      g_assert_cmpstr (back->features->name, ==, model->features->name);
      g_assert_cmpstr (back->architecture, ==, model->architecture);
      g_assert_cmpstr (back->title, ==, model->title);
      g_assert_cmpstr (back->licence, ==, "Apache-2.0");
      g_assert_cmpstr (back->head, ==, model->head);
      g_assert_cmpstr (back->cut_at, ==, model->cut_at);
      g_assert_true (back->top1 == .751);
      g_assert_true (!model->labels == !back->labels);
      if (model->labels)
        g_assert_true (
            g_strv_equal ((const char *const *)back->labels, (const char *const *)model->labels));
      g_assert_cmpmem (&back->preprocessing, sizeof back->preprocessing, &model->preprocessing,
                       sizeof model->preprocessing);
    }
}

/* Windows are laid over pictures of the new size; the weights are the same, and a file of it gives it back. */
static void
check_resized (const ThawModel *model, int side, int scaled)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) resized = thaw_zoo_resize (model, side, side, &error), back = NULL;
  g_autoptr (GHashTable) metadata = NULL;

  g_assert_no_error (error);
  g_assert_true (thaw_shape_equal (&thaw_graph_input (resized->graph, 0)->shape, &THAW_SHAPE (1, side, side, 3)));
  g_assert_cmpint (resized->preprocessing.width, ==, side);
  g_assert_cmpint (resized->preprocessing.height, ==, side);
  g_assert_cmpint (resized->preprocessing.resize, ==, scaled);
  assert_same_tensors (model, resized);
  metadata = thaw_zoo_metadata (resized);
  back = thaw_zoo_from_weights (resized->parameters, metadata, &error);
  g_assert_no_error (error);
  assert_same_graph (resized->graph, back->graph);
}

static void
check_no_size (const ThawModel *model, int height, int width)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (thaw_zoo_resize (model, height, width, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "choose"));
}

static void
test_other_sizes (void)
{
  g_autoptr (ThawModel) swin = create_numbered ("swin_t", 5), second = create_numbered ("swin_v2_t", 5), maxvit = create_numbered ("maxvit_t", 5);
  g_autoptr (ThawModel) vit = create_numbered ("vit_ti_16", 5), resnet = create_numbered ("resnet18", 5), cut = NULL, headed = NULL;
  ThawHead head;

  check_resized (swin, 160, 166);
  check_resized (second, 192, 195);
  check_resized (maxvit, 448, 448);
  check_resized (resnet, 160, 183);
  check_no_size (swin, 160, 192);
  check_no_size (maxvit, 160, 160);
  check_no_size (vit, 160, 160);
  cut = thaw_model_truncate (swin, "features.3", NULL);
  g_assert_true (thaw_head_parse (&head, THAW_HEAD_DEFAULT, NULL));
  headed = thaw_model_with_head (cut, &head, classes, 9, NULL);
  check_resized (headed, 96, 99);
}

/* Metadata come from files. */
static void
test_hostile_metadata (void)
{
  static const struct
  {
    const char *key, *value;
  } rows[] = {
    { "head", "linear=65536,linear=65536,linear=65536,linear" },
    { "head", "linear=2" },
    { "head", "" },
    { "cut_at", "no.such.layer" },
    { "cut_at", "" },
    { "labels", "{\"a\": 1}" },
    { "labels", "[\"one\", \"two\", \"three\", \"four\"]" },
    { "labels", "[]" },
    { "preprocessing", "{}" },
    { "preprocessing", "{\"resize\":0,\"width\":1,\"height\":1,\"filter\":\"bilinear\",\"mean\":[0,"
                       "0,0],\"std\":[1,1,0]}" },
    { "preprocessing", "{\"resize\":8,\"width\":7,\"height\":7,\"filter\":\"bilinear\",\"mean\":[0,"
                       "0,0],\"std\":[1,1,1]}" },
  };
  g_autoptr (ThawModel) model = describe ("squeezenet1_1", NULL, "linear", 0);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) metadata = thaw_zoo_metadata (model);

      g_hash_table_insert (metadata, g_strdup (rows[i].key), g_strdup (rows[i].value));
      g_assert_null (thaw_zoo_from_weights (model->parameters, metadata, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_null (strchr (error->message, '\n'));
    }
}

/* Every architecture's graph as text and back, to the letter */
static void
test_text (void)
{
  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    {
      const ThawFamily *family = thaw_zoo_family (i);
      ThawNode *features;
      ThawPreprocessing preprocessing;
      g_autoptr (ThawGraph) graph = thaw_zoo_graph (family->architectures[0], 0, 7, &features, &preprocessing, NULL);
      g_autofree char *text = thaw_graph_to_text (graph, features), *again = NULL;
      g_autoptr (ThawGraph) read = NULL;
      GError *error = NULL;

      read = thaw_graph_from_text (text, &features, &error);
      g_assert_no_error (error);
      again = thaw_graph_to_text (read, features);
      g_assert_cmpstr (text, ==, again);
      g_assert_cmpfloat (thaw_graph_multiply_adds (read), ==, thaw_graph_multiply_adds (graph));
      for (guint id = 0; id < thaw_graph_size (graph); id++)
        g_assert_true (thaw_shape_equal (&thaw_graph_at (graph, id)->shape, &thaw_graph_at (read, id)->shape));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zoo/list", test_list);
  g_test_add_func ("/zoo/create", test_create);
  g_test_add_func ("/zoo/counts", test_counts);
  g_test_add_func ("/zoo/torchvision", test_torchvision);
  g_test_add_func ("/zoo/timm", test_timm);
  g_test_add_func ("/zoo/recognise-torchvision", test_recognise_torchvision);
  g_test_add_func ("/zoo/last-blocks", test_last_blocks);
  g_test_add_func ("/zoo/unknown-architecture", test_unknown_architecture);
  g_test_add_func ("/zoo/recognise", test_recognise);
  g_test_add_func ("/zoo/package-names", test_package_names);
  g_test_add_func ("/zoo/half-precision", test_half_precision);
  g_test_add_func ("/zoo/refused", test_refused);
  g_test_add_func ("/zoo/nothing-alike", test_nothing_alike);
  g_test_add_func ("/zoo/round-trip", test_round_trip);
  g_test_add_func ("/zoo/other-sizes", test_other_sizes);
  g_test_add_func ("/zoo/hostile-metadata", test_hostile_metadata);
  g_test_add_func ("/zoo/text", test_text);
  return g_test_run ();
}
