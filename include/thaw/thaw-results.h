/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-pictures.h>
#include <thaw/thaw-trainer.h>

G_BEGIN_DECLS

#define THAW_TYPE_MISTAKE (thaw_mistake_get_type ())
G_DECLARE_FINAL_TYPE (ThawMistake, thaw_mistake, THAW, MISTAKE, GObject)
#define THAW_TYPE_MISTAKE_LIST (thaw_mistake_list_get_type ())
G_DECLARE_FINAL_TYPE (ThawMistakeList, thaw_mistake_list, THAW, MISTAKE_LIST, GObject)
#define THAW_TYPE_CLASS_FIGURES (thaw_class_figures_get_type ())
G_DECLARE_FINAL_TYPE (ThawClassFigures, thaw_class_figures, THAW, CLASS_FIGURES, GObject)
#define THAW_TYPE_RESULTS (thaw_results_get_type ())
G_DECLARE_FINAL_TYPE (ThawResults, thaw_results, THAW, RESULTS, GObject)

/**
 * ThawMistake: what a network said of a picture, right or wrong
 *
 * Properties: name (display name of the file), answer (the class the network named), probability (of that answer); class-name (the class the picture
 * has now, notify), relabelled (it had another one when the run was evaluated, notify), right (class and answer agree, notify).
 */
/* NULL where the picture is no longer in the project, or lies elsewhere (transfer none) */
ThawPicture    *thaw_mistake_get_picture     (ThawMistake *self);
/* The run's label it has now; -1: a class that the run did not know */
int             thaw_mistake_get_label       (ThawMistake *self);
int             thaw_mistake_get_prediction  (ThawMistake *self);
const float    *thaw_mistake_get_probabilities (ThawMistake *self); /* [classes] */
const char     *thaw_mistake_get_path        (ThawMistake *self);   /* file name encoding, absolute */
gint64          thaw_mistake_get_index       (ThawMistake *self);   /* inside an IDX file; -1 for a picture file */
const char     *thaw_mistake_get_class_name  (ThawMistake *self);
const char     *thaw_mistake_get_answer      (ThawMistake *self);
gboolean        thaw_mistake_get_relabelled  (ThawMistake *self);

/**
 * ThawClassFigures: how well a class is told from the others
 *
 * Properties: label (int), name; precision, recall, f1 (0 .. 1, NaN where undefined: nothing to divide by); pictures (uint, of this class, looked at).
 */

/**
 * ThawResults: how right the shown run is
 *
 * Figures come from the stored answers and the labels that the pictures have now: relabelling one changes them at once, without asking the network again.
 * All of the main thread; nothing blocks.
 *
 * Properties (notify): run (gint64, 0: none), evaluation (pointer, ThawEvaluation with the labels of now, nullable), labels (strv), split (ThawSplit: test
 * where there is one, else validation); busy (it is being computed), progress (0 .. 1); stale (labels were edited since), edited (guint: how many pictures);
 * error (nullable string: why there are no figures, for the page).
 */
ThawResults    *thaw_results_new             (ThawSession *session);

/**
 * thaw_results_set_evaluation:
 * @run: 0: none is shown
 * @evaluation: (nullable) (transfer full): NULL where none was stored: it is computed here, in a thread, and stored
 * @labels: (nullable) (transfer none): NULL-terminated, the run's classes; not needed without @evaluation
 * @dataset: (nullable) (transfer none): what evaluation's samples are indices into; its labels are those of the run
 */
void            thaw_results_set_evaluation  (ThawResults *self, gint64 run, ThawEvaluation *evaluation, char **labels, ThawDataset *dataset);
/* (nullable) (transfer none), until the next notify::evaluation */
const ThawEvaluation *thaw_results_get_evaluation (ThawResults *self);
const char *const *thaw_results_get_labels   (ThawResults *self);   /* (nullable) (transfer none) */
gint64          thaw_results_get_run         (ThawResults *self);
ThawSplit       thaw_results_get_split       (ThawResults *self);
/* Asks the network again, with the pictures as they are now, where that was cancelled or failed */
void            thaw_results_evaluate        (ThawResults *self);
void            thaw_results_cancel          (ThawResults *self);

/* Pictures of @label taken for @prediction, the surest first; -1: any; label -1 and prediction -1: all mistakes. What is in the list stays there when it
 * is relabelled; it becomes empty when another run's are shown. (transfer full) */
GListModel     *thaw_results_list            (ThawResults *self, int label, int prediction);
/**
 * ThawMistakeList: a GListModel of ThawMistake, each made when it is asked for
 */
/* As thaw_mistake_get_picture(), without making the row (nullable) (transfer none) */
ThawPicture    *thaw_mistake_list_get_picture (ThawMistakeList *self, guint position);
/* ThawClassFigures in the order of the labels (transfer none); the same list always, its rows are replaced */
GListModel     *thaw_results_get_classes     (ThawResults *self);

/* For people, translated, (transfer full); NULL without an evaluation. "96.1 % (90.8 to 98.4)"; on what; what the size of that means, or NULL */
char           *thaw_results_dup_headline    (ThawResults *self);
char           *thaw_results_dup_basis       (ThawResults *self);
char           *thaw_results_dup_caution     (ThawResults *self);
/* "3 pictures have another class than when this run was evaluated ..."; NULL where nothing was edited */
char           *thaw_results_dup_edits       (ThawResults *self);

/* The run's model is loaded and kept ready, so that the first picture is answered at once; nothing where it is already */
void            thaw_results_prepare         (ThawResults *self);
/* One picture, answered at once also while a run trains. Finish: probabilities [classes] of thaw_results' labels (transfer full) */
void            thaw_results_predict_async   (ThawResults *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
/* @bytes: a picture file's content */
void            thaw_results_predict_bytes_async (ThawResults *self, GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
float          *thaw_results_predict_finish  (ThawResults *self, GAsyncResult *result, GError **error);

G_END_DECLS
