/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-zoo.h>
#include <unistd.h>

#define MAX_DIFFERENCE 1e-3
/* Of probabilities with the preprocessing inside: the file's resampling is not 8-bit arithmetic */
#define MAX_PREPROCESSED_DIFFERENCE .05
#define MADE_UP_PICTURES 8

static gboolean
is_onnx (const ThawExport *options)
{
  g_autofree char *lower = g_ascii_strdown (options->format ? options->format : options->path, -1);

  return options->format ? strcmp (lower, "onnx") == 0 : g_str_has_suffix (lower, ".onnx");
}

static gboolean
is_safetensors (const ThawExport *options)
{
  g_autofree char *lower = g_ascii_strdown (options->format ? options->format : options->path, -1);

  return options->format ? strcmp (lower, "safetensors") == 0
                         : g_str_has_suffix (lower, ".safetensors");
}

gboolean
thaw_cli_export_check (const ThawExport *options, GError **error)
{
  if (!is_onnx (options) && !is_safetensors (options))
    return thaw_cli_usage (
        error,
        "%s is no format to export to: end the name with .onnx or .safetensors, or use --format",
        options->format ? options->format : options->path);
  if (options->preprocessing && !is_onnx (options))
    return thaw_cli_usage (error, "--preprocessing goes with ONNX alone");
  if (options->dtype != THAW_DTYPE_F32 && !is_safetensors (options))
    return thaw_cli_usage (error, "--dtype goes with safetensors alone");
  return TRUE;
}

static gboolean
write_file (const ThawModel *model, const ThawExport *options, const char *path, GError **error)
{
  g_autoptr (GHashTable) metadata = NULL;

  if (is_onnx (options))
    return thaw_onnx_save (model, options->preprocessing, path, error);
  metadata = thaw_zoo_metadata (model);
  return thaw_safetensors_save (model->parameters, metadata, options->dtype, path, error);
}

/* What the file should hold: with fewer bits, the rounded weights */
static ThawModel *
expected_model (const ThawModel *model, ThawDtype dtype)
{
  ThawModel *rounded = thaw_model_copy (model);

  for (guint i = 0; dtype != THAW_DTYPE_F32 && i < thaw_tensor_map_size (rounded->parameters); i++)
    {
      g_autofree char *name = g_strdup (thaw_tensor_map_name (rounded->parameters, i));
      g_autoptr (ThawTensor) narrow
          = thaw_tensor_convert (thaw_tensor_map_at (rounded->parameters, i), dtype);

      thaw_tensor_map_take (rounded->parameters, name, thaw_tensor_to_f32 (narrow));
    }
  return rounded;
}

/**
 * Comparison: what two models say of the same pictures
 */
typedef struct
{
  double rounding;    /* with fewer bits: the largest difference to the model itself */
  guint rounded_same; /* and of how many the class is the same */
  double difference;  /* the largest, of logits or of probabilities */
  guint n, same;      /* pictures; of those with the same class on top */
} Comparison;

static void
compare (Comparison *self, const float *a, const float *b, guint classes)
{
  guint top_a = 0, top_b = 0;

  for (guint k = 0; k < classes; k++)
    {
      double difference = fabs ((double) a[k] - b[k]);

      /* what is no number is as different as can be */
      self->difference = difference <= self->difference ? self->difference
                         : isfinite (difference)        ? difference
                                                        : INFINITY;
      top_a = a[k] > a[top_a] ? k : top_a;
      top_b = b[k] > b[top_b] ? k : top_b;
    }
  self->n++;
  self->same += top_a == top_b;
}

static void
compare_rows (Comparison *self, const ThawEvaluation *evaluation, const float *a, const float *b)
{
  for (guint i = 0; i < evaluation->n; i++)
    compare (self, a + (gsize) i * evaluation->classes, b + (gsize) i * evaluation->classes,
             evaluation->classes);
}

/* A picture of soft stripes, another one for each @i */
static ThawImage *
made_up_picture (const ThawModel *model, int i)
{
  ThawImage *image
      = thaw_image_new (model->preprocessing.width + 16 * i, model->preprocessing.height);

  for (int y = 0; y < image->height; y++)
    for (int x = 0; x < image->width; x++)
      for (int c = 0; c < 3; c++)
        image->pixels[(y * image->width + x) * 3 + c]
            = (guint8) (127.5 + 127 * sin (.013 * (i + 1) * x * (c + 1) + .021 * (8 - i) * y));
  return image;
}

static gboolean
compare_made_up (
    const ThawModel *a, const ThawModel *b, ThawPool *pool, Comparison *result, GError **error)
{
  guint classes = thaw_model_n_classes (a);
  g_autofree float *p = g_new (float, classes);
  g_autofree float *q = g_new (float, classes);

  for (int i = 0; i < MADE_UP_PICTURES; i++)
    {
      g_autoptr (ThawImage) image = made_up_picture (a, i);

      if (!thaw_predict (a, image, pool, p, error) || !thaw_predict (b, image, pool, q, error))
        return FALSE;
      compare (result, p, q, classes);
    }
  return TRUE;
}

static gboolean
compare_on_pictures (ThawCli *cli,
                     const ThawModel *a,
                     const ThawModel *b,
                     ThawDataset *dataset,
                     ThawPool *pool,
                     Comparison *result,
                     GError **error)
{
  g_autoptr (ThawEvaluation) x
      = thaw_evaluate (a, dataset, THAW_SPLIT_VALIDATION, pool, cli->cancellable, error);
  g_autoptr (ThawEvaluation) y
      = x ? thaw_evaluate (b, dataset, THAW_SPLIT_VALIDATION, pool, cli->cancellable, error) : NULL;

  if (!y)
    return FALSE;
  if (x->n != y->n || x->classes != y->classes)
    result->difference = INFINITY;
  else
    compare_rows (result, x, x->logits, y->logits);
  return TRUE;
}

/* What is lost by fewer bits: not a fault of the file */
static gboolean
compare_rounding (ThawCli *cli,
                  const ThawModel *model,
                  const ThawModel *read,
                  ThawDataset *dataset,
                  ThawPool *pool,
                  Comparison *result,
                  GError **error)
{
  Comparison rounding = { 0 };

  if (!compare_on_pictures (cli, model, read, dataset, pool, &rounding, error))
    return FALSE;
  result->rounding = rounding.difference;
  result->rounded_same = rounding.same;
  return TRUE;
}

/* The whole of an ONNX file with preprocessing inside, picture by picture */
typedef struct
{
  GBytes *file;
  const ThawDataset *dataset;
  const ThawEvaluation *expected;
  float *logits;
} Whole;

static gboolean
whole_load_cb (gpointer data, gint64 first, gint64 n, float *const *inputs, GError **error)
{
  const Whole *self = data;

  for (gint64 i = 0; i < n; i++)
    {
      ThawSample *sample
          = g_ptr_array_index (self->dataset->samples, self->expected->samples[first + i]);
      g_autoptr (ThawImage) image = thaw_sample_load (sample, error);
      g_autoptr (ThawTensor) prepared
          = image ? thaw_onnx_preprocess (self->file, image->pixels, image->width, image->height,
                                          error)
                  : NULL;

      if (!prepared)
        return FALSE;
      memcpy (inputs[0] + i * thaw_tensor_count (prepared), prepared->data, prepared->bytes);
    }
  return TRUE;
}

static void
whole_store_cb (gpointer data, gint64 first, gint64 n, const float *const *outputs)
{
  const Whole *self = data;
  gsize classes = self->expected->classes;

  memcpy (self->logits + first * classes, outputs[0], n * classes * sizeof (float));
}

static void
softmax (float *row, guint classes)
{
  float largest = row[0];
  double sum = 0;

  for (guint k = 0; k < classes; k++)
    largest = MAX (largest, row[k]);
  for (guint k = 0; k < classes; k++)
    sum += row[k] = expf (row[k] - largest);
  for (guint k = 0; k < classes; k++)
    row[k] /= sum;
}

static gboolean
run_whole (ThawCli *cli, const ThawModel *read, Whole *whole, ThawPool *pool, GError **error)
{
  const ThawExecutorOptions executor_options = { .pool = pool };
  const ThawExecutorIo io = { .load = whole_load_cb, .store = whole_store_cb };
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (read->graph);
  g_autoptr (ThawExecutor) executor
      = thaw_executor_new (graph, read->parameters, &executor_options, error);

  return executor
         && thaw_executor_forward (executor, whole->expected->n, &io, whole, cli->cancellable,
                                   error);
}

static gboolean
compare_whole (ThawCli *cli,
               const ThawModel *model,
               const ThawModel *read,
               GBytes *file,
               ThawDataset *dataset,
               ThawPool *pool,
               Comparison *result,
               GError **error)
{
  g_autoptr (ThawEvaluation) expected
      = thaw_evaluate (model, dataset, THAW_SPLIT_VALIDATION, pool, cli->cancellable, error);
  Whole whole = { .file = file, .dataset = dataset, .expected = expected };
  gboolean ok;

  if (!expected)
    return FALSE;
  whole.logits = g_new0 (float, (gsize) expected->n * expected->classes + 1);
  ok = run_whole (cli, read, &whole, pool, error);
  for (guint i = 0; ok && i < expected->n; i++)
    softmax (whole.logits + (gsize) i * expected->classes, expected->classes);
  if (ok)
    compare_rows (result, expected, expected->probabilities, whole.logits);
  g_free (whole.logits);
  return ok;
}

static GBytes *
map_file (const char *path, GError **error)
{
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (path, FALSE, error);

  return mapped ? g_mapped_file_get_bytes (mapped) : NULL;
}

static gboolean
check_file (ThawCli *cli,
            const ThawModel *model,
            ThawDataset *dataset,
            const ThawExport *options,
            const char *path,
            ThawPool *pool,
            Comparison *result,
            GError **error)
{
  g_autoptr (ThawModel) expected = expected_model (model, options->dtype);
  g_autoptr (ThawModel) read = thaw_model_load (path, error);
  g_autoptr (GBytes) file = NULL;
  gboolean pictures = dataset && thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1) > 0;

  if (!read)
    return FALSE;
  if (thaw_model_n_classes (read) != thaw_model_n_classes (model))
    {
      result->difference = INFINITY;
      return TRUE;
    }
  if (!pictures)
    return compare_made_up (expected, read, pool, result, error);
  if (!options->preprocessing)
    return compare_on_pictures (cli, expected, read, dataset, pool, result, error)
           && (options->dtype == THAW_DTYPE_F32
               || compare_rounding (cli, model, read, dataset, pool, result, error));
  file = map_file (path, error);
  return file && compare_whole (cli, expected, read, file, dataset, pool, result, error);
}

static void
report (ThawCli *cli, const ThawExport *options, const Comparison *result, gboolean pictures)
{
  JsonObject *object = thaw_cli_event ("export");
  g_autofree char *path = g_canonicalize_filename (options->path, NULL);
  g_autofree char *path_text = thaw_text_path (path);
  g_autofree char *difference = thaw_text_figures (result->difference, 2);
  g_autofree char *rounding = thaw_text_figures (result->rounding, 2);

  json_object_set_string_member (object, "path", path_text);
  json_object_set_int_member (object, "checked", result->n);
  json_object_set_int_member (object, "same_top1", result->same);
  json_object_set_double_member (object, "difference", result->difference);
  if (options->dtype != THAW_DTYPE_F32 && pictures)
    {
      json_object_set_double_member (object, "rounding_difference", result->rounding);
      json_object_set_int_member (object, "rounding_same_top1", result->rounded_same);
    }
  thaw_cli_emit (cli, object);
  thaw_cli_say (cli,
                "Exported %s; read back and checked on %u %spictures: largest difference of the %s "
                "%s, same class on %u.",
                path_text, result->n, pictures ? "validation " : "made-up ",
                pictures && !options->preprocessing ? "logits" : "probabilities", difference,
                result->same);
  if (options->dtype != THAW_DTYPE_F32 && pictures)
    thaw_cli_say (cli,
                  "With %s weights the logits move by up to %s; the class is the same on %u of %u.",
                  thaw_dtype_name (options->dtype), rounding, result->rounded_same, result->n);
}

static gboolean
write_and_check (ThawCli *cli,
                 const ThawModel *model,
                 ThawDataset *dataset,
                 const ThawExport *options,
                 const char *path,
                 ThawPool *pool,
                 GError **error)
{
  Comparison result = { 0 };
  double limit = options->preprocessing ? MAX_PREPROCESSED_DIFFERENCE : MAX_DIFFERENCE;
  g_autofree char *difference = NULL;
  g_autofree char *allowed = thaw_text_figures (limit, 2);

  if (!write_file (model, options, path, error)
      || !check_file (cli, model, dataset, options, path, pool, &result, error))
    return FALSE;
  difference = thaw_text_figures (result.difference, 3);
  if (!(result.difference <= limit))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                   "%s was not written: read back, the model answers differently (by %s, allowed "
                   "is %s): please report this",
                   options->path, difference, allowed);
      return FALSE;
    }
  if (g_rename (path, options->path) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s could not be written: %s",
                   options->path, g_strerror (code));
      return FALSE;
    }
  report (cli, options, &result,
          dataset && thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1) > 0);
  return TRUE;
}

/* The name it has for the moment is nobody's business */
static void
name_target (GError *error, const char *temporary, const char *path)
{
  g_auto (GStrv) parts = error ? g_strsplit (error->message, temporary, -1) : NULL;
  char *message = parts ? g_strjoinv (path, parts) : NULL;

  if (!message)
    return;
  g_free (error->message);
  error->message = message;
}

gboolean
thaw_cli_export (ThawCli *self,
                 const ThawModel *model,
                 ThawDataset *dataset,
                 const ThawExport *options,
                 ThawPool *pool,
                 GError **error)
{
  /* beside its place, so that an older file there is replaced by a good one only */
  g_autofree char *path = g_strdup_printf ("%s.%d-unchecked", options->path, (int) getpid ());
  gboolean ok = write_and_check (self, model, dataset, options, path, pool, error);

  if (ok)
    return TRUE;
  g_unlink (path);
  name_target (*error, path, options->path);
  return FALSE;
}
