/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define THAW_TYPE_CONFUSION (thaw_confusion_get_type ())
G_DECLARE_FINAL_TYPE (ThawConfusion, thaw_confusion, THAW, CONFUSION, GtkWidget)

/**
 * ThawConfusion: a confusion matrix as a heat map, a row for each true class, a column for each answer
 *
 * A GtkScrollable whose names stay in sight. A cell's colour is its share of the row. The cell under the pointer or the keyboard's cursor is told in words by
 * "text" (notify, nullable), which is its accessible name as well.
 * Signal "chosen" (int label, int prediction): a click or Enter; -1: the name of a whole row (prediction -1) or column (label -1).
 */
GtkWidget  *thaw_confusion_new      (void);
/* @counts: [classes, classes], copied; NULL: nothing to show. @labels: [classes], NULL-terminated, copied. The cursor stays where it can. */
void        thaw_confusion_set      (ThawConfusion *self, const guint64 *counts, const char *const *labels);
/* What a cell says; -1 as in "chosen" (transfer full) */
char       *thaw_confusion_dup_text (ThawConfusion *self, int label, int prediction);
/* Where the keyboard is: -1, -1 at first */
void        thaw_confusion_get_cursor (ThawConfusion *self, int *label, int *prediction);

G_END_DECLS
