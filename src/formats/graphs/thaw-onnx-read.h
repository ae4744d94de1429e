/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-onnx.h"

G_BEGIN_DECLS

/* What several nodes of the file say together: one operation of Thaw's on the values @inputs */
typedef struct
{
  ThawOp       op;
  ThawOpParams params;
  const char  *inputs[3];  /* the file's names; the second and third are constants */
  int          axis;       /* the file's, of what works along one */
} ThawOnnxPattern;

/**
 * ThawOnnxReader: a graph on its way into Thaw's
 */
typedef struct
{
  const ThawOnnx__Graph *proto;
  gint64         opset;
  ThawGraph     *graph;
  ThawTensorMap *parameters;
  GHashTable    *constants;  /* name -> ThawTensor: initializers, Constant and what follows from them */
  GHashTable    *values;     /* name -> ThawOnnxView: what depends on the picture */
  GHashTable    *makers;     /* name -> ThawOnnx__Node */
  GHashTable    *uses;       /* name -> how many nodes take it */
  GHashTable    *patterns;   /* ThawOnnx__Node -> ThawOnnxPattern */
  GHashTable    *scopes;     /* name of a module -> how many nodes are in it itself; those with modules inside have MAX */
  char          *layer;      /* what the node that is being read is called */
  gint64         budget;     /* bytes that may still be worked out of constants */
} ThawOnnxReader;

typedef struct
{
  ThawOnnxReader       *reader;
  const ThawOnnx__Node *proto;
  GError              **error;
} ThawOnnxReading;

/* @size: of the file, in bytes. @proto must outlive it. */
void       thaw_onnx_reader_init   (ThawOnnxReader *self, const ThawOnnx__Model *proto, gsize size);
void       thaw_onnx_reader_clear  (ThawOnnxReader *self);
/* What is made of one or more constants: no operation, and nothing is said where it is none that can be. TRUE: the outputs are constants now. */
gboolean   thaw_onnx_fold          (ThawOnnxReader *self, const ThawOnnx__Node *proto, GError **error);
/* Looks for what @proto ends. */
gboolean   thaw_onnx_match         (const ThawOnnxReader *self, const ThawOnnx__Node *proto, ThawOnnxPattern *pattern);
/* Whether the constant called @name is a single number */
gboolean   thaw_onnx_number        (const ThawOnnxReader *self, const char *name, double *out);

/* The names of layers, from those of modules where PyTorch wrote the file */
void       thaw_onnx_find_scopes   (ThawOnnxReader *self);
/* @weights: the file's names of the layer's weight and bias, NULL for none. @whole: the node stands for a module. NULL: none that tells anything
 * (transfer full) */
char      *thaw_onnx_layer_name    (const ThawOnnxReader *self, const ThawOnnx__Node *proto, const char *const *weights, gboolean whole);
/* A name that nothing has yet (transfer full) */
char      *thaw_onnx_free_name     (const ThawOnnxReader *self, const char *wanted);

/* A step that the file does not have, called @name (nullable), else after the layer and @what */
ThawNode  *thaw_onnx_help          (ThawOnnxReader *self, ThawOp op, const char *name, const char *what, const ThawOpParams *params,
                                    ThawNode *input, GError **error);
/* The constant @tensor as a parameter: called as the file calls it (@name, nullable) where that is a name, else after the layer and @kind */
ThawNode  *thaw_onnx_parameter     (ThawOnnxReader *self, const char *name, ThawTensor *tensor, const char *kind);
/* The layer itself, called after the node that is read */
ThawNode  *thaw_onnx_layer         (const ThawOnnxReading *self, ThawOp op, const ThawOpParams *params, ThawNode *const *inputs, guint n);
/* Sets the error; always FALSE */
gboolean   thaw_onnx_refuse        (const ThawOnnxReading *self, const char *what);
/* What input @i is; NULL: it is none of that kind, or not there */
struct _ThawOnnxView;
const char *thaw_onnx_input_name   (const ThawOnnxReading *self, gsize i);
ThawTensor *thaw_onnx_input_constant (const ThawOnnxReading *self, gsize i);
/* As many integers as the constant input @i or the attribute @name has; below 0: neither, or too many */
int        thaw_onnx_input_ints    (const ThawOnnxReading *self, gsize i, const char *name, gint64 *out);

/* One function a kind of operators: NULL where it is none of them */
typedef gboolean (*ThawOnnxRead) (const ThawOnnxReading *self);
ThawOnnxRead thaw_onnx_find_window (const char *type);
ThawOnnxRead thaw_onnx_find_products (const char *type);
ThawOnnxRead thaw_onnx_find_pointwise (const char *type);
ThawOnnxRead thaw_onnx_find_binary (const char *type);
ThawOnnxRead thaw_onnx_find_rows   (const char *type);
ThawOnnxRead thaw_onnx_find_axes   (const char *type);
ThawOnnxRead thaw_onnx_find_pieces_of (const char *type);
gboolean   thaw_onnx_read_pattern  (const ThawOnnxReading *self, const ThawOnnxPattern *pattern);
gboolean   thaw_onnx_read_node     (ThawOnnxReader *self, const ThawOnnx__Node *proto, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawOnnxReader, thaw_onnx_reader_clear)

G_END_DECLS
