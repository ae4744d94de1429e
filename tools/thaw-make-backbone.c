/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usage: thaw-make-backbone NAME WEIGHTS LABELS OUTPUT: the weights of a known backbone as a safetensors file that says what it is. */
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-zoo.h>

static void
set_metadata (GHashTable *metadata, const char *key, const char *value)
{
  g_hash_table_insert (metadata, g_strdup (key), g_strdup (value));
}

static const ThawBackbone *
find_known (GPtrArray *known, const char *name)
{
  for (guint i = 0; i < known->len; i++)
    {
      const ThawBackbone *backbone = g_ptr_array_index (known, i);

      if (g_str_equal (backbone->name, name))
        return backbone;
    }
  return NULL;
}

static GHashTable *
describe (const ThawBackbone *backbone, const char *labels_path, GError **error)
{
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *text = NULL, *labels_json = NULL;
  g_auto (GStrv) labels = NULL;
  char top1[G_ASCII_DTOSTR_BUF_SIZE];

  if (!g_file_get_contents (labels_path, &text, NULL, error))
    return NULL;
  labels = g_strsplit (g_strchomp (text), "\n", -1);
  labels_json = thaw_labels_to_json ((const char *const *) labels);
  set_metadata (metadata, "architecture", backbone->name);
  set_metadata (metadata, "title", backbone->title);
  set_metadata (metadata, "licence", backbone->licence);
  set_metadata (metadata, "labels", labels_json);
  set_metadata (metadata, "top1", g_ascii_formatd (top1, sizeof top1, "%.1f", backbone->top1));
  return g_steal_pointer (&metadata);
}

static gboolean
make (const char *const *arguments, GError **error)
{
  g_autoptr (GPtrArray) known = thaw_backbone_list ();
  const ThawBackbone *backbone = find_known (known, arguments[1]);
  g_autoptr (GHashTable) metadata = NULL, written = NULL;
  g_autoptr (ThawTensorMap) weights = NULL;
  g_autoptr (ThawModel) model = NULL;
  g_autofree char *base = g_path_get_basename (arguments[2]);

  if (!backbone)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is not in backbones.ini", arguments[1]);
      return FALSE;
    }
  metadata = describe (backbone, arguments[3], error);
  weights = metadata ? thaw_weights_load (arguments[2], NULL, error) : NULL;
  model = weights ? thaw_zoo_from_weights (weights, metadata, error) : NULL;
  if (!model)
    return FALSE;
  written = thaw_zoo_metadata (model);
  set_metadata (written, "source", base);
  return thaw_safetensors_save (model->parameters, written, THAW_DTYPE_F32, arguments[4], error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 5)
    {
      fprintf (stderr, "usage: %s NAME WEIGHTS LABELS OUTPUT\n", argv[0]);
      return 2;
    }
  if (make ((const char *const *) argv, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s\n", error->message);
  return EXIT_FAILURE;
}
