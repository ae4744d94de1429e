/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-export.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

/**
 * thaw_session_export_async:
 * @run: of the project
 * @options: copied
 * @progress: (nullable): share of the whole, in the main thread
 *
 * The run's network, with its best weights, written to a file, read back and compared, in threads of low priority.
 */
void     thaw_session_export_async  (ThawSession *self, gint64 run, const ThawExportOptions *options, void (*progress) (gpointer data, double share), gpointer progress_data,
                                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean thaw_session_export_finish (ThawSession *self, GAsyncResult *result, ThawExportResult *out, GError **error);
/* "Read back and compared on 153 pictures: same class on all, largest difference 0.0000026." (transfer full) */
char    *thaw_export_result_words   (const ThawExportResult *result);

G_END_DECLS
