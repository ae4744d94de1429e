/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>

#include "thaw-zoo-build.h"

typedef struct
{
  const char *architecture;
  guint same, count; /* parameters that are there in their shape, of all */
  char *difference;  /* the first that is not */
} Nearness;

static void
nearness_clear (Nearness *self)
{
  g_free (self->difference);
}

static char *
describe_difference (const char *name, const ThawShape *shape, const ThawTensor *tensor)
{
  g_autofree char *wanted = thaw_shape_to_string (shape);
  g_autofree char *found = tensor ? thaw_shape_to_string (&tensor->shape) : NULL;

  if (!tensor)
    return g_strdup_printf ("%s is missing", name);
  return g_strdup_printf ("%s is %s instead of %s", name, found, wanted);
}

static void
look_at (const char *architecture, const ThawTensorMap *weights, Nearness *best)
{
  const ThawZooRule *rules = thaw_zoo_rules (architecture);
  ThawNode *features;
  ThawPreprocessing preprocessing;
  g_autoptr (ThawGraph) graph = thaw_zoo_own_graph (architecture, 0, 1000, &features, &preprocessing, NULL);
  Nearness here = { .architecture = architecture };

  for (guint id = 0; graph && id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      g_autofree char *name = NULL;
      const ThawTensor *tensor;
      ThawShape shape;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_zoo_find_tensor (rules, node, weights, &name);
      shape = thaw_zoo_timm_shape (rules, name, &node->shape);
      here.count++;
      if (tensor && thaw_shape_equal (&tensor->shape, &shape))
        here.same++;
      else if (!here.difference)
        here.difference = describe_difference (name, &shape, tensor);
    }
  if ((guint64) here.same * MAX (best->count, 1) > (guint64) best->same * here.count)
    {
      nearness_clear (best);
      *best = here;
    }
  else
    nearness_clear (&here);
}

static char *
first_names (const ThawTensorMap *weights)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < MIN (thaw_tensor_map_size (weights), 3); i++)
    g_string_append_printf (text, "%s%.80s", i ? ", " : "", thaw_tensor_map_name (weights, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
thaw_zoo_set_unknown_error (const ThawTensorMap *weights, GError **error)
{
  Nearness best = { 0 };
  g_autofree char *known = thaw_zoo_known ();
  g_autofree char *found = first_names (weights), *title = NULL;
  const char *architecture;

  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    for (guint k = 0; (architecture = thaw_zoo_nth (thaw_zoo_family (i), k)); k++)
      look_at (architecture, weights, &best);
  if (best.same > 0)
    title = thaw_zoo_title (best.architecture);
  if (title)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "the %u tensors (%s ...) are of no network that Thaw knows; nearest is %s, of "
                 "which %u of %u tensors are there: %s",
                 thaw_tensor_map_size (weights), found, title, best.same, best.count,
                 best.difference ? best.difference : "the others are unknown");
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "the %u tensors (%s ...) are of no network that Thaw knows: their names and "
                 "shapes were looked for in %s",
                 thaw_tensor_map_size (weights), found, known);
  nearness_clear (&best);
}
