/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What is read of @widget, which shows no text of its own */
void thaw_name       (GtkWidget *widget, const char *name);

/**
 * thaw_name_row:
 * @cell: the child of a list item, a column's cell or a list box row
 * @name: what is read when the row or tile that @cell is in gets the focus
 *
 * The rows of GtkListView, GtkGridView and GtkColumnView take the focus, but 4.8 has no way to name them.
 */
void thaw_name_row   (GtkWidget *cell, const char *name);
/* The menu buttons that @widget, a composed one of libadwaita's, has inside with nothing but an icon */
void thaw_name_inner (GtkWidget *widget, const char *name);

/* To be called once a program. A button with a mnemonic, a dialog's too, is "_Open Open" to GTK 4.8: its label as it is written and the text
 * that it is labelled by. From then on it is "Open". */
void thaw_names_say_once (void);

G_END_DECLS
