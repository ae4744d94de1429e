/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

static gboolean
is_ready (ThawProject *self, GError **error)
{
  return thaw_project_check_writable (self, error) && thaw_project_flush (self, error);
}

gboolean
thaw_project_rename_run (ThawProject *self, gint64 run, const char *name, GError **error)
{
  return is_ready (self, error)
         && thaw_project_exec (self, error, "UPDATE runs SET name = ? WHERE id = ?", "ti", name, run)
         && thaw_project_changed_run (self, run, error);
}

gboolean
thaw_project_set_notes (ThawProject *self, gint64 run, const char *notes, GError **error)
{
  return is_ready (self, error)
         && thaw_project_exec (self, error, "UPDATE runs SET notes = ? WHERE id = ?", "ti", notes, run)
         && thaw_project_changed_run (self, run, error);
}

gboolean
thaw_project_delete_run (ThawProject *self, gint64 run, GError **error)
{
  return is_ready (self, error)
         && thaw_project_exec (self, error, "UPDATE runs SET deleted = 1 WHERE id = ? AND deleted = 0", "i", run)
         && thaw_project_changed_run (self, run, error);
}

gboolean
thaw_project_restore_run (ThawProject *self, gint64 run, GError **error)
{
  return is_ready (self, error)
         && thaw_project_exec (self, error, "UPDATE runs SET deleted = 0 WHERE id = ? AND deleted = 1", "i", run)
         && thaw_project_changed_run (self, run, error);
}

gboolean
thaw_project_purge (ThawProject *self, GError **error)
{
#define OF_DELETED " WHERE run IN (SELECT id FROM runs WHERE deleted = 1)"
  static const char *const statements[]
      = { "DELETE FROM epochs" OF_DELETED,  "DELETE FROM steps" OF_DELETED,
          "DELETE FROM events" OF_DELETED,  "DELETE FROM evaluations" OF_DELETED,
          "DELETE FROM tensors" OF_DELETED, "DELETE FROM runs WHERE deleted = 1" };
#undef OF_DELETED
  gint64 deleted;
  gboolean ok = TRUE;

  if (!is_ready (self, error)
      || !thaw_project_value (self, "SELECT count (*) FROM runs WHERE deleted = 1", &deleted, error))
    return FALSE;
  if (deleted == 0)
    return TRUE;
  if (!thaw_project_begin (self, error))
    return FALSE;
  for (guint i = 0; ok && i < G_N_ELEMENTS (statements); i++)
    ok = thaw_project_exec (self, error, statements[i], "");
  if (ok && thaw_project_sweep (self, error))
    return thaw_project_commit (self, error);
  thaw_project_rollback (self);
  return FALSE;
}

gboolean
thaw_project_set_setting (ThawProject *self, const char *key, const char *value, GError **error)
{
  if (!thaw_project_check_writable (self, error))
    return FALSE;
  if (!value)
    return thaw_project_exec (self, error, "DELETE FROM settings WHERE key = ?", "t", key);
  return thaw_project_exec (self, error, "INSERT OR REPLACE INTO settings VALUES (?, ?)", "tt", key, value);
}

char *
thaw_project_get_setting (ThawProject *self, const char *key, GError **error)
{
  g_autofree char *value = NULL;
  g_auto (ThawQuery) query = { 0 };

  thaw_query_prepare (&query, self, "SELECT value FROM settings WHERE key = ?");
  thaw_query_bind (&query, "t", key);
  if (thaw_query_next (&query))
    value = g_strdup (thaw_query_text (&query, 0));
  return thaw_query_end (&query, error) ? g_steal_pointer (&value) : NULL;
}
