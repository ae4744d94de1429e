/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>

#include "thaw-zoo-build.h"

static const ThawFamily *const families[] = {
#define THAW_FAMILY(name) &thaw_family_##name,
#include "thaw-zoo-list.inc"
#undef THAW_FAMILY
};

guint
thaw_zoo_n_families (void)
{
  return G_N_ELEMENTS (families);
}

const ThawFamily *
thaw_zoo_family (guint i)
{
  g_assert (i < G_N_ELEMENTS (families));
  return families[i];
}

const ThawFamily *
thaw_zoo_find (const char *architecture)
{
  const char *own = thaw_zoo_own (architecture);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_strv_contains (families[i]->architectures, own))
      return families[i];
  return NULL;
}

const char *
thaw_zoo_nth (const ThawFamily *family, guint i)
{
  guint n = g_strv_length ((char **) family->architectures);

  return i < n ? family->architectures[i] : thaw_zoo_timm_nth (family, i - n);
}

guint
thaw_zoo_index (const ThawFamily *family, const char *architecture)
{
  guint i = 0;

  while (!g_str_equal (family->architectures[i], architecture))
    g_assert (family->architectures[++i]);
  return i;
}

char *
thaw_zoo_known (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    for (guint k = 0; families[i]->architectures[k]; k++)
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", families[i]->architectures[k]);
  g_string_append (text, ", and timm's as timm/NAME");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Convolutions take pictures of any size: only what depends on it was built for @side. */
static ThawGraph *
for_size (ThawGraph *graph, int side, ThawNode **features, GError **error)
{
  g_autoptr (ThawGraph) own = graph;
  ThawGraph *resized;

  if (thaw_graph_input (graph, 0)->shape.dim[1] == side)
    return g_steal_pointer (&own);
  resized = thaw_graph_resize (graph, side, side, error);
  if (resized)
    *features = thaw_graph_find (resized, (*features)->name);
  return resized;
}

ThawGraph *
thaw_zoo_own_graph (const char *architecture, int size, gint64 classes, ThawNode **features, ThawPreprocessing *preprocessing, GError **error)
{
  ThawZooRequest request = { .classes = classes, .size = size };
  g_autoptr (ThawGraph) graph = NULL;

  thaw_zoo_timm_request (architecture, &request);
  graph = thaw_zoo_find (architecture)->build (&request, features, preprocessing, error);
  if (!graph)
    return NULL;
  if (request.architecture != architecture)
    {
      preprocessing->width = preprocessing->height = request.size;
      thaw_zoo_timm_preprocessing (architecture, preprocessing);
    }
  return for_size (g_steal_pointer (&graph), preprocessing->width, features, error);
}

ThawGraph *
thaw_zoo_graph (const char *architecture, int size, gint64 classes, ThawNode **features, ThawPreprocessing *preprocessing, GError **error)
{
  const ThawZooRule *rules = thaw_zoo_rules (architecture);
  g_autoptr (ThawGraph) graph = thaw_zoo_own_graph (architecture, size, classes, features, preprocessing, error);

  if (graph && rules && !thaw_graph_rename (graph, thaw_zoo_translate, (gpointer) rules, error))
    return NULL;
  return g_steal_pointer (&graph);
}

ThawShape
thaw_zoo_file_shape (const char *architecture, const ThawNode *node)
{
  return thaw_zoo_timm_shape (thaw_zoo_rules (architecture), node->name, &node->shape);
}

char *
thaw_zoo_title (const char *architecture)
{
  const char *own = thaw_zoo_own (architecture);
  const ThawFamily *family = thaw_zoo_find (architecture);

  return g_strconcat (family->titles[thaw_zoo_index (family, own)], own == architecture ? "" : " (timm)", NULL);
}

ThawModel *
thaw_zoo_build (const char *architecture, int size, gint64 classes, GError **error)
{
  ThawNode *features;
  ThawPreprocessing preprocessing;
  ThawGraph *graph
      = thaw_zoo_graph (architecture, size, classes, &features, &preprocessing, error);
  ThawModel *model;

  if (!graph)
    return NULL;
  model = thaw_model_new (architecture, graph, thaw_tensor_map_new (), features);
  g_free (model->title);
  model->title = thaw_zoo_title (architecture);
  model->preprocessing = preprocessing;
  return model;
}

const char *
thaw_zoo_assumption (const char *architecture)
{
  const ThawFamily *family = thaw_zoo_find (architecture);

  if (!family || thaw_zoo_own (architecture) != architecture)
    return thaw_zoo_timm_assumption (architecture);
  return family->assumptions ? family->assumptions[thaw_zoo_index (family, architecture)] : NULL;
}

#define MAX_CLASSES 1000000

ThawModel *
thaw_zoo_create (const char *architecture, gint64 classes, guint64 seed, GError **error)
{
  g_autofree char *known = thaw_zoo_find (architecture) ? NULL : thaw_zoo_known ();
  ThawModel *model;

  if (known)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "there is no architecture \"%.80s\"; there are %s", architecture, known);
      return NULL;
    }
  if (classes < 0 || classes > MAX_CLASSES)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a network can have 1 to %d classes",
                   MAX_CLASSES);
      return NULL;
    }
  model = thaw_zoo_build (architecture, 0, classes ? classes : 1000, error);
  if (!model)
    return NULL;
  thaw_nn_initialise (model->graph, model->parameters, "", seed);
  g_free (model->source);
  model->source = g_strdup ("random");
  return model;
}
