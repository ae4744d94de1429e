/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-random.h>
#include <thaw/thaw-zoo.h>

#include "thaw-test-model.h"
#include "thaw-test.h"

#define SIDE 64

static void
assert_same_parameters (const ThawModel *a, const ThawModel *b)
{
  g_assert_cmpuint (thaw_tensor_map_size (a->parameters), ==, thaw_tensor_map_size (b->parameters));
  for (guint i = 0; i < thaw_tensor_map_size (a->parameters); i++)
    {
      const char *name = thaw_tensor_map_name (a->parameters, i);
      ThawTensor *other = thaw_tensor_map_get (b->parameters, name);
      g_autofree char *x = thaw_tensor_hash (thaw_tensor_map_at (a->parameters, i)), *y = NULL;

      g_assert_nonnull (other);
      y = thaw_tensor_hash (other);
      g_assert_cmpstr (x, ==, y);
    }
}

static ThawModel *
round_trip (const ThawModel *model, gboolean with_preprocessing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = thaw_onnx_write (model, with_preprocessing, &error);
  ThawModel *back;

  g_assert_no_error (error);
  back = thaw_onnx_parse (bytes, &error);
  g_assert_no_error (error);
  return back;
}

static void
test_round_trip (gconstpointer data)
{
  const char *const *row = data;
  g_autoptr (ThawModel) model = thaw_test_small_model (row[0], row[1], SIDE);
  g_autoptr (ThawModel) plain = round_trip (model, FALSE);
  g_autoptr (ThawModel) whole = round_trip (model, TRUE);

  thaw_test_same_answers (model, plain, 1e-5);
  thaw_test_same_answers (model, whole, 1e-5);
  assert_same_parameters (model, plain);
  g_assert_cmpstr (plain->architecture, ==, model->architecture);
  g_assert_cmpstr (plain->head, ==, model->head);
  g_assert_cmpstr (plain->features->name, ==, model->features->name);
  g_assert_cmpint (thaw_model_count (plain, "", NULL, THAW_WEIGHTS_TRAINABLE), ==,
                   thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE));
  g_assert_cmpint (!plain->labels, ==, !model->labels);
  for (guint i = 0; model->labels && model->labels[i]; i++)
    g_assert_cmpstr (plain->labels[i], ==, model->labels[i]);
}

static ThawImage *
formula_image (int width, int height)
{
  ThawImage *image = thaw_image_new (width, height);
  gsize n = (gsize) width * height * 3;
  g_autofree double *u = g_new (double, n);

  thaw_test_formula ("image", n, u);
  for (gsize i = 0; i < n; i++)
    image->pixels[i] = (guint8) (127.5 + 127 * sin (i / 97.) * u[i / 211 % n]);
  return image;
}

static ThawTensor *
preprocess (GBytes *bytes, const ThawImage *image, GError **error)
{
  g_autoptr (ThawOnnxPreprocessing) self = thaw_onnx_preprocessing_new (bytes, error);

  return self ? thaw_onnx_preprocessing_run (self, image->pixels, image->width, image->height, error) : NULL;
}

/* The file's own operators make of a picture what Thaw makes of it, to one level in 256. */
static void
test_preprocessing (void)
{
  static const struct
  {
    int        width, height, resize;
    ThawFilter filter;
    gboolean   stretch;
  } rows[] = {
    { 500, 375, 73, THAW_FILTER_BILINEAR, FALSE }, { 333, 500, 73, THAW_FILTER_BICUBIC, FALSE },
    { 50, 41, 72, THAW_FILTER_BILINEAR, FALSE },   { 64, 64, 64, THAW_FILTER_BILINEAR, FALSE },
    { 301, 99, 0, THAW_FILTER_BICUBIC, FALSE },    { 301, 99, 0, THAW_FILTER_BILINEAR, TRUE },
  };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++)
    {
      const guint r = i / 2;
      g_autoptr (ThawModel) model = thaw_test_small_model ("mobilenet_v2", THAW_HEAD_DEFAULT, SIDE);
      g_autoptr (ThawImage) image = formula_image (rows[r].width, rows[r].height);
      g_autofree float *wanted = g_new (float, SIDE * SIDE * 3);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (ThawTensor) made = NULL;

      model->preprocessing.resize = rows[r].resize;
      model->preprocessing.filter = rows[r].filter;
      model->preprocessing.stretch = rows[r].stretch;
      model->preprocessing.rounding = i % 2 ? THAW_ROUNDING_NEAREST : THAW_ROUNDING_TORCHVISION;
      bytes = thaw_onnx_write (model, TRUE, &error);
      g_assert_no_error (error);
      made = preprocess (bytes, image, &error);
      g_assert_no_error (error);
      thaw_image_prepare (image, &model->preprocessing, wanted);
      g_assert_true (thaw_shape_equal (&made->shape, &THAW_SHAPE (1, SIDE, SIDE, 3)));
      for (guint k = 0; k < SIDE * SIDE * 3; k++)
        g_assert_cmpfloat_with_epsilon (thaw_tensor_f32 (made)[k], wanted[k], 1.01f / model->preprocessing.std[k % 3]);
    }
}

static void
test_no_preprocessing (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("squeezenet1_1", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (ThawImage) image = formula_image (20, 20);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = thaw_onnx_write (model, FALSE, &error);

  g_assert_null (preprocess (bytes, image, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

/* Cut and flipped files: an error or a network, never a crash. */
static void
test_damage (void)
{
  g_autoptr (ThawModel) model = thaw_test_small_model ("squeezenet1_1", THAW_HEAD_DEFAULT, SIDE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = thaw_onnx_write (model, TRUE, &error);
  g_autoptr (ThawImage) image = formula_image (20, 20);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ThawRandom random = thaw_random (1, THAW_RANDOM_INIT, 0, 0);

  for (guint i = 0; i < 150; i++)
    {
      gsize at = i % 2 ? thaw_random_below (&random, MIN (size, 6000)) : thaw_random_below (&random, size);
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) cut = g_bytes_new (data, at), flipped = NULL;
      g_autoptr (GError) cut_error = NULL, flip_error = NULL;
      g_autoptr (ThawModel) a = thaw_onnx_parse (cut, &cut_error), b = NULL;
      g_autoptr (ThawTensor) made = NULL;

      copy[at] ^= 1 << thaw_random_below (&random, 8);
      flipped = g_bytes_new (copy, size);
      b = thaw_onnx_parse (flipped, &flip_error);
      g_assert_true (!a == !!cut_error);
      g_assert_true (!b == !!flip_error);
      made = preprocess (flipped, image, NULL);
    }
}

/* Families whose layers are said in several of ONNX's, or whose constants are worked out: what comes back answers the
 * same, if under other names here and there. */
static void
test_family (gconstpointer data)
{
  g_autoptr (ThawModel) model = thaw_test_small_model (data, NULL, SIDE), back = round_trip (model, FALSE);

  thaw_test_same_answers (model, back, 1e-5);
  g_assert_cmpint (back->features->shape.rank, ==, model->features->shape.rank);
}

static void
add_families (void)
{
  static const char *const families[]
      = { "mnasnet0_5", "shufflenet_v2_x0_5", "mobilenet_v3_small", "efficientnet_b0", "regnet_y_400mf", "densenet121",
          "googlenet",  "convnext_tiny",      "vit_b_32",           "swin_t",          "swin_v2_t",      "maxvit_t" };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autofree char *path = g_strdup_printf ("/onnx/families/%s", families[i]);

      g_test_add_data_func (path, families[i], test_family);
    }
}

int
main (int argc, char *argv[])
{
  static const char *const rows[][2] = {
    { "efficientnet_lite0", NULL }, { "efficientnet_lite0", THAW_HEAD_DEFAULT }, { "mobilenet_v1_x0_25_tf", THAW_HEAD_DEFAULT },
    { "mobilenet_v2", "dropout=0.5,linear=16,relu,linear=16,batchnorm,silu,linear=8,gelu,linear" },
    { "resnet18", "linear=8,hardswish,linear=8,hardsigmoid,linear=8,tanh,linear=8,sigmoid,linear=8,relu6,linear" },
    { "squeezenet1_0", THAW_HEAD_DEFAULT }, { "squeezenet1_1", NULL },
  };

  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && g_str_equal (argv[1], "families"))
    {
      add_families ();
      return g_test_run ();
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strdup_printf ("/onnx/round-trip/%s/%u", rows[i][0], i);

      g_test_add_data_func (path, rows[i], test_round_trip);
    }
  g_test_add_func ("/onnx/preprocessing", test_preprocessing);
  g_test_add_func ("/onnx/no-preprocessing", test_no_preprocessing);
  g_test_add_func ("/onnx/damage", test_damage);
  return g_test_run ();
}
