/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DenseNet (Huang et al. 2017), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "densenet121", "densenet161", "densenet169", "densenet201", NULL };
static const char *const titles[]
    = { "DenseNet-121", "DenseNet-161", "DenseNet-169", "DenseNet-201" };

static const struct
{
  int growth, first, repeats[4];
} variants[] = { { 32, 64, { 6, 12, 24, 16 } },
                 { 48, 96, { 6, 12, 36, 24 } },
                 { 32, 64, { 6, 12, 32, 32 } },
                 { 32, 64, { 6, 12, 48, 32 } } };

/* BatchNorm, ReLU and a convolution, "NAME.norm1" ... with @suffix "1" */
static ThawNode *
add_norm_conv (
    ThawBuilder *b, ThawNode *x, const char *name, const char *suffix, gint64 out, int kernel)
{
  ThawConvSpec spec = { .out = out, .kernel = kernel, .pad = kernel / 2 };

  x = thaw_nn_batchnorm (b, x, thaw_zoo_path (b, "%s.norm%s", name, suffix), 1e-5);
  x = thaw_nn_activation (b, x, thaw_zoo_path (b, "%s.relu%s", name, suffix), THAW_ACTIVATION_RELU);
  return thaw_nn_conv (b, x, thaw_zoo_path (b, "%s.conv%s", name, suffix), &spec);
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, int block, int repeats, int growth)
{
  for (int i = 1; i <= repeats; i++)
    {
      const char *name = thaw_zoo_path (b, "features.denseblock%d.denselayer%d", block, i);
      ThawNode *parts[2] = { x };

      parts[1] = add_norm_conv (b, x, name, "1", 4 * growth, 1);
      parts[1] = add_norm_conv (b, parts[1], name, "2", growth, 3);
      x = thaw_nn_concat (b, parts, 2, thaw_zoo_path (b, "%s.cat", name), 3);
    }
  return x;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_densenet, request->architecture);
  static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "features", "conv0", "norm0", "relu0" },
                     (ThawConvSpec){ .out = variants[variant].first, .kernel = 7, .stride = 2 });
  x = thaw_nn_max_pool (&b, x, "features.pool0", 3, 2, 1, FALSE);
  for (int s = 1; s <= 4; s++)
    {
      const char *name = thaw_zoo_path (&b, "features.transition%d", s);

      x = add_block (&b, x, s, variants[variant].repeats[s - 1], variants[variant].growth);
      if (s == 4)
        break;
      x = add_norm_conv (&b, x, name, "", x ? x->shape.dim[3] / 2 : 0, 1);
      x = thaw_nn_avg_pool (&b, x, thaw_zoo_path (&b, "%s.pool", name), 2, 2, 0);
    }
  x = thaw_nn_batchnorm (&b, x, "features.norm5", 1e-5);
  x = thaw_nn_activation (&b, x, "features.relu5", THAW_ACTIVATION_RELU);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier", request->classes, TRUE), error);
}

/* The published files still say "denselayer1.norm.1" for "denselayer1.norm1". */
static void
rename_layers (ThawTensorMap *weights, guint variant)
{
  static const char *const parts[][2] = {
    { "norm.1", "norm1" }, { "conv.1", "conv1" }, { "norm.2", "norm2" }, { "conv.2", "conv2" }
  };

  for (int s = 0; s < 4; s++)
    for (int i = 0; i < variants[variant].repeats[s]; i++)
      for (guint p = 0; p < G_N_ELEMENTS (parts); p++)
        {
          g_autofree char *layer
              = g_strdup_printf ("features.denseblock%d.denselayer%d", s + 1, i + 1);
          g_autofree char *from = thaw_zoo_name (layer, parts[p][0]);
          g_autofree char *to = thaw_zoo_name (layer, parts[p][1]);

          thaw_zoo_rename (weights, from, to);
        }
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  if (thaw_tensor_map_get (weights, "features.denseblock1.denselayer1.norm.1.weight"))
    rename_layers (weights, G_N_ELEMENTS (variants) - 1);
  return thaw_zoo_match (&thaw_family_densenet, weights, classes);
}

const ThawFamily thaw_family_densenet = { "densenet", architectures, titles, build, recognise };
