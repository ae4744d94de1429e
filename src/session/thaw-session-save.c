/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-private.h"

#include <glib/gi18n.h>

/* Edits that follow each other are saved together */
#define SAVE_MILLISECONDS 1000
/* What could not be saved is tried again */
#define RETRY_MILLISECONDS 10000

static guint64
generation (gpointer part)
{
  guint64 value = 0;

  g_object_get (part, "generation", &value, NULL);
  return value;
}

static ThawGenerations
current (ThawSession *self)
{
  return (ThawGenerations){ generation (self->pictures), generation (self->network), generation (self->options) };
}

static gboolean
is_saved (ThawSession *self)
{
  const ThawGenerations now = current (self);

  return now.pictures == self->saved.pictures && now.network == self->saved.network && now.options == self->saved.options;
}

void
thaw_session_mark_saved (ThawSession *self, const ThawGenerations *generations)
{
  self->saved = generations ? *generations : current (self);
}

void
thaw_save_free (ThawSave *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_free (self->shares);
  g_free (self->network);
  g_free (self->options);
  g_free (self);
}

ThawSave *
thaw_session_collect_save (ThawSession *self, ThawDataset *dataset, guint64 pictures)
{
  ThawSave *save;

  if (is_saved (self))
    {
      thaw_session_discard (self, dataset);
      return NULL;
    }
  save = g_new0 (ThawSave, 1);
  save->generations = current (self);
  if (dataset)
    save->generations.pictures = pictures;
  save->dataset = dataset;
  if (dataset)
    save->shares = thaw_pictures_shares_to_json (self->pictures);
  if (save->generations.network != self->saved.network)
    save->network = thaw_network_to_json (self->network);
  if (save->generations.options != self->saved.options)
    save->options = thaw_options_to_json (self->options);
  return save;
}

gpointer
thaw_save_cb (ThawProject *project, gpointer data, GError **error)
{
  ThawSave *save = data;
  gboolean ok = TRUE;

  if (save->dataset)
    {
      thaw_dataset_sort (save->dataset);
      ok = thaw_project_set_dataset (project, save->dataset, error);
      /* here, where nobody waits for it */
      g_clear_pointer (&save->dataset, thaw_dataset_unref);
    }
  if (!ok || (save->shares && !thaw_project_set_setting (project, THAW_SETTING_SPLIT, save->shares, error))
      || (save->network && !thaw_project_set_setting (project, THAW_SETTING_NETWORK, save->network, error))
      || (save->options && !thaw_project_set_setting (project, THAW_SETTING_OPTIONS, save->options, error)))
    return NULL;
  return project;
}

static void schedule (ThawSession *self, guint milliseconds);

static void
tell_failure (ThawSession *self, const GError *error)
{
  g_autofree char *text = NULL;

  if (self->save_failed)
    return;
  self->save_failed = TRUE;
  text = g_strdup_printf (_ ("%s. Nothing is lost as long as this window is open: it is tried again every few seconds. Make room, or choose Save As."),
                          error->message);
  thaw_session_message (self, _ ("The project cannot be saved"), text, TRUE, "win.save-as", _ ("Save _As…"));
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawSession *self = THAW_SESSION (source);
  g_autofree ThawGenerations *generations = data;
  g_autoptr (GError) error = NULL;

  thaw_store_finish (result, &error);
  self->saving = FALSE;
  if (error)
    {
      tell_failure (self, error);
      schedule (self, RETRY_MILLISECONDS);
      return;
    }
  if (self->save_failed)
    thaw_session_message (self, _ ("The project is saved again"), _ ("Everything up to now is in its file."), FALSE, NULL, NULL);
  self->save_failed = FALSE;
  self->saved = *generations;
  thaw_session_queue_save (self);
}

static void
free_save_cb (gpointer data)
{
  thaw_save_free (data);
}

static void
save (ThawSession *self, ThawDataset *dataset, guint64 generation)
{
  ThawSave *what = thaw_session_collect_save (self, dataset, generation);

  if (!what)
    return;
  self->saving = TRUE;
  thaw_store_async (self->store, thaw_save_cb, what, free_save_cb, NULL, G_OBJECT (self), NULL, saved_cb,
                    g_memdup2 (&what->generations, sizeof what->generations));
}

static void
copied_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  ThawSession *self = data;

  self->save_snapshot = NULL;
  save (self, dataset, generation);
}

/* who waits for what is to be saved */
typedef struct
{
  ThawSession    *session;
  ThawCollectFunc func;
  gpointer        data;
} Collecting;

static void
collected_cb (gpointer data, ThawDataset *dataset, guint64 generation)
{
  g_autofree Collecting *self = data;

  self->func (self->data, thaw_session_collect_save (self->session, dataset, generation));
}

void
thaw_session_collect_async (ThawSession *self, ThawCollectFunc func, gpointer data)
{
  const Collecting collecting = { self, func, data };

  if (generation (self->pictures) != self->saved.pictures)
    thaw_snapshot_start (self->pictures, collected_cb, g_memdup2 (&collecting, sizeof collecting));
  else
    func (data, thaw_session_collect_save (self, NULL, 0));
}

static gboolean
save_now_cb (gpointer data)
{
  ThawSession *self = data;

  self->save_source = 0;
  if (!self->store || self->read_only || self->saving || self->save_snapshot || !g_queue_is_empty (&self->operations))
    return G_SOURCE_REMOVE;
  if (generation (self->pictures) != self->saved.pictures)
    self->save_snapshot = thaw_snapshot_start (self->pictures, copied_cb, self);
  else
    save (self, NULL, 0);
  return G_SOURCE_REMOVE;
}

static void
schedule (ThawSession *self, guint milliseconds)
{
  if (self->save_source == 0)
    self->save_source = g_timeout_add (milliseconds, save_now_cb, self);
}

/* A first picture makes the project that it is saved in */
void
thaw_session_queue_save (ThawSession *self)
{
  if (!g_queue_is_empty (&self->operations) || is_saved (self))
    return;
  if (!self->store && g_list_model_get_n_items (G_LIST_MODEL (self->pictures)) > 0)
    thaw_session_need_project (self);
  else if (self->store && !self->read_only && !self->saving && !self->save_snapshot)
    schedule (self, SAVE_MILLISECONDS);
}

void
thaw_session_cancel_save (ThawSession *self)
{
  g_clear_handle_id (&self->save_source, g_source_remove);
  g_clear_pointer (&self->save_snapshot, thaw_snapshot_cancel);
}
