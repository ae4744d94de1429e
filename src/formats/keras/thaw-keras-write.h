/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-model.h>

/* A layer of the file that is written */
typedef struct
{
  const char *class_name;
  char       *name;
  GString    *config;    /* its members behind the name: ", "units": 3" */
  GString    *arguments; /* JSON behind the layers it is called with: ", [...]" */
  GArray     *inputs;    /* guint: places in ThawKerasWriter's layers */
  gboolean    joins;     /* it is called with a list of them */
  gboolean    operation; /* one of keras.ops, which has no configuration */
  ThawShape   shape;     /* of what it gives, one picture */
  GPtrArray  *weights;   /* ThawTensor, in the order in which Keras has them */
} ThawKerasWritten;

/**
 * ThawKerasWriter: turns a graph into layers of Keras
 */
typedef struct
{
  const ThawModel *model;
  const ThawGraph *graph;
  GPtrArray       *layers;   /* ThawKerasWritten, each behind those it is called with */
  guint           *values;   /* [graph size]: the layer that gives a node's value */
  gboolean        *positive; /* [graph size]: no number of it is below zero */
  GHashTable      *names;
} ThawKerasWriter;

/* A layer called @name, or with a number behind that, of the shape @shape (transfer none) */
ThawKerasWritten *thaw_keras_add_layer (ThawKerasWriter *self, const char *class_name, const char *name, const ThawShape *shape);
/* What it is called with next: the layer at the place @input */
void              thaw_keras_add_input (ThawKerasWritten *layer, guint input);
guint             thaw_keras_last      (const ThawKerasWriter *self); /* the place of the layer that was added last */

/* Members of its configuration */
void thaw_keras_set_number  (ThawKerasWritten *layer, const char *key, double value);
void thaw_keras_set_text    (ThawKerasWritten *layer, const char *key, const char *value);
void thaw_keras_set_bool    (ThawKerasWritten *layer, const char *key, gboolean value);
void thaw_keras_set_json    (ThawKerasWritten *layer, const char *key, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* The layers that are @node's operation (thaw-keras-write-layers.c); FALSE with an error where Keras has none */
gboolean thaw_keras_write_node (ThawKerasWriter *self, const ThawNode *node, GError **error);
/* The layers in the order in which Keras itself has them once it has read the file: it numbers their weights by that (transfer container) */
GPtrArray *thaw_keras_order    (const ThawKerasWriter *self);
