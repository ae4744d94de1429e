/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GoogLeNet (Szegedy et al. 2014) with BatchNorm, parameters under torchvision's names.
 *
 * The published weights came from TensorFlow and want pictures from -1 to 1, which torchvision's
 * transform_input makes of its usual ones; the file does not say so. "googlenet_imagenet_input" is
 * without it. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "googlenet", "googlenet_imagenet_input", NULL };
static const char *const titles[] = { "GoogLeNet", "GoogLeNet (ImageNet's mean and deviation)" };

static const char *const assumptions[]
    = { "pictures from -1 to 1, as the published weights were trained (torchvision's "
        "transform_input); with ImageNet's mean and deviation it is googlenet_imagenet_input",
        "ImageNet's mean and deviation; with pictures from -1 to 1 it is googlenet" };

/* A block's four branches: 1 x 1; 1 x 1 and 3 x 3; the same again; a pool and 1 x 1. */
typedef struct
{
  const char *name;
  int out[6];
} Block;

static const Block blocks[] = { { "inception3a", { 64, 96, 128, 16, 32, 32 } },
                                { "inception3b", { 128, 128, 192, 32, 96, 64 } },
                                { "maxpool3", { 0 } },
                                { "inception4a", { 192, 96, 208, 16, 48, 64 } },
                                { "inception4b", { 160, 112, 224, 24, 64, 64 } },
                                { "inception4c", { 128, 128, 256, 24, 64, 64 } },
                                { "inception4d", { 112, 144, 288, 32, 64, 64 } },
                                { "inception4e", { 256, 160, 320, 32, 128, 128 } },
                                { "maxpool4", { 0 } },
                                { "inception5a", { 256, 160, 320, 32, 128, 128 } },
                                { "inception5b", { 384, 192, 384, 48, 128, 128 } } };

static ThawNode *
add_conv (ThawBuilder *b, ThawNode *x, const char *name, int out, int kernel)
{
  return thaw_zoo_basic_conv (b, x, name, (ThawConvSpec){ .out = out, .kernel = kernel });
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const Block *block)
{
  const int *out = block->out;
  ThawNode *parts[4];

  parts[0] = add_conv (b, x, thaw_zoo_path (b, "%s.branch1", block->name), out[0], 1);
  for (int i = 1; i < 3; i++)
    {
      parts[i] = add_conv (b, x, thaw_zoo_path (b, "%s.branch%d.0", block->name, i + 1),
                           out[2 * i - 1], 1);
      parts[i] = add_conv (b, parts[i], thaw_zoo_path (b, "%s.branch%d.1", block->name, i + 1),
                           out[2 * i], 3);
    }
  parts[3] = thaw_nn_max_pool (b, x, thaw_zoo_path (b, "%s.branch4.0", block->name), 3, 1, 1, TRUE);
  parts[3] = add_conv (b, parts[3], thaw_zoo_path (b, "%s.branch4.1", block->name), out[5], 1);
  return thaw_nn_concat (b, parts, 4, thaw_zoo_path (b, "%s.cat", block->name), 3);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_index (&thaw_family_googlenet, request->architecture)
                       ? thaw_zoo_preprocessing_imagenet (256, 224)
                       : thaw_zoo_preprocessing (256, 224, 127.5f, 127.5f);
  x = thaw_zoo_basic_conv (&b, x, "conv1", (ThawConvSpec){ .out = 64, .kernel = 7, .stride = 2 });
  x = thaw_nn_max_pool (&b, x, "maxpool1", 3, 2, 0, TRUE);
  x = add_conv (&b, x, "conv2", 64, 1);
  x = add_conv (&b, x, "conv3", 192, 3);
  x = thaw_nn_max_pool (&b, x, "maxpool2", 3, 2, 0, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      int kernel = g_str_equal (blocks[i].name, "maxpool3") ? 3 : 2;

      x = blocks[i].out[0] ? add_block (&b, x, &blocks[i])
                           : thaw_nn_max_pool (&b, x, blocks[i].name, kernel, 2, 0, TRUE);
    }
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_dropout (&b, x, "dropout", .2f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", request->classes, TRUE), error);
}

/* The classifiers halfway are there for training from nothing alone. */
static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  thaw_zoo_drop (weights, "aux1.");
  thaw_zoo_drop (weights, "aux2.");
  return thaw_zoo_match (&thaw_family_googlenet, weights, classes);
}

const ThawFamily thaw_family_googlenet
    = { "googlenet", architectures, titles, build, recognise, assumptions };
