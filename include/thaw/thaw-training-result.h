/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

/* A step of a result, as it is drawn */
typedef struct
{
  guint64 step;           /* over all epochs, from 1 */
  double  loss, lr, seconds;
} ThawTrainingStep;

/**
 * ThawTrainingResult: what train.py of an exported training left in its folder's result/
 *
 * It comes from another machine, so that everything in it is looked at: numbers in their ranges, epochs in their order, weights that are safetensors
 * of the run's own names and shapes. Nothing in it is executed.
 */
typedef struct
{
  gint64            run, started; /* of the run that it goes on from */
  gboolean          finished;
  guint             processes;
  char             *device;       /* "cuda" */
  ThawTrainOptions *options;      /* as they were in settings.json */
  GArray           *epochs;       /* ThawEpoch, at least one */
  GArray           *steps;        /* ThawTrainingStep */
} ThawTrainingResult;

/* metrics.json of the result in @folder: the exported folder, or result/ alone */
ThawTrainingResult *thaw_training_result_read  (const char *folder, GError **error);
/* The same from memory; the fuzz target calls this. */
ThawTrainingResult *thaw_training_result_parse (const char *text, gsize length, GError **error);
void                thaw_training_result_free  (ThawTrainingResult *self);
/* The best epoch's weights as a model; @start: as the run began */
ThawModel          *thaw_training_result_model (const char *folder, const ThawModel *start, GError **error);
/* From where a result that is not finished goes on */
ThawTrainState     *thaw_training_result_state (const char *folder, const ThawModel *start, const ThawTrainOptions *options, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTrainingResult, thaw_training_result_free)

G_END_DECLS
