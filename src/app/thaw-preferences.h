/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define THAW_TYPE_PREFERENCES (thaw_preferences_get_type ())
G_DECLARE_FINAL_TYPE (ThawPreferences, thaw_preferences, THAW, PREFERENCES, AdwPreferencesWindow)

/**
 * ThawPreferences: what Thaw may use of this computer; each change counts at once, for every open project
 *
 * @settings: of schema org.thaw.Thaw; @cache_folder: (nullable): where features are kept, NULL for the user's cache folder
 */
GtkWidget *thaw_preferences_new (GSettings *settings, const char *cache_folder);

G_END_DECLS
