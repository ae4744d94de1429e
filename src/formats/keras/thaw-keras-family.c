/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-keras-private.h"

/* in the order they are tried */
static const ThawKerasFamily families[] = {
  { "mobilenet", "MobileNet", "conv_pw_1", NULL, THAW_KERAS_TF, 224 },
  { "mobilenet_v2", "MobileNetV2", "bn_Conv1", NULL, THAW_KERAS_TF, 224 },
  { "mobilenet_v3", "MobileNetV3", "expanded_conv_1_expand", "expanded_conv_1/expand", THAW_KERAS_TF, 224 },
  { "densenet", "DenseNet", "pool2_bn", "pool2/bn", THAW_KERAS_TORCH, 224 },
  { "resnet_v2", "ResNet V2", "conv2_block1_preact_bn", NULL, THAW_KERAS_TF, 224 },
  { "resnet", "ResNet", "conv2_block1_1_conv", NULL, THAW_KERAS_CAFFE, 224 },
  { "xception", "Xception", "block2_sepconv1", NULL, THAW_KERAS_TF, 299 },
  { "vgg", "VGG", "block1_conv2", NULL, THAW_KERAS_CAFFE, 224 },
  { "inception_resnet_v2", "Inception-ResNet V2", "mixed_5b", NULL, THAW_KERAS_TF, 299 },
  { "inception_v3", "Inception V3", "mixed0", NULL, THAW_KERAS_TF, 299 },
  { "efficientnet", "EfficientNet", "block1a_dwconv", NULL, THAW_KERAS_RAW, 224 },
  { "efficientnet_v2", "EfficientNetV2", "block1a_project_conv", NULL, THAW_KERAS_TF, 224 },
  { "nasnet", "NASNet", "stem_bn1", NULL, THAW_KERAS_TF, 224 },
  { "convnext", "ConvNeXt", "*_stage_0_block_0_depthwise_conv", NULL, THAW_KERAS_TORCH, 224 },
};

/* number * scale + offset, numbers from 0 to 255; in the order of red, green, blue. @name: the person's choice */
static const struct
{
  const char *name, *what;
  double      scale[3], offset[3];
} rules[] = {
  [THAW_KERAS_RAW] = { "keras-raw", "with values from 0 to 255", { 1, 1, 1 }, { 0 } },
  [THAW_KERAS_UNIT] = { "keras-unit", "with values from 0 to 1", { 1 / 255., 1 / 255., 1 / 255. }, { 0 } },
  [THAW_KERAS_TF] = { "keras-tf", "with values from -1 to 1", { 1 / 127.5, 1 / 127.5, 1 / 127.5 }, { -1, -1, -1 } },
  [THAW_KERAS_CAFFE] = { "keras-caffe", "with blue first and less a mean", { 1, 1, 1 }, { -123.68, -116.779, -103.939 } },
  [THAW_KERAS_TORCH] = { "keras-torch", "normalised by ImageNet's mean and deviation",
                         { 1 / (255 * .229), 1 / (255 * .224), 1 / (255 * .225) },
                         { -.485 / .229, -.456 / .224, -.406 / .225 } },
};

static gboolean
fits (const ThawKerasFamily *family, const char *layer)
{
  return g_str_equal (family->mark, layer) || (family->other_mark && g_str_equal (family->other_mark, layer))
         || (*family->mark == '*' && g_str_has_suffix (layer, family->mark + 1));
}

const ThawKerasFamily *
thaw_keras_family (const ThawJsonReader *layers)
{
  guint found = G_N_ELEMENTS (families);
  ThawJsonReader at = *layers, layer, config;

  while (thaw_json_next (&at, &layer))
    {
      g_autofree char *name = thaw_json_find (&layer, "config", &config) ? thaw_keras_string (&config, "name") : NULL;

      for (guint i = 0; name && i < found; i++)
        if (fits (&families[i], name))
          found = i;
    }
  return found < G_N_ELEMENTS (families) ? &families[found] : NULL;
}

static gboolean
is_untouched (const ThawKerasReader *self)
{
  for (int c = 0; c < 3; c++)
    if (self->scale[c] != 1 || self->offset[c] != 0)
      return FALSE;
  return !self->turned;
}

/* The kernel's first channel becomes its third: what was made for pictures with blue first takes them with red first. */
static void
swap_channels (ThawModel *model, const ThawNode *weight)
{
  g_autoptr (ThawTensor) own = thaw_tensor_copy (thaw_tensor_map_get (model->parameters, weight->name));
  gint64 area = weight->shape.dim[2] * weight->shape.dim[3];
  float *x = thaw_tensor_f32 (own);

  for (gint64 o = 0; o < weight->shape.dim[0]; o++, x += 3 * area)
    for (gint64 i = 0; i < area; i++)
      {
        float red = x[i];

        x[i] = x[2 * area + i];
        x[2 * area + i] = red;
      }
  thaw_tensor_map_set (model->parameters, weight->name, own);
}

static const ThawNode *
source_of (const ThawNode *node)
{
  while (node && node->op == THAW_OP_PAD)
    node = node->inputs[0];
  return node;
}

/* All that takes the picture must be convolutions, whose kernels can be turned instead. */
static gboolean
turn_to_blue_first (ThawModel *model, GError **error)
{
  const ThawNode *picture = thaw_graph_input (model->graph, 0);

  for (guint id = 0; id < thaw_graph_size (model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (model->graph, id);

      if (node->op == THAW_OP_PAD || node->n_inputs == 0 || source_of (node->inputs[0]) != picture)
        continue;
      if (node->op != THAW_OP_CONV || node->params.window.groups != 1)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a network for pictures with blue first that does not begin with a convolution");
          return FALSE;
        }
      swap_channels (model, node->inputs[1]);
    }
  return TRUE;
}

/* What else there is is told by the names that thaw_keras_prepare_as() takes. */
static void
set_assumption (ThawModel *model, const ThawKerasFamily *family, ThawKerasRule rule)
{
  g_autoptr (GString) others = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (i != rule)
      g_string_append_printf (others, "%s%s %s", others->len > 0 ? "; " : "", rules[i].what, rules[i].name);
  g_free (model->assumption);
  model->assumption
      = family ? g_strdup_printf ("The file does not say how pictures are prepared; taken is what Keras does for %s: pictures %s. With others it is: %s.", family->title, rules[rule].what, others->str)
               : g_strdup_printf ("The file does not say how pictures are prepared; taken are pictures %s. With others it is: %s.", rules[rule].what, others->str);
}

static ThawKerasRule
rule_of (const ThawKerasFamily *family)
{
  return family ? family->rule : THAW_KERAS_UNIT;
}

static void
set_numbers (ThawPreprocessing *preprocessing, const double *scale, const double *offset, gboolean turned)
{
  for (int c = 0; c < 3; c++)
    {
      int colour = turned ? 2 - c : c;

      preprocessing->mean[colour] = (float) (-offset[c] / scale[c]);
      preprocessing->std[colour] = (float) (1 / scale[c]);
    }
}

/* The family by the name that the reader gave the network */
static const ThawKerasFamily *
family_of (const ThawModel *model)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_str_has_prefix (model->architecture, "keras-") && g_str_equal (model->architecture + strlen ("keras-"), families[i].name))
      return &families[i];
  return NULL;
}

gboolean
thaw_keras_prepare_as (ThawModel *model, const char *name, GError **error)
{
  ThawKerasRule before = rule_of (family_of (model));
  guint rule = 0;

  while (rule < G_N_ELEMENTS (rules) && !g_str_equal (rules[rule].name, name))
    rule++;
  if (!g_str_has_prefix (model->architecture, "keras") || rule == G_N_ELEMENTS (rules))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the file has its whole network in it, there is no architecture to choose%s",
                 g_str_has_prefix (model->architecture, "keras") ? "; of a network of Keras how pictures are prepared: keras-raw, keras-unit, keras-tf, keras-caffe or keras-torch" : "");
  else if (!model->assumption)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the file itself says how pictures are prepared");
  else if ((before == THAW_KERAS_CAFFE) == (rule == THAW_KERAS_CAFFE) || turn_to_blue_first (model, error))
    {
      set_numbers (&model->preprocessing, rules[rule].scale, rules[rule].offset, FALSE);
      g_clear_pointer (&model->assumption, g_free);
      return TRUE;
    }
  return FALSE;
}

gboolean
thaw_keras_settle_picture (ThawKerasReader *self, ThawModel *model, GError **error)
{
  ThawPreprocessing *preprocessing = &model->preprocessing;
  ThawKerasRule rule = rule_of (self->family);
  const double *scale = self->scale, *offset = self->offset;
  gboolean turned = self->turned, blue_first = turned;

  if (is_untouched (self))
    {
      scale = rules[rule].scale;
      offset = rules[rule].offset;
      blue_first = rule == THAW_KERAS_CAFFE;
      set_assumption (model, self->family, rule);
    }
  if (blue_first && !turn_to_blue_first (model, error))
    return FALSE;
  set_numbers (preprocessing, scale, offset, turned);
  preprocessing->stretch = TRUE; /* as Keras' own loaders of pictures do */
  preprocessing->filter = THAW_FILTER_BILINEAR;
  preprocessing->resize = 0;
  return TRUE;
}
