/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a cell says of a row's item (transfer full) */
typedef char *(*ThawColumnFunc) (gpointer item);

/**
 * thaw_column_view_add_text:
 * @sorter: (nullable) (transfer full)
 * @width: pixels; -1: it takes the room that is left
 *
 * A column of text that ends in dots where it is too narrow and is whole in its tooltip. Numbers stand to the right.
 */
void       thaw_column_view_add_text (GtkColumnView *view, const char *title, ThawColumnFunc text, GtkSorter *sorter, gboolean numeric, int width);
/* The title of a column of numbers stands to the right as they do; @column is in its view */
void       thaw_column_set_numeric   (GtkColumnViewColumn *column);
/* By a property of the rows (transfer full) */
GtkSorter *thaw_sorter_by_text       (GType type, const char *property);
GtkSorter *thaw_sorter_by_number     (GType type, const char *property);
/* @model: (nullable) (transfer none); sorted as the headers say. What sorts it: its model can be replaced (transfer none) */
GtkSortListModel *thaw_column_view_set_sorted (GtkColumnView *view, GListModel *model);

G_END_DECLS
