/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "thaw-dataset-import.h"

static void
entry_free (gpointer data)
{
  ThawEntry *self = data;

  g_free (self->name);
  g_free (self);
}

static int
compare_entries_cb (gconstpointer a, gconstpointer b)
{
  const ThawEntry *const *x = a, *const *y = b;

  return strcmp ((*x)->name, (*y)->name);
}

/* What file managers leave behind beside the hidden files */
static gboolean
is_litter (const char *name)
{
  return name[0] == '.' || strcmp (name, "Thumbs.db") == 0 || strcmp (name, "desktop.ini") == 0
         || strcmp (name, "__MACOSX") == 0;
}

static void
add_entry (ThawListing *self, ThawImport *import, const char *name)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  struct stat status;
  ThawEntry *entry;

  if (stat (path, &status) != 0)
    {
      g_autofree char *reason = g_strdup_printf ("cannot be opened: %s", g_strerror (errno));

      thaw_dataset_add_problem (import->found, path, reason);
      return;
    }
  if (!S_ISDIR (status.st_mode) && !S_ISREG (status.st_mode))
    {
      thaw_dataset_add_problem (import->found, path, "is neither a file nor a folder");
      return;
    }
  entry = g_new (ThawEntry, 1);
  *entry = (ThawEntry){ .name = g_strdup (name), .device = status.st_dev, .inode = status.st_ino };
  entry->info.size = status.st_size;
  entry->info.mtime
      = (gint64) status.st_mtim.tv_sec * G_USEC_PER_SEC + status.st_mtim.tv_nsec / 1000;
  g_ptr_array_add (S_ISDIR (status.st_mode) ? self->folders : self->files, entry);
}

/* GLib's message names the folder itself. */
static GDir *
open_folder (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  GDir *folder = g_dir_open (path, 0, &local);
  int code = errno;

  if (!folder)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "cannot be opened: %s",
                 g_strerror (code));
  return folder;
}

ThawListing *
thaw_listing_new (ThawImport *import, const char *path, GError **error)
{
  g_autoptr (GDir) folder = open_folder (path, error);
  ThawListing *self;
  const char *name;
  struct stat status;

  if (!folder)
    return NULL;
  self = g_new0 (ThawListing, 1);
  self->path = g_strdup (path);
  self->folders = g_ptr_array_new_with_free_func (entry_free);
  self->files = g_ptr_array_new_with_free_func (entry_free);
  if (stat (path, &status) == 0)
    {
      self->device = status.st_dev;
      self->inode = status.st_ino;
    }
  while ((name = g_dir_read_name (folder)))
    if (!is_litter (name))
      add_entry (self, import, name);
  g_ptr_array_sort (self->folders, compare_entries_cb);
  g_ptr_array_sort (self->files, compare_entries_cb);
  return self;
}

void
thaw_listing_free (ThawListing *self)
{
  g_free (self->path);
  g_ptr_array_unref (self->folders);
  g_ptr_array_unref (self->files);
  g_free (self);
}
