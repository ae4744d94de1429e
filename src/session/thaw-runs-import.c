/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-run-store.h"
#include "thaw-session-private.h"

#include <glib/gi18n.h>

static gpointer
import_cb (ThawProject *project, gpointer data, GError **error)
{
  gint64 run;

  return thaw_project_import_result (project, data, &run, error) ? thaw_run_read (project, run, error) : NULL;
}

static void
free_run_cb (gpointer data)
{
  thaw_run_free (data);
}

static void
add_run (ThawRuns *self, ThawSession *session, ThawRun *run)
{
  g_autoptr (ThawRunItem) item = thaw_run_item_new (run, FALSE);
  g_autofree char *title = g_strdup_printf (_ ("“%s” was brought in"), run->name);
  const gboolean unfinished = run->status != THAW_RUN_DONE;

  thaw_runs_insert (self, item);
  thaw_runs_set_current (self, item);
  if (unfinished)
    thaw_session_set_unfinished (session, run->id);
  thaw_runs_add_arrival (self, item, _ ("Bring In a Result"));
  thaw_session_message (session, title, unfinished ? _ ("It is not finished and can go on here.") : _ ("The other pages show it now."), FALSE, "win.undo", _ ("_Undo"));
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawRuns *self = THAW_RUNS (source);
  ThawSession *session = thaw_runs_get_session (self);
  g_autoptr (GError) error = NULL;
  ThawRun *run = thaw_store_finish (result, &error);

  if (run && session)
    add_run (self, session, run);
  else
    g_clear_pointer (&run, thaw_run_free);
  if (error && session)
    thaw_session_tell (session, _ ("The result was not brought in"), error);
}

void
thaw_runs_bring_in (ThawRuns *self, GFile *folder)
{
  ThawSession *session = thaw_runs_get_session (self);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;
  g_autoptr (GError) error = NULL;

  if (!store || thaw_runs_is_refused (self))
    return;
  if (!g_file_peek_path (folder))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("This place is not on this machine: choose a folder here."));
  else if (thaw_session_get_state (session) != THAW_SESSION_IDLE)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("A run is under way. Stop it first."));
  if (error)
    thaw_session_tell (session, _ ("The result was not brought in"), error);
  else
    thaw_store_async (store, import_cb, g_strdup (g_file_peek_path (folder)), g_free, free_run_cb, G_OBJECT (self), NULL, imported_cb, NULL);
}
