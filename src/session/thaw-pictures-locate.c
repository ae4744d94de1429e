/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures that have moved: each is looked for where the end of its old path leads below the new folder, then by size and content. */
#include "thaw-pictures-private.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw/thaw-error.h>

/* Folders below folders: links may lead in circles */
#define MOST_DEPTH 24

/* a file that may be one of them */
typedef struct
{
  char  *path;
  gint64 size;
} Candidate;

typedef struct
{
  char       *folder;
  GPtrArray  *pictures; /* ThawPicture, missing */
  GPtrArray  *samples;  /* ThawSample of each */
  GPtrArray  *places;   /* char *, where each is now; NULL: not found */
  GHashTable *by_size;  /* gint64 -> GPtrArray of Candidate; made when it is needed */
} Search;

static void
candidate_free (gpointer data)
{
  Candidate *self = data;

  g_free (self->path);
  g_free (self);
}

static void
search_free (gpointer data)
{
  Search *self = data;

  g_free (self->folder);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->samples);
  g_ptr_array_unref (self->places);
  g_clear_pointer (&self->by_size, g_hash_table_unref);
  g_free (self);
}

static char *
hash_of_file (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text, length);
}

/* Of an IDX file only the size says whether it is the same: its hashes are those of its pictures. */
static gboolean
is_same_content (const ThawSample *sample, const char *path, gint64 size)
{
  g_autofree char *hash = NULL;

  if (size != sample->size)
    return FALSE;
  if (!sample->hash || sample->index >= 0)
    return TRUE;
  hash = hash_of_file (path);
  return g_strcmp0 (hash, sample->hash) == 0;
}

/* "c/d.jpg" of "/a/b/c/d.jpg", the longest end first; (nullable) */
static char *
find_by_path (const Search *self, const ThawSample *sample)
{
  for (const char *end = strchr (sample->path, G_DIR_SEPARATOR); end; end = strchr (end + 1, G_DIR_SEPARATOR))
    {
      g_autofree char *path = g_build_filename (self->folder, end + 1, NULL);
      GStatBuf status;

      if (g_stat (path, &status) == 0 && S_ISREG (status.st_mode) && is_same_content (sample, path, status.st_size))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static void
add_candidate (Search *self, const char *path, gint64 size)
{
  Candidate *candidate = g_new (Candidate, 1);
  GPtrArray *group = g_hash_table_lookup (self->by_size, &size);

  *candidate = (Candidate){ g_strdup (path), size };
  if (!group)
    {
      group = g_ptr_array_new_with_free_func (candidate_free);
      g_hash_table_insert (self->by_size, g_memdup2 (&size, sizeof size), group);
    }
  g_ptr_array_add (group, candidate);
}

static void
walk (Search *self, const char *folder, int depth, GCancellable *cancellable)
{
  g_autoptr (GDir) directory = g_dir_open (folder, 0, NULL);
  const char *name;

  while (directory && depth > 0 && !g_cancellable_is_cancelled (cancellable) && (name = g_dir_read_name (directory)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf status;

      if (name[0] == '.' || g_stat (path, &status) != 0)
        continue;
      if (S_ISDIR (status.st_mode))
        walk (self, path, depth - 1, cancellable);
      else if (S_ISREG (status.st_mode))
        add_candidate (self, path, status.st_size);
    }
}

/* A file of the same size that has the same content or, where that was never read, the same name; (nullable) */
static char *
find_by_content (Search *self, const ThawSample *sample, GCancellable *cancellable)
{
  g_autofree char *name = g_path_get_basename (sample->path);
  GPtrArray *group;

  if (!self->by_size)
    {
      self->by_size = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
      walk (self, self->folder, MOST_DEPTH, cancellable);
    }
  group = g_hash_table_lookup (self->by_size, &sample->size);
  for (guint i = 0; group && i < group->len; i++)
    {
      const Candidate *candidate = group->pdata[i];
      g_autofree char *other = g_path_get_basename (candidate->path);
      gboolean by_hash = sample->hash && sample->index < 0;

      if ((by_hash || strcmp (name, other) == 0) && is_same_content (sample, candidate->path, candidate->size))
        return g_strdup (candidate->path);
    }
  return NULL;
}

static void
locate_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Search *self = data;

  for (guint i = 0; i < self->samples->len; i++)
    {
      const ThawSample *sample = self->samples->pdata[i], *before = i > 0 ? self->samples->pdata[i - 1] : NULL;
      char *place;

      if (g_task_return_error_if_cancelled (task))
        return;
      if (before && strcmp (before->path, sample->path) == 0)
        place = g_strdup (self->places->pdata[i - 1]);
      else
        place = find_by_path (self, sample);
      if (!place)
        place = find_by_content (self, sample, cancellable);
      g_ptr_array_add (self->places, place);
    }
  g_task_return_boolean (task, TRUE);
}

/* @edit: with the new places of those that are still there and missing */
static void
plan_moves (ThawPictures *self, const Search *search, ThawPictureEdit *edit)
{
  char *last = NULL;

  for (guint i = 0; i < search->pictures->len; i++)
    {
      ThawPicture *picture = search->pictures->pdata[i];
      const char *place = search->places->pdata[i];
      ThawPictureState state = picture->state;

      if (!place || !state.present || thaw_pictures_find (self, place, picture->index))
        continue;
      if (!last || strcmp (last, place) != 0)
        {
          g_clear_pointer (&last, g_ref_string_release);
          last = g_ref_string_new (place);
        }
      state.path = last;
      thaw_picture_edit_change (edit, picture, &state);
    }
  g_clear_pointer (&last, g_ref_string_release);
}

static void
located_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) outer = data;
  ThawPictures *self = THAW_PICTURES (source);
  Search *search = g_task_get_task_data (G_TASK (result));
  ThawPictureEdit *edit;
  g_autofree char *label = NULL;
  GError *error = NULL;
  guint n;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (outer, error);
      return;
    }
  edit = thaw_picture_edit_new (self);
  plan_moves (self, search, edit);
  n = thaw_picture_edit_count (edit);
  label = g_strdup_printf (ngettext ("Locate %u picture", "Locate %u pictures", n), n);
  thaw_picture_edit_commit (edit, label);
  g_task_return_int (outer, n);
}

void
thaw_pictures_locate_async (ThawPictures *self, const char *folder, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *outer = g_task_new (self, NULL, callback, data);
  g_autoptr (GTask) inner = g_task_new (self, cancellable, located_cb, outer);
  Search *search = g_new0 (Search, 1);

  search->folder = g_strdup (folder);
  search->pictures = g_ptr_array_new_with_free_func (g_object_unref);
  search->samples = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_sample_free);
  search->places = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < self->pictures->len; i++)
    {
      ThawPicture *picture = self->pictures->pdata[i];

      if (!picture->missing)
        continue;
      g_ptr_array_add (search->pictures, g_object_ref (picture));
      g_ptr_array_add (search->samples, thaw_picture_to_sample (picture));
    }
  g_task_set_task_data (inner, search, search_free);
  g_task_run_in_thread (inner, locate_thread);
}

int
thaw_pictures_locate_finish (ThawPictures *self, GAsyncResult *result, GError **error)
{
  return (int) g_task_propagate_int (G_TASK (result), error);
}
