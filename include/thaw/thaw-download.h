/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-catalogue.h>

G_BEGIN_DECLS

/**
 * The one part of Thaw that uses a network, and only when one of these functions is called.
 *
 * What is sent is the address of the file; the proxy is the system's (GProxyResolver). Certificates are checked, and a server that
 * sends on to an address without encryption is refused. $THAW_CATALOGUE_MIRROR, an http:// or https:// address, stands in for every server of
 * the catalogue: ADDRESS/FILE.
 */
typedef struct
{
  guint timeout;   /* seconds without a byte after which a connection counts as lost */
  guint retries;   /* how often one that brought nothing is tried again, after 1, 2, 4 ... seconds */
} ThawDownloadOptions;

#define THAW_DOWNLOAD_OPTIONS_DEFAULT { .timeout = 30, .retries = 4 }

/* @received of @total bytes; the downloading thread's, ten times a second at most */
typedef void (*ThawDownloadFunc) (gint64 received, gint64 total, gpointer data);

/**
 * thaw_backbone_download:
 * @entry: of the catalogue
 * @options: (nullable): the default
 * @func: (nullable)
 *
 * Brings a backbone of the catalogue into the user's library, where it lies under @entry's name; at once where it is installed
 * already. Blocks; any thread, no main loop is needed.
 *
 * What arrives is kept in NAME.part beside its place, and a later call goes on from there, whatever ended the one before. The file takes its name
 * only when its SHA-256 is the catalogue's. THAW_ERROR_BUSY: another process downloads it; THAW_ERROR_NO_SPACE; THAW_ERROR_INVALID: the
 * server has something else; GIO's codes where it cannot be reached.
 */
gboolean thaw_backbone_download (const ThawCatalogueEntry *entry, const ThawDownloadOptions *options, ThawDownloadFunc func, gpointer data,
                                 GCancellable *cancellable, GError **error);

G_END_DECLS
