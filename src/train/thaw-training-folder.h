/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-export.h>
#include <thaw/thaw-zoo.h>

G_BEGIN_DECLS

/**
 * The folder of a training that goes on in PyTorch: resources/training/ has what is the same in all of them (train.py and what it needs), the rest is
 * written here. Weights and moments have the names and shapes of PyTorch's network; "progress" in the metadata of a safetensors file is the json of a
 * ThawTrainState whose names are PyTorch's too.
 */
#define THAW_TRAINING_SETTINGS "settings.json"
#define THAW_TRAINING_MANIFEST "manifest.csv"
#define THAW_TRAINING_WEIGHTS "weights.safetensors"
#define THAW_TRAINING_PROGRESS "progress.safetensors"
#define THAW_TRAINING_RESULT "result"

/* thaw-training-state.c: what a run has reached, by PyTorch's names and back */

/* (transfer full) */
ThawTensorMap *thaw_training_state_tensors (const ThawZooState *zoo, const ThawModel *model, const ThawTrainState *state);
/* A file that may come from anywhere: NULL with an error where a tensor has another shape or is not finite. */
ThawTrainState *thaw_training_state_read   (const ThawZooState *zoo, const ThawModel *model, const ThawTensorMap *file, GError **error);
/* A state's json by PyTorch's names, without a change of the phase, which thaw_training_options() has (transfer full) */
char          *thaw_training_progress      (const ThawZooState *zoo, const ThawModel *model, const char *json, GError **error);
/* The inverse: json for thaw_trainer_restore() */
char          *thaw_training_position      (const ThawZooState *zoo, const ThawModel *model, const ThawTrainOptions *options, const char *progress, GError **error);
/* @options with the phase under way as it was changed while it ran (transfer full) */
ThawTrainOptions *thaw_training_options    (const ThawTrainOptions *options, const ThawTrainState *state, GError **error);

/* thaw-training-settings.c */

/* settings.json (transfer full) */
char          *thaw_training_settings      (const ThawModel *model, const ThawZooState *zoo, const ThawTrainOptions *options, const ThawExportTraining *run,
                                            const char *pictures, GError **error);
/* manifest.csv; @root: (out) (transfer full): the folder that its paths begin in */
GString       *thaw_training_manifest      (const ThawDataset *dataset, const ThawModel *model, char **root);

/* thaw-training-write.c */

/* What the folder consists of, NULL-terminated */
const char *const *thaw_training_parts     (void);
gboolean       thaw_training_write         (const ThawDataset *dataset, const ThawExportTraining *run, const char *path, GError **error);
/* Reads the folder and compares each number of it with what it should be: the model as the run left it (transfer full), NULL with an error */
ThawModel     *thaw_training_check         (const ThawDataset *dataset, const ThawExportTraining *run, const char *path, GError **error);

G_END_DECLS
