/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The containers: .keras of Keras 3, .h5 of the versions before it. */
#include <string.h>
#include <thaw/thaw-error.h>

#include "formats/weights/thaw-hdf5.h"
#include "formats/weights/thaw-zip.h"
#include "thaw-keras-private.h"

#define CONFIG "config.json"
#define WEIGHTS "model.weights.h5"

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

  return zip && thaw_zip_has (zip, CONFIG);
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

ThawModel *
thaw_keras_parse (GBytes *bytes, GError **error)
{
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, error);
  g_autoptr (GBytes) config = NULL, weights = NULL;
  g_auto (ThawKerasStore) store = { 0 };
  ThawWeightsBudget budget;
  ThawTensorMap *tensors;
  const char *text;
  gsize length;

  thaw_weights_budget_init (&budget, g_bytes_get_size (bytes));
  if (!zip || !(config = thaw_zip_read (zip, CONFIG, &budget, error)) || !(weights = thaw_zip_read (zip, WEIGHTS, &budget, error))
      || !(tensors = thaw_hdf5_parse (weights, NULL, error)))
    return NULL;
  thaw_keras_store_init (&store, tensors, TRUE);
  text = g_bytes_get_data (config, &length);
  return thaw_keras_read (text ? text : "", length, &store, FALSE, NULL, error);
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
