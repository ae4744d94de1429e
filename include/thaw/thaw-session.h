/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-history.h>
#include <thaw/thaw-network.h>
#include <thaw/thaw-options.h>
#include <thaw/thaw-pictures.h>
#include <thaw/thaw-results.h>
#include <thaw/thaw-runs.h>

G_BEGIN_DECLS

#define THAW_TYPE_SESSION (thaw_session_get_type ())
G_DECLARE_FINAL_TYPE (ThawSession, thaw_session, THAW, SESSION, GObject)

typedef enum
{
  THAW_SESSION_IDLE,
  THAW_SESSION_STARTING,  /* the run is being written, features are being computed */
  THAW_SESSION_TRAINING,
  THAW_SESSION_PAUSED,
  THAW_SESSION_STOPPING,
} ThawSessionState;

/**
 * ThawSession: what the window talks to: a project, its pictures, network, options and runs
 *
 * All of the main thread; nothing here blocks. Work happens in the training thread, in the project's thread (the only one that touches
 * SQLite) and in GTask's. What they have to say arrives coalesced, at most one wake-up pending, with the run's number: late news of a stopped
 * run is dropped.
 *
 * Properties (notify): state; path (nullable: not named by the person yet), store-path (where the project's file lies, named or not; nullable until one
 * is open), title (display), read-only, opening; train-problem (nullable string: why
 * Train cannot be pressed, for its tooltip); status-text ("Epoch 3 of 20"), fraction (0 .. 1), images-per-second, seconds-left (< 0: not known);
 * unfinished (gint64: a run of the project that can go on, 0: none); threads, memory, disk (bytes), cache-folder: preferences.
 * Signals: "message" (const char *title, const char *text, gboolean serious, const char *action (nullable: detailed action), const char *action_label):
 * what the person should hear: a toast, or a dialog where it is serious; "finished" (gint64 run, ThawRunStatus status).
 */
ThawSession  *thaw_session_new          (void);
ThawHistory  *thaw_session_get_history  (ThawSession *self);
ThawPictures *thaw_session_get_pictures (ThawSession *self);
ThawNetwork  *thaw_session_get_network  (ThawSession *self);
ThawOptions  *thaw_session_get_options  (ThawSession *self);
ThawRuns     *thaw_session_get_runs     (ThawSession *self);
ThawResults  *thaw_session_get_results  (ThawSession *self);
ThawStore    *thaw_session_get_store    (ThawSession *self);
ThawSessionState thaw_session_get_state (ThawSession *self);

/**
 * Projects. Each finishes with thaw_session_project_finish(); one waits for the other. Errors are for the caller to tell (thaw_session_tell()).
 *
 * Opening and beginning another ends the one before as closing does; where the new one cannot be had, the old one stays, and its run goes on.
 * A project that another window or command writes, or whose file may not be written, opens read-only, which a "message" says. The first pictures
 * that are imported without a project begin one in the user's data folder. Everything the person changes is saved a second later; what cannot be saved
 * is told once, tried again, and stays in memory: closing then fails and the project stays open. A project without a name that nothing came of leaves no file.
 */
void          thaw_session_open_async   (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
void          thaw_session_new_async    (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Moves a project that has no name yet, copies one that has; goes on with that, a run too */
void          thaw_session_save_as_async (ThawSession *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* Ends a run with a checkpoint, commits everything */
void          thaw_session_close_async  (ThawSession *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean      thaw_session_project_finish (ThawSession *self, GAsyncResult *result, GError **error);

/* Training. What hinders is told by a "message". */
void          thaw_session_train        (ThawSession *self);
void          thaw_session_pause        (ThawSession *self);
void          thaw_session_go_on        (ThawSession *self); /* after a pause, or with the unfinished run */
void          thaw_session_stop         (ThawSession *self); /* keeps the best epoch and judges it; again: without judging */
/* The run that trains takes the options' learning rate (that of the phase under way) and the network's freezing from the next step on */
void          thaw_session_apply_rate   (ThawSession *self);
void          thaw_session_apply_freezing (ThawSession *self);
/* Signal "message", with its arguments */
void          thaw_session_message      (ThawSession *self, const char *title, const char *text, gboolean serious, const char *action, const char *label);
/* Also what is not a run's affair: errors of any page end here (signal "message") */
void          thaw_session_tell         (ThawSession *self, const char *title, const GError *error);

G_END_DECLS
