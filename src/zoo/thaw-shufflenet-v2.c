/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ShuffleNet V2 (Ma et al. 2018), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "shufflenet_v2_x0_5", "shufflenet_v2_x1_0",
                                             "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", NULL };
static const char *const titles[]
    = { "ShuffleNet V2 0.5", "ShuffleNet V2 1.0", "ShuffleNet V2 1.5", "ShuffleNet V2 2.0" };

enum
{
  N_STAGES = 3
};

static const int widths[][N_STAGES + 1] = {
  { 48, 96, 192, 1024 }, { 116, 232, 464, 1024 }, { 176, 352, 704, 1024 }, { 244, 488, 976, 2048 }
};
static const int repeats[N_STAGES] = { 4, 8, 4 };
static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };

/* The sequence @name from its layer @first on: BatchNorm after each convolution, ReLU where it
 * mixes channels */
static ThawNode *
add_conv (ThawBuilder *b, ThawNode *x, const char *name, int first, ThawConvSpec spec)
{
  ThawZooNames names = { name, thaw_zoo_path (b, "%d", first), thaw_zoo_path (b, "%d", first + 1),
                         spec.groups ? NULL : thaw_zoo_path (b, "%d", first + 2) };

  return thaw_zoo_conv (b, x, &style, &names, spec);
}

static ThawNode *
add_depthwise (ThawBuilder *b, ThawNode *x, const char *name, int first, int stride)
{
  int channels = x ? (int)x->shape.dim[3] : 0;

  return add_conv (
      b, x, name, first,
      (ThawConvSpec){ .out = channels, .kernel = 3, .stride = stride, .groups = channels });
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, int out, int stride)
{
  ThawConvSpec pointwise = { .out = out / 2, .kernel = 1 };
  const char *branch1 = thaw_zoo_path (b, "%s.branch1", name);
  const char *branch2 = thaw_zoo_path (b, "%s.branch2", name);
  ThawNode *parts[2] = { x, x };

  if (stride > 1)
    parts[0] = add_conv (b, add_depthwise (b, x, branch1, 0, stride), branch1, 2, pointwise);
  else
    for (int i = 0; i < 2; i++)
      parts[i] = thaw_nn_slice (b, x, thaw_zoo_path (b, "%s.half%d", name, i + 1), 3, i * out / 2,
                                out / 2);
  parts[1] = add_conv (b, parts[1], branch2, 0, pointwise);
  parts[1] = add_depthwise (b, parts[1], branch2, 3, stride);
  parts[1] = add_conv (b, parts[1], branch2, 5, pointwise);
  x = thaw_nn_concat (b, parts, 2, thaw_zoo_path (b, "%s.cat", name), 3);
  return thaw_nn_shuffle (b, x, thaw_zoo_path (b, "%s.shuffle", name), 2);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  const int *width = widths[thaw_zoo_index (&thaw_family_shufflenet_v2, request->architecture)];
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_zoo_conv_norm (&b, x, &style, "conv1",
                          (ThawConvSpec){ .out = 24, .kernel = 3, .stride = 2 });
  x = thaw_nn_max_pool (&b, x, "maxpool", 3, 2, 1, FALSE);
  for (int s = 0; s < N_STAGES; s++)
    for (int i = 0; i < repeats[s]; i++)
      x = add_block (&b, x, thaw_zoo_path (&b, "stage%d.%d", s + 2, i), width[s], i ? 1 : 2);
  x = thaw_zoo_conv_norm (&b, x, &style, "conv5",
                          (ThawConvSpec){ .out = width[N_STAGES], .kernel = 1 });
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "mean"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", request->classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_shufflenet_v2, weights, classes);
}

const ThawFamily thaw_family_shufflenet_v2
    = { "shufflenet_v2", architectures, titles, build, recognise };
