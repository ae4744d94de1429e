/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-cli.h"

G_BEGIN_DECLS

/**
 * ThawTrainFlags: the options of `train` as they were written; NULL where absent
 */
typedef struct
{
  /* thaw-train-flags.c: one phase, or what all phases begin with */
  char  *preset, *train_from, **freeze;
  char  *epochs, *lr, *optimizer, *schedule, *weight_decay, *momentum, *clip, *warmup, *patience;
  char **rates, **bn, **phases;

  /* the whole run */
  char  *batch, *augment, *variants, *label_smoothing, *class_weights, *seed, *threads, *memory, *disk, *nice, *cache, *checkpoint, *precision;

  /* the network */
  char    *backbone, *head, *cut, *input;
  gboolean random_weights;

  /* the pictures */
  char *val, *test, *split_seed, *per_class, *val_per_class;

  /* where it goes */
  char    *project, *export;
  gboolean resume;
} ThawTrainFlags;

extern ThawTrainFlags     thaw_train_flags;
extern const GOptionEntry thaw_train_entries[];

/* The number of threads is always set. */
ThawTrainOptions *thaw_train_flags_options (const ThawTrainFlags *self, GError **error);
/* @backbone: (out): for thaw_project_begin_run(), NULL where the run's own weights are all there is. No head yet. */
ThawModel        *thaw_train_flags_backbone (const ThawTrainFlags *self, char **backbone, GError **error);
/* With the head for @dataset's classes, its parameters its own */
ThawModel        *thaw_train_flags_model (const ThawTrainFlags *self, const ThawModel *backbone, const ThawDataset *dataset,
                                          guint64 seed, GError **error);
/* The pictures of the command line's folders, split */
ThawDataset      *thaw_train_flags_dataset (const ThawTrainFlags *self, ThawCli *cli, guint64 seed, GError **error);
/* The path of the project: --project, or a new one in the user's data folder */
char             *thaw_train_flags_project (const ThawTrainFlags *self, const char *first_folder, GError **error);

/**
 * ThawTraining: a run that is being trained
 */
typedef struct
{
  ThawCli          *cli;
  ThawProject      *project;
  gint64            run;
  ThawModel        *model;
  ThawDataset      *dataset;
  ThawTrainOptions *options;
  ThawTrainState   *state;     /* (nullable): to go on from */
  double            checkpoint_seconds; /* 0: the trainer's own */
  int               epoch;     /* that is being trained */
  int               epochs;    /* of all phases */
  guint             problems;  /* of the data set that were listed */
  guint             hashes;    /* pictures whose hash was known before */
  gboolean          fresh;     /* it is not gone on with: the project's pictures are the run's */
  guint64           step;      /* over all epochs, that was done last */
  double            before;    /* seconds of the run before it was gone on with */
  gint64            began;     /* monotonic */

  /* the result */
  ThawTrainSummary  summary;
  double            low, high;
  double            seconds;
} ThawTraining;

void     thaw_training_clear  (ThawTraining *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawTraining, thaw_training_clear)
/* To the end, an error or an interruption; the run's end is written, the result is said. */
gboolean thaw_training_run    (ThawTraining *self, GError **error);
/* Says the result: in words at once, while the JSON object is the last line of all */
void     thaw_training_say_result  (ThawTraining *self);
void     thaw_training_emit_result (ThawTraining *self);
/* A line of what is to be trained */
void     thaw_training_announce (ThawTraining *self, gboolean resumed);
/* Fills @self from the project's unfinished run. @found: FALSE where there is none. */
gboolean thaw_training_resume (ThawTraining *self, const ThawTrainFlags *flags, gboolean *found, GError **error);

G_END_DECLS
