/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-formats.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

typedef struct
{
  FileKey  key;
  gpointer start;
  gsize    size;
  guint    users;
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
      g_free (self);
    }
  G_UNLOCK (mappings);
}

static Mapping *
find_mapping (const FileKey *key)
{
  for (GList *l = mappings; l; l = l->next)
    if (memcmp (&((const Mapping *) l->data)->key, key, sizeof *key) == 0)
      return l->data;
  return NULL;
}

/* errno; EIO where the file became shorter */
static int
read_all (int fd, guint8 *to, gsize size)
{
  for (gsize done = 0; done < size;)
    {
      const gssize n = pread (fd, to + done, size - done, (off_t) done);

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
  number = read_all (fd, self->start, self->size);
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
make_mapping (int fd, const FileKey *key, int *number)
{
  Mapping *self = g_new (Mapping, 1);

  *self = (Mapping){ .key = *key, .start = "", .size = (gsize) key->size };
  *number = self->size == 0 ? 0 : self->size <= LARGEST_COPY ? make_copy (fd, self) : make_view (fd, self);
  if (*number)
    {
      g_free (self);
      return NULL;
    }
  mappings = g_list_prepend (mappings, self);
  return self;
}

static GBytes *
map_descriptor (int fd, const struct stat *info, int *number)
{
  const FileKey key = key_of (info);
  GBytes *bytes = NULL;
  Mapping *mapping;

  G_LOCK (mappings);
  mapping = find_mapping (&key);
  if (!mapping)
    mapping = make_mapping (fd, &key, number);
  if (mapping)
    {
      mapping->users++;
      bytes = g_bytes_new_with_free_func (mapping->start, mapping->size, release_cb, mapping);
    }
  G_UNLOCK (mappings);
  return bytes;
}

GBytes *
thaw_file_map (const char *path, GError **error)
{
  struct stat info;
  GBytes *bytes = NULL;
  int number = stat (path, &info) == 0 ? 0 : errno, fd = -1;

  /* a pipe that is opened would wait for its other end */
  if (number == 0 && !S_ISREG (info.st_mode))
    number = S_ISDIR (info.st_mode) ? EISDIR : EINVAL;
  if (number == 0)
    fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (number == 0 && (fd < 0 || fstat (fd, &info) != 0))
    number = errno;
  if (number == 0)
    bytes = map_descriptor (fd, &info, &number);
  if (!bytes)
    thaw_file_set_error (error, number, fd < 0 ? "open" : "read", path);
  if (fd >= 0)
    close (fd);
  return bytes;
}
