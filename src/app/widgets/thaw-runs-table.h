/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUNS_TABLE (thaw_runs_table_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunsTable, thaw_runs_table, THAW, RUNS_TABLE, AdwBin)

/**
 * ThawRunsTable: the runs, one a row: what they came to, and the settings in which they differ
 *
 * Compared are the selected runs where there are several, else all. Its menu and its rows use the page's actions: runs.show, runs.overlay,
 * runs.rename, runs.restore, runs.delete.
 *
 * Property: only-differences (gboolean): settings that are the same everywhere have no column. Signal "selection-changed".
 */
void       thaw_runs_table_set_session  (ThawRunsTable *self, ThawSession *session);
/* Of ThawRunItem, in the order shown. (transfer full) */
GPtrArray *thaw_runs_table_get_selected (ThawRunsTable *self);
/* Those that are compared */
GPtrArray *thaw_runs_table_get_compared (ThawRunsTable *self);

G_END_DECLS
