/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"
#include "session/thaw-task.h"

#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-session-export.h>
#include <thaw/thaw-store.h>
#include <thaw/thaw-text.h>

/* a file that is being written */
typedef struct
{
  gint64            run;
  ThawExportOptions options;
  char             *path, *format;    /* options' */
  guint             threads;
  ThawModel        *model;
  ThawDataset      *dataset;          /* (nullable) */
  ThawResume        resume;           /* for a training to go on elsewhere */
  ThawRun          *row;              /* likewise, (nullable) */
  ThawExportTraining training;
  ThawExportResult  result;
  void            (*progress) (gpointer data, double share);
  gpointer          data;
  int               share;            /* atomic: in ten thousandths */
} Exporting;

static void
exporting_free_cb (gpointer data)
{
  Exporting *self = data;

  g_free (self->path);
  g_free (self->format);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  thaw_resume_clear (&self->resume);
  g_clear_pointer (&self->row, thaw_run_free);
  g_free (self);
}

static void
progress_news_cb (GTask *task)
{
  Exporting *self = g_task_get_task_data (task);

  self->progress (self->data, g_atomic_int_get (&self->share) / 1e4);
}

static void
progress_cb (gpointer data, double share)
{
  Exporting *self = g_task_get_task_data (data);

  g_atomic_int_set (&self->share, (int) (share * 1e4));
  if (self->progress)
    thaw_task_tell (data, progress_news_cb);
}

static void
export_cb (GTask *task, ThawPool *pool)
{
  Exporting *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (thaw_export (self->model, self->dataset, &self->options, pool, progress_cb, task, g_task_get_cancellable (task), &self->result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The run's own pictures and settings go along. */
static gboolean
load_training (Exporting *self, ThawProject *project, GError **error)
{
  if (!thaw_project_resume (project, self->run, &self->resume, error) || !thaw_project_find_run (project, self->run, &self->row, error) || !self->row)
    return FALSE;
  self->training = (ThawExportTraining){ self->row->name, self->row->id, self->row->started, self->resume.model, self->resume.options, self->resume.state };
  self->options.training = &self->training;
  self->dataset = thaw_dataset_ref (self->resume.dataset);
  return TRUE;
}

/* In the store's thread. The pictures are those the run was judged by. */
static gpointer
load_cb (ThawProject *project, gpointer data, GError **error)
{
  Exporting *self = g_task_get_task_data (data);

  if (thaw_export_format (&self->options) == THAW_EXPORT_TRAINING && !load_training (self, project, error))
    return NULL;
  self->model = thaw_project_model (project, self->run, error);
  if (self->dataset)
    return self->model;
  if (self->model)
    self->dataset = thaw_project_run_dataset (project, self->run, NULL);
  if (self->model && !self->dataset)
    self->dataset = thaw_project_get_dataset (project, NULL);
  return self->model;
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Exporting *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (thaw_store_finish (result, &error))
    thaw_task_run_nice (task, self->threads, export_cb);
  else
    g_task_return_error (task, error);
}

void
thaw_session_export_async (ThawSession *self, gint64 run, const ThawExportOptions *options, void (*progress) (gpointer data, double share), gpointer progress_data,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  ThawStore *store = thaw_session_get_store (self);
  Exporting *exporting = g_new0 (Exporting, 1);
  GError *error = NULL;

  *exporting = (Exporting){ .run = run, .options = *options, .path = g_strdup (options->path), .format = g_strdup (options->format),
                            .threads = thaw_results_threads (thaw_session_get_results (self)), .progress = progress, .data = progress_data };
  exporting->options.path = exporting->path;
  exporting->options.format = exporting->format;
  g_task_set_task_data (task, exporting, exporting_free_cb);
  if (!thaw_export_check (options, &error))
    g_task_return_error (task, error);
  else if (!store)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "%s", _ ("There is no project open."));
  else
    thaw_store_async (store, load_cb, g_object_ref (task), g_object_unref, NULL, NULL, cancellable, loaded_cb, g_object_ref (task));
}

gboolean
thaw_session_export_finish (ThawSession *self, GAsyncResult *result, ThawExportResult *out, GError **error)
{
  const Exporting *exporting = g_task_get_task_data (G_TASK (result));

  if (out)
    *out = exporting->result;
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Two figures, written out: "0.0000026" */
static char *
small_number (double value)
{
  return thaw_text_number (value, value > 0 ? CLAMP (1 - (int) floor (log10 (value)), 1, 12) : 0);
}

char *
thaw_export_result_words (const ThawExportResult *result)
{
  g_autofree char *difference = small_number (result->difference), *same = NULL, *rounded = NULL, *pictures = NULL;

  pictures = g_strdup_printf (result->made_up ? ngettext ("%u made-up picture", "%u made-up pictures", result->checked) : ngettext ("%u picture", "%u pictures", result->checked),
                              result->checked);
  same = result->same == result->checked ? g_strdup (_ ("same class on all")) : g_strdup_printf (_ ("same class on %u"), result->same);
  if (result->rounded)
    rounded = g_strdup_printf (result->cut ? _ (" timm cuts fractions of a pixel off where this network rounds them: the class stays the same on %u of %u.")
                                           : _ (" With fewer bits a number the class stays the same on %u of %u."),
                               result->rounded_same, result->checked);
  return g_strdup_printf (_ ("Read back and compared on %s: %s, largest difference %s.%s"), pictures, same, difference, rounded ? rounded : "");
}
