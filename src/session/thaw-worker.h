/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-run-store.h"

#include <thaw/thaw-store.h>

G_BEGIN_DECLS

/**
 * ThawJob: what a run is trained with, or which one goes on
 */
typedef struct
{
  ThawStore        *store;    /* must stay open until the worker was joined */
  gint64            run;      /* goes on with this one; 0: a new run of: */
  char             *backbone; /* for thaw_project_begin_run(), nullable */
  char             *network_settings, *options_settings; /* (nullable) JSON: what the window showed, for thaw_runs_restore() */
  ThawModel        *model;
  ThawDataset      *dataset;
  ThawTrainOptions *options;
} ThawJob;

void thaw_job_clear (ThawJob *self);

typedef enum
{
  THAW_STAGE_PREPARING,  /* the run is being written, features are being computed */
  THAW_STAGE_TRAINING,
  THAW_STAGE_PAUSED,     /* as the person wished, or because nothing can be stored */
  THAW_STAGE_CHECKING,   /* training is over: the result is evaluated */
  THAW_STAGE_ENDED,
} ThawStage;

/**
 * ThawNews: what a worker has to say since it was last asked
 */
typedef struct
{
  ThawRun  *begun;              /* (nullable): the run that trains, once; the session's from now on */
  ThawCurves *before;           /* (nullable): with it: the curves of a run that goes on */
  ThawStage stage;
  guint     features, of_features; /* pictures that went through the frozen part; equal: no such pass is under way */
  double    features_per_second;
  int       epoch, n_epochs;    /* that is being trained, from 1 */
  guint64   step, n_steps;      /* of this epoch */
  double    images_per_second;  /* 0: not known yet */
  double    seconds_left;       /* < 0: not known yet */

  GArray   *steps;              /* ThawStepPoint */
  GArray   *epochs;             /* ThawEpoch */
  GArray   *events;             /* ThawRunEvent */

  guint     n_gone;             /* pictures that could not be read */
  char     *gone;               /* which the first of them is, and why */
  GError   *trouble;            /* (nullable): why nothing can be stored at the moment; the run waits */
} ThawNews;

void thaw_news_free (ThawNews *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawNews, thaw_news_free)

/**
 * ThawRunEnd: what came of a run
 */
typedef struct
{
  gint64          run;          /* 0: it was never begun */
  ThawRun        *row;          /* (nullable) as the project has it */
  gboolean        can_go_on;    /* it was interrupted */
  GError         *error;        /* (nullable) */
  ThawDataset    *dataset;      /* the run's pictures: hashes, sizes, problems */
  ThawEvaluation *evaluation;   /* (nullable) */
  ThawSplit       split;        /* of it */
  char          **labels;       /* of the evaluation */
} ThawRunEnd;

/**
 * ThawWorker: the training thread
 *
 * One run, at nice 19. All functions are the main thread's. News and the end arrive there, at most one wake-up pending and not more often than a
 * screen shows them; a worker that was disowned says nothing more.
 */
typedef struct _ThawWorker ThawWorker;
typedef void (*ThawWorkerFunc) (gpointer owner, ThawWorker *worker);

/* @job: its members are taken. @news: in the calling thread's main context: there is something for thaw_worker_take_news() */
ThawWorker *thaw_worker_start     (ThawJob *job, ThawWorkerFunc news, gpointer owner);
/* Everything since the last call (transfer full) */
ThawNews   *thaw_worker_take_news (ThawWorker *self);
/* After the stage THAW_STAGE_ENDED was in the news (transfer none) */
ThawRunEnd *thaw_worker_get_end   (ThawWorker *self);

/* By which the run is changed while it trains (transfer none) */
ThawTrainControl *thaw_worker_get_control (ThawWorker *self);
void        thaw_worker_pause     (ThawWorker *self);
void        thaw_worker_go_on     (ThawWorker *self);
/* Keeps the best epoch and evaluates it; a second time: without the evaluation */
void        thaw_worker_stop      (ThawWorker *self);
/* Ends with a checkpoint as soon as it can: the run can go on later */
void        thaw_worker_halt      (ThawWorker *self);
/* No more news */
void        thaw_worker_disown    (ThawWorker *self);
/* Waits for the thread; any thread, once */
void        thaw_worker_join      (ThawWorker *self);
void        thaw_worker_unref     (ThawWorker *self);

G_END_DECLS
