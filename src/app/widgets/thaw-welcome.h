/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define THAW_TYPE_WELCOME (thaw_welcome_get_type ())
G_DECLARE_FINAL_TYPE (ThawWelcome, thaw_welcome, THAW, WELCOME, AdwBin)

/**
 * ThawWelcome: what a project without pictures shows: what Thaw does, how to begin, the projects of late
 *
 * Its buttons activate images.choose, images.sample, win.open and win.open-recent, so that it belongs inside the Images page. It
 * takes no drop: the page that shows it does.
 */
GtkWidget *thaw_welcome_new        (void);
/* @projects: (nullable): of ThawRecentProject; the application's where the window has one */
void       thaw_welcome_set_recent (ThawWelcome *self, GListModel *projects);

G_END_DECLS
