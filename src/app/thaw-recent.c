/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-recent.h"

/* As many as a menu shows at once */
#define MOST_RECENT 10

static void
fill (GListStore *store, GSettings *settings)
{
  g_auto (GStrv) uris = g_settings_get_strv (settings, "recent");
  g_autoptr (GPtrArray) projects = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; uris[i]; i++)
    g_ptr_array_add (projects, thaw_recent_project_new (uris[i]));
  g_list_store_splice (store, 0, g_list_model_get_n_items (G_LIST_MODEL (store)), projects->pdata, projects->len);
}

static void
changed_cb (GSettings *settings, const char *key, GListStore *store)
{
  fill (store, settings);
}

GListModel *
thaw_recent_new (GSettings *settings)
{
  GListStore *store = g_list_store_new (THAW_TYPE_RECENT_PROJECT);

  fill (store, settings);
  g_signal_connect_object (settings, "changed::recent", G_CALLBACK (changed_cb), store, 0);
  return G_LIST_MODEL (store);
}

/* The list of @key without @uri, which comes first where @add. (transfer full) */
static GStrv
list_with (GSettings *settings, const char *key, const char *uri, gboolean add)
{
  g_auto (GStrv) uris = g_settings_get_strv (settings, key);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  if (add)
    {
      g_strv_builder_add (builder, uri);
      n++;
    }
  for (guint i = 0; uris[i] && n < MOST_RECENT; i++)
    if (!g_str_equal (uris[i], uri))
      {
        g_strv_builder_add (builder, uris[i]);
        n++;
      }
  return g_strv_builder_end (builder);
}

static void
set_list (GSettings *settings, const char *key, GFile *file, gboolean add)
{
  g_autofree char *uri = g_file_get_uri (file);
  g_auto (GStrv) before = g_settings_get_strv (settings, key);
  g_auto (GStrv) after = list_with (settings, key, uri, add);

  if (!g_strv_equal ((const char *const *) before, (const char *const *) after))
    g_settings_set_strv (settings, key, (const char *const *) after);
}

void
thaw_recent_add (GSettings *settings, const char *key, GFile *file)
{
  set_list (settings, key, file, TRUE);
}

void
thaw_recent_remove (GSettings *settings, const char *key, GFile *file)
{
  set_list (settings, key, file, FALSE);
}
