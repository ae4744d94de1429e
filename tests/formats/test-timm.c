/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders as timm and the Hugging Face hub have them */
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test.h"

#define CONFIG                                                                                     \
  "{\"architecture\": \"tf_mobilenetv3_small_075\", \"num_classes\": 2, \"label_names\": "         \
  "[\"n1\", \"n2\"], \"label_descriptions\": {\"n1\": \"ant\"}, \"pretrained_cfg\": "              \
  "{\"input_size\": [3, 160, 160], \"crop_pct\": 0.9, \"interpolation\": \"bicubic\", \"mean\": "  \
  "[0.5, 0.5, 0.5], \"std\": [0.25, 0.5, 1.0], \"license\": \"apache-2.0\"}}"

/* A folder with the weights of @architecture and @config (nullable); the names are timm's alone, without any metadata */
static char *
make_folder (const char *architecture, const char *weights, const char *config)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("thaw-timm-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, weights, NULL), *json = g_build_filename (folder, "config.json", NULL);
  g_autoptr (ThawModel) model = thaw_zoo_create (architecture, 2, 1, &error);

  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new ();

  g_assert_no_error (error);
  for (guint i = 0; i < thaw_tensor_map_size (model->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (model->parameters, i);
      ThawShape shape = thaw_zoo_file_shape (architecture, thaw_graph_find (model->graph, name));

      thaw_tensor_map_take (tensors, name, thaw_tensor_reshape (thaw_tensor_map_at (model->parameters, i), &shape));
    }
  g_assert_true (thaw_safetensors_save (tensors, NULL, THAW_DTYPE_F32, path, &error));
  g_assert_true (!config || g_file_set_contents (json, config, -1, &error));
  return folder;
}

static void
remove_folder (char *folder)
{
  static const char *const names[] = { "model.safetensors", "tf_mobilenetv3_small_075-da427f52.pth", "config.json" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_free (folder);
}

static void
check_config (const ThawModel *model)
{
  const ThawPreprocessing *p = &model->preprocessing;

  g_assert_cmpstr (model->architecture, ==, "timm/tf_mobilenetv3_small_075");
  g_assert_cmpstr (model->licence, ==, "apache-2.0");
  g_assert_cmpstr (model->labels[0], ==, "ant");
  g_assert_cmpstr (model->labels[1], ==, "n2");
  g_assert_null (model->assumption);
  g_assert_cmpint (p->width, ==, 160);
  g_assert_cmpint (p->height, ==, 160);
  g_assert_cmpint (p->resize, ==, 177); /* 160 / 0.9, without the fraction */
  g_assert_cmpint (p->filter, ==, THAW_FILTER_BICUBIC);
  g_assert_cmpfloat (p->mean[0], ==, 127.5f);
  g_assert_cmpfloat (p->std[0], ==, 63.75f);
  g_assert_cmpint (thaw_graph_input (model->graph, 0)->shape.dim[1], ==, 160);
}

/* The folder, its weights and its config.json are the same model; the tree has the file's names. */
static void
test_folder (void)
{
  static const char *const names[] = { NULL, "model.safetensors", "config.json" };
  char *folder = make_folder ("timm/tf_mobilenetv3_small_075", "model.safetensors", CONFIG);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL), *base = g_path_get_basename (folder);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = thaw_model_load (path, &error);

      g_assert_no_error (error);
      check_config (model);
      g_assert_cmpstr (model->source, ==, base);
      g_assert_nonnull (thaw_model_layer (model, "blocks.1.0.conv_pw"));
      g_assert_nonnull (thaw_model_layer (model, "conv_head"));
    }
  remove_folder (folder);
}

/* Without a word the one that PyTorch trained is taken for it, and that is said; the file's name can tell. */
static void
test_by_name (void)
{
  static const struct
  {
    const char *file, *architecture;
  } rows[] = { { "model.safetensors", "timm/mobilenetv3_small_075" },
               { "tf_mobilenetv3_small_075-da427f52.pth", "timm/tf_mobilenetv3_small_075" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      char *folder = make_folder ("timm/tf_mobilenetv3_small_075", rows[i].file, NULL);
      g_autofree char *path = g_build_filename (folder, rows[i].file, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = thaw_model_load (path, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (model->architecture, ==, rows[i].architecture);
      g_assert_true ((model->assumption != NULL) == (i == 0));
      remove_folder (folder);
    }
}

/* How many position embeddings there are says the size. */
static void
test_other_size (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_zoo_create ("timm/vit_tiny_patch16_224", 3, 1, &error);
  g_autoptr (ThawModel) found = NULL;
  g_autoptr (ThawTensor) smaller = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 26, 192));

  g_assert_no_error (error);
  thaw_tensor_map_set (model->parameters, "pos_embed", smaller);
  found = thaw_zoo_from_weights (model->parameters, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->architecture, ==, "timm/vit_tiny_patch16_224");
  g_assert_cmpint (found->preprocessing.width, ==, 80);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *config, *says;
  } rows[] = {
    { "[]", "no JSON object" },
    { "{", "config.json" },
    { "{\"architecture\":\"resnet18\",\"pretrained_cfg\":{\"input_size\":[1,28,28]}}", "three colours" },
    { "{\"architecture\":\"resnet18\",\"input_size\":[3,1e9,1e9]}", "no size" },
    { "{\"architecture\":\"resnet18\",\"interpolation\":\"lanczos\"}", "bicubic" },
    { "{\"architecture\":\"resnet18\",\"crop_pct\":0}", "crop_pct" },
    { "{\"architecture\":\"resnet18\",\"crop_mode\":\"border\"}", "crop_mode" },
    { "{\"architecture\":\"resnet18\",\"mean\":[1,2]}", "mean" },
    { "{\"architecture\":\"resnet18\",\"model_args\":{\"act_layer\":\"silu\"}}", "act_layer" },
    { "{\"architecture\":\"resnet18\",\"model_args\":{\"global_pool\":\"max\"}}", "global_pool" },
    { "{\"architecture\":\"resnet18\",\"label_names\":[1]}", "label_names" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (thaw_timm_config_parse (rows[i].config, -1, &error));
      g_assert_true (error->domain == THAW_ERROR);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].says));
    }
}

static ThawModel *
with_head (const ThawModel *whole, const char *text)
{
  static const char *const labels[] = { "ants", "bees", NULL };
  g_autoptr (GError) error = NULL;
  ThawModel *model;
  ThawHead head;

  g_assert_true (thaw_head_parse (&head, text, &error));
  model = thaw_model_with_head (whole, &head, labels, 1, &error);
  g_assert_no_error (error);
  return model;
}

/* A trained model as PyTorch's state dict and back, through the file, and its config.json through the reader */
static void
test_state_dict (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) whole = thaw_zoo_create ("timm/mobilenetv3_small_050", 5, 1, &error);
  g_autoptr (ThawModel) model = NULL, again = NULL;
  g_autoptr (ThawTensorMap) state = NULL, read = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GHashTable) config = NULL;
  g_autofree char *json = NULL, *preprocessing = NULL, *hash = NULL, *hash_again = NULL;
  g_auto (ThawZooState) how = { 0 };

  model = with_head (whole, "dropout=0.2,linear");
  g_assert_true (thaw_zoo_state_init (&how, model, &error) && !how.sequential);
  state = thaw_zoo_state_dict (&how, model);
  bytes = thaw_pth_write (state, how.version, &error);
  read = thaw_weights_parse (bytes, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (thaw_tensor_map_get (read, "classifier.weight")->shape.dim[0], ==, 2);
  g_assert_cmpint (thaw_tensor_map_get (read, "conv_head.weight")->shape.rank, ==, 4);
  g_assert_cmpint (thaw_tensor_map_get (read, "bn1.num_batches_tracked")->shape.rank, ==, 0);
  again = thaw_zoo_from_state_dict (&how, model, read, &error);
  g_assert_no_error (error);
  hash = thaw_model_hash (model, NULL);
  hash_again = thaw_model_hash (again, NULL);
  g_assert_cmpstr (hash, ==, hash_again);

  json = thaw_timm_config_write (model, &how, &error);
  g_assert_no_error (error);
  config = thaw_timm_config_parse (json, -1, &error);
  g_assert_no_error (error);
  preprocessing = thaw_preprocessing_to_json (&model->preprocessing);
  g_assert_cmpstr (g_hash_table_lookup (config, "preprocessing"), ==, preprocessing);
  g_assert_cmpstr (g_hash_table_lookup (config, "labels"), ==, "[\"ants\",\"bees\"]");
  g_assert_cmpstr (g_hash_table_lookup (config, "architecture"), ==, "timm/mobilenetv3_small_050");
}

/* Any other head stands in the classifier's place; timm's folder cannot hold that. */
static void
test_other_head (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) whole = thaw_zoo_create ("mobilenet_v2", 5, 1, &error);
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawTensorMap) state = NULL;
  g_autofree char *recipe = NULL, *json = NULL;
  g_auto (ThawZooState) how = { 0 };

  model = with_head (whole, "linear=16,relu,linear");
  g_assert_true (thaw_zoo_state_init (&how, model, &error) && how.sequential);
  state = thaw_zoo_state_dict (&how, model);
  g_assert_nonnull (thaw_tensor_map_get (state, "classifier.1.2.weight"));
  recipe = thaw_zoo_state_recipe (&how, model);
  g_assert_nonnull (strstr (recipe, "model.classifier[1] = torch.nn.Sequential("));
  json = thaw_timm_config_write (model, &how, &error);
  g_assert_null (json);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
}

/* Where the network's own classifier has no bias, a head's has no place in it. */
static void
test_no_bias (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) whole = thaw_zoo_create ("maxvit_t", 2, 1, &error);
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (ThawTensorMap) state = NULL, own = NULL;
  g_auto (ThawZooState) how = { 0 }, as_it_was = { 0 };

  g_assert_true (thaw_zoo_state_init (&as_it_was, whole, &error) && !as_it_was.sequential);
  own = thaw_zoo_state_dict (&as_it_was, whole);
  g_assert_null (thaw_tensor_map_get (own, "classifier.5.bias"));
  model = with_head (whole, "linear");
  g_assert_true (thaw_zoo_state_init (&how, model, &error) && how.sequential);
  state = thaw_zoo_state_dict (&how, model);
  g_assert_null (thaw_tensor_map_get (state, "classifier.5.bias"));
  g_assert_nonnull (thaw_tensor_map_get (state, "classifier.5.0.bias"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/formats/timm/folder", test_folder);
  g_test_add_func ("/formats/timm/by-name", test_by_name);
  g_test_add_func ("/formats/timm/other-size", test_other_size);
  g_test_add_func ("/formats/timm/refused", test_refused);
  g_test_add_func ("/formats/timm/state-dict", test_state_dict);
  g_test_add_func ("/formats/timm/other-head", test_other_head);
  g_test_add_func ("/formats/timm/no-bias", test_no_bias);
  return g_test_run ();
}
