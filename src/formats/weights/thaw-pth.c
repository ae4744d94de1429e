/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What torch.save() writes (torch/serialization.py): a ZIP archive with data.pkl and a file a storage, or, before 1.6, five pickles
 * (magic number, version, machine, object, storage keys) and then the storages. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-size.h>

#include "thaw-pth.h"
#include "thaw-unpickle.h"
#include "thaw-weights.h"
#include "thaw-zip.h"

#define MAGIC "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
#define VERSION 1001

static gboolean
is_zip (const ThawCursor *cursor)
{
  return cursor->size >= 4 && memcmp (cursor->data, "PK\3\4", 4) == 0;
}

static gboolean
is_legacy (const ThawCursor *cursor)
{
  return cursor->size > 2 && cursor->data[0] == 0x80
         && memmem (cursor->data, MIN (cursor->size, 32), MAGIC, sizeof MAGIC - 1);
}

gboolean
thaw_pth_sniff (GBytes *bytes)
{
  ThawCursor cursor;

  thaw_cursor_init_bytes (&cursor, bytes);
  return is_zip (&cursor) || is_legacy (&cursor);
}

typedef struct
{
  ThawZip    *zip;
  const char *pickle; /* "archive/data.pkl" */
} Archive;

static GBytes *
load_entry (gpointer data, const char *key, ThawWeightsBudget *budget, GError **error)
{
  Archive *self = data;
  g_autofree char *name = NULL;

  name = g_strdup_printf ("%.*sdata/%s", (int) (strlen (self->pickle) - strlen ("data.pkl")), self->pickle, key);
  return thaw_zip_read (self->zip, name, budget, error);
}

static gboolean
check_archive (const Archive *self, ThawWeightsBudget *budget, GError **error)
{
  int prefix = strlen (self->pickle) - strlen ("data.pkl");
  g_autofree char *script = g_strdup_printf ("%.*sconstants.pkl", prefix, self->pickle);
  g_autofree char *order = g_strdup_printf ("%.*sbyteorder", prefix, self->pickle);
  g_autoptr (GBytes) content = NULL;

  if (thaw_zip_has (self->zip, script))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "a TorchScript program; save the model's state_dict() or an ONNX file instead");
      return FALSE;
    }
  if (!thaw_zip_has (self->zip, order))
    return TRUE;
  content = thaw_zip_read (self->zip, order, budget, error);
  if (!content)
    return FALSE;
  if (g_bytes_get_size (content) == 6 && memcmp (g_bytes_get_data (content, NULL), "little", 6) == 0)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "written on a big-endian machine; save it anew on another");
  return FALSE;
}

static ThawTensorMap *
parse_zip (GBytes *bytes, ThawWeightsBudget *budget, GError **error)
{
  g_autoptr (ThawZip) zip = thaw_zip_open (bytes, error);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (ThawPickle) pickle = NULL;
  Archive archive = { zip };
  ThawCursor cursor;

  if (!zip || !(archive.pickle = thaw_zip_find (zip, "data.pkl", error)) || !check_archive (&archive, budget, error)
      || !(content = thaw_zip_read (zip, archive.pickle, budget, error)))
    return NULL;
  thaw_cursor_init_bytes (&cursor, content);
  pickle = thaw_pickle_read (&cursor, error);
  return pickle ? thaw_pth_collect (pickle, load_entry, &archive, budget, error) : NULL;
}

static GBytes *
load_legacy (gpointer data, const char *key, ThawWeightsBudget *budget, GError **error)
{
  GBytes *found = g_hash_table_lookup (data, key);

  if (!found)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: storage '%s' is missing", key);
  return found ? g_bytes_ref (found) : NULL;
}

/* The three pickles before the object */
static gboolean
read_preamble (ThawCursor *cursor, GError **error)
{
  g_autoptr (ThawPickle) magic = thaw_pickle_read (cursor, error);
  g_autoptr (ThawPickle) version = magic ? thaw_pickle_read (cursor, error) : NULL;
  g_autoptr (ThawPickle) machine = version ? thaw_pickle_read (cursor, error) : NULL;
  const ThawPickleValue *number, *little;

  if (!machine)
    return FALSE;
  number = thaw_pickle_value (version, version->root);
  little = thaw_pickle_lookup (machine, thaw_pickle_value (machine, machine->root), "little_endian");
  if (number->kind == THAW_PICKLE_INT && number->number == VERSION && little && little->kind == THAW_PICKLE_BOOL
      && little->number)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
               "of a version of PyTorch's old format that Thaw does not read, or from a big-endian machine; save it anew");
  return FALSE;
}

/* key -> element size of every storage that the object names */
static GHashTable *
storage_sizes (const ThawPickle *pickle)
{
  GHashTable *sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint32 i = 0; i < pickle->values->len; i++)
    {
      const ThawPickleValue *value = thaw_pickle_value (pickle, i);
      char *key = value->kind == THAW_PICKLE_STORAGE && value->dtype < THAW_N_DTYPES
                      ? thaw_pickle_string (thaw_pickle_value (pickle, value->items.head))
                      : NULL;

      if (key)
        g_hash_table_replace (sizes, key, GSIZE_TO_POINTER (thaw_dtype_size (value->dtype)));
    }
  return sizes;
}

/* A count of elements (64 bits), then the elements */
static gboolean
read_storage (ThawCursor *cursor, GBytes *bytes, const char *key, GHashTable *sizes, GHashTable *storages, GError **error)
{
  gsize element = key ? GPOINTER_TO_SIZE (g_hash_table_lookup (sizes, key)) : 0, size, at;
  guint64 count;

  if (element == 0)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a storage of numbers that Thaw does not read");
  else if (!thaw_cursor_u64 (cursor, &count) || !thaw_size_mul (count, element, &size) || size > thaw_cursor_left (cursor))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: storage '%s' is longer than the file; if it was cut off, fetch it again", key);
  else if (g_hash_table_contains (storages, key))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: storage '%s' is there twice", key);
  else
    {
      at = cursor->at;
      g_hash_table_insert (storages, g_strdup (key), g_bytes_new_from_bytes (bytes, at, size));
      return thaw_cursor_take (cursor, size) != NULL;
    }
  return FALSE;
}

static gboolean
read_storages (ThawCursor *cursor, GBytes *bytes, const ThawPickle *object, GHashTable *storages, GError **error)
{
  g_autoptr (ThawPickle) keys = thaw_pickle_read (cursor, error);
  g_autoptr (GHashTable) sizes = NULL;
  const ThawPickleValue *list;
  ThawPickleCell item;
  guint32 cell = 0;

  if (!keys)
    return FALSE;
  sizes = storage_sizes (object);
  list = thaw_pickle_value (keys, keys->root);
  while (list->kind == THAW_PICKLE_LIST && (cell = thaw_pickle_next (keys, list, cell, &item)))
    {
      g_autofree char *key = thaw_pickle_string (thaw_pickle_value (keys, item.value));

      if (!read_storage (cursor, bytes, key, sizes, storages, error))
        return FALSE;
    }
  return TRUE;
}

static ThawTensorMap *
parse_legacy (GBytes *bytes, ThawWeightsBudget *budget, GError **error)
{
  g_autoptr (GHashTable) storages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (ThawPickle) object = NULL;
  ThawCursor cursor;

  thaw_cursor_init_bytes (&cursor, bytes);
  if (!read_preamble (&cursor, error) || !(object = thaw_pickle_read (&cursor, error))
      || !read_storages (&cursor, bytes, object, storages, error))
    return NULL;
  return thaw_pth_collect (object, load_legacy, storages, budget, error);
}

ThawTensorMap *
thaw_pth_parse (GBytes *bytes, GError **error)
{
  ThawWeightsBudget budget;
  ThawCursor cursor;

  thaw_cursor_init_bytes (&cursor, bytes);
  thaw_weights_budget_init (&budget, cursor.size);
  return is_zip (&cursor) ? parse_zip (bytes, &budget, error) : parse_legacy (bytes, &budget, error);
}
