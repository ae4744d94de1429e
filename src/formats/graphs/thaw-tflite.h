/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>
#include <thaw/thaw-op.h>

#include "thaw-tflite-file.h"

G_BEGIN_DECLS

/* Names that both sides know */
#define THAW_TFLITE_IMAGE "image"
#define THAW_TFLITE_LOGITS "logits"
#define THAW_TFLITE_PROBABILITIES "probabilities"
#define THAW_TFLITE_LABELS "labels.txt"
/* Of Thaw's own texts in the file's metadata */
#define THAW_TFLITE_KEY_LABELS "thaw_labels"
#define THAW_TFLITE_KEY_PREPROCESSING "thaw_preprocessing"
#define THAW_TFLITE_KEY_TITLE "thaw_title"
#define THAW_TFLITE_KEY_LICENCE "thaw_licence"
#define THAW_TFLITE_KEY_FEATURES "thaw_features"

/* The network with everything fused that can be, BatchNorm folded and constants worked out: its layers take values and parameters alone (transfer full) */
ThawModel *thaw_tflite_fold (const ThawModel *model);

/**
 * ThawTfliteWriter: a folded network on its way into a file
 */
typedef struct
{
  const ThawModel *model;
  ThawTflite      *file;
  gboolean         half;        /* kernels are stored as float16 */
  gint32          *values;      /* [graph size]: the tensor of each node's value or of a parameter; -1: not there yet */
  gboolean        *nonnegative; /* [graph size]: no number of the node's value is below 0 */
  GStringChunk    *names;
  GPtrArray       *memory;      /* GBytes, what tensors and operators point to */
  GHashTable      *shared;      /* bytes of integers -> tensor */
  guint            serial;
} ThawTfliteWriter;

/* Tensors. A name is made where @name is NULL; @of: the node a step leads to. */
gint32   thaw_tflite_add_value    (ThawTfliteWriter *self, const char *name, const ThawShape *shape);
gint32   thaw_tflite_add_step     (ThawTfliteWriter *self, const ThawNode *of, const ThawShape *shape);
/* float32; as float16 with DEQUANTIZE where kernels are stored so and @kernel (has two axes or more) */
gint32   thaw_tflite_add_floats   (ThawTfliteWriter *self, const char *name, const ThawShape *shape, const float *data, gboolean kernel);
gint32   thaw_tflite_add_number   (ThawTfliteWriter *self, float value);
gint32   thaw_tflite_add_ints     (ThawTfliteWriter *self, const gint32 *values, guint n, guint rows);
/* The operator is in the file when this returns; what is returned is good until the next. */
ThawTfliteOptions *thaw_tflite_add_operator (ThawTfliteWriter *self, ThawTfliteCode code, int version, const gint32 *inputs, guint n, gint32 output);
/* With one or two inputs and no options */
void     thaw_tflite_add_simple   (ThawTfliteWriter *self, ThawTfliteCode code, gint32 a, gint32 b, gint32 output);
/* What @node's input @i is in the file; a parameter comes in here the first time it is asked for, its axes in the order @perm (nullable) */
gint32   thaw_tflite_input        (ThawTfliteWriter *self, const ThawNode *node, guint i);
gint32   thaw_tflite_kernel       (ThawTfliteWriter *self, const ThawNode *node, const int *perm);
/* The value of the node itself */
gint32   thaw_tflite_output       (ThawTfliteWriter *self, const ThawNode *node);
/* A layer's bias, zeros where it has none */
gint32   thaw_tflite_bias         (ThawTfliteWriter *self, const ThawNode *node, gint64 width);

/* Sets the error; always FALSE */
gboolean thaw_tflite_refuse_node  (const ThawNode *node, const char *what, GError **error);
/* What an operator itself can do last; THAW_TFLITE_NO_ACTIVATION: another operator has to */
int      thaw_tflite_fused        (ThawActivation activation);
/* The activation of @x as operators of their own, its result in @output */
void     thaw_tflite_add_activation (ThawTfliteWriter *self, const ThawNode *node, ThawActivation activation, gint32 x, gint32 output);
/* One function an operation: FALSE with an error where it cannot be said */
gboolean thaw_tflite_write_window (ThawTfliteWriter *self, const ThawNode *node, GError **error);
gboolean thaw_tflite_write_node   (ThawTfliteWriter *self, const ThawNode *node, GError **error);

G_END_DECLS
