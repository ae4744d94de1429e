/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-worker.h"

G_BEGIN_DECLS

/* How the person wants the run to end; a later one outranks an earlier one */
typedef enum { THAW_WISH_NONE, THAW_WISH_STOP, THAW_WISH_HALT } ThawWish;

struct _ThawWorker
{
  gatomicrefcount  references;
  GThread         *thread;

  /* of the main thread */
  ThawWorkerFunc   func;
  gpointer         owner;       /* NULL: nobody listens */
  GMainContext    *context;

  /* of both, under the mutex */
  GMutex           mutex;
  GCond            cond;        /* a wish was made */
  ThawNews        *news;        /* since the last look */
  gboolean         pending;     /* a wake-up is on its way */
  ThawWish         wish;
  gboolean         retry;       /* go on was pressed: what could not be stored is tried at once */

  ThawTrainControl *control;
  GCancellable    *cancellable; /* of the trainer */
  GCancellable    *checking;    /* of the evaluation */

  /* of the training thread */
  ThawJob          job;
  ThawRunEnd       end;         /* the main thread's once the stage is THAW_STAGE_ENDED */
  gint64           began;       /* monotonic */
  double           seconds_before; /* of the run, before this thread */
  int              epoch;       /* that is being trained, from 1 */
  int              n_epochs;
  double           epoch_seconds; /* of the last whole one; 0: none yet */
  guint64          last_step;   /* over all epochs */
  guint64          step_base;   /* what came before this epoch */
  GArray          *unstored;    /* ThawStepPoint: not handed to the store yet */
  gint64           handed_over; /* monotonic: when steps last were */
  gint64           step_at;     /* monotonic: of the last step */
  double           step_seconds;/* smoothed */
  gint64           features_from; /* monotonic: when the pass through the frozen part began */
  gint64           paused_at;   /* monotonic */
  guint            n_gone;
  ThawStage        stage_before; /* the pause */
};

gpointer thaw_worker_thread_cb (gpointer data);

/* From the training thread: changes of self->news lie between these two */
void     thaw_worker_lock      (ThawWorker *self);
void     thaw_worker_post      (ThawWorker *self);
void     thaw_worker_set_stage (ThawWorker *self, ThawStage stage);
ThawWish thaw_worker_wish      (ThawWorker *self);

/* Calls @func in the store until it succeeds, as long as the person does not want the run to end: a full disk is no reason to lose one */
gboolean thaw_worker_store     (ThawWorker *self, ThawStoreFunc func, gpointer data, GError **error);

ThawWorker *thaw_worker_ref    (ThawWorker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawWorker, thaw_worker_unref)

G_END_DECLS
