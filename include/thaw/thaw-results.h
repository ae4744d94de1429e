/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-pictures.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

#define THAW_TYPE_MISTAKE (thaw_mistake_get_type ())
G_DECLARE_FINAL_TYPE (ThawMistake, thaw_mistake, THAW, MISTAKE, GObject)
#define THAW_TYPE_RESULTS (thaw_results_get_type ())
G_DECLARE_FINAL_TYPE (ThawResults, thaw_results, THAW, RESULTS, GObject)

/**
 * ThawMistake: what a network said of a picture, right or wrong
 */
ThawPicture    *thaw_mistake_get_picture     (ThawMistake *self);   /* (transfer none) */
int             thaw_mistake_get_label       (ThawMistake *self);
int             thaw_mistake_get_prediction  (ThawMistake *self);
const float    *thaw_mistake_get_probabilities (ThawMistake *self); /* [classes] */

/**
 * ThawResults: how right the shown run is
 *
 * Properties (notify): run (gint64, 0: none), evaluation (pointer, ThawEvaluation, nullable), labels (strv), split (ThawSplit: test where there is one, else
 * validation), busy, progress, stale (labels were edited since).
 */
ThawResults    *thaw_results_new             (ThawSession *session);
const ThawEvaluation *thaw_results_get_evaluation (ThawResults *self);
/* Pictures of @label taken for @prediction, the surest first; -1: any; label -1 and prediction -1: all mistakes. (transfer full) of ThawMistake */
GListModel     *thaw_results_list            (ThawResults *self, int label, int prediction);

/* One picture, answered at once also while a run trains. Finish: probabilities [classes] of thaw_results' labels (transfer full) */
void            thaw_results_predict_async   (ThawResults *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
float          *thaw_results_predict_finish  (ThawResults *self, GAsyncResult *result, GError **error);

G_END_DECLS
