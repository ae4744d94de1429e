/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-json-reader.h>
#include <thaw/thaw-nn.h>

#include "thaw-keras.h"

/* What is in a .keras file */
#define THAW_KERAS_CONFIG "config.json"
#define THAW_KERAS_WEIGHTS "model.weights.h5"

/* Configurations (thaw-keras-config.c): pieces of checked JSON text, nothing of which is kept */

/* (transfer full) NULL: not there, or no string */
char    *thaw_keras_string (const ThawJsonReader *object, const char *key);
gboolean thaw_keras_is     (const ThawJsonReader *object, const char *key, const char *text);
double   thaw_keras_double (const ThawJsonReader *object, const char *key, double otherwise);
gboolean thaw_keras_bool   (const ThawJsonReader *object, const char *key, gboolean otherwise);
/* Up to @max numbers of a number or of (nested) arrays of them; how many there are, 0 where something else is among them, or more */
guint    thaw_keras_numbers (const ThawJsonReader *value, double *numbers, guint max);
/* The same of a member, whole numbers from -1 to 65535, "n" for null; 0 where it is not there */
guint    thaw_keras_ints   (const ThawJsonReader *object, const char *key, int *numbers, guint max);

/**
 * ThawKerasStore: the weights of a file, and what each of the three containers calls them
 *
 * Keras 3: "layers/functional/layers/conv2d_3/vars/0". Older, and TensorFlow.js: "conv1/kernel:0" in whatever groups.
 */
typedef struct
{
  ThawTensorMap *tensors;
  gboolean       by_place; /* as Keras 3 does */
  GHashTable    *by_name;  /* else: names to tensors, NULL where several have one */
  guint          n_weights; /* all of them must be used; 0: any */
  GPtrArray     *by_order; /* (nullable) else: the tensors in the network's order */
} ThawKerasStore;

/* @tensors: (transfer full) */
void     thaw_keras_store_init  (ThawKerasStore *self, ThawTensorMap *tensors, gboolean by_place);
/* Of a file that has nothing but weights in the order of the layers: @attributes are those of thaw_hdf5_parse(). FALSE where they do not say it */
gboolean thaw_keras_store_order (ThawKerasStore *self, GHashTable *attributes);
/* The same of one whose weights have the places of Keras 3 */
gboolean thaw_keras_store_places (ThawKerasStore *self);
void     thaw_keras_store_clear (ThawKerasStore *self);
/* Where Keras 3 keeps the weights of the next layer of this class: @prefix, then "layers/conv2d_3". @counts: of classes (transfer full) */
char    *thaw_keras_place       (GHashTable *counts, const char *prefix, const char *class_name);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawKerasStore, thaw_keras_store_clear)

/* A layer's result. Of the picture itself it is what has been done to its numbers so far, which becomes preprocessing. */
typedef struct
{
  ThawNode *node;
  gboolean  picture, turned;     /* blue first */
  double    scale[3], offset[3]; /* number * scale + offset, in the order of its channels */
} ThawKerasValue;

typedef struct _ThawKerasFamily ThawKerasFamily;

typedef struct
{
  ThawBuilder            b;
  ThawTensorMap         *parameters;
  const ThawKerasStore  *store;
  const char            *end;     /* (nullable): the layer that the network ends with, where not with its last */
  guint                  ordinal; /* weights that layers have had, by order */
  guint                  n_used;  /* weights */
  gboolean               old;     /* Keras 2, whose hard sigmoid is another */
  const ThawKerasFamily *family;  /* (nullable): of the network that the picture goes into */
  ThawNode              *picture;
  gboolean               taken, turned; /* the picture has been used, so and with these: */
  double                 scale[3], offset[3];
} ThawKerasReader;

/* What a layer is called with: another's result, or numbers */
typedef struct
{
  const ThawKerasValue *value; /* NULL: @numbers */
  double                numbers[3];
  guint                 n_numbers;
} ThawKerasOperand;

#define THAW_KERAS_MAX_OPERANDS 256

typedef struct
{
  ThawKerasReader *reader;
  const char      *class_name, *own_name;
  const char      *name;       /* of the node, not taken yet */
  const char      *place;      /* of its weights in Keras 3: "layers/conv2d_3" */
  ThawJsonReader   config;
  ThawJsonReader   call;       /* how it is called; .at NULL: with the layer before */
  guint            ordinal;    /* of its first weight, by order, from 1; 0: it was not asked for any yet */
  ThawKerasOperand operands[THAW_KERAS_MAX_OPERANDS];
  guint            n_operands;
} ThawKerasLayer;

/* The layer's first operand as a value of the graph: of the picture it is settled what its numbers are. NULL with an error */
ThawNode *thaw_keras_input      (ThawKerasLayer *layer, guint i, GError **error);
ThawNode *thaw_keras_refuse     (const ThawKerasLayer *layer, const char *what, GError **error);
/* "NAME.WHAT", NAME where that is empty; lives as long as the reader */
const char *thaw_keras_path     (ThawKerasReader *self, const char *name, const char *what);
/* The layer's weight number @index, in Keras 2 called one of @names ("a|b"), of the shape @shape; NULL with an error (transfer none) */
ThawTensor *thaw_keras_weight   (ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, GError **error);
/* How many channels the layer's weight number @index gives, its last axis, and takes, the axis before: where the configuration leaves that
 * out. 0 where there is no such weight. @takes: (nullable) */
gint64    thaw_keras_width      (ThawKerasLayer *layer, guint index, gint64 *takes);
/* It becomes the parameter "NODE.AS", its axes in the order of @perm (nullable), of the shape @final */
gboolean  thaw_keras_take       (ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, const int *perm,
                                 const ThawShape *final, const char *node, const char *as, GError **error);

/* Layers (thaw-keras-layers.c, thaw-keras-plain.c): TRUE where the class is known, with the result or an error in @value */
typedef ThawNode *(*ThawKerasBuild) (ThawKerasLayer *layer, GError **error);
ThawKerasBuild thaw_keras_weighted (const char *class_name);
ThawKerasBuild thaw_keras_plain    (const char *class_name);
/* While a network is used, these do nothing; how it is trained further is for the person to say. */
gboolean  thaw_keras_does_nothing  (const char *class_name);
/* @x after the activation of that name in the config's @key; NULL with an error */
ThawNode *thaw_keras_activate      (ThawKerasLayer *layer, ThawNode *x, const char *key, const char *name, GError **error);
ThawNode *thaw_keras_scale_by      (ThawKerasReader *self, ThawNode *x, const char *name, double scale, double offset);

/* Arithmetic with numbers and the layers that are nothing else (thaw-keras-arithmetic.c); -1: the class is none of them */
int       thaw_keras_arithmetic    (ThawKerasLayer *layer, ThawKerasValue *value, GError **error);

/* Parts of a value, the picture with its channels turned (thaw-keras-slice.c); -1: the class is another */
int       thaw_keras_slice         (ThawKerasLayer *layer, ThawKerasValue *value, GError **error);

/* A model's layers (thaw-keras-model.c). @input: (nullable): what a model inside another is called with */
typedef struct
{
  const char *prefix; /* of its nodes: "", "mobilenet." */
  const char *place;  /* of its weights: "", "layers/functional/" */
  const ThawKerasValue *input;
  guint       depth;
} ThawKerasScope;

gboolean  thaw_keras_read_model (ThawKerasReader *self, const ThawJsonReader *model, const ThawKerasScope *scope, ThawKerasValue *value, GError **error);

/* Families (thaw-keras-family.c): what keras.applications does to a picture before each of its networks */
typedef enum
{
  THAW_KERAS_RAW,   /* 0 .. 255 */
  THAW_KERAS_UNIT,  /* 0 .. 1 */
  THAW_KERAS_TF,    /* -1 .. 1 */
  THAW_KERAS_CAFFE, /* blue first, less a mean */
  THAW_KERAS_TORCH, /* torchvision's mean and deviation */
} ThawKerasRule;

struct _ThawKerasFamily
{
  const char   *name, *title;
  const char   *mark; /* a layer that it alone has, or that the families before it have not; "*..." its end */
  const char   *other_mark; /* (nullable) another name of it */
  ThawKerasRule rule;
  int           size; /* pixels a side where the file leaves it open */
};

const ThawKerasFamily *thaw_keras_family (const ThawJsonReader *layers); /* NULL: unknown */
/* What the picture's own layers do to it becomes the model's preprocessing, and where there are none the family's rule */
gboolean  thaw_keras_settle_picture (ThawKerasReader *self, ThawModel *model, GError **error);

/* The labels that a "metadata.json" has under that name, where it has any */
gboolean   thaw_keras_read_labels (ThawModel *model, const ThawJsonReader *metadata, GError **error);
/* @text: the model, {"class_name", "config"}; @end: (nullable): see ThawKerasReader (thaw-keras-read.c) */
ThawModel *thaw_keras_read (const char *text, gsize length, const ThawKerasStore *store, gboolean old, const char *end, GError **error);

/* Weights alone: the network of keras.applications that they fit; NULL with an error (thaw-keras-networks.c) */
ThawModel *thaw_keras_recognise (const ThawKerasStore *store, GError **error);
