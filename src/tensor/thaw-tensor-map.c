/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-tensor.h>

typedef struct
{
  char       *name;
  ThawTensor *tensor;
} Entry;

struct _ThawTensorMap
{
  GPtrArray  *entries;  /* Entry, in the order of insertion */
  GHashTable *by_name;  /* Entry.name -> Entry */
  gatomicrefcount references;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  thaw_tensor_unref (entry->tensor);
  g_free (entry->name);
  g_free (entry);
}

ThawTensorMap *
thaw_tensor_map_new (void)
{
  ThawTensorMap *self = g_new0 (ThawTensorMap, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_atomic_ref_count_init (&self->references);
  return self;
}

ThawTensorMap *
thaw_tensor_map_ref (ThawTensorMap *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_tensor_map_unref (ThawTensorMap *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

ThawTensorMap *
thaw_tensor_map_copy (const ThawTensorMap *self)
{
  ThawTensorMap *copy = thaw_tensor_map_new ();

  for (guint i = 0; i < self->entries->len; i++)
    thaw_tensor_map_take (copy, thaw_tensor_map_name (self, i), thaw_tensor_copy (thaw_tensor_map_at (self, i)));
  return copy;
}

void
thaw_tensor_map_take (ThawTensorMap *self, const char *name, ThawTensor *tensor)
{
  Entry *entry = g_hash_table_lookup (self->by_name, name);

  if (entry)
    {
      thaw_tensor_unref (entry->tensor);
      entry->tensor = tensor;
      return;
    }
  entry = g_new0 (Entry, 1);
  entry->name = g_strdup (name);
  entry->tensor = tensor;
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->by_name, entry->name, entry);
}

void
thaw_tensor_map_set (ThawTensorMap *self, const char *name, ThawTensor *tensor)
{
  thaw_tensor_map_take (self, name, thaw_tensor_ref (tensor));
}

ThawTensor *
thaw_tensor_map_get (const ThawTensorMap *self, const char *name)
{
  Entry *entry = g_hash_table_lookup (self->by_name, name);

  return entry ? entry->tensor : NULL;
}

gboolean
thaw_tensor_map_remove (ThawTensorMap *self, const char *name)
{
  Entry *entry = g_hash_table_lookup (self->by_name, name);

  if (!entry)
    return FALSE;
  g_hash_table_remove (self->by_name, name);
  g_ptr_array_remove (self->entries, entry);
  return TRUE;
}

guint
thaw_tensor_map_size (const ThawTensorMap *self)
{
  return self->entries->len;
}

const char *
thaw_tensor_map_name (const ThawTensorMap *self, guint i)
{
  return ((Entry *) g_ptr_array_index (self->entries, i))->name;
}

ThawTensor *
thaw_tensor_map_at (const ThawTensorMap *self, guint i)
{
  return ((Entry *) g_ptr_array_index (self->entries, i))->tensor;
}
