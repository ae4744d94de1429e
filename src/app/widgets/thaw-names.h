/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * thaw_name_row:
 * @cell: the child of a list item, a column's cell or a list box row
 * @name: what is read when the row or tile that @cell is in gets the focus
 *
 * The rows of GtkListView, GtkGridView and GtkColumnView take the focus, but 4.8 has no way to name them.
 */
void thaw_name_row   (GtkWidget *cell, const char *name);
/* The buttons that @widget, a composed one of GTK's or libadwaita's, has inside: those with nothing but an icon */
void thaw_name_inner (GtkWidget *widget, const char *name);

G_END_DECLS
