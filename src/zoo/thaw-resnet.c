/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ResNet (He et al. 2015, the stride in the 3 x 3 convolution of a bottleneck), ResNeXt (Xie et al.
 * 2016) and Wide ResNet (Zagoruyko, Komodakis 2016), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "resnet18",
                                             "resnet34",
                                             "resnet50",
                                             "resnet101",
                                             "resnet152",
                                             "resnext50_32x4d",
                                             "resnext101_32x8d",
                                             "resnext101_64x4d",
                                             "wide_resnet50_2",
                                             "wide_resnet101_2",
                                             NULL };
static const char *const titles[]
    = { "ResNet-18",        "ResNet-34",        "ResNet-50",         "ResNet-101",
        "ResNet-152",       "ResNeXt-50 32x4d", "ResNeXt-101 32x8d", "ResNeXt-101 64x4d",
        "Wide ResNet-50-2", "Wide ResNet-101-2" };

static const struct
{
  gboolean bottleneck;
  int repeats[4];
  int groups, width; /* of the 3 x 3 convolution: groups, and the first stage's channels in each */
} variants[] = { { FALSE, { 2, 2, 2, 2 }, 1, 64 }, { FALSE, { 3, 4, 6, 3 }, 1, 64 },
                 { TRUE, { 3, 4, 6, 3 }, 1, 64 },  { TRUE, { 3, 4, 23, 3 }, 1, 64 },
                 { TRUE, { 3, 8, 36, 3 }, 1, 64 }, { TRUE, { 3, 4, 6, 3 }, 32, 4 },
                 { TRUE, { 3, 4, 23, 3 }, 32, 8 }, { TRUE, { 3, 4, 23, 3 }, 64, 4 },
                 { TRUE, { 3, 4, 6, 3 }, 1, 128 }, { TRUE, { 3, 4, 23, 3 }, 1, 128 } };

static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, guint variant, int stage, int stride)
{
  gboolean bottleneck = variants[variant].bottleneck;
  int groups = variants[variant].groups, width = (groups * variants[variant].width) << stage;
  int out = bottleneck ? 256 << stage : width;
  g_autofree char *shortcut = thaw_zoo_name (name, "downsample");
  g_autofree char *sum = thaw_zoo_name (name, "add");
  g_autofree char *last = thaw_zoo_name (name, bottleneck ? "relu3" : "relu2");
  ThawConvSpec narrow
      = { .out = width, .kernel = bottleneck ? 1 : 3, .stride = bottleneck ? 1 : stride };
  ThawConvSpec middle
      = { .out = width, .kernel = 3, .stride = bottleneck ? stride : 1, .groups = groups };
  ThawNode *y = x;

  y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv1", "bn1", "relu1" }, narrow);
  y = thaw_zoo_conv (b, y, &style,
                     &(ThawZooNames){ name, "conv2", "bn2", bottleneck ? "relu2" : NULL }, middle);
  if (bottleneck)
    y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv3", "bn3", NULL },
                       (ThawConvSpec){ .out = out, .kernel = 1 });
  if (x && (stride > 1 || x->shape.dim[3] != out))
    x = thaw_zoo_conv (b, x, &style, &(ThawZooNames){ shortcut, "0", "1", NULL },
                       (ThawConvSpec){ .out = out, .kernel = 1, .stride = stride });
  return thaw_nn_activation (b, thaw_nn_add (b, y, x, sum), last, THAW_ACTIVATION_RELU);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_resnet, request->architecture);
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "", "conv1", "bn1", "relu" },
                     (ThawConvSpec){ .out = 64, .kernel = 7, .stride = 2 });
  x = thaw_nn_max_pool (&b, x, "maxpool", 3, 2, 1, FALSE);
  for (int s = 0; s < 4; s++)
    for (int i = 0; i < variants[variant].repeats[s]; i++)
      {
        g_autofree char *name = g_strdup_printf ("layer%d.%d", s + 1, i);

        x = add_block (&b, x, name, variant, s, s && !i ? 2 : 1);
      }
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", request->classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_resnet, weights, classes);
}

const ThawFamily thaw_family_resnet = { "resnet", architectures, titles, build, recognise };
