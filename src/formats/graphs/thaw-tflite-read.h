/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op.h>

#include "formats/weights/thaw-weights.h"
#include "thaw-tflite.h"

G_BEGIN_DECLS

/**
 * ThawTfliteReader: a graph on its way into Thaw's
 */
typedef struct
{
  const ThawTflite *file;
  ThawGraph        *graph;
  ThawTensorMap    *parameters;
  ThawNode        **values;     /* [tensors]: what stands for each, NULL: not made yet */
  gint32           *stored;     /* [tensors]: of a constant, the tensor that has its numbers (float16, behind DEQUANTIZE); else -1 */
  gint32            picture;    /* the tensor that is the picture after the arithmetic that the file begins with: */
  double            scale[3], offset[3]; /* scale x + offset */
  gboolean          arithmetic; /* there was some */
  ThawWeightsBudget budget;
  guint             at;         /* the operator that is read */
} ThawTfliteReader;

/* An operator that is being read */
typedef struct
{
  ThawTfliteReader         *reader;
  const ThawTfliteOperator *op;
  GError                  **error;
} ThawTfliteReading;

/* Sets the error, naming the operator; always FALSE */
gboolean    thaw_tflite_refuse      (const ThawTfliteReading *self, const char *what);
/* The constant that tensor @tensor is, as float32, its axes in the order @perm (nullable) (transfer full); NULL with an error where it is none */
ThawTensor *thaw_tflite_floats      (const ThawTfliteReading *self, gint32 tensor, const int *perm);
gboolean    thaw_tflite_is_constant (const ThawTfliteReader *self, gint32 tensor);
/* Whether it is a constant of one number */
gboolean    thaw_tflite_number      (const ThawTfliteReading *self, gint32 tensor, double *out);
/* As many integers as constant input @i has; below 0 with an error where it is none of up to @most int32 */
int         thaw_tflite_ints        (const ThawTfliteReading *self, guint i, gint32 *out, int most);
/* Input @i: -1 where there is none */
gint32      thaw_tflite_input_of    (const ThawTfliteReading *self, guint i);
/* What stands for input @i, a parameter for a constant; NULL with an error */
ThawNode   *thaw_tflite_value       (const ThawTfliteReading *self, guint i);
/* Input @i as the parameter LAYER.@kind, its axes in the order @perm (nullable); NULL with an error */
ThawNode   *thaw_tflite_parameter   (const ThawTfliteReading *self, gint32 tensor, const char *layer, const char *kind, const int *perm);
/* A free name after that of the constant @weight (-1: none), "NAME.weight", else after the operator's result (transfer full) */
char       *thaw_tflite_layer_name  (const ThawTfliteReading *self, gint32 weight);
/* A layer; @name: (nullable): after the result. NULL with an error, also where one of @inputs is NULL (then there is one already) */
ThawNode   *thaw_tflite_layer       (const ThawTfliteReading *self, ThawOp op, const char *name, const ThawOpParams *params, ThawNode *const *inputs, guint n);
/* @node, and the activation that the operator does last, is its result; FALSE with an error where the file says that it has another shape */
gboolean    thaw_tflite_finish      (const ThawTfliteReading *self, ThawNode *node);

/* One function a kind of operators: FALSE with an error */
gboolean    thaw_tflite_read_convolution (const ThawTfliteReading *self);
gboolean    thaw_tflite_read_pool   (const ThawTfliteReading *self);
gboolean    thaw_tflite_read_linear (const ThawTfliteReading *self);
gboolean    thaw_tflite_read_binary (const ThawTfliteReading *self);
/* A LayerNorm from here on takes all its operators and moves reader->at to the last of them */
gboolean    thaw_tflite_read_mean   (const ThawTfliteReading *self);
gboolean    thaw_tflite_read_operator (const ThawTfliteReading *self);

G_END_DECLS
