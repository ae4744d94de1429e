/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * thaw_drop_down_set_title:
 *
 * Names @self for who cannot see it: "@title: what is selected". The button inside, which is what has the focus, gets the name too: GTK gives it none.
 * The rows are GtkStringObject.
 */
void thaw_drop_down_set_title (GtkDropDown *self, const char *title);
/* The list that @self, a GtkDropDown or AdwComboRow of GtkStringObject, opens, and its rows: their texts. It opens with the focus on what is selected. */
void thaw_drop_down_name_list (GtkWidget *self, const char *title);

G_END_DECLS
