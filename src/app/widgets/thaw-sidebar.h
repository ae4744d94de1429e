/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_SIDEBAR (thaw_sidebar_get_type ())
G_DECLARE_FINAL_TYPE (ThawSidebar, thaw_sidebar, THAW, SIDEBAR, GtkWidget)

/* Once, before it is shown */
void thaw_sidebar_set_session (ThawSidebar *self, ThawSession *session);
/* Its parts, for keys that lead from one to the next (transfer none) */
GtkWidget *thaw_sidebar_get_chooser (ThawSidebar *self);
GtkWidget *thaw_sidebar_get_tree (ThawSidebar *self); /* a ThawLayerTree */

G_END_DECLS
