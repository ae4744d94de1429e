/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inception v3 (Szegedy et al. 2015), parameters under torchvision's names. Of the input the same
 * holds as for GoogLeNet. */
#include "thaw-zoo-private.h"

static const char *const architectures[] = { "inception_v3", "inception_v3_imagenet_input", NULL };
static const char *const titles[]
    = { "Inception v3", "Inception v3 (ImageNet's mean and deviation)" };

static const char *const assumptions[]
    = { "pictures from -1 to 1, as the published weights were trained (torchvision's "
        "transform_input); with ImageNet's mean and deviation it is inception_v3_imagenet_input",
        "ImageNet's mean and deviation; with pictures from -1 to 1 it is inception_v3" };

/* A convolution of a branch; @out 0: as wide as the block says. Where @stride is 2 nothing is
 * padded. */
typedef struct
{
  const char *name;
  int out, height, width, stride;
} Step;

enum
{
  MOST_STEPS = 5,
  MOST_BRANCHES = 4
};

/* A kind of block; without a name: the block ends with a pool, of maxima where @halves. */
typedef struct
{
  gboolean halves;
  Step branches[MOST_BRANCHES][MOST_STEPS + 1];
} Kind;

static const Kind kind_a = { FALSE,
                             { { { "branch1x1", 64, 1, 1, 1 } },
                               { { "branch5x5_1", 48, 1, 1, 1 }, { "branch5x5_2", 64, 5, 5, 1 } },
                               { { "branch3x3dbl_1", 64, 1, 1, 1 },
                                 { "branch3x3dbl_2", 96, 3, 3, 1 },
                                 { "branch3x3dbl_3", 96, 3, 3, 1 } } } };
static const Kind kind_b = { TRUE,
                             { { { "branch3x3", 384, 3, 3, 2 } },
                               { { "branch3x3dbl_1", 64, 1, 1, 1 },
                                 { "branch3x3dbl_2", 96, 3, 3, 1 },
                                 { "branch3x3dbl_3", 96, 3, 3, 2 } } } };
static const Kind kind_c = { FALSE,
                             { { { "branch1x1", 192, 1, 1, 1 } },
                               { { "branch7x7_1", 0, 1, 1, 1 },
                                 { "branch7x7_2", 0, 1, 7, 1 },
                                 { "branch7x7_3", 192, 7, 1, 1 } },
                               { { "branch7x7dbl_1", 0, 1, 1, 1 },
                                 { "branch7x7dbl_2", 0, 7, 1, 1 },
                                 { "branch7x7dbl_3", 0, 1, 7, 1 },
                                 { "branch7x7dbl_4", 0, 7, 1, 1 },
                                 { "branch7x7dbl_5", 192, 1, 7, 1 } } } };
static const Kind kind_d = { TRUE,
                             { { { "branch3x3_1", 192, 1, 1, 1 }, { "branch3x3_2", 320, 3, 3, 2 } },
                               { { "branch7x7x3_1", 192, 1, 1, 1 },
                                 { "branch7x7x3_2", 192, 1, 7, 1 },
                                 { "branch7x7x3_3", 192, 7, 1, 1 },
                                 { "branch7x7x3_4", 192, 3, 3, 2 } } } };
/* Two of its branches end in two convolutions side by side: see add_forks(). */
static const Kind kind_e
    = { FALSE,
        { { { "branch1x1", 320, 1, 1, 1 } },
          { { "branch3x3_1", 384, 1, 1, 1 } },
          { { "branch3x3dbl_1", 448, 1, 1, 1 }, { "branch3x3dbl_2", 384, 3, 3, 1 } } } };

/* @width: of steps without one, and of the convolution after the pool */
static const struct
{
  const char *name;
  const Kind *kind;
  int width, pooled;
} blocks[] = { { "Mixed_5b", &kind_a, 0, 32 },    { "Mixed_5c", &kind_a, 0, 64 },
               { "Mixed_5d", &kind_a, 0, 64 },    { "Mixed_6a", &kind_b, 0, 0 },
               { "Mixed_6b", &kind_c, 128, 192 }, { "Mixed_6c", &kind_c, 160, 192 },
               { "Mixed_6d", &kind_c, 160, 192 }, { "Mixed_6e", &kind_c, 192, 192 },
               { "Mixed_7a", &kind_d, 0, 0 },     { "Mixed_7b", &kind_e, 0, 192 },
               { "Mixed_7c", &kind_e, 0, 192 } };

static ThawNode *
add_step (ThawBuilder *b, ThawNode *x, const char *block, const Step *step, int width)
{
  ThawConvSpec spec = { .out = step->out ? step->out : width,
                        .kernel_hw = { step->height, step->width },
                        .stride = step->stride,
                        .pad = step->stride > 1 ? -1 : 0 };

  return thaw_zoo_basic_conv (b, x, thaw_zoo_path (b, "%s.%s", block, step->name), spec);
}

/* 1 x 3 and 3 x 1 side by side: "branch3x3_2a" and "branch3x3_2b", "branch3x3dbl_3a" ... */
static ThawNode *
add_fork (ThawBuilder *b, ThawNode *x, const char *block, const char *branch)
{
  Step a = { thaw_zoo_path (b, "%sa", branch), 384, 1, 3, 1 };
  Step c = { thaw_zoo_path (b, "%sb", branch), 384, 3, 1, 1 };
  ThawNode *parts[] = { add_step (b, x, block, &a, 0), add_step (b, x, block, &c, 0) };

  return thaw_nn_concat (b, parts, 2, thaw_zoo_path (b, "%s.%s_cat", block, branch), 3);
}

static ThawNode *
add_pool (ThawBuilder *b, ThawNode *x, const char *block, gboolean halves, int out)
{
  Step step = { "branch_pool", out, 1, 1, 1 };
  const char *name = thaw_zoo_path (b, "%s.pool", block);

  if (halves)
    return thaw_nn_max_pool (b, x, name, 3, 2, 0, FALSE);
  return add_step (b, thaw_nn_avg_pool (b, x, name, 3, 1, 1), block, &step, 0);
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, guint i)
{
  static const char *const forks[] = { NULL, "branch3x3_2", "branch3x3dbl_3" };
  const char *name = blocks[i].name;
  const Kind *kind = blocks[i].kind;
  ThawNode *parts[MOST_BRANCHES];
  guint n = 0;

  for (; kind->branches[n][0].name; n++)
    {
      parts[n] = x;
      for (const Step *step = kind->branches[n]; step->name; step++)
        parts[n] = add_step (b, parts[n], name, step, blocks[i].width);
      if (kind == &kind_e && forks[n])
        parts[n] = add_fork (b, parts[n], name, forks[n]);
    }
  parts[n] = add_pool (b, x, name, kind->halves, blocks[i].pooled);
  return thaw_nn_concat (b, parts, n + 1, thaw_zoo_path (b, "%s.cat", name), 3);
}

static ThawNode *
add_stem (ThawBuilder *b, ThawNode *x)
{
  x = thaw_zoo_basic_conv (b, x, "Conv2d_1a_3x3",
                           (ThawConvSpec){ .out = 32, .kernel = 3, .stride = 2, .pad = -1 });
  x = thaw_zoo_basic_conv (b, x, "Conv2d_2a_3x3",
                           (ThawConvSpec){ .out = 32, .kernel = 3, .pad = -1 });
  x = thaw_zoo_basic_conv (b, x, "Conv2d_2b_3x3", (ThawConvSpec){ .out = 64, .kernel = 3 });
  x = thaw_nn_max_pool (b, x, "maxpool1", 3, 2, 0, FALSE);
  x = thaw_zoo_basic_conv (b, x, "Conv2d_3b_1x1", (ThawConvSpec){ .out = 80, .kernel = 1 });
  x = thaw_zoo_basic_conv (b, x, "Conv2d_4a_3x3",
                           (ThawConvSpec){ .out = 192, .kernel = 3, .pad = -1 });
  return thaw_nn_max_pool (b, x, "maxpool2", 3, 2, 0, FALSE);
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 299);

  *preprocessing = thaw_zoo_index (&thaw_family_inception_v3, request->architecture)
                       ? thaw_zoo_preprocessing_imagenet (342, 299)
                       : thaw_zoo_preprocessing (342, 299, 127.5f, 127.5f);
  x = add_stem (&b, x);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    x = add_block (&b, x, i);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_dropout (&b, x, "dropout", .5f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", request->classes, TRUE), error);
}

/* The classifier halfway is there for training from nothing alone. */
static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  thaw_zoo_drop (weights, "AuxLogits.");
  return thaw_zoo_match (&thaw_family_inception_v3, weights, classes);
}

const ThawFamily thaw_family_inception_v3
    = { "inception_v3", architectures, titles, build, recognise, assumptions };
