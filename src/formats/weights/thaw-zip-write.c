/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <zlib.h>

#include "thaw-cursor.h"
#include "thaw-zip.h"

typedef struct
{
  char   *name;
  GBytes *content;
  guint32 crc, offset;
} Entry;

/* What both headers have: version, flags, method, time, checksum, sizes, lengths of name and extra field */
static void
append_common (GByteArray *to, const Entry *entry)
{
  guint64 size = g_bytes_get_size (entry->content);

  thaw_put (to, 20, 2);
  thaw_put (to, 0, 4);
  thaw_put (to, 0x00210000, 4); /* 1 January 1980 */
  thaw_put (to, entry->crc, 4);
  thaw_put (to, size, 4);
  thaw_put (to, size, 4);
  thaw_put (to, strlen (entry->name), 2);
  thaw_put (to, 0, 2);
}

static void
append_local (GByteArray *to, Entry *entry)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (entry->content, &size);

  entry->offset = to->len;
  entry->crc = (guint32) crc32_z (0, data, size);
  thaw_put (to, 0x04034b50, 4);
  append_common (to, entry);
  g_byte_array_append (to, (const guint8 *) entry->name, strlen (entry->name));
  if (size > 0)
    g_byte_array_append (to, data, size);
}

static void
append_central (GByteArray *to, const Entry *entry)
{
  thaw_put (to, 0x02014b50, 4);
  thaw_put (to, 20, 2);
  append_common (to, entry);
  thaw_put (to, 0, 2 + 2 + 2 + 4); /* comment, disk, attributes */
  thaw_put (to, entry->offset, 4);
  g_byte_array_append (to, (const guint8 *) entry->name, strlen (entry->name));
}

static void
append_end (GByteArray *to, guint n, guint32 directory)
{
  guint32 size = to->len - directory;

  thaw_put (to, 0x06054b50, 4);
  thaw_put (to, 0, 4);
  thaw_put (to, n, 2);
  thaw_put (to, n, 2);
  thaw_put (to, size, 4);
  thaw_put (to, directory, 4);
  thaw_put (to, 0, 2);
}

GBytes *
thaw_zip_append (GBytes *before, const char *const *names, GBytes *const *contents, GError **error)
{
  guint n = g_strv_length ((char **) names);
  g_autofree Entry *entries = g_new0 (Entry, n);
  g_autoptr (GByteArray) file = NULL;
  guint64 total = g_bytes_get_size (before);
  guint32 directory;

  for (guint i = 0; i < n; i++)
    total += g_bytes_get_size (contents[i]) + 2 * strlen (names[i]) + 128;
  if (total > G_MAXINT32 || n > G_MAXUINT16)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, "files of more than 2 GB in all");
      return NULL;
    }
  file = g_byte_array_sized_new ((guint) total);
  g_byte_array_append (file, g_bytes_get_data (before, NULL), (guint) g_bytes_get_size (before));
  for (guint i = 0; i < n; i++)
    {
      entries[i] = (Entry){ (char *) names[i], contents[i], 0, 0 };
      append_local (file, &entries[i]);
    }
  directory = file->len;
  for (guint i = 0; i < n; i++)
    append_central (file, &entries[i]);
  append_end (file, n, directory);
  return g_byte_array_free_to_bytes (g_steal_pointer (&file));
}

GBytes *
thaw_zip_write (const char *const *names, GBytes *const *contents, GError **error)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

  return thaw_zip_append (nothing, names, contents, error);
}
