/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MobileNetV3 (Howard et al. 2019), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "mobilenet_v3_small",       "mobilenet_v3_large",       "mobilenet_v3_small_x0_5",
        "mobilenet_v3_small_x0_75", "mobilenet_v3_large_x0_75", NULL };
static const char *const titles[]
    = { "MobileNetV3 Small", "MobileNetV3 Large", "MobileNetV3 Small 0.5", "MobileNetV3 Small 0.75",
        "MobileNetV3 Large 0.75" };
static const struct
{
  int    large;
  double width;
} sizes[] = { { 0, 1 }, { 1, 1 }, { 0, .5 }, { 0, .75 }, { 1, .75 } };

enum
{
  MOST_BLOCKS = 15
};

typedef struct
{
  int kernel, expanded, out;
  gboolean squeezes, hard; /* hard-swish instead of ReLU */
  int stride;
} Block;

static const struct
{
  int last, n_blocks;
  Block blocks[MOST_BLOCKS];
} variants[] = { { 1024,
                   11,
                   { { 3, 16, 16, TRUE, FALSE, 2 },
                     { 3, 72, 24, FALSE, FALSE, 2 },
                     { 3, 88, 24, FALSE, FALSE, 1 },
                     { 5, 96, 40, TRUE, TRUE, 2 },
                     { 5, 240, 40, TRUE, TRUE, 1 },
                     { 5, 240, 40, TRUE, TRUE, 1 },
                     { 5, 120, 48, TRUE, TRUE, 1 },
                     { 5, 144, 48, TRUE, TRUE, 1 },
                     { 5, 288, 96, TRUE, TRUE, 2 },
                     { 5, 576, 96, TRUE, TRUE, 1 },
                     { 5, 576, 96, TRUE, TRUE, 1 } } },
                 { 1280,
                   15,
                   { { 3, 16, 16, FALSE, FALSE, 1 },
                     { 3, 64, 24, FALSE, FALSE, 2 },
                     { 3, 72, 24, FALSE, FALSE, 1 },
                     { 5, 72, 40, TRUE, FALSE, 2 },
                     { 5, 120, 40, TRUE, FALSE, 1 },
                     { 5, 120, 40, TRUE, FALSE, 1 },
                     { 3, 240, 80, FALSE, TRUE, 2 },
                     { 3, 200, 80, FALSE, TRUE, 1 },
                     { 3, 184, 80, FALSE, TRUE, 1 },
                     { 3, 184, 80, FALSE, TRUE, 1 },
                     { 3, 480, 112, TRUE, TRUE, 1 },
                     { 3, 672, 112, TRUE, TRUE, 1 },
                     { 5, 672, 160, TRUE, TRUE, 2 },
                     { 5, 960, 160, TRUE, TRUE, 1 },
                     { 5, 960, 160, TRUE, TRUE, 1 } } } };

static const ThawZooStyle own = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_HARDSWISH };

typedef struct
{
  ThawBuilder *b;
  ThawZooStyle hard, soft, plain;
  double       width;
} Parts;

static ThawNode *
add_block (const Parts *p, ThawNode *x, const char *name, const Block *block, int before)
{
  const ThawZooStyle *style = block->hard ? &p->hard : &p->soft;
  ThawBuilder *b = p->b;
  gint64 in = x ? x->shape.dim[3] : 0, out = thaw_zoo_round (block->out, p->width);
  /* @before: what comes in where the width is 1 */
  int wide = (int) thaw_zoo_round ((double) in, (double) block->expanded / before);
  ThawNode *y = x;
  int part = 0;

  if (block->expanded != before)
    y = thaw_zoo_conv_norm (b, y, style, thaw_zoo_path (b, "%s.block.%d", name, part++),
                            (ThawConvSpec){ .out = wide, .kernel = 1 });
  y = thaw_zoo_conv_norm (b, y, style, thaw_zoo_path (b, "%s.block.%d", name, part++),
                          (ThawConvSpec){ .out = wide,
                                          .kernel = block->kernel,
                                          .stride = block->stride,
                                          .groups = wide });
  if (block->squeezes)
    y = thaw_zoo_squeeze_excite (b, y, thaw_zoo_path (b, "%s.block.%d", name, part++),
                                 thaw_zoo_round (wide / 4., 1), THAW_ACTIVATION_RELU,
                                 THAW_ACTIVATION_HARDSIGMOID);
  y = thaw_zoo_conv_norm (b, y, &p->plain, thaw_zoo_path (b, "%s.block.%d", name, part),
                          (ThawConvSpec){ .out = out, .kernel = 1 });
  return block->stride == 1 && in == out
             ? thaw_nn_add (b, y, x, thaw_zoo_path (b, "%s.add", name))
             : y;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint index = thaw_zoo_index (&thaw_family_mobilenet_v3, request->architecture);
  guint variant = sizes[index].large;
  const Block *blocks = variants[variant].blocks;
  int n = variants[variant].n_blocks;
  ThawBuilder b;
  const ThawZooStyle style = thaw_zoo_style (request, &own);
  Parts parts = { &b, style, style, style, sizes[index].width };
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  parts.soft.activation = THAW_ACTIVATION_RELU;
  parts.plain.activation = THAW_ACTIVATION_NONE;
  x = thaw_zoo_conv_norm (&b, x, &parts.hard, "features.0",
                          (ThawConvSpec){ .out = 16, .kernel = 3, .stride = 2 });
  for (int i = 0; i < n; i++)
    x = add_block (&parts, x, thaw_zoo_path (&b, "features.%d", i + 1), &blocks[i],
                   i ? blocks[i - 1].out : 16);
  x = thaw_zoo_conv_norm (
      &b, x, &parts.hard, thaw_zoo_path (&b, "features.%d", n + 1),
      (ThawConvSpec){ .out = thaw_zoo_round (6 * blocks[n - 1].out, parts.width), .kernel = 1 });
  x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_linear (&b, x, "classifier.0", variants[variant].last, TRUE);
  *features = x = thaw_nn_activation (&b, x, "classifier.1", THAW_ACTIVATION_HARDSWISH);
  x = thaw_nn_dropout (&b, x, "classifier.2", .2f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.3", request->classes, TRUE), error);
}

#define STEM { "features.0.0", "conv_stem" }, { "features.0.1", "bn1" }, { "features.0.2", "act1" }
#define CLASSIFIER                                                                                 \
  { "avgpool", "global_pool" }, { "classifier.0", "conv_head", 1 }, { "classifier.1", "act2" },    \
  { "classifier.2", "drop" }, { "classifier.3", "classifier" }

static const ThawZooRule small_rules[] = {
    STEM,
    { "features.12.0", "blocks.5.0.conv" }, { "features.12.1", "blocks.5.0.bn1" },
    { "features.12.2", "blocks.5.0.act1" }, { "features.1", "blocks.0.0" },
    { "features.2", "blocks.1.0" }, { "features.3", "blocks.1.1" },
    { "features.4", "blocks.2.0" }, { "features.5", "blocks.2.1" },
    { "features.6", "blocks.2.2" }, { "features.7", "blocks.3.0" },
    { "features.8", "blocks.3.1" }, { "features.9", "blocks.4.0" },
    { "features.10", "blocks.4.1" }, { "features.11", "blocks.4.2" },
    THAW_ZOO_SEPARABLE_RULES, THAW_ZOO_INVERTED_RULES, CLASSIFIER, { NULL }
};
static const ThawZooRule large_rules[] = {
    STEM,
    { "features.16.0", "blocks.6.0.conv" }, { "features.16.1", "blocks.6.0.bn1" },
    { "features.16.2", "blocks.6.0.act1" }, { "features.1", "blocks.0.0" },
    { "features.2", "blocks.1.0" }, { "features.3", "blocks.1.1" },
    { "features.4", "blocks.2.0" }, { "features.5", "blocks.2.1" },
    { "features.6", "blocks.2.2" }, { "features.7", "blocks.3.0" },
    { "features.8", "blocks.3.1" }, { "features.9", "blocks.3.2" },
    { "features.10", "blocks.3.3" }, { "features.11", "blocks.4.0" },
    { "features.12", "blocks.4.1" }, { "features.13", "blocks.5.0" },
    { "features.14", "blocks.5.1" }, { "features.15", "blocks.5.2" },
    THAW_ZOO_SEPARABLE_RULES, THAW_ZOO_INVERTED_RULES, CLASSIFIER, { NULL }
};

static const ThawZooRule *
rules (const char *architecture)
{
  return sizes[thaw_zoo_index (&thaw_family_mobilenet_v3, architecture)].large ? large_rules
                                                                               : small_rules;
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_mobilenet_v3, weights, classes);
}

const ThawFamily thaw_family_mobilenet_v3
    = { "mobilenet_v3", architectures, titles, build, recognise, .rules = rules };
