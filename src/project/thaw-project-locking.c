/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQLite's record locks, taken so that they hold. A POSIX lock belongs to the process: whenever any
 * part of the program closes any descriptor of the file (a file chooser that looks what kind of file
 * it is), all of them are gone, and the next reader cuts the shared index under the writer's feet
 * (https://www.sqlite.org/howtocorrupt.html, 2.2). Linux's locks of an open file description (fcntl(2),
 * F_OFD_SETLK) exclude the same others and live until SQLite itself gives them up.
 *
 * SQLite counts on one thing of the old kind: what one descriptor of a file has locked, another one of
 * the same process gives back. So all locks of a file go through the descriptor that took the first.
 */
#include "thaw-project-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  dev_t device;
  ino_t inode;
  int   descriptor;
} Holder;

/* of every file that has locks; SQLite calls from any thread */
static GMutex mutex;
static GArray *holders;

static int
holder_index (dev_t device, ino_t inode)
{
  for (guint i = 0; i < holders->len; i++)
    {
      const Holder *holder = &g_array_index (holders, Holder, i);

      if (holder->device == device && holder->inode == inode)
        return (int) i;
    }
  return -1;
}

/* The descriptor that locks the file that @descriptor is of: itself where there is none yet */
static int
holding (int descriptor)
{
  struct stat status;
  Holder holder;
  int i;

  if (fstat (descriptor, &status) != 0)
    return descriptor;
  i = holder_index (status.st_dev, status.st_ino);
  if (i >= 0)
    return g_array_index (holders, Holder, i).descriptor;
  holder = (Holder) { status.st_dev, status.st_ino, descriptor };
  g_array_append_val (holders, holder);
  return descriptor;
}

/* SQLite closes no descriptor while a lock is held on its file: nothing is lost with it */
static void
forget (int descriptor)
{
  for (guint i = holders->len; i-- > 0;)
    if (g_array_index (holders, Holder, i).descriptor == descriptor)
      g_array_remove_index_fast (holders, i);
}

static int
lock_file (int descriptor, int command, struct flock *range)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  int result;

  range->l_pid = 0;
  result = fcntl (holding (descriptor), command == F_GETLK ? F_OFD_GETLK : F_OFD_SETLK, range);
  /* a file system that has none */
  return result != 0 && errno == EINVAL ? fcntl (descriptor, command, range) : result;
}

/* In place of fcntl() */
static int
control (int descriptor, int command, ...)
{
  va_list list;
  int result;

  va_start (list, command);
  if (command == F_SETLK || command == F_GETLK)
    result = lock_file (descriptor, command, va_arg (list, struct flock *));
  else
    result = fcntl (descriptor, command, va_arg (list, int));
  va_end (list);
  return result;
}

/* In place of close() */
static int
close_file (int descriptor)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  forget (descriptor);
  return close (descriptor);
}

static gpointer
install (gpointer data)
{
  sqlite3_vfs *files = sqlite3_vfs_find ("unix");

  holders = g_array_new (FALSE, FALSE, sizeof (Holder));
  if (files && files->iVersion >= 3)
    {
      files->xSetSystemCall (files, "fcntl", (sqlite3_syscall_ptr) control);
      files->xSetSystemCall (files, "close", (sqlite3_syscall_ptr) close_file);
    }
  return NULL;
}

void
thaw_project_keep_locks (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, install, NULL);
}
