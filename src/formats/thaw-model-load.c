/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-zoo.h>

#include "thaw-formats.h"

static ThawModel *
parse_weights (const ThawFormat *format, GBytes *bytes, GError **error)
{
  g_autoptr (GHashTable) metadata = NULL;
  g_autoptr (ThawTensorMap) weights = format->weights (bytes, &metadata, error);

  return weights ? thaw_zoo_from_weights (weights, metadata, error) : NULL;
}

static ThawModel *
parse_model (GBytes *bytes, GError **error)
{
  const ThawFormat *format = thaw_formats_find (bytes, error);

  if (!format)
    return NULL;
  return format->model ? format->model (bytes, error) : parse_weights (format, bytes, error);
}

ThawModel *
thaw_model_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_map (path, error);
  ThawModel *model = bytes ? parse_model (bytes, error) : NULL;

  if (model)
    {
      g_free (model->source);
      model->source = g_filename_display_basename (path);
    }
  else if (bytes)
    thaw_formats_prefix_error (error, path);
  return model;
}
