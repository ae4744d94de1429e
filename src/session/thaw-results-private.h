/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-pool.h>
#include <thaw/thaw-predictions.h>

G_BEGIN_DECLS

/* --- figures: of any thread --- */

typedef struct { guint32 sample; char *reason; } ThawUnread;

/**
 * ThawAsking: thaw_evaluate() in slices, so that there is progress and rows come as they are known
 *
 * @slice is called with each part, whose samples are indices into @dataset. Any thread.
 */
typedef struct
{
  const ThawModel   *model;
  const ThawDataset *dataset;
  const GArray      *indices;      /* guint32, of @dataset's samples, which are copied */
  ThawPool          *pool;
  GCancellable      *cancellable;
  gpointer           data;
  /* @unread: GArray of ThawUnread, in the order of the samples */
  void             (*slice) (gpointer data, const ThawEvaluation *part, const GArray *unread);
} ThawAsking;
gboolean        thaw_results_ask        (const ThawAsking *asking, GError **error);
/* All of it put together (transfer full); @progress is called in the same thread */
ThawEvaluation *thaw_results_ask_all    (const ThawAsking *asking, void (*progress) (gpointer data, guint done, guint total), gpointer data, GError **error);

/* --- rows --- */

typedef struct
{
  ThawPicture *picture;      /* (nullable) */
  const char  *path;
  gint64       index;
  const char  *class_name, *answer;
  int          label, original, prediction;
  const float *probabilities; /* [classes], copied as the names are */
  guint        classes;
} ThawMistakeRow;
ThawMistake    *thaw_mistake_new        (const ThawMistakeRow *row);
/* @rows: (transfer full) of guint32, rows of the evaluation that is shown */
ThawMistakeList *thaw_mistake_list_new  (ThawResults *results, GArray *rows);
ThawMistake    *thaw_results_get_row    (ThawResults *self, guint row);         /* (transfer none) */
ThawPicture    *thaw_results_get_row_picture (ThawResults *self, guint row);    /* (nullable) (transfer none) */
void            thaw_mistake_set_class  (ThawMistake *self, int label, const char *name);

ThawClassFigures *thaw_class_figures_new (const ThawEvaluation *evaluation, int label, const char *name);

/* --- the model that answers --- */

/* Counted: a worker keeps it while another run is chosen */
typedef struct _ThawAnswerer ThawAnswerer;
ThawAnswerer   *thaw_answerer_new       (ThawModel *model, GError **error);  /* @model: (transfer full), on failure too */
ThawAnswerer   *thaw_answerer_ref       (ThawAnswerer *self);
void            thaw_answerer_unref     (ThawAnswerer *self);
ThawModel      *thaw_answerer_model     (ThawAnswerer *self);
/* One at a time, others wait: a worker's. [classes] (transfer full) */
float          *thaw_answerer_ask       (ThawAnswerer *self, const ThawImage *image, GError **error);

/* The model of the shown run, from the project. Finish: (transfer full) */
void            thaw_results_model_async  (ThawResults *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
ThawAnswerer   *thaw_results_model_finish (ThawResults *self, GAsyncResult *result, GError **error);

/* (nullable): after dispose */
typedef struct _ThawModelSlot ThawModelSlot;
ThawModelSlot  *thaw_results_get_slot   (ThawResults *self);
ThawModelSlot  *thaw_model_slot_new     (void);
void            thaw_model_slot_free    (ThawModelSlot *self);
/* Whoever waits for it is told that another run is shown */
void            thaw_model_slot_clear   (ThawModelSlot *self);

/* --- computing: between begin and end the results are busy --- */

gboolean        thaw_results_begin      (ThawResults *self, GCancellable **cancellable);
/* FALSE: it was cancelled, or something else is shown now */
gboolean        thaw_results_end        (ThawResults *self, GCancellable *cancellable, const char *error);
void            thaw_results_set_progress (ThawResults *self, double progress);
/* Into the project, where it can be written */
void            thaw_results_store_evaluation (ThawResults *self, gint64 run, const ThawEvaluation *evaluation, ThawDataset *dataset);

ThawSession    *thaw_results_get_session (ThawResults *self); /* (nullable) */
guint           thaw_results_get_edited (ThawResults *self);
guint           thaw_results_threads    (ThawResults *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawAnswerer, thaw_answerer_unref)

G_END_DECLS
