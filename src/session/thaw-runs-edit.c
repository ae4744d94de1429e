/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

#include <glib/gi18n.h>

/* --- writing to the project --- */

typedef enum { RENAME, NOTES, DELETE, BRING_BACK } EditKind;

/* What the project's thread is to do */
typedef struct
{
  EditKind kind;
  gint64   run;
  char    *text;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *self = data;

  g_free (self->text);
  g_free (self);
}

static gpointer
edit_cb (ThawProject *project, gpointer data, GError **error)
{
  const Edit *edit = data;

  switch (edit->kind)
    {
    case RENAME:
      thaw_project_rename_run (project, edit->run, edit->text, error);
      break;
    case NOTES:
      thaw_project_set_notes (project, edit->run, edit->text, error);
      break;
    case DELETE:
      thaw_project_delete_run (project, edit->run, error);
      break;
    case BRING_BACK:
      thaw_project_restore_run (project, edit->run, error);
      break;
    }
  return NULL;
}

static void
edited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *session = thaw_runs_get_session (THAW_RUNS (source));
  g_autoptr (GError) error = NULL;

  thaw_store_finish (result, &error);
  if (error && session)
    thaw_session_tell (session, _ ("The change could not be saved"), error);
}

static void
write_edit (ThawRuns *self, EditKind kind, ThawRunItem *item, const char *text)
{
  ThawSession *session = thaw_runs_get_session (self);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;
  Edit *edit;

  if (!store)
    return;
  edit = g_new (Edit, 1);
  *edit = (Edit){ .kind = kind, .run = thaw_run_item_get_run (item)->id, .text = g_strdup (text) };
  thaw_store_async (store, edit_cb, edit, edit_free, NULL, G_OBJECT (self), NULL, edited_cb, NULL);
}

/* TRUE where nothing can be changed, and the person was told */
gboolean
thaw_runs_is_refused (ThawRuns *self)
{
  ThawSession *session = thaw_runs_get_session (self);
  gboolean read_only = TRUE;
  g_autoptr (GError) error = NULL;

  if (!session)
    return TRUE;
  g_object_get (session, "read-only", &read_only, NULL);
  if (!read_only)
    return FALSE;
  g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_READ_ONLY, _ ("This project is open for reading only. Save As makes a copy of your own."));
  thaw_session_tell (session, _ ("The run was not changed"), error);
  return TRUE;
}

static ThawHistory *
history (ThawRuns *self)
{
  return thaw_session_get_history (thaw_runs_get_session (self));
}

/* --- texts --- */

/* An edit of a text that can be undone */
typedef struct
{
  ThawRuns    *runs;
  ThawRunItem *item;
  EditKind     kind;
  char        *before, *after;
} TextEdit;

static void
text_edit_free (gpointer data)
{
  TextEdit *self = data;

  g_object_unref (self->runs);
  g_object_unref (self->item);
  g_free (self->before);
  g_free (self->after);
  g_free (self);
}

static void
set_text (const TextEdit *edit, const char *text)
{
  if (edit->kind == RENAME)
    thaw_run_item_set_name (edit->item, text);
  else
    thaw_run_item_set_notes (edit->item, text);
  write_edit (edit->runs, edit->kind, edit->item, text);
}

static void
undo_text_cb (gpointer data)
{
  set_text (data, ((TextEdit *) data)->before);
}

static void
redo_text_cb (gpointer data)
{
  set_text (data, ((TextEdit *) data)->after);
}

static void
change_text (ThawRuns *self, ThawRunItem *item, EditKind kind, const char *before, const char *after, const char *label)
{
  TextEdit *edit;

  if (g_strcmp0 (before, after) == 0 || thaw_runs_is_refused (self))
    return;
  edit = g_new (TextEdit, 1);
  *edit = (TextEdit){ g_object_ref (self), g_object_ref (item), kind, g_strdup (before), g_strdup (after) };
  set_text (edit, after);
  thaw_history_add (history (self), label, undo_text_cb, redo_text_cb, edit, text_edit_free);
}

void
thaw_runs_rename (ThawRuns *self, ThawRunItem *run, const char *name)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (name));

  if (*trimmed)
    change_text (self, run, RENAME, thaw_run_item_get_run (run)->name, trimmed, _ ("Rename a Run"));
}

void
thaw_runs_set_notes (ThawRuns *self, ThawRunItem *run, const char *notes)
{
  change_text (self, run, NOTES, thaw_run_item_get_run (run)->notes, notes, _ ("Change a Run’s Notes"));
}

/* --- deleting --- */

typedef struct
{
  ThawRuns    *runs;
  ThawRunItem *item;
  gboolean     unfinished; /* it was the one that can go on */
} Removal;

static void
removal_free (gpointer data)
{
  Removal *self = data;

  g_object_unref (self->runs);
  g_object_unref (self->item);
  g_free (self);
}

static void
undo_delete_cb (gpointer data)
{
  const Removal *removal = data;

  thaw_runs_insert (removal->runs, removal->item);
  if (removal->unfinished)
    thaw_session_set_unfinished (thaw_runs_get_session (removal->runs), thaw_run_item_get_run (removal->item)->id);
  write_edit (removal->runs, BRING_BACK, removal->item, NULL);
}

static void
delete_cb (gpointer data)
{
  const Removal *removal = data;

  thaw_runs_remove (removal->runs, removal->item);
  if (removal->unfinished)
    thaw_session_set_unfinished (thaw_runs_get_session (removal->runs), 0);
  write_edit (removal->runs, DELETE, removal->item, NULL);
}

static gboolean
is_unfinished (ThawRuns *self, ThawRunItem *run)
{
  return thaw_runs_get_session (self)->unfinished == thaw_run_item_get_run (run)->id;
}

void
thaw_runs_delete (ThawRuns *self, ThawRunItem *run)
{
  g_autofree char *label = g_strdup_printf (_ ("Delete “%s”"), thaw_run_item_get_run (run)->name);
  g_autoptr (GError) error = NULL;
  Removal *removal;

  if (thaw_runs_is_refused (self))
    return;
  if (thaw_run_item_is_live (run))
    {
      g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("It is training. Stop it first."));
      thaw_session_tell (thaw_runs_get_session (self), _ ("The run was not deleted"), error);
      return;
    }
  removal = g_new (Removal, 1);
  *removal = (Removal){ g_object_ref (self), g_object_ref (run), is_unfinished (self, run) };
  delete_cb (removal);
  thaw_history_add (history (self), label, undo_delete_cb, delete_cb, removal, removal_free);
}

/* Deleted and brought back like any other, the other way round */
void
thaw_runs_add_arrival (ThawRuns *self, ThawRunItem *item, const char *label)
{
  Removal *removal = g_new (Removal, 1);

  *removal = (Removal){ g_object_ref (self), g_object_ref (item), is_unfinished (self, item) };
  thaw_history_add (history (self), label, delete_cb, undo_delete_cb, removal, removal_free);
}

/* --- its settings --- */

/* Settings of a session before and after; also what is read for it in the project's thread */
typedef struct
{
  ThawSession *session; /* not owned: the history that has this is its own */
  char        *network, *options;
  char        *network_before, *options_before;
} Settings;

static void
settings_free (gpointer data)
{
  Settings *self = data;

  g_free (self->network);
  g_free (self->options);
  g_free (self->network_before);
  g_free (self->options_before);
  g_free (self);
}

static gboolean
apply (ThawSession *session, const char *network, const char *options, GError **error)
{
  return thaw_options_from_json (thaw_session_get_options (session), options, error)
         && thaw_network_from_json (thaw_session_get_network (session), network, error);
}

static void
undo_settings_cb (gpointer data)
{
  const Settings *settings = data;

  apply (settings->session, settings->network_before, settings->options_before, NULL);
}

static void
redo_settings_cb (gpointer data)
{
  const Settings *settings = data;

  apply (settings->session, settings->network, settings->options, NULL);
}

static gpointer
read_settings_cb (ThawProject *project, gpointer data, GError **error)
{
  Settings *settings = g_new0 (Settings, 1);

  if (thaw_run_read_settings (project, *(const gint64 *) data, &settings->network, &settings->options, error))
    return settings;
  settings_free (settings);
  return NULL;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *session = thaw_runs_get_session (THAW_RUNS (source));
  g_autoptr (ThawRunItem) item = data;
  g_autofree char *label = g_strdup_printf (_ ("Use the Settings of “%s”"), thaw_run_item_get_run (item)->name);
  g_autoptr (GError) error = NULL;
  Settings *settings = thaw_store_finish (result, &error);

  if (settings && session)
    {
      settings->session = session;
      settings->network_before = thaw_network_to_json (thaw_session_get_network (session));
      settings->options_before = thaw_options_to_json (thaw_session_get_options (session));
      if (apply (session, settings->network, settings->options, &error))
        thaw_history_add (thaw_session_get_history (session), label, undo_settings_cb, redo_settings_cb, g_steal_pointer (&settings), settings_free);
    }
  if (error && session)
    thaw_session_tell (session, _ ("The run’s settings could not be restored"), error);
  g_clear_pointer (&settings, settings_free);
}

void
thaw_runs_restore (ThawRuns *self, ThawRunItem *run)
{
  ThawSession *session = thaw_runs_get_session (self);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;

  if (store)
    thaw_store_async (store, read_settings_cb, g_memdup2 (&thaw_run_item_get_run (run)->id, sizeof (gint64)), g_free, settings_free, G_OBJECT (self), NULL, read_cb,
                      g_object_ref (run));
}
