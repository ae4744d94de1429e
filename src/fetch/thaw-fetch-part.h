/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ThawFetchPart: what has arrived of a file, on disk from the first byte on
 *
 * Beside it lies, as long as it is not whole, a small file with the mark by which the server tells versions apart (ETag or date), so that going
 * on with another version is noticed at once.
 */
typedef struct
{
  char      *path;
  int        descriptor;
  gint64     size;
  GChecksum *sum;        /* SHA-256 of those bytes */
  char      *mark;       /* (nullable) */
  gboolean   old;        /* begins with what an earlier call left */
} ThawFetchPart;

/* Opens or begins it; nobody else can until it is freed (THAW_ERROR_BUSY) */
ThawFetchPart *thaw_fetch_part_open    (const char *path, GCancellable *cancellable, GError **error);
void           thaw_fetch_part_free    (ThawFetchPart *self);
/* From the first byte, of what the server calls @mark (nullable) */
gboolean       thaw_fetch_part_restart (ThawFetchPart *self, const char *mark, GError **error);
gboolean       thaw_fetch_part_append  (ThawFetchPart *self, gconstpointer data, gsize n, GError **error);
/* Whether the SHA-256 begins with @digits; @found: (out) (transfer full): as many of its own */
gboolean       thaw_fetch_part_check   (const ThawFetchPart *self, const char *digits, char **found);
/* It is whole: takes the name @path (NULL: stays) */
gboolean       thaw_fetch_part_finish  (ThawFetchPart *self, const char *path, GError **error);
/* Nothing of it is kept */
void           thaw_fetch_part_discard (ThawFetchPart *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFetchPart, thaw_fetch_part_free)

G_END_DECLS
