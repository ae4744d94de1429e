/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ThawCursor:
 *
 * A place in a piece of memory that came from a file. Nothing is read beyond its end: what asks for more than is left gets
 * FALSE (or NULL) and moves nothing. Numbers are little-endian.
 */
typedef struct
{
  const guint8 *data;
  gsize         size;
  gsize         at;
} ThawCursor;

void          thaw_cursor_init       (ThawCursor *self, const guint8 *data, gsize size);
void          thaw_cursor_init_bytes (ThawCursor *self, GBytes *bytes);
gsize         thaw_cursor_left       (const ThawCursor *self);
gboolean      thaw_cursor_seek       (ThawCursor *self, gsize at);
/* the next @n bytes, which are passed */
const guint8 *thaw_cursor_take       (ThawCursor *self, gsize n);
gboolean      thaw_cursor_u8         (ThawCursor *self, guint8 *out);
gboolean      thaw_cursor_u16        (ThawCursor *self, guint16 *out);
gboolean      thaw_cursor_u32        (ThawCursor *self, guint32 *out);
gboolean      thaw_cursor_u64        (ThawCursor *self, guint64 *out);
/* up to the next newline, which is passed and not counted */
const char   *thaw_cursor_line       (ThawCursor *self, gsize *length);

/* What writes: the number's @bytes lowest bytes; more than eight are zeros behind it */
void          thaw_put               (GByteArray *out, guint64 value, guint bytes);

G_END_DECLS
