/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protobuf-c copies all bytes that a message has. So that a network's weights are not in memory twice, the message is written again without those of
 * its initializers, each of which says where they lie in the file instead. */
#include <thaw/thaw-error.h>

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
  gsize         begin; /* with what says which field it is */
  const guint8 *data;  /* of WIRE_BYTES */
  gsize         size;
} Field;

typedef gboolean (*ThinFunc) (GByteArray *out, const guint8 *file, const guint8 *data, gsize size);

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
read_field (ThawCursor *cursor, Field *field)
{
  guint64 tag, value;

  *field = (Field){ .begin = cursor->at };
  if (!read_varint (cursor, &tag))
    return FALSE;
  field->number = tag >> 3;
  field->wire = tag & 7;
  switch (field->wire)
    {
    case WIRE_VARINT: return read_varint (cursor, &value);
    case WIRE_8: return thaw_cursor_take (cursor, 8) != NULL;
    case WIRE_4: return thaw_cursor_take (cursor, 4) != NULL;
    case WIRE_BYTES:
      if (!read_varint (cursor, &value) || value > thaw_cursor_left (cursor))
        return FALSE;
      field->size = (gsize) value;
      field->data = cursor->data + cursor->at;
      return thaw_cursor_seek (cursor, cursor->at + field->size);
    default: return FALSE;
    }
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

static gboolean
thin_tensor (GByteArray *out, const guint8 *file, const guint8 *data, gsize size)
{
  ThawCursor cursor;
  Field field;

  thaw_cursor_init (&cursor, data, size);
  while (thaw_cursor_left (&cursor) > 0)
    {
      if (!read_field (&cursor, &field))
        return FALSE;
      if (field.number == TENSOR_RAW_DATA && field.wire == WIRE_BYTES)
        {
          put_number (out, TENSOR_LIES_AT, (guint64) (field.data - file));
          put_number (out, TENSOR_LIES_SIZE, field.size);
        }
      /* ours alone: whoever else writes them does not know where anything lies */
      else if (field.number != TENSOR_LIES_AT && field.number != TENSOR_LIES_SIZE)
        g_byte_array_append (out, data + field.begin, (guint) (cursor.at - field.begin));
    }
  return TRUE;
}

/* All fields as they are, but that each of @number is written by @thin */
static gboolean
thin_inside (GByteArray *out, const guint8 *file, const guint8 *data, gsize size, guint64 number, ThinFunc thin)
{
  ThawCursor cursor;
  Field field;

  thaw_cursor_init (&cursor, data, size);
  while (thaw_cursor_left (&cursor) > 0)
    {
      if (!read_field (&cursor, &field))
        return FALSE;
      if (field.number == number && field.wire == WIRE_BYTES)
        {
          g_autoptr (GByteArray) inner = g_byte_array_new ();

          if (!thin (inner, file, field.data, field.size))
            return FALSE;
          put_varint (out, number << 3 | WIRE_BYTES);
          put_varint (out, inner->len);
          g_byte_array_append (out, inner->data, inner->len);
        }
      else
        g_byte_array_append (out, data + field.begin, (guint) (cursor.at - field.begin));
    }
  return TRUE;
}

static gboolean
thin_graph (GByteArray *out, const guint8 *file, const guint8 *data, gsize size)
{
  return thin_inside (out, file, data, size, GRAPH_INITIALIZER, thin_tensor);
}

GByteArray *
thaw_onnx_thin (const guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  /* beyond that protobuf has no messages */
  if (size > G_MAXINT32 || !thin_inside (out, data, data, size, MODEL_GRAPH, thin_graph))
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
