/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>
#include <thaw/thaw-zoo.h>

#include "thaw-formats.h"

typedef struct
{
  GBytes *bytes;
  const char *name;         /* the file's, without its folder */
  const char *folder;       /* where it lies */
  const char *architecture; /* (nullable): what the caller says it is */
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
  if (self->architecture)
    g_hash_table_insert (metadata, g_strdup ("architecture"), g_strdup (self->architecture));
  model = thaw_zoo_from_weights (weights, metadata, error);
  if (!model || g_hash_table_contains (metadata, "preprocessing"))
    return g_steal_pointer (&model);
  return thaw_zoo_published (model, self->name);
}

static ThawModel *
parse_model (const Source *self, GError **error)
{
  const ThawFormat *format = thaw_formats_find (self->bytes, error);

  if (!format)
    return NULL;
  if (!format->model)
    return parse_weights (self, format, error);
  if (!self->architecture)
    return format->model == thaw_onnx_parse ? thaw_onnx_parse_in (self->bytes, self->folder, error) : format->model (self->bytes, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "the file has its whole network in it, there is no architecture to choose");
  return NULL;
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

ThawModel *
thaw_model_load_as (const char *path, const char *architecture, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_model_bytes (path, error);
  g_autofree char *name = g_filename_display_basename (path), *folder = g_path_get_dirname (path);
  Source source = { bytes, name, folder, architecture };
  ThawModel *model = bytes ? parse_model (&source, error) : NULL;

  if (model)
    {
      g_free (model->source);
      model->source = g_steal_pointer (&name);
    }
  else if (bytes)
    thaw_formats_prefix_error (error, path);
  return model;
}

ThawModel *
thaw_model_load (const char *path, GError **error)
{
  return thaw_model_load_as (path, NULL, error);
}
