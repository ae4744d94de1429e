/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-keras-private.h"

/* The last @n components of "model_weights/conv1/conv1/kernel:0", without what follows the colon (transfer full) */
static char *
last_components (const char *path, guint n)
{
  const char *colon = strrchr (path, ':');
  gsize length = colon && !strchr (colon, '/') ? (gsize) (colon - path) : strlen (path);
  const char *start = path + length;

  while (start > path && (start[-1] != '/' || --n > 0))
    start--;
  return g_strndup (start, path + length - start);
}

/* A name that several tensors have leads to none of them. */
static void
add_name (GHashTable *names, char *name, ThawTensor *tensor)
{
  g_hash_table_insert (names, name, g_hash_table_contains (names, name) ? NULL : tensor);
}

/* "conv1/kernel", and the group that a layer has of its own, "[conv1]kernel" */
static void
index_names (ThawKerasStore *self)
{
  for (guint i = 0; i < thaw_tensor_map_size (self->tensors); i++)
    {
      const char *path = thaw_tensor_map_name (self->tensors, i);
      ThawTensor *tensor = thaw_tensor_map_at (self->tensors, i);
      const char *start = g_str_has_prefix (path, "model_weights/") ? path + strlen ("model_weights/") : path;
      const char *slash = strchr (start, '/');
      g_autofree char *last = last_components (path, 1);

      add_name (self->by_name, last_components (path, 2), tensor);
      if (slash)
        add_name (self->by_name, g_strdup_printf ("[%.*s]%s", (int) (slash - start), start, last), tensor);
    }
}

void
thaw_keras_store_init (ThawKerasStore *self, ThawTensorMap *tensors, gboolean by_place)
{
  *self = (ThawKerasStore){ tensors, by_place, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  if (!by_place)
    index_names (self);
}

void
thaw_keras_store_clear (ThawKerasStore *self)
{
  g_clear_pointer (&self->tensors, thaw_tensor_map_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
}

/* In the layer's own group whatever stands before, else behind the layer's name */
static ThawTensor *
find_by_name (const ThawKerasLayer *layer, const char *names)
{
  GHashTable *known = layer->reader->store->by_name;
  g_auto (GStrv) list = g_strsplit (names, "|", -1);
  ThawTensor *found = NULL;

  for (guint i = 0; list[i] && !found; i++)
    {
      g_autofree char *in_group = g_strdup_printf ("[%s]%s", layer->own_name, list[i]);
      g_autofree char *behind = g_strdup_printf ("%s/%s", layer->own_name, list[i]);

      found = g_hash_table_lookup (known, in_group);
      if (!found)
        found = g_hash_table_lookup (known, behind);
    }
  return found;
}

ThawTensor *
thaw_keras_weight (const ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, GError **error)
{
  const ThawKerasStore *store = layer->reader->store;
  g_autofree char *place = g_strdup_printf ("%s/vars/%u", layer->place, index);
  ThawTensor *tensor = store->by_place ? thaw_tensor_map_get (store->tensors, place) : find_by_name (layer, names);
  g_autofree char *wanted = thaw_shape_to_string (shape);
  g_autofree char *found = tensor ? thaw_shape_to_string (&tensor->shape) : NULL;

  if (!tensor)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "the layer \"%.80s\" needs a weight (%s) of %s, which is not in the file", layer->own_name, names, wanted);
  else if (!thaw_shape_equal (&tensor->shape, shape))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the layer \"%.80s\" needs a weight (%s) of %s, but the file's is %s",
                 layer->own_name, names, wanted, found);
  else if (tensor->dtype > THAW_DTYPE_F64)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the weights of the layer \"%.80s\" are %s; they must be floating point",
                 layer->own_name, thaw_dtype_name (tensor->dtype));
  else
    return tensor;
  return NULL;
}

gboolean
thaw_keras_take (ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, const int *perm,
                 const ThawShape *final, const char *node, const char *as, GError **error)
{
  ThawTensor *tensor = thaw_keras_weight (layer, index, names, shape, error);
  g_autofree char *name = g_strconcat (node, ".", as, NULL);
  g_autoptr (ThawTensor) turned = NULL;

  if (!tensor)
    return FALSE;
  if (perm)
    {
      turned = thaw_tensor_permute (tensor, perm);
      turned->shape = *final;
    }
  thaw_tensor_map_take (layer->reader->parameters, name, thaw_tensor_to_f32 (turned ? turned : tensor));
  return TRUE;
}
