/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/**
 * ThawProject: a .thaw file
 *
 * SQLite, application_id 0x54686177 ("Thaw"), user_version = schema version with migrations. WAL and synchronous=FULL while open; the last to close
 * leaves a single file. One writer: the write lock is held while open, a second writer gets THAW_ERROR_BUSY naming the file. One thread at a time.
 */
typedef enum { THAW_PROJECT_READ, THAW_PROJECT_WRITE, THAW_PROJECT_CREATE } ThawProjectMode;

ThawProject *thaw_project_open        (const char *path, ThawProjectMode mode, GError **error);
/* FALSE when the last pending writes could not be committed */
gboolean     thaw_project_close       (ThawProject *self, GError **error);
const char  *thaw_project_path        (const ThawProject *self);
/* Where projects are that nobody has named, among the user's data; it need not be there yet (transfer full) */
char        *thaw_project_folder      (void);
/* Of a file there that does not exist: @prefix, the time now, and a number where need be (transfer full) */
char        *thaw_project_new_path    (const char *prefix);

/* images: path (relative to the project's folder where below it), size, time, hash, label, split; classes; problems. One transaction. */
gboolean     thaw_project_set_dataset (ThawProject *self, const ThawDataset *dataset, GError **error);
ThawDataset *thaw_project_get_dataset (ThawProject *self, GError **error);

typedef enum { THAW_RUN_RUNNING, THAW_RUN_DONE, THAW_RUN_STOPPED, THAW_RUN_FAILED } ThawRunStatus;

typedef struct
{
  gint64        id;
  char         *name, *notes;
  ThawRunStatus status;
  gint64        started;        /* microseconds since 1970 */
  char         *backbone;       /* for thaw_backbone_open() */
  char         *backbone_hash;
  char         *model_metadata; /* JSON object: thaw_zoo_metadata() of the model with its head */
  char         *options;        /* JSON: thaw_train_options_to_json() */
  ThawTrainSummary summary;
  double        low, high;      /* interval of the best validation accuracy */
} ThawRun;

void         thaw_run_free            (ThawRun *self);

/* A new run; @model with head and backbone as training starts. Its id in @out_id. */
gboolean     thaw_project_begin_run   (ThawProject *self, const char *backbone, const ThawModel *model, const ThawTrainOptions *options, gint64 *out_id, GError **error);
/* Epochs shorter than this wait for others to share a transaction with, at most so many seconds */
#define THAW_PROJECT_SHORT_EPOCH_SECONDS .25
#define THAW_PROJECT_SHARE_SECONDS 1.
/* For ThawTrainObserver.checkpoint: state, and the epoch where there is one, in one transaction; epochs that take milliseconds share one, a second's worth
 * at most (thaw_project_flush() and thaw_project_close() commit what is pending). Only tensors that differ from the backbone are stored. */
gboolean     thaw_project_checkpoint  (ThawProject *self, gint64 run, const ThawTrainState *state, const ThawEpoch *epoch, GError **error);
gboolean     thaw_project_flush       (ThawProject *self, GError **error);
/* @step: over all epochs, from 1; 0: before the first. @seconds: since the run began, pauses included; NAN: not known */
gboolean     thaw_project_add_event   (ThawProject *self, gint64 run, guint64 step, double seconds, const char *text, GError **error);
gboolean     thaw_project_add_step    (ThawProject *self, gint64 run, guint64 step, double loss, double lr, double seconds, GError **error);
gboolean     thaw_project_end_run     (ThawProject *self, gint64 run, ThawRunStatus status, const ThawTrainSummary *summary, double low, double high, GError **error);

GPtrArray   *thaw_project_runs        (ThawProject *self, GError **error);             /* ThawRun, oldest first */
/* One of those; @run: (out) (transfer full): NULL where there is none, which is no error */
gboolean     thaw_project_find_run    (ThawProject *self, gint64 id, ThawRun **run, GError **error);
GPtrArray   *thaw_project_epochs      (ThawProject *self, gint64 run, GError **error); /* ThawEpoch */
/* NULL without error where nothing was committed yet */
ThawTrainState *thaw_project_state    (ThawProject *self, gint64 run, GError **error);
/* The run's model: the backbone (looked for by name, then hash), its head, the best weights (or the last, where there is no best). */
ThawModel   *thaw_project_model       (ThawProject *self, gint64 run, GError **error);
/* The model as it was when the run began: for resuming */
ThawModel   *thaw_project_start_model (ThawProject *self, gint64 run, GError **error);
/* The last run, where it did not come to its end; 0: there is none, -1: error */
gint64       thaw_project_unfinished  (ThawProject *self, GError **error);
/* thaw_project_end_run() with the interval that @summary gives, also in @low and @high */
gboolean     thaw_project_finish_run  (ThawProject *self, gint64 run, ThawRunStatus status, const ThawTrainSummary *summary, double *low, double *high, GError **error);
/* What train.py of an exported training left in @folder (the exported one, or its result/), as a new run beside the one that was exported, with that
 * one's epochs before it. It is unfinished where the result is. Nothing changes where something in the folder is not as it should be. */
gboolean     thaw_project_import_result (ThawProject *self, const char *folder, gint64 *out_run, GError **error);

/**
 * ThawResume: what an unfinished run goes on from
 */
typedef struct
{
  ThawTrainOptions *options;
  ThawDataset      *dataset;
  ThawModel        *model;    /* as the run began, its parameters its own */
  ThawTrainState   *state;    /* NULL: nothing was committed yet */
  GPtrArray        *epochs;   /* ThawEpoch that were committed */
  guint             changed;  /* picture files that changed or went since they were last read */
} ThawResume;

void         thaw_resume_clear        (ThawResume *self);
/* @resume: zeros; also after an error thaw_resume_clear() is due */
gboolean     thaw_project_resume      (ThawProject *self, gint64 run, ThawResume *resume, GError **error);
gboolean     thaw_project_rename_run  (ThawProject *self, gint64 run, const char *name, GError **error);
gboolean     thaw_project_set_notes   (ThawProject *self, gint64 run, const char *notes, GError **error);
/* The run is no longer listed; it comes back with thaw_project_restore_run() until thaw_project_purge() or thaw_project_close() */
gboolean     thaw_project_delete_run  (ThawProject *self, gint64 run, GError **error);
gboolean     thaw_project_restore_run (ThawProject *self, gint64 run, GError **error);
gboolean     thaw_project_purge       (ThawProject *self, GError **error);

/* The pictures as the run sees them, whatever becomes of the project's: set when it begins, and again when their hashes are known. Equal ones are
 * stored once. Without: the project's. */
gboolean     thaw_project_set_run_dataset (ThawProject *self, gint64 run, const ThawDataset *dataset, GError **error);
ThawDataset *thaw_project_run_dataset (ThawProject *self, gint64 run, GError **error);

/* seconds: NAN where not known (runs of older versions) */
typedef struct { guint64 step; double loss, lr, seconds; } ThawProjectStep;
typedef struct { gint64 time; guint64 step; double seconds; char *text; } ThawProjectEvent;
GArray      *thaw_project_steps       (ThawProject *self, gint64 run, GError **error); /* ThawProjectStep */
GArray      *thaw_project_events      (ThawProject *self, gint64 run, GError **error); /* ThawProjectEvent, oldest first */

/* What the run's model said of the pictures of @split (THAW_N_SPLITS: of all), one a run and split. @dataset: what evaluation->samples count in */
gboolean     thaw_project_set_evaluation (ThawProject *self, gint64 run, ThawSplit split, const ThawEvaluation *evaluation, const ThawDataset *dataset, GError **error);
/* NULL without error where there is none. @pictures: (out) (optional) (transfer full): those that were judged, each with its label then; evaluation->samples
 * count in it: 0, 1, 2 ... The logits are the logarithms of the probabilities: the true ones but for a number that is the same for all classes. */
ThawEvaluation *thaw_project_evaluation (ThawProject *self, gint64 run, ThawSplit split, ThawDataset **pictures, GError **error);

/* Texts that belong to the project, such as what a window was set to. @value NULL: none */
gboolean     thaw_project_set_setting (ThawProject *self, const char *key, const char *value, GError **error);
/* (transfer full); NULL without error where there is none */
char        *thaw_project_get_setting (ThawProject *self, const char *key, GError **error);

/* A whole copy in the place of whatever was called @path, complete or not at all; @self goes on in it, for writing, and leaves the old file as a single
 * file. Paths relative to the project's folder are made relative to the new one. On failure @self goes on where it was. */
gboolean     thaw_project_save_as     (ThawProject *self, const char *path, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawResume, thaw_resume_clear)

G_END_DECLS
