/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-session-fixture.h"
#include "../train/thaw-train-fixture.h"

#include "thaw-test-model.h"

#include <string.h>

void
thaw_session_fixture_prepare (void)
{
  g_autofree char *folder = thaw_test_directory ();

  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
}

char *
thaw_session_fixture_pictures (guint train, guint val)
{
  return thaw_fixture_pictures (train, val);
}

/* --- waiting --- */

void
thaw_session_fixture_until (ThawSessionFixture *self, gboolean (*condition) (ThawSessionFixture *self))
{
  const gint64 until = g_get_monotonic_time () + 300 * G_TIME_SPAN_SECOND;

  while (!condition (self))
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (500);
      g_assert_cmpint (g_get_monotonic_time (), <, until);
    }
}

static gboolean
is_idle (ThawSessionFixture *self)
{
  return thaw_session_get_state (self->session) == THAW_SESSION_IDLE;
}

void
thaw_session_fixture_until_idle (ThawSessionFixture *self)
{
  thaw_session_fixture_until (self, is_idle);
}

static gpointer
nothing_cb (ThawProject *project, gpointer data, GError **error)
{
  return NULL;
}

static gboolean
is_opened (ThawSessionFixture *self)
{
  gboolean opening;

  g_object_get (self->session, "opening", &opening, NULL);
  return !opening;
}

void
thaw_session_fixture_settle (ThawSessionFixture *self)
{
  const gint64 until = g_get_monotonic_time () + 1500 * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < until)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  /* one turn of the loop may take as long as that */
  thaw_session_fixture_until (self, is_opened);
  if (thaw_session_get_store (self->session))
    thaw_store_call (thaw_session_get_store (self->session), nothing_cb, NULL, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
network_is_open (ThawSessionFixture *self)
{
  gboolean busy;

  g_object_get (thaw_session_get_network (self->session), "busy", &busy, NULL);
  return !busy && thaw_network_get_model (thaw_session_get_network (self->session));
}

/* --- life --- */

static void
message_cb (ThawSession *session, const char *title, const char *text, gboolean serious, const char *action, const char *label, gpointer data)
{
  ThawSessionFixture *self = data;

  g_assert_nonnull (title);
  g_assert_nonnull (text);
  g_assert_true ((action == NULL) == (label == NULL));
  g_test_message ("%s: %s", title, text);
  g_ptr_array_add (self->messages, g_strconcat (title, ": ", text, NULL));
}

static void
finished_cb (ThawSession *session, gint64 run, int status, gpointer data)
{
  ThawSessionFixture *self = data;

  g_assert_cmpint (run, >, 0);
  g_array_append_val (self->finished, status);
}

static void
state_cb (ThawSession *session, GParamSpec *pspec, gpointer data)
{
  ThawSessionFixture *self = data;
  ThawSessionState state = thaw_session_get_state (session);

  g_array_append_val (self->states, state);
}

void
thaw_session_fixture_set_up (ThawSessionFixture *self)
{
  g_autofree char *backbone = thaw_test_backbone ("mobilenet_v1_x0_25", 10, 3);

  self->session = thaw_session_new ();
  self->messages = g_ptr_array_new_with_free_func (g_free);
  self->finished = g_array_new (FALSE, FALSE, sizeof (ThawRunStatus));
  self->states = g_array_new (FALSE, FALSE, sizeof (ThawSessionState));
  g_signal_connect (self->session, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (self->session, "finished", G_CALLBACK (finished_cb), self);
  g_signal_connect (self->session, "notify::state", G_CALLBACK (state_cb), self);
  thaw_network_set_backbone (thaw_session_get_network (self->session), backbone);
  thaw_session_fixture_until (self, network_is_open);
}

void
thaw_session_fixture_tear_down (ThawSessionFixture *self)
{
  g_autoptr (GError) error = NULL;

  if (thaw_session_get_store (self->session))
    thaw_session_fixture_do (self, thaw_session_close_async, &error);
  g_assert_no_error (error);
  /* a thread of GLib's may hold a task for a moment after it was answered */
  for (int i = 0; i < 5000 && (G_OBJECT (self->session)->ref_count > 1 || g_main_context_pending (NULL)); i++)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
  g_assert_finalize_object (self->session);
  g_ptr_array_unref (self->messages);
  g_array_unref (self->finished);
  g_array_unref (self->states);
}

/* --- doing --- */

static void
ready_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

gboolean
thaw_session_fixture_do (ThawSessionFixture *self, ThawSessionProjectFunc func, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  func (self->session, NULL, ready_cb, &result);
  return thaw_session_project_finish (self->session, wait_for (&result), error);
}

gboolean
thaw_session_fixture_open (ThawSessionFixture *self, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);

  thaw_session_open_async (self->session, file, NULL, ready_cb, &result);
  if (!thaw_session_project_finish (self->session, wait_for (&result), error))
    return FALSE;
  thaw_session_fixture_until (self, network_is_open);
  return TRUE;
}

gboolean
thaw_session_fixture_save_as (ThawSessionFixture *self, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);

  thaw_session_save_as_async (self->session, file, NULL, ready_cb, &result);
  return thaw_session_project_finish (self->session, wait_for (&result), error);
}

void
thaw_session_fixture_import (ThawSessionFixture *self, const char *folder)
{
  ThawPictures *pictures = thaw_session_get_pictures (self->session);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ThawImportAccount *account;

  g_ptr_array_add (items, thaw_import_item_new (folder));
  thaw_pictures_import_async (pictures, items, NULL, ready_cb, &result);
  account = thaw_pictures_import_finish (pictures, wait_for (&result), &error);
  g_assert_no_error (error);
  thaw_import_account_free (account);
}

char *
thaw_session_fixture_new_project (ThawSessionFixture *self, const char *folder)
{
  thaw_session_fixture_set_up (self);
  thaw_session_fixture_import (self, folder);
  thaw_session_fixture_settle (self);
  g_object_set (thaw_session_get_options (self->session), "epochs", 2, "batch", 8, NULL);
  return thaw_session_fixture_path (self);
}

void
thaw_session_fixture_reopen (ThawSessionFixture *self, const char *path)
{
  g_autoptr (GError) error = NULL;

  thaw_session_fixture_tear_down (self);
  thaw_session_fixture_set_up (self);
  g_assert_true (thaw_session_fixture_open (self, path, &error));
}

void
thaw_session_fixture_train (ThawSessionFixture *self)
{
  thaw_session_train (self->session);
  thaw_session_fixture_until_idle (self);
}

guint
thaw_session_fixture_n_runs (ThawSessionFixture *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (thaw_session_get_runs (self->session)));
}

ThawRunItem *
thaw_session_fixture_run (ThawSessionFixture *self, gint64 id)
{
  return thaw_runs_find (thaw_session_get_runs (self->session), id);
}

char *
thaw_session_fixture_path (ThawSessionFixture *self)
{
  char *path;

  g_object_get (self->session, "store-path", &path, NULL);
  return path;
}

gboolean
thaw_session_fixture_heard (ThawSessionFixture *self, const char *part)
{
  for (guint i = 0; i < self->messages->len; i++)
    if (strstr (g_ptr_array_index (self->messages, i), part))
      return TRUE;
  return FALSE;
}

/* The last weights and the optimizer's moments, then the best epoch's weights: each tensor by name and bytes */
static void
update (GChecksum *checksum, const ThawTensorMap *map)
{
  for (guint i = 0; map && i < thaw_tensor_map_size (map); i++)
    {
      const ThawTensor *tensor = thaw_tensor_map_at (map, i);

      g_checksum_update (checksum, (const guchar *) thaw_tensor_map_name (map, i), -1);
      g_checksum_update (checksum, tensor->data, (gssize) tensor->bytes);
    }
}

char *
thaw_session_fixture_weights (const char *path, gint64 run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (ThawTrainState) state = NULL;
  ThawProject *project = thaw_project_open (path, THAW_PROJECT_READ, &error);

  g_assert_no_error (error);
  state = thaw_project_state (project, run, &error);
  g_assert_no_error (error);
  g_assert_nonnull (state);
  g_assert_cmpuint (thaw_tensor_map_size (state->tensors), >, 0);
  update (checksum, state->tensors);
  update (checksum, state->best);
  thaw_project_close (project, NULL);
  return g_strdup (g_checksum_get_string (checksum));
}
