/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <string.h>

const char *
thaw_project_relative_path (const ThawProject *self, const char *path)
{
  gsize n = strlen (self->folder);

  if (strncmp (path, self->folder, n) != 0)
    return path;
  if (n > 0 && self->folder[n - 1] == '/')
    n--;
  return path[n] == '/' && path[n + 1] && path[n + 1] != '/' ? path + n + 1 : path;
}

static gboolean
empty_tables (ThawProject *self, GError **error)
{
  static const char *const statements[] = { "DELETE FROM classes", "DELETE FROM files",
                                            "DELETE FROM images", "DELETE FROM problems" };

  for (guint i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!thaw_project_exec (self, error, statements[i], ""))
      return FALSE;
  return TRUE;
}

static gboolean
write_classes (ThawProject *self, const ThawDataset *dataset, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "INSERT INTO classes VALUES (?, ?)");
  for (guint i = 0; i < dataset->classes->len; i++)
    {
      thaw_query_bind (&query, "it", (gint64) i, g_ptr_array_index (dataset->classes, i));
      thaw_query_next (&query);
    }
  return thaw_query_end (&query, error);
}

static gboolean
write_problems (ThawProject *self, const ThawDataset *dataset, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "INSERT INTO problems (path, reason) VALUES (?, ?)");
  for (guint i = 0; i < dataset->problems->len; i++)
    {
      const ThawProblem *problem = g_ptr_array_index (dataset->problems, i);
      g_autofree char *path = g_utf8_make_valid (problem->path, -1);
      g_autofree char *reason = g_utf8_make_valid (problem->reason, -1);

      thaw_query_bind (&query, "tt", path, reason);
      thaw_query_next (&query);
    }
  return thaw_query_end (&query, error);
}

/* The row of the sample's file, made where it is new. @files: path -> id */
static gint64
file_id (ThawQuery *query, GHashTable *files, const ThawSample *sample)
{
  gpointer known = g_hash_table_lookup (files, sample->path);
  const char *path;

  if (known)
    return GPOINTER_TO_SIZE (known);
  path = thaw_project_relative_path (query->project, sample->path);
  thaw_query_bind (query, "ibii", (gint64) g_hash_table_size (files) + 1, path, strlen (path),
                   sample->size, sample->mtime);
  thaw_query_next (query);
  g_hash_table_insert (files, sample->path, GSIZE_TO_POINTER (g_hash_table_size (files) + 1));
  return g_hash_table_size (files);
}

static gboolean
write_images (ThawProject *self, const ThawDataset *dataset, GError **error)
{
  g_autoptr (GHashTable) files = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (ThawQuery) file = { 0 };
  g_auto (ThawQuery) image = { 0 };

  thaw_query_prepare (&file, self, "INSERT INTO files VALUES (?, ?, ?, ?)");
  thaw_query_prepare (&image, self, "INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);
      gint64 id = file_id (&file, files, sample);

      thaw_query_bind (&image, "iiitiii", (gint64) i, id, sample->index, sample->hash,
                       (gint64) sample->label, (gint64) sample->split,
                       (gint64) sample->split_given);
      thaw_query_next (&image);
    }
  return thaw_query_end (&file, error) && thaw_query_end (&image, error);
}

gboolean
thaw_project_set_dataset (ThawProject *self, const ThawDataset *dataset, GError **error)
{
  if (!thaw_project_check_writable (self, error) || !thaw_project_flush (self, error)
      || !thaw_project_begin (self, error))
    return FALSE;
  if (empty_tables (self, error) && write_classes (self, dataset, error)
      && write_images (self, dataset, error) && write_problems (self, dataset, error))
    return thaw_project_commit (self, error);
  thaw_project_rollback (self);
  return FALSE;
}

static gboolean
read_classes (ThawProject *self, ThawDataset *dataset, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "SELECT label, name FROM classes ORDER BY label");
  while (thaw_query_next (&query))
    {
      gint64 expected = dataset->classes->len;

      thaw_query_int (&query, 0, expected, expected);
      g_ptr_array_add (dataset->classes, g_strdup (thaw_query_text (&query, 1)));
    }
  return thaw_query_end (&query, error);
}

static gboolean
read_problems (ThawProject *self, ThawDataset *dataset, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "SELECT path, reason FROM problems ORDER BY id");
  while (thaw_query_next (&query))
    {
      g_autofree char *path = g_strdup (thaw_query_text (&query, 0));

      thaw_dataset_add_problem (dataset, path, thaw_query_text (&query, 1));
    }
  return thaw_query_end (&query, error);
}

static char *
absolute_path (ThawQuery *query, int column)
{
  gsize n;
  const char *bytes = thaw_query_blob (query, column, &n);
  g_autofree char *path = g_strndup (bytes ? bytes : "", n);

  if (n == 0 || strlen (path) != n)
    {
      thaw_query_refuse (query, "a file's path");
      return g_strdup ("");
    }
  return g_path_is_absolute (path) ? g_steal_pointer (&path)
                                   : g_build_filename (query->project->folder, path, NULL);
}

static gboolean
is_hash (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

static ThawSample *
read_sample (ThawQuery *query, const ThawDataset *dataset)
{
  ThawSample *sample = g_new0 (ThawSample, 1);

  sample->path = absolute_path (query, 0);
  sample->size = thaw_query_int (query, 1, 0, G_MAXINT64);
  sample->mtime = thaw_query_int (query, 2, G_MININT64, G_MAXINT64);
  sample->index = thaw_query_int (query, 3, -1, G_MAXINT64);
  if (!thaw_query_is_null (query, 4))
    {
      sample->hash = g_strdup (thaw_query_text (query, 4));
      if (!is_hash (sample->hash))
        thaw_query_refuse (query, "a picture's hash");
    }
  sample->label = thaw_query_int (query, 5, 0, (gint64) dataset->classes->len - 1);
  sample->split = thaw_query_int (query, 6, 0, THAW_N_SPLITS - 1);
  sample->split_given = thaw_query_int (query, 7, 0, 1);
  return sample;
}

static gboolean
read_images (ThawProject *self, ThawDataset *dataset, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self,
                      "SELECT path, size, mtime, item, hash, label, split, split_given "
                      "FROM images LEFT JOIN files ON files.id = images.file ORDER BY images.id");
  while (thaw_query_next (&query))
    g_ptr_array_add (dataset->samples, read_sample (&query, dataset));
  return thaw_query_end (&query, error);
}

ThawDataset *
thaw_project_get_dataset (ThawProject *self, GError **error)
{
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  gboolean ok;

  if (!thaw_project_begin (self, error))
    return NULL;
  ok = read_classes (self, dataset, error) && read_images (self, dataset, error)
       && read_problems (self, dataset, error);
  thaw_project_rollback (self);
  return ok ? g_steal_pointer (&dataset) : NULL;
}
