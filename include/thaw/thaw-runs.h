/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-project.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUN_ITEM (thaw_run_item_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunItem, thaw_run_item, THAW, RUN_ITEM, GObject)
#define THAW_TYPE_RUNS (thaw_runs_get_type ())
G_DECLARE_FINAL_TYPE (ThawRuns, thaw_runs, THAW, RUNS, GObject)

typedef struct { guint64 step; double loss, lr; double seconds; } ThawStepPoint;   /* step over all epochs, from 1; seconds since the run began */
typedef struct { guint64 step; double epoch; double seconds; char *text; } ThawRunEvent; /* where on the curves */

/**
 * ThawRunItem: a run with its curves, finished or growing
 *
 * Properties (notify): name, notes, status (ThawRunStatus), accuracy, overlay (gboolean: its curves are drawn with others'), color-index (guint).
 * Signal "curves-changed": epochs, steps or events grew or were loaded.
 */
const ThawRun *thaw_run_item_get_run    (ThawRunItem *self);
GArray        *thaw_run_item_get_epochs (ThawRunItem *self);  /* ThawEpoch (transfer none) */
GArray        *thaw_run_item_get_steps  (ThawRunItem *self);  /* ThawStepPoint */
GArray        *thaw_run_item_get_events (ThawRunItem *self);  /* ThawRunEvent */

/**
 * ThawRuns: the project's runs, a GListModel of ThawRunItem, the newest first
 *
 * Property current (ThawRunItem, nullable): the one that trains, or that the pages show.
 */
ThawRunItem   *thaw_runs_find           (ThawRuns *self, gint64 id); /* (nullable) (transfer none) */
ThawRunItem   *thaw_runs_get_current    (ThawRuns *self);
void           thaw_runs_set_current    (ThawRuns *self, ThawRunItem *run);
/* The differences worth seeing: "freezing", "learning rate" ... of one run, name -> text (transfer full) */
GHashTable    *thaw_run_item_settings   (ThawRunItem *self);

G_END_DECLS
