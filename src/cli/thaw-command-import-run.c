/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

static const GOptionEntry entries[] = { { NULL } };

static gboolean
report (ThawCli *cli, ThawProject *project, gint64 id, GError **error)
{
  g_autoptr (ThawRun) run = thaw_cli_find_run (project, id, error);
  g_autofree char *accuracy = run ? thaw_text_interval (run->summary.best_val_accuracy, run->low, run->high) : NULL;
  JsonObject *object;

  if (!run)
    return FALSE;
  object = thaw_cli_event ("imported");
  json_object_set_int_member (object, "run", id);
  json_object_set_string_member (object, "name", run->name);
  json_object_set_string_member (object, "status", thaw_run_status_name (run->status));
  json_object_set_int_member (object, "epochs", run->summary.epochs);
  json_object_set_double_member (object, "best_val_accuracy", run->summary.best_val_accuracy);
  thaw_cli_emit (cli, object);
  thaw_cli_say (cli, "Imported as run %" G_GINT64_FORMAT ", %s: %d epochs, validation accuracy %s at epoch %d.%s", id, run->name, run->summary.epochs, accuracy,
                run->summary.best_epoch, run->status == THAW_RUN_DONE ? "" : " It is not finished: “thaw-cli train --resume” goes on with it.");
  return TRUE;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autofree char *folder = g_canonicalize_filename (cli->arguments[1], NULL);
  ThawProject *project = thaw_project_open (cli->arguments[0], THAW_PROJECT_WRITE, error);
  gint64 id;
  gboolean ok = project && thaw_project_import_result (project, folder, &id, error) && report (cli, project, id, error);

  if (project)
    ok = thaw_project_close (project, ok ? error : NULL) && ok;
  return ok;
}

const ThawCommand thaw_command_import_run = {
  .name = "import-run",
  .arguments = "PROJECT FOLDER",
  .summary = "bring the result of a training in PyTorch back into its project",
  .description = "Reads what train.py of a folder that “export --format pytorch-training” wrote has trained, and adds it to the project "
                 "as a run with its\n"
                 "epochs and weights. FOLDER is the exported one, or the result/ in it. Nothing in it is executed; a file that is not as it "
                 "should be changes\n"
                 "nothing. A result that is not finished is a run that goes on with “train --resume”.",
  .options = entries,
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run,
};
