/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <string.h>

/**
 * migrations[v]: from schema version v to v + 1. A new project is made by all of them in turn, and
 * the schema of an opened file is compared with what they make, so that there is one description of
 * it.
 *
 * files.path is in the encoding of file names, absolute or relative to the project's folder.
 * images.item is the picture inside an IDX file, else -1. tensors.blob is NULL where the tensor
 * equals the backbone's. Hashes of tensors cover type, shape and data. Times are microseconds since
 * 1970. A figure that is no number is NULL. datasets.data is described in thaw-project-snapshot.c; runs.dataset
 * is NULL where a run has the project's pictures. evaluations.probabilities are float32, little-endian.
 */
static const char *const migrations[] = {
  "CREATE TABLE classes (label INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;"
  "CREATE TABLE files (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, "
  "mtime INTEGER NOT NULL) STRICT;"
  "CREATE TABLE images (id INTEGER PRIMARY KEY, file INTEGER NOT NULL, item INTEGER NOT NULL, hash "
  "TEXT, label INTEGER NOT NULL,"
  " split INTEGER NOT NULL, split_given INTEGER NOT NULL) STRICT;"
  "CREATE TABLE problems (id INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL) STRICT;"
  "CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, notes TEXT NOT NULL, status "
  "INTEGER NOT NULL, started INTEGER NOT NULL,"
  " backbone TEXT, backbone_hash TEXT, model_metadata TEXT NOT NULL, options TEXT NOT NULL, state "
  "TEXT,"
  " epochs INTEGER NOT NULL, best_epoch INTEGER NOT NULL, best_val_accuracy REAL, best_val_loss "
  "REAL, last_val_accuracy REAL,"
  " feature_seconds REAL, train_seconds REAL, images INTEGER NOT NULL, train INTEGER NOT NULL, val "
  "INTEGER NOT NULL,"
  " classes INTEGER NOT NULL, low REAL, high REAL) STRICT;"
  "CREATE TABLE epochs (run INTEGER NOT NULL, epoch INTEGER NOT NULL, phase INTEGER NOT NULL, loss "
  "REAL, accuracy REAL, val_loss REAL,"
  " val_accuracy REAL, lr REAL, seconds REAL, images_per_second REAL, best INTEGER NOT NULL, "
  "PRIMARY KEY (run, epoch)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE steps (run INTEGER NOT NULL, step INTEGER NOT NULL, loss REAL, lr REAL, PRIMARY "
  "KEY (run, step)) STRICT, WITHOUT ROWID;"
  "CREATE TABLE events (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, time INTEGER NOT NULL, text "
  "TEXT NOT NULL) STRICT;"
  "CREATE TABLE blobs (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, dtype INTEGER NOT NULL, "
  "shape TEXT NOT NULL, data BLOB NOT NULL) STRICT;"
  "CREATE TABLE tensors (run INTEGER NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL, "
  "name TEXT NOT NULL, blob INTEGER,"
  " PRIMARY KEY (run, kind, position)) STRICT, WITHOUT ROWID;"
  "CREATE INDEX tensors_blob ON tensors (blob);",

  "ALTER TABLE events ADD COLUMN step INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE events ADD COLUMN seconds REAL;"
  "ALTER TABLE steps ADD COLUMN seconds REAL;"
  "ALTER TABLE runs ADD COLUMN dataset INTEGER;"
  "ALTER TABLE runs ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;"
  "CREATE TABLE datasets (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, bytes INTEGER NOT "
  "NULL, data BLOB NOT NULL) STRICT;"
  "CREATE TABLE evaluations (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, split INTEGER NOT NULL, "
  "dataset INTEGER NOT NULL, classes INTEGER NOT NULL, loss REAL, probabilities BLOB NOT NULL, "
  "UNIQUE (run, split)) STRICT;"
  "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
};

int
thaw_schema_version (void)
{
  return G_N_ELEMENTS (migrations);
}

/* Steps from version @from up to @to. In the caller's transaction. */
static int
migrate (sqlite3 *db, int from, int to)
{
  g_autofree char *version = g_strdup_printf ("PRAGMA user_version = %d", to);

  for (int v = from; v < to; v++)
    {
      int code = sqlite3_exec (db, migrations[v], NULL, NULL, NULL);

      if (code != SQLITE_OK)
        return code;
    }
  return sqlite3_exec (db, version, NULL, NULL, NULL);
}

/* An empty project of @version in memory */
static sqlite3 *
new_in_memory (int version, GError **error)
{
  g_autofree char *setup = g_strdup_printf (
      "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d;", THAW_PROJECT_APPLICATION_ID);
  sqlite3 *db = NULL;
  int code = sqlite3_open_v2 (":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

  if (code == SQLITE_OK)
    code = sqlite3_exec (db, setup, NULL, NULL, NULL);
  if (code == SQLITE_OK)
    code = migrate (db, 0, version);
  if (code == SQLITE_OK)
    return db;
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "SQLite cannot make a new project: %s",
               db ? sqlite3_errmsg (db) : sqlite3_errstr (code));
  sqlite3_close (db);
  return NULL;
}

GBytes *
thaw_schema_new_file (GError **error)
{
  sqlite3 *db = new_in_memory (thaw_schema_version (), error);
  sqlite3_int64 size = 0;
  guint8 *data;
  GBytes *bytes;

  if (!db)
    return NULL;
  data = sqlite3_serialize (db, "main", &size, 0);
  sqlite3_close (db);
  if (!data)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                   "SQLite cannot make a new project: out of memory");
      return NULL;
    }
  bytes = g_bytes_new (data, size);
  sqlite3_free (data);
  return bytes;
}

/* "type name table sql" of every object, in the order of names, one a line */
static int
describe (sqlite3 *db, GString *text)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2 (
      db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name", -1, &statement,
      NULL);

  while (code == SQLITE_OK && (code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      for (int i = 0; i < 4; i++)
        {
          const char *column = (const char *) sqlite3_column_text (statement, i);

          g_string_append_printf (text, "%s%c", column ? column : "-", i < 3 ? ' ' : '\n');
        }
      code = SQLITE_OK;
    }
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

static gboolean
check_against (ThawProject *self, int version, GError **error)
{
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GString) wanted = g_string_new (NULL);
  sqlite3 *db = new_in_memory (version, error);
  int code;

  if (!db)
    return FALSE;
  describe (db, wanted);
  sqlite3_close (db);
  code = describe (self->db, found);
  if (code != SQLITE_OK)
    {
      thaw_project_fail (self, code, error);
      return FALSE;
    }
  if (strcmp (found->str, wanted->str) == 0)
    return TRUE;
  g_set_error (
      error, THAW_ERROR, THAW_ERROR_INVALID,
      "%s is not a Thaw project: its tables are not those that Thaw makes; nothing in it was used",
      self->path);
  return FALSE;
}

gboolean
thaw_schema_check (ThawProject *self, GError **error)
{
  gint64 id, version;

  if (!thaw_project_value (self, "PRAGMA application_id", &id, error)
      || !thaw_project_value (self, "PRAGMA user_version", &version, error))
    return FALSE;
  if (id != THAW_PROJECT_APPLICATION_ID || version < 1)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "%s is not a Thaw project: choose a .thaw file that Thaw made", self->path);
      return FALSE;
    }
  if (version > thaw_schema_version ())
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_NEWER,
                   "%s was written by a newer version of Thaw (format %d, this one knows up to "
                   "%d): update Thaw; the file was left as it is",
                   self->path, (int) version, thaw_schema_version ());
      return FALSE;
    }
  if (!self->writable && version < thaw_schema_version ())
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "%s was written by an older version of Thaw: open it for writing once, which "
                   "brings it up to date",
                   self->path);
      return FALSE;
    }
  return check_against (self, version, error);
}

gboolean
thaw_schema_migrate (ThawProject *self, GError **error)
{
  gint64 version;
  int code;

  if (!thaw_project_value (self, "PRAGMA user_version", &version, error))
    return FALSE;
  if (version >= thaw_schema_version ())
    return TRUE;
  if (!thaw_project_begin (self, error))
    return FALSE;
  code = migrate (self->db, version, thaw_schema_version ());
  if (code == SQLITE_OK)
    return thaw_project_commit (self, error);
  thaw_project_fail (self, code, error);
  thaw_project_rollback (self);
  return FALSE;
}
