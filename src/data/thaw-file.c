/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

static void
set_errno_error (GError **error, const char *what)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", what, g_strerror (code));
}

static ThawFileInfo
info_of (const struct stat *status)
{
  return (ThawFileInfo){ status->st_size, (gint64) status->st_mtim.tv_sec * G_USEC_PER_SEC
                                              + status->st_mtim.tv_nsec / 1000 };
}

gboolean
thaw_file_info (const char *path, ThawFileInfo *info, GError **error)
{
  struct stat status;

  if (stat (path, &status) != 0)
    {
      set_errno_error (error, "cannot be opened");
      return FALSE;
    }
  *info = info_of (&status);
  return TRUE;
}

/* A pipe that took the place of a picture must not make anyone wait: hence O_NONBLOCK. */
static int
open_regular (const char *path, struct stat *status, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      set_errno_error (error, "cannot be opened");
      return -1;
    }
  if (fstat (fd, status) == 0 && S_ISREG (status->st_mode))
    return fd;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "is not a regular file");
  close (fd);
  return -1;
}

/* Fills @buffer as far as the file goes; -1 with errno. */
static gssize
read_fully (int fd, guint8 *buffer, gsize length)
{
  gsize done = 0;

  while (done < length)
    {
      gssize n = read (fd, buffer + done, length - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += n;
    }
  return done;
}

static GBytes *
read_open_file (int fd, gsize size, GError **error)
{
  g_autofree guint8 *buffer = g_try_malloc (MAX (size, 1));
  gssize n;

  if (!buffer)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                   "is %" G_GSIZE_FORMAT " MiB, more than there is memory for", size >> 20);
      return NULL;
    }
  n = read_fully (fd, buffer, size);
  if (n < 0)
    {
      set_errno_error (error, "cannot be read");
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&buffer), n);
}

GBytes *
thaw_file_read (const char *path, ThawFileInfo *info, GError **error)
{
  struct stat status;
  int fd = open_regular (path, &status, error);
  GBytes *bytes = NULL;

  if (fd < 0)
    return NULL;
  if (info)
    *info = info_of (&status);
  if (status.st_size == 0)
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "is empty");
  else if ((guint64) status.st_size > THAW_FILE_MAX_BYTES)
    g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
                 "is %" G_GINT64_FORMAT " MiB; at most %" G_GSIZE_FORMAT " are read",
                 (gint64) status.st_size >> 20, THAW_FILE_MAX_BYTES >> 20);
  else
    bytes = read_open_file (fd, status.st_size, error);
  close (fd);
  return bytes;
}

gboolean
thaw_file_head (const char *path, guint8 *buffer, gsize *length, GError **error)
{
  struct stat status;
  int fd = open_regular (path, &status, error);
  gssize n;

  if (fd < 0)
    return FALSE;
  n = read_fully (fd, buffer, *length);
  if (n < 0)
    set_errno_error (error, "cannot be read");
  else
    *length = n;
  close (fd);
  return n >= 0;
}

char *
thaw_file_display_name (const char *path)
{
  char *name = g_filename_display_name (path);

  for (char *c = name; *c; c++)
    if (g_ascii_iscntrl (*c))
      *c = '?';
  return name;
}
