/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <thaw/thaw-format.h>

static void
set_backbone (ThawProject *self, ThawModel *model, const char *name, const char *hash)
{
  g_clear_pointer (&self->backbone, thaw_model_unref);
  g_free (self->backbone_name);
  g_free (self->backbone_hash);
  self->backbone = model;
  self->backbone_name = g_strdup (name);
  self->backbone_hash = g_strdup (hash);
}

/* @name, when its weights are those wanted (any where @hash is NULL) */
static gboolean
try_backbone (
    ThawProject *self, const char *file, const char *name, const char *hash, GError **error)
{
  g_autoptr (ThawModel) model = thaw_backbone_open (file, error);
  g_autofree char *found = model ? thaw_model_hash (model, NULL) : NULL;

  if (!model || (hash && g_strcmp0 (found, hash) != 0))
    return FALSE;
  set_backbone (self, g_steal_pointer (&model), name, found);
  return TRUE;
}

static gboolean
find_by_hash (ThawProject *self, const char *name, const char *hash)
{
  g_autoptr (GPtrArray) known = thaw_backbone_list ();
  gboolean found = FALSE;

  for (guint i = 0; i < known->len && !found; i++)
    {
      ThawBackbone *backbone = g_ptr_array_index (known, i);

      found = backbone->path && g_strcmp0 (backbone->name, name) != 0
              && try_backbone (self, backbone->path, name, hash, NULL);
    }
  return found;
}

/* A file is remembered by its whole path, an installed backbone by its name */
static char *
lasting_name (const char *name)
{
  return g_file_test (name, G_FILE_TEST_IS_REGULAR) || thaw_model_is_folder (name) ? g_canonicalize_filename (name, NULL)
                                                    : g_strdup (name);
}

gboolean
thaw_project_need_backbone (ThawProject *self, const char *name, const char *hash, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *lasting = NULL;

  if (!name)
    {
      set_backbone (self, NULL, NULL, NULL);
      return TRUE;
    }
  lasting = lasting_name (name);
  if (self->backbone && g_strcmp0 (lasting, self->backbone_name) == 0
      && (!hash || g_strcmp0 (hash, self->backbone_hash) == 0))
    return TRUE;
  if (try_backbone (self, lasting, lasting, hash, &local))
    return TRUE;
  if (hash && find_by_hash (self, lasting, hash))
    return TRUE;
  if (local)
    g_propagate_prefixed_error (error, g_steal_pointer (&local),
                                "the backbone of %s cannot be opened: ", self->path);
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                 "%s: the backbone %s is not the one its run was trained on: import the old file, "
                 "whose weights have the hash %.16s",
                 self->path, name, hash);
  return FALSE;
}
