/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-export-pytorch.h"
#include "thaw-softmax.h"
#include "thaw-training-folder.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-export.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-predictor.h>
#include <thaw/thaw-text.h>
#include <thaw/thaw-zoo.h>
#include <unistd.h>

#define MAX_DIFFERENCE 1e-3
/* Of probabilities with the preprocessing inside: the file's resampling is not 8-bit arithmetic */
#define MAX_PREPROCESSED_DIFFERENCE .05
#define MADE_UP_PICTURES 8

static const struct
{
  ThawExportFormat format;
  const char      *name;
  const char      *endings[2]; /* of the file's name, where they tell */
} formats[] = {
  { THAW_EXPORT_ONNX, "onnx", { ".onnx" } },
  { THAW_EXPORT_SAFETENSORS, "safetensors", { ".safetensors" } },
  { THAW_EXPORT_PYTORCH, "pytorch", { ".pth", ".pt" } },
  { THAW_EXPORT_TIMM, "timm", { NULL } },
  { THAW_EXPORT_KERAS, "keras", { ".keras" } },
  { THAW_EXPORT_TRAINING, "pytorch-training", { NULL } },
  { THAW_EXPORT_TFLITE, "tflite", { ".tflite" } },
};

ThawExportFormat
thaw_export_format (const ThawExportOptions *options)
{
  g_autofree char *lower = g_ascii_strdown (options->format ? options->format : options->path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (options->format && g_str_equal (formats[i].name, lower))
        return formats[i].format;
      for (guint k = 0; !options->format && k < G_N_ELEMENTS (formats[i].endings); k++)
        if (formats[i].endings[k] && g_str_has_suffix (lower, formats[i].endings[k]))
          return formats[i].format;
    }
  return THAW_EXPORT_UNKNOWN;
}

gboolean
thaw_export_check (const ThawExportOptions *options, GError **error)
{
  const ThawExportFormat format = thaw_export_format (options);
  g_autofree char *name = thaw_text_path (options->format ? options->format : options->path);

  if (format == THAW_EXPORT_UNKNOWN)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s is no format to export to: end the name with .onnx, .safetensors, .pth, .keras or .tflite", name);
  else if (options->preprocessing && format != THAW_EXPORT_ONNX)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "only an ONNX file can be with the preprocessing or without: choose ONNX, or leave that out");
  else if (options->dtype != THAW_DTYPE_F32 && format != THAW_EXPORT_SAFETENSORS && format != THAW_EXPORT_TFLITE)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "only safetensors and TensorFlow Lite files can hold weights of fewer bits: choose one of these, or float32");
  else if (options->dtype != THAW_DTYPE_F32 && options->dtype != THAW_DTYPE_F16 && format == THAW_EXPORT_TFLITE)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a TensorFlow Lite file has weights as float32 or float16: choose one of these");
  else
    return TRUE;
  return FALSE;
}

/**
 * Export: one that is under way
 */
typedef struct
{
  const ThawModel         *model;
  ThawDataset             *dataset;  /* (nullable) */
  const ThawExportOptions *options;
  ThawPool                *pool;
  GCancellable            *cancellable;
  void                   (*progress) (gpointer data, double share);
  gpointer                 data;
  guint                    pass, n_passes; /* over the pictures */
  ThawExportResult        *result;
} Export;

static gboolean
write_file (const Export *self, const char *path, GError **error)
{
  g_autoptr (GHashTable) metadata = NULL;

  if (thaw_export_format (self->options) == THAW_EXPORT_ONNX)
    return thaw_onnx_save (self->model, self->options->preprocessing, path, error);
  if (thaw_export_format (self->options) == THAW_EXPORT_KERAS)
    return thaw_keras_save (self->model, path, error);
  if (thaw_export_format (self->options) == THAW_EXPORT_TFLITE)
    return thaw_tflite_save (self->model, self->options->dtype, path, error);
  if (thaw_export_is_pytorch (self->options))
    return thaw_export_write_pytorch (self->model, self->dataset, self->options, path, error);
  metadata = thaw_zoo_metadata (self->model);
  return thaw_safetensors_save (self->model->parameters, metadata, self->options->dtype, path, error);
}

/* timm's folder cannot say that fractions of a pixel are to be rounded */
static gboolean
is_cut (const ThawModel *model, const ThawExportOptions *options)
{
  return thaw_export_format (options) == THAW_EXPORT_TIMM && !model->preprocessing.stretch && model->preprocessing.rounding != THAW_ROUNDING_TORCHVISION;
}

/* Whether what is written answers a little differently from the model, and has to */
static gboolean
is_rounded (const Export *self)
{
  return self->options->dtype != THAW_DTYPE_F32 || self->result->cut;
}

/* What the file should hold: with fewer bits, the rounded weights */
static ThawModel *
expected_model (const Export *self, GError **error)
{
  const ThawDtype dtype = self->options->dtype;
  ThawModel *rounded;

  if (dtype != THAW_DTYPE_F32 && thaw_export_format (self->options) == THAW_EXPORT_TFLITE)
    return thaw_tflite_rounded (self->model, dtype, error);
  rounded = thaw_model_copy (self->model);
  if (self->result->cut)
    rounded->preprocessing.rounding = THAW_ROUNDING_TORCHVISION;
  for (guint i = 0; dtype != THAW_DTYPE_F32 && i < thaw_tensor_map_size (rounded->parameters); i++)
    {
      g_autofree char *name = g_strdup (thaw_tensor_map_name (rounded->parameters, i));
      g_autoptr (ThawTensor) narrow
          = thaw_tensor_convert (thaw_tensor_map_at (rounded->parameters, i), dtype);

      thaw_tensor_map_take (rounded->parameters, name, thaw_tensor_to_f32 (narrow));
    }
  return rounded;
}

static void
compare (const float *a, const float *b, guint classes, double *largest, guint *same)
{
  guint top_a = 0, top_b = 0;

  for (guint k = 0; k < classes; k++)
    {
      double difference = fabs ((double) a[k] - (double) b[k]);

      /* what is no number is as different as can be */
      *largest = difference <= *largest ? *largest : isfinite (difference) ? difference : INFINITY;
      top_a = a[k] > a[top_a] ? k : top_a;
      top_b = b[k] > b[top_b] ? k : top_b;
    }
  *same += top_a == top_b;
}

static void
compare_rows (guint n, guint classes, const float *a, const float *b, double *largest, guint *same)
{
  for (guint i = 0; i < n; i++)
    compare (a + (gsize) i * classes, b + (gsize) i * classes, classes, largest, same);
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
compare_made_up (Export *self, const ThawModel *expected, const ThawModel *read, GError **error)
{
  ThawExportResult *result = self->result;
  g_autoptr (ThawPredictor) a = thaw_predictor_new (expected, self->pool, error);
  g_autoptr (ThawPredictor) b = a ? thaw_predictor_new (read, self->pool, error) : NULL;
  const guint classes = (guint) thaw_model_n_classes (expected);
  g_autofree float *p = g_new (float, classes), *q = g_new (float, classes);

  for (int i = 0; b && i < MADE_UP_PICTURES; i++)
    {
      g_autoptr (ThawImage) image = made_up_picture (expected, i);

      if (!thaw_predictor_image (a, image, p, error) || !thaw_predictor_image (b, image, q, error))
        return FALSE;
      compare (p, q, classes, &result->difference, &result->same);
      result->checked++;
    }
  return b != NULL;
}

static void
evaluated_cb (gpointer data, guint done, guint total)
{
  const Export *self = data;

  if (self->progress)
    self->progress (self->data, (self->pass + (double) done / MAX (total, 1)) / self->n_passes);
}

static ThawEvaluation *
evaluate (Export *self, const ThawModel *model, GError **error)
{
  ThawEvaluation *evaluation = thaw_evaluate_telling (model, self->dataset, THAW_SPLIT_VALIDATION, self->pool, evaluated_cb, self,
                                                      self->cancellable, error);

  self->pass++;
  return evaluation;
}

/* FALSE where they are not of the same pictures */
static gboolean
compare_logits (const ThawEvaluation *a, const ThawEvaluation *b, double *largest, guint *same)
{
  if (a->n != b->n || a->classes != b->classes)
    *largest = INFINITY;
  else
    compare_rows (a->n, a->classes, a->logits, b->logits, largest, same);
  return a->n == b->n;
}

static gboolean
compare_on_pictures (Export *self, const ThawModel *expected, const ThawModel *read, GError **error)
{
  ThawExportResult *result = self->result;
  g_autoptr (ThawEvaluation) a = evaluate (self, expected, error);
  g_autoptr (ThawEvaluation) b = a ? evaluate (self, read, error) : NULL;
  g_autoptr (ThawEvaluation) whole = NULL;

  if (!b)
    return FALSE;
  result->checked = compare_logits (a, b, &result->difference, &result->same) ? a->n : 0;
  if (!is_rounded (self))
    return TRUE;
  /* what is lost by fewer bits or other pixels: not a fault of the file */
  whole = evaluate (self, self->model, error);
  if (!whole)
    return FALSE;
  compare_logits (whole, b, &result->rounding, &result->rounded_same);
  result->rounded = TRUE;
  return TRUE;
}

/* The whole of an ONNX file with preprocessing inside, picture by picture */
typedef struct
{
  const ThawOnnxPreprocessing *preprocessing; /* the file's */
  const ThawDataset           *dataset;
  const ThawEvaluation        *expected;
  float                       *logits;
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
          = image ? thaw_onnx_preprocessing_run (self->preprocessing, image->pixels, image->width, image->height, error) : NULL;

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

static gboolean
run_whole (Export *self, const ThawModel *read, Whole *whole, GError **error)
{
  const ThawExecutorOptions executor_options = { .pool = self->pool };
  const ThawExecutorIo io = { .load = whole_load_cb, .store = whole_store_cb };
  g_autoptr (ThawGraph) graph = thaw_graph_optimise (read->graph);
  g_autoptr (ThawExecutor) executor
      = thaw_executor_new (graph, read->parameters, &executor_options, error);

  return executor
         && thaw_executor_forward (executor, whole->expected->n, &io, whole, self->cancellable, error);
}

static gboolean
compare_whole (Export *self, const ThawModel *expected, const ThawModel *read, GBytes *file, GError **error)
{
  g_autoptr (ThawOnnxPreprocessing) preprocessing = thaw_onnx_preprocessing_new (file, error);
  g_autoptr (ThawEvaluation) wanted = preprocessing ? evaluate (self, expected, error) : NULL;
  Whole whole = { .preprocessing = preprocessing, .dataset = self->dataset, .expected = wanted };
  g_autofree float *logits = wanted ? g_new0 (float, (gsize) wanted->n * wanted->classes + 1) : NULL;

  whole.logits = logits;
  if (!wanted || !run_whole (self, read, &whole, error))
    return FALSE;
  for (guint i = 0; i < wanted->n; i++)
    {
      float *row = logits + (gsize) i * wanted->classes;

      thaw_softmax (wanted->classes, row, row);
    }
  compare_rows (wanted->n, wanted->classes, wanted->probabilities, logits, &self->result->difference, &self->result->same);
  self->result->checked = wanted->n;
  return TRUE;
}

static GBytes *
map_file (const char *path, GError **error)
{
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (path, FALSE, error);

  return mapped ? g_mapped_file_get_bytes (mapped) : NULL;
}

static ThawModel *
read_file (const Export *self, const char *path, GError **error)
{
  switch (thaw_export_format (self->options))
    {
    case THAW_EXPORT_PYTORCH:
      return thaw_export_read_state (self->model, path, error);
    case THAW_EXPORT_TRAINING:
      return thaw_training_check (self->dataset, self->options->training, path, error);
    default:
      return thaw_model_load (path, error);
    }
}

static gboolean
check_file (Export *self, const char *path, GError **error)
{
  g_autoptr (ThawModel) expected = expected_model (self, error);
  g_autoptr (ThawModel) read = expected ? read_file (self, path, error) : NULL;
  g_autoptr (GBytes) file = NULL;

  if (!read)
    return FALSE;
  if (thaw_model_n_classes (read) != thaw_model_n_classes (self->model))
    {
      self->result->difference = INFINITY;
      return TRUE;
    }
  if (self->result->made_up)
    return compare_made_up (self, expected, read, error);
  if (!self->options->preprocessing)
    return compare_on_pictures (self, expected, read, error);
  file = map_file (path, error);
  return file && compare_whole (self, expected, read, file, error);
}

static gboolean
check_difference (const Export *self, GError **error)
{
  const double limit = self->options->preprocessing ? MAX_PREPROCESSED_DIFFERENCE : MAX_DIFFERENCE;
  g_autofree char *difference = thaw_text_figures (self->result->difference, 3);
  g_autofree char *allowed = thaw_text_figures (limit, 2);

  if (self->result->difference <= limit)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
               "%s was not written: read back, the model answers differently (by %s, allowed "
               "is %s): please report this",
               self->options->path, difference, allowed);
  return FALSE;
}

static gboolean
put_in_place (const Export *self, const char *temporary, GError **error)
{
  int code;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (thaw_export_is_pytorch (self->options))
    return thaw_export_place_pytorch (self->model, self->options, temporary, error);
  if (g_rename (temporary, self->options->path) == 0)
    return TRUE;
  code = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s could not be written: %s",
               self->options->path, g_strerror (code));
  return FALSE;
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

/* A result there would be taken for one of this training */
static gboolean
check_training (const ThawDataset *dataset, const ThawExportOptions *options, GError **error)
{
  g_autofree char *result = g_build_filename (options->path, THAW_TRAINING_RESULT, NULL);

  if (thaw_export_format (options) != THAW_EXPORT_TRAINING)
    return TRUE;
  if (!options->training || !dataset)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "only the training of a run goes on in PyTorch, and a run is in a project: name a project");
  else if (g_file_test (result, G_FILE_TEST_EXISTS))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s has the result of an earlier training: bring that in first, or choose another folder", options->path);
  else
    return TRUE;
  return FALSE;
}

gboolean
thaw_export (const ThawModel *model, ThawDataset *dataset, const ThawExportOptions *options, ThawPool *pool,
             void (*progress) (gpointer data, double share), gpointer data, GCancellable *cancellable, ThawExportResult *result,
             GError **error)
{
  const gboolean pictures = dataset && thaw_dataset_count (dataset, THAW_SPLIT_VALIDATION, -1) > 0;
  /* beside its place, so that an older file there is replaced by a good one only */
  g_autofree char *path = g_strdup_printf ("%s.%d-unchecked", options->path, (int) getpid ());
  g_autoptr (GError) reason = NULL;
  ThawExportResult own = { .made_up = !pictures, .probabilities = !pictures || options->preprocessing, .cut = is_cut (model, options) };
  Export self = { .model = model, .dataset = dataset, .options = options, .pool = pool, .cancellable = cancellable, .progress = progress,
                  .data = data, .n_passes = 2, .result = &own };

  if (!thaw_export_check (options, error) || !check_training (dataset, options, error))
    return FALSE;
  self.n_passes += is_rounded (&self);
  if (write_file (&self, path, &reason) && check_file (&self, path, &reason) && check_difference (&self, &reason)
      && put_in_place (&self, path, &reason))
    {
      if (progress)
        progress (data, 1);
      if (result)
        *result = own;
      return TRUE;
    }
  thaw_export_forget (options, path);
  name_target (reason, path, options->path);
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}
