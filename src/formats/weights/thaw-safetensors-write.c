/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-size.h>

#include "thaw-safetensors.h"

typedef struct
{
  const char *name;
  ThawTensor *tensor;   /* (transfer none) */
  ThawDtype   dtype;    /* as written */
  gsize       bytes;
} Item;

static gboolean
check_text (const char *text, GError **error)
{
  g_autofree char *valid = NULL;

  if (g_utf8_validate (text, -1, NULL))
    return TRUE;
  valid = g_utf8_make_valid (text, -1);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "'%s' is not UTF-8, which safetensors asks for", valid);
  return FALSE;
}

static gboolean
is_floating (ThawDtype dtype)
{
  return dtype == THAW_DTYPE_F32 || dtype == THAW_DTYPE_F16 || dtype == THAW_DTYPE_BF16 || dtype == THAW_DTYPE_F64;
}

/* Wide elements first, so that each is aligned without gaps; within a width the order of the map. */
static gboolean
collect (const ThawTensorMap *tensors, ThawDtype dtype, GArray *items, gsize *total, GError **error)
{
  *total = 0;
  for (gsize width = 8; width > 0; width /= 2)
    for (guint i = 0; i < thaw_tensor_map_size (tensors); i++)
      {
        Item item = { thaw_tensor_map_name (tensors, i), thaw_tensor_map_at (tensors, i) };

        item.dtype = dtype != THAW_DTYPE_F32 && is_floating (item.tensor->dtype) ? dtype : item.tensor->dtype;
        if (thaw_dtype_size (item.dtype) != width)
          continue;
        if (!check_text (item.name, error))
          return FALSE;
        if (g_str_equal (item.name, "__metadata__")
            || !thaw_size_mul (thaw_tensor_count (item.tensor), width, &item.bytes)
            || !thaw_size_add (*total, item.bytes, total))
          {
            g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "tensor '%s' cannot be written under this name or size",
                         item.name);
            return FALSE;
          }
        g_array_append_val (items, item);
      }
  return TRUE;
}

static gboolean
append_metadata (GString *json, GHashTable *metadata, GError **error)
{
  g_autoptr (GList) keys = metadata ? g_hash_table_get_keys (metadata) : NULL;

  if (!keys)
    return TRUE;
  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  g_string_append (json, "\"__metadata__\":{");
  for (GList *key = keys; key; key = key->next)
    {
      const char *value = g_hash_table_lookup (metadata, key->data);

      if (!check_text (key->data, error) || !check_text (value, error))
        return FALSE;
      thaw_json_append_string (json, key->data);
      g_string_append_c (json, ':');
      thaw_json_append_string (json, value);
      g_string_append_c (json, key->next ? ',' : '}');
    }
  return TRUE;
}

static void
append_item (GString *json, const Item *item, gsize begin)
{
  const ThawShape *shape = &item->tensor->shape;

  if (json->len > 1)
    g_string_append_c (json, ',');
  thaw_json_append_string (json, item->name);
  g_string_append_printf (json, ":{\"dtype\":\"%s\",\"shape\":[", thaw_safetensors_dtype_name (item->dtype));
  for (int i = 0; i < shape->rank; i++)
    g_string_append_printf (json, "%s%" G_GINT64_FORMAT, i ? "," : "", shape->dim[i]);
  g_string_append_printf (json, "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]}", begin, begin + item->bytes);
}

static GString *
write_header (const GArray *items, GHashTable *metadata, GError **error)
{
  GString *json = g_string_new ("{");
  gsize at = 0;

  if (!append_metadata (json, metadata, error))
    {
      g_string_free (json, TRUE);
      return NULL;
    }
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = &g_array_index (items, Item, i);

      append_item (json, item, at);
      at += item->bytes;
    }
  g_string_append_c (json, '}');
  while (json->len % 8)
    g_string_append_c (json, ' ');
  return json;
}

static void
write_tensor (const Item *item, guint8 *output)
{
  g_autoptr (ThawTensor) f32 = NULL;
  g_autoptr (ThawTensor) converted = NULL;
  const ThawTensor *source = item->tensor;

  if (item->dtype != source->dtype)
    {
      f32 = thaw_tensor_to_f32 (item->tensor);
      source = converted = thaw_tensor_convert (f32, item->dtype);
    }
  if (item->bytes > 0)
    memcpy (output, source->data, item->bytes);
}

static GBytes *
assemble (const GString *json, const GArray *items, gsize total, GError **error)
{
  guint64 length = GUINT64_TO_LE (json->len);
  gsize size = 0, at = 8 + json->len;
  guint8 *data = thaw_size_add (total, at, &size) ? g_try_malloc (size) : NULL;

  if (!data)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "there is no memory to write %" G_GSIZE_FORMAT " bytes of tensors",
                   total);
      return NULL;
    }
  memcpy (data, &length, 8);
  memcpy (data + 8, json->str, json->len);
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = &g_array_index (items, Item, i);

      write_tensor (item, data + at);
      at += item->bytes;
    }
  return g_bytes_new_take (data, size);
}

GBytes *
thaw_safetensors_write (const ThawTensorMap *tensors, GHashTable *metadata, ThawDtype dtype, GError **error)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));
  GString *json = NULL;
  GBytes *bytes = NULL;
  gsize total;

  g_assert (dtype == THAW_DTYPE_F32 || dtype == THAW_DTYPE_F16 || dtype == THAW_DTYPE_BF16);
  if (!collect (tensors, dtype, items, &total, error))
    return NULL;
  json = write_header (items, metadata, error);
  if (!json)
    return NULL;
  bytes = assemble (json, items, total, error);
  g_string_free (json, TRUE);
  return bytes;
}

gboolean
thaw_safetensors_save (const ThawTensorMap *tensors, GHashTable *metadata, ThawDtype dtype, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_safetensors_write (tensors, metadata, dtype, error);

  return bytes && thaw_file_replace (path, bytes, error);
}
