/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-zoo-build.h"

const ThawNode *
thaw_zoo_classifier (const ThawGraph *graph, const ThawNode *features)
{
  for (guint id = thaw_graph_size (graph); id-- > features->id + 1;)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if ((node->op == THAW_OP_LINEAR || node->op == THAW_OP_CONV)
          && node->inputs[1]->op == THAW_OP_PARAMETER)
        return node->inputs[1];
    }
  return NULL;
}

static gboolean
same_shape (const ThawShape *a, const ThawShape *b, gboolean but_outputs)
{
  ThawShape shape = *a;

  if (but_outputs && shape.rank > 0)
    shape.dim[0] = b->dim[0];
  return thaw_shape_equal (&shape, b);
}

/* Whether @weights has every parameter of @graph in its shape, and nothing else; what comes with
 * the classifier's weight may have any number of outputs. */
static gboolean
fits (const ThawZooRule *rules, const ThawGraph *graph, const ThawNode *classifier, const ThawTensorMap *weights)
{
  const char *dot = strrchr (classifier->name, '.');
  gsize layer = dot ? dot - classifier->name + 1 : 0;
  guint count = 0;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      g_autofree char *name = NULL;
      const ThawTensor *tensor;
      ThawShape shape;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_zoo_find_tensor (rules, node, weights, &name);
      if (!tensor)
        return FALSE;
      shape = thaw_zoo_timm_shape (rules, name, &node->shape);
      if (!same_shape (&shape, &tensor->shape,
                          strncmp (node->name, classifier->name, layer) == 0))
        return FALSE;
      count++;
    }
  return count == thaw_tensor_map_size (weights);
}

static gboolean
matches (const char *architecture, int size, const ThawTensorMap *weights, gint64 *classes)
{
  ThawNode *features;
  ThawPreprocessing preprocessing;
  const ThawZooRule *rules = thaw_zoo_rules (architecture);
  g_autoptr (ThawGraph) graph = thaw_zoo_own_graph (architecture, size, 1, &features, &preprocessing, NULL);
  const ThawNode *classifier = graph ? thaw_zoo_classifier (graph, features) : NULL;
  g_autofree char *name = NULL;
  const ThawTensor *tensor = classifier ? thaw_zoo_find_tensor (rules, classifier, weights, &name) : NULL;

  if (!tensor || tensor->shape.rank < 2 || tensor->shape.dim[0] < 1 || !fits (rules, graph, classifier, weights))
    return FALSE;
  *classes = tensor->shape.dim[0];
  return TRUE;
}

int
thaw_zoo_measure (const char *architecture, const ThawTensorMap *weights)
{
  const ThawFamily *family = thaw_zoo_find (architecture);

  return family->measure ? family->measure (thaw_zoo_own (architecture), weights) : 0;
}

const char *
thaw_zoo_match (const ThawFamily *family, const ThawTensorMap *weights, gint64 *classes)
{
  const char *architecture;

  for (guint i = 0; (architecture = thaw_zoo_nth (family, i)); i++)
    if (matches (architecture, 0, weights, classes))
      return architecture;
  /* pictures of another size than usual */
  for (guint i = 0; family->measure && (architecture = thaw_zoo_nth (family, i)); i++)
    {
      int size = thaw_zoo_measure (architecture, weights);

      if (size && matches (architecture, size, weights, classes))
        return architecture;
    }
  return NULL;
}

/* @name becomes @to, its axes in the order of @perm (NULL: as they are). */
static void
move (ThawTensorMap *weights,
      const char *from,
      const char *what,
      const char *to,
      const char *as,
      const int *perm,
      gboolean linear)
{
  g_autofree char *old = g_strconcat (from, "/", what, NULL);
  g_autofree char *name = g_strconcat (to, ".", as, NULL);
  ThawTensor *tensor = thaw_tensor_map_get (weights, old);
  g_autoptr (ThawTensor) turned = NULL;

  if (!tensor || (perm && tensor->shape.rank != 4))
    return;
  turned = perm ? thaw_tensor_permute (tensor, perm) : thaw_tensor_ref (tensor);
  if (linear && turned->shape.rank == 4 && turned->shape.dim[2] == 1 && turned->shape.dim[3] == 1)
    turned->shape.rank = 2;
  thaw_tensor_map_remove (weights, old);
  thaw_tensor_map_set (weights, name, turned);
}

void
thaw_zoo_relayout (ThawTensorMap *weights, const char *from, const char *to, gboolean linear)
{
  static const int kernel[] = { 3, 2, 0, 1 }, depthwise[] = { 2, 3, 0, 1 };

  move (weights, from, "kernel", to, "weight", kernel, linear);
  move (weights, from, "depthwise_kernel", to, "weight", depthwise, FALSE);
  move (weights, from, "bias", to, "bias", NULL, FALSE);
}

void
thaw_zoo_relayout_norm (ThawTensorMap *weights, const char *from, const char *to)
{
  static const char *const names[][2] = { { "gamma", "weight" },
                                          { "beta", "bias" },
                                          { "moving_mean", "running_mean" },
                                          { "moving_variance", "running_var" } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    move (weights, from, names[i][0], to, names[i][1], NULL, FALSE);
}

void
thaw_zoo_rename (ThawTensorMap *weights, const char *from, const char *to)
{
  static const char *const kinds[] = { "weight", "bias", "running_mean", "running_var" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *old = thaw_zoo_name (from, kinds[i]);
      g_autofree char *name = thaw_zoo_name (to, kinds[i]);
      ThawTensor *tensor = thaw_tensor_map_get (weights, old);

      if (!tensor)
        continue;
      thaw_tensor_map_set (weights, name, tensor);
      thaw_tensor_map_remove (weights, old);
    }
}

void
thaw_zoo_drop (ThawTensorMap *weights, const char *prefix)
{
  for (guint i = thaw_tensor_map_size (weights); i-- > 0;)
    if (g_str_has_prefix (thaw_tensor_map_name (weights, i), prefix))
      {
        g_autofree char *name = g_strdup (thaw_tensor_map_name (weights, i));

        thaw_tensor_map_remove (weights, name);
      }
}
