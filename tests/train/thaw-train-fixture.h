/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "../support/thaw-test.h"

#include <thaw/thaw-trainer.h>

/* A folder with train/CLASS and val/CLASS of small PNGs, three classes that differ in colour and pattern (transfer full) */
char         *thaw_fixture_pictures (guint train, guint val);
ThawDataset  *thaw_fixture_dataset  (const char *folder);
/* A small network with BatchNorm, a residual and 16 features at 24 x 24 pixels; groups "stem", "block1", "block2" and the head @head */
ThawModel    *thaw_fixture_model    (const char *head);

/* What happened in a run, and every state it offered, as copies */
typedef struct
{
  GArray    *epochs;       /* ThawEpoch */
  GPtrArray *states;       /* ThawTrainState */
  GPtrArray *problems;     /* char *: "path: reason" */
  GPtrArray *events;       /* char * */
  guint      features_done, features_total, features_cached, features_calls;
  guint64    steps;
  guint64    cancel_at;    /* step after which @cancellable is cancelled; 0: never */
  char      *remove_at;    /* (nullable) a picture that is deleted after step @remove_step */
  guint64    remove_step;
  ThawTrainControl *control; /* (nullable) (owned) */
  void     (*hook) (gpointer data, guint64 step); /* (nullable): after each step */
  gpointer   hook_data;
  guint      changes;      /* of rate or freezing, as events told */
  GArray    *state_changes; /* guint: changes when each state was offered */
  int        paused;       /* atomic: 1 while it is held */
  guint      pauses;
  GCancellable *cancellable;
  GThread   *thread;
} ThawFixtureRecord;

ThawFixtureRecord *thaw_fixture_record_new  (void);
void               thaw_fixture_record_free (ThawFixtureRecord *self);
/* @interval: seconds between checkpoints inside an epoch */
ThawTrainObserver  thaw_fixture_observer    (ThawFixtureRecord *record, double interval);

/* Trains @model; @from (nullable) is continued from. Fails the test on an error, unless @error is given. */
gboolean           thaw_fixture_train       (ThawModel *model, ThawDataset *dataset, const ThawTrainOptions *options,
                                             const ThawTrainState *from, ThawFixtureRecord *record, double interval, GError **error);
/* The first epochs without seconds: to the bit */
void               thaw_fixture_same_epochs (const GArray *a, const GArray *b, guint from);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFixtureRecord, thaw_fixture_record_free)
