/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers of a tensor: in the message, as bytes or in the field of their type, or in a file beside it */
#include <string.h>
#include <thaw/thaw-error.h>

#include "../thaw-formats.h"
#include "thaw-onnx.h"

static const struct
{
  int       type;
  ThawDtype dtype;
} dtypes[] = {
  { THAW_ONNX_FLOAT, THAW_DTYPE_F32 }, { THAW_ONNX_UINT8, THAW_DTYPE_U8 }, { THAW_ONNX_INT32, THAW_DTYPE_I32 },
  { THAW_ONNX_INT64, THAW_DTYPE_I64 }, { THAW_ONNX_FLOAT16, THAW_DTYPE_F16 }, { THAW_ONNX_DOUBLE, THAW_DTYPE_F64 },
  { THAW_ONNX_BFLOAT16, THAW_DTYPE_BF16 }, { THAW_ONNX_INT8, THAW_DTYPE_I8 }, { THAW_ONNX_INT16, THAW_DTYPE_I16 },
  { THAW_ONNX_BOOL, THAW_DTYPE_BOOL },
};

static gboolean
fail (const ThawOnnx__Tensor *proto, ThawError code, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, code, "tensor \"%.80s\": %s", proto->name ? proto->name : "", what);
  return FALSE;
}

static gboolean
tensor_shape (const ThawOnnx__Tensor *proto, ThawShape *shape)
{
  if (proto->n_dims > THAW_MAX_RANK)
    return FALSE;
  shape->rank = proto->n_dims;
  for (gsize i = 0; i < proto->n_dims; i++)
    shape->dim[i] = proto->dims[i];
  return TRUE;
}

/* Small types lie one by one in fields of 32 bits. */
static GBytes *
narrow (const ThawOnnx__Tensor *proto, gsize element)
{
  guint8 *bytes = g_malloc (proto->n_int32_data * element + 1);

  for (gsize i = 0; i < proto->n_int32_data; i++)
    memcpy (bytes + i * element, &proto->int32_data[i], element);
  return g_bytes_new_take (bytes, proto->n_int32_data * element);
}

/* (transfer full) */
static GBytes *
inner_data (const ThawOnnx__Tensor *proto, ThawDtype dtype, GError **error)
{
  if (proto->has_raw_data)
    return thaw_file_want (proto->raw_data.data, proto->raw_data.len, FALSE, error) ? g_bytes_new_static (proto->raw_data.data, proto->raw_data.len) : NULL;
  switch (dtype)
    {
    case THAW_DTYPE_F32: return g_bytes_new (proto->float_data, proto->n_float_data * sizeof (float));
    case THAW_DTYPE_I64: return g_bytes_new (proto->int64_data, proto->n_int64_data * sizeof (gint64));
    case THAW_DTYPE_F64: return g_bytes_new (proto->double_data, proto->n_double_data * sizeof (double));
    default: return narrow (proto, thaw_dtype_size (dtype));
    }
}

static const char *
external (const ThawOnnx__Tensor *proto, const char *key)
{
  for (gsize i = 0; i < proto->n_external_data; i++)
    if (g_strcmp0 (proto->external_data[i]->key, key) == 0)
      return proto->external_data[i]->value;
  return NULL;
}

/* A name that stays in the folder: no step upwards, no way from the root, and, links looked through, nothing elsewhere */
static char *
path_inside (const char *folder, const char *location)
{
  g_auto (GStrv) steps = g_strsplit (location, "/", -1);
  g_autofree char *path = g_build_filename (folder, location, NULL), *own = NULL, *real = NULL;
  gsize length;

  if (!*location || g_path_is_absolute (location) || g_strv_contains ((const char *const *) steps, ".."))
    return NULL;
  own = realpath (folder, NULL);
  real = realpath (path, NULL);
  length = own ? strlen (own) : 0;
  if (!length || !real)
    return g_steal_pointer (&path);
  if (strncmp (real, own, length) != 0 || (real[length] != '/' && own[length - 1] != '/'))
    return NULL;
  return g_steal_pointer (&path);
}

static GBytes *
outer_data (const ThawOnnx__Tensor *proto, const char *folder, gsize wanted, GError **error)
{
  const char *location = external (proto, "location"), *text = external (proto, "offset");
  g_autofree char *path = folder && location ? path_inside (folder, location) : NULL;
  g_autoptr (GBytes) file = NULL;
  guint64 offset = 0;

  if (!path)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   folder ? "tensor \"%.80s\": its data is said to be in the file \"%.80s\", which is not in the network's own folder"
                          : "tensor \"%.80s\": its data is in another file, \"%.80s\"; open the network from its folder",
                   proto->name ? proto->name : "", location ? location : "");
      return NULL;
    }
  file = thaw_file_map (path, error);
  if (!file)
    return NULL;
  if ((text && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &offset, NULL)) || offset > g_bytes_get_size (file)
      || wanted > g_bytes_get_size (file) - offset)
    {
      fail (proto, THAW_ERROR_INVALID, "its data would lie behind the end of the file that is to have it", error);
      return NULL;
    }
  return g_bytes_new_from_bytes (file, offset, wanted);
}

static ThawTensor *
widen (ThawTensor *raw)
{
  ThawTensor *wide;

  if (raw->dtype == THAW_DTYPE_I64 || raw->dtype == THAW_DTYPE_U8)
    return thaw_tensor_ref (raw);
  if (raw->dtype == THAW_DTYPE_F32 || raw->dtype == THAW_DTYPE_F16 || raw->dtype == THAW_DTYPE_BF16 || raw->dtype == THAW_DTYPE_F64)
    return thaw_tensor_to_f32 (raw);
  wide = thaw_tensor_new (THAW_DTYPE_I64, &raw->shape);
  for (gint64 i = 0; i < thaw_tensor_count (raw); i++)
    ((gint64 *) wide->data)[i] = raw->dtype == THAW_DTYPE_I32   ? ((gint32 *) raw->data)[i]
                                 : raw->dtype == THAW_DTYPE_I16 ? ((gint16 *) raw->data)[i]
                                 : raw->dtype == THAW_DTYPE_I8  ? ((gint8 *) raw->data)[i]
                                                                : ((guint8 *) raw->data)[i] != 0;
  return wide;
}

/* Over the bytes where they stay and lie well, else over a copy */
static ThawTensor *
over_bytes (ThawDtype dtype, const ThawShape *shape, GBytes *bytes, gboolean stay, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  ThawTensor *tensor;

  if (stay && size && (guintptr) data % thaw_dtype_size (dtype) == 0)
    return thaw_tensor_new_view (dtype, shape, bytes, 0, error);
  tensor = thaw_tensor_try_new (dtype, shape, error);
  if (tensor && size)
    memcpy (tensor->data, data, size);
  return tensor;
}

static ThawTensor *
read_tensor (const ThawOnnx__Tensor *proto, const char *folder, GError **error)
{
  ThawDtype dtype = THAW_N_DTYPES;
  ThawShape shape = { 0 };
  gsize wanted;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (ThawTensor) raw = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (dtypes[i].type == proto->data_type)
      dtype = dtypes[i].dtype;
  if (dtype == THAW_N_DTYPES)
    fail (proto, THAW_ERROR_UNSUPPORTED, "an element type that Thaw does not read", error);
  else if (!tensor_shape (proto, &shape) || !thaw_shape_check (&shape, thaw_dtype_size (dtype), &wanted))
    fail (proto, THAW_ERROR_INVALID, "a shape that cannot be", error);
  else if (proto->data_location)
    bytes = outer_data (proto, folder, wanted, error);
  else
    bytes = inner_data (proto, dtype, error);
  if (bytes && g_bytes_get_size (bytes) != wanted)
    fail (proto, THAW_ERROR_INVALID, "its data does not have the size of its shape", error);
  else
    raw = bytes ? over_bytes (dtype, &shape, bytes, proto->data_location, error) : NULL;
  return raw ? widen (raw) : NULL;
}

ThawTensor *
thaw_onnx_tensor (const ThawOnnx__Tensor *proto, GError **error)
{
  return read_tensor (proto, NULL, error);
}

ThawTensor *
thaw_onnx_take_tensor (const ThawOnnx__Tensor *proto, const char *folder, GError **error)
{
  ThawTensor *tensor = read_tensor (proto, folder, error);

  if (tensor && proto->has_lies_at)
    thaw_file_let_go (proto->raw_data.data, proto->raw_data.len);
  return tensor;
}
