/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-model.h>

G_BEGIN_DECLS

/* What a network is built as: one of a family's own architectures, and what differs from it */
typedef struct
{
  const char *architecture;
  gint64      classes;
  int         size;         /* pixels a side, 0: the architecture's own; heeded where parameters depend on it */
  double      eps;          /* of BatchNorm, 0: the architecture's own */
  ThawPadding padding;      /* of convolutions where @eps is given */
} ThawZooRequest;

/**
 * ThawZooRule: how timm calls what a family calls otherwise
 *
 * @from begins a name and ends at a component's end. In it "*" stands for a number that is kept and "?" for one that is not; in @to "*" is the next
 * number, "+" and "-" that number and one more or less. A name goes through all rules, from the first on.
 */
typedef struct
{
  const char *from, *to;
  int         kernel; /* what timm has in place of a matrix: k: the kernel of a k x k convolution; -1: of [C, 1, 1]: a vector; 0: the same */
} ThawZooRule;

/**
 * ThawFamily:
 *
 * One architecture family, one file in src/zoo/, one line in thaw-zoo-list.inc.
 */
struct _ThawFamily
{
  const char        *name;           /* "mobilenet_v2" */
  const char *const *architectures;  /* NULL-terminated: the names build() knows */
  const char *const *titles;         /* one an architecture: "MobileNetV2" */

  /* The network with its pretrained classifier for @classes, without parameter data.
   * @features: (out): the classifier's input. @preprocessing: (out): the family's default. Others than the zoo call thaw_zoo_graph(). */
  ThawGraph *(*build)     (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing, GError **error);

  /* Whether names and shapes in @weights are this family's: returns the architecture (transfer none) and
   * the number of classes, or NULL. May rename and relayout: @weights is the reader's own copy. */
  const char *(*recognise) (ThawTensorMap *weights, gint64 *classes);

  /* (nullable) one an architecture: what recognise() takes for granted where it gives that one, and what to say otherwise */
  const char *const *assumptions;

  /* (nullable) timm's names of the tensors of one of @architectures, up to a rule without @from; NULL: the same */
  const ThawZooRule *(*rules) (const char *architecture);

  /* (nullable) the picture size that @weights, under the family's names or timm's, are for; 0: not known */
  int (*measure) (const char *architecture, const ThawTensorMap *weights);

  /* build() makes networks for pictures of any size, which cannot be made of one for another size, with the same weights */
  gboolean sized;
};

guint             thaw_zoo_n_families (void);
const ThawFamily *thaw_zoo_family     (guint i);

/* The family that has @architecture (nullable): one of its own, or "timm/NAME" with the name that timm.create_model() takes */
const ThawFamily *thaw_zoo_find      (const char *architecture);
/* The @i-th architecture of @family, its own first, then timm's; NULL behind the last */
const char       *thaw_zoo_nth       (const ThawFamily *family, guint i);
/* The network of @architecture without parameters. @size: pixels a side, 0: the architecture's own; heeded where parameters depend on it */
ThawGraph        *thaw_zoo_graph     (const char *architecture, int size, gint64 classes, ThawNode **features, ThawPreprocessing *preprocessing, GError **error);
/* The shape that the parameter @node of @architecture has in files */
ThawShape         thaw_zoo_file_shape (const char *architecture, const ThawNode *node);

/* Random weights. @classes 0: 1000. Unknown names: error that lists the known ones. */
ThawModel *thaw_zoo_create    (const char *architecture, gint64 classes, guint64 seed, GError **error);

/**
 * thaw_zoo_from_weights:
 * @weights: (inout): looked at alone; tensors that are float32 already are shared with the model
 * @metadata: (nullable): string -> string: "architecture", "labels" (JSON array), "preprocessing" (JSON),
 *   "licence", "head", "cut_at", "title", "top1", of networks that are none of the zoo's "thaw_graph": what Thaw itself writes; all optional
 *
 * A model from named tensors: recognised by names and shapes, or rebuilt from metadata. Every tensor of the
 * architecture must be there with its shape, in float32 afterwards.
 */
ThawModel *thaw_zoo_from_weights (ThawTensorMap *weights, GHashTable *metadata, GError **error);
/* thaw_model_resize(), also where the family's networks of another size are built otherwise (Swin, MaxViT). (transfer full) */
ThawModel *thaw_zoo_resize       (const ThawModel *self, int height, int width, GError **error);
/* @model as torchvision's weights file called @file_name wants it (resnet50-11ad3fa6.pth: scaled to 232): size, resize rule, filter
 * and accuracy, which the file itself does not tell. Other names change nothing. (transfer full) */
ThawModel *thaw_zoo_published    (const ThawModel *model, const char *file_name);
/* timm's network called @name in a config.json ("tf_efficientnet_b0", with or without what it was trained on: ".ns_jft_in1k", "_ns"); NULL */
const char *thaw_zoo_timm_find   (const char *name);
/* timm's network whose weights a file of this name has, "tf_efficientnet_b0_aa-827b6e33.pth"; NULL */
const char *thaw_zoo_timm_of_file (const char *file_name);
/* What is taken for granted where a file is recognised as @architecture, since its tensors do not say it, a sentence; NULL where nothing is */
const char *thaw_zoo_assumption  (const char *architecture);
/* The metadata of @model for a weights file: the inverse of the above (transfer full) */
GHashTable *thaw_zoo_metadata    (const ThawModel *model);

/* What timm.create_model() calls @architecture (transfer full); NULL where it has none that computes the same under the same names */
char       *thaw_zoo_timm_name   (const char *architecture);

/**
 * ThawZooState: how a model becomes the state dict of PyTorch's network
 *
 * A head of one linear layer becomes the architecture's own classifier. Any other stands in its place as a torch.nn.Sequential of the same layers.
 */
typedef struct
{
  char    *classifier; /* "fc" */
  char    *timm;       /* (nullable): what timm calls the network */
  gboolean sequential;
  guint    first;      /* layers of the Sequential before the head's first */
  guint    version;    /* of the state dict: torchvision's MNASNet refuses one that tells none; 0: none */
} ThawZooState;

/* FALSE with an error for what PyTorch has no network for: truncated, or of no architecture of the zoo */
gboolean       thaw_zoo_state_init      (ThawZooState *self, const ThawModel *model, GError **error);
void           thaw_zoo_state_clear     (ThawZooState *self);
/* What the parameter @name is called there (transfer full) */
char          *thaw_zoo_state_name      (const ThawZooState *self, const ThawModel *model, const char *name);
/* The tensors for load_state_dict (strict=True), with the buffers that PyTorch keeps beside (transfer full) */
ThawTensorMap *thaw_zoo_state_dict      (const ThawZooState *self, const ThawModel *model);
/* The inverse: the model that @state is, which should be @like */
ThawModel     *thaw_zoo_from_state_dict (const ThawZooState *self, const ThawModel *like, const ThawTensorMap *state, GError **error);
/* Python that makes "model", into which the state dict goes (transfer full) */
char          *thaw_zoo_state_recipe    (const ThawZooState *self, const ThawModel *model);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawZooState, thaw_zoo_state_clear)

G_END_DECLS
