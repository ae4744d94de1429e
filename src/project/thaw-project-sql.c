/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* @code: extended. SQLite loses the errno of some writes that fail; a disk that is broken says EIO.
 */
static gboolean
disk_is_full (int code, int system_error)
{
  if ((code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE)
    return TRUE;
  if (code == SQLITE_IOERR_WRITE && system_error == 0)
    return TRUE;
  return (code & 0xff) == SQLITE_IOERR
         && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

void
thaw_project_fail (ThawProject *self, int code, GError **error)
{
  const char *reason = self->db ? sqlite3_errmsg (self->db) : sqlite3_errstr (code);
  int system_error = self->db ? sqlite3_system_errno (self->db) : 0;

  if (disk_is_full (code, 0)
      || (self->db && disk_is_full (sqlite3_extended_errcode (self->db), system_error)))
    g_set_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE,
                 "%s: the disk is full: what was saved before is intact; free some space and go on "
                 "from there",
                 self->path);
  else
    switch (code & 0xff)
      {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        g_set_error (error, THAW_ERROR, THAW_ERROR_BUSY,
                     "%s is in use by another program: try again when that is done", self->path);
        break;
      case SQLITE_TOOBIG:
        g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                     "%s: a tensor is too large for a project file (1 GB)", self->path);
        break;
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
      case SQLITE_FORMAT:
      case SQLITE_ERROR:
      case SQLITE_MISMATCH:
      case SQLITE_CONSTRAINT:
        g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                     "%s is damaged (%s): go back to a copy of it", self->path, reason);
        break;
      default:
        g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                     "%s: %s%s%s: check the folder it is in and its permissions", self->path,
                     reason, system_error ? ": " : "",
                     system_error ? g_strerror (system_error) : "");
      }
}

static void
query_fail (ThawQuery *self, int code)
{
  if (!self->error)
    thaw_project_fail (self->project, code, &self->error);
}

void
thaw_query_prepare (ThawQuery *self, ThawProject *project, const char *sql)
{
  int code;

  self->project = project;
  code = sqlite3_prepare_v2 (project->db, sql, -1, &self->statement, NULL);
  if (code != SQLITE_OK)
    query_fail (self, code);
}

static int
bind_one (sqlite3_stmt *statement, int i, char type, va_list *arguments)
{
  const void *data;
  double number;

  switch (type)
    {
    case 'i':
      return sqlite3_bind_int64 (statement, i, va_arg (*arguments, gint64));
    case 'd':
      number = va_arg (*arguments, double);
      return isnan (number) ? sqlite3_bind_null (statement, i)
                            : sqlite3_bind_double (statement, i, number);
    case 't':
      return sqlite3_bind_text (statement, i, va_arg (*arguments, const char *), -1,
                                SQLITE_TRANSIENT);
    case 'b':
      data = va_arg (*arguments, const void *);
      return sqlite3_bind_blob64 (statement, i, data, va_arg (*arguments, gsize), SQLITE_STATIC);
    case 'n':
      return sqlite3_bind_null (statement, i);
    default:
      g_assert_not_reached ();
    }
}

static void
bind_all (ThawQuery *self, const char *types, va_list *arguments)
{
  if (self->error)
    return;
  sqlite3_reset (self->statement);
  for (int i = 0; types[i]; i++)
    {
      int code = bind_one (self->statement, i + 1, types[i], arguments);

      if (code != SQLITE_OK)
        query_fail (self, code);
    }
}

void
thaw_query_bind (ThawQuery *self, const char *types, ...)
{
  va_list arguments;

  va_start (arguments, types);
  bind_all (self, types, &arguments);
  va_end (arguments);
}

/* SQLite ends a transaction by itself when the disk is full: what followed would be committed one
 * by one. */
static gboolean
lost_transaction (ThawQuery *self)
{
  if (!self->project->transaction || !sqlite3_get_autocommit (self->project->db))
    return FALSE;
  query_fail (self, SQLITE_FULL);
  return TRUE;
}

gboolean
thaw_query_next (ThawQuery *self)
{
  int code;

  if (self->error || lost_transaction (self))
    return FALSE;
  code = sqlite3_step (self->statement);
  if (code == SQLITE_ROW)
    return TRUE;
  if (code != SQLITE_DONE)
    query_fail (self, code);
  sqlite3_reset (self->statement);
  return FALSE;
}

gboolean
thaw_query_end (ThawQuery *self, GError **error)
{
  if (self->statement)
    sqlite3_reset (self->statement);
  if (!self->error)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

void
thaw_query_clear (ThawQuery *self)
{
  sqlite3_finalize (self->statement);
  self->statement = NULL;
  g_clear_error (&self->error);
}

void
thaw_query_refuse (ThawQuery *self, const char *what)
{
  if (!self->error)
    g_set_error (&self->error, THAW_ERROR, THAW_ERROR_INVALID,
                 "%s is damaged (%s): go back to a copy of it", self->project->path, what);
}

gboolean
thaw_query_is_null (ThawQuery *self, int column)
{
  return self->error || sqlite3_column_type (self->statement, column) == SQLITE_NULL;
}

/* TRUE where the column has the type; else the query has failed */
static gboolean
expect (ThawQuery *self, int column, int type)
{
  if (self->error)
    return FALSE;
  if (sqlite3_column_type (self->statement, column) == type)
    return TRUE;
  thaw_query_refuse (self, sqlite3_column_name (self->statement, column));
  return FALSE;
}

gint64
thaw_query_int (ThawQuery *self, int column, gint64 min, gint64 max)
{
  gint64 value;

  if (!expect (self, column, SQLITE_INTEGER))
    return min;
  value = sqlite3_column_int64 (self->statement, column);
  if (value < min || value > max)
    {
      thaw_query_refuse (self, sqlite3_column_name (self->statement, column));
      return min;
    }
  return value;
}

double
thaw_query_double (ThawQuery *self, int column)
{
  if (thaw_query_is_null (self, column) || !expect (self, column, SQLITE_FLOAT))
    return NAN;
  return sqlite3_column_double (self->statement, column);
}

const char *
thaw_query_text (ThawQuery *self, int column)
{
  const char *text;

  if (!expect (self, column, SQLITE_TEXT))
    return "";
  text = (const char *) sqlite3_column_text (self->statement, column);
  if (!text || !g_utf8_validate (text, sqlite3_column_bytes (self->statement, column), NULL))
    {
      thaw_query_refuse (self, sqlite3_column_name (self->statement, column));
      return "";
    }
  return text;
}

const void *
thaw_query_blob (ThawQuery *self, int column, gsize *bytes)
{
  const void *data;

  *bytes = 0;
  if (!expect (self, column, SQLITE_BLOB))
    return NULL;
  data = sqlite3_column_blob (self->statement, column);
  *bytes = sqlite3_column_bytes (self->statement, column);
  if (!data && *bytes)
    query_fail (self, SQLITE_NOMEM);
  return data;
}

gboolean
thaw_project_exec (ThawProject *self, GError **error, const char *sql, const char *types, ...)
{
  g_auto (ThawQuery) query = { 0 };
  va_list arguments;

  thaw_query_prepare (&query, self, sql);
  va_start (arguments, types);
  bind_all (&query, types, &arguments);
  va_end (arguments);
  while (thaw_query_next (&query))
    ;
  return thaw_query_end (&query, error);
}

gboolean
thaw_project_value (ThawProject *self, const char *sql, gint64 *value, GError **error)
{
  g_auto (ThawQuery) query = { 0 };

  *value = 0;
  thaw_query_prepare (&query, self, sql);
  if (thaw_query_next (&query))
    *value = thaw_query_int (&query, 0, G_MININT64, G_MAXINT64);
  return thaw_query_end (&query, error);
}

gboolean
thaw_project_check_writable (ThawProject *self, GError **error)
{
  if (!self->writable)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                 "%s is open for reading only: open it for writing", self->path);
  return self->writable;
}

gboolean
thaw_project_begin (ThawProject *self, GError **error)
{
  self->transaction
      = thaw_project_exec (self, error, self->writable ? "BEGIN IMMEDIATE" : "BEGIN", "");
  return self->transaction;
}

gboolean
thaw_project_commit (ThawProject *self, GError **error)
{
  if (!thaw_project_exec (self, error, "COMMIT", ""))
    {
      thaw_project_rollback (self);
      return FALSE;
    }
  self->transaction = FALSE;
  return TRUE;
}

void
thaw_project_rollback (ThawProject *self)
{
  if (!sqlite3_get_autocommit (self->db))
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  self->transaction = FALSE;
}
