/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#define THAW_FEATURE_SUFFIX ".features"

/* @directory or, where NULL, the user's cache folder for features (transfer full) */
char    *thaw_feature_cache_directory   (const char *directory);
/* Deletes the caches that were not used for longest until at most @bytes are left; @keep (nullable) is counted
 * and never deleted. */
gboolean thaw_feature_cache_trim_except (const char *directory, gsize bytes, const char *keep, GError **error);
