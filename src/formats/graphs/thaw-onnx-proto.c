/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-onnx.h"

/* Field 1 of a model is its IR version, a small number; nothing else that Thaw reads begins so. */
gboolean
thaw_onnx_sniff (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size > 4 && data[0] == 0x08 && data[1] > 0 && data[1] < 64 && (data[2] == 0x12 || data[2] == 0x3a || data[2] == 0x42 || data[2] == 0x1a);
}

ThawOnnx__Model *
thaw_onnx_unpack (GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (ThawOnnxModel) model = thaw_onnx__model__unpack (NULL, size, data);

  if (model && model->graph)
    return g_steal_pointer (&model);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               model ? "an ONNX file without a graph" : "not an ONNX file, or a damaged one");
  return NULL;
}

static const struct
{
  int       type;
  ThawDtype dtype;
} dtypes[] = {
  { THAW_ONNX_FLOAT, THAW_DTYPE_F32 }, { THAW_ONNX_UINT8, THAW_DTYPE_U8 }, { THAW_ONNX_INT32, THAW_DTYPE_I32 },
  { THAW_ONNX_INT64, THAW_DTYPE_I64 }, { THAW_ONNX_FLOAT16, THAW_DTYPE_F16 }, { THAW_ONNX_DOUBLE, THAW_DTYPE_F64 },
  { THAW_ONNX_BFLOAT16, THAW_DTYPE_BF16 },
};

/* Where the numbers of a tensor stand in the message: as bytes, or in the field of their type */
static gconstpointer
tensor_data (const ThawOnnx__Tensor *proto, gsize *bytes)
{
  if (proto->has_raw_data)
    {
      *bytes = proto->raw_data.len;
      return proto->raw_data.data;
    }
  switch (proto->data_type)
    {
    case THAW_ONNX_FLOAT: *bytes = proto->n_float_data * sizeof (float); return proto->float_data;
    case THAW_ONNX_INT64: *bytes = proto->n_int64_data * sizeof (gint64); return proto->int64_data;
    case THAW_ONNX_INT32: *bytes = proto->n_int32_data * sizeof (gint32); return proto->int32_data;
    case THAW_ONNX_DOUBLE: *bytes = proto->n_double_data * sizeof (double); return proto->double_data;
    default: *bytes = 0; return NULL;
    }
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

static ThawTensor *
widen (ThawTensor *raw)
{
  ThawTensor *wide;

  if (raw->dtype == THAW_DTYPE_I64 || raw->dtype == THAW_DTYPE_U8)
    return thaw_tensor_ref (raw);
  if (raw->dtype != THAW_DTYPE_I32)
    return thaw_tensor_to_f32 (raw);
  wide = thaw_tensor_new (THAW_DTYPE_I64, &raw->shape);
  for (gint64 i = 0; i < thaw_tensor_count (raw); i++)
    ((gint64 *) wide->data)[i] = ((gint32 *) raw->data)[i];
  return wide;
}

ThawTensor *
thaw_onnx_tensor (const ThawOnnx__Tensor *proto, GError **error)
{
  const char *name = proto->name ? proto->name : "";
  ThawDtype dtype = THAW_N_DTYPES;
  ThawShape shape = { 0 };
  gsize bytes, wanted;
  gconstpointer data = tensor_data (proto, &bytes);
  g_autoptr (ThawTensor) raw = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (dtypes[i].type == proto->data_type)
      dtype = dtypes[i].dtype;
  if (dtype == THAW_N_DTYPES || proto->data_location)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "tensor \"%.80s\": %s", name,
                   proto->data_location ? "its data is in another file" : "an element type that Thaw does not read");
      return NULL;
    }
  if (!tensor_shape (proto, &shape) || !thaw_shape_check (&shape, thaw_dtype_size (dtype), &wanted) || wanted != bytes)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "tensor \"%.80s\": its data does not have the size of its shape", name);
      return NULL;
    }
  raw = thaw_tensor_try_new (dtype, &shape, error);
  if (!raw)
    return NULL;
  if (bytes)
    memcpy (raw->data, data, bytes);
  return widen (raw);
}

const ThawOnnx__Attribute *
thaw_onnx_attribute (const ThawOnnx__Node *node, const char *name)
{
  for (gsize i = 0; i < node->n_attribute; i++)
    if (g_strcmp0 (node->attribute[i]->name, name) == 0)
      return node->attribute[i];
  return NULL;
}

gint64
thaw_onnx_get_int (const ThawOnnx__Node *node, const char *name, gint64 otherwise)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  return attribute && attribute->has_i ? attribute->i : otherwise;
}

double
thaw_onnx_get_float (const ThawOnnx__Node *node, const char *name, double otherwise)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!attribute || !attribute->has_f)
    return otherwise;
  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.7g", attribute->f), NULL);
}

gboolean
thaw_onnx_get_ints (const ThawOnnx__Node *node, const char *name, int *out, gsize n)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  if (!attribute || attribute->n_ints != n)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    out[i] = (int) CLAMP (attribute->ints[i], G_MININT, G_MAXINT);
  return TRUE;
}

gboolean
thaw_onnx_string_is (const ThawOnnx__Node *node, const char *name, const char *value)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  return attribute && attribute->has_s && attribute->s.len == strlen (value)
         && memcmp (attribute->s.data, value, attribute->s.len) == 0;
}

gboolean *
thaw_onnx_needed (const ThawOnnx__Graph *graph, const char *target, const char *stop)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean *needed = g_new0 (gboolean, graph->n_node + 1);

  g_hash_table_add (wanted, (gpointer) target);
  for (gsize i = graph->n_node; i-- > 0;)
    {
      const ThawOnnx__Node *node = graph->node[i];

      for (gsize k = 0; k < node->n_output; k++)
        needed[i] |= *node->output[k] && g_strcmp0 (node->output[k], stop) != 0
                     && g_hash_table_contains (wanted, node->output[k]);
      for (gsize k = 0; needed[i] && k < node->n_input; k++)
        g_hash_table_add (wanted, node->input[k]);
    }
  return needed;
}

const char *
thaw_onnx_metadata (const ThawOnnx__Model *model, const char *key)
{
  for (gsize i = 0; i < model->n_metadata_props; i++)
    if (g_strcmp0 (model->metadata_props[i]->key, key) == 0)
      return model->metadata_props[i]->value;
  return NULL;
}
