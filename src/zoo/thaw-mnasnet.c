/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MNASNet-B1 (Tan et al. 2019), parameters under torchvision's names. */
#include "thaw-zoo-private.h"

static const char *const architectures[]
    = { "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3", NULL };
static const char *const titles[] = { "MNASNet 0.5", "MNASNet 0.75", "MNASNet 1.0", "MNASNet 1.3" };

static const double widths[] = { .5, .75, 1, 1.3 };
static const struct
{
  int kernel, stride, expand, out, repeats;
} stages[] = { { 3, 2, 3, 24, 3 }, { 5, 2, 3, 40, 3 },  { 5, 2, 6, 80, 3 },
               { 3, 1, 6, 96, 2 }, { 5, 2, 6, 192, 4 }, { 3, 1, 6, 320, 1 } };

/* The convolution @number of the sequence @name, its BatchNorm and, where wanted, its ReLU */
static ThawNode *
add_conv (ThawBuilder *b,
          ThawNode *x,
          const char *name,
          int number,
          ThawConvSpec spec,
          gboolean activated)
{
  static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-5, THAW_ACTIVATION_RELU };
  ThawZooNames names = { name, thaw_zoo_path (b, "%d", number), thaw_zoo_path (b, "%d", number + 1),
                         activated ? thaw_zoo_path (b, "%d", number + 2) : NULL };

  return thaw_zoo_conv (b, x, &style, &names, spec);
}

static ThawNode *
add_block (ThawBuilder *b, ThawNode *x, const char *name, guint stage, int stride, gint64 out)
{
  gint64 in = x ? x->shape.dim[3] : 0, wide = in * stages[stage].expand;
  const char *layers = thaw_zoo_path (b, "%s.layers", name);
  ThawNode *y = x;

  y = add_conv (b, y, layers, 0, (ThawConvSpec){ .out = wide, .kernel = 1 }, TRUE);
  y = add_conv (
      b, y, layers, 3,
      (ThawConvSpec){
          .out = wide, .kernel = stages[stage].kernel, .stride = stride, .groups = (int)wide },
      TRUE);
  y = add_conv (b, y, layers, 6, (ThawConvSpec){ .out = out, .kernel = 1 }, FALSE);
  return stride == 1 && in == out ? thaw_nn_add (b, y, x, thaw_zoo_path (b, "%s.add", name)) : y;
}

static ThawGraph *
build (const ThawZooRequest *request, ThawNode **features, ThawPreprocessing *preprocessing,
       GError **error)
{
  double width = widths[thaw_zoo_index (&thaw_family_mnasnet, request->architecture)];
  int first = (int)thaw_zoo_round (32, width);
  ThawBuilder b;
  ThawNode *x = thaw_zoo_begin (&b, 224);

  *preprocessing = thaw_zoo_preprocessing_imagenet (256, 224);
  x = add_conv (&b, x, "layers", 0, (ThawConvSpec){ .out = first, .kernel = 3, .stride = 2 }, TRUE);
  x = add_conv (&b, x, "layers", 3, (ThawConvSpec){ .out = first, .kernel = 3, .groups = first },
                TRUE);
  x = add_conv (&b, x, "layers", 6,
                (ThawConvSpec){ .out = thaw_zoo_round (16, width), .kernel = 1 }, FALSE);
  for (guint s = 0; s < G_N_ELEMENTS (stages); s++)
    for (int i = 0; i < stages[s].repeats; i++)
      x = add_block (&b, x, thaw_zoo_path (&b, "layers.%u.%d", s + 8, i), s,
                     i ? 1 : stages[s].stride, thaw_zoo_round (stages[s].out, width));
  x = add_conv (&b, x, "layers", 14, (ThawConvSpec){ .out = 1280, .kernel = 1 }, TRUE);
  *features = x = thaw_nn_flatten (&b, thaw_nn_global_pool (&b, x, "avgpool"), "flatten");
  x = thaw_nn_dropout (&b, x, "classifier.0", .2f);
  return thaw_zoo_end (&b, thaw_nn_linear (&b, x, "classifier.1", request->classes, TRUE), error);
}

static const char *
recognise (ThawTensorMap *weights, gint64 *classes)
{
  return thaw_zoo_match (&thaw_family_mnasnet, weights, classes);
}

const ThawFamily thaw_family_mnasnet = { "mnasnet", architectures, titles, build, recognise };
