/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-predictions-private.h"
#include "session/thaw-task.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <thaw/thaw-error.h>

/* what the worker has, and what it hands over */
typedef struct
{
  GWeakRef      owner;     /* ThawPredictions */
  GPtrArray    *files;     /* GFile */
  ThawAnswerer *answerer;
  GArray       *found;     /* ThawFound */
  GAsyncQueue  *rows;      /* ThawPrediction, not yet in the list */
  int           total;     /* atomic */
} Work;

struct _ThawPredictions
{
  GObject       parent_instance;
  GCancellable *cancellable;
  GPtrArray    *rows;      /* ThawPrediction */
  char        **labels;    /* (nullable) */
  guint         total, failed;
  gboolean      busy;
  char         *error;
};

enum { PROP_0, PROP_BUSY, PROP_DONE, PROP_TOTAL, PROP_FAILED, PROP_ERROR, N_PROPS };

static GParamSpec *properties[N_PROPS];

static GType
thaw_predictions_get_item_type (GListModel *model)
{
  return THAW_TYPE_PREDICTION;
}

static guint
thaw_predictions_get_n_items (GListModel *model)
{
  return THAW_PREDICTIONS (model)->rows->len;
}

static gpointer
thaw_predictions_get_item (GListModel *model, guint position)
{
  ThawPredictions *self = THAW_PREDICTIONS (model);

  return position < self->rows->len ? g_object_ref (g_ptr_array_index (self->rows, position)) : NULL;
}

static void
thaw_predictions_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = thaw_predictions_get_item_type;
  iface->get_n_items = thaw_predictions_get_n_items;
  iface->get_item = thaw_predictions_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawPredictions, thaw_predictions, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, thaw_predictions_list_model_init))

static void
notify (ThawPredictions *self, int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

/* --- from the worker --- */

static void
work_free_cb (gpointer data)
{
  Work *self = data;

  g_weak_ref_clear (&self->owner);
  g_ptr_array_unref (self->files);
  g_clear_pointer (&self->answerer, thaw_answerer_unref);
  g_clear_pointer (&self->found, g_array_unref);
  g_async_queue_unref (self->rows);
  g_free (self);
}

static void
take_rows (ThawPredictions *self, Work *work)
{
  const guint before = self->rows->len, failed = self->failed, total = (guint) g_atomic_int_get (&work->total);
  ThawPrediction *row;

  while ((row = g_async_queue_try_pop (work->rows)) != NULL)
    {
      g_ptr_array_add (self->rows, row);
      self->failed += thaw_prediction_get_error (row) != NULL;
    }
  if (total != self->total)
    {
      self->total = total;
      notify (self, PROP_TOTAL);
    }
  if (self->rows->len == before)
    return;
  g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->rows->len - before);
  notify (self, PROP_DONE);
  if (self->failed != failed)
    notify (self, PROP_FAILED);
}

static void
take_rows_cb (GTask *task)
{
  Work *work = g_task_get_task_data (task);
  g_autoptr (ThawPredictions) self = g_weak_ref_get (&work->owner);

  if (self)
    take_rows (self, work);
}

static ThawPrediction *
row_new (const Work *work, guint32 i, const float *probabilities, const char *error)
{
  const ThawFound *found = &g_array_index (work->found, ThawFound, i);

  return thaw_prediction_new (found->path, found->name, thaw_answerer_model (work->answerer)->labels, probabilities, error);
}

static void
slice_cb (gpointer data, const ThawEvaluation *part, const GArray *unread)
{
  Work *work = g_task_get_task_data (data);
  guint read = 0, lost = 0;

  while (read < part->n || lost < unread->len)
    {
      const ThawUnread *problem = lost < unread->len ? &g_array_index (unread, ThawUnread, lost) : NULL;

      if (problem && (read == part->n || problem->sample < part->samples[read]))
        {
          g_async_queue_push (work->rows, row_new (work, problem->sample, NULL, problem->reason));
          lost++;
        }
      else
        {
          g_async_queue_push (work->rows, row_new (work, part->samples[read], part->probabilities + (gsize) read * part->classes, NULL));
          read++;
        }
    }
  thaw_task_tell (data, take_rows_cb);
}

/* Everything is of the first class as far as the data set is concerned: nobody asks. */
static ThawDataset *
dataset_of (const Work *work, GArray *indices)
{
  ThawDataset *dataset = thaw_dataset_new ();
  char **labels = thaw_answerer_model (work->answerer)->labels;

  for (guint k = 0; labels && labels[k]; k++)
    thaw_dataset_add_class (dataset, labels[k]);
  for (guint32 i = 0; i < work->found->len; i++)
    {
      ThawSample *sample = thaw_sample_new ();
      GStatBuf info = { 0 };

      sample->path = g_strdup (g_array_index (work->found, ThawFound, i).path);
      if (g_stat (sample->path, &info) == 0)
        {
          sample->size = info.st_size;
          sample->mtime = (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
        }
      thaw_dataset_take_sample (dataset, sample);
      g_array_append_val (indices, i);
    }
  return dataset;
}

static void
work_cb (GTask *task, ThawPool *pool)
{
  Work *work = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GArray) indices = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (ThawDataset) dataset = NULL;
  GError *error = NULL;

  work->found = thaw_predictions_find (work->files, cancellable);
  dataset = dataset_of (work, indices);
  g_atomic_int_set (&work->total, (int) indices->len);
  thaw_task_tell (task, take_rows_cb);
  if (indices->len == 0)
    g_set_error_literal (&error, THAW_ERROR, THAW_ERROR_FAILED, _ ("There are no files in this folder: choose one with pictures in it."));
  else
    {
      const ThawAsking asking = { .model = thaw_answerer_model (work->answerer), .dataset = dataset, .indices = indices, .pool = pool,
                                  .cancellable = cancellable, .data = task, .slice = slice_cb };

      thaw_results_ask (&asking, &error);
    }
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *work = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPredictions) self = g_weak_ref_get (&work->owner);

  g_task_propagate_boolean (G_TASK (result), &error);
  if (!self)
    return;
  take_rows (self, work);
  self->busy = FALSE;
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      self->error = g_strdup (error->message);
      notify (self, PROP_ERROR);
    }
  notify (self, PROP_BUSY);
}

static void
model_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *work = g_task_get_task_data (task);
  g_autoptr (ThawPredictions) self = g_weak_ref_get (&work->owner);
  GError *error = NULL;

  work->answerer = thaw_results_model_finish (THAW_RESULTS (source), result, &error);
  if (!work->answerer)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self)
    self->labels = g_strdupv (thaw_answerer_model (work->answerer)->labels);
  thaw_task_run_nice (task, thaw_results_threads (THAW_RESULTS (source)), work_cb);
}

ThawPredictions *
thaw_predictions_new (ThawResults *results, GPtrArray *files)
{
  ThawPredictions *self = g_object_new (THAW_TYPE_PREDICTIONS, NULL);
  GTask *task = g_task_new (NULL, self->cancellable, done_cb, NULL);
  Work *work = g_new0 (Work, 1);

  g_weak_ref_init (&work->owner, self);
  work->files = g_ptr_array_copy (files, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
  g_ptr_array_set_free_func (work->files, g_object_unref);
  work->rows = g_async_queue_new_full (g_object_unref);
  g_task_set_task_data (task, work, work_free_cb);
  self->busy = TRUE;
  thaw_results_model_async (results, self->cancellable, model_cb, task);
  return self;
}

void
thaw_predictions_cancel (ThawPredictions *self)
{
  g_cancellable_cancel (self->cancellable);
}

guint
thaw_predictions_get_failed (ThawPredictions *self)
{
  return self->failed;
}

GPtrArray *
thaw_predictions_rows (ThawPredictions *self)
{
  return self->rows;
}

char **
thaw_predictions_labels (ThawPredictions *self)
{
  return self->labels;
}

GPtrArray *
thaw_predictions_copy_rows (ThawPredictions *self)
{
  GPtrArray *rows = g_ptr_array_new_full (self->rows->len, g_object_unref);

  for (guint i = 0; i < self->rows->len; i++)
    g_ptr_array_add (rows, g_object_ref (g_ptr_array_index (self->rows, i)));
  return rows;
}

/* --- object --- */

static void
thaw_predictions_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawPredictions *self = THAW_PREDICTIONS (object);

  switch (id)
    {
    case PROP_BUSY:
      g_value_set_boolean (value, self->busy);
      break;
    case PROP_DONE:
      g_value_set_uint (value, self->rows->len);
      break;
    case PROP_TOTAL:
      g_value_set_uint (value, self->total);
      break;
    case PROP_FAILED:
      g_value_set_uint (value, self->failed);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_predictions_dispose (GObject *object)
{
  g_cancellable_cancel (THAW_PREDICTIONS (object)->cancellable);
  G_OBJECT_CLASS (thaw_predictions_parent_class)->dispose (object);
}

static void
thaw_predictions_finalize (GObject *object)
{
  ThawPredictions *self = THAW_PREDICTIONS (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->rows);
  g_strfreev (self->labels);
  g_free (self->error);
  G_OBJECT_CLASS (thaw_predictions_parent_class)->finalize (object);
}

static void
thaw_predictions_class_init (ThawPredictionsClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = thaw_predictions_get_property;
  object_class->dispose = thaw_predictions_dispose;
  object_class->finalize = thaw_predictions_finalize;
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_DONE] = g_param_spec_uint ("done", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_TOTAL] = g_param_spec_uint ("total", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_FAILED] = g_param_spec_uint ("failed", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_predictions_init (ThawPredictions *self)
{
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
}
