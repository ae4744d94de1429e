/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-pictures-private.h"
#include "thaw-session-private.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <thaw/thaw-error.h>

typedef enum { OPEN, NEW, KEEP, SAVE_AS, CLOSE } Kind; /* KEEP: a new project for what is in memory */

/* What is done to the project as a whole. One after another; each in up to two rounds of a thread: what opens first, then what ends the project before */
typedef struct
{
  Kind           kind;
  char          *path;       /* (nullable) */

  /* opened, in the thread */
  ThawStore     *store;
  gboolean       read_only;
  GError        *why_read_only;
  ThawPicturesStock *pictures;
  GPtrArray     *runs;       /* ThawRun */
  gint64         unfinished;
  char          *shares, *network, *options; /* JSON (nullable) */

  /* what ends */
  ThawWorker    *worker;
  ThawStore     *old;
  char          *remove;     /* (nullable): the file of a project that nothing came of */
  ThawSave      *save;
  gboolean       replaces;   /* there was one, whose network and options are not those of the next */
  GError        *lost;       /* its last changes could not be committed */
} Operation;

static void next_operation (ThawSession *self);

static void
operation_free (gpointer data)
{
  Operation *self = data;

  if (self->store)
    thaw_store_close (self->store, NULL);
  g_clear_error (&self->why_read_only);
  g_clear_pointer (&self->pictures, thaw_pictures_stock_free);
  g_clear_pointer (&self->runs, g_ptr_array_unref);
  g_clear_pointer (&self->worker, thaw_worker_unref);
  thaw_save_free (self->save);
  g_clear_error (&self->lost);
  g_free (self->shares);
  g_free (self->network);
  g_free (self->options);
  g_free (self->remove);
  g_free (self->path);
  g_free (self);
}

/* --- in a thread: opening --- */

static gboolean
is_in_projects_folder (const char *path)
{
  g_autofree char *folder = thaw_project_folder ();
  g_autofree char *parent = g_path_get_dirname (path);

  return g_str_equal (folder, parent);
}

static ThawStore *
create_store (Operation *self, GError **error)
{
  g_autofree char *folder = thaw_project_folder ();

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _ ("%s cannot be made (%s): check the folder's permissions"), folder,
                   g_strerror (code));
      return NULL;
    }
  /* another window may take the name at the same moment */
  for (int i = 0; !self->store && i < 10; i++)
    {
      g_clear_error (error);
      g_free (self->path);
      self->path = thaw_project_new_path ("");
      self->store = thaw_store_open (self->path, THAW_PROJECT_CREATE, error);
      if (!self->store && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_EXISTS) && !g_error_matches (*error, THAW_ERROR, THAW_ERROR_BUSY))
        break;
    }
  return self->store;
}

static gboolean
may_be_read (const GError *error)
{
  return g_error_matches (error, THAW_ERROR, THAW_ERROR_BUSY) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
}

static ThawStore *
open_store (Operation *self, GError **error)
{
  self->store = thaw_store_open (self->path, THAW_PROJECT_WRITE, &self->why_read_only);
  if (self->store)
    return self->store;
  if (!may_be_read (self->why_read_only))
    {
      g_propagate_error (error, g_steal_pointer (&self->why_read_only));
      return NULL;
    }
  self->read_only = TRUE;
  self->store = thaw_store_open (self->path, THAW_PROJECT_READ, error);
  return self->store;
}

/* The command line's projects show what was trained last, until the person chose something else: of both, what the project has not */
static void
take_from_run (Operation *self, ThawProject *project, const ThawRun *run)
{
  g_autofree char *network = NULL;
  g_autofree char *options = NULL;

  if (self->network && self->options)
    return;
  thaw_run_read_settings (project, run->id, &network, &options, NULL);
  if (!self->network)
    self->network = g_steal_pointer (&network);
  if (!self->options)
    self->options = g_steal_pointer (&options);
}

static gpointer
load_cb (ThawProject *project, gpointer data, GError **error)
{
  Operation *self = data;
  g_autoptr (ThawDataset) dataset = thaw_project_get_dataset (project, error);

  self->runs = dataset ? thaw_project_runs (project, error) : NULL;
  if (!self->runs)
    return NULL;
  self->pictures = thaw_pictures_stock_new (dataset);
  self->shares = thaw_project_get_setting (project, THAW_SETTING_SPLIT, NULL);
  self->network = thaw_project_get_setting (project, THAW_SETTING_NETWORK, NULL);
  self->options = thaw_project_get_setting (project, THAW_SETTING_OPTIONS, NULL);
  if (self->runs->len)
    take_from_run (self, project, g_ptr_array_index (self->runs, self->runs->len - 1));
  if (!self->read_only)
    self->unfinished = thaw_run_find_unfinished (project);
  return self;
}

static void
open_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Operation *self = data;
  GError *error = NULL;

  if ((self->kind == OPEN ? open_store (self, &error) : create_store (self, &error)) && thaw_store_call (self->store, load_cb, self, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* --- in a thread: ending --- */

/* The project before stays open where it could not be saved: what is in memory is all there is of it */
static gboolean
end_project (Operation *self, GError **error)
{
  g_autoptr (GError) unsaved = NULL;

  if (self->worker)
    thaw_worker_join (self->worker);
  if (self->save)
    thaw_store_call (self->old, thaw_save_cb, self->save, &unsaved);
  if (unsaved)
    {
      g_propagate_error (error, g_steal_pointer (&unsaved));
      return FALSE;
    }
  thaw_store_close (g_steal_pointer (&self->old), &self->lost);
  if (self->remove)
    g_unlink (self->remove);
  return TRUE;
}

static void
end_thread_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (end_project (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* --- on the main thread --- */

static gboolean
is_empty (ThawSession *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->pictures)) == 0 && g_list_model_get_n_items (G_LIST_MODEL (self->runs)) == 0;
}

static void
notify_project (ThawSession *self)
{
  thaw_session_notify (self, THAW_SESSION_PROP_PATH);
  thaw_session_notify (self, THAW_SESSION_PROP_STORE_PATH);
  thaw_session_notify (self, THAW_SESSION_PROP_TITLE);
  thaw_session_notify (self, THAW_SESSION_PROP_READ_ONLY);
}

static void
set_store (ThawSession *self, Operation *operation)
{
  self->store = g_steal_pointer (&operation->store);
  g_free (self->store_path);
  self->store_path = self->store ? g_strdup (operation->path) : NULL;
  self->named = self->store && !is_in_projects_folder (operation->path);
  self->read_only = operation->read_only;
  self->save_failed = FALSE;
}

static void
tell_read_only (ThawSession *self, const GError *why)
{
  g_autofree char *busy = g_strdup_printf (_ ("%s is being written by another window or command"), self->store_path);
  g_autofree char *text = g_strdup_printf (_ ("%s. What you change here is not kept, and nothing can be trained; Save As makes a copy of your own."),
                                           g_error_matches (why, THAW_ERROR, THAW_ERROR_BUSY) ? busy : why->message);

  thaw_session_message (self, _ ("The project is open for reading only"), text, FALSE, "win.save-as", _ ("Save _As…"));
}

static gpointer
nothing_cb (ThawProject *project, gpointer data, GError **error)
{
  return NULL;
}

static void
unref_dataset_cb (gpointer data)
{
  thaw_dataset_unref (data);
}

/* 50 000 pictures are 150 000 pieces of memory */
void
thaw_session_discard (ThawSession *self, ThawDataset *dataset)
{
  if (dataset && self->store)
    thaw_store_post (self->store, nothing_cb, dataset, unref_dataset_cb);
  else if (dataset)
    thaw_dataset_unref (dataset);
}

/* The newest with a result or that can go on: one that was stopped before its first epoch would hide what is there. (nullable) (transfer full) */
static ThawRunItem *
run_to_show (ThawRuns *runs, gint64 unfinished)
{
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (runs));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawRunItem) item = g_list_model_get_item (G_LIST_MODEL (runs), i);
      const ThawRun *run = thaw_run_item_get_run (item);

      if (run->summary.best_epoch > 0 || run->id == unfinished)
        return g_steal_pointer (&item);
    }
  return g_list_model_get_item (G_LIST_MODEL (runs), 0);
}

/* What was opened, or nothing, is what the parts show now */
static void
install (ThawSession *self, Operation *operation)
{
  g_autoptr (ThawDataset) nothing = thaw_dataset_new ();
  ThawPicturesStock *pictures = g_steal_pointer (&operation->pictures);
  g_autoptr (ThawRunItem) shown = NULL;

  set_store (self, operation);
  if (operation->network || operation->replaces)
    thaw_network_from_json (self->network, operation->network ? operation->network : "{}", NULL);
  if (operation->options)
    thaw_options_from_json (self->options, operation->options, NULL);
  else if (operation->replaces)
    thaw_options_reset (self->options);
  thaw_pictures_take_stock (self->pictures, pictures ? pictures : thaw_pictures_stock_new (nothing));
  thaw_pictures_shares_from_json (self->pictures, operation->shares);
  thaw_runs_load (self->runs, operation->runs);
  shown = run_to_show (self->runs, operation->unfinished);
  thaw_runs_set_current (self->runs, shown);
  thaw_history_clear (self->history);
  thaw_session_mark_saved (self, NULL);
  thaw_session_set_unfinished (self, operation->unfinished);
  notify_project (self);
  if (operation->why_read_only)
    tell_read_only (self, operation->why_read_only);
}

static void
finish_operation (GTask *task, GError *error)
{
  g_autoptr (ThawSession) self = g_object_ref (g_task_get_source_object (task));

  g_queue_pop_head (&self->operations);
  if (g_queue_is_empty (&self->operations))
    thaw_session_notify (self, THAW_SESSION_PROP_OPENING);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
  next_operation (self);
  thaw_session_queue_update (self);
  thaw_session_queue_save (self);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  GTask *task = data;
  Operation *operation = g_task_get_task_data (task);
  GError *error = NULL;

  g_task_propagate_boolean (G_TASK (result), &error);
  if (operation->old)
    {
      /* it could not be saved, and stays */
      self->store = g_steal_pointer (&operation->old);
      finish_operation (task, error);
      return;
    }
  if (operation->lost)
    thaw_session_tell (self, _ ("The last changes of the project could not be saved"), operation->lost);
  install (self, operation);
  finish_operation (task, error);
}

/* @save: (nullable): what is not in the file yet */
static void
end_with_cb (gpointer data, ThawSave *save)
{
  GTask *task = data, *round;
  ThawSession *self = g_task_get_source_object (task);
  Operation *operation = g_task_get_task_data (task);

  operation->save = save;
  if (!self->named && !self->read_only && is_empty (self) && !operation->worker)
    operation->remove = g_strdup (self->store_path);
  operation->old = g_steal_pointer (&self->store);
  operation->replaces = operation->kind != CLOSE;
  round = g_task_new (self, NULL, ended_cb, task);
  g_task_set_task_data (round, operation, NULL);
  g_task_run_in_thread (round, end_thread_cb);
  g_object_unref (round);
}

static void
end_old (ThawSession *self, GTask *task)
{
  Operation *operation = g_task_get_task_data (task);

  if (!self->store)
    {
      install (self, operation);
      finish_operation (task, NULL);
      return;
    }
  thaw_session_cancel_save (self);
  operation->worker = thaw_session_release_worker (self);
  if (self->read_only)
    end_with_cb (task, NULL);
  else
    thaw_session_collect_async (self, end_with_cb, task);
}

static void
keep_cb (ThawSession *self, GTask *task)
{
  set_store (self, g_task_get_task_data (task));
  self->saved = (ThawGenerations){ G_MAXUINT64, G_MAXUINT64, G_MAXUINT64 };
  notify_project (self);
  finish_operation (task, NULL);
  thaw_session_train_wanted (self);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  GTask *task = data;
  Operation *operation = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    finish_operation (task, error);
  else if (operation->kind == KEEP)
    keep_cb (self, task);
  else
    end_old (self, task);
}

/* --- another name --- */

static gpointer
save_as_cb (ThawProject *project, gpointer data, GError **error)
{
  const Operation *operation = data;

  if (operation->save && !thaw_save_cb (project, operation->save, error))
    return NULL;
  return thaw_project_save_as (project, operation->path, error) ? project : NULL;
}

static gpointer
remove_cb (ThawProject *project, gpointer data, GError **error)
{
  g_unlink (data);
  return NULL;
}

/* What had no name yet has moved: nobody would look for it where it was */
static void
saved_as_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  GTask *task = data;
  Operation *operation = g_task_get_task_data (task);
  GError *error = NULL;

  thaw_store_finish (result, &error);
  if (!error)
    {
      if (operation->save)
        thaw_session_mark_saved (self, &operation->save->generations);
      g_free (self->store_path);
      self->store_path = g_strdup (operation->path);
      self->named = TRUE;
      self->read_only = FALSE;
      self->save_failed = FALSE;
      notify_project (self);
    }
  if (!error && operation->remove)
    thaw_store_post (self->store, remove_cb, g_steal_pointer (&operation->remove), g_free);
  finish_operation (task, error);
}

static void
save_as_with_cb (gpointer data, ThawSave *save)
{
  GTask *task = data;
  ThawSession *self = g_task_get_source_object (task);
  Operation *operation = g_task_get_task_data (task);

  /* what is only read takes nothing; its copy does, once it is there */
  if (self->read_only)
    g_clear_pointer (&save, thaw_save_free);
  operation->save = save;
  operation->remove = self->named || self->read_only ? NULL : g_strdup (self->store_path);
  thaw_store_async (self->store, save_as_cb, operation, NULL, NULL, G_OBJECT (self), NULL, saved_as_cb, task);
}

static void
save_as (ThawSession *self, GTask *task)
{
  if (!self->store)
    {
      finish_operation (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("There is no project yet: add pictures first")));
      return;
    }
  thaw_session_cancel_save (self);
  thaw_session_collect_async (self, save_as_with_cb, task);
}

static gboolean
is_open_already (ThawSession *self, const Operation *operation)
{
  g_autofree char *path = operation->path ? g_canonicalize_filename (operation->path, NULL) : NULL;

  return self->store && !self->read_only && g_strcmp0 (path, self->store_path) == 0;
}

static void
run_operation (ThawSession *self, GTask *task)
{
  Operation *operation = g_task_get_task_data (task);
  GTask *round;

  if ((operation->kind == OPEN && is_open_already (self, operation)) || (operation->kind == KEEP && self->store))
    {
      finish_operation (task, NULL);
      return;
    }
  if (operation->kind == CLOSE || operation->kind == SAVE_AS)
    {
      (operation->kind == CLOSE ? end_old : save_as) (self, task);
      return;
    }
  round = g_task_new (self, NULL, opened_cb, task);
  g_task_set_task_data (round, operation, NULL);
  g_task_run_in_thread (round, open_thread_cb);
  g_object_unref (round);
}

static void
next_operation (ThawSession *self)
{
  if (!g_queue_is_empty (&self->operations))
    run_operation (self, g_queue_peek_head (&self->operations));
}

static void
add_operation (ThawSession *self, Kind kind, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Operation *operation = g_new0 (Operation, 1);

  operation->kind = kind;
  operation->path = file ? g_file_get_path (file) : NULL;
  g_task_set_task_data (task, operation, operation_free);
  /* what was committed is not taken back */
  g_task_set_check_cancellable (task, FALSE);
  if (file && !operation->path)
    {
      g_autofree char *name = g_file_get_parse_name (file);

      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("%s is not on this computer: copy it here first"), name);
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (&self->operations, task);
  if (g_queue_get_length (&self->operations) > 1)
    return;
  thaw_session_notify (self, THAW_SESSION_PROP_OPENING);
  thaw_session_update_problem (self);
  run_operation (self, task);
}

void
thaw_session_open_async (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  add_operation (self, OPEN, file, cancellable, callback, data);
}

void
thaw_session_new_async (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  add_operation (self, NEW, NULL, cancellable, callback, data);
}

void
thaw_session_save_as_async (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  add_operation (self, SAVE_AS, file, cancellable, callback, data);
}

void
thaw_session_close_async (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  add_operation (self, CLOSE, NULL, cancellable, callback, data);
}

gboolean
thaw_session_project_finish (ThawSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  g_autoptr (GError) error = NULL;

  if (!thaw_session_project_finish (self, result, &error))
    {
      self->train_wanted = FALSE;
      thaw_session_tell (self, _ ("A new project could not be begun"), error);
    }
}

void
thaw_session_need_project (ThawSession *self)
{
  if (!self->store && g_queue_is_empty (&self->operations))
    add_operation (self, KEEP, NULL, NULL, kept_cb, NULL);
}
