/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EfficientNet-Lite: EfficientNet (Tan, Le 2019) without squeeze-and-excitation, with ReLU6 and a
 * fixed first and last stage. TensorFlow's SAME padding and BatchNorm; parameters have timm's
 * names. */
#include <math.h>

#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", NULL };
static const char *const titles[]
    = { "EfficientNet-Lite0", "EfficientNet-Lite1", "EfficientNet-Lite2" };

static const struct
{
  double width, depth;
  int size, resize;
} variants[] = { { 1, 1, 224, 256 }, { 1, 1.1, 240, 272 }, { 1.1, 1.2, 260, 292 } };

static const struct
{
  int repeats, kernel, stride, expand, out;
} stages[] = { { 1, 3, 1, 1, 16 },  { 2, 3, 2, 6, 24 },  { 2, 5, 2, 6, 40 }, { 3, 3, 2, 6, 80 },
               { 3, 5, 1, 6, 112 }, { 4, 5, 2, 6, 192 }, { 1, 3, 1, 6, 320 } };

static const ThawZooStyle style = { THAW_PADDING_SAME, FALSE, 1e-3, THAW_ACTIVATION_RELU6 };

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, const ThawConvSpec *depthwise, int expand,
           gint64 out)
{
  gint64 in = x ? x->shape.dim[3] : 0, wide = in * expand;
  ThawConvSpec middle = *depthwise;
  ThawNode *y = x;
  g_autofree char *sum = thaw_zoo_name (name, "add");

  middle.out = middle.groups = (int) wide;
  if (expand == 1)
    {
      y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv_dw", "bn1", "act1" }, middle);
      y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv_pw", "bn2", NULL },
                         (ThawConvSpec){ .out = out, .kernel = 1 });
    }
  else
    {
      y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv_pw", "bn1", "act1" },
                         (ThawConvSpec){ .out = wide, .kernel = 1 });
      y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv_dw", "bn2", "act2" }, middle);
      y = thaw_zoo_conv (b, y, &style, &(ThawZooNames){ name, "conv_pwl", "bn3", NULL },
                         (ThawConvSpec){ .out = out, .kernel = 1 });
    }
  return depthwise->stride == 1 && in == out ? thaw_nn_add (b, y, x, sum) : y;
}

static ThawGraph *
build (const char *architecture, gint64 classes, ThawNode **features,
       ThawPreprocessing *preprocessing, GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_efficientnet_lite, architecture);
  guint last = G_N_ELEMENTS (stages) - 1;
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, variants[variant].size);

  *preprocessing
      = thaw_zoo_preprocessing (variants[variant].resize, variants[variant].size, 127, 128);
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "", "conv_stem", "bn1", "act1" },
                     (ThawConvSpec){ .out = 32, .kernel = 3, .stride = 2 });
  for (guint s = 0; s <= last; s++)
    {
      gboolean fixed = s == 0 || s == last;
      int repeats
          = fixed ? stages[s].repeats : (int) ceil (stages[s].repeats * variants[variant].depth);

      for (int i = 0; i < repeats; i++)
        {
          g_autofree char *name = g_strdup_printf ("blocks.%u.%d", s, i);
          ThawConvSpec depthwise
              = { .kernel = stages[s].kernel, .stride = i ? 1 : stages[s].stride };

          x = add_block (&b, x, name, &depthwise, stages[s].expand,
                         thaw_zoo_round (stages[s].out, variants[variant].width));
        }
    }
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "", "conv_head", "bn2", "act2" },
                     (ThawConvSpec){ .out = 1280, .kernel = 1 });
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "global_pool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier", classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_efficientnet_lite, weights, classes);
}

const ThawFamily thaw_family_efficientnet_lite
    = { "efficientnet_lite", architectures, titles, build, recognise };
