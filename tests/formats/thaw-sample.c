/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-sample.h"

#include <string.h>
#include <zlib.h>

static void
put (GString *out, guint64 value, gsize bytes)
{
  for (gsize i = 0; i < bytes; i++, value >>= 8)
    g_string_append_c (out, (char) value);
}

static void
put_text (GString *out, const char *text)
{
  g_string_append_c (out, 'X');
  put (out, strlen (text), 4);
  g_string_append (out, text);
}

static void
put_long (GString *out, gint64 value)
{
  g_string_append (out, "\x8a\x08");
  put (out, value, 8);
}

static void
put_tuple (GString *out, const gint64 *values, int n)
{
  g_string_append_c (out, '(');
  for (int i = 0; i < n; i++)
    put_long (out, values[i]);
  g_string_append_c (out, 't');
}

GString *
thaw_sample_pickle (const ThawSampleTensor *tensor)
{
  GString *out = g_string_new ("\x80\x02}(");

  put_text (out, "w");
  g_string_append (out, "ctorch._utils\n_rebuild_tensor_v2\n((");
  put_text (out, "storage");
  g_string_append_printf (out, "ctorch\n%s\n", tensor->storage);
  put_text (out, "0");
  put_text (out, "cpu");
  put_long (out, tensor->elements);
  g_string_append (out, "tQ");
  put_long (out, tensor->offset);
  put_tuple (out, tensor->size, tensor->rank);
  put_tuple (out, tensor->stride, tensor->rank);
  g_string_append (out, "\x89}tRu.");
  return out;
}

GString *
thaw_sample_call (const char *module, const char *name)
{
  GString *out = g_string_new ("\x80\x02");

  g_string_append_printf (out, "c%s\n%s\n", module, name);
  put_text (out, "id");
  g_string_append (out, "\x85R.");
  return out;
}

GBytes *
thaw_sample_legacy (const GString *pickle, guint64 elements, gsize n)
{
  GString *out = g_string_new ("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}");

  put_text (out, "little_endian");
  g_string_append (out, "\x88s.");
  g_string_append_len (out, pickle->str, pickle->len);
  g_string_append (out, "\x80\x02]");
  put_text (out, "0");
  g_string_append (out, "a.");
  put (out, elements, 8);
  for (gsize i = 0; i < n; i++)
    g_string_append_c (out, (char) i);
  return g_string_free_to_bytes (out);
}

typedef struct
{
  gsize   offset, compressed, size;
  guint32 crc;
} Written;

static void
put_content (GString *out, const ThawSampleEntry *entry, Written *written)
{
  uLongf room = compressBound (entry->n);
  g_autofree guint8 *packed = g_malloc (room);
  z_stream stream = { .next_in = (Bytef *) entry->data, .avail_in = entry->n, .next_out = packed, .avail_out = room };

  written->compressed = entry->n;
  if (!entry->deflate)
    {
      g_string_append_len (out, entry->data, entry->n);
      return;
    }
  g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), ==, Z_OK);
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  written->compressed = stream.total_out;
  deflateEnd (&stream);
  g_string_append_len (out, (char *) packed, written->compressed);
}

static void
put_sizes (GString *out, const ThawSampleEntry *entry, const Written *written)
{
  put (out, 0, 2);                      /* flags */
  put (out, entry->deflate ? 8 : 0, 2); /* method */
  put (out, 0, 4);                      /* time */
  put (out, written->crc, 4);
  put (out, written->compressed, 4);
  put (out, written->size, 4);
  put (out, strlen (entry->name), 2);
  put (out, 0, 2);                      /* extra */
}

static void
put_central (GString *out, const ThawSampleEntry *entry, const Written *written)
{
  put (out, 0x02014b50, 4);
  put (out, 20 << 16 | 20, 4);
  put_sizes (out, entry, written);
  put (out, 0, 2 + 2 + 2 + 4);          /* comment, disk, attributes */
  put (out, written->offset, 4);
  g_string_append (out, entry->name);
}

GBytes *
thaw_sample_archive (const ThawSampleEntry *entries, guint n)
{
  GString *out = g_string_new (NULL);
  g_autofree Written *written = g_new0 (Written, n);
  gsize directory;

  for (guint i = 0; i < n; i++)
    {
      gsize head = 30 + strlen (entries[i].name), start = out->len;
      GString *header = g_string_new (NULL);

      written[i].offset = start;
      written[i].size = entries[i].claimed ? entries[i].claimed : entries[i].n;
      written[i].crc = crc32 (0, (const Bytef *) entries[i].data, entries[i].n);
      for (gsize k = 0; k < head; k++)
        g_string_append_c (out, 0);
      put_content (out, &entries[i], &written[i]);
      put (header, 0x04034b50, 4);
      put (header, 20, 2);
      put_sizes (header, &entries[i], &written[i]);
      g_string_append (header, entries[i].name);
      memcpy (out->str + start, header->str, head);
      g_string_free (header, TRUE);
    }
  directory = out->len;
  for (guint i = 0; i < n; i++)
    put_central (out, &entries[i], &written[i]);
  put (out, 0x06054b50, 4);
  put (out, 0, 4);
  put (out, n, 2);
  put (out, n, 2);
  put (out, out->len - 12 - directory, 4);
  put (out, directory, 4);
  put (out, 0, 2);
  return g_string_free_to_bytes (out);
}

GBytes *
thaw_sample_zip (const GString *pickle, gsize n, gboolean deflate)
{
  g_autofree char *zeros = g_malloc0 (MAX (n, 1));
  ThawSampleEntry entries[] = { { "archive/data.pkl", pickle->str, pickle->len, 0, deflate },
                                { "archive/data/0", zeros, n, 0, deflate } };

  return thaw_sample_archive (entries, G_N_ELEMENTS (entries));
}

static guint32
get (const guint8 *data, gsize bytes)
{
  guint32 value = 0;

  for (gsize i = bytes; i > 0; i--)
    value = value << 8 | data[i - 1];
  return value;
}

void
thaw_sample_repair_zip (guint8 *data, gsize n)
{
  for (gsize at = 0; n >= 46 && at <= n - 46; at++)
    {
      gsize local, start, size;
      guint32 crc;

      if (get (data + at, 4) != 0x02014b50 || get (data + at + 10, 2) != 0)
        continue;
      local = get (data + at + 42, 4);
      size = get (data + at + 20, 4);
      if (local + 30 > n)
        continue;
      start = local + 30 + get (data + local + 26, 2) + get (data + local + 28, 2);
      if (start > n || size > n - start)
        continue;
      crc = crc32 (0, data + start, size);
      for (int i = 0; i < 4; i++)
        data[at + 16 + i] = (guint8) (crc >> 8 * i);
    }
}

GBytes *
thaw_sample_safetensors (const char *header, guint64 length, gsize n)
{
  GString *out = g_string_new (NULL);

  put (out, length ? length : strlen (header), 8);
  g_string_append (out, header);
  for (gsize i = 0; i < n; i++)
    g_string_append_c (out, (char) i);
  return g_string_free_to_bytes (out);
}
