/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* Every page as it is now, into the file that @copy has open */
static gboolean
copy_pages (ThawProject *self, ThawProject *copy, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (copy->db, "main", self->db, "main");
  int code = backup ? sqlite3_backup_step (backup, -1) : sqlite3_errcode (copy->db);
  int finish = sqlite3_backup_finish (backup);

  if (code == SQLITE_DONE && finish == SQLITE_OK)
    return TRUE;
  thaw_project_fail (copy, code == SQLITE_DONE ? finish : code, error);
  return FALSE;
}

/* What was relative to the old folder becomes relative to the new one. */
static gboolean
move_paths (ThawProject *copy, const char *folder, GError **error)
{
  g_autoptr (ThawDataset) dataset = NULL;
  char *own = copy->folder;

  copy->folder = (char *) folder;
  dataset = thaw_project_get_dataset (copy, error);
  copy->folder = own;
  if (!dataset || !thaw_project_set_dataset (copy, dataset, error)
      || !thaw_project_begin (copy, error))
    return FALSE;
  if (thaw_project_move_datasets (copy, folder, error))
    return thaw_project_commit (copy, error);
  thaw_project_rollback (copy);
  return FALSE;
}

static void
remove_all (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

      g_unlink (name);
    }
}

static gboolean
fill (ThawProject *self, ThawProject *copy, const char *temporary, GError **error)
{
  gboolean ok = thaw_project_connect (copy, temporary, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error)
                && copy_pages (self, copy, error) && move_paths (copy, self->folder, error);
  int code;

  if (ok && (code = sqlite3_exec (copy->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL)) != SQLITE_OK)
    {
      thaw_project_fail (copy, code, error);
      ok = FALSE;
    }
  sqlite3_close (copy->db);
  copy->db = NULL;
  return ok;
}

static gboolean
sync_path (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
put_in_place (const ThawProject *copy, const char *temporary, GError **error)
{
  if (sync_path (temporary) && g_rename (temporary, copy->path) == 0)
    {
      sync_path (copy->folder);
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s could not be written: %s",
               copy->path, g_strerror (errno));
  return FALSE;
}

/* From here on @self is what @copy is; @copy what @self was. */
static void
swap (ThawProject *self, ThawProject *copy)
{
  ThawProject old = *self;

  self->path = copy->path;
  self->folder = copy->folder;
  self->writable = copy->writable;
  self->lock = copy->lock;
  self->db = copy->db;
  copy->path = old.path;
  copy->folder = old.folder;
  copy->writable = old.writable;
  copy->lock = old.lock;
  copy->db = old.db;
}

static gboolean
save (ThawProject *self, ThawProject *copy, GError **error)
{
  g_autofree char *temporary = g_strdup_printf ("%s.%d-new", copy->path, (int) getpid ());

  copy->lock = thaw_project_lock_take (copy->path, error);
  if (!copy->lock)
    return FALSE;
  remove_all (temporary);
  if (!fill (self, copy, temporary, error) || !put_in_place (copy, temporary, error))
    {
      remove_all (temporary);
      return FALSE;
    }
  return thaw_project_connect (copy, copy->path, SQLITE_OPEN_READWRITE, error)
         && thaw_project_start_writing (copy, error);
}

gboolean
thaw_project_save_as (ThawProject *self, const char *path, GError **error)
{
  ThawProject *copy;
  gboolean ok;

  if (!thaw_project_flush (self, error))
    return FALSE;
  copy = thaw_project_alloc (path, TRUE);
  if (g_strcmp0 (copy->path, self->path) == 0)
    {
      thaw_project_free (copy);
      return TRUE;
    }
  ok = save (self, copy, error);
  if (ok)
    {
      swap (self, copy);
      thaw_project_tidy (copy);
    }
  thaw_project_free (copy);
  return ok;
}
