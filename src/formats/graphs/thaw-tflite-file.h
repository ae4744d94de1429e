/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a TensorFlow Lite file says, as plain structures: everything that knows FlatBuffers is in thaw-tflite-file.cc. */

#define THAW_TFLITE_MAX_RANK 6

/* Numbers of the schema: element types, operators, activations */
enum { THAW_TFLITE_FLOAT32 = 0, THAW_TFLITE_FLOAT16 = 1, THAW_TFLITE_INT32 = 2 };

typedef enum
{
  THAW_TFLITE_ADD = 0,
  THAW_TFLITE_AVERAGE_POOL_2D = 1,
  THAW_TFLITE_CONCATENATION = 2,
  THAW_TFLITE_CONV_2D = 3,
  THAW_TFLITE_DEPTHWISE_CONV_2D = 4,
  THAW_TFLITE_DEQUANTIZE = 6,
  THAW_TFLITE_FULLY_CONNECTED = 9,
  THAW_TFLITE_L2_NORMALIZATION = 11,
  THAW_TFLITE_LOGISTIC = 14,
  THAW_TFLITE_MAX_POOL_2D = 17,
  THAW_TFLITE_MUL = 18,
  THAW_TFLITE_RELU = 19,
  THAW_TFLITE_RELU6 = 21,
  THAW_TFLITE_RESHAPE = 22,
  THAW_TFLITE_SOFTMAX = 25,
  THAW_TFLITE_TANH = 28,
  THAW_TFLITE_PAD = 34,
  THAW_TFLITE_TRANSPOSE = 39,
  THAW_TFLITE_MEAN = 40,
  THAW_TFLITE_SUB = 41,
  THAW_TFLITE_DIV = 42,
  THAW_TFLITE_SQUEEZE = 43,
  THAW_TFLITE_PADV2 = 60,
  THAW_TFLITE_SLICE = 65,
  THAW_TFLITE_EXPAND_DIMS = 70,
  THAW_TFLITE_RSQRT = 76,
  THAW_TFLITE_SQUARED_DIFFERENCE = 99,
  THAW_TFLITE_HARD_SWISH = 117,
  THAW_TFLITE_BATCH_MATMUL = 126,
  THAW_TFLITE_GELU = 150,
  THAW_TFLITE_N_CODES
} ThawTfliteCode;

enum { THAW_TFLITE_NO_ACTIVATION = 0, THAW_TFLITE_FUSED_RELU = 1, THAW_TFLITE_FUSED_RELU6 = 3 };

typedef struct
{
  const char   *name;    /* never NULL */
  int           type;    /* the schema's number */
  int           rank;
  gint32        shape[THAW_TFLITE_MAX_RANK];
  gconstpointer data;    /* NULL: a value */
  gsize         size;    /* bytes of @data */
} ThawTfliteTensor;

/* Of any operator: those that it has not are zeros. Index 0 is vertical, 1 horizontal. */
typedef struct
{
  gboolean same;         /* padding */
  gint32   stride[2], dilation[2], window[2];
  gint32   multiplier;   /* of DEPTHWISE_CONV_2D */
  gint32   axis;
  int      activation;
  gboolean keep;         /* dimensions: MEAN, FULLY_CONNECTED */
  gboolean turned[2];    /* BATCH_MATMUL's operands */
  gboolean approximate;  /* GELU */
  float    beta;
} ThawTfliteOptions;

typedef struct
{
  int               code;      /* ThawTfliteCode, or another of the schema's */
  int               version;
  const char       *custom;    /* (nullable): the name of an operator that is none of TensorFlow Lite's own */
  const gint32     *inputs, *outputs;  /* tensors; -1: absent */
  guint             n_inputs, n_outputs;
  ThawTfliteOptions options;
} ThawTfliteOperator;

/**
 * ThawTflite: the one graph of a file, and what is written beside it
 *
 * What is read points into @bytes; what is written points to memory that the writer keeps.
 */
typedef struct
{
  GBytes     *bytes;      /* (nullable) */
  GArray     *tensors;    /* ThawTfliteTensor */
  GArray     *operators;  /* ThawTfliteOperator */
  gint32      input, output; /* tensors */
  const char *title, *licence;  /* (nullable) */
  gboolean    normalised; /* its metadata say what a picture is less by (mean) and divided by (std) before it comes in */
  float       mean[3], std[3];
  GHashTable *metadata;   /* name -> GBytes: texts of Thaw's own */
} ThawTflite;

/* With empty arrays */
ThawTflite *thaw_tflite_new    (void);
void        thaw_tflite_free   (ThawTflite *self);
/* The file: the picture [1, H, W, 3] in, a probability a class out. @labels: (nullable): the name of the file of labels that will be appended.
 * NULL with an error beyond 2 GiB (transfer full) */
GBytes     *thaw_tflite_pack   (const ThawTflite *self, const char *labels, GError **error);
/* Every offset and length of the file is checked first; indices of tensors are those of tensors, or -1 as an input. NULL with an error (transfer full) */
ThawTflite *thaw_tflite_unpack (GBytes *bytes, GError **error);

static inline const ThawTfliteTensor *
thaw_tflite_tensor (const ThawTflite *self, gint32 i)
{
  return &((const ThawTfliteTensor *) (void *) self->tensors->data)[i];
}

static inline const ThawTfliteOperator *
thaw_tflite_operator (const ThawTflite *self, guint i)
{
  return &((const ThawTfliteOperator *) (void *) self->operators->data)[i];
}

/* "CONV_2D"; NULL: none that Thaw knows */
const char *thaw_tflite_code_name (int code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTflite, thaw_tflite_free)

G_END_DECLS
