/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-fetch.h"

#include <thaw/thaw-error.h>
#include <thaw/thaw-text.h>

#include "thaw-fetch-part.h"
#include "thaw-fetch-request.h"

#define PIECE (256 << 10)
/* A connection that brought so much counts as one that works. */
#define PROGRESS (64 << 10)
/* Bytes that are to stay free on the disk */
#define SPARE (16 << 20)
#define NEWS_INTERVAL (G_USEC_PER_SEC / 10)

/* what goes on while a file comes */
typedef struct
{
  const ThawFetch  *wish;
  ThawFetchPart    *part;
  ThawFetchSession *session;
  GCancellable     *cancellable;
  gint64            total;    /* of the server, or the catalogue's */
  gint64            told_at;
} Transfer;

static void
tell (Transfer *self, gboolean now)
{
  const gint64 time = g_get_monotonic_time ();

  if (!self->wish->func || (!now && time - self->told_at < NEWS_INTERVAL))
    return;
  self->told_at = time;
  self->wish->func (self->part->size, MAX (self->total, self->part->size), self->wish->data);
}

/* --- one connection --- */

static gboolean
check_total (const ThawFetch *self, const ThawFetchReply *reply, GError **error)
{
  g_autofree char *there = NULL, *wanted = NULL;

  if (reply->total < 0 || ABS (reply->total - self->bytes) <= self->tolerance)
    return TRUE;
  there = thaw_text_bytes ((double) reply->total);
  wanted = thaw_text_bytes ((double) self->bytes);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server has a file of %s where the catalogue names one of %s%s", there, wanted,
               reply->type && g_str_equal (reply->type, "text/html") ? "; does this network want you to log in first, in a browser?" : "");
  return FALSE;
}

static gboolean
check_space (Transfer *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->part->path), *needed = NULL, *left = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, self->cancellable, NULL);
  const gint64 rest = self->total - self->part->size;
  guint64 space;

  if (!info || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    return TRUE;
  space = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  if (rest <= 0 || space >= (guint64) rest + SPARE)
    return TRUE;
  needed = thaw_text_bytes ((double) rest);
  left = thaw_text_bytes ((double) space);
  g_set_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE, "%s are still to come, but in %s only %s are free; free some space and try again", needed, folder,
               left);
  return FALSE;
}

/* A server that never stops fills no disk. */
static gboolean
check_size (const Transfer *self, GError **error)
{
  if (self->part->size <= self->wish->bytes + self->wish->tolerance)
    return TRUE;
  thaw_fetch_part_discard (self->part);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server sends more than the file has; nothing of it was kept");
  return FALSE;
}

static gboolean
receive (Transfer *self, GInputStream *stream, GError **error)
{
  g_autofree guint8 *piece = g_malloc (PIECE);
  gssize n;

  while ((n = g_input_stream_read (stream, piece, PIECE, self->cancellable, error)) > 0)
    {
      if (!thaw_fetch_part_append (self->part, piece, (gsize) n, error) || !check_size (self, error))
        return FALSE;
      tell (self, FALSE);
    }
  return n == 0;
}

/* Whether all has come that the server spoke of */
static gboolean
check_end (const Transfer *self, const ThawFetchReply *reply, GError **error)
{
  const gint64 least = reply->total >= 0 ? reply->total : self->wish->bytes - self->wish->tolerance;

  if (self->part->size >= least)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "the connection ended early");
  return FALSE;
}

static gboolean
take (Transfer *self, const ThawFetchReply *reply, GError **error)
{
  if (reply->status == 416)
    {
      /* nothing follows what is there: it is whole, or not of this file */
      if (ABS (self->part->size - self->wish->bytes) <= self->wish->tolerance)
        return TRUE;
      g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "the server has less of the file than has come already");
      return thaw_fetch_part_restart (self->part, NULL, NULL) && FALSE;
    }
  if (!check_total (self->wish, reply, error))
    return FALSE;
  if (reply->status == 200 && !thaw_fetch_part_restart (self->part, reply->mark, error))
    return FALSE;
  self->total = reply->total >= 0 ? reply->total : self->wish->bytes;
  tell (self, TRUE);
  return check_space (self, error) && receive (self, reply->stream, error) && check_end (self, reply, error);
}

static gboolean
connect_once (Transfer *self, GError **error)
{
  g_auto (ThawFetchReply) reply = { 0 };

  /* more than the file can have is not of this file */
  if (self->part->size > self->wish->bytes + self->wish->tolerance && !thaw_fetch_part_restart (self->part, NULL, error))
    return FALSE;
  return thaw_fetch_session_ask (self->session, self->wish->url, self->part->size, self->part->mark, &reply, self->cancellable, error)
         && take (self, &reply, error);
}

/* --- again --- */

gboolean
thaw_fetch_is_of_network (const GError *error)
{
  if (error->domain == THAW_ERROR)
    return FALSE;
  if (error->domain != G_IO_ERROR)
    return TRUE;
  switch (error->code)
    {
    case G_IO_ERROR_CANCELLED:
    case G_IO_ERROR_IS_DIRECTORY:
    case G_IO_ERROR_NOT_DIRECTORY:
    case G_IO_ERROR_NOT_FOUND:
    case G_IO_ERROR_PERMISSION_DENIED:
    case G_IO_ERROR_READ_ONLY:
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
      return FALSE;
    default:
      return TRUE;
    }
}

/* Who has no network when it begins waits for no answer, and a certificate does not get better. */
static gboolean
may_help (const GError *error, gboolean began)
{
  if (error->domain == THAW_ERROR)
    return error->code == THAW_ERROR_FAILED;
  if (error->domain == G_TLS_ERROR)
    return error->code == G_TLS_ERROR_EOF;
  if (error->domain == G_RESOLVER_ERROR)
    return began;
  return thaw_fetch_is_of_network (error);
}

/* FALSE where the person does not want to wait any more */
static gboolean
wait_for (guint seconds, GCancellable *cancellable)
{
  const gint64 end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < end && !g_cancellable_is_cancelled (cancellable))
    g_usleep (20 * 1000);
  return !g_cancellable_is_cancelled (cancellable);
}

/* The first try after one that worked comes at once. */
static gboolean
connect_until_whole (Transfer *self, GError **error)
{
  const gint64 begin = self->part->size;

  for (guint failures = 0;;)
    {
      const gint64 before = self->part->size;
      g_autoptr (GError) local = NULL;

      if (connect_once (self, &local))
        return TRUE;
      failures = self->part->size - before >= PROGRESS ? 0 : failures + 1;
      if (failures > self->wish->options.retries || !may_help (local, self->part->size > begin)
          || (failures > 0 && !wait_for (1u << MIN (failures - 1, 5), self->cancellable)))
        {
          if (!g_cancellable_set_error_if_cancelled (self->cancellable, error))
            g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
}

/* What was left by an earlier call may be of another file: then all of it is asked for once more. */
static gboolean
get_right_file (Transfer *self, GError **error)
{
  g_autofree char *found = NULL;
  const gboolean old = self->part->old;

  if (!connect_until_whole (self, error))
    return FALSE;
  if (thaw_fetch_part_check (self->part, self->wish->sha256, &found))
    return TRUE;
  if (old && self->part->old)
    return thaw_fetch_part_restart (self->part, NULL, error) && get_right_file (self, error);
  thaw_fetch_part_discard (self->part);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "what the server sent is not the file that the catalogue names: its SHA-256 begins with %s, not with %s; nothing of it was kept", found,
               self->wish->sha256);
  return FALSE;
}

gboolean
thaw_fetch (const ThawFetch *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (ThawFetchPart) part = thaw_fetch_part_open (self->part, cancellable, error);
  g_autoptr (ThawFetchSession) session = part ? thaw_fetch_session_new (self->options.timeout) : NULL;
  Transfer transfer = { self, part, session, cancellable, self->bytes, 0 };

  if (!part || !get_right_file (&transfer, error))
    return FALSE;
  tell (&transfer, TRUE);
  return thaw_fetch_part_finish (part, path, error);
}
