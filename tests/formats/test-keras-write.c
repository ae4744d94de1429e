/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks written as .keras files and read back: the same numbers, the same words; and what Keras has no layers for. Keras itself judges in tests/cli/test-keras.py. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-zoo.h>

#include "formats/weights/thaw-hdf5.h"
#include "formats/weights/thaw-zip.h"
#include "thaw-keras-sample.h"
#include "thaw-test-model.h"
#include "thaw-test.h"

static ThawModel *
write_and_read (const ThawModel *model)
{
  GError *error = NULL;
  g_autoptr (GBytes) bytes = thaw_keras_write (model, &error);
  ThawModel *read;

  g_assert_no_error (error);
  read = thaw_keras_parse (bytes, &error);
  g_assert_no_error (error);
  return read;
}

static ThawTensor *
made_up_input (const ThawModel *model)
{
  ThawShape shape = thaw_graph_input (model->graph, 0)->shape;
  ThawTensor *input;

  shape.dim[0] = 2;
  input = thaw_tensor_new (THAW_DTYPE_F32, &shape);
  for (gint64 i = 0; i < thaw_tensor_count (input); i++)
    thaw_tensor_f32 (input)[i] = (float) ((i * 7919 % 2003) / 1001. - 1);
  return input;
}

static void
assert_same_numbers (const ThawModel *a, const ThawModel *b)
{
  g_autoptr (ThawTensor) input = made_up_input (a);
  g_autoptr (GPtrArray) first = thaw_test_run (a->graph, a->parameters, &input, 2);
  g_autoptr (GPtrArray) second = thaw_test_run (b->graph, b->parameters, &input, 2);
  const ThawTensor *x = g_ptr_array_index (first, 0), *y = g_ptr_array_index (second, 0);
  double most = 0;

  g_assert_true (thaw_shape_equal (&x->shape, &y->shape));
  for (gint64 i = 0; i < thaw_tensor_count (x); i++)
    most = MAX (most, ABS (thaw_tensor_f32 (x)[i]));
  g_assert_cmpfloat (most, >, 0);
  for (gint64 i = 0; i < thaw_tensor_count (x); i++)
    g_assert_cmpfloat_with_epsilon (thaw_tensor_f32 (x)[i], thaw_tensor_f32 (y)[i], 1e-5 * most);
}

/* What Keras wrote, with a head of Thaw's: layers keep the names they came with. */
static void
test_own (void)
{
  static const char *const labels[] = { "a \"b\"", "c", NULL };
  g_autoptr (GBytes) bytes = thaw_keras_sample ("small.keras.gz");
  g_autoptr (ThawModel) whole = thaw_keras_parse (bytes, NULL), model = NULL, read = NULL;
  ThawHead head;

  g_assert_true (thaw_head_parse (&head, "dropout=0.25,linear=5,relu,batchnorm,linear", NULL));
  model = thaw_model_with_head (whole, &head, labels, 1, NULL);
  thaw_nn_initialise (model->graph, model->parameters, "head", 3);
  model->preprocessing.resize = 20;
  model->preprocessing.stretch = FALSE;
  model->preprocessing.filter = THAW_FILTER_BICUBIC;
  model->preprocessing.mean[1] = 100.25f;
  model->preprocessing.std[1] = 61.5f;
  model->licence = g_strdup ("MIT");
  read = write_and_read (model);
  assert_same_numbers (model, read);
  g_assert_cmpmem (&read->preprocessing, sizeof read->preprocessing, &model->preprocessing, sizeof model->preprocessing);
  g_assert_cmpstrv (read->labels, (char **) labels);
  g_assert_cmpstr (read->title, ==, model->title);
  g_assert_cmpstr (read->licence, ==, "MIT");
  g_assert_null (read->assumption);
  g_assert_nonnull (thaw_model_layer (read, "block_1.depthwise"));
  g_assert_cmpfloat_with_epsilon (thaw_graph_find (read->graph, "stem_bn")->params.norm.momentum, thaw_graph_find (model->graph, "stem_bn")->params.norm.momentum, 1e-12);
}

/* Of the zoo, at the size of a stamp; PyTorch's padding and pools say themselves in Keras' words. */
static void
test_zoo (gconstpointer data)
{
  g_autoptr (ThawModel) whole = thaw_zoo_create (data, 5, 1, NULL);
  g_autoptr (ThawModel) model = thaw_model_resize (whole, 64, 64, NULL);
  g_autoptr (ThawModel) read = NULL;

  g_assert_nonnull (model);
  read = write_and_read (model);
  assert_same_numbers (model, read);
  g_assert_cmpfloat (thaw_graph_multiply_adds (read->graph), >=, thaw_graph_multiply_adds (model->graph));
}

static void
assert_refused (const ThawModel *model, const char *layer, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = thaw_keras_write (model, &error);

  g_assert_null (bytes);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
  if (!strstr (error->message, layer) || !strstr (error->message, says))
    g_error ("\"%s\" does not say \"%s\" of \"%s\"", error->message, says, layer);
}

static void
test_refused (void)
{
  g_autoptr (ThawModel) vit = thaw_zoo_create ("vit_b_32", 2, 1, NULL);

  assert_refused (vit, "layer ", "cannot be written for Keras");
}

/* One layer after the other on a picture of 7 x 7; a convolution gives it numbers of both signs. */
static ThawModel *
small_model (ThawNode *(*add) (ThawBuilder *b, ThawNode *x))
{
  g_autoptr (GStringChunk) names = g_string_chunk_new (64);
  ThawGraph *graph = thaw_graph_new ();
  ThawBuilder b = { graph, NULL, names };
  ThawConvSpec spec = { .out = 8, .kernel = 3, .pad = 1, .bias = TRUE };
  ThawNode *x = thaw_nn_conv (&b, thaw_graph_add_input (graph, "input", &THAW_SHAPE (1, 7, 7, 3)), "first", &spec);
  ThawModel *model;

  x = thaw_nn_global_pool (&b, add (&b, x), "pool");
  x = thaw_nn_reshape (&b, x, "flat", &THAW_SHAPE (1, x->shape.dim[3]));
  x = thaw_nn_linear (&b, x, "last", 3, TRUE);
  g_assert_no_error (b.error);
  thaw_graph_add_output (graph, x);
  model = thaw_model_new ("small", graph, thaw_test_parameters (graph, 1), x->inputs[0]);
  for (int c = 0; c < 3; c++)
    model->preprocessing.std[c] = 1;
  return model;
}

static ThawNode *
add_ceil_pool (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_max_pool (b, thaw_nn_activation (b, x, "relu", THAW_ACTIVATION_RELU), "pooled", 2, 2, 0, TRUE);
}

/* numbers below zero: zeros around them would win */
static ThawNode *
add_signed_pool (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_max_pool (b, x, "pooled", 3, 2, 1, FALSE);
}

static ThawNode *
add_odd_pool (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_max_pool (b, x, "pooled", 4, 3, 1, FALSE);
}

static ThawNode *
add_average (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_avg_pool (b, x, "pooled", 3, 2, 1);
}

/* ShuffleNet's ways */
static ThawNode *
add_halves (ThawBuilder *b, ThawNode *x)
{
  ThawNode *halves[] = { thaw_nn_slice (b, x, "left", 3, 0, 3), thaw_nn_slice (b, x, "right", 3, 3, 5) };

  halves[0] = thaw_nn_activation (b, halves[0], "silu", THAW_ACTIVATION_SILU);
  return thaw_nn_shuffle (b, thaw_nn_concat (b, halves, 2, "joined", 3), "dealt", 2);
}

static ThawNode *
add_crop (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_slice (b, thaw_nn_slice (b, x, "rows", 1, 1, 5), "columns", 2, 2, 5);
}

static ThawNode *
add_scales (ThawBuilder *b, ThawNode *x)
{
  ThawNode *factors = thaw_nn_parameter (b, "scale.factors", &THAW_SHAPE (8, 1, 1));

  x = thaw_nn_mul (b, x, thaw_nn_reshape (b, factors, "scale.vector", &THAW_SHAPE (8)), "scale");
  x = thaw_nn_add (b, thaw_nn_number (b, "three", 3), x, "sum");
  return thaw_nn_mul (b, x, thaw_nn_global_pool (b, x, "mean"), "weighed");
}

static ThawNode *
add_offsets (ThawBuilder *b, ThawNode *x)
{
  return thaw_nn_add (b, x, thaw_nn_parameter (b, "sum.offsets", &THAW_SHAPE (7, 7, 8)), "sum");
}

static void
test_small (gconstpointer data)
{
  g_autoptr (ThawModel) model = small_model ((ThawNode * (*) (ThawBuilder *, ThawNode *) ) data);
  g_autoptr (ThawModel) read = write_and_read (model);

  assert_same_numbers (model, read);
}

static void
test_small_refused (void)
{
  g_autoptr (ThawModel) pool = small_model (add_odd_pool), offsets = small_model (add_offsets);

  assert_refused (pool, "pooled", "padding that is none of Keras'");
  assert_refused (offsets, "sum", "weights of its own");
}

/* --- what a file says to do before the network --- */

#define LAYER(class, name, config, from, more)                                                                                             \
  "{\"module\": \"keras.layers\", \"class_name\": \"" class "\", \"name\": \"" name "\", \"config\": {\"name\": \"" name "\"" config "},"  \
  " \"inbound_nodes\": [{\"args\": [{\"class_name\": \"__keras_tensor__\", \"config\": {\"keras_history\": [\"" from "\", 0, 0]}}" more    \
  "], \"kwargs\": {}}]}"
#define SLICE(start, stop, step) "{\"class_name\": \"__slice__\", \"config\": {\"start\": " start ", \"stop\": " stop ", \"step\": " step "}}"
#define ELLIPSIS "{\"class_name\": \"__ellipsis__\", \"config\": {}}"

static ThawModel *
read_layers (const char *between, const char *last, GError **error)
{
  static const char *const names[] = { "config.json", "model.weights.h5", NULL };
  g_autofree char *text = g_strdup_printf (
      "{\"class_name\": \"Functional\", \"config\": {\"layers\": [{\"class_name\": \"InputLayer\", \"name\": \"in\", \"config\": {\"name\": \"in\", \"batch_shape\": "
      "[null, 4, 4, 3]}}, %s, {\"class_name\": \"Conv2D\", \"name\": \"conv\", \"config\": {\"name\": \"conv\", \"filters\": 2, \"kernel_size\": [1, 1], "
      "\"padding\": \"valid\", \"use_bias\": false}, \"inbound_nodes\": [[[\"%s\", 0, 0, {}]]]}, " LAYER ("GlobalAveragePooling2D", "pool", "", "conv", "")
      "], \"output_layers\": [\"pool\", 0, 0]}}", between, last);
  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new ();
  ThawTensor *kernel = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (1, 1, 3, 2));
  g_autoptr (GBytes) config = g_bytes_new (text, strlen (text)), weights = NULL, archive = NULL;

  for (int i = 0; i < 6; i++)
    thaw_tensor_f32 (kernel)[i] = (float) i;
  thaw_tensor_map_take (tensors, "layers/conv2d/vars/0", kernel);
  weights = thaw_hdf5_write (tensors, NULL);
  archive = thaw_zip_write (names, (GBytes *[]){ config, weights }, NULL);
  return thaw_keras_parse (archive, error);
}

/* Blue first, less a mean, then scaled: what the layers do is preprocessing, and the kernel is turned round instead of the picture. */
static void
test_blue_first (void)
{
  static const float turned[] = { 4, 2, 0, 5, 3, 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model
      = read_layers (LAYER ("GetItem", "turn", "", "in", ", [" ELLIPSIS ", " SLICE ("null", "null", "-1") "]") ", "
                     LAYER ("Rescaling", "scale", ", \"scale\": [1, 0.5, 0.25], \"offset\": [-103, -58, -31]", "turn", ""), "scale", &error);
  const float *kernel;

  g_assert_no_error (error);
  g_assert_cmpfloat (model->preprocessing.mean[0], ==, 124);
  g_assert_cmpfloat (model->preprocessing.mean[1], ==, 116);
  g_assert_cmpfloat (model->preprocessing.mean[2], ==, 103);
  g_assert_cmpfloat (model->preprocessing.std[0], ==, 4);
  g_assert_cmpfloat (model->preprocessing.std[2], ==, 1);
  g_assert_null (model->assumption);
  kernel = thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, "conv.weight"));
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat (kernel[i], ==, turned[i]);
}

/* Twice turned round is not turned at all; a part of the picture is a part of the picture. */
static void
test_slices (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model
      = read_layers (LAYER ("GetItem", "one", "", "in", ", [" ELLIPSIS ", " SLICE ("null", "null", "-1") "]") ", "
                     LAYER ("GetItem", "two", "", "one", ", [" ELLIPSIS ", " SLICE ("null", "null", "-1") "]") ", "
                     LAYER ("GetItem", "part", "", "two", ", [" SLICE ("null", "null", "null") ", " SLICE ("1", "-1", "null") ", " SLICE ("-3", "9", "1") "]"),
                     "part", &error);
  const ThawNode *part;

  g_assert_no_error (error);
  part = thaw_graph_find (model->graph, "part");
  g_assert_nonnull (part);
  g_assert_true (thaw_shape_equal (&part->shape, &THAW_SHAPE (1, 2, 3, 3)));
  g_assert_cmpfloat (thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, "conv.weight"))[0], ==, 0);
}

static void
test_slices_refused (void)
{
  static const char *const parts[] = {
    ", [" ELLIPSIS ", " SLICE ("null", "null", "2") "]", ", [" ELLIPSIS ", 1]", ", [" SLICE ("null", "null", "-1") "]", ", [" SLICE ("0", "0", "null") "]",
    ", [" ELLIPSIS ", " SLICE ("\"a\"", "null", "null") "]", "", ", [" ELLIPSIS ", " ELLIPSIS ", " ELLIPSIS ", " ELLIPSIS ", " ELLIPSIS ", " ELLIPSIS ", " ELLIPSIS
    ", " SLICE ("null", "1", "null") "]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *layer = g_strdup_printf (LAYER ("GetItem", "part", "", "in", "%s"), parts[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = read_layers (layer, "part", &error);

      g_assert_null (model);
      g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "\"part\" (GetItem)"));
    }
}

/* --- arrays in pieces --- */

static void
test_packed (void)
{
  g_autoptr (GBytes) bytes = thaw_keras_sample ("packed.h5.gz"), lzf = thaw_keras_sample ("packed-lzf.h5.gz");
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawTensorMap) map = thaw_hdf5_parse (bytes, NULL, &error), other = NULL;
  g_autoptr (ThawTensor) half = NULL;
  const ThawTensor *a, *c, *d;

  g_assert_no_error (error);
  a = thaw_tensor_map_get (map, "group/a");
  g_assert_true (thaw_shape_equal (&a->shape, &THAW_SHAPE (37, 5, 3)));
  for (gint64 i = 0; i < 37 * 5 * 3; i++)
    g_assert_cmpfloat (thaw_tensor_f32 (a)[i], ==, .25f * i);
  half = thaw_tensor_to_f32 (thaw_tensor_map_get (map, "b"));
  for (gint64 i = 0; i < 300; i++)
    g_assert_cmpfloat (thaw_tensor_f32 (half)[i], ==, i);
  c = thaw_tensor_map_get (map, "c");
  d = thaw_tensor_map_get (map, "d");
  g_assert_cmpint (thaw_tensor_count (c), ==, 24);
  for (gint64 i = 0; i < 24; i++)
    g_assert_cmpfloat (thaw_tensor_f32 (c)[i], ==, 0);
  for (gint64 i = 0; i < 7; i++)
    g_assert_cmpfloat (thaw_tensor_f32 (d)[i], ==, i);
  other = thaw_hdf5_parse (lzf, NULL, &error);
  g_assert_null (other);
  g_assert_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "filter number 32000"));
}

/* Any byte changed, or the rest of it missing: an error or other numbers, and nothing else */
static void
test_packed_damaged (void)
{
  g_autoptr (GBytes) bytes = thaw_keras_sample ("packed.h5.gz");
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autofree guint8 *copy = g_memdup2 (data, size);
  guint refused = 0;

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawTensorMap) map = NULL;

      copy[i] ^= (guint8) (1 << i % 8);
      changed = g_bytes_new_static (copy, i % 3 ? size : i);
      map = thaw_hdf5_parse (changed, NULL, &error);
      g_assert_true ((map == NULL) == (error != NULL));
      refused += map == NULL;
      copy[i] = data[i];
    }
  g_assert_cmpuint (refused, >, size / 4);
}

/* --- how pictures are prepared where the file does not say --- */

static const char *
plain_layer (void)
{
  return LAYER ("Activation", "conv_pw_1", ", \"activation\": \"linear\"", "in", "");
}

static void
test_prepared_as (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = read_layers (plain_layer (), "conv_pw_1", &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (model->preprocessing.mean[0], ==, 127.5f);
  g_assert_nonnull (strstr (model->assumption, "keras-caffe"));
  g_assert_null (strstr (model->assumption, "keras-tf"));
  g_assert_false (thaw_keras_prepare_as (model, "mobilenet_v2", &error));
  g_assert_nonnull (strstr (error->message, "keras-raw"));
  g_clear_error (&error);
  g_assert_true (thaw_keras_prepare_as (model, "keras-caffe", &error));
  g_assert_cmpfloat (model->preprocessing.mean[0], ==, 123.68f);
  g_assert_cmpfloat (model->preprocessing.std[0], ==, 1);
  g_assert_cmpfloat (thaw_tensor_f32 (thaw_tensor_map_get (model->parameters, "conv.weight"))[0], ==, 4);
  g_assert_null (model->assumption);
  g_assert_false (thaw_keras_prepare_as (model, "keras-tf", &error));
  g_assert_nonnull (strstr (error->message, "itself says"));
}

int
main (int argc, char **argv)
{
  static const char *const networks[] = { "resnet18", "mobilenet_v3_small", "shufflenet_v2_x0_5" };
  static const struct
  {
    const char *name;
    ThawNode *(*add) (ThawBuilder *b, ThawNode *x);
  } parts[] = {
    { "ceil-pool", add_ceil_pool }, { "signed-pool", add_signed_pool }, { "average", add_average },
    { "halves", add_halves }, { "crop", add_crop }, { "scales", add_scales },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/keras-write/own", test_own);
  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/keras-write/zoo/%s", networks[i]);

      g_test_add_data_func (path, networks[i], test_zoo);
    }
  g_test_add_func ("/keras-write/refused", test_refused);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_strdup_printf ("/keras-write/small/%s", parts[i].name);

      g_test_add_data_func (path, (gconstpointer) parts[i].add, test_small);
    }
  g_test_add_func ("/keras-write/small-refused", test_small_refused);
  g_test_add_func ("/keras-read/blue-first", test_blue_first);
  g_test_add_func ("/keras-read/slices", test_slices);
  g_test_add_func ("/keras-read/slices-refused", test_slices_refused);
  g_test_add_func ("/keras-read/prepared-as", test_prepared_as);
  g_test_add_func ("/hdf5/packed", test_packed);
  g_test_add_func ("/hdf5/packed-damaged", test_packed_damaged);
  return g_test_run ();
}
