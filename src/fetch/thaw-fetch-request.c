/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-fetch-request.h"

#include <libsoup/soup.h>
#include <thaw/thaw-error.h>

#define MOST_REDIRECTIONS 10

struct _ThawFetchSession
{
  SoupSession *soup;
};

ThawFetchSession *
thaw_fetch_session_new (guint timeout)
{
  ThawFetchSession *self = g_new0 (ThawFetchSession, 1);

  self->soup = soup_session_new_with_options ("timeout", timeout, "idle-timeout", timeout, "user-agent", "Thaw/" THAW_VERSION, NULL);
  /* bytes as they lie on the server: positions count */
  soup_session_remove_feature_by_type (self->soup, SOUP_TYPE_CONTENT_DECODER);
  return self;
}

void
thaw_fetch_session_free (ThawFetchSession *self)
{
  soup_session_abort (self->soup);
  g_object_unref (self->soup);
  g_free (self);
}

void
thaw_fetch_reply_clear (ThawFetchReply *self)
{
  g_clear_object (&self->stream);
  g_clear_pointer (&self->mark, g_free);
  g_clear_pointer (&self->type, g_free);
}

/* --- one request --- */

static SoupMessage *
make_message (const char *url, gint64 from, const char *mark, GError **error)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_GET, url);
  SoupMessageHeaders *headers;

  if (!message)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "%s is no address of a file", url);
      return NULL;
    }
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  headers = soup_message_get_request_headers (message);
  soup_message_headers_replace (headers, "Accept-Encoding", "identity");
  if (from > 0)
    soup_message_headers_set_range (headers, from, -1);
  if (from > 0 && mark)
    soup_message_headers_replace (headers, "If-Range", mark);
  return message;
}

/* Where a redirection leads (transfer full), NULL with an error where Thaw does not follow */
static char *
follow (SoupMessage *message, GError **error)
{
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  GUri *uri = soup_message_get_uri (message);
  g_autoptr (GUri) next = location ? g_uri_parse_relative (uri, location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const char *scheme = next ? g_uri_get_scheme (next) : NULL;

  if (!next || !g_uri_get_host (next) || (!g_str_equal (scheme, "https") && !g_str_equal (scheme, "http")))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server sends on to “%.200s”, which is no address", location ? location : "");
  else if (g_str_equal (g_uri_get_scheme (uri), "https") && g_str_equal (scheme, "http"))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server sends on to %s without encryption, which Thaw does not follow", g_uri_get_host (next));
  else
    return g_uri_to_string (next);
  return NULL;
}

static gboolean
may_help_later (guint status)
{
  return status >= 500 || status == SOUP_STATUS_REQUEST_TIMEOUT || status == 425 || status == 429;
}

static void
set_refused (SoupMessage *message, GError **error)
{
  const guint status = soup_message_get_status (message);

  if (status == SOUP_STATUS_NOT_FOUND || status == SOUP_STATUS_GONE || status == SOUP_STATUS_FORBIDDEN)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server does not have the file any more (%u)", status);
  else if (status == SOUP_STATUS_PROXY_UNAUTHORIZED)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the proxy asks for a password: put it into the proxy's address in the system's settings");
  else
    g_set_error (error, THAW_ERROR, may_help_later (status) ? THAW_ERROR_FAILED : THAW_ERROR_INVALID, "the server answers %u %s", status,
                 soup_message_get_reason_phrase (message) ? soup_message_get_reason_phrase (message) : "");
}

/* A weak ETag does not say that the bytes are the same. */
static char *
find_mark (SoupMessageHeaders *headers)
{
  const char *etag = soup_message_headers_get_one (headers, "ETag");

  if (etag && *etag == '"')
    return g_strdup (etag);
  return g_strdup (soup_message_headers_get_one (headers, "Last-Modified"));
}

/* "bytes 100-999/1000": from where it was asked for */
static gboolean
read_range (SoupMessageHeaders *headers, gint64 from, gint64 *total, GError **error)
{
  gint64 start, end;

  if (soup_message_headers_get_content_range (headers, &start, &end, total) && start == from && end >= start && (*total < 0 || end < *total))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "the server sends another part of the file than was asked for");
  return FALSE;
}

static gboolean
read_reply (SoupMessage *message, gint64 from, ThawFetchReply *reply, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  reply->status = soup_message_get_status (message);
  reply->total = -1;
  reply->mark = find_mark (headers);
  reply->type = g_strdup (soup_message_headers_get_content_type (headers, NULL));
  switch (reply->status)
    {
    case SOUP_STATUS_OK:
      if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH)
        reply->total = soup_message_headers_get_content_length (headers);
      return TRUE;
    case SOUP_STATUS_PARTIAL_CONTENT:
      return read_range (headers, from, &reply->total, error);
    case SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE:
      return TRUE;
    default:
      set_refused (message, error);
      return FALSE;
    }
}

gboolean
thaw_fetch_session_ask (ThawFetchSession *self, const char *url, gint64 from, const char *mark, ThawFetchReply *reply, GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *address = g_strdup (url);

  for (guint i = 0; i <= MOST_REDIRECTIONS; i++)
    {
      g_autoptr (SoupMessage) message = make_message (address, from, mark, error);
      g_autofree char *next = NULL;

      g_clear_object (&reply->stream);
      reply->stream = message ? soup_session_send (self->soup, message, cancellable, error) : NULL;
      if (!reply->stream)
        return FALSE;
      if (!SOUP_STATUS_IS_REDIRECTION (soup_message_get_status (message)))
        return read_reply (message, from, reply, error);
      next = follow (message, error);
      if (!next)
        return FALSE;
      g_free (address);
      address = g_steal_pointer (&next);
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the server sends on and on: more than %d times", MOST_REDIRECTIONS);
  return FALSE;
}
