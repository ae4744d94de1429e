/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-runs-private.h"
#include "thaw-snapshot.h"
#include "thaw-worker.h"

#include <thaw/thaw-session.h>

G_BEGIN_DECLS

enum
{
  THAW_SESSION_PROP_0,
  THAW_SESSION_PROP_STATE,
  THAW_SESSION_PROP_PATH,
  THAW_SESSION_PROP_STORE_PATH,
  THAW_SESSION_PROP_TITLE,
  THAW_SESSION_PROP_READ_ONLY,
  THAW_SESSION_PROP_OPENING,
  THAW_SESSION_PROP_TRAIN_PROBLEM,
  THAW_SESSION_PROP_STATUS_TEXT,
  THAW_SESSION_PROP_FRACTION,
  THAW_SESSION_PROP_IMAGES_PER_SECOND,
  THAW_SESSION_PROP_SECONDS_LEFT,
  THAW_SESSION_PROP_UNFINISHED,
  THAW_SESSION_PROP_THREADS,
  THAW_SESSION_PROP_MEMORY,
  THAW_SESSION_PROP_DISK,
  THAW_SESSION_PROP_CACHE_FOLDER,
  THAW_SESSION_N_PROPS
};

/* What was saved last, by the generations of who has it */
typedef struct
{
  guint64 pictures, network, options;
} ThawGenerations;

struct _ThawSession
{
  GObject          parent_instance;

  /* what it is made of */
  ThawHistory     *history;
  ThawPictures    *pictures;
  ThawNetwork     *network;
  ThawOptions     *options;
  ThawRuns        *runs;
  ThawResults     *results;
  char           **labels;       /* as the network has them */
  gboolean         updating;     /* an idle waits to bring network and train-problem up to date */

  /* the project */
  ThawStore       *store;        /* NULL: none is open */
  char            *store_path;
  gboolean         named;        /* by the person */
  gboolean         read_only;
  GQueue           operations;   /* GTask of ThawOperation; the first is under way */

  /* saving as one goes */
  guint            save_source;  /* 0: nothing waits */
  ThawSnapshot    *save_snapshot; /* (nullable): pictures are being copied for it */
  gboolean         saving;
  gboolean         save_failed;  /* and the person was told */
  ThawGenerations  saved;

  /* training */
  ThawWorker      *worker;
  ThawSnapshot    *train_snapshot; /* (nullable): pictures are being copied for the next */
  ThawRunItem     *live;         /* its run */
  ThawSessionState state;
  gboolean         train_wanted; /* as soon as there is a project */
  char            *applied;      /* the network's settings as the run has them; NULL: not known */
  gint64           unfinished;
  char            *train_problem;
  char            *status_text;
  double           fraction, images_per_second, seconds_left;
  guint            n_gone;       /* pictures that went, of this run */
  char            *gone;         /* (nullable): the first of them, and why */
  guint            gone_source;
  gboolean         gone_told;

  /* preferences */
  guint            threads;
  guint64          memory, disk;
  char            *cache_folder;
};

/* thaw-session.c */
void     thaw_session_notify         (ThawSession *self, guint property);
void     thaw_session_finished       (ThawSession *self, gint64 run, ThawRunStatus status);
void     thaw_session_set_state      (ThawSession *self, ThawSessionState state);
/* Soon: labels and work of the network, train-problem */
void     thaw_session_queue_update   (ThawSession *self);

/* thaw-session-save.c */

/**
 * ThawSave: what is to be written, taken from the main thread's objects
 */
typedef struct
{
  ThawDataset    *dataset;  /* (nullable): the pictures have not changed */
  char           *shares, *network, *options; /* JSON (nullable) */
  ThawGenerations generations;
} ThawSave;

/* Names of the project's settings */
#define THAW_SETTING_NETWORK "network"
#define THAW_SETTING_OPTIONS "options"
#define THAW_SETTING_SPLIT "split"

/* (nullable): there is nothing new. @dataset: (nullable) (transfer full): a snapshot of generation @pictures; else the pictures are as they were saved */
ThawSave *thaw_session_collect_save  (ThawSession *self, ThawDataset *dataset, guint64 pictures);
/* @save: (transfer full) (nullable): there is nothing new */
typedef void (*ThawCollectFunc) (gpointer data, ThawSave *save);
/* Pictures that changed are copied first, in slices; the session must live until @func was called */
void      thaw_session_collect_async (ThawSession *self, ThawCollectFunc func, gpointer data);
void      thaw_save_free             (ThawSave *self);
/* ThawStoreFunc: @data: ThawSave */
gpointer  thaw_save_cb               (ThawProject *project, gpointer data, GError **error);
/* Everything is as the project has it */
void      thaw_session_mark_saved    (ThawSession *self, const ThawGenerations *generations);
void      thaw_session_queue_save    (ThawSession *self);
void      thaw_session_cancel_save   (ThawSession *self);

/* thaw-session-project.c */

/* Frees a data set where nobody waits for it. @dataset: (nullable) (transfer full) */
void      thaw_session_discard       (ThawSession *self, ThawDataset *dataset);
/* A project for what is in memory, where none is open or being opened */
void      thaw_session_need_project  (ThawSession *self);

/* thaw-session-show.c */

/* Results are those of the runs' current one */
void      thaw_session_show_current  (ThawSession *self);

/* thaw-session-train.c */

/* Of a run that would begin now, @tree being the freezing that the tree shows (transfer full) */
ThawTrainOptions *thaw_session_make_options (ThawSession *self, const ThawPhase *tree);
/* No more news of the run that trains, which ends with a checkpoint: who gets the worker joins it (transfer full) (nullable) */
ThawWorker *thaw_session_release_worker (ThawSession *self);
void      thaw_session_forget_gone   (ThawSession *self); /* pictures that went and were not told of yet */
/* The run that waits for a project */
void      thaw_session_train_wanted  (ThawSession *self);
void      thaw_session_set_unfinished (ThawSession *self, gint64 run);
/* Goes through the reasons why a run cannot be started */
void      thaw_session_update_problem (ThawSession *self);

G_END_DECLS
