/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EfficientNet (Tan, Le 2019) and EfficientNetV2 (2021), parameters under torchvision's names. */
#include <math.h>

#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "efficientnet_b0",   "efficientnet_b1",   "efficientnet_b2",   "efficientnet_b3",
        "efficientnet_b4",   "efficientnet_b5",   "efficientnet_b6",   "efficientnet_b7",
        "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", NULL };
static const char *const titles[]
    = { "EfficientNet-B0",  "EfficientNet-B1",  "EfficientNet-B2", "EfficientNet-B3",
        "EfficientNet-B4",  "EfficientNet-B5",  "EfficientNet-B6", "EfficientNet-B7",
        "EfficientNetV2-S", "EfficientNetV2-M", "EfficientNetV2-L" };

typedef struct
{
  gboolean fused; /* one convolution in place of the expansion and the depthwise one */
  int expand, kernel, stride, out, repeats;
} Stage;

static const Stage first_version[] = { { FALSE, 1, 3, 1, 16, 1 },  { FALSE, 6, 3, 2, 24, 2 },
                                       { FALSE, 6, 5, 2, 40, 2 },  { FALSE, 6, 3, 2, 80, 3 },
                                       { FALSE, 6, 5, 1, 112, 3 }, { FALSE, 6, 5, 2, 192, 4 },
                                       { FALSE, 6, 3, 1, 320, 1 }, { 0 } };
static const Stage small[] = { { TRUE, 1, 3, 1, 24, 2 },
                               { TRUE, 4, 3, 2, 48, 4 },
                               { TRUE, 4, 3, 2, 64, 4 },
                               { FALSE, 4, 3, 2, 128, 6 },
                               { FALSE, 6, 3, 1, 160, 9 },
                               { FALSE, 6, 3, 2, 256, 15 },
                               { 0 } };
static const Stage medium[] = { { TRUE, 1, 3, 1, 24, 3 },    { TRUE, 4, 3, 2, 48, 5 },
                                { TRUE, 4, 3, 2, 80, 5 },    { FALSE, 4, 3, 2, 160, 7 },
                                { FALSE, 6, 3, 1, 176, 14 }, { FALSE, 6, 3, 2, 304, 18 },
                                { FALSE, 6, 3, 1, 512, 5 },  { 0 } };
static const Stage large[] = { { TRUE, 1, 3, 1, 32, 4 },    { TRUE, 4, 3, 2, 64, 7 },
                               { TRUE, 4, 3, 2, 96, 7 },    { FALSE, 4, 3, 2, 192, 10 },
                               { FALSE, 6, 3, 1, 224, 19 }, { FALSE, 6, 3, 2, 384, 25 },
                               { FALSE, 6, 3, 1, 640, 7 },  { 0 } };

/* What came from TensorFlow has its eps. */
static const struct
{
  const Stage *stages;
  double width, depth, eps;
  float dropout;
  int resize, size;
  ThawFilter filter;
} variants[] = { { first_version, 1, 1, 1e-5, .2f, 256, 224, THAW_FILTER_BICUBIC },
                 { first_version, 1, 1.1, 1e-5, .2f, 256, 240, THAW_FILTER_BICUBIC },
                 { first_version, 1.1, 1.2, 1e-5, .3f, 288, 288, THAW_FILTER_BICUBIC },
                 { first_version, 1.2, 1.4, 1e-5, .3f, 320, 300, THAW_FILTER_BICUBIC },
                 { first_version, 1.4, 1.8, 1e-5, .4f, 384, 380, THAW_FILTER_BICUBIC },
                 { first_version, 1.6, 2.2, 1e-3, .4f, 456, 456, THAW_FILTER_BICUBIC },
                 { first_version, 1.8, 2.6, 1e-3, .5f, 528, 528, THAW_FILTER_BICUBIC },
                 { first_version, 2, 3.1, 1e-3, .5f, 600, 600, THAW_FILTER_BICUBIC },
                 { small, 1, 1, 1e-3, .2f, 384, 384, THAW_FILTER_BILINEAR },
                 { medium, 1, 1, 1e-3, .3f, 480, 480, THAW_FILTER_BILINEAR },
                 { large, 1, 1, 1e-3, .4f, 480, 480, THAW_FILTER_BICUBIC } };

typedef struct
{
  ThawBuilder *b;
  ThawZooStyle style, plain;
  double width;
} Parts;

static ThawNode *
add_fused (const Parts *p,
           ThawNode *x,
           const char *name,
           const Stage *stage,
           int stride,
           gint64 wide,
           gint64 out)
{
  ThawConvSpec first = { .out = wide > 0 ? wide : out, .kernel = stage->kernel, .stride = stride };

  x = thaw_zoo_conv_norm (p->b, x, &p->style, thaw_zoo_path (p->b, "%s.block.0", name), first);
  return wide > 0
             ? thaw_zoo_conv_norm (p->b, x, &p->plain, thaw_zoo_path (p->b, "%s.block.1", name),
                                   (ThawConvSpec){ .out = out, .kernel = 1 })
             : x;
}

static ThawNode *
add_inverted (const Parts *p,
              ThawNode *x,
              const char *name,
              const Stage *stage,
              int stride,
              gint64 wide,
              gint64 out)
{
  gint64 in = x ? x->shape.dim[3] : 0;
  ThawConvSpec depthwise
      = { .out = wide, .kernel = stage->kernel, .stride = stride, .groups = (int)wide };
  int part = 0;

  if (wide != in)
    x = thaw_zoo_conv_norm (p->b, x, &p->style, thaw_zoo_path (p->b, "%s.block.%d", name, part++),
                            (ThawConvSpec){ .out = wide, .kernel = 1 });
  x = thaw_zoo_conv_norm (p->b, x, &p->style, thaw_zoo_path (p->b, "%s.block.%d", name, part++),
                          depthwise);
  x = thaw_zoo_squeeze_excite (p->b, x, thaw_zoo_path (p->b, "%s.block.%d", name, part++),
                               MAX (1, in / 4), THAW_ACTIVATION_SILU, THAW_ACTIVATION_SIGMOID);
  return thaw_zoo_conv_norm (p->b, x, &p->plain, thaw_zoo_path (p->b, "%s.block.%d", name, part),
                             (ThawConvSpec){ .out = out, .kernel = 1 });
}

static ThawNode *
add_block (const Parts *p, ThawNode *x, const char *name, const Stage *stage, int stride)
{
  gint64 in = x ? x->shape.dim[3] : 0, out = thaw_zoo_round (stage->out, p->width);
  gint64 wide = thaw_zoo_round ((double)in, stage->expand);
  ThawNode *y = stage->fused
                    ? add_fused (p, x, name, stage, stride, stage->expand > 1 ? wide : 0, out)
                    : add_inverted (p, x, name, stage, stride, wide, out);

  return stride == 1 && in == out ? thaw_nn_add (p->b, y, x, thaw_zoo_path (p->b, "%s.add", name))
                                  : y;
}

static ThawNode *
add_features (const Parts *p, ThawNode *x, const Stage *stages, double depth)
{
  ThawConvSpec last = { .out = 1280, .kernel = 1 };
  int s = 0;

  x = thaw_zoo_conv_norm (
      p->b, x, &p->style, "features.0",
      (ThawConvSpec){ .out
                      = thaw_zoo_round (stages == first_version ? 32 : stages[0].out, p->width),
                      .kernel = 3,
                      .stride = 2 });
  for (; stages[s].out; s++)
    for (int i = 0; i < (int)ceil (stages[s].repeats * depth); i++)
      x = add_block (p, x, thaw_zoo_path (p->b, "features.%d.%d", s + 1, i), &stages[s],
                     i ? 1 : stages[s].stride);
  if (stages == first_version)
    last.out = x ? 4 * x->shape.dim[3] : 0;
  return thaw_zoo_conv_norm (p->b, x, &p->style, thaw_zoo_path (p->b, "features.%d", s + 1), last);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint v = thaw_zoo_index (&thaw_family_efficientnet, request->architecture);
  ThawBuilder b;
  const ThawZooStyle own = { THAW_PADDING_EXPLICIT, FALSE, variants[v].eps, THAW_ACTIVATION_SILU };
  Parts parts = { &b, thaw_zoo_style (request, &own), thaw_zoo_style (request, &own), variants[v].width };
  ThawNode *x = thaw_zoo_begin (&b, variants[v].size);

  parts.plain.activation = THAW_ACTIVATION_NONE;
  *preprocessing
      = variants[v].stages == large
            ? thaw_zoo_preprocessing (variants[v].resize, variants[v].size, 127.5f, 127.5f)
            : thaw_zoo_preprocessing_imagenet (variants[v].resize, variants[v].size);
  preprocessing->filter = variants[v].filter;
  x = add_features (&parts, x, variants[v].stages, variants[v].depth);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_dropout (&b, x, "classifier.0", variants[v].dropout);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.1", request->classes, TRUE), error);
}

#define STEM_AND_BLOCKS                                                                            \
  { "features.0.0", "conv_stem" }, { "features.0.1", "bn1" }, { "features.0.2", "act1" },          \
  { "features.*.*.block", "blocks.-.*.block" }, { "features.*.*.add", "blocks.-.*.add" }

static const ThawZooRule first_rules[] = { STEM_AND_BLOCKS,
                                           { "features.*.0", "conv_head" },
                                           { "features.*.1", "bn2" },
                                           { "features.*.2", "act2" },
                                           THAW_ZOO_SEPARABLE_RULES,
                                           THAW_ZOO_INVERTED_RULES,
                                           { "avgpool", "global_pool" },
                                           { "classifier.0", "drop" },
                                           { "classifier.1", "classifier" },
                                           { NULL } };
/* Three stages are fused, the first of them without an expansion. */
static const ThawZooRule second_rules[] = { STEM_AND_BLOCKS,
                                            { "features.*.0", "conv_head" },
                                            { "features.*.1", "bn2" },
                                            { "features.*.2", "act2" },
                                            { "blocks.0.*.block.0.0", "blocks.0.*.conv" },
                                            { "blocks.0.*.block.0.1", "blocks.0.*.bn1" },
                                            { "blocks.0.*.block.0.2", "blocks.0.*.act1" },
                                            { "blocks.1.*.block.0.0", "blocks.1.*.conv_exp" },
                                            { "blocks.1.*.block.1.0", "blocks.1.*.conv_pwl" },
                                            { "blocks.1.*.block.1.1", "blocks.1.*.bn2" },
                                            { "blocks.2.*.block.0.0", "blocks.2.*.conv_exp" },
                                            { "blocks.2.*.block.1.0", "blocks.2.*.conv_pwl" },
                                            { "blocks.2.*.block.1.1", "blocks.2.*.bn2" },
                                            THAW_ZOO_INVERTED_RULES,
                                            { "avgpool", "global_pool" },
                                            { "classifier.0", "drop" },
                                            { "classifier.1", "classifier" },
                                            { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return variants[thaw_zoo_index (&thaw_family_efficientnet, architecture)].stages == first_version
             ? first_rules
             : second_rules;
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_efficientnet, weights, classes);
}

const ThawFamily thaw_family_efficientnet
    = { "efficientnet", architectures, titles, build, recognise, .rules = rules };
