/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-freeze.h>
#include <thaw/thaw-preprocessing.h>

G_BEGIN_DECLS

/**
 * ThawHead: the layers put in place of the pretrained classifier
 *
 * As text, "dropout=0.2,linear=128,relu,batchnorm,linear": the last must be a linear without a number, which
 * gets as many outputs as there are classes. The default is "dropout=0.2,linear".
 */
typedef enum { THAW_HEAD_DROPOUT, THAW_HEAD_LINEAR, THAW_HEAD_ACTIVATION, THAW_HEAD_BATCHNORM } ThawHeadKind;

typedef struct
{
  ThawHeadKind   kind;
  float          p;          /* dropout: 0 <= p < 1 */
  gint64         out;        /* linear; 0: the number of classes */
  ThawActivation activation;
} ThawHeadLayer;

struct _ThawHead
{
  guint         n_layers;
  ThawHeadLayer layers[32];
};

#define THAW_HEAD_DEFAULT "dropout=0.2,linear"

gboolean thaw_head_parse     (ThawHead *self, const char *text, GError **error);
char    *thaw_head_to_string (const ThawHead *self);

/**
 * ThawLayer: a row of the layer tree, either a layer (with its node) or a group
 */
struct _ThawLayer
{
  char      *name;       /* whole: "blocks.5.0.conv_pw" */
  const char *label;     /* the last component, inside @name */
  ThawNode  *node;       /* NULL for a group */
  gint64     parameters; /* weights of the layer or of all below it */
  double     multiply_adds;
  ThawLayer *parent;     /* (nullable) */
  GPtrArray *children;   /* ThawLayer, in network order */
};

/**
 * ThawModel:
 *
 * A network with its parameters and all that is known of it. Counted by reference. The fields are
 * read freely and changed only by the functions below.
 */
struct _ThawModel
{
  char             *architecture; /* "efficientnet_lite0": the name the zoo or the reader gave */
  char             *title;        /* "EfficientNet-Lite0" */
  char             *source;       /* where the weights came from: a file's base name, "random" */
  char             *licence;      /* SPDX, (nullable) where not known */
  char             *assumption;   /* what was taken for granted because the file does not say it, a sentence; (nullable) */
  double            top1;         /* ImageNet accuracy, 0 where not known */

  ThawGraph        *graph;        /* input 0: the picture [1, H, W, 3]; output 0: the logits [1, classes] */
  ThawTensorMap    *parameters;   /* PyTorch's names and layouts */
  ThawNode         *features;     /* the input of the classifier: [1, C] or [1, H, W, C]; in @graph */
  char             *head;         /* ThawHead as text where the head is ours; NULL: the pretrained classifier */
  char             *cut_at;       /* the layer the backbone was truncated at, (nullable) */
  ThawPreprocessing preprocessing;
  char            **labels;       /* NULL-terminated, one a class; NULL where not known */

  ThawLayer        *layers;       /* the root of the layer tree, named "" */
  gatomicrefcount   references;
};

/* The zoo's and the readers' constructor; the layer tree is built here. Everything (transfer full)
 * but strings, which are copied. */
ThawModel  *thaw_model_new          (const char *architecture, ThawGraph *graph, ThawTensorMap *parameters, ThawNode *features);
ThawModel  *thaw_model_ref          (ThawModel *self);
void        thaw_model_unref        (ThawModel *self);
/* parameters are copied, so that training one leaves the other alone */
ThawModel  *thaw_model_copy         (const ThawModel *self);

void        thaw_model_set_labels   (ThawModel *self, const char *const *labels);
gint64      thaw_model_n_classes    (const ThawModel *self);
/* What class @i is called, its number where it has no name (transfer full) */
char       *thaw_model_label        (const ThawModel *self, gint64 i);

/* A new model with the same backbone (parameters shared until somebody copies) and a new head, initialised
 * from @seed, its last linear layer with zeros. Its layers are "head.0", "head.1" ...; image-shaped features get a global average pool first. */
ThawModel  *thaw_model_with_head    (const ThawModel *self, const ThawHead *head, const char *const *labels, guint64 seed, GError **error);
/* A new model that uses the network up to and with layer (or group) @layer as its backbone; no head yet (the logits are
 * the pooled features). */
ThawModel  *thaw_model_truncate     (const ThawModel *self, const char *layer, GError **error);
/* for another picture size */
ThawModel  *thaw_model_resize       (const ThawModel *self, int height, int width, GError **error);

ThawLayer  *thaw_model_layer        (const ThawModel *self, const char *name); /* (nullable) */
/* What a layer gives, or the last layer of a group: where thaw_model_truncate() cuts. NULL for a row of parameters alone. */
ThawNode   *thaw_layer_value        (const ThawLayer *self);
/* The name of the first block at the network's final resolution: where preset "last" trains from. Of a transformer whose blocks all have
 * the same, the first of the last quarter. */
const char *thaw_model_last_blocks  (const ThawModel *self);

/* Parameter names (transfer container), in network order. @layer: a layer, a group, or "" for all. @freeze NULL: all trains. */
typedef enum { THAW_WEIGHTS_ALL, THAW_WEIGHTS_TRAINABLE, THAW_WEIGHTS_NON_TRAINABLE } ThawWeightsKind;
GPtrArray  *thaw_model_weights      (const ThawModel *self, const char *layer, const ThawFreeze *freeze, ThawWeightsKind kind);
/* How many numbers those hold. Running statistics count as non-trainable weights, as in Keras; inspect shows both totals. */
gint64      thaw_model_count        (const ThawModel *self, const char *layer, const ThawFreeze *freeze, ThawWeightsKind kind);

/* SHA-256 over the named tensors (all when NULL), hexadecimal (transfer full) */
char       *thaw_model_hash         (const ThawModel *self, const GPtrArray *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawModel, thaw_model_unref)

G_END_DECLS
