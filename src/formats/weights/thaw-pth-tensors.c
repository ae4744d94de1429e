/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>

#include "thaw-pth.h"

#define MAX_NESTING 8

typedef struct
{
  const ThawPickle  *pickle;
  ThawPthStorageFunc load;
  gpointer           data;
  ThawWeightsBudget *budget;
  GHashTable        *storages; /* key -> GBytes: storages may be shared */
  ThawTensorMap     *map;
  guint              seen;     /* dict entries, so that a dict that holds itself ends */
} Collector;

static const char *const wrappers[] = { "state_dict", "model_state_dict", "model", "module", "network", "net", "params" };

static gboolean
damaged (const char *name, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: tensor '%s' %s", name, what);
  return FALSE;
}

static gboolean
read_tuple (const ThawPickle *pickle, guint32 tuple, ThawShape *out)
{
  const ThawPickleValue *value = thaw_pickle_value (pickle, tuple);
  ThawPickleCell item;
  guint32 cell = 0;

  if (value->count > THAW_MAX_RANK)
    return FALSE;
  out->rank = 0;
  while ((cell = thaw_pickle_next (pickle, value, cell, &item)))
    {
      const ThawPickleValue *number = thaw_pickle_value (pickle, item.value);

      if (number->kind != THAW_PICKLE_INT || number->number < 0)
        return FALSE;
      out->dim[out->rank++] = number->number;
    }
  return TRUE;
}

static GBytes *
find_storage (Collector *self, const ThawPickleValue *storage, GError **error)
{
  g_autofree char *key = thaw_pickle_string (thaw_pickle_value (self->pickle, storage->items.head));
  GBytes *bytes;

  if (!key)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "damaged: a storage's name is no text");
      return NULL;
    }
  bytes = g_hash_table_lookup (self->storages, key);
  if (bytes)
    return bytes;
  bytes = self->load (self->data, key, self->budget, error);
  if (bytes)
    g_hash_table_insert (self->storages, g_steal_pointer (&key), bytes);
  return bytes;
}

/* One past the last element that the strides reach, from the offset */
static gboolean
reach (const ThawShape *shape, const ThawShape *stride, gsize *out)
{
  gsize last = 0, step;

  for (int i = 0; i < shape->rank; i++)
    if (!thaw_size_mul (shape->dim[i] - 1, stride->dim[i], &step) || !thaw_size_add (last, step, &last))
      return FALSE;
  return thaw_size_add (last, 1, out);
}

static gboolean
is_contiguous (const ThawShape *shape, const ThawShape *stride)
{
  gint64 expected = 1;

  for (int i = shape->rank - 1; i >= 0; i--)
    {
      if (shape->dim[i] != 1 && stride->dim[i] != expected)
        return FALSE;
      expected *= shape->dim[i];
    }
  return TRUE;
}

/* Element by element, the last index fastest */
static void
copy_strided (const guint8 *from, guint8 *to, const ThawShape *shape, const ThawShape *stride, gsize element)
{
  gint64 index[THAW_MAX_RANK] = { 0 }, n = thaw_shape_count (shape);
  gsize at = 0;

  for (gint64 i = 0; i < n; i++)
    {
      memcpy (to + i * element, from + at * element, element);
      for (int k = shape->rank - 1; k >= 0; k--)
        {
          at += stride->dim[k];
          if (++index[k] < shape->dim[k])
            break;
          at -= index[k] * stride->dim[k];
          index[k] = 0;
        }
    }
}

static ThawTensor *
gather (const guint8 *from, ThawDtype dtype, const ThawShape *shape, const ThawShape *stride, ThawWeightsBudget *budget,
        GError **error)
{
  ThawTensor *tensor;
  gsize bytes;

  if (!thaw_shape_check (shape, thaw_dtype_size (dtype), &bytes))
    bytes = G_MAXSIZE;
  if (!thaw_weights_budget_take (budget, bytes, error))
    return NULL;
  tensor = thaw_tensor_try_new (dtype, shape, error);
  if (tensor)
    copy_strided (from, tensor->data, shape, stride, thaw_dtype_size (dtype));
  return tensor;
}

typedef struct
{
  ThawShape shape, stride;
  GBytes   *storage;  /* (transfer none) */
  gsize     offset;   /* bytes */
} Layout;

static gboolean
find_layout (Collector *self, const char *name, const ThawPickleValue *value, Layout *out, GError **error)
{
  const ThawPickleValue *storage = thaw_pickle_value (self->pickle, value->tensor.storage);
  gsize element, extent = 0, end;

  if (value->dtype >= THAW_N_DTYPES || storage->dtype >= THAW_N_DTYPES)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "tensor '%s' holds numbers of a type that Thaw does not read", name);
      return FALSE;
    }
  if (!read_tuple (self->pickle, value->tensor.size, &out->shape) || !read_tuple (self->pickle, value->stride, &out->stride)
      || out->shape.rank != out->stride.rank)
    return damaged (name, "has a shape that makes no sense, or more dimensions than Thaw reads", error);
  element = thaw_dtype_size (value->dtype);
  if (!thaw_shape_check (&out->shape, element, &end) || (end > 0 && !reach (&out->shape, &out->stride, &extent)))
    return damaged (name, "is larger than any memory", error);
  out->storage = find_storage (self, storage, error);
  if (!out->storage)
    return FALSE;
  if (value->number < 0 || !thaw_size_mul (value->number, element, &out->offset) || !thaw_size_add (value->number, extent, &end)
      || !thaw_size_mul (end, element, &end) || end > g_bytes_get_size (out->storage))
    return damaged (name, "reaches beyond its storage; if the file was cut off, fetch it again", error);
  return TRUE;
}

static gboolean
add_tensor (Collector *self, const char *name, const ThawPickleValue *value, GError **error)
{
  const guint8 *data;
  ThawTensor *tensor;
  Layout layout;

  if (!find_layout (self, name, value, &layout, error))
    return FALSE;
  data = g_bytes_get_data (layout.storage, NULL);
  if (thaw_shape_count (&layout.shape) == 0 || is_contiguous (&layout.shape, &layout.stride))
    tensor = thaw_weights_tensor (value->dtype, &layout.shape, layout.storage, layout.offset, self->budget, error);
  else
    tensor = gather (data + layout.offset, value->dtype, &layout.shape, &layout.stride, self->budget, error);
  return tensor && thaw_weights_add (self->map, name, tensor, error);
}

static gboolean
add_dict (Collector *self, const char *prefix, const ThawPickleValue *dict, guint depth, GError **error)
{
  ThawPickleCell item;
  guint32 cell = 0;

  while ((cell = thaw_pickle_next (self->pickle, dict, cell, &item)))
    {
      const ThawPickleValue *value = thaw_pickle_value (self->pickle, item.value);
      g_autofree char *key = thaw_pickle_string (thaw_pickle_value (self->pickle, item.key));
      g_autofree char *name = key ? g_strconcat (prefix, *prefix ? "." : "", key, NULL) : NULL;

      if (++self->seen > 2 * THAW_WEIGHTS_MAX_TENSORS)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "its state dict has no end");
          return FALSE;
        }
      if (name && value->kind == THAW_PICKLE_TENSOR && !add_tensor (self, name, value, error))
        return FALSE;
      if (name && value->kind == THAW_PICKLE_DICT && depth < MAX_NESTING && !add_dict (self, name, value, depth + 1, error))
        return FALSE;
    }
  return TRUE;
}

/* Checkpoints keep the state dict under a name of their own beside optimizer and epoch. */
static const ThawPickleValue *
unwrap (const ThawPickle *pickle)
{
  const ThawPickleValue *dict = thaw_pickle_value (pickle, pickle->root);

  for (guint depth = 0; depth < MAX_NESTING; depth++)
    {
      const ThawPickleValue *inner = NULL;

      for (guint i = 0; !inner && i < G_N_ELEMENTS (wrappers); i++)
        {
          inner = thaw_pickle_lookup (pickle, dict, wrappers[i]);
          if (inner && inner->kind != THAW_PICKLE_DICT)
            inner = NULL;
        }
      if (!inner)
        break;
      dict = inner;
    }
  return dict;
}

ThawTensorMap *
thaw_pth_collect (const ThawPickle *pickle, ThawPthStorageFunc load, gpointer data, ThawWeightsBudget *budget, GError **error)
{
  g_autoptr (GHashTable) storages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (ThawTensorMap) map = thaw_tensor_map_new ();
  Collector collector = { pickle, load, data, budget, storages, map };
  const ThawPickleValue *dict = unwrap (pickle);

  if (dict->kind == THAW_PICKLE_DICT && !add_dict (&collector, "", dict, 0, error))
    return NULL;
  if (thaw_tensor_map_size (map) == 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "it holds no named tensors; save the model's state_dict()");
      return NULL;
    }
  return g_steal_pointer (&map);
}
