/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-format.h>

#include "onnx.pb-c.h"
#include "thaw-graphs.h"

G_BEGIN_DECLS

/* ONNX's numbers for element types and kinds of attribute */
enum { THAW_ONNX_FLOAT = 1, THAW_ONNX_UINT8 = 2, THAW_ONNX_INT8 = 3, THAW_ONNX_INT16 = 5, THAW_ONNX_INT32 = 6, THAW_ONNX_INT64 = 7, THAW_ONNX_BOOL = 9,
       THAW_ONNX_FLOAT16 = 10, THAW_ONNX_DOUBLE = 11, THAW_ONNX_BFLOAT16 = 16 };
enum { THAW_ONNX_A_FLOAT = 1, THAW_ONNX_A_INT = 2, THAW_ONNX_A_STRING = 3, THAW_ONNX_A_FLOATS = 6, THAW_ONNX_A_INTS = 7 };

/* Names that both sides know */
#define THAW_ONNX_INPUT "input"
#define THAW_ONNX_LOGITS "logits"
#define THAW_ONNX_IMAGE "image"
#define THAW_ONNX_PROBABILITIES "probabilities"

/**
 * ThawOnnxBuilder: collects the messages of a graph
 *
 * What is added belongs to the builder; thaw_onnx_builder_finish() hands everything to the model.
 */
typedef struct
{
  GPtrArray *nodes;
  GPtrArray *initializers;
  GPtrArray *infos;    /* shapes of values inside */
  guint      serial;   /* for names of constants */
} ThawOnnxBuilder;

void           thaw_onnx_builder_init   (ThawOnnxBuilder *self);
/* Frees what was not handed over. */
void           thaw_onnx_builder_clear  (ThawOnnxBuilder *self);
/* @inputs: NULL-terminated; "" is an absent optional input. The first output is @output. */
ThawOnnx__Node *thaw_onnx_add_node      (ThawOnnxBuilder *self, const char *type, const char *name, const char *const *inputs, const char *output);
void           thaw_onnx_set_int        (ThawOnnx__Node *node, const char *name, gint64 value);
void           thaw_onnx_set_float      (ThawOnnx__Node *node, const char *name, double value);
void           thaw_onnx_set_string     (ThawOnnx__Node *node, const char *name, const char *value);
void           thaw_onnx_set_ints       (ThawOnnx__Node *node, const char *name, const gint64 *values, gsize n);
/* @name: (nullable): NULL makes one. Returns the name, which lives as long as the builder. Float, int64. */
const char    *thaw_onnx_add_tensor     (ThawOnnxBuilder *self, const char *name, const ThawTensor *tensor);
const char    *thaw_onnx_add_ints       (ThawOnnxBuilder *self, const gint64 *values, gsize n);
const char    *thaw_onnx_add_int        (ThawOnnxBuilder *self, gint64 value);  /* a scalar */
const char    *thaw_onnx_add_float      (ThawOnnxBuilder *self, double value);  /* a scalar */
/* @dims: -1 is any; @first: (nullable): the name of dimension 0 where it is any */
ThawOnnx__Value *thaw_onnx_value_new    (const char *name, int type, const gint64 *dims, gsize n, const char *first);
/* Takes all that was added into @graph. */
void           thaw_onnx_builder_finish (ThawOnnxBuilder *self, ThawOnnx__Graph *graph);

/* Writing: one function an operation (thaw-onnx-write-ops.c) */
typedef struct
{
  ThawOnnxBuilder  builder;
  const ThawModel *model;
  char           **values;   /* [graph size]: what each node's value is called in the file */
  ThawTensorMap   *constants; /* the parameters, and what is worked out of them alone, under the nodes' names */
} ThawOnnxWriter;

/* FALSE with an error where the operation cannot be said in ONNX */
gboolean       thaw_onnx_write_node     (ThawOnnxWriter *self, const ThawNode *node, GError **error);
/* Whether @node only turns an image to [N, C, H, W], which it is in the file already: a reshape of it looks through it */
gboolean       thaw_onnx_turns_channels_first (const ThawNode *node);
/* uint8 picture THAW_ONNX_IMAGE [H, W, 3] -> THAW_ONNX_INPUT [1, 3, height, width] */
void           thaw_onnx_write_preprocessing (ThawOnnxBuilder *self, const ThawPreprocessing *preprocessing);

/* Reading */
/* NULL with an error unless the bytes are a model with a graph; the raw data of its initializers stays in @bytes, which must live on as long as that is
 * looked at. Freed with thaw_onnx_model_free() */
ThawOnnx__Model *thaw_onnx_unpack       (GBytes *bytes, GError **error);
/* float types become float32, integers and truth values int64, bytes stay (transfer full) */
ThawTensor    *thaw_onnx_tensor         (const ThawOnnx__Tensor *proto, GError **error);
/* The same of an initializer, whose data in the file is let go of. @folder: (nullable): where the files are that data may lie in instead (transfer full) */
ThawTensor    *thaw_onnx_take_tensor    (const ThawOnnx__Tensor *proto, const char *folder, GError **error);
const ThawOnnx__Attribute *thaw_onnx_attribute (const ThawOnnx__Node *node, const char *name); /* (nullable) */
gint64         thaw_onnx_get_int        (const ThawOnnx__Node *node, const char *name, gint64 otherwise);
/* the shortest decimal that is the float: .001f is .001 */
double         thaw_onnx_get_float      (const ThawOnnx__Node *node, const char *name, double otherwise);
/* FALSE: not there, or it does not have @n numbers; @out is untouched */
gboolean       thaw_onnx_get_ints       (const ThawOnnx__Node *node, const char *name, int *out, gsize n);
gboolean       thaw_onnx_string_is      (const ThawOnnx__Node *node, const char *name, const char *value);
/* The nodes that the value @target depends on, [n_node]; stops at @stop (nullable). FALSE where nothing makes it. (transfer full) */
gboolean      *thaw_onnx_needed         (const ThawOnnx__Graph *graph, const char *target, const char *stop);
/* NULL: not there */
const char    *thaw_onnx_metadata       (const ThawOnnx__Model *model, const char *key);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawOnnxBuilder, thaw_onnx_builder_clear)

void           thaw_onnx_model_free     (ThawOnnx__Model *model);
/* The message in @data with the places of its initializers' raw data instead of these; NULL: it is damaged (transfer full) */
GByteArray    *thaw_onnx_thin           (const guint8 *data, gsize size);
/* The raw data of a thin message's initializers where they lie in @data */
void           thaw_onnx_point_at_file  (ThawOnnx__Graph *graph, const guint8 *data);

typedef ThawOnnx__Model ThawOnnxModel;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOnnxModel, thaw_onnx_model_free)

G_END_DECLS
