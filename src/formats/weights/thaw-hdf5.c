/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-hdf5-private.h"

#include <string.h>
#include <thaw/thaw-error.h>

#include "../thaw-formats.h"

#define SIGNATURE "\211HDF\r\n\032\n"
#define MAX_DEPTH 48
#define MAX_PATH_LENGTH 2048

typedef struct
{
  ThawHdf5File   file;
  ThawTensorMap *tensors;
  GHashTable    *attributes; /* the root's */
  GHashTable    *seen;       /* the groups, by address */
  guint          depth;
} Walk;

gboolean
thaw_hdf5_sniff (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= 8 && memcmp (data, SIGNATURE, 8) == 0;
}

/* versions and sizes of numbers, then addresses: base, free space (or extension), end, driver (newer: root), root's entry */
static gboolean
find_root (const ThawHdf5File *self, guint64 *root, GError **error)
{
  guint8 version = 0, widths[2] = { 0 };
  guint64 base = 0, other, name;
  gboolean good;
  ThawCursor c;

  if (!thaw_hdf5_at (self, 8, &c, error))
    return FALSE;
  good = thaw_cursor_u8 (&c, &version);
  if (good && version > 3)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "an HDF5 file of version %u, which Thaw does not know", version);
      return FALSE;
    }
  good = good && thaw_cursor_take (&c, version < 2 ? 4 : 0) && thaw_cursor_u8 (&c, &widths[0]) && thaw_cursor_u8 (&c, &widths[1])
         && thaw_cursor_take (&c, version == 0 ? 9 : version == 1 ? 13 : 1) && thaw_cursor_u64 (&c, &base)
         && thaw_cursor_u64 (&c, &other) && thaw_cursor_u64 (&c, &other);
  if (good && version < 2)
    good = thaw_cursor_u64 (&c, &other) && thaw_cursor_u64 (&c, &name);
  if (!good || !thaw_cursor_u64 (&c, root))
    return thaw_hdf5_damaged (error, "it is cut off");
  if (widths[0] == 8 && widths[1] == 8 && base == 0)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "an HDF5 file of another kind than Keras writes");
  return FALSE;
}

/* Where the array lies in the file; what had to be copied, since it does not lie well, is let go of there. */
static ThawTensor *
stored_array (Walk *self, const ThawHdf5Object *object, GError **error)
{
  const guint8 *data = g_bytes_get_data (self->file.bytes, NULL);
  gsize size = g_bytes_get_size (self->file.bytes), bytes;
  ThawTensor *tensor;

  /* what reaches beyond the file is refused below */
  if (thaw_shape_check (&object->shape, thaw_dtype_size (object->dtype), &bytes) && object->at <= size && bytes <= size - object->at
      && !thaw_file_want (data + object->at, bytes, FALSE, error))
    return NULL;
  tensor = thaw_weights_tensor (object->dtype, &object->shape, self->file.bytes, object->at, &self->file.budget, error);
  if (tensor && !tensor->owner)
    thaw_file_let_go (data + object->at, bytes);
  return tensor;
}

/* An array as a tensor; text and other types are passed over. */
static gboolean
add_array (Walk *self, const char *path, const ThawHdf5Object *object, GError **error)
{
  ThawTensor *tensor;
  gsize bytes;

  if (!object->has_shape || !object->has_type || !object->is_number)
    return TRUE;
  if (object->n_chunk > 0)
    tensor = thaw_hdf5_read_chunks (&self->file, object, error);
  else if (object->at != THAW_HDF5_NOWHERE)
    tensor = stored_array (self, object, error);
  else if (!thaw_shape_check (&object->shape, thaw_dtype_size (object->dtype), &bytes))
    return thaw_hdf5_damaged (error, "an array is larger than any can be");
  else
    tensor = thaw_weights_budget_take (&self->file.budget, bytes, error)
                 ? thaw_tensor_try_new (object->dtype, &object->shape, error)
                 : NULL;
  if (!tensor || !thaw_weights_budget_take (&self->file.budget, strlen (path), error))
    {
      g_clear_pointer (&tensor, thaw_tensor_unref);
      g_prefix_error (error, "'%s': ", path);
      return FALSE;
    }
  return thaw_weights_add (self->tensors, path, tensor, error);
}

static gboolean walk (Walk *self, const char *path, guint64 address, GError **error);

static gboolean
walk_group (Walk *self, const char *path, ThawHdf5Object *object, guint64 address, GError **error)
{
  gboolean good = TRUE;

  if (!g_hash_table_add (self->seen, g_memdup2 (&address, sizeof address)) || self->depth == MAX_DEPTH)
    return thaw_hdf5_damaged (error, "its groups run in circles");
  if (object->tree != THAW_HDF5_NOWHERE && !thaw_hdf5_read_symbols (&self->file, object, error))
    return FALSE;
  self->depth++;
  for (guint i = 0; good && i < object->links->len; i++)
    {
      const ThawHdf5Link *link = &g_array_index (object->links, ThawHdf5Link, i);
      g_autofree char *name = *path ? g_strdup_printf ("%s/%s", path, link->name) : g_strdup (link->name);

      good = strlen (name) <= MAX_PATH_LENGTH ? walk (self, name, link->address, error)
                                              : thaw_hdf5_damaged (error, "a name is too long");
    }
  self->depth--;
  return good;
}

static gboolean
walk (Walk *self, const char *path, guint64 address, GError **error)
{
  g_auto (ThawHdf5Object) object = { .path = path, .attributes = self->attributes };

  if (!thaw_hdf5_object_read (&self->file, address, &object, error))
    return FALSE;
  return object.has_data ? add_array (self, path, &object, error) : walk_group (self, path, &object, address, error);
}

ThawTensorMap *
thaw_hdf5_parse (GBytes *bytes, GHashTable **attributes, GError **error)
{
  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new ();
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Walk self = { { .bytes = bytes }, tensors, texts, seen, 0 };
  guint64 root;

  if (!thaw_hdf5_sniff (bytes))
    {
      thaw_hdf5_damaged (error, "it does not begin like one");
      return NULL;
    }
  thaw_weights_budget_init (&self.file.budget, g_bytes_get_size (bytes));
  self.file.work = 4 * (guint64) g_bytes_get_size (bytes) + 65536;
  if (!find_root (&self.file, &root, error) || !walk (&self, "", root, error))
    return NULL;
  if (attributes)
    *attributes = g_steal_pointer (&texts);
  return g_steal_pointer (&tensors);
}
