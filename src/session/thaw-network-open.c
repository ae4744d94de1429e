/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-words.h>

/* a backbone that is being opened; nobody waits for it once another was asked for */
typedef struct
{
  GWeakRef network;
  char    *name;
  guint64  number;
} Request;

static void
request_free_cb (gpointer data)
{
  Request *self = data;

  g_weak_ref_clear (&self->network);
  g_free (self->name);
  g_free (self);
}

static void
open_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  GError *error = NULL;
  ThawModel *model = thaw_backbone_open (request->name, &error);

  if (model)
    g_task_return_pointer (task, model, (GDestroyNotify) thaw_model_unref);
  else
    g_task_return_error (task, error);
}

/* The backbone was opened on a wish of the person: the old one can be had back. */
static void
record (ThawNetwork *self)
{
  g_autofree char *label = g_strdup_printf (_("Choose %s"), self->backbone->title);
  ThawNetworkSettings *before = g_steal_pointer (&self->before);

  if (before)
    thaw_network_record (self, label, before);
}

static void
succeed (ThawNetwork *self, ThawModel *backbone)
{
  g_autoptr (ThawNetworkSettings) settings = g_steal_pointer (&self->pending);

  self->busy = FALSE;
  g_clear_pointer (&self->error, g_free);
  thaw_network_take_backbone (self, settings->backbone, backbone);
  thaw_network_apply (self, settings);
  record (self);
  thaw_network_notify_opening (self);
}

/* What the person chose and cannot be opened leaves the old one in its place; what was saved is kept until it can be. */
static void
fail (ThawNetwork *self, const GError *error)
{
  self->busy = FALSE;
  g_free (self->error);
  self->error = thaw_words_of_engine (error->message);
  if (self->before)
    g_clear_pointer (&self->pending, thaw_network_settings_free);
  else
    thaw_network_take_backbone (self, NULL, NULL);
  g_clear_pointer (&self->before, thaw_network_settings_free);
  thaw_network_notify_opening (self);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = g_task_get_task_data (G_TASK (result));
  g_autoptr (ThawNetwork) self = g_weak_ref_get (&request->network);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawModel) backbone = g_task_propagate_pointer (G_TASK (result), &error);

  if (!self || request->number != self->requests)
    return;
  if (backbone)
    succeed (self, backbone);
  else
    fail (self, error);
}

void
thaw_network_forget_opening (ThawNetwork *self)
{
  if (!self->pending)
    return;
  self->requests++;
  self->busy = FALSE;
  g_clear_pointer (&self->pending, thaw_network_settings_free);
  g_clear_pointer (&self->before, thaw_network_settings_free);
  thaw_network_notify_opening (self);
}

void
thaw_network_open (ThawNetwork *self, ThawNetworkSettings *settings, ThawNetworkSettings *before)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, opened_cb, NULL);
  Request *request = g_new0 (Request, 1);

  g_clear_pointer (&self->pending, thaw_network_settings_free);
  g_clear_pointer (&self->before, thaw_network_settings_free);
  self->pending = settings;
  self->before = before;
  self->busy = TRUE;
  g_clear_pointer (&self->error, g_free);
  g_weak_ref_init (&request->network, self);
  request->name = g_strdup (settings->backbone);
  request->number = ++self->requests;
  g_task_set_task_data (task, request, request_free_cb);
  g_task_set_name (task, "open a backbone");
  g_task_run_in_thread (task, open_cb);
  thaw_network_notify_opening (self);
}
