/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <stdio.h>
#include <unistd.h>

/* What the window itself needs, to which a run's memory is added: all of the process while nothing trains and nothing is measured. */

#define SETTLED_MILLISECONDS 1500
/* The least of some looks counts: a picture that is just being decoded, or a model that is being loaded, is not there for long */
#define LOOKS 3
#define LOOK_MILLISECONDS 700

/* The figure stays where only a thumbnail came or went */
#define WORTH_TELLING 0.01

static void
weigh_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autofree char *text = NULL;
  gsize whole = 0, resident = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) && sscanf (text, "%zu %zu", &whole, &resident) == 2)
    g_task_return_int (task, (gssize) resident * (gssize) sysconf (_SC_PAGESIZE));
  else
    g_task_return_int (task, 0);
}

static void look_after (ThawNetwork *self, guint milliseconds);

static void
weighed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ThawNetwork) self = g_weak_ref_get (data);
  const gsize bytes = (gsize) g_task_propagate_int (G_TASK (result), NULL);

  g_weak_ref_clear (data);
  g_free (data);
  /* a run that began meanwhile may be a part of it */
  if (!self || self->training || bytes == 0)
    return;
  self->least_bytes = self->looks == 0 ? bytes : MIN (self->least_bytes, bytes);
  if (++self->looks < LOOKS)
    {
      look_after (self, LOOK_MILLISECONDS);
      return;
    }
  if (ABS ((double) self->least_bytes - (double) self->window_bytes) < WORTH_TELLING * (double) self->least_bytes)
    return;
  self->window_bytes = self->least_bytes;
  thaw_network_predict (self);
  thaw_network_notify_cost (self);
}

static gboolean
settled_cb (gpointer data)
{
  ThawNetwork *self = data;
  g_autoptr (GTask) task = NULL;
  GWeakRef *network;

  if (self->training || self->measuring)
    return G_SOURCE_CONTINUE;
  self->weigh_source = 0;
  network = g_new (GWeakRef, 1);
  g_weak_ref_init (network, self);
  task = g_task_new (NULL, NULL, weighed_cb, network);
  g_task_set_name (task, "weigh the window");
  g_task_run_in_thread (task, weigh_cb);
  return G_SOURCE_REMOVE;
}

static void
look_after (ThawNetwork *self, guint milliseconds)
{
  if (!self->weigh_source)
    self->weigh_source = g_timeout_add (milliseconds, settled_cb, self);
}

void
thaw_network_weigh_later (ThawNetwork *self)
{
  self->looks = 0;
  look_after (self, SETTLED_MILLISECONDS);
}
