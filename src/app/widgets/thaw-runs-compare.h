/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUNS_COMPARE (thaw_runs_compare_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunsCompare, thaw_runs_compare, THAW, RUNS_COMPARE, AdwBin)

/**
 * ThawRunsCompare: runs side by side, one a column; a row for everything they came to and for every setting
 */

/* @runs: of ThawRunItem. @only_differences: settings that are the same are left out. The best of each figure and settings that differ stand out. */
void thaw_runs_compare_show (ThawRunsCompare *self, GPtrArray *runs, gboolean only_differences);

G_END_DECLS
