/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protobuf-c copies all bytes that a message has. So that a network's weights are not in memory twice, the message is written again without those of
 * its initializers, each of which says where they lie in the file instead. */
#include "formats/weights/thaw-cursor.h"
#include "thaw-onnx.h"

/* Fields of onnx.proto */
enum { MODEL_GRAPH = 7, GRAPH_INITIALIZER = 5, TENSOR_RAW_DATA = 9, TENSOR_LIES_AT = 1000, TENSOR_LIES_SIZE = 1001 };
/* How protobuf writes a field */
enum { WIRE_VARINT = 0, WIRE_8 = 1, WIRE_BYTES = 2, WIRE_4 = 5 };

#define MOST_IN_VARINT 10

typedef struct
{
  guint64       number;
  int           wire;
  const guint8 *start; /* with what says which field it is */
  gsize         whole;
  const guint8 *data;  /* of WIRE_BYTES */
  gsize         size;
} Field;

/* FALSE: it is damaged inside */
typedef gboolean (*WriteFunc) (GByteArray *out, const guint8 *file, const Field *field);

static gboolean
read_varint (ThawCursor *cursor, guint64 *out)
{
  guint8 byte;

  *out = 0;
  for (guint i = 0; i < MOST_IN_VARINT; i++)
    {
      if (!thaw_cursor_u8 (cursor, &byte))
        return FALSE;
      *out |= (guint64) (byte & 0x7f) << (7 * i);
      if (!(byte & 0x80))
        return TRUE;
    }
  return FALSE;
}

static gboolean
read_bytes (ThawCursor *cursor, Field *field)
{
  guint64 size;

  if (!read_varint (cursor, &size) || size > thaw_cursor_left (cursor))
    return FALSE;
  field->size = (gsize) size;
  field->data = cursor->data + cursor->at;
  return thaw_cursor_seek (cursor, cursor->at + field->size);
}

static gboolean
read_value (ThawCursor *cursor, Field *field)
{
  guint64 value;

  switch (field->wire)
    {
    case WIRE_VARINT: return read_varint (cursor, &value);
    case WIRE_8: return thaw_cursor_take (cursor, 8) != NULL;
    case WIRE_4: return thaw_cursor_take (cursor, 4) != NULL;
    case WIRE_BYTES: return read_bytes (cursor, field);
    default: return FALSE;
    }
}

static gboolean
read_field (ThawCursor *cursor, Field *field)
{
  const gsize begin = cursor->at;
  guint64 tag;

  *field = (Field){ .start = cursor->data + begin };
  if (!read_varint (cursor, &tag))
    return FALSE;
  field->number = tag >> 3;
  field->wire = tag & 7;
  if (!read_value (cursor, field))
    return FALSE;
  field->whole = cursor->at - begin;
  return TRUE;
}

static void
put_varint (GByteArray *out, guint64 value)
{
  for (; value >= 0x80; value >>= 7)
    thaw_put (out, (value & 0x7f) | 0x80, 1);
  thaw_put (out, value, 1);
}

static void
put_number (GByteArray *out, guint64 field, guint64 value)
{
  put_varint (out, field << 3 | WIRE_VARINT);
  put_varint (out, value);
}

/* All fields, each as @write writes it */
static gboolean
write_fields (GByteArray *out, const guint8 *file, const guint8 *data, gsize size, WriteFunc write)
{
  ThawCursor cursor;
  Field field;

  thaw_cursor_init (&cursor, data, size);
  while (thaw_cursor_left (&cursor) > 0)
    if (!read_field (&cursor, &field) || !write (out, file, &field))
      return FALSE;
  return TRUE;
}

static gboolean
write_as_it_is (GByteArray *out, const Field *field)
{
  g_byte_array_append (out, field->start, (guint) field->whole);
  return TRUE;
}

/* A field that is a message itself */
static gboolean
write_inside (GByteArray *out, const guint8 *file, const Field *field, WriteFunc write)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();

  if (!write_fields (inner, file, field->data, field->size, write))
    return FALSE;
  put_varint (out, field->number << 3 | WIRE_BYTES);
  put_varint (out, inner->len);
  g_byte_array_append (out, inner->data, inner->len);
  return TRUE;
}

static gboolean
write_in_tensor (GByteArray *out, const guint8 *file, const Field *field)
{
  /* ours alone: whoever else writes them does not know where anything lies */
  if (field->number == TENSOR_LIES_AT || field->number == TENSOR_LIES_SIZE)
    return TRUE;
  if (field->number != TENSOR_RAW_DATA || field->wire != WIRE_BYTES)
    return write_as_it_is (out, field);
  put_number (out, TENSOR_LIES_AT, (guint64) (field->data - file));
  put_number (out, TENSOR_LIES_SIZE, field->size);
  return TRUE;
}

static gboolean
write_in_graph (GByteArray *out, const guint8 *file, const Field *field)
{
  return field->number == GRAPH_INITIALIZER && field->wire == WIRE_BYTES ? write_inside (out, file, field, write_in_tensor) : write_as_it_is (out, field);
}

static gboolean
write_in_model (GByteArray *out, const guint8 *file, const Field *field)
{
  return field->number == MODEL_GRAPH && field->wire == WIRE_BYTES ? write_inside (out, file, field, write_in_graph) : write_as_it_is (out, field);
}

GByteArray *
thaw_onnx_thin (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  /* beyond that protobuf has no messages */
  if (size > G_MAXINT32 || !write_fields (out, data, data, size, write_in_model))
    return NULL;
  return g_steal_pointer (&out);
}

void
thaw_onnx_point_at_file (ThawOnnx__Graph *graph, const guint8 *data)
{
  for (gsize i = 0; i < graph->n_initializer; i++)
    {
      ThawOnnx__Tensor *tensor = graph->initializer[i];

      if (!tensor->has_lies_at || !tensor->has_lies_size)
        continue;
      tensor->has_raw_data = TRUE;
      tensor->raw_data = (ProtobufCBinaryData){ tensor->lies_size, (guint8 *) data + tensor->lies_at };
    }
}

void
thaw_onnx_model_free (ThawOnnx__Model *model)
{
  for (gsize i = 0; model && model->graph && i < model->graph->n_initializer; i++)
    if (model->graph->initializer[i]->has_lies_at)
      model->graph->initializer[i]->raw_data = (ProtobufCBinaryData){ 0, NULL };
  thaw_onnx__model__free_unpacked (model, NULL);
}
