/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-zip.h"

#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>
#include <zlib.h>

#include "thaw-cursor.h"

#define END_SIGNATURE 0x06054b50
#define END64_SIGNATURE 0x06064b50
#define END64_LOCATOR_SIGNATURE 0x07064b50
#define CENTRAL_SIGNATURE 0x02014b50
#define LOCAL_SIGNATURE 0x04034b50
#define END_SIZE 22
#define LOCATOR_SIZE 20
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define FLAG_ENCRYPTED 1

typedef struct
{
  guint64 offset;      /* of the local header */
  guint64 compressed;
  guint64 size;
  guint32 crc;
  guint16 method;
  guint16 flags;
} Entry;

struct _ThawZip
{
  GBytes     *bytes;
  GHashTable *entries; /* name -> Entry */
};

static void
set_damaged (GError **error, const char *what)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a damaged ZIP archive: %s; if it was cut off, fetch it again", what);
}

/* Searched from the end, since a comment may follow it. */
static gboolean
find_end (ThawCursor *cursor)
{
  gsize least = cursor->size > END_SIZE + G_MAXUINT16 ? cursor->size - END_SIZE - G_MAXUINT16 : 0;

  for (gsize at = cursor->size < END_SIZE ? 0 : cursor->size - END_SIZE + 1; at > least; at--)
    {
      guint32 signature;

      if (thaw_cursor_seek (cursor, at - 1) && thaw_cursor_u32 (cursor, &signature) && signature == END_SIGNATURE)
        return TRUE;
    }
  return FALSE;
}

/* after the signature: this disk, directory's disk, entries here, entries, size, offset */
static gboolean
read_end (ThawCursor *cursor, guint64 *count, guint64 *offset)
{
  guint16 disk, directory_disk, here, entries;
  guint32 size, at;

  if (!thaw_cursor_u16 (cursor, &disk) || !thaw_cursor_u16 (cursor, &directory_disk) || !thaw_cursor_u16 (cursor, &here)
      || !thaw_cursor_u16 (cursor, &entries) || !thaw_cursor_u32 (cursor, &size) || !thaw_cursor_u32 (cursor, &at))
    return FALSE;
  *count = entries;
  *offset = at;
  return entries == here;
}

/* Where the plain record has no room for a number, the ZIP64 record before it has. @end: place of the plain record */
static gboolean
read_end64 (ThawCursor *cursor, gsize end, guint64 *count, guint64 *offset)
{
  guint32 signature, disk;
  guint64 at, size;

  if (*count != G_MAXUINT16 && *offset != G_MAXUINT32)
    return TRUE;
  return end >= LOCATOR_SIZE && thaw_cursor_seek (cursor, end - LOCATOR_SIZE)
         && thaw_cursor_u32 (cursor, &signature) && signature == END64_LOCATOR_SIGNATURE
         && thaw_cursor_u32 (cursor, &disk) && thaw_cursor_u64 (cursor, &at) && thaw_cursor_seek (cursor, at)
         && thaw_cursor_u32 (cursor, &signature) && signature == END64_SIGNATURE && thaw_cursor_u64 (cursor, &size)
         && thaw_cursor_take (cursor, 20) /* versions, disks, entries here */
         && thaw_cursor_u64 (cursor, count) && thaw_cursor_u64 (cursor, &size) && thaw_cursor_u64 (cursor, offset);
}

/* The extra field 1 has those of size, compressed size and offset that did not fit, in this order. */
static gboolean
read_extra64 (const guint8 *data, gsize n, Entry *entry)
{
  guint64 *wide[] = { &entry->size, &entry->compressed, &entry->offset };
  ThawCursor cursor;
  guint16 id, length;

  thaw_cursor_init (&cursor, data, n);
  while (thaw_cursor_u16 (&cursor, &id) && thaw_cursor_u16 (&cursor, &length))
    {
      if (id != 1 && !thaw_cursor_take (&cursor, length))
        return TRUE;
      for (guint i = 0; id == 1 && i < G_N_ELEMENTS (wide); i++)
        if (*wide[i] == G_MAXUINT32 && !thaw_cursor_u64 (&cursor, wide[i]))
          return FALSE;
      if (id == 1)
        return TRUE;
    }
  return TRUE;
}

typedef struct
{
  guint16 name, extra, comment;
} Lengths;

static gboolean
read_central_numbers (ThawCursor *cursor, Entry *entry, Lengths *lengths)
{
  guint32 signature, compressed, size, offset;

  if (!thaw_cursor_u32 (cursor, &signature) || signature != CENTRAL_SIGNATURE
      || !thaw_cursor_take (cursor, 4) /* versions */
      || !thaw_cursor_u16 (cursor, &entry->flags) || !thaw_cursor_u16 (cursor, &entry->method)
      || !thaw_cursor_take (cursor, 4) /* time */
      || !thaw_cursor_u32 (cursor, &entry->crc) || !thaw_cursor_u32 (cursor, &compressed) || !thaw_cursor_u32 (cursor, &size)
      || !thaw_cursor_u16 (cursor, &lengths->name) || !thaw_cursor_u16 (cursor, &lengths->extra)
      || !thaw_cursor_u16 (cursor, &lengths->comment) || !thaw_cursor_take (cursor, 8) /* disk, attributes */
      || !thaw_cursor_u32 (cursor, &offset))
    return FALSE;
  entry->compressed = compressed;
  entry->size = size;
  entry->offset = offset;
  return TRUE;
}

static gboolean
read_central (ThawZip *self, ThawCursor *cursor, GError **error)
{
  Entry entry;
  Lengths lengths;
  const guint8 *name, *extra;
  g_autofree char *key = NULL;

  if (!read_central_numbers (cursor, &entry, &lengths) || !(name = thaw_cursor_take (cursor, lengths.name))
      || !(extra = thaw_cursor_take (cursor, lengths.extra)) || !thaw_cursor_take (cursor, lengths.comment)
      || !read_extra64 (extra, lengths.extra, &entry))
    {
      set_damaged (error, "its directory cannot be read");
      return FALSE;
    }
  key = g_strndup ((const char *) name, lengths.name);
  if (g_hash_table_contains (self->entries, key))
    {
      set_damaged (error, "two entries have one name");
      return FALSE;
    }
  g_hash_table_insert (self->entries, g_steal_pointer (&key), g_memdup2 (&entry, sizeof entry));
  return TRUE;
}

static gboolean
read_directory (ThawZip *self, GError **error)
{
  guint64 count, offset;
  ThawCursor cursor;
  gsize end;

  thaw_cursor_init_bytes (&cursor, self->bytes);
  if (!find_end (&cursor))
    {
      set_damaged (error, "its end is missing");
      return FALSE;
    }
  end = cursor.at - 4;
  if (!read_end (&cursor, &count, &offset) || !read_end64 (&cursor, end, &count, &offset)
      || !thaw_cursor_seek (&cursor, offset))
    {
      set_damaged (error, "its directory is not where it says");
      return FALSE;
    }
  if (count > 2 * THAW_WEIGHTS_MAX_TENSORS)
    {
      set_damaged (error, "it has too many entries");
      return FALSE;
    }
  for (guint64 i = 0; i < count; i++)
    if (!read_central (self, &cursor, error))
      return FALSE;
  return TRUE;
}

ThawZip *
thaw_zip_open (GBytes *bytes, GError **error)
{
  g_autoptr (ThawZip) self = g_new0 (ThawZip, 1);

  self->bytes = g_bytes_ref (bytes);
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return read_directory (self, error) ? g_steal_pointer (&self) : NULL;
}

void
thaw_zip_free (ThawZip *self)
{
  g_hash_table_unref (self->entries);
  g_bytes_unref (self->bytes);
  g_free (self);
}

gboolean
thaw_zip_has (const ThawZip *self, const char *name)
{
  return g_hash_table_contains (self->entries, name);
}

const char *
thaw_zip_find (const ThawZip *self, const char *base, GError **error)
{
  const char *found = NULL;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *slash = strrchr (key, '/');

      if (!g_str_equal (slash ? slash + 1 : key, base))
        continue;
      if (found)
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a ZIP archive with two entries named %s", base);
          return NULL;
        }
      found = key;
    }
  if (!found)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "a ZIP archive without %s in it, so not one that torch.save() wrote", base);
  return found;
}

/* Where the entry's data begins: after the local header, whose own name and extra field may differ in length. */
static gboolean
find_data (ThawZip *self, const Entry *entry, gsize *at)
{
  guint16 name, extra;
  guint32 signature;
  ThawCursor cursor;

  thaw_cursor_init_bytes (&cursor, self->bytes);
  if (!thaw_cursor_seek (&cursor, entry->offset) || !thaw_cursor_u32 (&cursor, &signature) || signature != LOCAL_SIGNATURE
      || !thaw_cursor_take (&cursor, 22) || !thaw_cursor_u16 (&cursor, &name) || !thaw_cursor_u16 (&cursor, &extra)
      || !thaw_cursor_take (&cursor, (gsize) name + extra))
    return FALSE;
  *at = cursor.at;
  return thaw_cursor_take (&cursor, entry->compressed) != NULL;
}

static gboolean
inflate_all (const guint8 *from, gsize n, guint8 *to, gsize size)
{
  z_stream stream = { 0 };
  int status = Z_OK;

  if (inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return FALSE;
  /* zlib counts in 32 bits */
  while (status == Z_OK && (n > 0 || size > 0))
    {
      uInt in = MIN (n, 1u << 30), out = MIN (size, 1u << 30);

      stream.next_in = (Bytef *) from;
      stream.avail_in = in;
      stream.next_out = to;
      stream.avail_out = out;
      status = inflate (&stream, Z_NO_FLUSH);
      from += in - stream.avail_in, n -= in - stream.avail_in;
      to += out - stream.avail_out, size -= out - stream.avail_out;
    }
  inflateEnd (&stream);
  return status == Z_STREAM_END && size == 0;
}

static GBytes *
read_deflated (ThawZip *self, const Entry *entry, gsize at, ThawWeightsBudget *budget, GError **error)
{
  const guint8 *data = g_bytes_get_data (self->bytes, NULL);
  guint8 *output;

  if (!thaw_weights_budget_take (budget, entry->size, error))
    return NULL;
  /* one byte more: an empty entry still has a place to write to */
  output = g_try_malloc (entry->size + 1);
  if (output && inflate_all (data + at, entry->compressed, output, entry->size))
    return g_bytes_new_take (output, entry->size);
  g_free (output);
  set_damaged (error, "an entry does not unpack");
  return NULL;
}

static gboolean
check_crc (GBytes *content, guint32 crc)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);

  return crc32_z (0, data, size) == crc || (size == 0 && crc == 0);
}

GBytes *
thaw_zip_read (ThawZip *self, const char *name, ThawWeightsBudget *budget, GError **error)
{
  const Entry *entry = g_hash_table_lookup (self->entries, name);
  g_autoptr (GBytes) content = NULL;
  gsize at;

  if (!entry)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a damaged ZIP archive: '%s' is missing", name);
  else if ((entry->flags & FLAG_ENCRYPTED) || (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATED))
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a ZIP archive that is %s; pack it anew without",
                 (entry->flags & FLAG_ENCRYPTED) ? "encrypted" : "packed by another method than deflate");
  else if (!find_data (self, entry, &at) || (entry->method == METHOD_STORED && entry->size != entry->compressed))
    set_damaged (error, "an entry lies outside of it");
  else if (entry->method == METHOD_STORED)
    content = g_bytes_new_from_bytes (self->bytes, at, entry->size);
  else
    content = read_deflated (self, entry, at, budget, error);
  if (content && !check_crc (content, entry->crc))
    {
      g_clear_pointer (&content, g_bytes_unref);
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "a damaged ZIP archive: the checksum of '%s' is wrong; fetch the file again", name);
    }
  return g_steal_pointer (&content);
}
