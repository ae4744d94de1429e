/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/thaw-predictions-private.h"

#include <thaw/thaw-csv.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-text.h>

/* the rows to write */
typedef struct
{
  GPtrArray *rows;
  char     **labels;
  char      *path;
} Saving;

static void
saving_free_cb (gpointer data)
{
  Saving *self = data;

  g_ptr_array_unref (self->rows);
  g_strfreev (self->labels);
  g_free (self->path);
  g_free (self);
}

static void
append_optional (GString *csv, const char *name, double probability)
{
  g_string_append_c (csv, ',');
  thaw_csv_append_text (csv, name);
  g_string_append_c (csv, ',');
  if (name)
    thaw_csv_append_number (csv, probability);
}

static void
append_row (GString *csv, ThawPrediction *row, char **labels)
{
  g_autofree char *path = thaw_text_path (thaw_prediction_get_path (row));
  const float *probabilities = thaw_prediction_get_probabilities (row);

  thaw_csv_append_text (csv, path);
  append_optional (csv, thaw_prediction_get_answer (row), thaw_prediction_get_probability (row));
  append_optional (csv, thaw_prediction_get_second (row), thaw_prediction_get_second_probability (row));
  g_string_append_c (csv, ',');
  thaw_csv_append_text (csv, thaw_prediction_get_error (row));
  for (guint k = 0; labels && labels[k]; k++)
    {
      g_string_append_c (csv, ',');
      if (probabilities)
        thaw_csv_append_number (csv, (double) probabilities[k]);
    }
  g_string_append (csv, "\r\n");
}

static void
save_cb (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Saving *self = data;
  GString *csv = g_string_new ("path,class,probability,second,second_probability,error");
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;

  for (guint k = 0; self->labels && self->labels[k]; k++)
    {
      g_string_append_c (csv, ',');
      thaw_csv_append_text (csv, self->labels[k]);
    }
  g_string_append (csv, "\r\n");
  for (guint i = 0; i < self->rows->len; i++)
    append_row (csv, g_ptr_array_index (self->rows, i), self->labels);
  bytes = g_string_free_to_bytes (csv);
  if (thaw_file_replace (self->path, bytes, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
thaw_predictions_save_async (ThawPredictions *self, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  Saving *saving = g_new (Saving, 1);

  *saving = (Saving){ thaw_predictions_copy_rows (self), g_strdupv (thaw_predictions_labels (self)), g_file_get_path (file) };
  g_task_set_task_data (task, saving, saving_free_cb);
  if (saving->path)
    g_task_run_in_thread (task, save_cb);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "the file is not on this machine: choose a folder here");
}

gboolean
thaw_predictions_save_finish (ThawPredictions *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
