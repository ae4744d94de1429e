/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-predictions-private.h"
#include "session/thaw-task.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#define BLOCK (1 << 18)
#define MOST_NAMES 10000

/* the pictures to copy */
typedef struct
{
  GPtrArray *rows;
  char      *folder;
  void     (*progress) (gpointer data, guint done, guint total);
  gpointer   data;
  int        copied;   /* atomic */
  int        total;
} Copying;

static void
copying_free_cb (gpointer data)
{
  Copying *self = data;

  g_ptr_array_unref (self->rows);
  g_free (self->folder);
  g_free (self);
}

/* --- names --- */

/* A class as the name of a folder: it may hold any character, a name may not hold a slash or be a way up. */
static char *
folder_name (const char *class)
{
  char *name = g_strdelimit (g_strdup (class), "/\n\r", '_');

  if (*name == '.' || !*name)
    {
      char *safe = g_strconcat ("_", name, NULL);

      g_free (name);
      return safe;
    }
  return name;
}

/* "NAME (2).jpg"; the first has no number */
static char *
numbered (const char *folder, const char *base, guint number)
{
  const char *dot = strrchr (base, '.');
  g_autofree char *stem = dot && dot > base ? g_strndup (base, (gsize) (dot - base)) : g_strdup (base);
  g_autofree char *name = number < 2 ? g_strdup (base) : g_strdup_printf ("%s (%u)%s", stem, number, dot && dot > base ? dot : "");

  return g_build_filename (folder, name, NULL);
}

/* A new file: never one that is there. */
static int
open_new (const char *folder, const char *base, char **path)
{
  for (guint number = 1; number < MOST_NAMES; number++)
    {
      g_autofree char *candidate = numbered (folder, base, number);
      int fd = open (candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

      if (fd >= 0)
        *path = g_steal_pointer (&candidate);
      if (fd >= 0 || errno != EEXIST)
        return fd;
    }
  errno = EEXIST;
  return -1;
}

/* --- one file --- */

static gboolean
pour (int from, int to, GCancellable *cancellable)
{
  g_autofree char *block = g_malloc (BLOCK);
  struct stat info;
  ssize_t n;

  while ((n = read (from, block, BLOCK)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (g_cancellable_is_cancelled (cancellable))
        errno = ECANCELED;
      if (n < 0 || g_cancellable_is_cancelled (cancellable) || !thaw_file_write (to, block, (gsize) n))
        return FALSE;
    }
  /* the copy is as old as the picture */
  if (fstat (from, &info) == 0)
    futimens (to, (const struct timespec[]){ info.st_atim, info.st_mtim });
  return TRUE;
}

static gboolean
fill (int from, int to, const char *path, GCancellable *cancellable)
{
  gboolean good = pour (from, to, cancellable);
  int number = errno;

  if (close (to) != 0 && good)
    {
      good = FALSE;
      number = errno;
    }
  if (!good)
    g_unlink (path);
  errno = number;
  return good;
}

/* What went wrong, by errno; with the words of what is to be done where the disk is full. */
static void
set_error (GError **error, int number, const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  if (number == ECANCELED)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("it was cancelled"));
  else if (number == ENOSPC || number == EDQUOT)
    g_set_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE, _ ("%s could not be written: the disk is full; free some space and try again"), name);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), _ ("%s could not be copied: %s"), name, g_strerror (number));
}

static gboolean
copy_file (const char *path, const char *folder, GCancellable *cancellable, GError **error)
{
  g_autofree char *base = g_path_get_basename (path), *target = NULL;
  int from = open (path, O_RDONLY | O_CLOEXEC), to;
  gboolean good;

  if (from < 0)
    {
      set_error (error, errno, path);
      return FALSE;
    }
  to = open_new (folder, base, &target);
  if (to < 0)
    set_error (error, errno, folder);
  good = to >= 0 && fill (from, to, target, cancellable);
  if (to >= 0 && !good)
    set_error (error, errno, target);
  close (from);
  return good;
}

/* --- all of them --- */

static void
progress_news_cb (GTask *task)
{
  Copying *self = g_task_get_task_data (task);

  self->progress (self->data, (guint) g_atomic_int_get (&self->copied), (guint) self->total);
}

static gboolean
copy_row (const Copying *self, ThawPrediction *row, GCancellable *cancellable, GError **error)
{
  g_autofree char *name = folder_name (thaw_prediction_get_answer (row));
  g_autofree char *folder = g_build_filename (self->folder, name, NULL);

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      set_error (error, errno, folder);
      return FALSE;
    }
  return copy_file (thaw_prediction_get_path (row), folder, cancellable, error);
}

static void
copy_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Copying *self = data;
  GError *error = NULL;

  for (guint i = 0; i < self->rows->len && !error; i++)
    if (thaw_prediction_get_answer (g_ptr_array_index (self->rows, i))
        && !g_cancellable_set_error_if_cancelled (cancellable, &error)
        && copy_row (self, g_ptr_array_index (self->rows, i), cancellable, &error))
      {
        g_atomic_int_inc (&self->copied);
        if (self->progress)
          thaw_task_tell (task, progress_news_cb);
      }
  if (error)
    {
      g_prefix_error (&error, ngettext ("%d of %d picture was copied before this: ", "%d of %d pictures were copied before this: ", (gulong) self->total),
                      self->copied, self->total);
      g_task_return_error (task, error);
    }
  else
    g_task_return_boolean (task, TRUE);
}

void
thaw_predictions_copy_async (ThawPredictions *self, GFile *folder, void (*progress) (gpointer data, guint done, guint total), GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  Copying *copying = g_new0 (Copying, 1);

  *copying = (Copying){ .rows = thaw_predictions_copy_rows (self), .folder = g_file_get_path (folder), .progress = progress, .data = data };
  copying->total = (int) (copying->rows->len - thaw_predictions_get_failed (self));
  /* what was copied is to be said where it is cancelled too */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, copying, copying_free_cb);
  if (copying->folder)
    g_task_run_in_thread (task, copy_cb);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "the folder is not on this machine: choose one here");
}

gboolean
thaw_predictions_copy_finish (ThawPredictions *self, GAsyncResult *result, guint *copied, GError **error)
{
  const Copying *copying = g_task_get_task_data (G_TASK (result));

  if (copied)
    *copied = (guint) copying->copied;
  return g_task_propagate_boolean (G_TASK (result), error);
}
