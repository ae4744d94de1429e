/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The containers: .keras of Keras 3, .h5 of the versions before it. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

#include "formats/weights/thaw-hdf5.h"
#include "formats/weights/thaw-zip.h"
#include "thaw-keras-private.h"

#define METADATA "metadata.json"

/* NULL unless it begins like an archive and can be read as one */
static ThawZip *
open_zip (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size > 4 && memcmp (data, "PK\3\4", 4) == 0 ? thaw_zip_open (bytes, NULL) : NULL;
}

gboolean
thaw_keras_sniff (GBytes *bytes)
{
  g_autoptr (ThawZip) zip = open_zip (bytes);

  return zip && thaw_zip_has (zip, THAW_KERAS_CONFIG);
}

gboolean
thaw_tfjs_sniff (GBytes *bytes)
{
  g_autoptr (ThawZip) zip = open_zip (bytes);

  return zip && thaw_zip_find (zip, "model.json", NULL);
}

gboolean
thaw_keras_h5_sniff (GBytes *bytes)
{
  return thaw_hdf5_sniff (bytes);
}

/* The whole text of the member @key's value (transfer full); NULL where it is not there */
static char *
member (const ThawJsonReader *object, const char *key)
{
  ThawJsonReader value;

  return thaw_json_find (object, key, &value) ? g_strndup (value.at, value.end - value.at) : NULL;
}

gboolean
thaw_keras_read_labels (ThawModel *model, const ThawJsonReader *metadata, GError **error)
{
  g_autofree char *text = member (metadata, "labels");
  g_auto (GStrv) labels = text ? thaw_labels_from_json (text, error) : NULL;

  if (!text)
    return TRUE;
  if (labels && g_strv_length (labels) == (guint) thaw_model_n_classes (model))
    thaw_model_set_labels (model, (const char *const *) labels);
  else if (labels)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "metadata.json names %u labels, but the network has %" G_GINT64_FORMAT " outputs",
                 g_strv_length (labels), thaw_model_n_classes (model));
  return labels && g_strv_length (labels) == (guint) thaw_model_n_classes (model);
}

/* How a picture of any size becomes one of the network's; what is done to its numbers the layers say. */
static gboolean
read_preprocessing (ThawModel *model, const ThawJsonReader *metadata, GError **error)
{
  g_autofree char *text = member (metadata, "preprocessing");
  ThawPreprocessing own = model->preprocessing;

  if (!text)
    return TRUE;
  if (!thaw_preprocessing_from_json (&own, text, error))
    return FALSE;
  model->preprocessing.resize = own.resize;
  model->preprocessing.stretch = own.stretch;
  model->preprocessing.filter = own.filter;
  return TRUE;
}

/* What Thaw writes beside Keras' own */
static gboolean
read_metadata (ThawModel *model, ThawZip *zip, ThawWeightsBudget *budget, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_zip_has (zip, METADATA) ? thaw_zip_read (zip, METADATA, budget, error) : NULL;
  ThawJsonReader json;
  gsize size;
  const char *text;
  char *title;

  if (!bytes)
    return !thaw_zip_has (zip, METADATA);
  text = g_bytes_get_data (bytes, &size);
  thaw_json_reader_init (&json, text ? text : "", size);
  if (!thaw_keras_read_labels (model, &json, error) || !read_preprocessing (model, &json, error))
    return FALSE;
  if ((title = thaw_keras_string (&json, "title")))
    {
      g_free (model->title);
      model->title = title;
    }
  g_free (model->licence);
  model->licence = thaw_keras_string (&json, "licence");
  return TRUE;
}

ThawModel *
thaw_keras_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, error);
  g_autoptr (GBytes) config = NULL, weights = NULL;
  g_auto (ThawKerasStore) store = { 0 };
  ThawWeightsBudget budget;
  g_autoptr (ThawModel) model = NULL;
  ThawTensorMap *tensors;
  const char *text;
  gsize length;

  thaw_weights_budget_init (&budget, g_bytes_get_size (bytes));
  if (!zip || !(config = thaw_zip_read (zip, THAW_KERAS_CONFIG, &budget, error)) || !(weights = thaw_zip_read (zip, THAW_KERAS_WEIGHTS, &budget, error))
      || !(tensors = thaw_hdf5_parse (weights, NULL, error)))
    return NULL;
  thaw_keras_store_init (&store, tensors, TRUE);
  text = g_bytes_get_data (config, &length);
  model = thaw_keras_read (text ? text : "", length, &store, FALSE, NULL, error);
  return model && read_metadata (model, zip, &budget, error) ? g_steal_pointer (&model) : NULL;
}

/* Weights alone: Keras 3 keeps them by place, older versions list them in the order of the layers. */
static ThawModel *
recognise (ThawKerasStore *store, GHashTable *attributes, GError **error)
{
  if (thaw_keras_store_order (store, attributes) || thaw_keras_store_places (store))
    return thaw_keras_recognise (store, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "an HDF5 file without a model of Keras in it");
  return NULL;
}

ThawModel *
thaw_keras_h5_parse (GBytes *bytes, GError **error)
{
  g_autoptr (GHashTable) attributes = NULL;
  g_auto (ThawKerasStore) store = { 0 };
  ThawTensorMap *tensors = thaw_hdf5_parse (bytes, &attributes, error);
  const char *config, *version;

  if (!tensors)
    return NULL;
  thaw_keras_store_init (&store, tensors, FALSE);
  config = g_hash_table_lookup (attributes, "model_config");
  version = g_hash_table_lookup (attributes, "keras_version");
  if (config)
    return thaw_keras_read (config, strlen (config), &store, !version || *version < '3', NULL, error);
  return recognise (&store, attributes, error);
}
