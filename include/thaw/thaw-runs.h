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
 * Properties (notify): name, notes, status (int, ThawRunStatus), accuracy (double, the best epoch's of validation; not a number before the first), epochs (int,
 * done), live (gboolean: it trains or is paused; status alone is also THAW_RUN_RUNNING where it can go on later), overlay (gboolean, writable: its curves are drawn with others'), color-index (guint, from 0: as long as it is shown no other shown run has it).
 * Signal "curves-changed": epochs, steps or events grew or were loaded. The curves of a run that is not training are read from the project when they
 * are first asked for; until then they are empty.
 */
const ThawRun *thaw_run_item_get_run    (ThawRunItem *self);
GArray        *thaw_run_item_get_epochs (ThawRunItem *self);  /* ThawEpoch (transfer none) */
GArray        *thaw_run_item_get_steps  (ThawRunItem *self);  /* ThawStepPoint */
GArray        *thaw_run_item_get_events (ThawRunItem *self);  /* ThawRunEvent */
/* Steps an epoch has: where a step lies between epochs is (step / this). 0: not known yet */
guint          thaw_run_item_get_epoch_steps (ThawRunItem *self);
/* Epochs of all phases, as the run was begun */
int            thaw_run_item_get_planned_epochs (ThawRunItem *self);

/**
 * ThawRuns: the project's runs, a GListModel of ThawRunItem, the newest first
 *
 * Property current (ThawRunItem, nullable): the one that trains, or that the pages show.
 */
ThawRunItem   *thaw_runs_find           (ThawRuns *self, gint64 id); /* (nullable) (transfer none) */
ThawRunItem   *thaw_runs_get_current    (ThawRuns *self);
void           thaw_runs_set_current    (ThawRuns *self, ThawRunItem *run);

/* Edits; each can be undone and is written to the project at once */
void           thaw_runs_rename         (ThawRuns *self, ThawRunItem *run, const char *name);
void           thaw_runs_set_notes      (ThawRuns *self, ThawRunItem *run, const char *notes);
/* A run that trains is not deleted: the session's "message" says why */
void           thaw_runs_delete         (ThawRuns *self, ThawRunItem *run);
/* What train.py of an exported training left in @folder becomes a run, which can be undone; it is read in the project's thread. That it came, or why not, is told by the
 * session's "message". */
void           thaw_runs_bring_in       (ThawRuns *self, GFile *folder);
/* Backbone, head, freezing and options of @run become the session's, which can be undone; what cannot be had is told by the session's "message" */
void           thaw_runs_restore        (ThawRuns *self, ThawRunItem *run);

/* What a person compares of one run: name -> text in the person's language (transfer full). Names are those of thaw_run_setting_names(). */
GHashTable    *thaw_run_item_settings   (ThawRunItem *self);
/* "backbone", "freezing", "head", "learning rate" ..., NULL-terminated, in the order to show them */
const char *const *thaw_run_setting_names (void);
/* A name in the person's language */
const char    *thaw_run_setting_title   (const char *name);

G_END_DECLS
