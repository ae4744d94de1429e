/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small network as Keras 3, Keras 2 and TensorFlow.js save it, against Keras' own results (tools/make-keras-fixtures.py); and files that lie. */
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

#include "formats/weights/thaw-zip.h"
#include "thaw-keras-sample.h"
#include "thaw-sample.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

typedef struct
{
  const char *file, *numbers;
  ThawModel *(*parse) (GBytes *bytes, GError **error);
} Case;

static const Case cases[] = {
  { "small.keras.gz", "small.safetensors", thaw_keras_parse },
  { "small.h5.gz", "small.safetensors", thaw_keras_h5_parse },
  { "small-tfjs.zip", "small.safetensors", thaw_tfjs_parse },
  { "small-tfjs-quantised.zip", "small-quantised.safetensors", thaw_tfjs_parse },
};

static ThawModel *
open_case (const Case *test)
{
  g_autoptr (GBytes) bytes = thaw_keras_sample (test->file);
  GError *error = NULL;
  ThawModel *model = test->parse (bytes, &error);

  g_assert_no_error (error);
  return model;
}

static ThawTensor *
prepared (const ThawModel *model, const ThawTensor *pictures)
{
  ThawTensor *input = thaw_tensor_copy (pictures);

  for (gint64 i = 0; i < thaw_tensor_count (input); i++)
    thaw_tensor_f32 (input)[i] = (thaw_tensor_f32 (input)[i] - model->preprocessing.mean[i % 3]) / model->preprocessing.std[i % 3];
  return input;
}

static void
test_numbers (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (ThawModel) model = open_case (test);
  g_autoptr (GBytes) bytes = thaw_keras_sample (test->numbers);
  g_autoptr (ThawTensorMap) numbers = thaw_weights_parse (bytes, NULL, NULL);
  const ThawTensor *wanted = thaw_tensor_map_get (numbers, "result");
  g_autoptr (ThawTensor) input = prepared (model, thaw_tensor_map_get (numbers, "pictures"));
  g_autoptr (GPtrArray) outputs = thaw_test_run (model->graph, model->parameters, &input, 1);
  const ThawTensor *found = g_ptr_array_index (outputs, 0);

  g_assert_true (thaw_shape_equal (&found->shape, &wanted->shape));
  for (gint64 i = 0; i < thaw_tensor_count (found); i++)
    g_assert_cmpfloat_with_epsilon (thaw_tensor_f32 (found)[i], thaw_tensor_f32 (wanted)[i], 1e-5);
}

/* What is known of the network besides its numbers */
static void
test_known (void)
{
  g_autoptr (ThawModel) model = open_case (&cases[0]);
  const ThawNode *norm = thaw_graph_find (model->graph, "stem_bn");

  g_assert_cmpstr (model->title, ==, "small");
  g_assert_cmpint (model->preprocessing.width, ==, 16);
  g_assert_cmpfloat (model->preprocessing.mean[0], ==, 127.5f);
  g_assert_cmpfloat (model->preprocessing.std[2], ==, 127.5f);
  g_assert_null (model->assumption); /* the file's own Rescaling says it */
  g_assert_cmpstr (model->features->name, ==, "flatten");
  g_assert_cmpint (thaw_graph_output (model->graph, 0)->op, ==, THAW_OP_LINEAR);
  g_assert_cmpfloat_with_epsilon (norm->params.norm.momentum, .1, 1e-12);
  g_assert_cmpfloat (norm->params.norm.eps, ==, 1e-3);
  g_assert_nonnull (thaw_model_layer (model, "block_1.depthwise"));
  g_assert_nonnull (thaw_model_layer (model, "inner.wide"));
  g_assert_null (thaw_graph_find (model->graph, "block_1.pad")); /* part of the convolution */
}

static void
test_labels (void)
{
  g_autoptr (ThawModel) model = open_case (&cases[2]);

  g_assert_nonnull (model->labels);
  g_assert_cmpstr (model->labels[0], ==, "ants");
  g_assert_cmpint (g_strv_length (model->labels), ==, 3);
}

static void
assert_refused (GBytes *bytes, ThawModel *(*parse) (GBytes *, GError **), ThawError code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = parse (bytes, &error);

  g_assert_null (model);
  g_assert_error (error, THAW_ERROR, (int) code);
  if (!strstr (error->message, says))
    g_error ("\"%s\" does not say \"%s\"", error->message, says);
}

/* Weights and metadata alone, as a project keeps them and a safetensors file has them, are the same network again; and so with a new head. */
static void
test_metadata (void)
{
  static const char *const labels[] = { "a", "b", NULL };
  g_autoptr (ThawModel) whole = open_case (&cases[0]);
  ThawHead head;
  g_autoptr (ThawModel) model = NULL, again = NULL;
  g_autoptr (GHashTable) metadata = NULL;
  g_autofree char *hash = NULL, *other = NULL;
  GError *error = NULL;

  g_assert_true (thaw_head_parse (&head, "dropout=0.2,linear=5,relu,linear", NULL));
  model = thaw_model_with_head (whole, &head, labels, 1, &error);
  g_assert_no_error (error);
  metadata = thaw_zoo_metadata (model);
  again = thaw_zoo_from_weights (model->parameters, metadata, &error);
  g_assert_no_error (error);
  hash = thaw_model_hash (model, NULL);
  other = thaw_model_hash (again, NULL);
  g_assert_cmpstr (hash, ==, other);
  g_assert_cmpstr (again->head, ==, model->head);
  g_assert_cmpstr (again->features->name, ==, "flatten");
  g_assert_cmpstr (again->labels[1], ==, "b");
  g_assert_cmpfloat (thaw_graph_find (again->graph, "stem_bn")->params.norm.momentum, ==, thaw_graph_find (model->graph, "stem_bn")->params.norm.momentum);
  g_assert_cmpfloat (thaw_graph_multiply_adds (again->graph), ==, thaw_graph_multiply_adds (model->graph));
  g_assert_cmpmem (&again->preprocessing, sizeof again->preprocessing, &model->preprocessing, sizeof model->preprocessing);
}

/* A picture of another size than the network's would be written beyond its place. */
static void
test_metadata_refused (void)
{
  g_autoptr (ThawModel) model = open_case (&cases[0]);
  g_autoptr (ThawModel) other = NULL;
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (GError) error = NULL;

  model->preprocessing.width = 4096;
  metadata = thaw_zoo_metadata (model);
  other = thaw_zoo_from_weights (model->parameters, metadata, &error);
  g_assert_null (other);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

/* Changes in the text of the layers, each of the same length */
static void
test_refused (void)
{
  static const struct
  {
    const char *old, *new, *says;
    ThawError code;
  } changes[] = {
    { "\"LayerNormalization\"", "\"LayerNormalizatiox\"", "\"norm\" (LayerNormalizatiox) is of a class that Thaw does not know", THAW_ERROR_UNSUPPORTED },
    { "\"gelu\"", "\"selu\"", "\"selu\"", THAW_ERROR_UNSUPPORTED },
    { "\"filters\": 12", "\"filters\": 13", "\"grouped\" needs a weight", THAW_ERROR_INVALID },
    { "\"units\": 3", "\"units\": 0", "has no number of units", THAW_ERROR_UNSUPPORTED },
    { "\"max_value\": 6.0", "\"max_value\": 7.0", "is a ReLU of a kind", THAW_ERROR_UNSUPPORTED },
    { "\"data_format\": \"channels_last\"", "\"data_format\":\"channels_first\"", "\"stem\" (Conv2D) has the channels first", THAW_ERROR_UNSUPPORTED },
    { "[null, 16, 16, 3]", "[null, 16, 16, 1]", "is no colour picture", THAW_ERROR_UNSUPPORTED },
    { "[null, 16, 16, 3]", "[null, 99999,9,3]", "is no colour picture", THAW_ERROR_UNSUPPORTED },
    { "\"keras_history\": [\"stem\"", "\"keras_history\": [\"crop\"", "does not come before it", THAW_ERROR_UNSUPPORTED },
    { "{\"class_name\": \"Functional\"", "[\"class_name\": \"Functional\"", "no JSON", THAW_ERROR_INVALID },
    { "\"class_name\": \"Functional\"", "\"class_name\": \"Subclassed\"", "\"Subclassed\"", THAW_ERROR_UNSUPPORTED },
    { "model_config", "model_confix", "without a model of Keras", THAW_ERROR_UNSUPPORTED },
  };
  g_autoptr (GBytes) whole = thaw_keras_sample ("small.h5.gz");

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GBytes) bytes = thaw_keras_sample_with (whole, changes[i].old, changes[i].new);

      assert_refused (bytes, thaw_keras_h5_parse, changes[i].code, changes[i].says);
    }
}

/* Cut off anywhere: an error, and nothing else */
static void
test_cut (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) whole = thaw_keras_sample (cases[i].file);
      gsize size = g_bytes_get_size (whole);

      for (gsize n = 0; n < size; n += MAX (1, size / 211))
        {
          g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, n);
          g_autoptr (GError) error = NULL;
          g_autoptr (ThawModel) model = cases[i].parse (part, &error);

          g_assert_null (model);
          g_assert_nonnull (error);
        }
    }
}

/* By what is in it, whatever it is called; the library takes it and gives it back. */
static void
test_import (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GBytes) bytes = thaw_keras_sample (test->file);
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "some network.bin", NULL);
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = NULL;

  g_assert_true (thaw_file_replace (path, bytes, NULL));
  name = thaw_backbone_import (path, &error);
  g_assert_no_error (error);
  model = thaw_backbone_open (name, &error);
  g_assert_no_error (error);
  g_assert_cmpint (thaw_model_n_classes (model), ==, 3);
}

/* One of an archive's entries as a file in @folder */
static void
unpack (ThawZip *zip, const char *name, const char *folder)
{
  ThawWeightsBudget budget = { G_MAXSIZE };
  g_autoptr (GBytes) content = thaw_zip_read (zip, name, &budget, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (thaw_file_replace (path, content, NULL));
}

/* model.json and the files beside it; the library gets all of it as one file. */
static void
test_folder (void)
{
  static const char *const names[] = { "model.json", "metadata.json", "group1-shard1of2.bin", "group1-shard2of2.bin" };
  g_autoptr (GBytes) bytes = thaw_keras_sample ("small-tfjs.zip");
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, NULL);
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "model.json", NULL), *shard = g_build_filename (folder, names[3], NULL);
  g_autofree char *name = NULL;
  g_autoptr (ThawModel) model = NULL, missing = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    unpack (zip, names[i], folder);
  name = thaw_backbone_import (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (shard), ==, 0);
  model = thaw_backbone_open (name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (model->labels[2], ==, "wasps");
  missing = thaw_model_load (path, &error);
  g_assert_null (missing);
  g_assert_nonnull (strstr (error->message, names[3]));
}

/* Paths that lead out of the folder */
static void
test_outside (void)
{
  static const char *const paths[] = { "../weights.bin", "/etc/passwd", "a/b", "..", "" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"modelTopology\": {}, \"weightsManifest\": [{\"paths\": [\"%s\"]}]}", paths[i]);
      g_autoptr (GBytes) json = g_bytes_new_static (text, strlen (text));
      g_autofree char *folder = thaw_test_directory ();
      g_autofree char *path = g_build_filename (folder, "model.json", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = NULL;

      g_assert_true (thaw_file_replace (path, json, NULL));
      model = thaw_model_load (path, &error);
      g_assert_null (model);
      g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "outside of its own folder"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *numbers = g_strdup_printf ("/keras/numbers/%s", cases[i].file);
      g_autofree char *import = g_strdup_printf ("/keras/import/%s", cases[i].file);

      g_test_add_data_func (numbers, &cases[i], test_numbers);
      g_test_add_data_func (import, &cases[i], test_import);
    }
  g_test_add_func ("/keras/known", test_known);
  g_test_add_func ("/keras/labels", test_labels);
  g_test_add_func ("/keras/refused", test_refused);
  g_test_add_func ("/keras/cut", test_cut);
  g_test_add_func ("/keras/metadata", test_metadata);
  g_test_add_func ("/keras/metadata-refused", test_metadata_refused);
  g_test_add_func ("/keras/folder", test_folder);
  g_test_add_func ("/keras/outside", test_outside);
  return g_test_run ();
}
