/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RegNet X and Y (Radosavovic et al. 2020), parameters under torchvision's names. Widths and depths
 * of the stages follow from a line: see find_stages(). */
#include <math.h>
#include <string.h>

#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf",
        "regnet_x_8gf",   "regnet_x_16gf",  "regnet_x_32gf",  "regnet_y_400mf",
        "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf", "regnet_y_8gf",
        "regnet_y_16gf",  "regnet_y_32gf",  "regnet_y_128gf", "regnet_x_200mf",
        "regnet_x_600mf", "regnet_x_4gf",   "regnet_x_6_4gf", "regnet_x_12gf",
        "regnet_y_200mf", "regnet_y_600mf", "regnet_y_4gf",   "regnet_y_6_4gf",
        "regnet_y_12gf",  "regnet_y_64gf",  "regnet_y_256gf", "regnet_x_400mf_narrow",
        "regnet_y_800mf_narrow", "regnet_y_8gf_narrow", NULL };
static const char *const titles[]
    = { "RegNet X 400MF", "RegNet X 800MF", "RegNet X 1.6GF", "RegNet X 3.2GF", "RegNet X 8GF",
        "RegNet X 16GF",  "RegNet X 32GF",  "RegNet Y 400MF", "RegNet Y 800MF", "RegNet Y 1.6GF",
        "RegNet Y 3.2GF", "RegNet Y 8GF",   "RegNet Y 16GF",  "RegNet Y 32GF",  "RegNet Y 128GF",
        "RegNet X 200MF", "RegNet X 600MF", "RegNet X 4GF",   "RegNet X 6.4GF", "RegNet X 12GF",
        "RegNet Y 200MF", "RegNet Y 600MF", "RegNet Y 4GF",   "RegNet Y 6.4GF", "RegNet Y 12GF",
        "RegNet Y 64GF",  "RegNet Y 256GF", "RegNet X 400MF, narrow", "RegNet Y 800MF, narrow",
        "RegNet Y 8GF, narrow" };

enum
{
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
  { 18, 200, 106.23, 2.48, 112 }, { 20, 232, 115.89, 2.53, 232 }, { 27, 456, 160.83, 2.52, 264 },
  { 13, 24, 36.44, 2.49, 8 },     { 16, 48, 36.97, 2.24, 24 },    { 23, 96, 38.65, 2.43, 40 },
  { 17, 184, 60.83, 2.07, 56 },   { 19, 168, 73.36, 2.37, 112 },  { 13, 24, 36.44, 2.49, 8 },
  { 15, 48, 32.54, 2.32, 16 },    { 22, 96, 31.41, 2.24, 64 },    { 25, 112, 33.22, 2.27, 72 },
  { 19, 168, 73.36, 2.37, 112 },  { 20, 352, 147.48, 2.4, 328 },  { 27, 640, 230.83, 2.53, 373 },
  { 22, 24, 24.48, 2.54, 16 },    { 14, 56, 38.84, 2.4, 16 },     { 17, 192, 76.82, 2.19, 56 }
};

typedef struct
{
  int width, depth, group;
} Stage;

static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };
static const ThawZooStyle plain = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_NONE };

/* To the nearest multiple of @step, not more than a tenth below; @narrow: the even one of two as near */
static int
round_to (double width, int step, gboolean narrow)
{
  int rounded = MAX (step, (int)(width + step / 2.) / step * step);

  if (narrow)
    return step * (int)rint (width / step);
  return rounded < .9 * width ? rounded + step : rounded;
}

/* So timm's networks are but for those called "_tv", where it makes a difference. */
static gboolean
is_narrow (guint variant)
{
  return variant > thaw_zoo_index (&thaw_family_regnet, "regnet_y_128gf");
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
          stages[n].width = round_to (width, stages[n].group, is_narrow (variant));
          n++;
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
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  guint variant = thaw_zoo_index (&thaw_family_regnet, request->architecture);
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
                     &stages[s], i ? 1 : 2, strstr (request->architecture, "_y_") != NULL);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "fc", request->classes, TRUE), error);
}

static const ThawZooRule timm_rules[]
    = { { "stem.0", "stem.conv" },
        { "stem.1", "stem.bn" },
        { "stem.2", "stem.act" },
        { "trunk_output.block?.block*-*", "s*.b+" },
        { "s*.b*.proj.0", "s*.b*.downsample.conv" },
        { "s*.b*.proj.1", "s*.b*.downsample.bn" },
        { "s*.b*.f.a.0", "s*.b*.conv1.conv" },
        { "s*.b*.f.a.1", "s*.b*.conv1.bn" },
        { "s*.b*.f.a.2", "s*.b*.conv1.act" },
        { "s*.b*.f.b.0", "s*.b*.conv2.conv" },
        { "s*.b*.f.b.1", "s*.b*.conv2.bn" },
        { "s*.b*.f.b.2", "s*.b*.conv2.act" },
        { "s*.b*.f.se", "s*.b*.se" },
        { "s*.b*.f.c.0", "s*.b*.conv3.conv" },
        { "s*.b*.f.c.1", "s*.b*.conv3.bn" },
        { "avgpool", "head.global_pool" },
        { "flatten", "head.flatten" },
        { "fc", "head.fc" },
        { NULL } };

static const ThawZooRule *
rules (const char *architecture)
{
  return timm_rules;
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_regnet, weights, classes);
}

const ThawFamily thaw_family_regnet
    = { "regnet", architectures, titles, build, recognise, .rules = rules };
