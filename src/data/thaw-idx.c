/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-idx.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>
#include <zlib.h>

#include "thaw-file.h"

#define UNSIGNED_BYTE 8
#define MOST_BYTES ((gsize) 2 << 30)
#define MOST_ITEMS 10000000
/* Deflate cannot do better: a header that promises more than this for each packed byte lies. */
#define MOST_RATIO 1032
#define N_KEPT 4

typedef struct
{
  char *path;
  gint64 size, mtime;
  ThawIdx *idx;
} Kept;

/* The last used comes first. */
static GMutex kept_mutex;
static Kept kept[N_KEPT];

ThawIdx *
thaw_idx_ref (ThawIdx *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_idx_unref (ThawIdx *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_bytes_unref (self->bytes);
  g_free (self);
}

static gboolean
fail (GError **error, const char *reason)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "not an IDX file that can be used: %s",
               reason);
  return FALSE;
}

static gsize
header_bytes (int rank)
{
  return 4 + 4 * (gsize) rank;
}

/* Reads the header and says how long the whole must be. */
static gboolean
read_header (ThawIdx *self, const guint8 *data, gsize length, int rank, gsize *total,
             GError **error)
{
  gsize n = 1;

  if (length < header_bytes (rank))
    return fail (error, "it ends within its header");
  if (data[0] || data[1] || data[2] != UNSIGNED_BYTE || data[3] != rank)
    return fail (error, rank == 1 ? "labels must be bytes in one dimension"
                                  : "pictures must be bytes in three dimensions");
  for (int i = 0; i < 3; i++)
    {
      const guint8 *at = data + 4 + 4 * i;

      self->dim[i]
          = i < rank ? (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8 | at[3]
                     : 1;
      if (!thaw_size_mul (n, self->dim[i], &n))
        return fail (error, "its sizes are beyond all measure");
    }
  if (self->dim[0] > MOST_ITEMS)
    return fail (error, "it promises more than ten million items");
  if (n == 0)
    return fail (error, "it is empty");
  if (!thaw_size_add (n, header_bytes (rank), total) || *total > MOST_BYTES)
    return fail (error, "it promises more than 2 GiB");
  return TRUE;
}

/* @length bytes into @target; exactly that much where @last. */
static gboolean
inflate_part (z_stream *stream, guint8 *target, gsize length, gboolean last, GError **error)
{
  guint8 beyond;
  int code;

  stream->next_out = target;
  stream->avail_out = length;
  code = inflate (stream, Z_NO_FLUSH);
  if (stream->avail_out > 0)
    return fail (error, code == Z_DATA_ERROR ? "its gzip data are damaged"
                                             : "it is shorter than its header says");
  if (!last || code == Z_STREAM_END)
    return TRUE;
  stream->next_out = &beyond;
  stream->avail_out = 1;
  code = inflate (stream, Z_NO_FLUSH);
  if (code == Z_STREAM_END && stream->avail_out == 1)
    return TRUE;
  if (stream->avail_out == 0)
    return fail (error, "it is longer than its header says");
  return fail (error,
               code == Z_DATA_ERROR ? "its gzip data are damaged" : "its gzip data end early");
}

static GBytes *
inflate_all (z_stream *stream, gsize packed, int rank, GError **error)
{
  guint8 header[16];
  ThawIdx idx;
  gsize total;
  g_autofree guint8 *data = NULL;

  if (!inflate_part (stream, header, header_bytes (rank), FALSE, error))
    return NULL;
  if (!read_header (&idx, header, header_bytes (rank), rank, &total, error))
    return NULL;
  data = total / MOST_RATIO <= packed ? g_try_malloc (total) : NULL;
  if (!data)
    {
      fail (error, "it promises more than it can hold");
      return NULL;
    }
  memcpy (data, header, header_bytes (rank));
  if (!inflate_part (stream, data + header_bytes (rank), total - header_bytes (rank), TRUE, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), total);
}

static GBytes *
unpack (GBytes *bytes, int rank, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  z_stream stream = { .next_in = (guint8 *) data, .avail_in = length };
  GBytes *unpacked;

  if (length < 2 || data[0] != 0x1F || data[1] != 0x8B)
    return g_bytes_ref (bytes);
  if (length > G_MAXUINT || inflateInit2 (&stream, 16 + MAX_WBITS) != Z_OK)
    {
      fail (error, "it cannot be unpacked");
      return NULL;
    }
  unpacked = inflate_all (&stream, length, rank, error);
  inflateEnd (&stream);
  return unpacked;
}

ThawIdx *
thaw_idx_parse (GBytes *bytes, int rank, GError **error)
{
  g_autoptr (GBytes) unpacked = unpack (bytes, rank, error);
  g_autofree ThawIdx *self = g_new0 (ThawIdx, 1);
  const guint8 *data;
  gsize length, total;

  if (!unpacked)
    return NULL;
  data = g_bytes_get_data (unpacked, &length);
  if (!read_header (self, data, length, rank, &total, error))
    return NULL;
  if (length != total)
    {
      fail (error, length < total ? "it is shorter than its header says"
                                  : "it is longer than its header says");
      return NULL;
    }
  self->values = data + header_bytes (rank);
  self->bytes = g_steal_pointer (&unpacked);
  g_atomic_ref_count_init (&self->references);
  return g_steal_pointer (&self);
}

static ThawIdx *
read_pictures (const char *path, ThawFileInfo *info, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_read (path, info, error);

  return bytes ? thaw_idx_parse (bytes, 3, error) : NULL;
}

/* Puts entry @i first. */
static Kept *
use_kept (int i)
{
  Kept entry = kept[i];

  memmove (kept + 1, kept, i * sizeof *kept);
  kept[0] = entry;
  return &kept[0];
}

static ThawIdx *
open_locked (const char *path, const ThawFileInfo *now, GError **error)
{
  ThawFileInfo info;
  ThawIdx *idx;
  Kept *entry;
  int i;

  for (i = 0; i < N_KEPT - 1; i++)
    if (!kept[i].path || strcmp (kept[i].path, path) == 0)
      break;
  entry = use_kept (i);
  if (entry->path && strcmp (entry->path, path) == 0 && entry->size == now->size
      && entry->mtime == now->mtime)
    return thaw_idx_ref (entry->idx);
  g_clear_pointer (&entry->path, g_free);
  g_clear_pointer (&entry->idx, thaw_idx_unref);
  idx = read_pictures (path, &info, error);
  if (!idx)
    return NULL;
  *entry = (Kept){ g_strdup (path), info.size, info.mtime, thaw_idx_ref (idx) };
  return idx;
}

ThawIdx *
thaw_idx_open (const char *path, gint64 *size, gint64 *mtime, GError **error)
{
  ThawFileInfo info;
  ThawIdx *idx;

  if (!thaw_file_info (path, &info, error))
    return NULL;
  g_mutex_lock (&kept_mutex);
  idx = open_locked (path, &info, error);
  g_mutex_unlock (&kept_mutex);
  *size = info.size;
  *mtime = info.mtime;
  return idx;
}
