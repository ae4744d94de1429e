/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MobileNetV3 (Howard et al. 2019), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "mobilenet_v3_small", "mobilenet_v3_large", NULL };
static const char *const titles[] = { "MobileNetV3 Small", "MobileNetV3 Large" };

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

static const ThawZooStyle hard = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_HARDSWISH };
static const ThawZooStyle soft = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_RELU };
static const ThawZooStyle plain = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_NONE };

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, const Block *block)
{
  const ThawZooStyle *style = block->hard ? &hard : &soft;
  gint64 in = x ? x->shape.dim[3] : 0;
  ThawNode *y = x;
  int part = 0;

  if (block->expanded != in)
    y = thaw_zoo_conv_norm (b, y, style, thaw_zoo_path (b, "%s.block.%d", name, part++),
                            (ThawConvSpec){ .out = block->expanded, .kernel = 1 });
  y = thaw_zoo_conv_norm (b, y, style, thaw_zoo_path (b, "%s.block.%d", name, part++),
                          (ThawConvSpec){ .out = block->expanded,
                                          .kernel = block->kernel,
                                          .stride = block->stride,
                                          .groups = block->expanded });
  if (block->squeezes)
    y = thaw_zoo_squeeze_excite (b, y, thaw_zoo_path (b, "%s.block.%d", name, part++),
                                 thaw_zoo_round (block->expanded / 4, 1), THAW_ACTIVATION_RELU,
                                 THAW_ACTIVATION_HARDSIGMOID);
  y = thaw_zoo_conv_norm (b, y, &plain, thaw_zoo_path (b, "%s.block.%d", name, part),
                          (ThawConvSpec){ .out = block->out, .kernel = 1 });
  return block->stride == 1 && in == block->out
             ? thaw_nn_add (b, y, x, thaw_zoo_path (b, "%s.add", name))
             : y;
}

static ThawGraph *
build (const char *architecture,
       gint64 classes,
       ThawNode **features,
       ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_mobilenet_v3, architecture);
  int n = variants[variant].n_blocks;
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_zoo_conv_norm (&b, x, &hard, "features.0",
                          (ThawConvSpec){ .out = 16, .kernel = 3, .stride = 2 });
  for (int i = 0; i < n; i++)
    x = add_block (&b, x, thaw_zoo_path (&b, "features.%d", i + 1), &variants[variant].blocks[i]);
  x = thaw_zoo_conv_norm (
      &b, x, &hard, thaw_zoo_path (&b, "features.%d", n + 1),
      (ThawConvSpec){ .out = 6 * variants[variant].blocks[n - 1].out, .kernel = 1 });
  x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_linear (&b, x, "classifier.0", variants[variant].last, TRUE);
  *features = x = thaw_nn_activation (&b, x, "classifier.1", THAW_ACTIVATION_HARDSWISH);
  x = thaw_nn_dropout (&b, x, "classifier.2", .2f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.3", classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_mobilenet_v3, weights, classes);
}

const ThawFamily thaw_family_mobilenet_v3
    = { "mobilenet_v3", architectures, titles, build, recognise };
