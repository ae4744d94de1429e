/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MaxViT (Tu et al. 2022), parameters under torchvision's names. */
#include <math.h>
#include <thaw/thaw-error.h>

#include "thaw-zoo-attention.h"

static const char *const architectures[] = { "maxvit_t", NULL };
static const char *const titles[] = { "MaxViT-T" };

static const struct
{
  int width, repeats;
} blocks[] = { { 64, 2 }, { 128, 2 }, { 256, 5 }, { 512, 2 } };

enum
{
  SIZE = 224,
  WINDOW = 7, /* places a side of what attends to one another */
  HEAD_WIDTH = 32
};

#define EPS 1e-5

static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_GELU };

static ThawNode *
add_shortcut (ThawBuilder *b, ThawNode *x, const char *name, int out, int stride)
{
  ThawConvSpec spec = { .out = out, .kernel = 1, .bias = TRUE };

  if (stride == 1 && x && x->shape.dim[3] == out)
    return x;
  if (stride > 1)
    x = thaw_nn_avg_pool (b, x, thaw_zoo_path (b, "%s.proj.0", name), 3, stride, 1);
  return thaw_nn_conv (b, x, thaw_zoo_path (b, "%s.proj.%d", name, stride > 1 ? 1 : 0), &spec);
}

static ThawNode *
add_convolutions (ThawBuilder *b, ThawNode *x, const char *name, int out, int stride)
{
  const char *layers = thaw_zoo_path (b, "%s.layers", name);
  ThawConvSpec last = { .out = out, .kernel = 1, .bias = TRUE };
  ThawNode *y = x;

  y = thaw_nn_batchnorm (b, y, thaw_zoo_path (b, "%s.pre_norm", layers), style.eps);
  y = thaw_zoo_conv_norm (b, y, &style, thaw_zoo_path (b, "%s.conv_a", layers),
                          (ThawConvSpec){ .out = 4 * out, .kernel = 1 });
  y = thaw_zoo_conv_norm (
      b, y, &style, thaw_zoo_path (b, "%s.conv_b", layers),
      (ThawConvSpec){ .out = 4 * out, .kernel = 3, .stride = stride, .groups = 4 * out });
  y = thaw_zoo_squeeze_excite (b, y, thaw_zoo_path (b, "%s.squeeze_excitation", layers), out / 4,
                               THAW_ACTIVATION_SILU, THAW_ACTIVATION_SIGMOID);
  y = thaw_nn_conv (b, y, thaw_zoo_path (b, "%s.conv_c", layers), &last);
  return thaw_nn_add (b, add_shortcut (b, x, name, out, stride), y,
                      thaw_zoo_path (b, "%s.add", name));
}

/* Tokens in groups that attend to one another: @groups of WINDOW x WINDOW */
static ThawNode *
add_attention (ThawBuilder *b, ThawNode *x, const char *name, gint64 groups)
{
  static const char *const mlp[] = { "1", "2", "3" };
  const char *layer = thaw_zoo_path (b, "%s.attn_layer.1", name);
  gint64 width = x ? x->shape.dim[2] : 0, heads = width / HEAD_WIDTH, side = 2 * WINDOW - 1;
  ThawZooAttention attention = { .name = layer,
                                 .windows = groups,
                                 .places = WINDOW * WINDOW,
                                 .heads = heads,
                                 .scale = 1 / sqrt ((double)MAX (width, 1)) };
  ThawNode *table
      = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.relative_position_bias_table", layer),
                           &THAW_SHAPE (side * side, heads));
  ThawNode *y = thaw_nn_layernorm (b, x, thaw_zoo_path (b, "%s.attn_layer.0", name), EPS);

  attention.bias = thaw_nn_relative_bias (
      b, table, thaw_zoo_path (b, "%s.relative_position_bias", layer), WINDOW, WINDOW);
  y = thaw_nn_linear (b, y, thaw_zoo_path (b, "%s.to_qkv", layer), 3 * width, TRUE);
  y = thaw_zoo_attention (b, y, &attention);
  y = thaw_nn_linear (b, y, thaw_zoo_path (b, "%s.merge", layer), width, TRUE);
  x = thaw_nn_add (b, x, y, thaw_zoo_path (b, "%s.add1", name));
  y = thaw_nn_layernorm (b, x, thaw_zoo_path (b, "%s.mlp_layer.0", name), EPS);
  y = thaw_zoo_mlp (b, y, thaw_zoo_path (b, "%s.mlp_layer", name), mlp, 4 * width);
  return thaw_nn_add (b, x, y, thaw_zoo_path (b, "%s.add2", name));
}

/* [1, a * c, C] -> [1, c * a, C] */
static ThawNode *
swap (ThawBuilder *b, ThawNode *x, const char *name, gint64 a, gint64 c)
{
  static const int turn[] = { 0, 2, 1, 3, 4 };
  gint64 width = x ? x->shape.dim[2] : 0;

  x = thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s_pairs", name), &THAW_SHAPE (1, a, c, 1, width));
  x = thaw_nn_transpose (b, x, thaw_zoo_path (b, "%s_turn", name), turn);
  return thaw_nn_reshape (b, x, name, &THAW_SHAPE (1, a * c, width));
}

/* Neighbours attend to one another, or what lies as far apart as the grid is wide. */
static ThawNode *
add_partition (ThawBuilder *b, ThawNode *x, const char *name, gboolean grid)
{
  ThawShape image = x ? x->shape : THAW_SHAPE (1, WINDOW, WINDOW, 1);
  gint64 h = grid ? image.dim[1] / WINDOW : WINDOW, w = grid ? image.dim[2] / WINDOW : WINDOW;
  gint64 groups = image.dim[1] * image.dim[2] / (WINDOW * WINDOW);

  x = thaw_zoo_to_windows (b, x, name, h, w);
  if (grid)
    x = swap (b, x, thaw_zoo_path (b, "%s.partition_swap", name), WINDOW * WINDOW, groups);
  x = add_attention (b, x, name, groups);
  if (grid)
    x = swap (b, x, thaw_zoo_path (b, "%s.departition_swap", name), groups, WINDOW * WINDOW);
  return thaw_zoo_from_windows (b, x, name, &image, h, w);
}

static ThawNode *
add_layer (ThawBuilder *b, ThawNode *x, const char *name, int out, int stride)
{
  x = add_convolutions (b, x, thaw_zoo_path (b, "%s.MBconv", name), out, stride);
  x = add_partition (b, x, thaw_zoo_path (b, "%s.window_attention", name), FALSE);
  return add_partition (b, x, thaw_zoo_path (b, "%s.grid_attention", name), TRUE);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  ThawConvSpec stem = { .out = 64, .kernel = 3, .pad = 1, .bias = TRUE };
  const int size = request->size ? request->size : SIZE;
  ThawBuilder b;
  ThawNode *x;

  if (size % SIZE)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "MaxViT divides pictures into %d x %d parts at every stage: choose %d pixels a side, %d, or another multiple", WINDOW,
                   WINDOW, SIZE, 2 * SIZE);
      return NULL;
    }
  x = thaw_zoo_begin (&b, size);
  *preprocessing = thaw_zoo_preprocessing_imagenet (size, size);
  preprocessing->filter = THAW_FILTER_BICUBIC;
  x = thaw_zoo_conv_norm (&b, x, &style, "stem.0",
                          (ThawConvSpec){ .out = 64, .kernel = 3, .stride = 2 });
  x = thaw_nn_conv (&b, x, "stem.1.0", &stem);
  for (guint s = 0; s < G_N_ELEMENTS (blocks); s++)
    for (int i = 0; i < blocks[s].repeats; i++)
      x = add_layer (&b, x, thaw_zoo_path (&b, "blocks.%u.layers.%d.layers", s, i), blocks[s].width,
                     i ? 1 : 2);
  x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "classifier.0"), "classifier.1");
  x = thaw_nn_layernorm (&b, x, "classifier.2", EPS);
  x = thaw_nn_linear (&b, x, "classifier.3", x ? x->shape.dim[1] : 0, TRUE);
  *features = x = thaw_nn_activation (&b, x, "classifier.4", THAW_ACTIVATION_TANH);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.5", request->classes, FALSE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_maxvit, weights, classes);
}

const ThawFamily thaw_family_maxvit = { "maxvit", architectures, titles, build, recognise, .sized = TRUE };
