/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-run-store.h"

#include <thaw/thaw-history.h>
#include <thaw/thaw-store.h>

G_BEGIN_DECLS

/* --- a run --- */

/* @run: (transfer full). @live: it trains now: its curves come by the functions below */
ThawRunItem *thaw_run_item_new         (ThawRun *run, gboolean live);
/* Its curves as the project has them are wanted; asked once */
typedef void (*ThawRunItemWanted) (gpointer data, ThawRunItem *item);
void         thaw_run_item_set_loader  (ThawRunItem *self, ThawRunItemWanted wanted, gpointer data);

/* Replaces all; @curves: (nullable) (transfer none): there are none */
void         thaw_run_item_set_curves  (ThawRunItem *self, const ThawCurves *curves);
gboolean     thaw_run_item_needs_curves (ThawRunItem *self);
/* Appends; numbers that are there already (a run that went on from before them) are replaced. @n may be 0. */
void         thaw_run_item_add_steps   (ThawRunItem *self, const ThawStepPoint *points, guint n);
void         thaw_run_item_add_epochs  (ThawRunItem *self, const ThawEpoch *epochs, guint n);
/* @text: copied */
void         thaw_run_item_add_event   (ThawRunItem *self, const ThawRunEvent *event);
/* After any of them */
void         thaw_run_item_changed     (ThawRunItem *self);
void         thaw_run_item_set_epoch_steps (ThawRunItem *self, guint steps);

/* @run: (transfer full): as the project has it now */
void         thaw_run_item_take_run    (ThawRunItem *self, ThawRun *run);
void         thaw_run_item_set_name    (ThawRunItem *self, const char *name);
void         thaw_run_item_set_notes   (ThawRunItem *self, const char *notes);
gboolean     thaw_run_item_is_live     (ThawRunItem *self);
void         thaw_run_item_set_live    (ThawRunItem *self, gboolean live);
void         thaw_run_item_set_color   (ThawRunItem *self, guint color);
guint        thaw_run_item_get_color   (ThawRunItem *self);
gboolean     thaw_run_item_get_overlay (ThawRunItem *self);

/* --- all runs --- */

/* @session: not owned: it owns this */
ThawRuns    *thaw_runs_new             (ThawSession *session);
/* Another project: @runs: (nullable) ThawRun, the oldest first; its elements are taken */
void         thaw_runs_load            (ThawRuns *self, GPtrArray *runs);
/* @item: (transfer none); its place follows from its number */
void         thaw_runs_insert          (ThawRuns *self, ThawRunItem *item);
void         thaw_runs_remove          (ThawRuns *self, ThawRunItem *item);
ThawSession *thaw_runs_get_session     (ThawRuns *self); /* (nullable) */

/* thaw-runs-edit.c */

/* TRUE where nothing can be changed, and the person was told */
gboolean     thaw_runs_is_refused      (ThawRuns *self);
/* @item came, which is undone by its deletion */
void         thaw_runs_add_arrival     (ThawRuns *self, ThawRunItem *item, const char *label);

/* --- settings --- */
GHashTable  *thaw_run_settings         (const ThawRun *run);

G_END_DECLS
