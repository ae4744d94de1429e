/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

#include "thaw-formats.h"

void
thaw_file_set_error (GError **error, int number, const char *what, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  if (number == ENOSPC || number == EDQUOT)
    g_set_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE, "cannot %s %s: the disk is full; free some space and try again",
                 what, name);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "cannot %s %s: %s", what, name, g_strerror (number));
}

gboolean
thaw_file_write (int descriptor, gconstpointer data, gsize n)
{
  const guint8 *next = data;

  while (n > 0)
    {
      /* Linux writes at most 2 GiB at once. */
      ssize_t written = write (descriptor, next, MIN (n, 1 << 30));

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      next += written;
      n -= (gsize) written;
    }
  return TRUE;
}

/* A new file beside @path, with the rights the process gives to new files (mkstemp would give 0600). */
static int
open_temporary (const char *path, char **temporary)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);

  for (int i = 0; i < 100; i++)
    {
      /* a name that is long already leaves no room for more */
      g_autofree char *start = g_strndup (name, 128);
      g_autofree char *base = g_strdup_printf (".%s.%08x", start, g_random_int ());
      g_autofree char *candidate = g_build_filename (folder, base, NULL);
      int fd = open (candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

      if (fd >= 0)
        *temporary = g_steal_pointer (&candidate);
      if (fd >= 0 || errno != EEXIST)
        return fd;
    }
  return -1;
}

/* The rename itself is on disk once the folder is; some file systems cannot sync one, and that is no failure. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

gboolean
thaw_file_commit (int descriptor, const char *temporary, const char *path)
{
  if (fsync (descriptor) != 0 || rename (temporary, path) != 0)
    return FALSE;
  sync_folder (path);
  return TRUE;
}

static gboolean
fill (int fd, GBytes *bytes, const struct stat *old)
{
  gsize n;
  gconstpointer data = g_bytes_get_data (bytes, &n);

  return thaw_file_write (fd, data, n) && (!old || fchmod (fd, old->st_mode & 07777) == 0);
}

static gboolean
replace (const char *path, GBytes *bytes, const struct stat *old, GError **error)
{
  g_autofree char *temporary = NULL;
  int fd = open_temporary (path, &temporary), number;
  gboolean good;

  if (fd < 0)
    {
      thaw_file_set_error (error, errno, "write", path);
      return FALSE;
    }
  good = fill (fd, bytes, old) && thaw_file_commit (fd, temporary, path);
  number = errno;
  close (fd);
  if (good)
    return TRUE;
  unlink (temporary);
  thaw_file_set_error (error, number, "write", path);
  return FALSE;
}

gboolean
thaw_file_replace (const char *path, GBytes *bytes, GError **error)
{
  /* Through a symbolic link the file it points at is replaced, not the link. */
  char *real = realpath (path, NULL);
  struct stat old;
  gboolean there = real && stat (real, &old) == 0, good = FALSE;

  if (there && !S_ISREG (old.st_mode))
    {
      g_autofree char *name = g_filename_display_name (path);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                   "cannot write %s: it is a %s; name a file", name, S_ISDIR (old.st_mode) ? "folder" : "device");
    }
  else
    good = replace (real ? real : path, bytes, there ? &old : NULL, error);
  free (real);
  return good;
}

gboolean
thaw_file_make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0755) == 0)
    return TRUE;
  thaw_file_set_error (error, errno, "make the folder", path);
  return FALSE;
}
