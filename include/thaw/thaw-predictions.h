/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-results.h>

G_BEGIN_DECLS

#define THAW_TYPE_PREDICTION (thaw_prediction_get_type ())
G_DECLARE_FINAL_TYPE (ThawPrediction, thaw_prediction, THAW, PREDICTION, GObject)
#define THAW_TYPE_PREDICTIONS (thaw_predictions_get_type ())
G_DECLARE_FINAL_TYPE (ThawPredictions, thaw_predictions, THAW, PREDICTIONS, GObject)

/**
 * ThawPrediction: what the network says of a picture without a label
 *
 * Properties: name (below the folder that was given), answer (nullable: it could not be read), probability, second (nullable), second-probability,
 * error (nullable).
 */
const char  *thaw_prediction_get_path          (ThawPrediction *self);  /* file name encoding, absolute */
const char  *thaw_prediction_get_name          (ThawPrediction *self);
const char  *thaw_prediction_get_answer        (ThawPrediction *self);
double       thaw_prediction_get_probability   (ThawPrediction *self);
const char  *thaw_prediction_get_second        (ThawPrediction *self);
double       thaw_prediction_get_second_probability (ThawPrediction *self);
const char  *thaw_prediction_get_error         (ThawPrediction *self);
const float *thaw_prediction_get_probabilities (ThawPrediction *self);  /* [classes] (nullable) */

/**
 * ThawPredictions: the answers to a folder of pictures, a GListModel of ThawPrediction that grows while the work goes on
 *
 * Properties (notify): busy, done (guint), total (guint: 0 while files are looked for), failed (guint: those that could not be read), error (nullable
 * string: why it ended early; cancelling is none). Cancelled when it is disposed of.
 */
/* @files: of GFile, local: pictures and folders of any depth; hidden files are passed over. Begins at once. */
ThawPredictions *thaw_predictions_new    (ThawResults *results, GPtrArray *files);
void             thaw_predictions_cancel (ThawPredictions *self);
guint            thaw_predictions_get_failed (ThawPredictions *self);

/**
 * thaw_predictions_save_async:
 *
 * RFC 4180, UTF-8: path, class, probability, second, second_probability, error, then the probability of each class. Numbers have a point in every locale,
 * paths are written as thaw_text_path() does. The file is whole or not there.
 */
void             thaw_predictions_save_async  (ThawPredictions *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
gboolean         thaw_predictions_save_finish (ThawPredictions *self, GAsyncResult *result, GError **error);

/**
 * thaw_predictions_copy_async:
 * @folder: a folder a class is made in it where there is none
 * @progress: (nullable): in the main thread, now and then
 *
 * Copies, never moves and never overwrites: where a name is taken, "NAME (2).jpg" is. Pictures that could not be read are left out. On an error or
 * cancellation what was copied stays, and the message says how many those are.
 */
void             thaw_predictions_copy_async  (ThawPredictions *self, GFile *folder, void (*progress) (gpointer data, guint done, guint total), GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer data);
/* How many were copied; on an error too */
gboolean         thaw_predictions_copy_finish (ThawPredictions *self, GAsyncResult *result, guint *copied, GError **error);

G_END_DECLS
