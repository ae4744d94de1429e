/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#include "thaw-fetch.h"

/* A size that was rounded is no reason to refuse what has the right hash. */
#define ROUNDED .01

/* Where @entry's file is to be had (transfer full) */
static char *
address_of (const ThawCatalogueEntry *entry)
{
  const char *mirror = g_getenv ("THAW_CATALOGUE_MIRROR");
  g_autofree char *base = NULL;

  if (!mirror || !*mirror)
    return g_strdup (entry->url);
  base = g_path_get_basename (entry->url);
  return g_strconcat (mirror, g_str_has_suffix (mirror, "/") ? "" : "/", base, NULL);
}

/* "resnet50-11ad3fa6.pth" of the library; a package's is made here (transfer full) */
static char *
place_of (const ThawCatalogueEntry *entry, const char *library)
{
  g_autofree char *base = entry->member ? g_strconcat (entry->name, ".safetensors", NULL) : g_path_get_basename (entry->url);

  return g_build_filename (library, base, NULL);
}

static const char *
advice_for (const GError *error)
{
  if (error->domain == G_TLS_ERROR)
    return "; is this machine's clock right, and does nothing stand between it and the server?";
  if (thaw_fetch_is_of_network (error))
    return "; is there a network, and is the proxy right? Try again: what has arrived is kept";
  if (g_error_matches (error, THAW_ERROR, THAW_ERROR_FAILED))
    return "; try again later: what has arrived is kept";
  if (g_error_matches (error, THAW_ERROR, THAW_ERROR_INVALID))
    return "; try again later, or import the file from elsewhere";
  return "";
}

/* What, where and what to do, in one line (transfer full) */
static GError *
explain (const GError *error, const ThawCatalogueEntry *entry, const char *address)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  const char *host = uri && g_uri_get_host (uri) ? g_uri_get_host (uri) : address;

  return g_error_new (error->domain, error->code, "cannot download %s from %s: %s%s", entry->name, host, error->message, advice_for (error));
}

static gboolean
fetch (const ThawFetch *wish, const ThawCatalogueEntry *entry, const char *place, GCancellable *cancellable, GError **error)
{
  if (!entry->member)
    return thaw_fetch (wish, place, cancellable, error);
  if (!thaw_fetch (wish, NULL, cancellable, error) || !thaw_backbone_unpack (entry, wish->part, place, error))
    return FALSE;
  unlink (wish->part);
  return TRUE;
}

gboolean
thaw_backbone_download (const ThawCatalogueEntry *entry, const ThawDownloadOptions *options, ThawDownloadFunc func, gpointer data,
                        GCancellable *cancellable, GError **error)
{
  const ThawDownloadOptions usual = THAW_DOWNLOAD_OPTIONS_DEFAULT;
  g_autofree char *installed = thaw_backbone_find (entry->name), *library = thaw_backbone_library (), *address = address_of (entry);
  g_autofree char *place = place_of (entry, library), *part = g_strconcat (place, ".part", NULL);
  const ThawFetch wish = {
    .url = address,
    .part = part,
    .sha256 = entry->sha256,
    .bytes = entry->bytes,
    .tolerance = entry->exact ? 0 : (gint64) (ROUNDED * (double) entry->bytes),
    .options = options ? *options : usual,
    .func = func,
    .data = data,
  };
  g_autoptr (GError) local = NULL;

  if (installed)
    return TRUE;
  if (!thaw_file_make_folder (library, error))
    return FALSE;
  if (fetch (&wish, entry, place, cancellable, &local))
    return TRUE;
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_propagate_error (error, explain (local, entry, address));
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
