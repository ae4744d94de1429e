/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

#include <glib/gstdio.h>

/* The last run, where it did not come to its end */
static ThawRun *
unfinished_run (ThawProject *project, GPtrArray *runs)
{
  ThawRun *last = runs->len ? g_ptr_array_index (runs, runs->len - 1) : NULL;

  if (!last || (last->status != THAW_RUN_RUNNING && last->status != THAW_RUN_STOPPED))
    return NULL;
  return g_ptr_array_steal_index (runs, runs->len - 1);
}

static gboolean
load_state (ThawTraining *self, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) epochs = thaw_project_epochs (self->project, run, error);
  GError *local = NULL;

  if (!epochs)
    return FALSE;
  self->epoch = epochs->len
                    ? ((const ThawEpoch *) g_ptr_array_index (epochs, epochs->len - 1))->epoch + 1
                    : 1;
  self->state = thaw_project_state (self->project, run, &local);
  if (local)
    g_propagate_error (error, local);
  return !local;
}

static void
note_changes (ThawTraining *self)
{
  guint changed = 0;

  for (guint i = 0; i < self->dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (self->dataset->samples, i);
      GStatBuf status;

      /* the many pictures of an IDX file are one file */
      if (sample->index > 0)
        continue;
      changed += g_stat (sample->path, &status) != 0 || status.st_size != sample->size;
    }
  if (changed)
    thaw_cli_warn (self->cli,
                   "%u file%s changed or went since the run began: the result will not be that of "
                   "an uninterrupted run",
                   changed, changed == 1 ? "" : "s");
}

static gboolean
set_threads (ThawTraining *self, const ThawTrainFlags *flags, GError **error)
{
  guint asked;

  if (!thaw_parse_threads (flags->threads, &asked, error))
    return FALSE;
  if (asked && asked != self->options->threads)
    {
      thaw_cli_warn (
          self->cli,
          "The run began with %u threads; with %u its result will not have the same bits.",
          self->options->threads, asked);
      self->options->threads = asked;
    }
  return TRUE;
}

static gboolean
load_run (ThawTraining *self, const ThawRun *run, const ThawTrainFlags *flags, GError **error)
{
  g_autoptr (ThawModel) model = NULL;

  self->run = run->id;
  self->options = thaw_train_options_from_json (run->options, error);
  if (!self->options || !set_threads (self, flags, error))
    return FALSE;
  self->dataset = thaw_project_get_dataset (self->project, error);
  model = self->dataset ? thaw_project_start_model (self->project, run->id, error) : NULL;
  if (!model)
    return FALSE;
  self->model = thaw_model_copy (model);
  if (!load_state (self, run->id, error))
    return FALSE;
  if (flags->cache)
    {
      g_free (self->options->cache_directory);
      self->options->cache_directory = g_canonicalize_filename (flags->cache, NULL);
    }
  note_changes (self);
  return TRUE;
}

gboolean
thaw_training_resume (ThawTraining *self,
                      const ThawTrainFlags *flags,
                      gboolean *found,
                      GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (self->project, error);
  g_autoptr (ThawRun) run = runs ? unfinished_run (self->project, runs) : NULL;

  *found = run != NULL;
  if (!runs)
    return FALSE;
  return !run || load_run (self, run, flags, error);
}
