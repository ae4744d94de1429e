/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "thaw-zoo-build.h"

static void
take (GHashTable *metadata, const char *key, char *value)
{
  if (value)
    g_hash_table_insert (metadata, g_strdup (key), value);
}

GHashTable *
thaw_zoo_metadata (const ThawModel *model)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  take (metadata, "architecture", g_strdup (model->architecture));
  if (!thaw_zoo_find (model->architecture))
    take (metadata, "thaw_graph", thaw_graph_to_text (model->graph, model->features));
  take (metadata, "title", g_strdup (model->title));
  take (metadata, "licence", g_strdup (model->licence));
  take (metadata, "head", g_strdup (model->head));
  take (metadata, "cut_at", g_strdup (model->cut_at));
  take (metadata, "preprocessing", thaw_preprocessing_to_json (&model->preprocessing));
  if (model->labels)
    take (metadata, "labels", thaw_labels_to_json ((const char *const *) model->labels));
  if (model->top1 > 0)
    take (metadata, "top1", g_strdup (g_ascii_dtostr (number, sizeof number, model->top1)));
  return metadata;
}

static void
replace_string (char **field, const char *value)
{
  if (!value)
    return;
  g_free (*field);
  *field = g_strdup (value);
}

static gboolean
apply_labels (ThawModel *model, const char *json, GError **error)
{
  g_auto (GStrv) labels = thaw_labels_from_json (json, error);

  if (!labels)
    return FALSE;
  if (g_strv_length (labels) != thaw_model_n_classes (model))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "the file names %u labels, but its network has %" G_GINT64_FORMAT " outputs",
                   g_strv_length (labels), thaw_model_n_classes (model));
      return FALSE;
    }
  thaw_model_set_labels (model, (const char *const *) labels);
  return TRUE;
}

gboolean
thaw_zoo_apply_metadata (ThawModel *model, GHashTable *metadata, GError **error)
{
  const char *labels = g_hash_table_lookup (metadata, "labels");
  const char *preprocessing = g_hash_table_lookup (metadata, "preprocessing");
  const char *top1 = g_hash_table_lookup (metadata, "top1");
  double accuracy = top1 ? g_ascii_strtod (top1, NULL) : 0;

  replace_string (&model->title, g_hash_table_lookup (metadata, "title"));
  /* other programs' files call it so */
  replace_string (&model->licence, g_hash_table_lookup (metadata, "license"));
  replace_string (&model->licence, g_hash_table_lookup (metadata, "licence"));
  if (accuracy > 0 && accuracy <= 100)
    model->top1 = accuracy;
  if (preprocessing && !thaw_preprocessing_from_json (&model->preprocessing, preprocessing, error))
    return FALSE;
  return !labels || apply_labels (model, labels, error);
}
