/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-backbones-private.h"

#include "thaw-task.h"

#include <thaw/thaw-download.h>
#include <thaw/thaw-words.h>

enum { DOWNLOADED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

void
thaw_backbones_install_signals (GType type)
{
  signals[DOWNLOADED] = g_signal_new ("downloaded", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, THAW_TYPE_BACKBONE_ITEM);
  signals[FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, THAW_TYPE_BACKBONE_ITEM, G_TYPE_ERROR);
}

/* a file that comes, for a list that may be gone by the time */
typedef struct
{
  GWeakRef          list;
  ThawBackboneItem *item;
  const ThawCatalogueEntry *entry;
  GMutex            lock;
  gint64            received;
} Download;

static void
download_free_cb (gpointer data)
{
  Download *self = data;

  g_weak_ref_clear (&self->list);
  g_object_unref (self->item);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
news_cb (GTask *task)
{
  Download *self = g_task_get_task_data (task);
  gint64 received;

  g_mutex_lock (&self->lock);
  received = self->received;
  g_mutex_unlock (&self->lock);
  thaw_backbone_item_set_received (self->item, received);
}

/* --- in its thread --- */

static void
progress_cb (gint64 received, gint64 total, gpointer data)
{
  GTask *task = data;
  Download *self = g_task_get_task_data (task);

  g_mutex_lock (&self->lock);
  self->received = received;
  g_mutex_unlock (&self->lock);
  thaw_task_tell (task, news_cb);
}

static void
download_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Download *self = data;
  GError *error = NULL;

  if (thaw_backbone_download (self->entry, NULL, progress_cb, task, cancellable, &error))
    g_task_return_pointer (task, thaw_backbone_find (self->entry->name), g_free);
  else
    g_task_return_error (task, error);
}

/* --- and back --- */

static void
downloaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Download *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawBackbones) list = g_weak_ref_get (&self->list);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_task_propagate_pointer (G_TASK (result), &error);
  const gboolean stopped = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_autofree char *words = error && !stopped ? thaw_words_of_engine (error->message) : NULL;

  if (path)
    thaw_backbone_item_set_path (self->item, path);
  thaw_backbone_item_set_download (self->item, NULL, words);
  if (list && path)
    g_signal_emit (list, signals[DOWNLOADED], 0, self->item);
  else if (list && error && !stopped)
    g_signal_emit (list, signals[FAILED], 0, self->item, error);
}

void
thaw_backbones_download (ThawBackbones *self, ThawBackboneItem *item)
{
  g_autoptr (GTask) task = NULL;
  GCancellable *cancellable;
  Download *download;

  if (item->download || item->backbone.path || !item->entry)
    return;
  cancellable = g_cancellable_new ();
  download = g_new0 (Download, 1);
  g_weak_ref_init (&download->list, self);
  download->item = g_object_ref (item);
  download->entry = item->entry;
  g_mutex_init (&download->lock);
  task = g_task_new (NULL, cancellable, downloaded_cb, NULL);
  g_task_set_task_data (task, download, download_free_cb);
  g_task_set_name (task, "download a backbone");
  /* a file that is whole by the time counts */
  g_task_set_check_cancellable (task, FALSE);
  /* not a nice one: it hardly computes, and would wait for all that does */
  g_task_run_in_thread (task, download_cb);
  thaw_backbone_item_set_download (item, cancellable, NULL);
}

void
thaw_backbones_cancel (ThawBackbones *self, ThawBackboneItem *item)
{
  if (item->download)
    g_cancellable_cancel (item->download);
}
