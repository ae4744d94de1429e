/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-zoo.h>

#include "thaw-timm.h"

typedef struct
{
  GBytes *bytes;
  const char *name;         /* the file's, without its folder */
  const char *folder;       /* where it lies */
  const char *architecture; /* (nullable): what the caller says it is */
  GHashTable *config;       /* (nullable): what a config.json beside it says */
} Source;

static gboolean
check_architecture (const Source *self, GError **error)
{
  if (!self->architecture || thaw_zoo_find (self->architecture))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "there is no architecture \"%.80s\"",
               self->architecture);
  return FALSE;
}

static void
insert_cb (gpointer key, gpointer value, gpointer metadata)
{
  g_hash_table_insert (metadata, g_strdup (key), g_strdup (value));
}

/* A file of weights alone: torchvision's and timm's are told apart by their names, where their tensors do not. */
static ThawModel *
by_file_name (const Source *self, ThawModel *model, ThawTensorMap *weights)
{
  const char *architecture = model->assumption ? thaw_zoo_timm_of_file (self->name) : NULL;
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ThawModel *named;

  if (!architecture || !g_str_has_prefix (model->architecture, "timm/"))
    return thaw_zoo_published (model, self->name);
  g_hash_table_insert (metadata, g_strdup ("architecture"), g_strdup (architecture));
  named = thaw_zoo_from_weights (weights, metadata, NULL);
  return named ? named : thaw_model_ref (model);
}

static ThawModel *
parse_weights (const Source *self, const ThawFormat *format, GError **error)
{
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawTensorMap) weights = format->weights (self->bytes, &metadata, error);
  g_autoptr (ThawModel) model = NULL;

  if (!weights || !check_architecture (self, error))
    return NULL;
  if (!metadata)
    metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (self->config)
    g_hash_table_foreach (self->config, insert_cb, metadata);
  if (self->architecture)
    g_hash_table_insert (metadata, g_strdup ("architecture"), g_strdup (self->architecture));
  model = thaw_zoo_from_weights (weights, metadata, error);
  if (!model || g_hash_table_contains (metadata, "preprocessing"))
    return g_steal_pointer (&model);
  return by_file_name (self, model, weights);
}

static ThawModel *
parse_model (const Source *self, GError **error)
{
  const ThawFormat *format = thaw_formats_find (self->bytes, error);
  g_autoptr (ThawModel) model = NULL;

  if (!format)
    return NULL;
  if (!format->model)
    return parse_weights (self, format, error);
  model = format->model == thaw_onnx_parse ? thaw_onnx_parse_in (self->bytes, self->folder, error) : format->model (self->bytes, error);
  if (model && self->architecture && !thaw_keras_prepare_as (model, self->architecture, error))
    return NULL;
  return g_steal_pointer (&model);
}

/* A network whose file does not say what it is goes by the file's name. */
static void
name_after_file (ThawModel *model, const char *name)
{
  const char *dot = strrchr (name, '.');

  if (!g_str_equal (model->title, "onnx") && !g_str_equal (model->title, "tflite"))
    return;
  g_free (model->title);
  model->title = dot && dot > name ? g_strndup (name, dot - name) : g_strdup (name);
}

GBytes *
thaw_model_bytes (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_map (path, error);
  GBytes *whole = bytes ? thaw_tfjs_gather (bytes, path, error) : NULL;

  if (bytes && !whole)
    thaw_formats_prefix_error (error, path);
  return whole;
}

static GHashTable *
load_config (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_map (path, error);
  GHashTable *config = bytes ? thaw_timm_config_parse (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), error) : NULL;

  if (bytes && !config)
    thaw_formats_prefix_error (error, path);
  return config;
}

/* @path: the file itself */
static ThawModel *
load_file (const char *path, const char *config_path, const char *architecture, GError **error)
{
  g_autoptr (GHashTable) config = config_path ? load_config (config_path, error) : NULL;
  g_autoptr (GBytes) bytes = config_path && !config ? NULL : thaw_model_bytes (path, error);
  g_autofree char *name = g_filename_display_basename (path), *folder = g_path_get_dirname (path);
  const char *timm = config ? g_hash_table_lookup (config, "timm") : NULL;
  Source source = { bytes, name, folder, architecture, config };
  ThawModel *model = bytes ? parse_model (&source, error) : NULL;

  if (bytes && !model && timm && !g_hash_table_contains (config, "architecture"))
    g_prefix_error (error, "it is timm's %s; ", timm);
  if (bytes && !model)
    thaw_formats_prefix_error (error, path);
  return model;
}

ThawModel *
thaw_model_load_as (const char *path, const char *architecture, GError **error)
{
  g_autofree char *config = NULL;
  g_autofree char *weights = thaw_timm_find_weights (path, &config, error);
  ThawModel *model = weights ? load_file (weights, config, architecture, error) : NULL;
  g_autofree char *folder = config ? g_path_get_dirname (config) : NULL;

  if (!model)
    return NULL;
  g_free (model->source);
  model->source = g_filename_display_basename (folder ? folder : path);
  name_after_file (model, model->source);
  return model;
}

ThawModel *
thaw_model_load (const char *path, GError **error)
{
  return thaw_model_load_as (path, NULL, error);
}
