/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>

#include "thaw-zoo-build.h"

typedef struct
{
  const char *title;
  guint same, count; /* parameters that are there in their shape, of all */
  char *difference;  /* the first that is not */
} Nearness;

static char *
describe_difference (const ThawNode *node, const ThawTensor *tensor)
{
  g_autofree char *wanted = thaw_shape_to_string (&node->shape);
  g_autofree char *found = tensor ? thaw_shape_to_string (&tensor->shape) : NULL;

  if (!tensor)
    return g_strdup_printf ("%s is missing", node->name);
  return g_strdup_printf ("%s is %s instead of %s", node->name, found, wanted);
}

static void
look_at (const ThawFamily *family, guint i, const ThawTensorMap *weights, Nearness *best)
{
  Nearness here = { .title = family->titles[i] };
  ThawNode *features;
  ThawPreprocessing preprocessing;
  g_autoptr (ThawGraph) graph
      = family->build (family->architectures[i], 1000, &features, &preprocessing, NULL);

  for (guint id = 0; graph && id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      const ThawTensor *tensor;

      if (node->op != THAW_OP_PARAMETER)
        continue;
      tensor = thaw_tensor_map_get (weights, node->name);
      here.count++;
      if (tensor && thaw_shape_equal (&tensor->shape, &node->shape))
        here.same++;
      else if (!here.difference)
        here.difference = describe_difference (node, tensor);
    }
  if ((guint64) here.same * MAX (best->count, 1) > (guint64) best->same * here.count)
    {
      g_free (best->difference);
      *best = here;
    }
  else
    g_free (here.difference);
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
  g_autofree char *found = first_names (weights);

  for (guint i = 0; i < thaw_zoo_n_families (); i++)
    for (guint k = 0; thaw_zoo_family (i)->architectures[k]; k++)
      look_at (thaw_zoo_family (i), k, weights, &best);
  if (best.same > 0)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "the %u tensors (%s ...) are of no network that Thaw knows; nearest is %s, of "
                 "which %u of %u tensors are there: %s",
                 thaw_tensor_map_size (weights), found, best.title, best.same, best.count,
                 best.difference ? best.difference : "the others are unknown");
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                 "the %u tensors (%s ...) are of no network that Thaw knows: their names and "
                 "shapes were looked for in %s",
                 thaw_tensor_map_size (weights), found, known);
  g_free (best.difference);
}
