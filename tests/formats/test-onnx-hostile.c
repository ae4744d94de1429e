/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that lie, and files that ask for what Thaw does not do: an error that says what and where, at once, and no memory beyond the file's. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

#include "thaw-onnx-sample.h"
#include "thaw-test.h"

typedef struct
{
  const char *name, *nodes;
  gint64      width;
  const char *words; /* that the error must have */
} Refused;

static const Refused refused[] = {
  { "unknown-operator", "y = Frobnicate x\n", 144, "Frobnicate" },
  { "unknown-inside", "a = Det x\n y = Relu a\n", 144, "Det" },
  { "loop", "y = Loop x\n", 144, "Loop" },
  { "missing-input", "y = Relu nothing\n", 144, "nothing" },
  { "circle", "a = Relu b\n b = Relu a\n y = Add a x\n", 144, "Relu" },
  { "itself", "y = Add y x\n", 144, "\"y\"" },
  { "billions", "c = ConstantOfShape [1000000,1000000]\n y = Add x c\n", 144, "ConstantOfShape" },
  { "billions-by-expanding", "c = Expand #1 [100000,100000,100]\n y = Add x c\n", 144, "Expand" },
  { "billions-by-tiling", "c = Tile w4 [1000000000000]\n y = Add x c\n", 144, "Tile" },
  { "billions-by-counting", "c = Range #i0 #i900000000 #i1\n y = Add x c\n", 144, "Range" },
  { "billions-by-padding", "c = Pad w4x4 [60000,60000,60000,60000]\n y = Add x c\n", 144, "Pad" },
  { "other-number", "y = Reshape x [1,5,36]\n", 180, "Reshape" },
  { "pictures-mixed", "a = Transpose x perm:[1,0,2,3]\n y = Softmax a axis:1\n", 144, "Softmax" },
  { "pictures-joined", "y = Concat x x axis:0\n", 288, "Concat" },
  { "pictures-left-out", "a = Reshape x [2,2,36]\n y = Slice a [0] [1] [0]\n", 72, "Slice" },
  { "axis-beyond", "y = Softmax x axis:7\n", 144, "Softmax" },
  { "order-of-nothing", "y = Transpose x perm:[0,0,1,2]\n", 144, "Transpose" },
  { "other-matrix", "t = Reshape x [1,36,4]\n y = MatMul t w5x5\n", 144, "MatMul" },
  { "window-beyond", "y = MaxPool x kernel_shape:[9000,9000]\n", 144, "MaxPool" },
  { "groups", "y = Conv x w4x4x1x1 group:3\n", 144, "Conv" },
  { "step-of-nothing", "y = Slice x [0] [6] [2] [0]\n", 144, "Slice" },
};

static void
assert_refused (GBytes *bytes, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) model = thaw_onnx_parse (bytes, &error);

  g_assert_null (model);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (gconstpointer data)
{
  const Refused *row = data;
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample (row->nodes, 13, row->width);
  g_autoptr (GBytes) bytes = thaw_onnx_sample_pack (proto);

  assert_refused (bytes, row->words);
}

/* A weight that says it is larger than its data, of a type there is not, of too many axes */
static void
test_lying_weights (void)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample ("y = Mul x w4x1x1\n", 13, 144);
      ThawOnnx__Tensor *weight = proto->graph->initializer[0];
      g_autoptr (GBytes) bytes = NULL;

      weight->data_type = i == 0 ? 99 : weight->data_type;
      weight->dims[0] = i == 1 ? G_MAXINT64 / 2 : i == 2 ? -4 : weight->dims[0];
      weight->dims[1] = i == 3 ? 3 : weight->dims[1];
      bytes = thaw_onnx_sample_pack (proto);
      assert_refused (bytes, "tensor");
    }
}

/* Many nodes in a row, all of one name: what it takes, which ought to grow with their number alone, is printed */
static void
test_long (void)
{
  g_autoptr (GString) nodes = g_string_new ("a0 = Relu x\n");
  g_autoptr (ThawOnnxModel) proto = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autoptr (GError) error = NULL;
  gint64 start;

  for (guint i = 1; i < 3000; i++)
    g_string_append_printf (nodes, "a%u = Relu a%u\n", i, i - 1);
  g_string_append (nodes, "y = Relu a2999\n");
  proto = thaw_onnx_sample (nodes->str, 13, 144);
  for (gsize i = 0; i < proto->graph->n_node; i++)
    {
      g_free (proto->graph->node[i]->name);
      proto->graph->node[i]->name = g_strdup ("same");
    }
  bytes = thaw_onnx_sample_pack (proto);
  start = g_get_monotonic_time ();
  model = thaw_onnx_parse (bytes, &error);
  g_assert_no_error (error);
  g_test_message ("%.2f s", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
}

static void
set_external (ThawOnnx__Tensor *tensor, const char *const *pairs)
{
  guint n = g_strv_length ((char **) pairs) / 2;

  tensor->has_data_location = TRUE;
  tensor->data_location = 1;
  tensor->has_raw_data = FALSE;
  tensor->n_external_data = n;
  tensor->external_data = g_new (ThawOnnx__Pair *, n);
  for (guint i = 0; i < n; i++)
    {
      tensor->external_data[i] = g_new (ThawOnnx__Pair, 1);
      thaw_onnx__pair__init (tensor->external_data[i]);
      tensor->external_data[i]->key = g_strdup (pairs[2 * i]);
      tensor->external_data[i]->value = g_strdup (pairs[2 * i + 1]);
    }
}

/* The sample with its first weights in a file beside it, at @pairs, written to @folder/net.onnx; returns that path */
static char *
save_apart (const char *folder, const char *const *pairs)
{
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample ("y = Mul x w4x1x1\n", 13, 144);
  ThawOnnx__Tensor *weight = proto->graph->initializer[0];
  g_autofree char *beside = g_build_filename (folder, "weights.bin", NULL);
  g_autofree guint8 *data = g_malloc0 (64 + weight->raw_data.len);
  g_autoptr (GBytes) bytes = NULL;
  char *path = g_build_filename (folder, "net.onnx", NULL);

  memcpy (data + 64, weight->raw_data.data, weight->raw_data.len);
  g_assert_true (g_file_set_contents (beside, (const char *) data, (gssize) (64 + weight->raw_data.len), NULL));
  set_external (weight, pairs);
  bytes = thaw_onnx_sample_pack (proto);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  return path;
}

static void
test_other_file (void)
{
  g_autofree char *folder = thaw_test_directory (), *path = save_apart (folder, (const char *const[]){ "location", "weights.bin", "offset", "64", NULL });
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sample ("y = Mul x w4x1x1\n", 13, 144);
  g_autoptr (GBytes) bytes = thaw_onnx_sample_pack (proto);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) apart = thaw_model_load (path, &error), whole = NULL, imported = NULL;
  g_autofree char *a = NULL, *b = NULL, *c = NULL, *name = NULL;

  g_assert_no_error (error);
  whole = thaw_onnx_parse (bytes, &error);
  g_assert_no_error (error);
  a = thaw_model_hash (apart, NULL);
  b = thaw_model_hash (whole, NULL);
  g_assert_cmpstr (a, ==, b);
  /* the library has all of it in one file */
  name = thaw_backbone_import (path, &error);
  g_assert_no_error (error);
  imported = thaw_backbone_open (name, &error);
  g_assert_no_error (error);
  g_assert_cmpint (thaw_model_count (imported, "", NULL, THAW_WEIGHTS_ALL), ==, thaw_model_count (whole, "", NULL, THAW_WEIGHTS_ALL));
}

/* Paths that leave the folder, by steps, from the root or through a link, and data that is not there */
static void
test_other_places (void)
{
  g_autofree char *folder = thaw_test_directory (), *elsewhere = thaw_test_directory (), *secret = g_build_filename (elsewhere, "secret", NULL);
  g_autofree char *link = g_build_filename (folder, "link", NULL), *steps = g_strdup_printf ("../%s/secret", strrchr (elsewhere, '/') + 1);
  const char *rows[][5] = { { "location", steps }, { "location", secret }, { "location", "link" }, { "location", "missing" }, { "location", "" },
                            { "location", "weights.bin", "offset", "999999" }, { "location", "weights.bin", "offset", "-1" },
                            { "location", "weights.bin", "offset", "18446744073709551615" }, { "location", "." } };

  g_assert_true (g_file_set_contents (secret, "0123456789abcdef0123456789abcdef", -1, NULL));
  g_assert_cmpint (symlink (secret, link), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = save_apart (folder, rows[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawModel) model = thaw_model_load (path, &error);

      g_assert_null (model);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
    }
}

int
main (int argc, char *argv[])
{
  g_autofree char *home = NULL;

  g_test_init (&argc, &argv, NULL);
  home = thaw_test_directory ();
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *path = g_strdup_printf ("/onnx-hostile/%s", refused[i].name);

      g_test_add_data_func (path, &refused[i], test_refused);
    }
  g_test_add_func ("/onnx-hostile/lying-weights", test_lying_weights);
  g_test_add_func ("/onnx-hostile/long", test_long);
  g_test_add_func ("/onnx-hostile/other-file", test_other_file);
  g_test_add_func ("/onnx-hostile/other-places", test_other_places);
  return g_test_run ();
}
