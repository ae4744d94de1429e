/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * ThawFetchReply: what a server answers when it is asked for a file from @from on
 */
typedef struct
{
  GInputStream *stream;
  guint         status;   /* 200: the whole file; 206: from where it was asked for; 416: there is no more */
  gint64        total;    /* bytes of the whole file; -1: the server does not say */
  char         *mark;     /* strong ETag, or the date of the last change (nullable) */
  char         *type;     /* "text/html" (nullable) */
} ThawFetchReply;

/* A session for one thread. Nothing is kept between programs: no cookies, no cache, no passwords. */
typedef struct _ThawFetchSession ThawFetchSession;

ThawFetchSession *thaw_fetch_session_new  (guint timeout);
/* Connections end at once, whatever was still to come */
void              thaw_fetch_session_free (ThawFetchSession *self);

/**
 * thaw_fetch_session_ask:
 * @from: bytes there are already
 * @mark: (nullable): of which version; another one comes from its beginning
 *
 * Follows redirections, but never from https to http. Other answers of the server than those above are errors: THAW_ERROR_FAILED where
 * another try may help, THAW_ERROR_INVALID where not.
 */
gboolean thaw_fetch_session_ask  (ThawFetchSession *self, const char *url, gint64 from, const char *mark, ThawFetchReply *reply,
                                  GCancellable *cancellable, GError **error);
void     thaw_fetch_reply_clear  (ThawFetchReply *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFetchSession, thaw_fetch_session_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawFetchReply, thaw_fetch_reply_clear)

G_END_DECLS
