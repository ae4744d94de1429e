/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>

#include "thaw-zoo-private.h"

char *
thaw_zoo_name (const char *block, const char *name)
{
  return *block ? g_strconcat (block, ".", name, NULL) : g_strdup (name);
}

ThawNode *
thaw_zoo_conv (ThawBuilder *b, ThawNode *x, const ThawZooStyle *style, const ThawZooNames *names,
               ThawConvSpec spec)
{
  g_autofree char *conv = thaw_zoo_name (names->block, names->conv);
  g_autofree char *norm = thaw_zoo_name (names->block, names->norm);

  spec.padding = style->padding;
  spec.pad = style->padding == THAW_PADDING_EXPLICIT ? spec.kernel / 2 : 0;
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

gint64
thaw_zoo_round (double channels, double width)
{
  double wanted = channels * width;
  gint64 rounded = MAX (8, (gint64) (wanted + 4) / 8 * 8);

  return rounded < .9 * wanted ? rounded + 8 : rounded;
}

ThawNode *
thaw_zoo_begin (ThawBuilder *b, int size)
{
  *b = (ThawBuilder){ .graph = thaw_graph_new () };
  return thaw_graph_add_input (b->graph, "input", &THAW_SHAPE (1, size, size, 3));
}

ThawGraph *
thaw_zoo_end (ThawBuilder *b, ThawNode *logits, GError **error)
{
  g_autoptr (ThawGraph) graph = g_steal_pointer (&b->graph);

  if (!logits)
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
      preprocessing.mean[i] = (float) (mean[i] * 255);
      preprocessing.std[i] = (float) (std[i] * 255);
    }
  return preprocessing;
}
