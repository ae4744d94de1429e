/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUN_NOTES (thaw_run_notes_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunNotes, thaw_run_notes, THAW, RUN_NOTES, AdwBin)

/**
 * ThawRunNotes: a run's name and notes, to be written
 *
 * What was written is kept when the focus leaves it, when another run is shown, and with Enter in the name.
 */

/* @runs: what keeps the edits; @run: (nullable): none, or several, are selected */
void thaw_run_notes_set_run    (ThawRunNotes *self, ThawRuns *runs, ThawRunItem *run);
/* A project open for reading only has names and notes that stay */
void thaw_run_notes_set_locked (ThawRunNotes *self, gboolean locked);
void thaw_run_notes_focus_name (ThawRunNotes *self);

G_END_DECLS
