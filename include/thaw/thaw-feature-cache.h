/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-types.h>

G_BEGIN_DECLS

/**
 * ThawFeatureCache:
 *
 * The values at the cut for pictures seen before. One file a @key (a hash of preprocessing, augmentation and seed, the frozen weights
 * and the cut) in the user's cache folder; records of one size, each with the key of its picture (SHA-256 of the content, and the
 * variant) and a checksum. Records live in memory up to the budget; the others are read back from the file.
 * A record that was torn by a kill, or lies beyond the end of a file that shrank, counts as absent. When the disk is full
 * the cache goes on in memory and says so once. One process writes; others read what is there and keep theirs in memory.
 * All functions may be called from any thread.
 */

/* @directory: (nullable): NULL for the user's cache folder; @memory: bytes in memory; @disk: bytes on disk, 0 for none */
ThawFeatureCache *thaw_feature_cache_open    (const char *directory, const char *key, gsize record_bytes, gsize memory, gsize disk, GError **error);
void              thaw_feature_cache_close   (ThawFeatureCache *self);
/* FALSE: absent */
gboolean          thaw_feature_cache_get     (ThawFeatureCache *self, const char *hash, guint32 variant, void *record);
gboolean          thaw_feature_cache_has     (ThawFeatureCache *self, const char *hash, guint32 variant);
void              thaw_feature_cache_put     (ThawFeatureCache *self, const char *hash, guint32 variant, const void *record);
/* what the person should hear, such as a full disk; (transfer none) (nullable) */
const char       *thaw_feature_cache_warning (ThawFeatureCache *self);
/* all caches: bytes on disk; delete the oldest until at most @bytes are left */
gsize             thaw_feature_cache_usage   (const char *directory);
gboolean          thaw_feature_cache_trim    (const char *directory, gsize bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFeatureCache, thaw_feature_cache_close)

G_END_DECLS
