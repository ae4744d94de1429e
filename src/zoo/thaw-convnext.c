/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ConvNeXt (Liu et al. 2022), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "convnext_tiny",  "convnext_small", "convnext_base",  "convnext_large", "convnext_xlarge",
        "convnext_atto",  "convnext_femto", "convnext_pico",  "convnext_nano",  NULL };
static const char *const titles[]
    = { "ConvNeXt Tiny", "ConvNeXt Small", "ConvNeXt Base", "ConvNeXt Large", "ConvNeXt XLarge",
        "ConvNeXt Atto", "ConvNeXt Femto", "ConvNeXt Pico", "ConvNeXt Nano" };

static const struct
{
  int width, blocks, deep, resize; /* a stage's blocks, and the third one's */
} variants[] = { { 96, 3, 9, 236 },   { 96, 3, 27, 230 }, { 128, 3, 27, 232 },
                 { 192, 3, 27, 232 }, { 256, 3, 27, 232 }, { 40, 2, 6, 232 },
                 { 48, 2, 6, 232 },   { 64, 2, 6, 232 },   { 80, 2, 8, 232 } };

enum
{
  FIRST_SMALL = 5 /* from here on timm has convolutions where the others have matrices */
};

#define EPS 1e-6

/* The parameter [C, 1, 1] as a vector, times x */
static ThawNode *
add_scale (ThawBuilder *b, ThawNode *x, const char *name)
{
  gint64 channels = x ? x->shape.dim[3] : 0;
  ThawNode *scale = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.layer_scale", name),
                                       &THAW_SHAPE (channels, 1, 1));

  scale = thaw_nn_reshape (b, scale, thaw_zoo_path (b, "%s.layer_scale_vector", name),
                           &THAW_SHAPE (channels));
  return thaw_nn_mul (b, x, scale, thaw_zoo_path (b, "%s.scale", name));
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name)
{
  int width = x ? (int)x->shape.dim[3] : 0;
  ThawConvSpec depthwise = { .out = width, .kernel = 7, .pad = 3, .groups = width, .bias = TRUE };
  ThawNode *y = x;

  y = thaw_nn_conv (b, y, thaw_zoo_path (b, "%s.block.0", name), &depthwise);
  y = thaw_nn_layernorm (b, y, thaw_zoo_path (b, "%s.block.2", name), EPS);
  y = thaw_nn_linear (b, y, thaw_zoo_path (b, "%s.block.3", name), 4 * width, TRUE);
  y = thaw_nn_activation (b, y, thaw_zoo_path (b, "%s.block.4", name), THAW_ACTIVATION_GELU);
  y = thaw_nn_linear (b, y, thaw_zoo_path (b, "%s.block.5", name), width, TRUE);
  return thaw_nn_add (b, add_scale (b, y, name), x, thaw_zoo_path (b, "%s.add", name));
}

static ThawNode *
add_features (ThawBuilder *b, ThawNode *x, guint variant)
{
  ThawConvSpec patches = { .out = variants[variant].width, .kernel = 4, .stride = 4, .bias = TRUE };

  x = thaw_nn_conv (b, x, "features.0.0", &patches);
  x = thaw_nn_layernorm (b, x, "features.0.1", EPS);
  for (int s = 0; s < 4; s++)
    {
      ThawConvSpec halve
          = { .out = variants[variant].width << s, .kernel = 2, .stride = 2, .bias = TRUE };

      if (s > 0)
        {
          x = thaw_nn_layernorm (b, x, thaw_zoo_path (b, "features.%d.0", 2 * s), EPS);
          x = thaw_nn_conv (b, x, thaw_zoo_path (b, "features.%d.1", 2 * s), &halve);
        }
      for (int i = 0; i < (s == 2 ? variants[variant].deep : variants[variant].blocks); i++)
        x = add_block (b, x, thaw_zoo_path (b, "features.%d.%d", 2 * s + 1, i));
    }
  return x;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_convnext, request->architecture);
  ThawBuilder b;
  ThawNode *x = add_features (&b, thaw_zoo_begin (&b, 224), variant);

  *preprocessing = thaw_zoo_preprocessing_imagenet (variants[variant].resize, 224);
  x = thaw_nn_layernorm (&b, thaw_nn_global_pool (&b, x, "avgpool"), "classifier.0", EPS);
  *features = x = thaw_nn_flatten (&b, x, "classifier.1");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.2", request->classes, TRUE), error);
}

#define STAGES                                                                                     \
  { "features.0", "stem" }, { "features.1.*", "stages.0.blocks.*" },                               \
  { "features.2", "stages.1.downsample" }, { "features.3.*", "stages.1.blocks.*" },                \
  { "features.4", "stages.2.downsample" }, { "features.5.*", "stages.2.blocks.*" },                \
  { "features.6", "stages.3.downsample" }, { "features.7.*", "stages.3.blocks.*" },                \
  { "stages.*.blocks.*.block.0", "stages.*.blocks.*.conv_dw" },                                    \
  { "stages.*.blocks.*.block.2", "stages.*.blocks.*.norm" },                                       \
  { "stages.*.blocks.*.block.4", "stages.*.blocks.*.mlp.act" },                                    \
  { "stages.*.blocks.*.layer_scale", "stages.*.blocks.*.gamma", -1 },                              \
  { "avgpool", "head.global_pool" }, { "classifier.0", "head.norm" },                              \
  { "classifier.1", "head.flatten" }, { "classifier.2", "head.fc" }

static const ThawZooRule timm_rules[]
    = { STAGES,
        { "stages.*.blocks.*.block.3", "stages.*.blocks.*.mlp.fc1" },
        { "stages.*.blocks.*.block.5", "stages.*.blocks.*.mlp.fc2" },
        { NULL } };
static const ThawZooRule small_rules[]
    = { STAGES,
        { "stages.*.blocks.*.block.3", "stages.*.blocks.*.mlp.fc1", 1 },
        { "stages.*.blocks.*.block.5", "stages.*.blocks.*.mlp.fc2", 1 },
        { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return thaw_zoo_index (&thaw_family_convnext, architecture) >= FIRST_SMALL ? small_rules
                                                                             : timm_rules;
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_convnext, weights, classes);
}

const ThawFamily thaw_family_convnext
    = { "convnext", architectures, titles, build, recognise, .rules = rules };
