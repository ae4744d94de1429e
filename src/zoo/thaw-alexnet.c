/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AlexNet (Krizhevsky 2014, "One weird trick"), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "alexnet", NULL };
static const char *const titles[] = { "AlexNet" };

/* features.N: a convolution with its ReLU after it, or (out 0) a pool */
static const struct
{
  int out, kernel, stride, pad;
} layers[] = { { 64, 11, 4, 2 }, { 0 }, { 192, 5, 1, 2 }, { 0 }, { 384, 3, 1, 1 }, { 256, 3, 1, 1 },
               { 256, 3, 1, 1 }, { 0 } };

static ThawNode *
add_features (ThawBuilder *b, ThawNode *x)
{
  int number = 0;

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      ThawConvSpec spec = { .out = layers[i].out,
                            .kernel = layers[i].kernel,
                            .stride = layers[i].stride,
                            .pad = layers[i].pad,
                            .bias = TRUE };
      const char *name = thaw_zoo_path (b, "features.%d", number++);

      if (!layers[i].out)
        x = thaw_nn_max_pool (b, x, name, 3, 2, 0, FALSE);
      else
        x = thaw_nn_activation (b, thaw_nn_conv (b, x, name, &spec),
                                thaw_zoo_path (b, "features.%d", number++), THAW_ACTIVATION_RELU);
    }
  return x;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  ThawBuilder b;
  ThawNode *x = add_features (&b, thaw_zoo_begin (&b, 224));

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_nn_flatten (&b, thaw_nn_adaptive_pool (&b, x, "avgpool", 6, 6), "flatten");
  for (int i = 0; i < 2; i++)
    {
      x = thaw_nn_dropout (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i), .5f);
      x = thaw_nn_linear (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i + 1), 4096, TRUE);
      x = thaw_nn_activation (&b, x, thaw_zoo_path (&b, "classifier.%d", 3 * i + 2),
                              THAW_ACTIVATION_RELU);
    }
  *features = x;
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.6", request->classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_alexnet, weights, classes);
}

const ThawFamily thaw_family_alexnet = { "alexnet", architectures, titles, build, recognise };
