/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-timm.h"

#include <string.h>
#include <thaw/thaw-error.h>

static const char *const weights[] = { THAW_TIMM_WEIGHTS, "pytorch_model.bin" };

static char *
existing (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}

/* The weights in @folder; NULL with an error that names what was looked for */
static char *
find_in_folder (const char *folder, GError **error)
{
  g_autofree char *name = g_filename_display_name (folder), *parts = NULL;
  char *path = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (weights) && !path; i++)
    path = existing (folder, weights[i]);
  if (path)
    return path;
  parts = existing (folder, THAW_TIMM_WEIGHTS ".index.json");
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               parts ? "%s: its weights are split into several files: join them in one model.safetensors"
                     : "%s: a folder must have model.safetensors or pytorch_model.bin in it, with timm's config.json beside",
               name);
  return NULL;
}

static gboolean
is_weights (const char *base)
{
  for (guint i = 0; i < G_N_ELEMENTS (weights); i++)
    if (g_str_equal (base, weights[i]))
      return TRUE;
  return FALSE;
}

gboolean
thaw_model_is_folder (const char *path)
{
  g_autofree char *found = g_file_test (path, G_FILE_TEST_IS_DIR) ? find_in_folder (path, NULL) : NULL;

  return found != NULL;
}

char *
thaw_timm_find_weights (const char *path, char **config, GError **error)
{
  g_autofree char *base = g_path_get_basename (path), *parent = g_path_get_dirname (path);
  gboolean is_config = g_str_equal (base, THAW_TIMM_CONFIG), is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  const char *folder = is_folder ? path : parent;
  char *found = is_folder || is_config ? find_in_folder (folder, error) : g_strdup (path);

  *config = found && (is_folder || is_config || is_weights (base)) ? existing (folder, THAW_TIMM_CONFIG) : NULL;
  return found;
}
