/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-session.h>

struct _ThawSession
{
  GObject parent_instance;
  
};

G_DEFINE_FINAL_TYPE (ThawSession, thaw_session, G_TYPE_OBJECT)

static void
thaw_session_class_init (ThawSessionClass *klass)
{
}

static void
thaw_session_init (ThawSession *self)
{
}

ThawSession *
thaw_session_new (void)
{
  return g_object_new (THAW_TYPE_SESSION, NULL);
}

ThawHistory *
thaw_session_get_history (ThawSession *self)
{
  return NULL;
}

ThawPictures *
thaw_session_get_pictures (ThawSession *self)
{
  return NULL;
}

ThawNetwork *
thaw_session_get_network (ThawSession *self)
{
  return NULL;
}

ThawOptions *
thaw_session_get_options (ThawSession *self)
{
  return NULL;
}

ThawRuns *
thaw_session_get_runs (ThawSession *self)
{
  return NULL;
}

ThawResults *
thaw_session_get_results (ThawSession *self)
{
  return NULL;
}

ThawStore *
thaw_session_get_store (ThawSession *self)
{
  return NULL;
}

ThawSessionState
thaw_session_get_state (ThawSession *self)
{
  return 0;
}

void
thaw_session_open_async (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
}

void
thaw_session_new_async (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
}

void
thaw_session_save_as_async (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
}

void
thaw_session_close_async (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
}

gboolean
thaw_session_project_finish (ThawSession *self, GAsyncResult *result, GError **error)
{
  return 0;
}

void
thaw_session_train (ThawSession *self)
{
}

void
thaw_session_pause (ThawSession *self)
{
}

void
thaw_session_go_on (ThawSession *self)
{
}

void
thaw_session_stop (ThawSession *self)
{
}

void
thaw_session_apply_rate (ThawSession *self)
{
}

void
thaw_session_apply_freezing (ThawSession *self)
{
}

void
thaw_session_tell (ThawSession *self, const char *title, const GError *error)
{
}
