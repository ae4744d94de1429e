/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <thaw/thaw-download.h>

static char *timeout_text, *retries_text;

static const GOptionEntry entries[] = {
  { "timeout", 0, 0, G_OPTION_ARG_STRING, &timeout_text, "Seconds without a byte after which a connection counts as lost (30)", "SECONDS" },
  { "retries", 0, 0, G_OPTION_ARG_STRING, &retries_text, "How often one that brings nothing is tried again (4)", "N" },
  { NULL },
};

static gboolean
parse_options (ThawDownloadOptions *options, GError **error)
{
  gint64 timeout = options->timeout, retries = options->retries;

  if ((timeout_text && !thaw_parse_int ("--timeout", timeout_text, 1, 3600, &timeout, error))
      || (retries_text && !thaw_parse_int ("--retries", retries_text, 0, 100, &retries, error)))
    return FALSE;
  options->timeout = (guint) timeout;
  options->retries = (guint) retries;
  return TRUE;
}

static void
progress_cb (gint64 received, gint64 total, gpointer data)
{
  thaw_cli_progress (data, "MB", (double) received / 1e6, (double) total / 1e6);
}

static void
report (ThawCli *cli, const ThawCatalogueEntry *entry, gboolean was_there)
{
  JsonObject *object = thaw_cli_event ("done");
  g_autofree char *path = thaw_backbone_find (entry->name), *name = path ? thaw_text_path (path) : NULL;

  json_object_set_string_member (object, "name", entry->name);
  json_object_set_string_member (object, "path", name);
  json_object_set_boolean_member (object, "downloaded", !was_there);
  json_object_set_string_member (object, "licence", entry->licence);
  thaw_cli_emit (cli, object);
  if (was_there)
    thaw_cli_say (cli, "%s is installed already: %s", entry->name, name);
  else
    thaw_cli_say (cli, "Downloaded %s (licence: %s): use it with “thaw-cli train --backbone %s”.", entry->title, entry->licence, entry->name);
}

static gboolean
run (ThawCli *cli, GError **error)
{
  const ThawCatalogueEntry *entry = thaw_catalogue_find (cli->arguments[0]);
  ThawDownloadOptions options = THAW_DOWNLOAD_OPTIONS_DEFAULT;
  g_autofree char *there = entry ? thaw_backbone_find (entry->name) : NULL;

  if (!parse_options (&options, error))
    return FALSE;
  if (!entry)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is not in the catalogue; “thaw-cli catalogue” lists what is", cli->arguments[0]);
      return FALSE;
    }
  cli->hint = g_strdup ("; what has arrived is kept: the same command goes on from there");
  if (!thaw_backbone_download (entry, &options, progress_cb, cli, cli->cancellable, error))
    return FALSE;
  report (cli, entry, there != NULL);
  return TRUE;
}

const ThawCommand thaw_command_download = {
  .name = "download",
  .arguments = "NAME",
  .summary = "bring a backbone of the catalogue into your library",
  .description = "Downloads a backbone that “thaw-cli catalogue” lists, by its name or its architecture (the standard file of it).\n"
                 "An interrupted download goes on where it ended. The file is used only when its SHA-256 is the catalogue's.\n"
                 "This is the only command that uses the network. THAW_CATALOGUE_MIRROR, an http:// or https:// address, stands\n"
                 "in for all servers of the catalogue: ADDRESS/FILE.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
