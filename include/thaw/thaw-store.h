/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-project.h>

G_BEGIN_DECLS

/**
 * ThawStore: a project's own thread
 *
 * The only thread that touches SQLite. Jobs run one after another, in the order they were handed over.
 */
typedef gpointer (*ThawStoreFunc) (ThawProject *project, gpointer data, GError **error);

ThawStore *thaw_store_open    (const char *path, ThawProjectMode mode, GError **error); /* a worker's; blocks */
/* Commits what is pending; blocks */
gboolean   thaw_store_close   (ThawStore *self, GError **error);
/* From the training thread: waits for the result. @ok: an error was not set */
gpointer   thaw_store_call    (ThawStore *self, ThawStoreFunc func, gpointer data, GError **error);
/* From the main thread: @callback there, with a GTask that holds what @func returned */
void       thaw_store_async   (ThawStore *self, ThawStoreFunc func, gpointer data, GDestroyNotify destroy, GDestroyNotify destroy_result,
                               GObject *source, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gpointer   thaw_store_finish  (GAsyncResult *result, GError **error);

G_END_DECLS
