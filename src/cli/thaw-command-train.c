/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-flags.h"

#include <thaw/thaw-pool.h>

static gboolean
check_phases (const ThawTraining *training, GError **error)
{
  for (guint i = 0; i < training->options->phases->len; i++)
    {
      g_autoptr (ThawFreeze) freeze = thaw_phase_freeze (
          g_ptr_array_index (training->options->phases, i), training->model, error);

      if (!freeze)
        return FALSE;
    }
  return TRUE;
}

/* What the command line asks for, before anything is written */
static gboolean
prepare (ThawTraining *self, char **backbone_name, GError **error)
{
  const ThawTrainFlags *flags = &thaw_train_flags;
  g_autoptr (ThawModel) backbone = NULL;

  if (self->cli->n_arguments == 0)
    return thaw_cli_usage (error, "say which pictures: a folder whose sub-folders are the classes");
  self->options = thaw_train_flags_options (flags, error);
  backbone = self->options ? thaw_train_flags_backbone (flags, backbone_name, error) : NULL;
  self->dataset
      = backbone ? thaw_train_flags_dataset (flags, self->cli, self->options->seed, error) : NULL;
  self->model = self->dataset ? thaw_train_flags_model (flags, backbone, self->dataset,
                                                        self->options->seed, error)
                              : NULL;
  return self->model && check_phases (self, error);
}

static gboolean
begin (ThawTraining *self, GError **error)
{
  g_autofree char *backbone = NULL;
  g_autofree char *path = NULL;

  if (!prepare (self, &backbone, error))
    return FALSE;
  if (!self->project)
    {
      path = thaw_train_flags_project (&thaw_train_flags, self->cli->arguments[0], error);
      self->project = path ? thaw_project_open (path, THAW_PROJECT_CREATE, error) : NULL;
    }
  self->fresh = TRUE;
  return self->project && thaw_project_set_dataset (self->project, self->dataset, error)
         && thaw_project_begin_run (self->project, backbone, self->model, self->options, &self->run,
                                    error)
         && thaw_project_set_run_dataset (self->project, self->run, self->dataset, error);
}

/* The last run is complete: that is said again, and is no failure */
static gboolean
report_finished (ThawTraining *self, const ThawRun *run, GError **error)
{
  if (run->status == THAW_RUN_FAILED)
    {
      g_set_error (
          error, THAW_ERROR, THAW_ERROR_FAILED,
          "run %d of %s failed and cannot go on: train again with other settings, without --resume",
          (int) run->id, thaw_project_path (self->project));
      return FALSE;
    }
  self->run = run->id;
  self->summary = run->summary;
  self->low = run->low;
  self->high = run->high;
  thaw_cli_say (self->cli, "Run %d is complete: there is nothing to go on with.", (int) run->id);
  thaw_training_say_result (self);
  return TRUE;
}

static gboolean
resume (ThawTraining *self, gboolean *complete, GError **error)
{
  g_autoptr (GPtrArray) runs = NULL;
  gboolean found;

  if (!thaw_training_resume (self, &thaw_train_flags, &found, error))
    return FALSE;
  if (found)
    {
      if (self->cli->n_arguments)
        thaw_cli_warn (self->cli, "The run goes on with its own pictures and settings.");
      return TRUE;
    }
  runs = thaw_project_runs (self->project, error);
  *complete = runs && runs->len > 0;
  if (*complete)
    return report_finished (self, g_ptr_array_index (runs, runs->len - 1), error);
  return runs && begin (self, error);
}

static gboolean
export_result (ThawTraining *self, GError **error)
{
  ThawExportOptions target = { .path = thaw_train_flags.export };
  g_autoptr (ThawPool) pool = NULL;
  g_autoptr (ThawModel) model = NULL;

  if (!target.path)
    return TRUE;
  pool = thaw_pool_new (self->options ? self->options->threads : thaw_pool_default_threads (), 0);
  /* what the project holds, not what is in memory: the file is checked against what can be had
   * again */
  model = thaw_project_model (self->project, self->run, error);
  if (!self->dataset)
    self->dataset = thaw_project_get_dataset (self->project, error);
  return model && self->dataset
         && thaw_cli_export (self->cli, model, self->dataset, &target, pool, error);
}

/* What was trained is reported, even when it could not be exported. */
static gboolean
finish (ThawTraining *self, GError **error)
{
  gboolean ok = export_result (self, error);

  thaw_training_emit_result (self);
  return ok;
}

static gboolean
train (ThawTraining *self, GError **error)
{
  const ThawTrainFlags *flags = &thaw_train_flags;
  gboolean complete = FALSE,
           there = flags->project && g_file_test (flags->project, G_FILE_TEST_EXISTS);

  if (there)
    {
      self->project = thaw_project_open (flags->project, THAW_PROJECT_WRITE, error);
      if (!self->project)
        return FALSE;
    }
  if (!(there && flags->resume ? resume (self, &complete, error) : begin (self, error)))
    return FALSE;
  if (!complete)
    {
      thaw_training_announce (self, self->state != NULL);
      if (!thaw_training_run (self, error))
        return FALSE;
    }
  return finish (self, error);
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_auto (ThawTraining) training = { .cli = cli, .began = g_get_monotonic_time () };
  ThawExportOptions target = { .path = thaw_train_flags.export };
  gboolean ok;

  if (thaw_train_flags.resume && !thaw_train_flags.project)
    return thaw_cli_usage (
        error, "--resume goes on with a run of a project: say which with --project FILE.thaw");
  if (target.path && !thaw_cli_export_check (&target, error))
    return FALSE;
  if (thaw_train_flags.checkpoint
      && !thaw_parse_double ("--checkpoint", thaw_train_flags.checkpoint, .001, 60,
                             &training.checkpoint_seconds, error))
    return FALSE;
  ok = train (&training, error);
  if (training.project)
    ok = thaw_project_close (g_steal_pointer (&training.project), ok ? error : NULL) && ok;
  return ok;
}

const ThawCommand thaw_command_train = {
  .name = "train",
  .arguments = "FOLDER...",
  .summary = "teach a pretrained network your pictures",
  .description = "Trains on folders of pictures: one whose sub-folders are the classes, one with "
                 "train and val (or test) inside, several of\n"
                 "them, or IDX files (MNIST's form). Pictures that cannot be read are listed and "
                 "skipped. Without a validation folder\n"
                 "one fifth of each class is kept for validation.\n\n"
                 "The backbone is frozen and a new head is trained, unless --preset, --train-from "
                 "or --freeze say otherwise. All is\n"
                 "kept in a project file; interrupted (Ctrl+C, kill, a full disk) a run goes on "
                 "with --resume, to the same bits.",
  .options = thaw_train_entries,
  .min_arguments = 0,
  .max_arguments = -1,
  .run = run,
};
