/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

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

static void
note_changes (ThawTraining *self, guint changed)
{
  if (changed)
    thaw_cli_warn (self->cli,
                   "%u file%s changed or went since the run began: the result will not be that of "
                   "an uninterrupted run",
                   changed, changed == 1 ? "" : "s");
}

static gboolean
load_run (ThawTraining *self, gint64 run, const ThawTrainFlags *flags, GError **error)
{
  g_auto (ThawResume) resume = { 0 };
  guint n;

  if (!thaw_project_resume (self->project, run, &resume, error))
    return FALSE;
  n = resume.epochs->len;
  self->run = run;
  self->epoch = n ? ((const ThawEpoch *) g_ptr_array_index (resume.epochs, n - 1))->epoch + 1 : 1;
  self->options = g_steal_pointer (&resume.options);
  self->dataset = g_steal_pointer (&resume.dataset);
  self->model = g_steal_pointer (&resume.model);
  self->state = g_steal_pointer (&resume.state);
  if (!set_threads (self, flags, error))
    return FALSE;
  if (flags->cache)
    {
      g_free (self->options->cache_directory);
      self->options->cache_directory = g_canonicalize_filename (flags->cache, NULL);
    }
  note_changes (self, resume.changed);
  return TRUE;
}

gboolean
thaw_training_resume (ThawTraining *self,
                      const ThawTrainFlags *flags,
                      gboolean *found,
                      GError **error)
{
  gint64 run = thaw_project_unfinished (self->project, error);

  *found = run > 0;
  if (run < 0)
    return FALSE;
  return run == 0 || load_run (self, run, flags, error);
}
