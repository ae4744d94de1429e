/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RegNet X and Y (Radosavovic et al. 2020), parameters under torchvision's names. Widths and depths
 * of the stages follow from a line: see find_stages(). */
#include <math.h>

#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf",
        "regnet_x_8gf",   "regnet_x_16gf",  "regnet_x_32gf",  "regnet_y_400mf",
        "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf", "regnet_y_8gf",
        "regnet_y_16gf",  "regnet_y_32gf",  "regnet_y_128gf", NULL };
static const char *const titles[]
    = { "RegNet X 400MF", "RegNet X 800MF", "RegNet X 1.6GF", "RegNet X 3.2GF", "RegNet X 8GF",
        "RegNet X 16GF",  "RegNet X 32GF",  "RegNet Y 400MF", "RegNet Y 800MF", "RegNet Y 1.6GF",
        "RegNet Y 3.2GF", "RegNet Y 8GF",   "RegNet Y 16GF",  "RegNet Y 32GF",  "RegNet Y 128GF" };

enum
{
  N_X = 7, /* those without squeeze-and-excitation */
  N_STAGES = 4
};

static const struct
{
  int depth, width;
  double slope, ratio;
  int group;
} variants[] = {
  { 22, 24, 24.48, 2.54, 16 },    { 16, 56, 35.73, 2.28, 16 },    { 18, 80, 34.01, 2.25, 24 },
  { 25, 88, 26.31, 2.25, 48 },    { 23, 80, 49.56, 2.88, 120 },   { 22, 216, 55.59, 2.1, 128 },
  { 23, 320, 69.86, 2.0, 168 },   { 16, 48, 27.89, 2.09, 8 },     { 14, 56, 38.84, 2.4, 16 },
  { 27, 48, 20.71, 2.65, 24 },    { 21, 80, 42.63, 2.66, 24 },    { 17, 192, 76.82, 2.19, 56 },
  { 18, 200, 106.23, 2.48, 112 }, { 20, 232, 115.89, 2.53, 232 }, { 27, 456, 160.83, 2.52, 264 }
};

typedef struct
{
  int width, depth, group;
} Stage;

static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };
static const ThawZooStyle plain = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_NONE };

/* To the nearest multiple of @step, not more than a tenth below */
static int
round_to (double width, int step)
{
  int rounded = MAX (step, (int)(width + step / 2.) / step * step);

  return rounded < .9 * width ? rounded + step : rounded;
}

/* Block i would be width + slope i wide; that becomes the nearest width ratio^k, in multiples of 8,
 * and blocks of one width are a stage. */
static void
find_stages (guint variant, Stage *stages)
{
  int n = 0, last = 0;

  for (int i = 0; i < variants[variant].depth; i++)
    {
      double wanted = variants[variant].width + variants[variant].slope * i;
      double power = rint (log (wanted / variants[variant].width) / log (variants[variant].ratio));
      int width
          = 8 * (int)rint (variants[variant].width * pow (variants[variant].ratio, power) / 8);

      if (width != last)
        {
          g_assert (n < N_STAGES);
          stages[n].group = MIN (variants[variant].group, width);
          stages[n++].width = round_to (width, MIN (variants[variant].group, width));
        }
      stages[n - 1].depth++;
      last = width;
    }
}

static ThawNode *
add_block (ThawBuilder *b,
           ThawNode *x,
           const char *name,
           const Stage *stage,
           int stride,
           gboolean squeezes)
{
  gint64 in = x ? x->shape.dim[3] : 0;
  ThawNode *y = x;

  if (in != stage->width || stride > 1)
    x = thaw_zoo_conv_norm (b, x, &plain, thaw_zoo_path (b, "%s.proj", name),
                            (ThawConvSpec){ .out = stage->width, .kernel = 1, .stride = stride });
  y = thaw_zoo_conv_norm (b, y, &style, thaw_zoo_path (b, "%s.f.a", name),
                          (ThawConvSpec){ .out = stage->width, .kernel = 1 });
  y = thaw_zoo_conv_norm (b, y, &style, thaw_zoo_path (b, "%s.f.b", name),
                          (ThawConvSpec){ .out = stage->width,
                                          .kernel = 3,
                                          .stride = stride,
                                          .groups = stage->width / stage->group });
  if (squeezes)
    y = thaw_zoo_squeeze_excite (b, y, thaw_zoo_path (b, "%s.f.se", name), (gint64)rint (in / 4.),
                                 THAW_ACTIVATION_RELU, THAW_ACTIVATION_SIGMOID);
  y = thaw_zoo_conv_norm (b, y, &plain, thaw_zoo_path (b, "%s.f.c", name),
                          (ThawConvSpec){ .out = stage->width, .kernel = 1 });
  y = thaw_nn_add (b, x, y, thaw_zoo_path (b, "%s.add", name));
  return thaw_nn_activation (b, y, thaw_zoo_path (b, "%s.activation", name), THAW_ACTIVATION_RELU);
}

static ThawGraph *
build (const char *architecture,
       gint64 classes,
       ThawNode **features,
       ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_regnet, architecture);
  Stage stages[N_STAGES] = { 0 };
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  find_stages (variant, stages);
  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = thaw_zoo_conv_norm (&b, x, &style, "stem",
                          (ThawConvSpec){ .out = 32, .kernel = 3, .stride = 2 });
  for (int s = 0; s < N_STAGES; s++)
    for (int i = 0; i < stages[s].depth; i++)
      x = add_block (&b, x, thaw_zoo_path (&b, "trunk_output.block%d.block%d-%d", s + 1, s + 1, i),
                     &stages[s], i ? 1 : 2, variant >= N_X);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_regnet, weights, classes);
}

const ThawFamily thaw_family_regnet = { "regnet", architectures, titles, build, recognise };
