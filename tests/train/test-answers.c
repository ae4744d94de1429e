/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a trained model is used for: predicting pictures, exporting. */
#include "thaw-train-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-export.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-predictor.h>
#include <thaw/thaw-zoo.h>

static ThawModel *
make_model (const char *architecture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) backbone = thaw_zoo_create (architecture ? architecture : "mobilenet_v1_x0_25", 10, 3, &error);
  g_autoptr (ThawModel) headed = NULL;
  ThawModel *model;
  ThawTensor *weight;
  ThawHead head;

  g_assert_no_error (error);
  g_assert_true (thaw_head_parse (&head, "dropout=0.2,linear", NULL));
  headed = thaw_model_with_head (backbone, &head, (const char *const[]){ "ants", "bees", "cats", NULL }, 1, &error);
  g_assert_no_error (error);
  model = thaw_model_copy (headed);
  weight = thaw_tensor_map_get (model->parameters, "head.1.weight");
  for (gint64 i = 0; i < thaw_tensor_count (weight); i++)
    thaw_tensor_f32 (weight)[i] = (float) sin ((double) i * 1.7) * .5f;
  return model;
}

static void
done_cb (gpointer data, guint done)
{
  guint *last = data;

  g_assert_cmpuint (done, >=, *last);
  *last = done;
}

/* Many at once are what each is alone; what cannot be read has its own error. */
static void
test_predict (void)
{
  g_autofree char *folder = thaw_fixture_pictures (3, 1), *broken = g_build_filename (folder, "broken.jpg", NULL), *missing = g_build_filename (folder, "missing.jpg", NULL);
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawModel) model = make_model (NULL);
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPredictor) predictor = thaw_predictor_new (model, pool, &error);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autofree float *all = NULL;
  g_autofree GError **errors = NULL;
  guint done = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (thaw_predictor_classes (predictor), ==, 3);
  g_assert_true (g_file_set_contents (broken, "no picture", -1, NULL));
  for (guint i = 0; i < dataset->samples->len; i++)
    g_ptr_array_add (paths, ((ThawSample *) g_ptr_array_index (dataset->samples, i))->path);
  g_ptr_array_insert (paths, 4, broken);
  g_ptr_array_add (paths, missing);
  all = g_new (float, 3 * paths->len);
  errors = g_new0 (GError *, paths->len);
  g_assert_true (thaw_predictor_run (predictor, (const char *const *) paths->pdata, paths->len, all, errors, done_cb, &done, NULL, NULL));
  g_assert_cmpuint (done, ==, paths->len);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (ThawImage) image = thaw_image_load (g_ptr_array_index (paths, i), NULL);
      float alone[3] = { 0 }, again[3] = { 0 };

      g_assert_cmpint (image == NULL, ==, errors[i] != NULL);
      g_assert_cmpint (image == NULL, ==, i == 4 || i == paths->len - 1);
      if (image)
        {
          g_assert_true (thaw_predictor_image (predictor, image, alone, NULL));
          g_assert_true (thaw_predict (model, image, pool, again, NULL));
          g_assert_cmpfloat_with_epsilon (alone[0] + alone[1] + alone[2], 1, 1e-5f);
          g_assert_cmpmem (alone, sizeof alone, again, sizeof again);
        }
      g_assert_cmpmem (alone, sizeof alone, all + 3 * i, sizeof alone);
      g_clear_error (&errors[i]);
    }
  g_assert_true (thaw_predictor_run (predictor, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void
test_cancelled (void)
{
  g_autofree char *folder = thaw_fixture_pictures (1, 1);
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawModel) model = make_model (NULL);
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  g_autoptr (ThawPredictor) predictor = thaw_predictor_new (model, pool, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const char *path = ((ThawSample *) g_ptr_array_index (dataset->samples, 0))->path;
  GError *errors[1] = { NULL };
  float row[3];

  g_cancellable_cancel (cancellable);
  g_assert_false (thaw_predictor_run (predictor, &path, 1, row, errors, NULL, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&errors[0]);
}

/* --- exporting --- */

typedef struct
{
  const char *file;
  const char *format;
  ThawDtype   dtype;
  gboolean    preprocessing;
  gboolean    pictures;
  const char *architecture; /* where it matters; its pictures are rounded */
} Case;

static const Case cases[] = {
  { "a.onnx", NULL, THAW_DTYPE_F32, FALSE, TRUE },        { "b.onnx", NULL, THAW_DTYPE_F32, TRUE, TRUE },
  { "c.safetensors", NULL, THAW_DTYPE_F32, FALSE, TRUE }, { "d.bin", "safetensors", THAW_DTYPE_F16, FALSE, TRUE },
  { "e.onnx", NULL, THAW_DTYPE_F32, FALSE, FALSE },       { "f.tflite", NULL, THAW_DTYPE_F32, FALSE, TRUE },
  { "g.bin", "tflite", THAW_DTYPE_F16, FALSE, TRUE },     { "h.tflite", NULL, THAW_DTYPE_F16, FALSE, FALSE },
  { "i", "timm", THAW_DTYPE_F32, FALSE, TRUE, "efficientnet_lite0" }, { "j", "timm", THAW_DTYPE_F32, FALSE, FALSE, "efficientnet_lite0" },
};

static void
share_cb (gpointer data, double share)
{
  double *last = data;

  g_assert_cmpfloat (share, >=, *last);
  g_assert_cmpfloat (share, <=, 1);
  *last = share;
}

static void
test_export (gconstpointer data)
{
  const Case *one = data;
  g_autofree char *folder = thaw_fixture_pictures (2, 2), *place = thaw_test_directory (), *path = g_build_filename (place, one->file, NULL);
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawModel) model = make_model (one->architecture);
  g_autoptr (ThawPool) pool = thaw_pool_new (2, 0);
  const ThawExportOptions options = { .path = path, .format = one->format, .dtype = one->dtype, .preprocessing = one->preprocessing };
  g_autoptr (GError) error = NULL;
  ThawExportResult result;
  double share = 0;

  thaw_export (model, one->pictures ? dataset : NULL, &options, pool, share_cb, &share, NULL, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (share, ==, 1);
  g_assert_cmpuint (result.checked, ==, one->pictures ? 6 : 8);
  g_assert_cmpint (result.made_up, ==, !one->pictures);
  g_assert_cmpuint (result.same, ==, result.checked);
  g_assert_cmpfloat (result.difference, <, one->preprocessing ? .05 : 1e-3);
  g_assert_cmpint (result.cut, ==, one->architecture != NULL);
  g_assert_cmpint (result.rounded, ==, result.rounding > 0);
  g_assert_cmpint (result.rounding > 0, ==, (one->dtype != THAW_DTYPE_F32 || result.cut) && one->pictures);
  g_test_message ("difference %g, rounding %g", result.difference, result.rounding);
}

/* Cancelled or refused, what was there stays, and nothing lies beside it. */
static void
test_export_refused (void)
{
  g_autofree char *folder = thaw_fixture_pictures (2, 2), *place = thaw_test_directory (), *path = g_build_filename (place, "a.onnx", NULL);
  g_autofree char *nowhere = g_build_filename (place, "none", "a.onnx", NULL), *odd = g_build_filename (place, "a.h5", NULL), *lite = g_build_filename (place, "a.tflite", NULL), *content = NULL;
  g_autoptr (ThawDataset) dataset = thaw_fixture_dataset (folder);
  g_autoptr (ThawModel) model = make_model (NULL);
  g_autoptr (ThawPool) pool = thaw_pool_new (1, 0);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GDir) dir = NULL;
  const ThawExportOptions options[] = { { .path = path }, { .path = odd }, { .path = nowhere }, { .path = path, .dtype = THAW_DTYPE_F16 },
                                        { .path = path, .format = "safetensors", .preprocessing = TRUE }, { .path = lite, .dtype = THAW_DTYPE_BF16 },
                                        { .path = lite, .preprocessing = TRUE } };

  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  g_cancellable_cancel (cancellable);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (thaw_export (model, dataset, &options[i], pool, NULL, NULL, i ? NULL : cancellable, NULL, &error));
      g_assert_nonnull (error);
      g_assert_null (strstr (error->message, "unchecked"));
      g_test_message ("%s", error->message);
      if (i == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "before");
  dir = g_dir_open (place, 0, NULL);
  g_assert_nonnull (g_dir_read_name (dir));
  g_assert_null (g_dir_read_name (dir));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/predict/many", test_predict);
  g_test_add_func ("/train/predict/cancelled", test_cancelled);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/train/export/", cases[i].file, NULL);

      g_test_add_data_func (name, &cases[i], test_export);
    }
  g_test_add_func ("/train/export/refused", test_export_refused);
  return g_test_run ();
}
