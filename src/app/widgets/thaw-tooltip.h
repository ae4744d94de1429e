/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* As gtk_widget_set_tooltip_text(), which asks the X server where the pointer is, and waits for the answer, even where the text stays the same */
void thaw_tooltip_set (GtkWidget *widget, const char *text);

G_END_DECLS
