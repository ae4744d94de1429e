/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-optimizer.h>
#include <thaw/thaw-precision.h>

G_BEGIN_DECLS

/* A factor on the rate, or a BatchNorm mode, for the layers a pattern covers */
typedef struct { char *pattern; double factor; } ThawRateRule;
typedef struct { char *pattern; gboolean batch; } ThawBnRule;

/**
 * ThawPhase: a stretch of training with its own freezing. A run has one or more.
 */
typedef struct
{
  /* one of: */
  char      *preset;        /* "head", "last", "all" */
  char      *train_from;    /* a layer */
  char     **freeze;        /* patterns that are frozen, all else trains */

  gboolean   batch_statistics; /* BatchNorm of trained layers; default FALSE */
  GPtrArray *bn_rules;         /* ThawBnRule, later ones win */
  GPtrArray *rate_rules;       /* ThawRateRule */

  int        epochs;
  double     lr;
  ThawOptimizerOptions optimizer;
  ThawSchedule schedule;
  double     warmup;        /* epochs */
  double     clip;          /* global L2 norm; 0: none */
  int        patience;      /* epochs without a better validation loss before the phase ends; 0: never */
} ThawPhase;

/**
 * ThawTrainOptions: all that determines a run besides model and data
 */
struct _ThawTrainOptions
{
  GPtrArray *phases;        /* ThawPhase, at least one */
  int        batch;         /* 1 .. 65536 */
  ThawAugmentation augmentation;
  guint      variants;      /* K: augmented variants of each picture that are cached; epoch e uses variant 1 + e mod K. 0: a fresh one each epoch (nothing to cache) */
  double     label_smoothing;
  gboolean   balanced;      /* class weights n / (classes * n_class) */
  guint64    seed;
  guint      threads;       /* 0: default */
  gsize      memory;        /* budget in bytes for caches and work-ahead; 0: default 512 MiB */
  gsize      disk;          /* feature cache on disk; default 4 GiB */
  char      *cache_directory; /* (nullable) */
  int        nice;
  ThawPrecision precision;  /* of what lies before the cut; what trains is float32 */
};

ThawTrainOptions *thaw_train_options_new  (void);   /* one phase: head only, 20 epochs, Adam 1e-3, batch 32 */
ThawTrainOptions *thaw_train_options_copy (const ThawTrainOptions *self);
void              thaw_train_options_free (ThawTrainOptions *self);
ThawPhase        *thaw_phase_new          (void);
ThawPhase        *thaw_phase_copy         (const ThawPhase *self);
void              thaw_phase_free         (ThawPhase *self);
/* "preset=head,epochs=20,lr=1e-3,optimizer=adamw,schedule=cosine,..." on top of @self */
gboolean          thaw_phase_parse        (ThawPhase *self, const char *text, GError **error);
/* That understands @key, "epochs" for example */
gboolean          thaw_phase_has_key      (const char *key);
char             *thaw_train_options_to_json (const ThawTrainOptions *self);
ThawTrainOptions *thaw_train_options_from_json (const char *json, GError **error);
/* The freezing a phase asks for; error where a name covers nothing. BatchNorm layers of our own head, which have no statistics worth keeping, use
 * those of the batch unless a rule says otherwise. */
ThawFreeze       *thaw_phase_freeze       (const ThawPhase *self, const ThawModel *model, GError **error);
/* Of the rate for the parameter @name: that of the last rule that covers it, else 1 */
double            thaw_phase_rate_factor  (const ThawPhase *self, const char *name);

/**
 * ThawEpoch: figures of one epoch
 */
struct _ThawEpoch
{
  int    phase;             /* from 0 */
  int    epoch;             /* from 1, over all phases */
  double loss, accuracy;    /* training, as it went (with dropout and augmentation) */
  double val_loss, val_accuracy;
  double lr;                /* of the last step */
  double seconds;
  double images_per_second;
  gboolean best;
};

/**
 * ThawTrainState: everything from which training goes on to the same bits
 *
 * @tensors: "model/NAME" for every weight or statistic that may have changed since the run began, "slot0/NAME", "slot1/NAME".
 * @best: "NAME" for the same set, at the best epoch; NULL before the first.
 * @json: position (phase, epoch, step, steps of the optimizer, the sums of the epoch so far, early stopping), and the phase under way where it was changed.
 * Numbers in json are written so that they read back to the same bits.
 */
struct _ThawTrainState
{
  ThawTensorMap *tensors;
  ThawTensorMap *best;
  gboolean       best_changed; /* since the last state that was handed out */
  char          *json;
};

ThawTrainState *thaw_train_state_new  (void);
void            thaw_train_state_free (ThawTrainState *self);

/**
 * ThawTrainObserver: what a run tells. Called in the thread of thaw_trainer_run(), never concurrently. All may be NULL.
 */
struct _ThawTrainObserver
{
  gpointer data;
  /* the pass through the frozen part: pictures done of all; @cached: found in the cache */
  void     (*features)   (gpointer data, guint done, guint total, guint cached);
  /* @step of the epoch, from 1; loss of this step, with smoothing and class weights */
  void     (*step)       (gpointer data, guint64 step, guint64 n_steps_of_epoch, double loss, double lr);
  void     (*epoch)      (gpointer data, const ThawEpoch *epoch);
  /* a picture that could no longer be read was left out */
  void     (*problem)    (gpointer data, const char *path, const char *reason);
  void     (*event)      (gpointer data, const char *text);   /* "phase 2: ...", a warning */
  /* Offered after every epoch and every checkpoint_seconds within one; (transfer none). FALSE with an error ends the run. */
  gboolean (*checkpoint) (gpointer data, const ThawTrainState *state, const ThawEpoch *epoch /* NULL inside an epoch */, GError **error);
  double   checkpoint_seconds; /* 0: 60 */
  /* The run holds (a checkpoint was offered before), or goes on; also an event "paused" or "resumed". Not told when a held run is cancelled. */
  void     (*paused)     (gpointer data, gboolean paused);
};

/**
 * ThawTrainControl: the handle on a run that any thread may hold; counted by reference
 *
 * All functions return at once, may be called before the run and after it, and again before an earlier request was heeded: the last one counts.
 * Pausing takes effect at the next step, or the next pictures of the pass through the frozen part or of a validation. Changes take effect
 * before the next step; each is told as an event ("learning rate 0.001 -> 0.0002", "trains from blocks.5: 2.1 M weights"), is a part of the state and is
 * followed by a checkpoint, so that a killed run goes on with it to the bits of a run with the same changes at the same steps. A phase that begins later is as
 * the options say. A run is stopped by its cancellable, a paused one too.
 */
ThawTrainControl *thaw_train_control_new       (void);
ThawTrainControl *thaw_train_control_ref       (ThawTrainControl *self);
void              thaw_train_control_unref     (ThawTrainControl *self);
void              thaw_train_control_pause     (ThawTrainControl *self);
void              thaw_train_control_go_on     (ThawTrainControl *self);
/* What was asked for last; the observer hears when it is so. */
gboolean          thaw_train_control_is_paused (ThawTrainControl *self);
/* The base rate of the phase under way: its schedule goes on. An error where @lr is no rate. */
gboolean          thaw_train_control_set_rate  (ThawTrainControl *self, double lr, GError **error);
/* What trains: preset, train_from or freeze, batch_statistics and bn_rules of @freezing (copied) replace those of the phase under way. The moments of
 * parameters that still train are kept, those newly thawed begin at zero; the epoch goes on where it is. Names that cover nothing, or nothing left to train, are told as an
 * event and change nothing: thaw_phase_freeze() says it before. */
void              thaw_train_control_set_freezing (ThawTrainControl *self, const ThawPhase *freezing);

/**
 * ThawTrainer:
 *
 * Runs the phases over the data set's training pictures and validates by the running weights after each epoch, without dropout, augmentation,
 * label smoothing and class weights. The best epoch is the one with the highest validation accuracy, of equal ones that with the lowest
 * loss, over all phases. @model's own parameters are changed in place (tensors that are shared or lie in a file get memory of their own
 * first): pass a copy to keep the old ones. After a run they are the best epoch's; each phase begins with the best so far and a new optimizer.
 *
 * Epoch e (from 1, over all phases) goes through the training pictures, in the order of the data set, shuffled by the stream (seed,
 * THAW_RANDOM_SHUFFLE, e, 0); augmentation's variant is e, or 1 + e mod K; dropout's numbers belong to the pictures' places in the data set.
 * A picture that cannot be read any more is left out from then on, and the state says so.
 *
 * The data set's hashes, sizes and times are brought up to date. It must not change during a run.
 */
ThawTrainer *thaw_trainer_new     (ThawModel *model, ThawDataset *dataset, const ThawTrainOptions *options, const ThawTrainObserver *observer, GError **error);
void         thaw_trainer_free    (ThawTrainer *self);
/* Before thaw_trainer_run(): by what it is paused and changed */
void         thaw_trainer_set_control (ThawTrainer *self, ThawTrainControl *control);
/* Before thaw_trainer_run(): continue from @state */
gboolean     thaw_trainer_restore (ThawTrainer *self, const ThawTrainState *state, GError **error);
/* Until the end, an error or cancellation (a checkpoint is offered first; G_IO_ERROR_CANCELLED). A loss that is no number: THAW_ERROR_NOT_FINITE, the
 * best epoch's weights are restored. */
gboolean     thaw_trainer_run     (ThawTrainer *self, GCancellable *cancellable, GError **error);
/* Totals after (or during) a run */
typedef struct
{
  int    epochs;
  double best_val_accuracy, best_val_loss, last_val_accuracy;
  int    best_epoch;
  double feature_seconds, train_seconds;
  guint64 images;           /* trained on, over all epochs */
  guint  train, val, classes;
} ThawTrainSummary;
void         thaw_trainer_summary (const ThawTrainer *self, ThawTrainSummary *summary);

/**
 * ThawTrainCost: what training will need, in bytes, before anything runs
 *
 * @total is the most at one time that thaw_trainer_run() adds to a process that has the data set: the network with its weights, gradients, moments, the best
 * epoch's copy, values of the layers in all threads, features or pictures kept, pictures decoded ahead. Not in it: the process itself with its libraries
 * (thaw-cli: some 25 MB; a window: what it has before it trains), a backbone's mapped file, SQLite.
 */
typedef struct
{
  gint64   trainable;        /* numbers that train */
  gsize    parameters;       /* all weights and statistics */
  gsize    moments;          /* of the optimizer */
  gsize    best;             /* what trains, as at the best epoch */
  gsize    pass;             /* the pass through the frozen part: over before the first step. 0: there is none */
  gsize    step;             /* steps and validation: values, gradients, repacked weights */
  gsize    pictures;         /* features of the pictures, or the pictures where nothing is frozen before what trains */
  gsize    ahead;            /* pictures decoded ahead */
  gboolean in_memory;        /* all features have room: nothing is read or computed twice */
  double   kept;             /* share of the features (in memory or on disk), or of the pictures, that has room: the rest is made anew each epoch */
  gsize    total;
  double   pass_time;        /* of the pass, as a share of what it takes in float32, as planned */
  double   pass_multiply_adds, step_multiply_adds, validation_multiply_adds; /* of one picture: once; in every epoch */
} ThawTrainCost;

/* @train, @validation: numbers of pictures; of @options: batch, threads, memory, disk, augmentation, variants. Some milliseconds. An error where @phase freezes by
 * names that cover nothing, or everything. Any thread. */
gboolean         thaw_train_cost     (const ThawModel *model, const ThawPhase *phase, const ThawTrainOptions *options, guint train, guint validation,
                                      ThawTrainCost *cost, GError **error);

/**
 * ThawEvaluation: a model's answers to pictures
 */
struct _ThawEvaluation
{
  guint      n, classes;
  guint32   *samples;       /* [n] indices into the data set */
  int       *labels;        /* [n] */
  int       *predictions;   /* [n] top-1 */
  float     *probabilities; /* [n, classes] */
  float     *logits;        /* [n, classes] */
  guint64   *confusion;     /* [label, prediction] */
  double     accuracy, loss;
  double     low, high;     /* 95 % Wilson interval of the accuracy */
};

/* @split: THAW_N_SPLITS for all pictures. Unreadable pictures become problems of the data set. */
ThawEvaluation *thaw_evaluate        (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPool *pool, GCancellable *cancellable, GError **error);
/* The same by a network that computes in @precision */
ThawEvaluation *thaw_evaluate_in     (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPrecision precision, ThawPool *pool,
                                      GCancellable *cancellable, GError **error);
/* @progress: (nullable): pictures done, in the caller's thread */
ThawEvaluation *thaw_evaluate_telling (const ThawModel *model, ThawDataset *dataset, ThawSplit split, ThawPool *pool,
                                       void (*progress) (gpointer data, guint done, guint total), gpointer data, GCancellable *cancellable, GError **error);
/* Room for @n pictures, none of which is in it yet: they are added, then it is finished */
ThawEvaluation *thaw_evaluation_new  (guint n, guint classes);
void            thaw_evaluation_free (ThawEvaluation *self);
/* @label: 0 .. classes - 1; @logits: [classes], copied; those of a later row of self->logits may be given */
void            thaw_evaluation_add  (ThawEvaluation *self, guint32 sample, int label, const float *logits);
/* A row of @from, which has the same classes, with its answer; @label instead of its own */
void            thaw_evaluation_add_row (ThawEvaluation *self, const ThawEvaluation *from, guint row, int label);
/* After the last was added: accuracy, its interval and the mean loss */
void            thaw_evaluation_finish (ThawEvaluation *self);
/* From what was kept of one: samples count 0, 1, 2 ...; logits are logarithms. @labels: each below @classes; arrays are copied */
ThawEvaluation *thaw_evaluation_new_from (guint n, guint classes, const int *labels, const float *probabilities, double loss);
/* @original with other labels [n]; pictures whose label is -1 are left out, so that its rows are those of @original that have one. (transfer full) */
ThawEvaluation *thaw_evaluation_relabel (const ThawEvaluation *original, const int *labels);
/* precision, recall, F1 of a class; 0 where undefined */
void            thaw_evaluation_class (const ThawEvaluation *self, guint label, double *precision, double *recall, double *f1);
void            thaw_wilson_interval (guint64 right, guint64 n, double *low, double *high);
/* one picture: probabilities [classes]; a ThawPredictor answers more than one in less time */
gboolean        thaw_predict         (const ThawModel *model, const ThawImage *image, ThawPool *pool, float *probabilities, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrainOptions, thaw_train_options_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPhase, thaw_phase_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrainState, thaw_train_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrainControl, thaw_train_control_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrainer, thaw_trainer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawEvaluation, thaw_evaluation_free)

G_END_DECLS
