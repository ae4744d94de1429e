/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_SIDEBAR (thaw_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (ThawSidebar, thaw_sidebar, THAW, SIDEBAR, GtkWidget)

/* Once, before it is shown */
void thaw_sidebar_set_session (ThawSidebar *self, ThawSession *session);
/* The tree of layers takes the focus; gtk_widget_grab_focus() does the same */
void thaw_sidebar_grab_tree_focus (ThawSidebar *self);

G_END_DECLS
