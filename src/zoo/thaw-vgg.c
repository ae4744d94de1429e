/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VGG (Simonyan, Zisserman 2014) without and with BatchNorm, parameters under torchvision's names.
 */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", NULL };
static const char *const titles[]
    = { "VGG-11",           "VGG-13",           "VGG-16",           "VGG-19",
        "VGG-11 BatchNorm", "VGG-13 BatchNorm", "VGG-16 BatchNorm", "VGG-19 BatchNorm" };

enum
{
  N_DEPTHS = 4,
  N_STAGES = 5
};

static const int repeats[N_DEPTHS][N_STAGES]
    = { { 1, 1, 2, 2, 2 }, { 2, 2, 2, 2, 2 }, { 2, 2, 3, 3, 3 }, { 2, 2, 4, 4, 4 } };
static const int widths[N_STAGES] = { 64, 128, 256, 512, 512 };

static ThawNode *
add_conv (ThawBuilder *b, ThawNode *x, int width, gboolean norm, int *number)
{
  ThawConvSpec spec = { .out = width, .kernel = 3, .pad = 1, .bias = TRUE };

  x = thaw_nn_conv (b, x, thaw_zoo_path (b, "features.%d", (*number)++), &spec);
  if (norm)
    x = thaw_nn_batchnorm (b, x, thaw_zoo_path (b, "features.%d", (*number)++), 1e-5);
  return thaw_nn_activation (b, x, thaw_zoo_path (b, "features.%d", (*number)++),
                             THAW_ACTIVATION_RELU);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_vgg, request->architecture);
  int number = 0;
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  for (int s = 0; s < N_STAGES; s++)
    {
      for (int i = 0; i < repeats[variant % N_DEPTHS][s]; i++)
        x = add_conv (&b, x, widths[s], variant >= N_DEPTHS, &number);
      x = thaw_nn_max_pool (&b, x, thaw_zoo_path (&b, "features.%d", number++), 2, 2, 0, FALSE);
    }
  x = thaw_nn_flatten (&b, thaw_nn_adaptive_pool (&b, x, "avgpool", 7, 7), "flatten");
  for (int i = 0; i < 2; i++)
    {
      x = thaw_nn_linear (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i), 4096, TRUE);
      x = thaw_nn_activation (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i + 1),
                              THAW_ACTIVATION_RELU);
      if (i == 1)
        *features = x;
      x = thaw_nn_dropout (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i + 2), .5f);
    }
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.6", request->classes, TRUE), error);
}

/* timm's first two matrices are convolutions, over the whole picture and over one point. */
static const ThawZooRule timm_rules[] = { { "classifier.0", "pre_logits.fc1", 7 },
                                          { "classifier.1", "pre_logits.act1" },
                                          { "classifier.2", "pre_logits.drop" },
                                          { "classifier.3", "pre_logits.fc2", 1 },
                                          { "classifier.4", "pre_logits.act2" },
                                          { "classifier.5", "head.drop" },
                                          { "classifier.6", "head.fc" },
                                          { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return timm_rules;
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_vgg, weights, classes);
}

const ThawFamily thaw_family_vgg
    = { "vgg", architectures, titles, build, recognise, .rules = rules };
