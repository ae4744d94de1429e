/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* What is found below @root: the first widget of @type, with the label or title @text where it is given. (nullable) (transfer none) */
GtkWidget *thaw_widget_find    (GtkWidget *root, GType type, const char *text);
/* How many there are that can be seen */
guint      thaw_widget_count   (GtkWidget *root, GType type);
/* Runs the main loop for @ms, and longer where there still is something to be done then */
void       thaw_widget_settle  (guint ms);
/* Runs it until what thaw_widget_find() finds is no longer there; FALSE: it still is after 20 s */
gboolean   thaw_widget_goes    (GtkWidget *root, GType type, const char *text);
