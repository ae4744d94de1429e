/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-project-private.h"

#include <glib/gstdio.h>
#include <math.h>

void
thaw_resume_clear (ThawResume *self)
{
  g_clear_pointer (&self->options, thaw_train_options_free);
  g_clear_pointer (&self->dataset, thaw_dataset_unref);
  g_clear_pointer (&self->model, thaw_model_unref);
  g_clear_pointer (&self->state, thaw_train_state_free);
  g_clear_pointer (&self->epochs, g_ptr_array_unref);
}

static guint
count_changed (const ThawDataset *dataset)
{
  guint changed = 0;

  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = g_ptr_array_index (dataset->samples, i);
      GStatBuf status;

      /* the many pictures of an IDX file are one file */
      if (sample->index > 0)
        continue;
      changed += g_stat (sample->path, &status) != 0 || status.st_size != sample->size;
    }
  return changed;
}

static gboolean
read_state (ThawProject *self, gint64 run, ThawResume *resume, GError **error)
{
  GError *local = NULL;

  resume->epochs = thaw_project_epochs (self, run, error);
  if (!resume->epochs)
    return FALSE;
  resume->state = thaw_project_state (self, run, &local);
  if (!local)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
thaw_project_resume (ThawProject *self, gint64 id, ThawResume *resume, GError **error)
{
  g_autoptr (ThawModel) start = NULL;
  ThawRun *run;

  if (!thaw_project_find_run (self, id, &run, error))
    return FALSE;
  if (!run)
    {
      thaw_project_no_run (self, id, error);
      return FALSE;
    }
  resume->options = thaw_train_options_from_json (run->options, error);
  thaw_run_free (run);
  resume->dataset = resume->options ? thaw_project_run_dataset (self, id, error) : NULL;
  start = resume->dataset ? thaw_project_start_model (self, id, error) : NULL;
  if (!start)
    return FALSE;
  resume->model = thaw_model_copy (start);
  resume->changed = count_changed (resume->dataset);
  return read_state (self, id, resume, error);
}

gint64
thaw_project_unfinished (ThawProject *self, GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (self, error);
  const ThawRun *last = runs && runs->len ? g_ptr_array_index (runs, runs->len - 1) : NULL;

  if (!runs)
    return -1;
  return last && (last->status == THAW_RUN_RUNNING || last->status == THAW_RUN_STOPPED) ? last->id
                                                                                       : 0;
}

gboolean
thaw_project_finish_run (ThawProject *self,
                         gint64 run,
                         ThawRunStatus status,
                         const ThawTrainSummary *summary,
                         double *low,
                         double *high,
                         GError **error)
{
  *low = *high = 0;
  if (summary->val > 0 && isfinite (summary->best_val_accuracy))
    thaw_wilson_interval ((guint64) llround (summary->best_val_accuracy * summary->val),
                          summary->val, low, high);
  return thaw_project_end_run (self, run, status, summary, *low, *high, error);
}
