/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#define BUSY_MILLISECONDS 10000
#define HEADER_BYTES 100

static void
set_not_a_project (const char *path, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "%s is not a Thaw project: choose a .thaw file that Thaw made", path);
}

static gboolean
read_header (const char *path, gboolean writable, guint8 header[HEADER_BYTES], GError **error)
{
  int fd = open (path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  ssize_t n = 0;

  if (fd < 0 || fstat (fd, &status) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s cannot be opened%s: %s",
                   path, writable ? " for writing" : "", g_strerror (code));
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  if (S_ISREG (status.st_mode))
    n = pread (fd, header, HEADER_BYTES, 0);
  close (fd);
  if (n == HEADER_BYTES)
    return TRUE;
  set_not_a_project (path, error);
  return FALSE;
}

static guint32
big_endian (const guint8 *bytes)
{
  return (guint32) bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/* What is no project, or a newer one, is recognised before SQLite opens it: no byte of it or beside
 * it changes. */
static gboolean
check_header (const char *path, gboolean writable, GError **error)
{
  guint8 header[HEADER_BYTES];
  guint32 version;

  if (!read_header (path, writable, header, error))
    return FALSE;
  if (memcmp (header, "SQLite format 3", 16) != 0
      || big_endian (header + 68) != THAW_PROJECT_APPLICATION_ID)
    {
      set_not_a_project (path, error);
      return FALSE;
    }
  version = big_endian (header + 60);
  if (version <= (guint32) thaw_schema_version ())
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_NEWER,
               "%s was written by a newer version of Thaw (format %u, this one knows up to %d): "
               "update Thaw; the file was left as it is",
               path, version, thaw_schema_version ());
  return FALSE;
}

/* Links resolved, so that the lock is the same by whatever name the file is called */
static char *
resolve (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *folder = g_path_get_dirname (absolute);
  g_autofree char *base = g_path_get_basename (absolute);
  char *real = realpath (absolute, NULL);
  char *result;

  if (!real)
    {
      char *real_folder = realpath (folder, NULL);

      result = g_build_filename (real_folder ? real_folder : folder, base, NULL);
      free (real_folder);
      return result;
    }
  result = g_strdup (real);
  free (real);
  return result;
}

/* Nothing that a file says is run: no extensions, no triggers, no views, no functions with side
 * effects. */
static void
harden (sqlite3 *db)
{
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* until it is known to be a sound project, closing it changes nothing */
  sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_limit (db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_busy_timeout (db, BUSY_MILLISECONDS);
}

gboolean
thaw_project_connect (ThawProject *self, const char *name, int flags, GError **error)
{
  int code;

  thaw_project_keep_locks ();
  code = sqlite3_open_v2 (name, &self->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
  if (code == SQLITE_OK)
    {
      harden (self->db);
      code = sqlite3_exec (self->db,
                           "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                           "SELECT count (*) FROM sqlite_schema;",
                           NULL, NULL, NULL);
    }
  if (code == SQLITE_OK)
    return TRUE;
  thaw_project_fail (self, code, error);
  sqlite3_close (self->db);
  self->db = NULL;
  return FALSE;
}

/* -1: there is none */
static goffset
beside_bytes (ThawProject *self, const char *suffix)
{
  g_autofree char *name = g_strconcat (self->path, suffix, NULL);
  GStatBuf status;

  return g_stat (name, &status) == 0 ? status.st_size : -1;
}

/* A file left in WAL mode on a medium where nothing can be made beside it: where no log is left
 * over, all that was committed is in the file itself and it may be taken as never changing. */
static gboolean
connect_read_only (ThawProject *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *uri = NULL;
  g_autofree char *immutable = NULL;

  if (thaw_project_connect (self, self->path, SQLITE_OPEN_READONLY, &local))
    return TRUE;
  if (beside_bytes (self, "-wal") > 0 || !g_error_matches (local, THAW_ERROR, THAW_ERROR_FAILED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  uri = g_filename_to_uri (self->path, NULL, NULL);
  immutable = g_strconcat (uri, "?immutable=1", NULL);
  return thaw_project_connect (self, immutable, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
}

/* A writer would spread damage it does not see */
static gboolean
check_pages (ThawProject *self, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "PRAGMA quick_check (1)");
  if (thaw_query_next (&query))
    {
      const char *answer = thaw_query_text (&query, 0);

      if (strcmp (answer, "ok") != 0)
        thaw_query_refuse (&query, "its pages do not fit together");
    }
  return thaw_query_end (&query, error);
}

/* Back to a single file. Not possible while others read it or the disk is full: then the log stays
 * beside it, and whoever closes it next tries again. */
void
thaw_project_tidy (ThawProject *self)
{
  g_autofree char *touch = g_strdup_printf ("PRAGMA user_version = %d", thaw_schema_version ());

  sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  sqlite3_busy_timeout (self->db, 200);
  sqlite3_exec (self->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
  sqlite3_exec (self->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  /* one that was begun and never used; the next change takes it away */
  if (beside_bytes (self, "-journal") >= 0)
    sqlite3_exec (self->db, touch, NULL, NULL, NULL);
}

/* What a writer left that was killed, or that closed while others read; self->db is not open. */
static void
tidy_leftovers (ThawProject *self)
{
  ThawProjectLock *lock = NULL;

  if (beside_bytes (self, "-wal") < 0 && beside_bytes (self, "-journal") < 0
      && beside_bytes (self, "-lock") < 0)
    return;
  if (access (self->path, W_OK) == 0 && (lock = thaw_project_lock_take (self->path, NULL)) != NULL
      && check_header (self->path, TRUE, NULL)
      && thaw_project_connect (self, self->path, SQLITE_OPEN_READWRITE, NULL)
      && thaw_schema_check (self, NULL) && check_pages (self, NULL))
    thaw_project_tidy (self);
  sqlite3_close (self->db);
  self->db = NULL;
  thaw_project_lock_drop (lock);
}

gboolean
thaw_project_start_writing (ThawProject *self, GError **error)
{
  int code;

  if (!check_pages (self, error) || !thaw_schema_migrate (self, error))
    return FALSE;
  code = sqlite3_exec (self->db,
                       "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                       "PRAGMA journal_size_limit = 0;",
                       NULL, NULL, NULL);
  if (code == SQLITE_OK)
    return TRUE;
  thaw_project_fail (self, code, error);
  return FALSE;
}

void
thaw_project_free (ThawProject *self)
{
  sqlite3_close (self->db);
  thaw_project_lock_drop (self->lock);
  g_clear_pointer (&self->backbone, thaw_model_unref);
  g_free (self->backbone_name);
  g_free (self->backbone_hash);
  thaw_pending_clear (&self->pending);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

/* Written whole under another name and then renamed: a project is there with all its tables or not
 * at all. */
static gboolean
create (ThawProject *self, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  if (g_file_test (self->path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   "%s is there already: open it, or choose another name", self->path);
      return FALSE;
    }
  /* SQLite would take what is in it for changes of the new file */
  if (beside_bytes (self, "-wal") > 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                   "%s-wal is left over from another project: choose another name, or move it away",
                   self->path);
      return FALSE;
    }
  bytes = thaw_schema_new_file (error);
  return bytes && thaw_file_replace (self->path, bytes, error);
}

static gboolean
open_for_writing (ThawProject *self, gboolean new, GError **error)
{
  if (!new && !check_header (self->path, TRUE, error))
    return FALSE;
  self->lock = thaw_project_lock_take (self->path, error);
  if (!self->lock)
    return FALSE;
  if (new && !create (self, error))
    return FALSE;
  return thaw_project_connect (self, self->path, SQLITE_OPEN_READWRITE, error)
         && thaw_schema_check (self, error) && thaw_project_start_writing (self, error);
}

static gboolean
open_for_reading (ThawProject *self, GError **error)
{
  if (!check_header (self->path, FALSE, error))
    return FALSE;
  /* a change that was broken off has to be undone before anybody can read */
  if (beside_bytes (self, "-journal") >= 0)
    tidy_leftovers (self);
  return connect_read_only (self, error) && thaw_schema_check (self, error);
}

ThawProject *
thaw_project_alloc (const char *path, gboolean writable)
{
  ThawProject *self = g_new0 (ThawProject, 1);

  self->path = resolve (path);
  self->folder = g_path_get_dirname (self->path);
  self->writable = writable;
  thaw_pending_init (&self->pending);
  return self;
}

/* A log beside the file is taken for its own: one that is not makes a sound file look damaged */
static void
explain_log (ThawProject *self, GError **error)
{
  g_autofree char *message = NULL;

  if (!g_error_matches (*error, THAW_ERROR, THAW_ERROR_INVALID) || beside_bytes (self, "-wal") <= 0)
    return;
  message = g_strdup_printf (
      "%s. Nothing was changed. Beside it lies %s-wal: if that came from another project or an "
      "older copy, move it away and open the project again",
      (*error)->message, self->path);
  g_clear_error (error);
  g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, message);
}

ThawProject *
thaw_project_open (const char *path, ThawProjectMode mode, GError **error)
{
  ThawProject *self = thaw_project_alloc (path, mode != THAW_PROJECT_READ);
  GError *reason = NULL;
  gboolean ok;

  if (self->writable)
    ok = open_for_writing (self, mode == THAW_PROJECT_CREATE, &reason);
  else
    ok = open_for_reading (self, &reason);
  if (ok)
    return self;
  explain_log (self, &reason);
  g_propagate_error (error, reason);
  thaw_project_free (self);
  return NULL;
}

gboolean
thaw_project_close (ThawProject *self, GError **error)
{
  gboolean ok = TRUE;

  if (self->writable)
    {
      ok = thaw_project_flush (self, error);
      ok = thaw_project_purge (self, ok ? error : NULL) && ok;
      thaw_project_tidy (self);
    }
  else
    {
      sqlite3_close (self->db);
      self->db = NULL;
      tidy_leftovers (self);
    }
  thaw_project_free (self);
  return ok;
}

const char *
thaw_project_path (const ThawProject *self)
{
  return self->path;
}
