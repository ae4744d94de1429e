/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-features.h"

G_BEGIN_DECLS

/**
 * ThawTrainPosition: where a run is; all of it goes into the state
 */
typedef struct
{
  guint   phase;            /* from 0 */
  guint   phase_epoch;      /* epochs of the phase that are done */
  guint   epoch;            /* epochs of the run that are done */
  guint64 step;             /* steps of the epoch under way that are done */
  guint64 optimizer_steps;  /* of the phase */

  /* the epoch under way, added in the order of the pictures */
  double  loss, weight;
  guint64 right, seen;

  double  phase_loss;       /* lowest validation loss of the phase */
  guint   waited;           /* epochs since */

  double  best_accuracy, best_loss;
  guint   best_epoch;       /* 0: none yet */
  double  last_accuracy;

  guint64 images;           /* trained on */
  double  feature_seconds, train_seconds;
} ThawTrainPosition;

/**
 * ThawBatch: pictures on their way through the network
 */
typedef struct
{
  gsize    n;
  guint32 *positions;       /* [n] in the order of the epoch */
  guint64 *samples;         /* [n] in the data set */
  int     *labels;          /* [n] */
  double  *losses;          /* [n] */
  guint8  *right;           /* [n] */
  double   smoothing;
  const double *class_weights;
  double   weight;          /* sum of the labels' weights */
} ThawBatch;

/* One parameter that trains */
typedef struct
{
  char       *name;
  ThawTensor *value;
  ThawTensor *slots[2];
  double      factor;       /* on the rate */
  guint64     since;        /* steps of the optimizer before its moments began */
  gsize       start;        /* elements of those before it */
  gsize       n;
} ThawUpdate;

struct _ThawTrainer
{
  ThawModel         *model;
  ThawDataset       *dataset;
  ThawTrainOptions  *options;
  ThawTrainObserver  observer;
  ThawPool          *pool;
  gint64             classes;

  ThawLeftOut       *left_out;
  GArray            *train, *validation;  /* guint32: indices of samples */
  ThawTrainPosition  position;
  GPtrArray         *moved;        /* char *: what may have changed since the run began */
  ThawTensorMap     *best;         /* (nullable): those at the best epoch */
  ThawTensorMap     *start;        /* (nullable): those as the run found them, until there is a best */
  ThawTensorMap     *restored;     /* (nullable): the optimizer's state that waits for its phase */
  GHashTable        *restored_since; /* name -> ThawUpdate.since, where it is not 0 */
  gboolean           best_changed;
  gint64             last_checkpoint;
  ThawTrainControl  *control;      /* (nullable) */
  GCancellable      *cancellable;  /* (nullable), while it runs */
  GThread           *thread;       /* that runs it */
  double             held_seconds; /* spent in pauses */

  /* the phase under way */
  ThawPhase         *changed;      /* (nullable): as it was changed since it began */
  const ThawPhase   *phase;
  ThawFreeze        *freeze;
  gboolean           used_bf16;       /* something before a cut was computed in it */
  ThawGraph         *before, *after;  /* @before is NULL where the picture itself is the cut */
  ThawExecutor      *executor;
  ThawExecutor      *validator;
  ThawFeed      *pictures;
  ThawFeatures      *features;     /* NULL with @before */
  GArray            *updates;      /* ThawUpdate */

  /* the epoch under way */
  ThawLoaderItem    *order;
  guint              n_order;
  ThawLoaderItem    *validation_order;
  guint              n_validation;
  double            *class_weights; /* (nullable) [classes] */
  ThawBatch          batch;
  gsize              batch_room;
};

/* How the options' memory is shared out */
typedef struct
{
  gsize ahead;     /* pictures that are decoded ahead */
  gsize features;  /* with a frozen part: what comes out of it */
  gsize keep;      /* without: the pictures themselves, as bytes */
} ThawTrainBudget;

ThawTrainBudget thaw_train_budget   (const ThawTrainOptions *options, gboolean frozen_part);

/* thaw-train-state.c: what goes into a file and comes out of one */
gboolean thaw_trainer_offer_state   (ThawTrainer *self, const ThawEpoch *epoch, GError **error);
gboolean thaw_trainer_read_state    (ThawTrainer *self, const ThawTrainState *state, GError **error);
/* Names of the tensors that @phase can change: weights that train, statistics that move (transfer full) */
GPtrArray *thaw_trainer_phase_names (const ThawTrainer *self, const ThawFreeze *freeze);
void     thaw_trainer_add_moved     (ThawTrainer *self, const GPtrArray *names);
ThawTensorMap *thaw_trainer_copy_moved (const ThawTrainer *self);
void     thaw_trainer_restore_best  (ThawTrainer *self);

/* thaw-train-change.c: what a ThawTrainControl asks for */

/* Between steps: pauses, changes */
gboolean thaw_trainer_heed          (ThawTrainer *self, GError **error);
/* Any thread, within a pass that leaves the state alone: pauses */
gboolean thaw_trainer_breathe       (ThawTrainer *self, GError **error);

/* thaw-train-phase.c */
gboolean thaw_trainer_open_phase    (ThawTrainer *self, GError **error);
/* self->phase has another freezing: what goes before and after the cut is made anew, moments are kept. Features come as they are wanted. */
gboolean thaw_trainer_cut_again     (ThawTrainer *self, GError **error);
void     thaw_trainer_close_phase   (ThawTrainer *self);

/* thaw-train-order.c */
gboolean thaw_trainer_make_order    (ThawTrainer *self, GError **error);
void     thaw_trainer_clear_order   (ThawTrainer *self);
guint64  thaw_trainer_epoch_steps   (const ThawTrainer *self);
/* The variant of the pictures in @epoch (from 1) */
guint32  thaw_trainer_variant       (const ThawTrainer *self, guint epoch);
gboolean thaw_trainer_reuses_pictures (const ThawTrainer *self);
/* Tells the observer about pictures that were just left out. */
void     thaw_trainer_report_left_out (ThawTrainer *self);

/* thaw-train-update.c */
void     thaw_trainer_make_updates  (ThawTrainer *self);
void     thaw_trainer_clear_updates (ThawTrainer *self);
/* The optimizer's state into self->restored, where thaw_trainer_make_updates() finds it */
void     thaw_trainer_stash_updates (ThawTrainer *self);
/* Clips the gradients and applies them. */
void     thaw_trainer_update        (ThawTrainer *self, double lr);

/* thaw-train-batch.c: forward and backward of a batch; all its pictures are read or left out */
void     thaw_trainer_reserve_batch (ThawTrainer *self, gsize n);
void     thaw_trainer_clear_batch   (ThawTrainer *self);
gboolean thaw_trainer_train_batch   (ThawTrainer *self, guint64 step, GError **error);
gboolean thaw_trainer_validate      (ThawTrainer *self, double *loss, double *accuracy, GError **error);

/* thaw-train-epoch.c */
gboolean thaw_trainer_run_epoch     (ThawTrainer *self, GError **error);
/* The features or pictures of @items will be wanted, from @from on */
void     thaw_trainer_begin_items   (ThawTrainer *self, const ThawLoaderItem *items, gsize n, gsize from);
void     thaw_trainer_end_items     (ThawTrainer *self);

G_END_DECLS
