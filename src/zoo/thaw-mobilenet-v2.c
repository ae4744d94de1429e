/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MobileNetV2 (Sandler et al. 2018), parameters under torchvision's names. "mobilenet_v2_tf":
 * TensorFlow's SAME padding, BatchNorm folded into kernels and biases. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "mobilenet_v2",      "mobilenet_v2_tf",    "mobilenet_v2_x0_35", "mobilenet_v2_x0_5",
        "mobilenet_v2_x0_75", "mobilenet_v2_x1_4", NULL };
static const char *const titles[]
    = { "MobileNetV2",      "MobileNetV2 (TensorFlow, BatchNorm folded)",
        "MobileNetV2 0.35", "MobileNetV2 0.5",
        "MobileNetV2 0.75", "MobileNetV2 1.4" };
static const double widths[] = { 1, 1, .35, .5, .75, 1.4 };

static const ThawZooStyle styles[]
    = { { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU6 },
        { THAW_PADDING_SAME, TRUE, 0, THAW_ACTIVATION_RELU6 } };
static const struct
{
  int expand, out, repeats, stride;
} stages[] = { { 1, 16, 1, 1 }, { 6, 24, 2, 2 },  { 6, 32, 3, 2 }, { 6, 64, 4, 2 },
               { 6, 96, 3, 1 }, { 6, 160, 3, 2 }, { 6, 320, 1, 1 } };

enum
{
  N_BLOCKS = 17
};

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const char *name, int expand,
           int out, int stride)
{
  int in = x ? (int) x->shape.dim[3] : 0, wide = in * expand;
  g_autofree char *conv = thaw_zoo_name (name, "conv");
  g_autofree char *first = thaw_zoo_name (conv, "0");
  g_autofree char *second = thaw_zoo_name (conv, "1");
  g_autofree char *sum = thaw_zoo_name (name, "add");
  ThawConvSpec depthwise = { .out = wide, .kernel = 3, .stride = stride, .groups = wide };
  ThawConvSpec project = { .out = out, .kernel = 1 };
  ThawNode *y = x;

  if (expand > 1)
    y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ first, "0", "1", "2" },
                       (ThawConvSpec){ .out = wide, .kernel = 1 });
  y = thaw_zoo_conv (b, y, style, &(ThawZooNames){ expand > 1 ? second : first, "0", "1", "2" },
                     depthwise);
  y = thaw_zoo_conv (b, y, style,
                     &(ThawZooNames){ conv, expand > 1 ? "2" : "1", expand > 1 ? "3" : "2", NULL },
                     project);
  return stride == 1 && in == out ? thaw_nn_add (b, x, y, sum) : y;
}

static ThawNode *
add_stages (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, double width)
{
  guint block = 1;

  for (guint s = 0; s < G_N_ELEMENTS (stages); s++)
    for (int i = 0; i < stages[s].repeats; i++)
      {
        g_autofree char *name = g_strdup_printf ("features.%u", block++);

        x = add_block (b, x, style, name, stages[s].expand,
                       (int) thaw_zoo_round (stages[s].out, width), i ? 1 : stages[s].stride);
      }
  return x;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_mobilenet_v2, request->architecture);
  const ThawZooStyle style = thaw_zoo_style (request, &styles[variant == 1]);
  double width = widths[variant];
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = variant == 1 ? thaw_zoo_preprocessing (256, 224, 128, 128)
                           : thaw_zoo_preprocessing_imagenet (256, 224);
  if (variant == 1)
    preprocessing->rounding = THAW_ROUNDING_NEAREST; /* as MobileNetV1, TensorFlow's too */
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "features.0", "0", "1", "2" },
                     (ThawConvSpec){ .out = thaw_zoo_round (32, width), .kernel = 3, .stride = 2 });
  x = add_stages (&b, x, &style, width);
  x = thaw_zoo_conv (&b, x, &style, &(ThawZooNames){ "features.18", "0", "1", "2" },
                     (ThawConvSpec){ .out = thaw_zoo_round (1280, MAX (width, 1)), .kernel = 1 });
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_dropout (&b, x, "classifier.0", .2f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.1", request->classes, TRUE), error);
}

static const ThawZooRule timm_rules[]
    = { { "features.0.0", "conv_stem" }, { "features.0.1", "bn1" }, { "features.0.2", "act1" },
        { "features.18.0", "conv_head" }, { "features.18.1", "bn2" }, { "features.18.2", "act2" },
        { "features.1", "blocks.0.0" }, { "features.2", "blocks.1.0" },
        { "features.3", "blocks.1.1" }, { "features.4", "blocks.2.0" },
        { "features.5", "blocks.2.1" }, { "features.6", "blocks.2.2" },
        { "features.7", "blocks.3.0" }, { "features.8", "blocks.3.1" },
        { "features.9", "blocks.3.2" }, { "features.10", "blocks.3.3" },
        { "features.11", "blocks.4.0" }, { "features.12", "blocks.4.1" },
        { "features.13", "blocks.4.2" }, { "features.14", "blocks.5.0" },
        { "features.15", "blocks.5.1" }, { "features.16", "blocks.5.2" },
        { "features.17", "blocks.6.0" },
        { "blocks.0.0.conv.0.0", "blocks.0.0.conv_dw" }, { "blocks.0.0.conv.1", "blocks.0.0.conv_pw" },
        { "blocks.0.0.conv.2", "blocks.0.0.bn2" },
        { "blocks.*.*.conv.0.0", "blocks.*.*.conv_pw" }, { "blocks.*.*.conv.0.1", "blocks.*.*.bn1" },
        { "blocks.*.*.conv.0.2", "blocks.*.*.act1" }, { "blocks.*.*.conv.1.0", "blocks.*.*.conv_dw" },
        { "blocks.*.*.conv.1.1", "blocks.*.*.bn2" }, { "blocks.*.*.conv.1.2", "blocks.*.*.act2" },
        { "blocks.*.*.conv.2", "blocks.*.*.conv_pwl" }, { "blocks.*.*.conv.3", "blocks.*.*.bn3" },
        { "avgpool", "global_pool" }, { "classifier.0", "drop" }, { "classifier.1", "classifier" },
        { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return timm_rules;
}

static void
relayout_block (ThawTensorMap *weights, guint i)
{
  /* Keras calls the first, which does not expand, otherwise. */
  g_autofree char *from = i ? g_strdup_printf ("block_%u", i) : g_strdup ("expanded_conv");
  const struct
  {
    const char *from, *to;
  } parts[]
      = { { "expand", "0.0" }, { "depthwise", i ? "1.0" : "0.0" }, { "project", i ? "2" : "1" } };

  for (guint p = i ? 0 : 1; p < G_N_ELEMENTS (parts); p++)
    {
      g_autofree char *layer = g_strdup_printf ("%s_%s", from, parts[p].from);
      g_autofree char *to = g_strdup_printf ("features.%u.conv.%s", i + 1, parts[p].to);

      thaw_zoo_relayout (weights, layer, to, FALSE);
    }
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  if (thaw_tensor_map_get (weights, "expanded_conv_depthwise/depthwise_kernel"))
    {
      thaw_zoo_relayout (weights, "Conv1", "features.0.0", FALSE);
      for (guint i = 0; i < N_BLOCKS; i++)
        relayout_block (weights, i);
      thaw_zoo_relayout (weights, "Conv_1", "features.18.0", FALSE);
      thaw_zoo_relayout (weights, "Logits", "classifier.1", TRUE);
    }
  return thaw_zoo_match (&thaw_family_mobilenet_v2, weights, classes);
}

const ThawFamily thaw_family_mobilenet_v2
    = { "mobilenet_v2", architectures, titles, build, recognise, .rules = rules };
