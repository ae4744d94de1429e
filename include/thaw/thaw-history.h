/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <thaw/thaw-types.h>

G_BEGIN_DECLS

#define THAW_TYPE_HISTORY (thaw_history_get_type ())
G_DECLARE_FINAL_TYPE (ThawHistory, thaw_history, THAW, HISTORY, GObject)

/**
 * ThawHistory: what can be undone and done again, one for the whole window
 *
 * Properties: undo-label, redo-label (nullable: there is nothing), in the person's language ("Move 3 pictures").
 */
typedef void (*ThawHistoryFunc) (gpointer data);

ThawHistory *thaw_history_new   (void);
/**
 * thaw_history_add:
 * @destroy: (nullable): frees @data
 *
 * An edit that has just been made. @undo and @redo are called in turn, never twice in a row. What was undone before is forgotten. Nothing is
 * added while an undo or redo is under way, so that they may call the very functions that make edits.
 */
void         thaw_history_add   (ThawHistory *self, const char *label, ThawHistoryFunc undo, ThawHistoryFunc redo, gpointer data, GDestroyNotify destroy);
void         thaw_history_undo  (ThawHistory *self);
void         thaw_history_redo  (ThawHistory *self);
/* When another project is opened */
void         thaw_history_clear (ThawHistory *self);

G_END_DECLS
