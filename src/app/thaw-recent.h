/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define THAW_TYPE_RECENT_PROJECT (thaw_recent_project_get_type ())
G_DECLARE_FINAL_TYPE (ThawRecentProject, thaw_recent_project, THAW, RECENT_PROJECT, GObject)

/**
 * ThawRecentProject: a project that was open once
 *
 * Properties: file (GFile), name ("Bees"), folder (display); missing (notify: found out in a thread, FALSE until then).
 */
ThawRecentProject *thaw_recent_project_new         (const char *uri);
GFile             *thaw_recent_project_get_file    (ThawRecentProject *self); /* (transfer none) */
const char        *thaw_recent_project_get_name    (ThawRecentProject *self);
const char        *thaw_recent_project_get_folder  (ThawRecentProject *self);
gboolean           thaw_recent_project_get_missing (ThawRecentProject *self);

/**
 * The list, of ThawRecentProject, the latest first; it follows the settings. (transfer full)
 */
GListModel *thaw_recent_new    (GSettings *settings);
/* Puts @file at the top of @key, "recent" or "unfinished" */
void        thaw_recent_add    (GSettings *settings, const char *key, GFile *file);
void        thaw_recent_remove (GSettings *settings, const char *key, GFile *file);

G_END_DECLS
