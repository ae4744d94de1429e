/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-download.h>

G_BEGIN_DECLS

/**
 * ThawFetch: one file from an address to a place
 */
typedef struct
{
  const char *url;
  const char *part;      /* where it grows */
  const char *sha256;    /* of the whole, or its beginning */
  gint64      bytes;
  gint64      tolerance; /* how far off @bytes may be */
  ThawDownloadOptions options;

  ThawDownloadFunc func; /* (nullable) */
  gpointer         data;
} ThawFetch;

/* The file lies at @part, whole and with the right hash, and takes the name @path (NULL: stays). Blocks */
gboolean thaw_fetch (const ThawFetch *self, const char *path, GCancellable *cancellable, GError **error);

/* Whether @error is the connection's, not this machine's disk or what a server says */
gboolean thaw_fetch_is_of_network (const GError *error);

G_END_DECLS
