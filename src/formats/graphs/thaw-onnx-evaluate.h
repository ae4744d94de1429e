/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-onnx.h"

G_BEGIN_DECLS

/**
 * ThawOnnxCall: one node, run on tensors in the file's own order
 *
 * Values are float32, bytes (pictures) or int64, which all other integers and truth values are too.
 */
typedef struct
{
  GHashTable           *values;  /* name -> ThawTensor */
  const ThawOnnx__Node *proto;
  gint64                opset;
  gint64               *budget;  /* bytes that may still be made */
  GError              **error;
} ThawOnnxCall;

/* Runs the node and adds its outputs to the values; FALSE with an error. */
gboolean    thaw_onnx_evaluate     (const ThawOnnxCall *self);
/* Whether there is such an operator */
gboolean    thaw_onnx_can_evaluate (const ThawOnnx__Node *proto);

/* For the operators themselves */
typedef gboolean (*ThawOnnxRun) (const ThawOnnxCall *self);

ThawOnnxRun thaw_onnx_find_math    (const char *type); /* NULL: none of thaw-onnx-evaluate-math.c */
ThawOnnxRun thaw_onnx_find_sums    (const char *type);
ThawOnnxRun thaw_onnx_find_move    (const char *type);
ThawOnnxRun thaw_onnx_find_make    (const char *type);
ThawOnnxRun thaw_onnx_find_windows (const char *type);

gboolean    thaw_onnx_call_fail    (const ThawOnnxCall *self, const char *what);
ThawTensor *thaw_onnx_call_input   (const ThawOnnxCall *self, gsize i); /* (nullable) */
/* A new tensor of zeros, from the budget; NULL with an error */
ThawTensor *thaw_onnx_call_new     (const ThawOnnxCall *self, ThawDtype dtype, const ThawShape *shape);
/* Output @i is @result (transfer full), which may be NULL: then FALSE */
gboolean    thaw_onnx_call_give    (const ThawOnnxCall *self, gsize i, ThawTensor *result);
/* Input @i, or the attribute @name where that came with earlier operator sets: up to THAW_MAX_RANK integers. Returns how many; -1: neither */
int         thaw_onnx_call_ints    (const ThawOnnxCall *self, gsize i, const char *name, gint64 *out);
/* A negative axis counts from the end; -1: there is none such */
int         thaw_onnx_axis         (gint64 axis, int rank);

static inline double
thaw_onnx_at (const ThawTensor *tensor, gint64 i)
{
  return tensor->dtype == THAW_DTYPE_F32   ? ((const float *) tensor->data)[i]
         : tensor->dtype == THAW_DTYPE_I64 ? (double) ((const gint64 *) tensor->data)[i]
                                           : ((const guint8 *) tensor->data)[i];
}

static inline void
thaw_onnx_put (ThawTensor *tensor, gint64 i, double value)
{
  if (tensor->dtype == THAW_DTYPE_F32)
    ((float *) tensor->data)[i] = (float) value;
  else if (tensor->dtype == THAW_DTYPE_I64)
    ((gint64 *) tensor->data)[i] = value != value ? 0 : (gint64) CLAMP (value, -9e18, 9e18);
  else
    ((guint8 *) tensor->data)[i] = (guint8) CLAMP (value, 0, 255);
}

/* Goes over @shape in order; operand k of a shape that is broadcast to it is at offset[k]. */
typedef struct
{
  ThawShape shape;
  gint64    count, i;
  gint64    index[THAW_MAX_RANK], stride[3][THAW_MAX_RANK], offset[3];
} ThawOnnxWalk;

/* FALSE where the shapes cannot be broadcast to each other; @tensors: up to 3, NULL ends */
gboolean    thaw_onnx_walk_start   (ThawOnnxWalk *self, ThawTensor *const *tensors, guint n);
void        thaw_onnx_walk_next    (ThawOnnxWalk *self);

gboolean    thaw_onnx_run_resize   (const ThawOnnxCall *self);
gboolean    thaw_onnx_run_matmul   (const ThawOnnxCall *self);
gboolean    thaw_onnx_run_gemm     (const ThawOnnxCall *self);
gboolean    thaw_onnx_run_einsum   (const ThawOnnxCall *self);

G_END_DECLS
