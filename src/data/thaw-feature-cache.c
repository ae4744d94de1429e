/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thaw/thaw-feature-cache.h>
#include <thaw/thaw-size.h>
#include <unistd.h>
#include <zlib.h>

#include "thaw-feature-cache-files.h"

/* The file: one FileHeader, then slots of SlotHeader and record, each a multiple of 64 bytes. It is read and
 * written by position, never mapped: what shrinks or cannot be read gives a short count, not a signal,
 * and the page cache behind both is the same. */

#define MAGIC "ThawFeat"
#define VERSION 1
#define SLOT_MAGIC 0x534c4f54u
#define ALIGN 64
#define RESERVE_BYTES ((gsize) 8 << 20)

typedef struct
{
  char    magic[8];
  guint32 version, reserved;
  guint64 record_bytes;
  char    key[40];
} FileHeader;

typedef struct
{
  guint8  hash[32];
  guint32 variant;
  guint32 magic;
  guint32 crc;      /* of hash, variant and record */
  guint32 reserved[5];
} SlotHeader;

G_STATIC_ASSERT (sizeof (FileHeader) == ALIGN && sizeof (SlotHeader) == ALIGN);

typedef struct
{
  guint8  hash[32];
  guint32 variant;
  gint64  slot;     /* in the file; -1: none */
  void   *record;   /* in memory; NULL: not */
} Entry;

struct _ThawFeatureCache
{
  GMutex      mutex;
  GHashTable *entries;    /* Entry -> itself */
  gsize       record_bytes, slot_bytes;
  gsize       memory, memory_used;

  int         fd;         /* -1: no file */
  gboolean    writer;
  gsize       disk;
  gint64      n_slots;
  gsize       reserved;   /* bytes of the file that the disk has set aside */
  char       *path;
  char       *warning;
};

static guint
entry_hash (gconstpointer data)
{
  const Entry *self = data;
  guint hash;

  memcpy (&hash, self->hash, sizeof hash);
  return hash + self->variant * 0x9E3779B9u;
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  return x->variant == y->variant && memcmp (x->hash, y->hash, sizeof x->hash) == 0;
}

static void
entry_free (gpointer data)
{
  Entry *self = data;

  thaw_aligned_free (self->record);
  g_free (self);
}

static void
entry_key (Entry *entry, const char *hash, guint32 variant)
{
  g_assert (strlen (hash) == 64);
  for (int i = 0; i < 32; i++)
    entry->hash[i] = g_ascii_xdigit_value (hash[2 * i]) << 4 | g_ascii_xdigit_value (hash[2 * i + 1]);
  entry->variant = variant;
}

static guint32
slot_crc (const SlotHeader *header, const void *record, gsize bytes)
{
  uLong crc = crc32_z (0, (const Bytef *) header, G_STRUCT_OFFSET (SlotHeader, magic));

  return crc32_z (crc, record, bytes);
}

static gboolean
read_at (int fd, void *data, gsize bytes, gsize offset)
{
  for (gsize done = 0; done < bytes;)
    {
      gssize n = pread (fd, (char *) data + done, bytes - done, offset + done);

      if (n == 0 || (n < 0 && errno != EINTR))
        return FALSE;
      done += MAX (n, 0);
    }
  return TRUE;
}

static gboolean
write_at (int fd, const void *data, gsize bytes, gsize offset)
{
  for (gsize done = 0; done < bytes;)
    {
      gssize n = pwrite (fd, (const char *) data + done, bytes - done, offset + done);

      if (n < 0 && errno != EINTR)
        return FALSE;
      done += MAX (n, 0);
    }
  return TRUE;
}

/* Under the mutex. What is in the file stays readable. */
static void
stop_writing (ThawFeatureCache *self, int code)
{
  self->writer = FALSE;
  if (!self->warning)
    self->warning = g_strdup_printf ("%s: the features cannot be kept on disk (%s); going on in memory. Free space, or choose "
                                     "another folder for the cache",
                                     self->path, g_strerror (code));
}

static gsize
slot_offset (const ThawFeatureCache *self, gint64 slot)
{
  return sizeof (FileHeader) + slot * self->slot_bytes;
}

static void
fill_header (FileHeader *header, const char *key, gsize record_bytes)
{
  memset (header, 0, sizeof *header);
  memcpy (header->magic, MAGIC, 8);
  header->version = VERSION;
  header->record_bytes = record_bytes;
  g_strlcpy (header->key, key, sizeof header->key);
}

/* Counts the slots and notes what each holds; slots that were set aside and never written have no magic. */
static void
read_slots (ThawFeatureCache *self)
{
  struct stat info;
  gint64 n;

  if (fstat (self->fd, &info) != 0)
    return;
  self->reserved = info.st_size;
  n = ((gint64) info.st_size - (gint64) sizeof (FileHeader)) / (gint64) self->slot_bytes;
  for (gint64 slot = 0; slot < n; slot++)
    {
      SlotHeader header;
      Entry *entry;

      if (!read_at (self->fd, &header, sizeof header, slot_offset (self, slot)) || header.magic != SLOT_MAGIC)
        continue;
      entry = g_new0 (Entry, 1);
      memcpy (entry->hash, header.hash, sizeof entry->hash);
      entry->variant = header.variant;
      entry->slot = slot;
      g_hash_table_replace (self->entries, entry, entry);
      self->n_slots = slot + 1;
    }
}

static void
open_file (ThawFeatureCache *self, const char *key)
{
  FileHeader wanted, found;

  self->fd = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->fd < 0)
    {
      stop_writing (self, errno);
      return;
    }
  self->writer = flock (self->fd, LOCK_EX | LOCK_NB) == 0;
  fill_header (&wanted, key, self->record_bytes);
  if (read_at (self->fd, &found, sizeof found, 0) && memcmp (&found, &wanted, sizeof found) == 0)
    {
      read_slots (self);
      futimens (self->fd, NULL);
    }
  else if (self->writer && (ftruncate (self->fd, 0) != 0 || !write_at (self->fd, &wanted, sizeof wanted, 0)))
    stop_writing (self, errno);
}

ThawFeatureCache *
thaw_feature_cache_open (const char *directory, const char *key, gsize record_bytes, gsize memory, gsize disk, GError **error)
{
  g_autofree char *folder = thaw_feature_cache_directory (directory);
  g_autofree char *name = g_strconcat (key, THAW_FEATURE_SUFFIX, NULL);
  ThawFeatureCache *self = g_new0 (ThawFeatureCache, 1);

  g_mutex_init (&self->mutex);
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, entry_free, NULL);
  self->record_bytes = record_bytes;
  self->slot_bytes = (sizeof (SlotHeader) + record_bytes + ALIGN - 1) / ALIGN * ALIGN;
  self->memory = memory;
  self->disk = disk;
  self->fd = -1;
  self->path = g_build_filename (folder, name, NULL);
  if (disk == 0)
    return self;
  if (g_mkdir_with_parents (folder, 0700) != 0)
    stop_writing (self, errno);
  else
    {
      thaw_feature_cache_trim_except (folder, disk, name, NULL);
      open_file (self, key);
    }
  return self;
}

void
thaw_feature_cache_close (ThawFeatureCache *self)
{
  if (self->fd >= 0)
    {
      /* gives back what was set aside and not used */
      if (self->writer && ftruncate (self->fd, slot_offset (self, self->n_slots)) != 0)
        g_debug ("%s: %s", self->path, g_strerror (errno));
      close (self->fd);
    }
  g_hash_table_unref (self->entries);
  g_mutex_clear (&self->mutex);
  g_free (self->path);
  g_free (self->warning);
  g_free (self);
}

/* Under the mutex */
static void
keep_in_memory (ThawFeatureCache *self, Entry *entry, const void *record)
{
  if (entry->record || self->memory - self->memory_used < self->record_bytes)
    return;
  entry->record = thaw_aligned_alloc (self->record_bytes);
  memcpy (entry->record, record, self->record_bytes);
  self->memory_used += self->record_bytes;
}

static gboolean
read_slot (const ThawFeatureCache *self, const Entry *entry, gint64 slot, void *record)
{
  SlotHeader header;

  return read_at (self->fd, &header, sizeof header, slot_offset (self, slot))
         && read_at (self->fd, record, self->record_bytes, slot_offset (self, slot) + sizeof header)
         && header.magic == SLOT_MAGIC && header.variant == entry->variant
         && memcmp (header.hash, entry->hash, sizeof header.hash) == 0
         && header.crc == slot_crc (&header, record, self->record_bytes);
}

/* Takes the result of reading @slot, done without the mutex, into account. */
static gboolean
finish_read (ThawFeatureCache *self, const Entry *key, gint64 slot, const void *record, gboolean good)
{
  Entry *entry;

  g_mutex_lock (&self->mutex);
  entry = g_hash_table_lookup (self->entries, key);
  if (entry && good)
    keep_in_memory (self, entry, record);
  else if (entry && entry->slot == slot && !entry->record)
    g_hash_table_remove (self->entries, key);
  g_mutex_unlock (&self->mutex);
  return good;
}

gboolean
thaw_feature_cache_get (ThawFeatureCache *self, const char *hash, guint32 variant, void *record)
{
  Entry key = { .slot = -1 }, *entry;
  gint64 slot = -1;

  entry_key (&key, hash, variant);
  g_mutex_lock (&self->mutex);
  entry = g_hash_table_lookup (self->entries, &key);
  if (entry && entry->record)
    memcpy (record, entry->record, self->record_bytes);
  else if (entry)
    slot = entry->slot;
  g_mutex_unlock (&self->mutex);
  if (slot < 0)
    return entry != NULL;
  return finish_read (self, &key, slot, record, read_slot (self, &key, slot, record));
}

gboolean
thaw_feature_cache_has (ThawFeatureCache *self, const char *hash, guint32 variant)
{
  Entry key = { .slot = -1 };
  gboolean has;

  entry_key (&key, hash, variant);
  g_mutex_lock (&self->mutex);
  has = g_hash_table_contains (self->entries, &key);
  g_mutex_unlock (&self->mutex);
  return has;
}

/* Space is set aside some megabytes ahead, so that a full disk is met here and not in the middle of a record. */
static gboolean
reserve (ThawFeatureCache *self, gsize end)
{
  int code;

  if (end <= self->reserved)
    return TRUE;
  code = posix_fallocate (self->fd, 0, MAX (end, MIN (end + RESERVE_BYTES, self->disk)));
  if (code != 0)
    code = posix_fallocate (self->fd, 0, end);
  if (code != 0)
    {
      stop_writing (self, code);
      return FALSE;
    }
  self->reserved = MAX (end, MIN (end + RESERVE_BYTES, self->disk));
  return TRUE;
}

/* Under the mutex: a file has one place to grow at. */
static void
append (ThawFeatureCache *self, Entry *entry, const void *record)
{
  gsize offset = slot_offset (self, self->n_slots);
  SlotHeader header = { .variant = entry->variant, .magic = SLOT_MAGIC };

  if (!self->writer || offset + self->slot_bytes > self->disk || !reserve (self, offset + self->slot_bytes))
    return;
  memcpy (header.hash, entry->hash, sizeof header.hash);
  header.crc = slot_crc (&header, record, self->record_bytes);
  if (!write_at (self->fd, record, self->record_bytes, offset + sizeof header)
      || !write_at (self->fd, &header, sizeof header, offset))
    {
      stop_writing (self, errno);
      return;
    }
  entry->slot = self->n_slots++;
}

void
thaw_feature_cache_put (ThawFeatureCache *self, const char *hash, guint32 variant, const void *record)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->slot = -1;
  entry_key (entry, hash, variant);
  g_mutex_lock (&self->mutex);
  if (g_hash_table_contains (self->entries, entry))
    g_clear_pointer (&entry, entry_free);
  else
    {
      keep_in_memory (self, entry, record);
      append (self, entry, record);
      if (entry->record || entry->slot >= 0)
        g_hash_table_add (self->entries, g_steal_pointer (&entry));
    }
  g_mutex_unlock (&self->mutex);
  g_clear_pointer (&entry, entry_free);
}

const char *
thaw_feature_cache_warning (ThawFeatureCache *self)
{
  const char *warning;

  g_mutex_lock (&self->mutex);
  warning = self->warning;
  g_mutex_unlock (&self->mutex);
  return warning;
}
