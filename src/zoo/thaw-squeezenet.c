/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SqueezeNet (Iandola et al. 2016), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "squeezenet1_0", "squeezenet1_1", NULL };
static const char *const titles[] = { "SqueezeNet 1.0", "SqueezeNet 1.1" };

enum
{
  N_LAYERS = 10
};

/* features.3 and on: the width of a fire module's squeeze, or 0 for a pool. */
static const int layers[][N_LAYERS]
    = { { 16, 16, 32, 0, 32, 48, 48, 64, 0, 64 }, { 16, 16, 0, 32, 32, 0, 48, 48, 64, 64 } };

static ThawNode *
add_conv (ThawBuilder *b, ThawNode *x, const char *block, const char *conv, gint64 out, int kernel)
{
  g_autofree char *name = thaw_zoo_name (block, conv);
  g_autofree char *activation = g_strconcat (name, "_activation", NULL);
  ThawConvSpec spec = { .out = out, .kernel = kernel, .pad = kernel / 2, .bias = TRUE };

  return thaw_nn_activation (b, thaw_nn_conv (b, x, name, &spec), activation, THAW_ACTIVATION_RELU);
}

static ThawNode *
add_layer (ThawBuilder *b, ThawNode *x, guint i, int squeeze)
{
  g_autofree char *block = g_strdup_printf ("features.%u", i);
  g_autofree char *join = thaw_zoo_name (block, "cat");
  ThawNode *parts[2];

  if (!squeeze)
    return thaw_nn_max_pool (b, x, block, 3, 2, 0, TRUE);
  x = add_conv (b, x, block, "squeeze", squeeze, 1);
  parts[0] = add_conv (b, x, block, "expand1x1", 4 * squeeze, 1);
  parts[1] = add_conv (b, x, block, "expand3x3", 4 * squeeze, 3);
  return thaw_nn_concat (b, parts, 2, join, 3);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_squeezenet, request->architecture);
  ThawConvSpec first
      = { .out = variant ? 64 : 96, .kernel = variant ? 3 : 7, .stride = 2, .bias = TRUE };
  ThawConvSpec last = { .out = request->classes, .kernel = 1, .bias = TRUE };
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_nn_activation (&b, thaw_nn_conv (&b, x, "features.0", &first), "features.1",
                          THAW_ACTIVATION_RELU);
  x = thaw_nn_max_pool (&b, x, "features.2", 3, 2, 0, TRUE);
  for (guint i = 0; i < N_LAYERS; i++)
    x = add_layer (&b, x, i + 3, layers[variant][i]);
  *features = x;
  x = thaw_nn_conv (&b, thaw_nn_dropout (&b, x, "classifier.0", .5f), "classifier.1", &last);
  x = thaw_nn_activation (&b, x, "classifier.2", THAW_ACTIVATION_RELU);
  x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "classifier.3"), "flatten");
  return thaw_zoo_end (&b, x, error);
}

/* Caffe's names, kernels in TensorFlow's layout; fire modules count from 2, without pools. */
static void
relayout (ThawTensorMap *weights, guint variant)
{
  static const char *const parts[][2]
      = { { "squeeze1x1", "squeeze" }, { "expand1x1", "expand1x1" }, { "expand3x3", "expand3x3" } };
  guint fire = 2;

  thaw_zoo_relayout (weights, "conv1", "features.0", FALSE);
  for (guint i = 0; i < N_LAYERS; i++)
    {
      if (!layers[variant][i])
        continue;
      for (guint p = 0; p < G_N_ELEMENTS (parts); p++)
        {
          g_autofree char *from = g_strdup_printf ("fire%u_%s", fire, parts[p][0]);
          g_autofree char *to = g_strdup_printf ("features.%u.%s", i + 3, parts[p][1]);

          thaw_zoo_relayout (weights, from, to, FALSE);
        }
      fire++;
    }
  thaw_zoo_relayout (weights, "conv10", "classifier.1", FALSE);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  const ThawTensor *first = thaw_tensor_map_get (weights, "conv1/kernel");

  if (first && thaw_tensor_map_get (weights, "fire2_squeeze1x1/kernel"))
    relayout (weights, first->shape.rank == 4 && first->shape.dim[0] == 7 ? 0 : 1);
  return thaw_zoo_match (&thaw_family_squeezenet, weights, classes);
}

const ThawFamily thaw_family_squeezenet = { "squeezenet", architectures, titles, build, recognise };
