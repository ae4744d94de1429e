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
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    if (g_strv_contains (families[i]->architectures, architecture))
      return families[i];
  return NULL;
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
  return g_string_free (g_steal_pointer (&text), FALSE);
}

ThawModel *
thaw_zoo_build (const ThawFamily *family, const char *architecture, gint64 classes, GError **error)
{
  ThawNode *features;
  ThawPreprocessing preprocessing;
  ThawGraph *graph = family->build (architecture, classes, &features, &preprocessing, error);
  ThawModel *model;

  if (!graph)
    return NULL;
  model = thaw_model_new (architecture, graph, thaw_tensor_map_new (), features);
  g_free (model->title);
  model->title = g_strdup (family->titles[thaw_zoo_index (family, architecture)]);
  model->preprocessing = preprocessing;
  return model;
}

const char *
thaw_zoo_assumption (const char *architecture)
{
  const ThawFamily *family = thaw_zoo_find (architecture);

  return family && family->assumptions ? family->assumptions[thaw_zoo_index (family, architecture)]
                                       : NULL;
}

#define MAX_CLASSES 1000000

ThawModel *
thaw_zoo_create (const char *architecture, gint64 classes, guint64 seed, GError **error)
{
  const ThawFamily *family = thaw_zoo_find (architecture);
  g_autofree char *known = family ? NULL : thaw_zoo_known ();
  ThawModel *model;

  if (!family)
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
  model = thaw_zoo_build (family, architecture, classes ? classes : 1000, error);
  if (!model)
    return NULL;
  thaw_nn_initialise (model->graph, model->parameters, "", seed);
  g_free (model->source);
  model->source = g_strdup ("random");
  return model;
}
