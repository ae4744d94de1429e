/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MobileNetV1 (Howard et al. 2017), parameters under timm's names. The "_tf" variants have
 * TensorFlow's SAME padding and BatchNorm (eps 1e-3): what Keras' weights need. The number is the
 * width. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "mobilenet_v1_x0_25",    "mobilenet_v1_x0_5",     "mobilenet_v1_x0_75",
        "mobilenet_v1_x1_0",     "mobilenet_v1_x0_25_tf", "mobilenet_v1_x0_5_tf",
        "mobilenet_v1_x0_75_tf", "mobilenet_v1_x1_0_tf",  NULL };
static const char *const titles[] = { "MobileNetV1 0.25",
                                      "MobileNetV1 0.5",
                                      "MobileNetV1 0.75",
                                      "MobileNetV1",
                                      "MobileNetV1 0.25 (TensorFlow)",
                                      "MobileNetV1 0.5 (TensorFlow)",
                                      "MobileNetV1 0.75 (TensorFlow)",
                                      "MobileNetV1 (TensorFlow)" };

#define PYTORCH(tensorflow)                                                                        \
  "PyTorch's padding and BatchNorm's eps 1e-5; with TensorFlow's it is " tensorflow

/* Keras' names tell the others. */
static const char *const assumptions[] = { PYTORCH ("mobilenet_v1_x0_25_tf"),
                                           PYTORCH ("mobilenet_v1_x0_5_tf"),
                                           PYTORCH ("mobilenet_v1_x0_75_tf"),
                                           PYTORCH ("mobilenet_v1_x1_0_tf"),
                                           NULL,
                                           NULL,
                                           NULL,
                                           NULL };

enum { N_WIDTHS = 4, N_BLOCKS = 13 };

static const double widths[N_WIDTHS] = { .25, .5, .75, 1 };
static const ThawZooStyle styles[]
    = { { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU6 },
        { THAW_PADDING_SAME, FALSE, 1e-3, THAW_ACTIVATION_RELU6 } };
static const struct
{
  int stage, index, out, stride;
} blocks[N_BLOCKS]
    = { { 0, 0, 64, 1 },  { 1, 0, 128, 2 },  { 1, 1, 128, 1 }, { 2, 0, 256, 2 }, { 2, 1, 256, 1 },
        { 3, 0, 512, 2 }, { 3, 1, 512, 1 },  { 3, 2, 512, 1 }, { 3, 3, 512, 1 }, { 3, 4, 512, 1 },
        { 3, 5, 512, 1 }, { 4, 0, 1024, 2 }, { 4, 1, 1024, 1 } };

static char *
block_name (guint i)
{
  return g_strdup_printf ("blocks.%d.%d", blocks[i].stage, blocks[i].index);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_mobilenet_v1, request->architecture);
  const ThawZooStyle *style = &styles[variant / N_WIDTHS];
  double width = widths[variant % N_WIDTHS];
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing (256, 224, 127.5f, 127.5f);
  preprocessing->rounding = THAW_ROUNDING_NEAREST; /* TensorFlow's, which crops before it scales */
  x = thaw_zoo_conv (&b, x, style, &(ThawZooNames){ "", "conv_stem", "bn1", "act1" },
                     (ThawConvSpec){ .out = (gint64) (32 * width), .kernel = 3, .stride = 2 });
  for (guint i = 0; i < N_BLOCKS; i++)
    {
      g_autofree char *name = block_name (i);
      int in = x ? (int) x->shape.dim[3] : 0;

      x = thaw_zoo_conv (
          &b, x, style, &(ThawZooNames){ name, "conv_dw", "bn1", "act1" },
          (ThawConvSpec){ .out = in, .kernel = 3, .stride = blocks[i].stride, .groups = in });
      x = thaw_zoo_conv (&b, x, style, &(ThawZooNames){ name, "conv_pw", "bn2", "act2" },
                         (ThawConvSpec){ .out = (gint64) (blocks[i].out * width), .kernel = 1 });
    }
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "global_pool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier", request->classes, TRUE), error);
}

static void
relayout_pair (ThawTensorMap *weights, const char *from, const char *block, const char *conv,
               const char *norm)
{
  g_autofree char *from_norm = g_strconcat (from, "_bn", NULL);
  g_autofree char *to = thaw_zoo_name (block, conv);
  g_autofree char *to_norm = thaw_zoo_name (block, norm);

  thaw_zoo_relayout (weights, from, to, FALSE);
  thaw_zoo_relayout_norm (weights, from_norm, to_norm);
}

static void
relayout (ThawTensorMap *weights)
{
  relayout_pair (weights, "conv1", "", "conv_stem", "bn1");
  for (guint i = 0; i < N_BLOCKS; i++)
    {
      g_autofree char *block = block_name (i);
      g_autofree char *depthwise = g_strdup_printf ("conv_dw_%u", i + 1);
      g_autofree char *pointwise = g_strdup_printf ("conv_pw_%u", i + 1);

      relayout_pair (weights, depthwise, block, "conv_dw", "bn1");
      relayout_pair (weights, pointwise, block, "conv_pw", "bn2");
    }
  thaw_zoo_relayout (weights, "conv_preds", "classifier", TRUE);
}

/* Keras' names mean TensorFlow's padding; under PyTorch's names the weights alone cannot tell. */
static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  gboolean keras = thaw_tensor_map_get (weights, "conv_dw_1/depthwise_kernel") != NULL;
  const char *architecture;

  if (keras)
    relayout (weights);
  architecture = thaw_zoo_match (&thaw_family_mobilenet_v1, weights, classes);
  if (!architecture || !keras)
    return architecture;
  return architectures[thaw_zoo_index (&thaw_family_mobilenet_v1, architecture) % N_WIDTHS
                       + N_WIDTHS];
}

const ThawFamily thaw_family_mobilenet_v1
    = { "mobilenet_v1", architectures, titles, build, recognise, assumptions };
