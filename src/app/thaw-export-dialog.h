/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_EXPORT_DIALOG (thaw_export_dialog_get_type ())
G_DECLARE_FINAL_TYPE (ThawExportDialog, thaw_export_dialog, THAW, EXPORT_DIALOG, AdwWindow)

/**
 * ThawExportDialog: a run's network as a file for other programs
 *
 * Of the shown run, unless another is chosen; written, read back and compared in a thread. Actions: export.choose, export.cancel, export.open-folder,
 * export.again. Closing it while it works cancels.
 */
GtkWidget *thaw_export_dialog_new   (ThawSession *session, GtkWindow *parent);
/* As if @file had been chosen. A name without an ending gets the format's; a file of that name is not replaced. */
void       thaw_export_dialog_write (ThawExportDialog *self, GFile *file);

G_END_DECLS
