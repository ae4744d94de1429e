/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The format: https://github.com/huggingface/safetensors#format: 8 bytes of header length, a JSON header, the numbers. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json-reader.h>
#include <thaw/thaw-size.h>

#include "thaw-cursor.h"
#include "thaw-safetensors.h"
#include "thaw-weights.h"

/* the limit of the format itself */
#define MAX_HEADER 100000000

typedef struct
{
  char     *name;
  ThawDtype dtype;
  ThawShape shape;
  gint64    begin, end; /* in the data after the header */
} Entry;

typedef struct
{
  ThawJsonReader json;
  GArray        *entries;  /* Entry, in the header's order */
  GHashTable    *metadata;
  gint64         size;     /* of the data */
} Header;

static const char *const dtype_names[THAW_N_DTYPES] = {
  [THAW_DTYPE_F32] = "F32", [THAW_DTYPE_F16] = "F16", [THAW_DTYPE_BF16] = "BF16", [THAW_DTYPE_F64] = "F64", [THAW_DTYPE_I64] = "I64",
  [THAW_DTYPE_I32] = "I32", [THAW_DTYPE_I16] = "I16", [THAW_DTYPE_I8] = "I8",     [THAW_DTYPE_U8] = "U8",   [THAW_DTYPE_BOOL] = "BOOL",
};

const char *
thaw_safetensors_dtype_name (ThawDtype dtype)
{
  return dtype_names[dtype];
}

static void
clear_entry_cb (gpointer data)
{
  g_free (((Entry *) data)->name);
}

static gboolean
fail (const Header *header, GError **error)
{
  if (error && !*error)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "damaged: its header is not that of a safetensors file (%" G_GSIZE_FORMAT " bytes before its end)",
                 (gsize) (header->json.end - header->json.at));
  return FALSE;
}

static gboolean
read_dtype (Header *self, Entry *entry, GError **error)
{
  g_autofree char *text = thaw_json_take_string (&self->json);

  if (!text)
    return FALSE;
  for (guint i = 0; i < THAW_N_DTYPES; i++)
    if (g_str_equal (text, dtype_names[i]))
      {
        entry->dtype = i;
        return TRUE;
      }
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "tensor '%s' is of type '%s', which Thaw does not read",
               entry->name, text);
  return FALSE;
}

static gboolean
read_shape (Header *self, Entry *entry, GError **error)
{
  if (!thaw_json_take (&self->json, '['))
    return FALSE;
  if (thaw_json_take (&self->json, ']'))
    return TRUE;
  do
    {
      if (entry->shape.rank == THAW_MAX_RANK)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "tensor '%s' has more than %d dimensions", entry->name,
                       THAW_MAX_RANK);
          return FALSE;
        }
      if (!thaw_json_take_int (&self->json, &entry->shape.dim[entry->shape.rank++]))
        return FALSE;
    }
  while (thaw_json_take (&self->json, ','));
  return thaw_json_take (&self->json, ']');
}

static gboolean
read_offsets (Header *self, Entry *entry)
{
  return thaw_json_take (&self->json, '[') && thaw_json_take_int (&self->json, &entry->begin)
         && thaw_json_take (&self->json, ',') && thaw_json_take_int (&self->json, &entry->end)
         && thaw_json_take (&self->json, ']');
}

enum { SEEN_DTYPE = 1, SEEN_SHAPE = 2, SEEN_OFFSETS = 4, SEEN_ALL = 7 };

static gboolean
read_field (Header *self, Entry *entry, guint *seen, GError **error)
{
  g_autofree char *key = thaw_json_take_string (&self->json);
  guint field = 0;
  gboolean good;

  if (!key || !thaw_json_take (&self->json, ':'))
    return FALSE;
  if (g_str_equal (key, "dtype"))
    field = SEEN_DTYPE, good = read_dtype (self, entry, error);
  else if (g_str_equal (key, "shape"))
    field = SEEN_SHAPE, good = !(*seen & SEEN_SHAPE) && read_shape (self, entry, error);
  else if (g_str_equal (key, "data_offsets"))
    field = SEEN_OFFSETS, good = read_offsets (self, entry);
  else
    good = thaw_json_skip (&self->json);
  if (!good || (*seen & field))
    return FALSE;
  *seen |= field;
  return TRUE;
}

static gboolean
check_entry (const Header *self, const Entry *entry, GError **error)
{
  gsize bytes;

  if (entry->begin < 0 || entry->end < entry->begin || entry->end > self->size)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "tensor '%s' lies outside the file; it was cut off, fetch it again", entry->name);
  else if (!thaw_shape_check (&entry->shape, thaw_dtype_size (entry->dtype), &bytes)
           || bytes != (gsize) (entry->end - entry->begin))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: the shape of tensor '%s' does not match its bytes",
                 entry->name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_entry (Header *self, Entry *entry, GError **error)
{
  guint seen = 0;

  if (!thaw_json_take (&self->json, '{'))
    return FALSE;
  do
    if (!read_field (self, entry, &seen, error))
      return FALSE;
  while (thaw_json_take (&self->json, ','));
  return seen == SEEN_ALL && thaw_json_take (&self->json, '}') && check_entry (self, entry, error);
}

static gboolean
read_metadata (Header *self)
{
  if (g_hash_table_size (self->metadata) > 0 || !thaw_json_take (&self->json, '{'))
    return FALSE;
  if (thaw_json_take (&self->json, '}'))
    return TRUE;
  do
    {
      g_autofree char *key = thaw_json_take_string (&self->json);
      char *value = key && thaw_json_take (&self->json, ':') ? thaw_json_take_string (&self->json) : NULL;

      if (!value || !g_hash_table_insert (self->metadata, g_steal_pointer (&key), value))
        return FALSE;
    }
  while (thaw_json_take (&self->json, ','));
  return thaw_json_take (&self->json, '}');
}

static gboolean
read_member (Header *self, GError **error)
{
  g_autofree char *name = thaw_json_take_string (&self->json);
  Entry entry = { 0 };

  if (!name || !thaw_json_take (&self->json, ':'))
    return FALSE;
  if (g_str_equal (name, "__metadata__"))
    return read_metadata (self);
  if (self->entries->len == THAW_WEIGHTS_MAX_TENSORS)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "it has more than %d tensors", THAW_WEIGHTS_MAX_TENSORS);
      return FALSE;
    }
  entry.name = g_steal_pointer (&name);
  g_array_append_val (self->entries, entry);
  return read_entry (self, &g_array_index (self->entries, Entry, self->entries->len - 1), error);
}

static gboolean
read_header (Header *self, GError **error)
{
  if (!thaw_json_take (&self->json, '{'))
    return FALSE;
  if (!thaw_json_take (&self->json, '}'))
    {
      do
        if (!read_member (self, error))
          return FALSE;
      while (thaw_json_take (&self->json, ','));
      if (!thaw_json_take (&self->json, '}'))
        return FALSE;
    }
  return !thaw_json_peek (&self->json) && self->json.at == self->json.end;
}

static int
compare_place_cb (gconstpointer a, gconstpointer b)
{
  const Entry *x = *(Entry *const *) a, *y = *(Entry *const *) b;

  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return x->end < y->end ? -1 : x->end > y->end;
}

/* The tensors follow one another without overlap or gap, and nothing is left at the end. */
static gboolean
check_layout (const Header *self, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  gint64 at = 0;

  for (guint i = 0; i < self->entries->len; i++)
    g_ptr_array_add (sorted, &g_array_index (self->entries, Entry, i));
  g_ptr_array_sort (sorted, compare_place_cb);
  for (guint i = 0; i < sorted->len; i++)
    {
      const Entry *entry = g_ptr_array_index (sorted, i);

      if (entry->begin != at)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: the data of tensor '%s' %s", entry->name,
                       entry->begin < at ? "overlaps another's" : "begins after a gap");
          return FALSE;
        }
      at = entry->end;
    }
  if (at != self->size)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "damaged: %" G_GINT64_FORMAT " bytes at its end belong to no tensor", self->size - at);
  return at == self->size;
}

static ThawTensorMap *
build_map (const Header *self, GBytes *bytes, gsize data_at, GError **error)
{
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  ThawWeightsBudget budget;

  thaw_weights_budget_init (&budget, g_bytes_get_size (bytes));
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);
      ThawTensor *tensor = thaw_weights_tensor (entry->dtype, &entry->shape, bytes, data_at + entry->begin, &budget, error);

      if (!tensor || !thaw_weights_add (map, entry->name, tensor, error))
        return NULL;
    }
  return g_steal_pointer (&map);
}

/* The header's text; the cursor then stands at the data. */
static const char *
find_header (ThawCursor *cursor, guint64 *length, GError **error)
{
  const char *text = NULL;

  if (thaw_cursor_u64 (cursor, length) && *length <= MAX_HEADER)
    text = (const char *) thaw_cursor_take (cursor, *length);
  if (!text)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "damaged: its header is longer than the file; if it was cut off, fetch it again");
  return text;
}

ThawTensorMap *
thaw_safetensors_parse (GBytes *bytes, GHashTable **metadata, GError **error)
{
  Header header = { 0 };
  ThawTensorMap *map = NULL;
  GError *inner = NULL;
  ThawCursor cursor;
  guint64 length;
  const char *text;

  thaw_cursor_init_bytes (&cursor, bytes);
  text = find_header (&cursor, &length, error);
  if (!text)
    return NULL;
  header.entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (header.entries, clear_entry_cb);
  header.metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  header.size = thaw_cursor_left (&cursor);
  thaw_json_reader_init (&header.json, text, length);
  if (!read_header (&header, &inner))
    fail (&header, &inner);
  else if (check_layout (&header, &inner))
    map = build_map (&header, bytes, cursor.at, &inner);
  if (map && metadata)
    *metadata = g_hash_table_ref (header.metadata);
  if (inner)
    g_propagate_error (error, inner);
  g_hash_table_unref (header.metadata);
  g_array_unref (header.entries);
  return map;
}

gboolean
thaw_safetensors_sniff (GBytes *bytes)
{
  ThawCursor cursor;
  guint64 length;
  guint8 brace;

  thaw_cursor_init_bytes (&cursor, bytes);
  return thaw_cursor_u64 (&cursor, &length) && length <= MAX_HEADER && thaw_cursor_u8 (&cursor, &brace) && brace == '{';
}
