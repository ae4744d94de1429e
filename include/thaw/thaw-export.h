/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/* PYTORCH: a state dict, as torch.save() writes it or, where the name ends so, as safetensors; TIMM: a folder with model.safetensors and
 * config.json; KERAS: a .keras file, always with what is done to the numbers of a picture inside; TRAINING: a folder with which the training of a run
 * goes on in PyTorch */
typedef enum
{
  THAW_EXPORT_UNKNOWN,
  THAW_EXPORT_ONNX,
  THAW_EXPORT_SAFETENSORS,
  THAW_EXPORT_PYTORCH,
  THAW_EXPORT_TIMM,
  THAW_EXPORT_KERAS,
  THAW_EXPORT_TRAINING,
  THAW_EXPORT_TFLITE
} ThawExportFormat;

/**
 * ThawExportTraining: the run whose training is to go on elsewhere
 *
 * What is there goes on where @state is; a run that is over is done once more, from its start. The pictures are those of thaw_export()'s data set, which is
 * the run's own: its order is what random numbers count in.
 */
typedef struct
{
  const char             *name;
  gint64                  run, started;  /* by which a result is known again */
  const ThawModel        *start;         /* as it began */
  const ThawTrainOptions *options;
  const ThawTrainState   *state;         /* (nullable): nothing is trained yet */
} ThawExportTraining;

typedef struct
{
  const char *path;
  const char *format;        /* (nullable): "onnx", "safetensors", "pytorch", "timm", "keras", "pytorch-training" or "tflite"; by the ending of @path */
  ThawDtype   dtype;         /* of the weights: safetensors; TensorFlow Lite: float32 or float16. THAW_DTYPE_F32: as they are */
  gboolean    preprocessing; /* ONNX: with the preprocessing inside: a picture in, probabilities out */
  const ThawExportTraining *training; /* (nullable): for pytorch-training */
} ThawExportOptions;

typedef struct
{
  guint    checked;       /* pictures */
  gboolean made_up;       /* the pictures were: there are none for validation */
  gboolean probabilities; /* what was compared: else logits */
  guint    same;          /* of how many the class is the same */
  double   difference;    /* the largest, to what the file should hold: the weights as rounded by @dtype, the pictures prepared as the format has it */
  gboolean rounded;       /* the model itself was compared as well, on real pictures: with fewer bits, or where @cut */
  double   rounding;      /* where @rounded: the largest difference of the logits to it */
  guint    rounded_same;
  gboolean cut;           /* timm cuts fractions of a pixel off where this network wants them rounded: its pictures are prepared a little differently there */
} ThawExportResult;

ThawExportFormat thaw_export_format (const ThawExportOptions *options);
/* What cannot be, before anything is done: no format, preprocessing or fewer bits where the format has none */
gboolean         thaw_export_check  (const ThawExportOptions *options, GError **error);
/**
 * thaw_export:
 * @dataset: (nullable): its validation pictures are what is compared on; made-up ones where there are none
 * @progress: (nullable): share of the whole, in the caller's thread
 * @result: (out) (optional)
 *
 * Writes beside @path, reads that back, runs it and compares, and only then puts it in its place: a file that answers differently (by 1e-3 of the
 * logits; .05 of the probabilities with the preprocessing inside, whose resampling is not 8-bit arithmetic), an error or cancellation leave what was there.
 * Unreadable pictures become problems of @dataset. Any thread; one that runs @pool.
 */
gboolean         thaw_export        (const ThawModel *model, ThawDataset *dataset, const ThawExportOptions *options, ThawPool *pool,
                                     void (*progress) (gpointer data, double share), gpointer data, GCancellable *cancellable,
                                     ThawExportResult *result, GError **error);

G_END_DECLS
