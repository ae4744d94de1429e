/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-fetch-part.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#define PIECE (1 << 20)
/* No server's mark is longer. */
#define LONGEST_MARK 1000

static char *
mark_path (const ThawFetchPart *self)
{
  return g_strconcat (self->path, "-mark", NULL);
}

static void
read_mark (ThawFetchPart *self)
{
  g_autofree char *path = mark_path (self), *text = NULL;
  gsize length;

  if (g_file_get_contents (path, &text, &length, NULL) && length > 0 && length <= LONGEST_MARK && strlen (text) == length
      && !strpbrk (text, "\r\n"))
    self->mark = g_steal_pointer (&text);
}

/* Without one it is the hash that tells. */
static void
write_mark (ThawFetchPart *self, const char *mark)
{
  g_autofree char *path = mark_path (self);

  g_free (self->mark);
  self->mark = mark && *mark && strlen (mark) <= LONGEST_MARK ? g_strdup (mark) : NULL;
  unlink (path);
  if (self->mark)
    g_file_set_contents (path, self->mark, -1, NULL);
}

/* Whoever had it open may have given the file its name just before we got the lock. */
static gboolean
is_still_there (const ThawFetchPart *self)
{
  struct stat mine, there;

  return fstat (self->descriptor, &mine) == 0 && stat (self->path, &there) == 0 && mine.st_dev == there.st_dev
         && mine.st_ino == there.st_ino;
}

static gboolean
lock (ThawFetchPart *self, GError **error)
{
  gboolean locked = TRUE;

  /* without the lock nothing of it is ours to touch */
  for (guint i = 0; i < 10 && locked; i++)
    {
      self->descriptor = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
      if (self->descriptor < 0)
        {
          thaw_file_set_error (error, errno, "write", self->path);
          return FALSE;
        }
      locked = flock (self->descriptor, LOCK_EX | LOCK_NB) == 0;
      if (locked && is_still_there (self))
        return TRUE;
      close (self->descriptor);
      self->descriptor = -1;
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_BUSY, "another Thaw is downloading it just now (%s): wait for that, or end it", self->path);
  return FALSE;
}

/* What lies there already counts, if it is as it was sent: the hash tells. */
static gboolean
read_all (ThawFetchPart *self, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *piece = g_malloc (PIECE);
  ssize_t n;

  while ((n = read (self->descriptor, piece, PIECE)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          thaw_file_set_error (error, errno, "read", self->path);
          return FALSE;
        }
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      g_checksum_update (self->sum, piece, n);
      self->size += n;
    }
  self->old = self->size > 0;
  return TRUE;
}

ThawFetchPart *
thaw_fetch_part_open (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (ThawFetchPart) self = g_new0 (ThawFetchPart, 1);

  self->path = g_strdup (path);
  self->descriptor = -1;
  self->sum = g_checksum_new (G_CHECKSUM_SHA256);
  if (!lock (self, error) || !read_all (self, cancellable, error))
    return NULL;
  read_mark (self);
  return g_steal_pointer (&self);
}

/* Nothing arrived: nothing is left behind. */
void
thaw_fetch_part_free (ThawFetchPart *self)
{
  if (self->descriptor >= 0 && self->size == 0 && is_still_there (self))
    thaw_fetch_part_discard (self);
  if (self->descriptor >= 0)
    close (self->descriptor);
  g_checksum_free (self->sum);
  g_free (self->mark);
  g_free (self->path);
  g_free (self);
}

gboolean
thaw_fetch_part_restart (ThawFetchPart *self, const char *mark, GError **error)
{
  if (ftruncate (self->descriptor, 0) != 0 || lseek (self->descriptor, 0, SEEK_SET) != 0)
    {
      thaw_file_set_error (error, errno, "write", self->path);
      return FALSE;
    }
  g_checksum_reset (self->sum);
  self->size = 0;
  self->old = FALSE;
  write_mark (self, mark);
  return TRUE;
}

gboolean
thaw_fetch_part_append (ThawFetchPart *self, gconstpointer data, gsize n, GError **error)
{
  if (!thaw_file_write (self->descriptor, data, n))
    {
      const int number = errno;

      /* what was written of the piece is written again when there is space */
      if (ftruncate (self->descriptor, self->size) == 0)
        lseek (self->descriptor, self->size, SEEK_SET);
      thaw_file_set_error (error, number, "write", self->path);
      return FALSE;
    }
  g_checksum_update (self->sum, data, (gssize) n);
  self->size += (gint64) n;
  return TRUE;
}

gboolean
thaw_fetch_part_check (const ThawFetchPart *self, const char *digits, char **found)
{
  g_autoptr (GChecksum) sum = g_checksum_copy (self->sum);

  *found = g_strndup (g_checksum_get_string (sum), strlen (digits));
  return g_str_equal (*found, digits);
}

static void
remove_mark (const ThawFetchPart *self)
{
  g_autofree char *path = mark_path (self);

  unlink (path);
}

gboolean
thaw_fetch_part_finish (ThawFetchPart *self, const char *path, GError **error)
{
  if (path && !thaw_file_commit (self->descriptor, self->path, path))
    {
      thaw_file_set_error (error, errno, "write", path);
      return FALSE;
    }
  remove_mark (self);
  return TRUE;
}

void
thaw_fetch_part_discard (ThawFetchPart *self)
{
  unlink (self->path);
  remove_mark (self);
}
