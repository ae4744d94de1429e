/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-formats.h"

#include <thaw/thaw-error.h>

/* .pth has no metadata. */
static ThawTensorMap *
parse_pth (GBytes *bytes, GHashTable **metadata, GError **error)
{
  ThawTensorMap *map = thaw_pth_parse (bytes, error);

  if (map && metadata)
    *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return map;
}

static const ThawFormat formats[] = {
#define THAW_FORMAT(suffix, name, sniff, weights, model) { suffix, name, sniff, weights, model },
#include "thaw-format-list.inc"
#undef THAW_FORMAT
};

guint
thaw_formats_count (void)
{
  return G_N_ELEMENTS (formats);
}

const ThawFormat *
thaw_formats_get (guint i)
{
  return &formats[i];
}

const ThawFormat *
thaw_formats_find (GBytes *bytes, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      if (formats[i].sniff (bytes))
        return &formats[i];
      g_string_append_printf (known, "%s%s", i ? ", " : "", formats[i].name);
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "no model that Thaw knows by its first bytes; it reads %s", known->str);
  return NULL;
}

void
thaw_formats_prefix_error (GError **error, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  g_prefix_error (error, "%s: ", name);
  for (char *c = error ? (*error)->message : NULL; c && *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
}

ThawTensorMap *
thaw_weights_parse (GBytes *bytes, GHashTable **metadata, GError **error)
{
  const ThawFormat *format = thaw_formats_find (bytes, error);

  if (!format)
    return NULL;
  if (format->weights)
    return format->weights (bytes, metadata, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a whole network (%s), where named tensors were expected",
               format->name);
  return NULL;
}

ThawTensorMap *
thaw_weights_load (const char *path, GHashTable **metadata, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_map (path, error);
  ThawTensorMap *map = bytes ? thaw_weights_parse (bytes, metadata, error) : NULL;

  if (bytes && !map)
    thaw_formats_prefix_error (error, path);
  return map;
}
