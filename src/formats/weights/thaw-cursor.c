/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cursor.h"

#include <string.h>

void
thaw_cursor_init (ThawCursor *self, const guint8 *data, gsize size)
{
  self->data = data ? data : (const guint8 *) "";
  self->size = size;
  self->at = 0;
}

void
thaw_cursor_init_bytes (ThawCursor *self, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  thaw_cursor_init (self, data, size);
}

gsize
thaw_cursor_left (const ThawCursor *self)
{
  return self->size - self->at;
}

gboolean
thaw_cursor_seek (ThawCursor *self, gsize at)
{
  if (at > self->size)
    return FALSE;
  self->at = at;
  return TRUE;
}

const guint8 *
thaw_cursor_take (ThawCursor *self, gsize n)
{
  const guint8 *start = self->data + self->at;

  if (n > thaw_cursor_left (self))
    return NULL;
  self->at += n;
  return start;
}

static gboolean
take_number (ThawCursor *self, gsize n, guint64 *out)
{
  const guint8 *bytes = thaw_cursor_take (self, n);
  guint64 value = 0;

  if (!bytes)
    return FALSE;
  for (gsize i = n; i > 0; i--)
    value = value << 8 | bytes[i - 1];
  *out = value;
  return TRUE;
}

#define DEFINE_NUMBER(name, type)                                                                  \
  gboolean thaw_cursor_##name (ThawCursor *self, type *out)                                        \
  {                                                                                                \
    guint64 value;                                                                                 \
                                                                                                   \
    if (!take_number (self, sizeof (type), &value))                                                \
      return FALSE;                                                                                \
    *out = (type) value;                                                                           \
    return TRUE;                                                                                   \
  }

DEFINE_NUMBER (u8, guint8)
DEFINE_NUMBER (u16, guint16)
DEFINE_NUMBER (u32, guint32)
DEFINE_NUMBER (u64, guint64)

const char *
thaw_cursor_line (ThawCursor *self, gsize *length)
{
  const char *start = (const char *) self->data + self->at;
  const char *end = memchr (start, '\n', thaw_cursor_left (self));

  if (!end)
    return NULL;
  *length = end - start;
  self->at += *length + 1;
  return start;
}

void
thaw_put (GByteArray *out, guint64 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++, value = i < 8 ? value >> 8 : 0)
    g_byte_array_append (out, &(guint8){ value & 255 }, 1);
}
