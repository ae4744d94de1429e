/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "../support/thaw-test.h"

#include <thaw/thaw-session.h>
#include <thaw/thaw-store.h>

/**
 * ThawSessionFixture: a session as the window has it, and what it said
 */
typedef struct
{
  ThawSession *session;
  GPtrArray   *messages;   /* char *: "title: text" */
  GArray      *finished;   /* ThawRunStatus */
  GArray      *states;     /* ThawSessionState */
} ThawSessionFixture;

/* The program's environment: a data folder of its own. First thing in main() */
void     thaw_session_fixture_prepare  (void);
/* Pictures of three small classes, train and val given (transfer full) */
char    *thaw_session_fixture_pictures (guint train, guint val);

/* A session whose backbone is a small one with random weights */
void     thaw_session_fixture_set_up   (ThawSessionFixture *self);
/* Ends with g_assert_finalize_object() */
void     thaw_session_fixture_tear_down (ThawSessionFixture *self);
void     thaw_session_fixture_import   (ThawSessionFixture *self, const char *folder);
/* Runs the main loop until @condition */
void     thaw_session_fixture_until    (ThawSessionFixture *self, gboolean (*condition) (ThawSessionFixture *self));
void     thaw_session_fixture_until_idle (ThawSessionFixture *self);
/* Everything that is waiting is saved */
void     thaw_session_fixture_settle   (ThawSessionFixture *self);

/* set_up() with the pictures of @folder and options for a short run; its file (transfer full) */
char    *thaw_session_fixture_new_project (ThawSessionFixture *self, const char *folder);
/* Another session on the project at @path */
void     thaw_session_fixture_reopen   (ThawSessionFixture *self, const char *path);
/* A run, to its end */
void     thaw_session_fixture_train    (ThawSessionFixture *self);
guint    thaw_session_fixture_n_runs   (ThawSessionFixture *self);
ThawRunItem *thaw_session_fixture_run  (ThawSessionFixture *self, gint64 id);

typedef void (*ThawSessionProjectFunc) (ThawSession *session, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean thaw_session_fixture_do       (ThawSessionFixture *self, ThawSessionProjectFunc func, GError **error);
gboolean thaw_session_fixture_open     (ThawSessionFixture *self, const char *path, GError **error);
gboolean thaw_session_fixture_save_as  (ThawSessionFixture *self, const char *path, GError **error);
/* (transfer full) */
char    *thaw_session_fixture_path     (ThawSessionFixture *self);
gboolean thaw_session_fixture_heard    (ThawSessionFixture *self, const char *part);
/* SHA-256 of a run's last state in a closed project: weights, moments, the best epoch's weights (transfer full) */
char    *thaw_session_fixture_weights  (const char *path, gint64 run);
