/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/thaw-results-private.h"

G_BEGIN_DECLS

/* @probabilities: (nullable), [classes], copied; @error: (nullable), where there are none. Any thread. */
ThawPrediction *thaw_prediction_new   (const char *path, const char *name, char **labels, const float *probabilities, const char *error);

/* (transfer none) ThawPrediction, those that are there now */
GPtrArray      *thaw_predictions_rows   (ThawPredictions *self);
/* (nullable) until the model was loaded */
char          **thaw_predictions_labels (ThawPredictions *self);
/* Those rows for a worker (transfer full) */
GPtrArray      *thaw_predictions_copy_rows (ThawPredictions *self);

/* Pictures and folders of any depth, in the order of their names (transfer full): ThawFound. Any thread. */
typedef struct { char *path, *name; } ThawFound;
GArray         *thaw_predictions_find   (const GPtrArray *files, GCancellable *cancellable);

G_END_DECLS
