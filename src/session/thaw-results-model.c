/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-results-private.h"

#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-session.h>
#include <thaw/thaw-store.h>

/* the shown run's model: there, on its way, or not wanted yet */
struct _ThawModelSlot
{
  ThawAnswerer *answerer; /* (nullable) */
  GPtrArray    *waiting;  /* GTask, for the one that is being loaded */
  guint         load;     /* the number of the last one that was begun; late ones are dropped */
  gboolean      loading;
};

ThawModelSlot *
thaw_model_slot_new (void)
{
  ThawModelSlot *self = g_new0 (ThawModelSlot, 1);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  return self;
}

void
thaw_model_slot_free (ThawModelSlot *self)
{
  thaw_model_slot_clear (self);
  g_ptr_array_unref (self->waiting);
  g_free (self);
}

/* Who waits gets @answerer, or @error */
static void
answer_all (ThawModelSlot *self, ThawAnswerer *answerer, const GError *error)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    if (answerer)
      g_task_return_pointer (g_ptr_array_index (waiting, i), thaw_answerer_ref (answerer), (GDestroyNotify) thaw_answerer_unref);
    else
      g_task_return_error (g_ptr_array_index (waiting, i), g_error_copy (error));
}

void
thaw_model_slot_clear (ThawModelSlot *self)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Another run is shown now."));

  self->load++;
  self->loading = FALSE;
  g_clear_pointer (&self->answerer, thaw_answerer_unref);
  answer_all (self, NULL, cancelled);
}

/* In the store's thread */
static gpointer
load_cb (ThawProject *project, gpointer data, GError **error)
{
  ThawModel *model = thaw_project_model (project, *(const gint64 *) data, error);

  return model ? thaw_answerer_new (model, error) : NULL;
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ThawModelSlot *self = thaw_results_get_slot (THAW_RESULTS (source));
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawAnswerer) answerer = thaw_store_finish (result, &error);

  if (!self || GPOINTER_TO_UINT (data) != self->load)
    return;
  self->loading = FALSE;
  if (answerer)
    self->answerer = thaw_answerer_ref (answerer);
  answer_all (self, answerer, error);
}

static void
unref_answerer_cb (gpointer answerer)
{
  if (answerer)
    thaw_answerer_unref (answerer);
}

static void
begin_loading (ThawModelSlot *self, ThawResults *results)
{
  ThawSession *session = thaw_results_get_session (results);
  ThawStore *store = session ? thaw_session_get_store (session) : NULL;
  const gint64 run = thaw_results_get_run (results);
  g_autoptr (GError) error = NULL;

  if (self->loading)
    return;
  if (!store || !run)
    {
      error = g_error_new_literal (THAW_ERROR, THAW_ERROR_FAILED, _ ("There is no trained network yet: train one, or choose a run."));
      answer_all (self, NULL, error);
      return;
    }
  self->loading = TRUE;
  thaw_store_async (store, load_cb, g_memdup2 (&run, sizeof run), g_free, unref_answerer_cb, G_OBJECT (results), NULL, loaded_cb, GUINT_TO_POINTER (++self->load));
}

void
thaw_results_model_async (ThawResults *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  ThawModelSlot *slot = thaw_results_get_slot (self);
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_ptr_array_add (slot->waiting, task);
  if (slot->answerer)
    answer_all (slot, slot->answerer, NULL);
  else
    begin_loading (slot, self);
}

ThawAnswerer *
thaw_results_model_finish (ThawResults *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  /* an error is told where somebody asks for an answer */
  g_autoptr (ThawAnswerer) answerer = thaw_results_model_finish (THAW_RESULTS (source), result, NULL);
}

void
thaw_results_prepare (ThawResults *self)
{
  if (self && thaw_results_get_run (self) && !thaw_results_get_slot (self)->answerer)
    thaw_results_model_async (self, NULL, prepared_cb, NULL);
}

/* --- one picture --- */

/* what is asked about */
typedef struct
{
  GFile        *file;     /* one of both */
  GBytes       *bytes;
  ThawAnswerer *answerer;
} Asking;

static void
asking_free_cb (gpointer data)
{
  Asking *self = data;

  g_clear_object (&self->file);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_clear_pointer (&self->answerer, thaw_answerer_unref);
  g_free (self);
}

static ThawImage *
load_image (const Asking *self, GCancellable *cancellable, GError **error)
{
  const char *path = self->file ? g_file_peek_path (self->file) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *name = NULL;

  if (path)
    return thaw_image_load (path, error);
  if (self->bytes)
    return thaw_image_decode (self->bytes, _ ("the pasted picture"), error);
  bytes = g_file_load_bytes (self->file, cancellable, NULL, error);
  name = g_file_get_parse_name (self->file);
  return bytes ? thaw_image_decode (bytes, name, error) : NULL;
}

static void
ask_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Asking *self = data;
  GError *error = NULL;
  g_autoptr (ThawImage) image = load_image (self, cancellable, &error);
  float *probabilities = image ? thaw_answerer_ask (self->answerer, image, &error) : NULL;

  if (probabilities)
    g_task_return_pointer (task, probabilities, g_free);
  else
    g_task_return_error (task, error);
}

static void
model_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Asking *asking = g_task_get_task_data (task);
  GError *error = NULL;

  asking->answerer = thaw_results_model_finish (THAW_RESULTS (source), result, &error);
  if (asking->answerer)
    g_task_run_in_thread (task, ask_cb);
  else
    g_task_return_error (task, error);
}

static void
predict (ThawResults *self, GFile *file, GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Asking *asking = g_new0 (Asking, 1);

  asking->file = file ? g_object_ref (file) : NULL;
  asking->bytes = bytes ? g_bytes_ref (bytes) : NULL;
  g_task_set_source_tag (task, predict);
  g_task_set_task_data (task, asking, asking_free_cb);
  thaw_results_model_async (self, cancellable, model_cb, task);
}

void
thaw_results_predict_async (ThawResults *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  predict (self, file, NULL, cancellable, callback, data);
}

void
thaw_results_predict_bytes_async (ThawResults *self, GBytes *bytes, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  predict (self, NULL, bytes, cancellable, callback, data);
}

float *
thaw_results_predict_finish (ThawResults *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
