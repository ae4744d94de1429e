/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../support/thaw-test.h"

#include <thaw/thaw-session.h>

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
wait_for (ThawSession *session, GAsyncResult **result, GError **error)
{
  gboolean ok;

  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  ok = thaw_session_project_finish (session, *result, error);
  g_clear_object (result);
  return ok;
}

/* A thread of GLib's may hold a task for a moment after it was answered */
static void
finish (ThawSession *session)
{
  for (int i = 0; i < 2000 && (G_OBJECT (session)->ref_count > 1 || g_main_context_pending (NULL)); i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_finalize_object (session);
}

static void
test_new (void)
{
  ThawSession *session = thaw_session_new ();
  g_autofree char *path = NULL, *store_path = NULL;
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;

  thaw_session_new_async (session, NULL, ready_cb, &result);
  g_assert_true (wait_for (session, &result, &error));
  g_object_get (session, "path", &path, "store-path", &store_path, NULL);
  g_assert_null (path);
  g_assert_true (g_file_test (store_path, G_FILE_TEST_EXISTS));
  thaw_session_close_async (session, NULL, ready_cb, &result);
  g_assert_true (wait_for (session, &result, &error));
  g_assert_no_error (error);
  /* nothing came of it */
  g_assert_false (g_file_test (store_path, G_FILE_TEST_EXISTS));
  finish (session);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;

  g_test_init (&argc, &argv, NULL);
  folder = thaw_test_directory ();
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_add_func ("/session/new", test_new);
  return g_test_run ();
}
