/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file beside the project ("NAME.thaw-lock"), locked with flock() for as long as the project is
 * open for writing. Not the project itself: closing any descriptor of that would drop the locks
 * SQLite holds on it. The kernel drops the lock when the process ends, however it ends; a file that
 * stays behind then is taken over by the next writer. */
struct _ThawProjectLock
{
  int descriptor;
  char *path;
};

static void
set_busy (const char *path, int descriptor, GError **error)
{
  char text[32] = "";
  ssize_t n = pread (descriptor, text, sizeof text - 1, 0);
  int process = n > 0 ? atoi (text) : 0;
  g_autofree char *who = process > 0 ? g_strdup_printf (" (process %d)", process) : g_strdup ("");

  g_set_error (error, THAW_ERROR, THAW_ERROR_BUSY,
               "%s is being written by another Thaw%s; wait for it or open it read-only", path,
               who);
}

/* The file that is locked is still the one under its name: the holder before may have removed it */
static gboolean
is_current (int descriptor, const char *path)
{
  struct stat ours, named;

  return fstat (descriptor, &ours) == 0 && lstat (path, &named) == 0 && ours.st_ino == named.st_ino
         && ours.st_dev == named.st_dev;
}

/* 1: taken, 0: try again, -1: error */
static int
try_take (const char *project, const char *path, int *descriptor, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

  if (fd < 0)
    {
      int code = errno;

      g_set_error (
          error, G_IO_ERROR, g_io_error_from_errno (code),
          "%s cannot be written: its lock file cannot be made (%s): check the folder's permissions",
          project, g_strerror (code));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      set_busy (project, fd, error);
      close (fd);
      return -1;
    }
  if (!is_current (fd, path))
    {
      close (fd);
      return 0;
    }
  *descriptor = fd;
  return 1;
}

ThawProjectLock *
thaw_project_lock_take (const char *path, GError **error)
{
  g_autofree char *name = g_strconcat (path, "-lock", NULL);
  g_autofree char *process = g_strdup_printf ("%d\n", (int) getpid ());
  ThawProjectLock *self;
  int descriptor = -1, taken;

  do
    taken = try_take (path, name, &descriptor, error);
  while (taken == 0);
  if (taken < 0)
    return NULL;
  /* only for the message that another process shows: a full disk does not matter */
  if (ftruncate (descriptor, 0) != 0 || pwrite (descriptor, process, strlen (process), 0) < 0)
    errno = 0;
  self = g_new0 (ThawProjectLock, 1);
  self->descriptor = descriptor;
  self->path = g_steal_pointer (&name);
  return self;
}

void
thaw_project_lock_drop (ThawProjectLock *self)
{
  if (!self)
    return;
  /* removed while it is still held: whoever opened it meanwhile sees in is_current() that it is
   * gone */
  unlink (self->path);
  close (self->descriptor);
  g_free (self->path);
  g_free (self);
}
