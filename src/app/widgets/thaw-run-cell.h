/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUN_CELL (thaw_run_cell_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunCell, thaw_run_cell, THAW, RUN_CELL, GtkWidget)

/* What a cell says of a run (transfer full) */
typedef char *(*ThawRunFact) (ThawRunItem *run);

/* ThawRunCell: something about a run, up to date as long as it is shown */
GtkWidget   *thaw_run_cell_new_fact (ThawRunFact fact);
/* @name: one of thaw_run_setting_names() */
GtkWidget   *thaw_run_cell_new_setting (const char *name);
/* The name, with what sets the run apart: the best, the one that the pages show, not finished... @runs: the list it is in */
GtkWidget   *thaw_run_cell_new_name (ThawRuns *runs);
void         thaw_run_cell_set_run  (ThawRunCell *self, ThawRunItem *run);
ThawRunItem *thaw_run_cell_get_run  (ThawRunCell *self); /* (nullable) (transfer none) */

G_END_DECLS
