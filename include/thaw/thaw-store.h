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
/* Does what was handed over, commits what is pending, frees @self in any case; blocks */
gboolean   thaw_store_close   (ThawStore *self, GError **error);
/* From a worker: waits for the result. Where that may be NULL, success is that no error was set. */
gpointer   thaw_store_call    (ThawStore *self, ThawStoreFunc func, gpointer data, GError **error);
/* From any thread, without waiting: for what is worth no answer. What @func returns is nobody's, an error is dropped. */
void       thaw_store_post    (ThawStore *self, ThawStoreFunc func, gpointer data, GDestroyNotify destroy);
/* From the main thread: @callback there, with a GTask that holds what @func returned */
void       thaw_store_async   (ThawStore *self, ThawStoreFunc func, gpointer data, GDestroyNotify destroy, GDestroyNotify destroy_result,
                               GObject *source, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gpointer   thaw_store_finish  (GAsyncResult *result, GError **error);

G_END_DECLS
