/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swin Transformer (Liu et al. 2021) and Swin V2 (2022), parameters under torchvision's names. */
#include <math.h>

#include "thaw-zoo-attention.h"

static const char *const architectures[]
    = { "swin_t", "swin_s", "swin_b", "swin_v2_t", "swin_v2_s", "swin_v2_b", NULL };
static const char *const titles[]
    = { "Swin-T", "Swin-S", "Swin-B", "Swin V2-T", "Swin V2-S", "Swin V2-B" };

enum
{
  N_STAGES = 4,
  FIRST_V2 = 3
};

/* The third stage's blocks; the others have 2. The first stage's heads; each next has twice as
 * many. */
static const struct
{
  int width, deep, heads, window, size, resize;
} variants[]
    = { { 96, 6, 3, 7, 224, 232 }, { 96, 18, 3, 7, 224, 246 }, { 128, 18, 4, 7, 224, 238 },
        { 96, 6, 3, 8, 256, 260 }, { 96, 18, 3, 8, 256, 260 }, { 128, 18, 4, 8, 256, 272 } };

#define EPS 1e-5

/* A block: where it is and how its windows lie */
typedef struct
{
  ThawBuilder *b;
  const char *name, *attention;
  gboolean second_version;
  gint64 heads, window;
  gint64 size[2]; /* of the image, padded to whole windows */
  gint64 shift[2];
} Block;

static Block
block_new (ThawBuilder *b, const ThawNode *x, const char *name, guint variant, int stage, int index)
{
  Block self = { b,
                 name,
                 thaw_zoo_path (b, "%s.attn", name),
                 variant >= FIRST_V2,
                 (gint64)variants[variant].heads << stage,
                 variants[variant].window,
                 .size = { 0 } };

  for (int i = 0; i < 2; i++)
    {
      gint64 length = x ? x->shape.dim[1 + i] : 0;

      self.size[i] = (length + self.window - 1) / self.window * self.window;
      /* a single window reaches everything */
      self.shift[i] = index % 2 && self.window < self.size[i] ? self.window / 2 : 0;
    }
  return self;
}

/* Everything moves @shift towards the start of @axis; what falls out comes in at the end. */
static ThawNode *
roll (ThawBuilder *b, ThawNode *x, const char *name, int axis, gint64 shift)
{
  gint64 length = x ? x->shape.dim[axis] : 0;
  ThawNode *parts[2];

  if (shift == 0 || shift == length)
    return x;
  parts[0] = thaw_nn_slice (b, x, thaw_zoo_path (b, "%s_rest%d", name, axis), axis, shift,
                            length - shift);
  parts[1] = thaw_nn_slice (b, x, thaw_zoo_path (b, "%s_first%d", name, axis), axis, 0, shift);
  return thaw_nn_concat (b, parts, 2, thaw_zoo_path (b, "%s%d", name, axis), axis);
}

/* A linear layer of what does not depend on the picture; @bias: whether it has one */
static ThawNode *
add_linear (ThawBuilder *b, ThawNode *x, const char *name, gint64 out, gboolean bias)
{
  static const int turn[] = { 1, 0 };
  gint64 in = x ? x->shape.dim[1] : 0;
  ThawNode *weight
      = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.weight", name), &THAW_SHAPE (out, in));
  ThawNode *offset
      = bias ? thaw_nn_parameter (b, thaw_zoo_path (b, "%s.bias", name), &THAW_SHAPE (out)) : NULL;

  weight = thaw_nn_transpose (b, weight, thaw_zoo_path (b, "%s.turned", name), turn);
  x = thaw_nn_matmul (b, x, weight, thaw_zoo_path (b, "%s.product", name));
  return bias ? thaw_nn_add (b, x, offset, thaw_zoo_path (b, "%s.sum", name)) : x;
}

/* Small networks: distances in, what they add to attention out. */
static ThawNode *
add_table (const Block *self)
{
  ThawBuilder *b = self->b;
  const char *name = self->attention;
  gint64 side = 2 * self->window - 1;
  ThawConstantParams coords
      = { THAW_CONSTANT_RELATIVE_COORDS, .window = { self->window, self->window } };
  ThawNode *x;

  if (!self->second_version)
    return thaw_nn_parameter (b, thaw_zoo_path (b, "%s.relative_position_bias_table", name),
                              &THAW_SHAPE (side * side, self->heads));
  x = thaw_nn_constant (b, thaw_zoo_path (b, "%s.relative_coords", name), &coords);
  x = add_linear (b, x, thaw_zoo_path (b, "%s.cpb_mlp.0", name), 512, TRUE);
  x = thaw_nn_activation (b, x, thaw_zoo_path (b, "%s.cpb_mlp.1", name), THAW_ACTIVATION_RELU);
  x = add_linear (b, x, thaw_zoo_path (b, "%s.cpb_mlp.2", name), self->heads, FALSE);
  x = thaw_nn_activation (b, x, thaw_zoo_path (b, "%s.cpb_sigmoid", name), THAW_ACTIVATION_SIGMOID);
  return thaw_nn_mul (b, x, thaw_nn_number (b, thaw_zoo_path (b, "%s.sixteen", name), 16),
                      thaw_zoo_path (b, "%s.table", name));
}

/* Swin V2's keys have no bias, though the file has one for them. */
static ThawNode *
without_key_bias (const Block *self, ThawNode *bias)
{
  gint64 width = bias ? bias->shape.dim[0] / 3 : 0;
  ThawBuilder *b = self->b;
  ThawNode *parts[3];

  for (int i = 0; i < 3; i++)
    parts[i] = thaw_nn_slice (b, bias, thaw_zoo_path (b, "%s.bias_part%d", self->attention, i), 0,
                              i * width, width);
  parts[1] = thaw_nn_mul (b, parts[1],
                          thaw_nn_number (b, thaw_zoo_path (b, "%s.zero", self->attention), 0),
                          thaw_zoo_path (b, "%s.no_key_bias", self->attention));
  return thaw_nn_concat (b, parts, 3, thaw_zoo_path (b, "%s.bias", self->attention), 0);
}

static ThawNode *
add_qkv (const Block *self, ThawNode *x)
{
  gint64 width = x ? x->shape.dim[2] : 0;
  const char *name = thaw_zoo_path (self->b, "%s.qkv", self->attention);
  ThawNode *weight = thaw_nn_parameter (self->b, thaw_zoo_path (self->b, "%s.weight", name),
                                        &THAW_SHAPE (3 * width, width));
  ThawNode *bias = thaw_nn_parameter (self->b, thaw_zoo_path (self->b, "%s.bias", name),
                                      &THAW_SHAPE (3 * width));

  if (self->second_version)
    bias = without_key_bias (self, bias);
  return thaw_nn_linear_with (self->b, x, name, weight, bias);
}

static ThawNode *
add_mask (const Block *self)
{
  ThawConstantParams mask = { THAW_CONSTANT_WINDOW_MASK,
                              { self->size[0], self->size[1] },
                              { self->window, self->window },
                              { self->shift[0], self->shift[1] } };

  if (!self->shift[0] && !self->shift[1])
    return NULL;
  return thaw_nn_constant (self->b, thaw_zoo_path (self->b, "%s.mask", self->attention), &mask);
}

/* Attention inside the windows of a shifted image */
static ThawNode *
add_windows (const Block *self, ThawNode *x)
{
  ThawBuilder *b = self->b;
  const char *name = self->attention;
  gint64 window = self->window, width = x ? x->shape.dim[2] : 0;
  ThawZooAttention attention = { .name = name,
                                 .windows = self->size[0] / window * (self->size[1] / window),
                                 .places = window * window,
                                 .heads = self->heads,
                                 .scale = sqrt ((double)self->heads / (double)MAX (width, 1)) };
  ThawNode *scale;

  if (self->second_version)
    {
      scale = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.logit_scale", name),
                                 &THAW_SHAPE (self->heads, 1, 1));
      attention.logit_scale = thaw_nn_exp (b, scale, thaw_zoo_path (b, "%s.scale", name));
    }
  attention.bias = thaw_nn_relative_bias (
      b, add_table (self), thaw_zoo_path (b, "%s.relative_position_bias", name), window, window);
  attention.mask = add_mask (self);
  x = thaw_zoo_attention (b, add_qkv (self, x), &attention);
  return thaw_nn_linear (b, x, thaw_zoo_path (b, "%s.proj", name), width, TRUE);
}

static ThawNode *
add_attention (const Block *self, ThawNode *x)
{
  ThawBuilder *b = self->b;
  const char *name = self->attention;
  gint64 h = x ? x->shape.dim[1] : 0, w = x ? x->shape.dim[2] : 0;
  ThawShape image = THAW_SHAPE (1, self->size[0], self->size[1], x ? x->shape.dim[3] : 0);

  if (self->size[0] > h || self->size[1] > w)
    x = thaw_nn_pad (b, x, thaw_zoo_path (b, "%s.pad", name), (int)(self->size[0] - h),
                     (int)(self->size[1] - w));
  for (int i = 0; i < 2; i++)
    x = roll (b, x, thaw_zoo_path (b, "%s.shift", name), 1 + i, self->shift[i]);
  x = thaw_zoo_to_windows (b, x, name, self->window, self->window);
  x = thaw_zoo_from_windows (b, add_windows (self, x), name, &image, self->window, self->window);
  for (int i = 0; i < 2; i++)
    x = roll (b, x, thaw_zoo_path (b, "%s.unshift", name), 1 + i, self->size[i] - self->shift[i]);
  if (self->size[0] > h)
    x = thaw_nn_slice (b, x, thaw_zoo_path (b, "%s.rows", name), 1, 0, h);
  if (self->size[1] > w)
    x = thaw_nn_slice (b, x, thaw_zoo_path (b, "%s.columns", name), 2, 0, w);
  return x;
}

static ThawNode *
add_mlp (const Block *self, ThawNode *x)
{
  static const char *const layers[] = { "0", "1", "3" };

  return thaw_zoo_mlp (self->b, x, thaw_zoo_path (self->b, "%s.mlp", self->name), layers,
                       x ? 4 * x->shape.dim[3] : 0);
}

/* The first version normalises what goes in, the second what comes out. */
static ThawNode *
add_block (const Block *self, ThawNode *x)
{
  static ThawNode *(*const parts[]) (const Block *, ThawNode *) = { add_attention, add_mlp };

  for (int i = 0; i < 2; i++)
    {
      const char *norm = thaw_zoo_path (self->b, "%s.norm%d", self->name, i + 1);
      ThawNode *y = x;

      if (!self->second_version)
        y = thaw_nn_layernorm (self->b, y, norm, EPS);
      y = parts[i](self, y);
      if (self->second_version)
        y = thaw_nn_layernorm (self->b, y, norm, EPS);
      x = thaw_nn_add (self->b, x, y, thaw_zoo_path (self->b, "%s.add%d", self->name, i + 1));
    }
  return x;
}

/* Four neighbours side by side, column by column, and half of their channels again */
static ThawNode *
add_merging (ThawBuilder *b, ThawNode *x, const char *name, gboolean second_version)
{
  static const int turn[] = { 0, 1, 3, 4, 2, 5 };
  gint64 h = x ? x->shape.dim[1] : 0, w = x ? x->shape.dim[2] : 0, c = x ? x->shape.dim[3] : 0;
  const char *norm = thaw_zoo_path (b, "%s.norm", name);
  const char *reduction = thaw_zoo_path (b, "%s.reduction", name);

  if (h % 2 || w % 2)
    x = thaw_nn_pad (b, x, thaw_zoo_path (b, "%s.pad", name), (int)(h % 2), (int)(w % 2));
  h = (h + 1) / 2;
  w = (w + 1) / 2;
  x = thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.pairs", name), &THAW_SHAPE (1, h, 2, w, 2, c));
  x = thaw_nn_transpose (b, x, thaw_zoo_path (b, "%s.turn", name), turn);
  x = thaw_nn_reshape (b, x, thaw_zoo_path (b, "%s.merge", name), &THAW_SHAPE (1, h, w, 4 * c));
  if (second_version)
    return thaw_nn_layernorm (b, thaw_nn_linear (b, x, reduction, 2 * c, FALSE), norm, EPS);
  return thaw_nn_linear (b, thaw_nn_layernorm (b, x, norm, EPS), reduction, 2 * c, FALSE);
}

static ThawNode *
add_features (ThawBuilder *b, ThawNode *x, guint variant)
{
  ThawConvSpec patches = { .out = variants[variant].width, .kernel = 4, .stride = 4, .bias = TRUE };

  x = thaw_nn_layernorm (b, thaw_nn_conv (b, x, "features.0.0", &patches), "features.0.2", EPS);
  for (int s = 0; s < N_STAGES; s++)
    {
      if (s > 0)
        x = add_merging (b, x, thaw_zoo_path (b, "features.%d", 2 * s), variant >= FIRST_V2);
      for (int i = 0; i < (s == 2 ? variants[variant].deep : 2); i++)
        {
          Block block
              = block_new (b, x, thaw_zoo_path (b, "features.%d.%d", 2 * s + 1, i), variant, s, i);

          x = add_block (&block, x);
        }
    }
  return x;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_swin, request->architecture);
  const int size = request->size ? request->size : variants[variant].size;
  ThawBuilder b;
  ThawNode *x = add_features (&b, thaw_zoo_begin (&b, size), variant);

  *preprocessing
      = thaw_zoo_preprocessing_imagenet (variants[variant].resize, variants[variant].size);
  preprocessing->filter = THAW_FILTER_BICUBIC;
  thaw_preprocessing_set_size (preprocessing, size, size);
  x = thaw_nn_layernorm (&b, x, "norm", EPS);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "head", request->classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_swin, weights, classes);
}

const ThawFamily thaw_family_swin = { "swin", architectures, titles, build, recognise, .sized = TRUE };
