/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model.json in a folder becomes one archive with the files it names, as Teachable Machine packs them. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json-reader.h>

#include "formats/thaw-formats.h"
#include "formats/weights/thaw-zip.h"

#define METADATA "metadata.json"

typedef struct
{
  const char *folder;
  GPtrArray  *names;    /* in the archive */
  GPtrArray  *contents; /* GBytes */
} Gathering;

static gboolean
begins_like_json (GBytes *bytes, ThawJsonReader *json)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  thaw_json_reader_init (json, data ? data : "", size);
  return thaw_json_peek (json) == '{';
}

const char *
thaw_tfjs_plain_name (const char *path)
{
  return g_str_has_prefix (path, "./") ? path + 2 : path;
}

static gboolean
add_file (Gathering *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  GBytes *bytes;

  if (!*name || g_str_equal (name, "..") || strchr (name, '/') || strchr (name, G_DIR_SEPARATOR))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "it names a file outside of its own folder, \"%.80s\"", name);
      return FALSE;
    }
  bytes = thaw_file_map (path, error);
  if (!bytes)
    return FALSE;
  g_ptr_array_add (self->names, g_strdup (name));
  g_ptr_array_add (self->contents, bytes);
  return TRUE;
}

static gboolean
add_group (Gathering *self, const ThawJsonReader *group, GError **error)
{
  ThawJsonReader paths, item;

  if (!thaw_json_find (group, "paths", &paths))
    return TRUE; /* the reader says what is wrong */
  while (thaw_json_next (&paths, &item))
    {
      g_autofree char *path = thaw_json_take_string (&item);

      if (!add_file (self, thaw_tfjs_plain_name (path ? path : ""), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_files (Gathering *self, const ThawJsonReader *manifest, GError **error)
{
  ThawJsonReader groups = *manifest, group;

  while (thaw_json_next (&groups, &group))
    if (!add_group (self, &group, error))
      return FALSE;
  return TRUE;
}

static GBytes *
gather (GBytes *json, const ThawJsonReader *manifest, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *metadata = g_build_filename (folder, METADATA, NULL);
  Gathering self = { folder, names, contents };

  g_ptr_array_add (names, g_strdup ("model.json"));
  g_ptr_array_add (contents, g_bytes_ref (json));
  if (!add_files (&self, manifest, error)
      || (g_file_test (metadata, G_FILE_TEST_IS_REGULAR) && !add_file (&self, METADATA, error)))
    return NULL;
  g_ptr_array_add (names, NULL);
  return thaw_zip_write ((const char *const *) names->pdata, (GBytes *const *) contents->pdata, error);
}

GBytes *
thaw_tfjs_gather (GBytes *bytes, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  ThawJsonReader json, manifest;

  if (!begins_like_json (bytes, &json) || !thaw_json_find (&json, "weightsManifest", &manifest))
    return g_bytes_ref (bytes);
  return gather (bytes, &manifest, folder, error);
}
