/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-formats.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A window has its backbone for the network that is shown, for the project and for the results: each mapping of its own would count as much memory. */

typedef struct
{
  dev_t           device;
  ino_t           inode;
  off_t           size;
  struct timespec changed;
} FileKey;

typedef struct
{
  FileKey      key;
  GMappedFile *file;
  guint        users;
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
      g_mapped_file_unref (self->file);
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

static Mapping *
make_mapping (int fd, const FileKey *key, GError **error)
{
  g_autoptr (GError) reason = NULL;
  GMappedFile *file = g_mapped_file_new_from_fd (fd, FALSE, &reason);
  Mapping *self;

  if (!file)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, reason->message);
      return NULL;
    }
  self = g_new (Mapping, 1);
  *self = (Mapping){ .key = *key, .file = file };
  mappings = g_list_prepend (mappings, self);
  return self;
}

static GBytes *
map_descriptor (int fd, const struct stat *info, GError **error)
{
  const FileKey key = key_of (info);
  GBytes *bytes = NULL;
  Mapping *mapping;

  G_LOCK (mappings);
  mapping = find_mapping (&key);
  if (!mapping)
    mapping = make_mapping (fd, &key, error);
  if (mapping)
    {
      mapping->users++;
      bytes = g_bytes_new_with_free_func (g_mapped_file_get_contents (mapping->file), g_mapped_file_get_length (mapping->file), release_cb, mapping);
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
  if (number)
    thaw_file_set_error (error, number, "open", path);
  else
    bytes = map_descriptor (fd, &info, error);
  if (fd >= 0)
    close (fd);
  return bytes;
}
