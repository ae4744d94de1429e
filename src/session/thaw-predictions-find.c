/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-predictions-private.h"

#include <thaw/thaw-text.h>

/* Deeper is a mistake, or malice */
#define DEEPEST 64

static void
found_clear_cb (gpointer data)
{
  ThawFound *self = data;

  g_free (self->path);
  g_free (self->name);
}

static int
compare_names_cb (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_folder (const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder && (name = g_dir_read_name (folder)) != NULL)
    if (*name != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names_cb);
  return names;
}

/* @name: as it is shown, (transfer full). Folders are not followed through links: they may lead round in a circle. */
static void
add (GArray *found, const char *path, char *name, int depth, GCancellable *cancellable)
{
  g_autofree char *own_name = name;
  gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR) && (depth == 0 || !g_file_test (path, G_FILE_TEST_IS_SYMLINK));
  g_autoptr (GPtrArray) names = folder && depth < DEEPEST ? list_folder (path) : NULL;

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      ThawFound item = { g_strdup (path), g_steal_pointer (&own_name) };

      g_array_append_val (found, item);
    }
  for (guint i = 0; names && i < names->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      const char *base = g_ptr_array_index (names, i);
      g_autofree char *below = g_build_filename (path, base, NULL), *text = thaw_text_path (base);

      add (found, below, depth == 0 ? g_steal_pointer (&text) : g_build_filename (own_name, text, NULL), depth + 1, cancellable);
    }
}

GArray *
thaw_predictions_find (const GPtrArray *files, GCancellable *cancellable)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (ThawFound));

  g_array_set_clear_func (found, found_clear_cb);
  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_file_peek_path (g_ptr_array_index (files, i));
      g_autofree char *base = path ? g_path_get_basename (path) : NULL;

      if (path)
        add (found, path, thaw_text_path (base), 0, cancellable);
    }
  return found;
}
