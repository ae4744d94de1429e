/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-nn.h>
#include <thaw/thaw-zoo.h>

#define THAW_FAMILY(name) extern const ThawFamily thaw_family_##name;
#include "thaw-zoo-list.inc"
#undef THAW_FAMILY

/* How a family's convolutions are made. */
typedef struct
{
  ThawPadding    padding;    /* explicit: half the kernel on every side */
  gboolean       folded;     /* BatchNorm is inside the kernel: a bias takes its place */
  double         eps;
  ThawActivation activation;
} ThawZooStyle;

/* The names of a convolution, its BatchNorm and its activation below @block; @activation NULL: none. */
typedef struct
{
  const char *block; /* "layer1.0", or "" */
  const char *conv, *norm, *activation;
} ThawZooNames;

/* @own as @request wants it */
ThawZooStyle thaw_zoo_style (const ThawZooRequest *request, const ThawZooStyle *own);

/* timm's names in a block of the inverted kind, whose parts torchvision counts, with or without squeeze-and-excitation */
#define THAW_ZOO_INVERTED_RULES                                                                    \
  { "blocks.*.*.block.0.0", "blocks.*.*.conv_pw" }, { "blocks.*.*.block.0.1", "blocks.*.*.bn1" },  \
  { "blocks.*.*.block.0.2", "blocks.*.*.act1" }, { "blocks.*.*.block.1.0", "blocks.*.*.conv_dw" }, \
  { "blocks.*.*.block.1.1", "blocks.*.*.bn2" }, { "blocks.*.*.block.1.2", "blocks.*.*.act2" },     \
  { "blocks.*.*.block.2.fc1", "blocks.*.*.se.conv_reduce" },                                       \
  { "blocks.*.*.block.2.fc2", "blocks.*.*.se.conv_expand" },                                       \
  { "blocks.*.*.block.2.0", "blocks.*.*.conv_pwl" }, { "blocks.*.*.block.2.1", "blocks.*.*.bn3" }, \
  { "blocks.*.*.block.3.0", "blocks.*.*.conv_pwl" }, { "blocks.*.*.block.3.1", "blocks.*.*.bn3" }, \
  { "blocks.*.*.block.2", "blocks.*.*.se" }
/* and in the first stage, which does not expand */
#define THAW_ZOO_SEPARABLE_RULES                                                                   \
  { "blocks.0.*.block.0.0", "blocks.0.*.conv_dw" }, { "blocks.0.*.block.0.1", "blocks.0.*.bn1" },  \
  { "blocks.0.*.block.0.2", "blocks.0.*.act1" },                                                   \
  { "blocks.0.*.block.1.fc1", "blocks.0.*.se.conv_reduce" },                                       \
  { "blocks.0.*.block.1.fc2", "blocks.0.*.se.conv_expand" },                                       \
  { "blocks.0.*.block.1.0", "blocks.0.*.conv_pw" }, { "blocks.0.*.block.1.1", "blocks.0.*.bn2" },  \
  { "blocks.0.*.block.2.0", "blocks.0.*.conv_pw" }, { "blocks.0.*.block.2.1", "blocks.0.*.bn2" },  \
  { "blocks.0.*.block.1", "blocks.0.*.se" }

/* "BLOCK.NAME", or NAME where @block is "" (transfer full) */
char     *thaw_zoo_name    (const char *block, const char *name);
/* A name put together as printf() does; it lives as long as the graph is being built. */
const char *thaw_zoo_path (ThawBuilder *b, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* convolution, BatchNorm, activation; fills in the padding (pad -1: none) and the bias of @spec */
ThawNode *thaw_zoo_conv    (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const ThawZooNames *names, ThawConvSpec spec);
/* channels times @width to the nearest multiple of 8, not more than a tenth below */
gint64    thaw_zoo_round   (double channels, double width);

/* torchvision's Conv2dNormActivation: "NAME.0", "NAME.1" and, where the style has an activation, "NAME.2" */
ThawNode *thaw_zoo_conv_norm (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const char *name, ThawConvSpec spec);
/* Inception's: "NAME.conv", "NAME.bn" and "NAME.relu", with TensorFlow's eps */
ThawNode *thaw_zoo_basic_conv (ThawBuilder *b, ThawNode *x, const char *name, ThawConvSpec spec);
/* x times the gate that "NAME.fc1" (to @squeeze channels, @activation) and "NAME.fc2" (@gate) make of its mean */
ThawNode *thaw_zoo_squeeze_excite (ThawBuilder *b, ThawNode *x, const char *name, gint64 squeeze, ThawActivation activation, ThawActivation gate);

/* A graph with its input picture of @size a side */
ThawNode *thaw_zoo_begin   (ThawBuilder *b, int size);
/* The builder's graph with @logits as its output, or NULL with the first error; the builder is empty afterwards */
ThawGraph *thaw_zoo_end    (ThawBuilder *b, ThawNode *logits, GError **error);

/* shorter side to @resize, bilinear, centre @size, fractions of a pixel as torchvision has them, (x - mean) / std */
ThawPreprocessing thaw_zoo_preprocessing          (int resize, int size, float mean, float std);
/* with ImageNet's means and deviations, as torchvision has them */
ThawPreprocessing thaw_zoo_preprocessing_imagenet (int resize, int size);

/* The position of @architecture in the family's list; it must be there. */
guint       thaw_zoo_index    (const ThawFamily *family, const char *architecture);
/* The architecture of @family whose names and shapes are those of @weights, the number of classes being that of the
 * classifier in @weights. NULL where there is none. */
const char *thaw_zoo_match    (const ThawFamily *family, const ThawTensorMap *weights, gint64 *classes);
/* The classifier's weight: the last parameter after @features (nullable) */
const ThawNode *thaw_zoo_classifier (const ThawGraph *graph, const ThawNode *features);

/* Tensors of TensorFlow's layer @from ("conv1/kernel", "conv1/depthwise_kernel", "conv1/bias") become PyTorch's
 * "TO.weight", "TO.bias" in their layout; @linear: 1 x 1 kernels become a matrix. What is not there is left out. */
void        thaw_zoo_relayout (ThawTensorMap *weights, const char *from, const char *to, gboolean linear);
/* "FROM/gamma" ... become "TO.weight" ... */
void        thaw_zoo_relayout_norm (ThawTensorMap *weights, const char *from, const char *to);
/* "FROM.weight", "FROM.running_mean" ... become "TO.weight" ... */
void        thaw_zoo_rename   (ThawTensorMap *weights, const char *from, const char *to);
/* without the tensors whose names begin so */
void        thaw_zoo_drop     (ThawTensorMap *weights, const char *prefix);
