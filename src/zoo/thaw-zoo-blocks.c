/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>

#include "thaw-zoo-private.h"

ThawZooStyle
thaw_zoo_style (const ThawZooRequest *request, const ThawZooStyle *own)
{
  ThawZooStyle style = *own;

  if (request->eps > 0)
    {
      style.eps = request->eps;
      style.padding = request->padding;
    }
  return style;
}

char *
thaw_zoo_name (const char *block, const char *name)
{
  return *block ? g_strconcat (block, ".", name, NULL) : g_strdup (name);
}

ThawNode *
thaw_zoo_conv (ThawBuilder *b,
               ThawNode *x,
               const ThawZooStyle *style,
               const ThawZooNames *names,
               ThawConvSpec spec)
{
  g_autofree char *conv = thaw_zoo_name (names->block, names->conv);
  g_autofree char *norm = thaw_zoo_name (names->block, names->norm);

  spec.padding = style->padding;
  for (int i = 0; i < 2 && style->padding == THAW_PADDING_EXPLICIT && spec.pad == 0; i++)
    spec.pad_hw[i] = (spec.kernel ? spec.kernel : spec.kernel_hw[i]) / 2;
  spec.pad = 0;
  spec.bias = style->folded;
  x = thaw_nn_conv (b, x, conv, &spec);
  if (!style->folded)
    x = thaw_nn_batchnorm (b, x, norm, style->eps);
  if (names->activation)
    {
      g_autofree char *activation = thaw_zoo_name (names->block, names->activation);

      x = thaw_nn_activation (b, x, activation, style->activation);
    }
  return x;
}

const char *
thaw_zoo_path (ThawBuilder *b, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return g_string_chunk_insert (b->names, name);
}

ThawNode *
thaw_zoo_conv_norm (
    ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const char *name, ThawConvSpec spec)
{
  ThawZooNames names = { name, "0", "1", style->activation ? "2" : NULL };

  return thaw_zoo_conv (b, x, style, &names, spec);
}

ThawNode *
thaw_zoo_basic_conv (ThawBuilder *b, ThawNode *x, const char *name, ThawConvSpec spec)
{
  static const ThawZooStyle style = { THAW_PADDING_EXPLICIT, FALSE, 1e-3, THAW_ACTIVATION_RELU };

  return thaw_zoo_conv (b, x, &style, &(ThawZooNames){ name, "conv", "bn", "relu" }, spec);
}

ThawNode *
thaw_zoo_squeeze_excite (ThawBuilder *b,
                         ThawNode *x,
                         const char *name,
                         gint64 squeeze,
                         ThawActivation activation,
                         ThawActivation gate)
{
  ThawConvSpec first = { .out = squeeze, .kernel = 1, .bias = TRUE };
  ThawConvSpec second = { .out = x ? x->shape.dim[3] : 0, .kernel = 1, .bias = TRUE };
  ThawNode *y = thaw_nn_global_pool (b, x, thaw_zoo_path (b, "%s.avgpool", name));

  y = thaw_nn_conv (b, y, thaw_zoo_path (b, "%s.fc1", name), &first);
  y = thaw_nn_activation (b, y, thaw_zoo_path (b, "%s.activation", name), activation);
  y = thaw_nn_conv (b, y, thaw_zoo_path (b, "%s.fc2", name), &second);
  y = thaw_nn_activation (b, y, thaw_zoo_path (b, "%s.scale_activation", name), gate);
  return thaw_nn_mul (b, x, y, thaw_zoo_path (b, "%s.mul", name));
}

gint64
thaw_zoo_round (double channels, double width)
{
  double wanted = channels * width;
  gint64 rounded = MAX (8, (gint64)(wanted + 4) / 8 * 8);

  return rounded < .9 * wanted ? rounded + 8 : rounded;
}

ThawNode *
thaw_zoo_begin (ThawBuilder *b, int size)
{
  *b = (ThawBuilder){ .graph = thaw_graph_new (), .names = g_string_chunk_new (4096) };
  return thaw_graph_add_input (b->graph, "input", &THAW_SHAPE (1, size, size, 3));
}

ThawGraph *
thaw_zoo_end (ThawBuilder *b, ThawNode *logits, GError **error)
{
  g_autoptr (ThawGraph) graph = g_steal_pointer (&b->graph);

  g_clear_pointer (&b->names, g_string_chunk_free);
  if (!logits || b->error)
    {
      if (b->error)
        g_propagate_error (error, g_steal_pointer (&b->error));
      else
        g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                     "two layers of the network have the same name");
      return NULL;
    }
  thaw_graph_add_output (graph, logits);
  return g_steal_pointer (&graph);
}

ThawPreprocessing
thaw_zoo_preprocessing (int resize, int size, float mean, float std)
{
  return (ThawPreprocessing){ .resize = resize,
                              .width = size,
                              .height = size,
                              .filter = THAW_FILTER_BILINEAR,
                              .rounding = THAW_ROUNDING_TORCHVISION,
                              .mean = { mean, mean, mean },
                              .std = { std, std, std } };
}

ThawPreprocessing
thaw_zoo_preprocessing_imagenet (int resize, int size)
{
  static const double mean[] = { .485, .456, .406 }, std[] = { .229, .224, .225 };
  ThawPreprocessing preprocessing = thaw_zoo_preprocessing (resize, size, 0, 1);

  for (int i = 0; i < 3; i++)
    {
      preprocessing.mean[i] = (float)(mean[i] * 255);
      preprocessing.std[i] = (float)(std[i] * 255);
    }
  return preprocessing;
}
