/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-formats.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

/* A window has its backbone for the network that is shown, for the project and for the results: each copy of its own would take as much memory.
 *
 * A file that another process cuts short takes its pages from under a mapping, private or not, and the next look at one of them is SIGBUS. So what is
 * read is ours: 19 MB take 3 ms of a start. Only what is larger than any network that is trained here every day is mapped: nobody is helped by a
 * second copy of gigabytes.
 */
#define LARGEST_COPY (G_GUINT64_CONSTANT (512) << 20)

typedef struct
{
  dev_t           device;
  ino_t           inode;
  off_t           size;
  struct timespec changed;
} FileKey;

/* What a reader said of a page. It is let go of when its numbers were copied, and read again where they are wanted once more. */
typedef enum { PAGE_HERE, PAGE_STAYS, PAGE_GONE } Page;

typedef struct
{
  FileKey  key;
  char    *path;
  guint8  *start;
  gsize    size;
  guint    users;
  guint8  *pages;  /* (nullable): a Page each, from the first that was let go of or stays on */
  gboolean holed;  /* pages are gone: nobody else gets this one */
} Mapping;

G_LOCK_DEFINE_STATIC (mappings);
static GList *mappings;

static FileKey
key_of (const struct stat *info)
{
  FileKey key;

  /* compared as bytes */
  memset (&key, 0, sizeof key);
  key.device = info->st_dev;
  key.inode = info->st_ino;
  key.size = info->st_size;
  key.changed.tv_sec = info->st_mtim.tv_sec;
  key.changed.tv_nsec = info->st_mtim.tv_nsec;
  return key;
}

static void
release_cb (gpointer data)
{
  Mapping *self = data;

  G_LOCK (mappings);
  if (--self->users == 0)
    {
      mappings = g_list_remove (mappings, self);
      if (self->size > 0)
        munmap (self->start, self->size);
      g_free (self->pages);
      g_free (self->path);
      g_free (self);
    }
  G_UNLOCK (mappings);
}

static Mapping *
find_mapping (const FileKey *key)
{
  for (GList *l = mappings; l; l = l->next)
    if (!((const Mapping *) l->data)->holed && memcmp (&((const Mapping *) l->data)->key, key, sizeof *key) == 0)
      return l->data;
  return NULL;
}

/* errno; EIO where the file became shorter */
static int
read_all (int fd, guint8 *to, gsize size, gsize offset)
{
  for (gsize done = 0; done < size;)
    {
      const gssize n = pread (fd, to + done, size - done, (off_t) (offset + done));

      if (n > 0)
        done += (gsize) n;
      else if (n == 0 || errno != EINTR)
        return n == 0 ? EIO : errno;
    }
  return 0;
}

/* In whole pages of its own, which go back to the system at once when nobody has them any more. errno */
static int
make_copy (int fd, Mapping *self)
{
  int number;

  self->start = mmap (NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (self->start == MAP_FAILED)
    return errno;
  madvise (self->start, self->size, MADV_HUGEPAGE);
  number = read_all (fd, self->start, self->size, 0);
  if (number)
    munmap (self->start, self->size);
  else
    mprotect (self->start, self->size, PROT_READ);
  return number;
}

static int
make_view (int fd, Mapping *self)
{
  self->start = mmap (NULL, self->size, PROT_READ, MAP_PRIVATE, fd, 0);
  return self->start == MAP_FAILED ? errno : 0;
}

/* NULL: @number is errno */
static Mapping *
make_mapping (int fd, const char *path, const FileKey *key, int *number)
{
  static guint8 nothing[1];
  Mapping *self = g_new (Mapping, 1);

  *self = (Mapping){ .key = *key, .path = g_canonicalize_filename (path, NULL), .start = nothing, .size = (gsize) key->size };
  *number = self->size == 0 ? 0 : self->size <= LARGEST_COPY ? make_copy (fd, self) : make_view (fd, self);
  if (*number)
    {
      g_free (self->path);
      g_free (self);
      return NULL;
    }
  mappings = g_list_prepend (mappings, self);
  return self;
}

static GBytes *
map_descriptor (int fd, const char *path, const struct stat *info, int *number)
{
  const FileKey key = key_of (info);
  GBytes *bytes = NULL;
  Mapping *mapping;

  G_LOCK (mappings);
  mapping = find_mapping (&key);
  if (!mapping)
    mapping = make_mapping (fd, path, &key, number);
  if (mapping)
    {
      mapping->users++;
      bytes = g_bytes_new_with_free_func (mapping->start, mapping->size, release_cb, mapping);
    }
  G_UNLOCK (mappings);
  return bytes;
}

/* -1: @number is errno */
static int
open_regular (const char *path, struct stat *info, int *number)
{
  int fd = -1;

  *number = stat (path, info) == 0 ? 0 : errno;
  /* a pipe that is opened would wait for its other end */
  if (*number == 0 && !S_ISREG (info->st_mode))
    *number = S_ISDIR (info->st_mode) ? EISDIR : EINVAL;
  if (*number == 0)
    fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (*number == 0 && (fd < 0 || fstat (fd, info) != 0))
    *number = errno;
  return fd;
}

GBytes *
thaw_file_map (const char *path, GError **error)
{
  struct stat info;
  GBytes *bytes = NULL;
  int number, fd = open_regular (path, &info, &number);

  if (number == 0)
    bytes = map_descriptor (fd, path, &info, &number);
  if (!bytes)
    thaw_file_set_error (error, number, fd < 0 ? "open" : "read", path);
  if (fd >= 0)
    close (fd);
  return bytes;
}

static gsize
page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

/* With the lock held; NULL: memory of another kind */
static Mapping *
mapping_of (gconstpointer data, gsize size)
{
  const guint8 *start = data;

  for (GList *l = mappings; l; l = l->next)
    {
      Mapping *self = l->data;

      if (size > 0 && start >= self->start && start < self->start + self->size && size <= self->size - (gsize) (start - self->start))
        return self;
    }
  return NULL;
}

static void
begin_pages (Mapping *self)
{
  if (!self->pages)
    self->pages = g_malloc0 ((self->size + page_size () - 1) / page_size ());
}

/* The pages from @first to before @end that nobody keeps, in as few calls as they lie in */
static void
drop_pages (Mapping *self, gsize first, gsize end)
{
  const gsize page = page_size ();

  for (gsize next; first < end; first = next)
    {
      next = first + 1;
      if (self->pages[first] != PAGE_HERE)
        continue;
      while (next < end && self->pages[next] == PAGE_HERE)
        next++;
      if (madvise (self->start + first * page, (next - first) * page, MADV_DONTNEED) != 0)
        continue;
      memset (self->pages + first, PAGE_GONE, next - first);
      self->holed = TRUE;
    }
}

void
thaw_file_let_go (gconstpointer data, gsize size)
{
  const gsize page = page_size ();
  Mapping *self;

  G_LOCK (mappings);
  self = mapping_of (data, size);
  /* what is mapped is the system's to let go of */
  if (self && self->users == 1 && self->size <= LARGEST_COPY)
    {
      const gsize at = (gsize) ((const guint8 *) data - self->start);

      begin_pages (self);
      drop_pages (self, (at + page - 1) / page, (at + size) / page);
    }
  G_UNLOCK (mappings);
}

static gboolean
is_still (const Mapping *self, const struct stat *info)
{
  const FileKey key = key_of (info);

  return memcmp (&key, &self->key, sizeof key) == 0;
}

/* errno */
static int
read_page (Mapping *self, int fd, gsize i)
{
  const gsize page = page_size (), at = i * page, size = MIN (page, self->size - at);
  int number;

  if (mprotect (self->start + at, size, PROT_READ | PROT_WRITE) != 0)
    return errno;
  number = read_all (fd, self->start + at, size, at);
  mprotect (self->start + at, size, PROT_READ);
  if (number == 0)
    self->pages[i] = PAGE_HERE;
  return number;
}

/* errno; ESTALE where it is not the same file any more */
static int
bring_back (Mapping *self, gsize first, gsize end)
{
  struct stat info;
  int number = 0, fd = -1;

  for (; first < end && number == 0; first++)
    {
      if (self->pages[first] != PAGE_GONE)
        continue;
      if (fd < 0)
        fd = open_regular (self->path, &info, &number);
      if (number == 0)
        number = is_still (self, &info) ? read_page (self, fd, first) : ESTALE;
    }
  if (fd >= 0)
    close (fd);
  return number;
}

gboolean
thaw_file_want (gconstpointer data, gsize size, gboolean stays, GError **error)
{
  const gsize page = page_size ();
  g_autofree char *path = NULL;
  Mapping *self;
  int number = 0;

  G_LOCK (mappings);
  self = mapping_of (data, size);
  if (self && self->size <= LARGEST_COPY && (stays || self->holed))
    {
      const gsize at = (gsize) ((const guint8 *) data - self->start), first = at / page, end = (at + size + page - 1) / page;

      begin_pages (self);
      number = bring_back (self, first, end);
      if (stays && number == 0)
        memset (self->pages + first, PAGE_STAYS, end - first);
      path = g_strdup (self->path);
    }
  G_UNLOCK (mappings);
  if (number == ESTALE)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the file was changed while it was read; try again");
  else if (number != 0)
    thaw_file_set_error (error, number, "read", path);
  return number == 0;
}

gboolean
thaw_file_took (const ThawTensor *tensor, const ThawTensor *copy, GError **error)
{
  if (copy->data == tensor->data)
    return thaw_file_want (tensor->data, tensor->bytes, TRUE, error);
  thaw_file_let_go (tensor->data, tensor->bytes);
  return TRUE;
}
