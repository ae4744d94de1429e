/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vision Transformer (Dosovitskiy et al. 2020), parameters under torchvision's names. How many
 * position embeddings there are says what size the pictures have. */
#include <math.h>

#include "thaw-zoo-attention.h"

static const char *const architectures[]
    = { "vit_b_16",     "vit_b_32",     "vit_l_16",     "vit_l_32", "vit_h_14",
        "vit_b_16_384", "vit_l_16_512", "vit_h_14_518", "vit_ti_16", "vit_s_16",
        "vit_s_32",     "vit_s_8",      "vit_b_8",      "vit_l_14",  NULL };
static const char *const titles[]
    = { "ViT-B/16", "ViT-B/32",        "ViT-L/16",        "ViT-L/32",
        "ViT-H/14", "ViT-B/16 at 384", "ViT-L/16 at 512", "ViT-H/14 at 518",
        "ViT-Ti/16", "ViT-S/16",       "ViT-S/32",        "ViT-S/8",
        "ViT-B/8",  "ViT-L/14" };

static const struct
{
  int patch, width, layers, heads, wide, size, resize;
  ThawFilter filter;
} variants[] = { { 16, 768, 12, 12, 3072, 224, 256, THAW_FILTER_BILINEAR },
                 { 32, 768, 12, 12, 3072, 224, 256, THAW_FILTER_BILINEAR },
                 { 16, 1024, 24, 16, 4096, 224, 242, THAW_FILTER_BILINEAR },
                 { 32, 1024, 24, 16, 4096, 224, 256, THAW_FILTER_BILINEAR },
                 { 14, 1280, 32, 16, 5120, 224, 224, THAW_FILTER_BICUBIC },
                 { 16, 768, 12, 12, 3072, 384, 384, THAW_FILTER_BICUBIC },
                 { 16, 1024, 24, 16, 4096, 512, 512, THAW_FILTER_BICUBIC },
                 { 14, 1280, 32, 16, 5120, 518, 518, THAW_FILTER_BICUBIC },
                 { 16, 192, 12, 3, 768, 224, 248, THAW_FILTER_BICUBIC },
                 { 16, 384, 12, 6, 1536, 224, 248, THAW_FILTER_BICUBIC },
                 { 32, 384, 12, 6, 1536, 224, 248, THAW_FILTER_BICUBIC },
                 { 8, 384, 12, 6, 1536, 224, 248, THAW_FILTER_BICUBIC },
                 { 8, 768, 12, 12, 3072, 224, 248, THAW_FILTER_BICUBIC },
                 { 14, 1024, 24, 16, 4096, 224, 248, THAW_FILTER_BICUBIC } };

#define EPS 1e-6
#define MOST_PATCHES 128 /* a side */

static ThawNode *
add_attention (ThawBuilder *b, ThawNode *x, const char *name, int heads)
{
  gint64 places = x ? x->shape.dim[1] : 0, width = x ? x->shape.dim[2] : 0;
  ThawNode *weight = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.in_proj_weight", name),
                                        &THAW_SHAPE (3 * width, width));
  ThawNode *bias
      = thaw_nn_parameter (b, thaw_zoo_path (b, "%s.in_proj_bias", name), &THAW_SHAPE (3 * width));
  ThawZooAttention attention = { .name = name,
                                 .windows = 1,
                                 .places = places,
                                 .heads = heads,
                                 .scale = sqrt ((double)heads / (double)MAX (width, 1)) };

  x = thaw_nn_linear_with (b, x, thaw_zoo_path (b, "%s.in_proj", name), weight, bias);
  x = thaw_zoo_attention (b, x, &attention);
  return thaw_nn_linear (b, x, thaw_zoo_path (b, "%s.out_proj", name), width, TRUE);
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, guint variant)
{
  static const char *const mlp[] = { "0", "1", "3" };
  ThawNode *y = x;

  y = thaw_nn_layernorm (b, y, thaw_zoo_path (b, "%s.ln_1", name), EPS);
  y = add_attention (b, y, thaw_zoo_path (b, "%s.self_attention", name), variants[variant].heads);
  x = thaw_nn_add (b, y, x, thaw_zoo_path (b, "%s.add_1", name));
  y = thaw_nn_layernorm (b, x, thaw_zoo_path (b, "%s.ln_2", name), EPS);
  y = thaw_zoo_mlp (b, y, thaw_zoo_path (b, "%s.mlp", name), mlp, variants[variant].wide);
  return thaw_nn_add (b, x, y, thaw_zoo_path (b, "%s.add_2", name));
}

/* The class token and the patches in rows, with their positions */
static ThawNode *
add_tokens (ThawBuilder *b, ThawNode *x, guint variant)
{
  int width = variants[variant].width, patch = variants[variant].patch;
  ThawConvSpec patches = { .out = width, .kernel = patch, .stride = patch, .bias = TRUE };
  ThawNode *parts[2] = { thaw_nn_parameter (b, "class_token", &THAW_SHAPE (1, 1, width)) };
  gint64 count;

  x = thaw_nn_conv (b, x, "conv_proj", &patches);
  count = x ? x->shape.dim[1] * x->shape.dim[2] : 0;
  parts[1] = thaw_nn_reshape (b, x, "tokens", &THAW_SHAPE (1, count, width));
  x = thaw_nn_concat (b, parts, 2, "with_class_token", 1);
  parts[0] = thaw_nn_parameter (b, "encoder.pos_embedding", &THAW_SHAPE (1, count + 1, width));
  return thaw_nn_add (b, x, parts[0], "encoder.add");
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_vit, request->architecture);
  ThawBuilder b;
  int size = request->size ? request->size : variants[variant].size;
  ThawNode *x = add_tokens (&b, thaw_zoo_begin (&b, size), variant);

  *preprocessing = thaw_zoo_preprocessing_imagenet (
      size == variants[variant].size ? variants[variant].resize : size, size);
  preprocessing->filter = variants[variant].filter;
  for (int i = 0; i < variants[variant].layers; i++)
    x = add_block (&b, x, thaw_zoo_path (&b, "encoder.layers.encoder_layer_%d", i), variant);
  x = thaw_nn_layernorm (&b, x, "encoder.ln", EPS);
  x = thaw_nn_slice (&b, x, "first_token", 1, 0, 1);
  *features = x
      = thaw_nn_reshape (&b, x, "class_token_row", &THAW_SHAPE (1, variants[variant].width));
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "heads.head", request->classes, TRUE), error);
}

static const ThawZooRule timm_rules[]
    = { { "conv_proj", "patch_embed.proj" },
        { "class_token", "cls_token" },
        { "encoder.pos_embedding", "pos_embed" },
        { "encoder.layers.encoder_layer_*", "blocks.*" },
        { "encoder.ln", "norm" },
        { "heads.head", "head" },
        { "blocks.*.ln_1", "blocks.*.norm1" },
        { "blocks.*.ln_2", "blocks.*.norm2" },
        { "blocks.*.self_attention.in_proj_weight", "blocks.*.attn.qkv.weight" },
        { "blocks.*.self_attention.in_proj_bias", "blocks.*.attn.qkv.bias" },
        { "blocks.*.self_attention.in_proj", "blocks.*.attn.qkv" },
        { "blocks.*.self_attention.out_proj", "blocks.*.attn.proj" },
        { "blocks.*.self_attention", "blocks.*.attn" },
        { "blocks.*.mlp.0", "blocks.*.mlp.fc1" },
        { "blocks.*.mlp.1", "blocks.*.mlp.act" },
        { "blocks.*.mlp.3", "blocks.*.mlp.fc2" },
        { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return timm_rules;
}

/* From the number of position embeddings, whose first is the class token's */
static int
measure (const char *architecture, const ThawTensorMap *weights)
{
  static const char *const names[] = { "encoder.pos_embedding", "pos_embed" };
  int patch = variants[thaw_zoo_index (&thaw_family_vit, architecture)].patch;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_get (weights, names[i]);
      gint64 places = tensor && tensor->shape.rank == 3 ? tensor->shape.dim[1] - 1 : 0;

      for (gint64 side = 1; side <= MOST_PATCHES && places > 0; side++)
        if (side * side == places)
          return (int) side * patch;
    }
  return 0;
}

/* Files from before torchvision 0.14 call the two layers of an MLP so. */
static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  static const char *const names[][2] = { { "linear_1", "0" }, { "linear_2", "3" } };

  for (int i = 0; i < 64; i++)
    for (guint k = 0; k < G_N_ELEMENTS (names); k++)
      {
        g_autofree char *mlp = g_strdup_printf ("encoder.layers.encoder_layer_%d.mlp", i);
        g_autofree char *from = thaw_zoo_name (mlp, names[k][0]);
        g_autofree char *to = thaw_zoo_name (mlp, names[k][1]);

        thaw_zoo_rename (weights, from, to);
      }
  return thaw_zoo_match (&thaw_family_vit, weights, classes);
}

const ThawFamily thaw_family_vit = { "vit",     architectures,  titles, build,
                                     recognise, .rules = rules, .measure = measure };
