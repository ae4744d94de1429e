/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: thaw-make-backbone NAME WEIGHTS OUTPUT: the weights of a package's backbone as a safetensors file that says what it is. */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <thaw/thaw-format.h>

static gboolean
make (const char *name, const char *weights, const char *output, GError **error)
{
  const ThawCatalogueEntry *entry = thaw_catalogue_find (name);
  g_autoptr (GBytes) bytes = NULL;
  char *content;
  gsize length;

  if (!entry || !entry->member)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is not in backbones.ini", name);
      return FALSE;
    }
  if (!g_file_get_contents (weights, &content, &length, error))
    return FALSE;
  bytes = g_bytes_new_take (content, length);
  return thaw_backbone_make (entry, bytes, output, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 4)
    {
      fprintf (stderr, "usage: %s NAME WEIGHTS OUTPUT\n", argv[0]);
      return 2;
    }
  if (make (argv[1], argv[2], argv[3], &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s\n", error->message);
  return EXIT_FAILURE;
}
