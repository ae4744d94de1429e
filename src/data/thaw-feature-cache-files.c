/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-feature-cache-files.h"

#include <glib/gstdio.h>
#include <thaw/thaw-feature-cache.h>

typedef struct
{
  char  *path;
  gsize  bytes;
  gint64 used;
} CacheFile;

static void
cache_file_free (gpointer data)
{
  CacheFile *self = data;

  g_free (self->path);
  g_free (self);
}

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const CacheFile *x = *(CacheFile *const *) a, *y = *(CacheFile *const *) b;

  return x->used < y->used ? -1 : x->used > y->used;
}

char *
thaw_feature_cache_directory (const char *directory)
{
  if (directory)
    return g_strdup (directory);
  return g_build_filename (g_get_user_cache_dir (), "thaw", "features", NULL);
}

/* Oldest first; a folder that is not there has none. */
static GPtrArray *
list_files (const char *folder)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (cache_file_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      CacheFile *file;
      GStatBuf info;

      if (!g_str_has_suffix (name, THAW_FEATURE_SUFFIX) || g_stat (path, &info) != 0)
        continue;
      file = g_new0 (CacheFile, 1);
      file->path = g_steal_pointer (&path);
      file->bytes = info.st_size;
      file->used = info.st_mtime;
      g_ptr_array_add (files, file);
    }
  g_ptr_array_sort (files, compare_used);
  return files;
}

static gsize
total_bytes (GPtrArray *files)
{
  gsize total = 0;

  for (guint i = 0; i < files->len; i++)
    total += ((CacheFile *) g_ptr_array_index (files, i))->bytes;
  return total;
}

gsize
thaw_feature_cache_usage (const char *directory)
{
  g_autofree char *folder = thaw_feature_cache_directory (directory);
  g_autoptr (GPtrArray) files = list_files (folder);

  return total_bytes (files);
}

gboolean
thaw_feature_cache_trim_except (const char *directory, gsize bytes, const char *keep, GError **error)
{
  g_autoptr (GPtrArray) files = list_files (directory);
  gsize total = total_bytes (files);

  for (guint i = 0; i < files->len && total > bytes; i++)
    {
      CacheFile *file = g_ptr_array_index (files, i);
      g_autofree char *name = g_path_get_basename (file->path);
      g_autoptr (GFile) target = g_file_new_for_path (file->path);

      if (g_strcmp0 (name, keep) == 0)
        continue;
      if (!g_file_delete (target, NULL, error))
        return FALSE;
      total -= file->bytes;
    }
  return TRUE;
}

gboolean
thaw_feature_cache_trim (const char *directory, gsize bytes, GError **error)
{
  g_autofree char *folder = thaw_feature_cache_directory (directory);

  return thaw_feature_cache_trim_except (folder, bytes, NULL, error);
}
