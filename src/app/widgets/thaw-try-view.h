/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_TRY_VIEW (thaw_try_view_get_type ())
G_DECLARE_FINAL_TYPE (ThawTryView, thaw_try_view, THAW, TRY_VIEW, AdwBin)

/**
 * ThawTryView: what the shown run says of any picture, or of a folder of them
 *
 * Actions: results.try-picture, results.try-folder (choosers), results.stop-predicting, results.save-csv, results.copy-by-class.
 */
void thaw_try_view_set_session (ThawTryView *self, ThawSession *session);
/* @files: of GFile: one picture is shown with its probabilities, a folder or several pictures become a table */
void thaw_try_view_try_files   (ThawTryView *self, GPtrArray *files);
/* What the clipboard holds: files or a picture */
void thaw_try_view_paste       (ThawTryView *self);

G_END_DECLS
