/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

static struct
{
  gboolean hash;
  gint64 run;
  gint64 delete;
} options;

static const GOptionEntry entries[] = {
  { "run", 0, 0, G_OPTION_ARG_INT64, &options.run, "Show the epochs of this run", "ID" },
  { "hash", 0, 0, G_OPTION_ARG_NONE, &options.hash, "Also the SHA-256 of each run's weights",
    NULL },
  { "delete", 0, 0, G_OPTION_ARG_INT64, &options.delete, "Delete this run", "ID" },
  { NULL },
};

static char *
weights_hash (ThawProject *project, gint64 run, GError **error)
{
  g_autoptr (ThawModel) model = thaw_project_model (project, run, error);

  return model ? thaw_model_hash (model, NULL) : NULL;
}

static void
emit_run (ThawCli *cli, const ThawRun *run, const char *hash)
{
  JsonObject *object = thaw_cli_event ("run");
  g_autoptr (GDateTime) started = g_date_time_new_from_unix_utc (run->started / G_USEC_PER_SEC);
  g_autofree char *date = started ? g_date_time_format_iso8601 (started) : NULL;

  json_object_set_int_member (object, "run", run->id);
  json_object_set_string_member (object, "name", run->name);
  json_object_set_string_member (object, "status", thaw_run_status_name (run->status));
  json_object_set_string_member (object, "started", date);
  json_object_set_string_member (object, "backbone", run->backbone);
  json_object_set_int_member (object, "epochs", run->summary.epochs);
  json_object_set_int_member (object, "best_epoch", run->summary.best_epoch);
  json_object_set_double_member (object, "best_val_accuracy", run->summary.best_val_accuracy);
  json_object_set_double_member (object, "best_val_loss", run->summary.best_val_loss);
  json_object_set_double_member (object, "last_val_accuracy", run->summary.last_val_accuracy);
  json_object_set_double_member (object, "low", run->low);
  json_object_set_double_member (object, "high", run->high);
  json_object_set_int_member (object, "train", run->summary.train);
  json_object_set_int_member (object, "val", run->summary.val);
  json_object_set_int_member (object, "classes", run->summary.classes);
  json_object_set_double_member (object, "feature_seconds", run->summary.feature_seconds);
  json_object_set_double_member (object, "train_seconds", run->summary.train_seconds);
  if (hash)
    json_object_set_string_member (object, "weights", hash);
  thaw_cli_emit (cli, object);
}

static void
add_run (ThawTable *table, const ThawRun *run, const char *hash)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, run->id);
  g_autofree char *date = thaw_text_date (run->started);
  g_autofree char *epochs
      = run->summary.epochs ? g_strdup_printf ("%d", run->summary.epochs) : g_strdup ("-");
  g_autofree char *accuracy
      = run->summary.epochs
            ? thaw_text_interval (run->summary.best_val_accuracy, run->low, run->high)
            : g_strdup ("-");

  thaw_table_add (table, id, run->name, date, thaw_run_status_name (run->status), epochs, accuracy,
                  hash);
}

static gboolean
list_runs (ThawCli *cli, ThawProject *project, GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (project, error);
  ThawTable *table;

  if (!runs)
    return FALSE;
  table = thaw_table_new ("rlllrll");
  thaw_table_add (table, "RUN", "NAME", "STARTED", "STATUS", "EPOCHS", "VALIDATION",
                  options.hash ? "WEIGHTS" : "");
  for (guint i = 0; i < runs->len; i++)
    {
      const ThawRun *run = g_ptr_array_index (runs, i);
      g_autofree char *hash = options.hash ? weights_hash (project, run->id, error) : NULL;

      if (options.hash && !hash)
        return FALSE;
      emit_run (cli, run, hash);
      add_run (table, run, hash);
    }
  thaw_table_print (table, cli);
  if (runs->len == 0)
    thaw_cli_say (cli, "%s has no runs yet.", thaw_project_path (project));
  return TRUE;
}

static void
add_epoch (ThawTable *table, const ThawEpoch *epoch)
{
  g_autofree char *number = g_strdup_printf ("%d", epoch->epoch);
  g_autofree char *phase = g_strdup_printf ("%d", epoch->phase + 1);
  g_autofree char *loss = thaw_text_number (epoch->loss, 4);
  g_autofree char *accuracy = thaw_text_percent (epoch->accuracy);
  g_autofree char *val_loss = thaw_text_number (epoch->val_loss, 4);
  g_autofree char *val_accuracy = thaw_text_percent (epoch->val_accuracy);
  g_autofree char *lr = thaw_text_figures (epoch->lr, 3);
  g_autofree char *seconds = thaw_text_seconds (epoch->seconds);

  thaw_table_add (table, number, phase, loss, accuracy, val_loss, val_accuracy, lr, seconds,
                  epoch->best ? "best" : "");
}

static gboolean
list_epochs (ThawCli *cli, ThawProject *project, gint64 id, GError **error)
{
  g_autoptr (ThawRun) run = thaw_cli_find_run (project, id, error);
  g_autoptr (GPtrArray) epochs = run ? thaw_project_epochs (project, id, error) : NULL;
  ThawTable *table;

  if (!epochs)
    return FALSE;
  table = thaw_table_new ("rrrrrrrrl");
  thaw_table_add (table, "EPOCH", "PHASE", "LOSS", "ACCURACY", "VAL LOSS", "VAL ACCURACY", "RATE",
                  "TIME", "");
  for (guint i = 0; i < epochs->len; i++)
    {
      thaw_cli_emit (cli, thaw_cli_epoch (g_ptr_array_index (epochs, i)));
      add_epoch (table, g_ptr_array_index (epochs, i));
    }
  thaw_table_print (table, cli);
  return TRUE;
}

static gboolean
delete_run (ThawCli *cli, const char *path, gint64 id, GError **error)
{
  ThawProject *project = thaw_project_open (path, THAW_PROJECT_WRITE, error);
  gboolean ok = project && thaw_project_delete_run (project, id, error);

  if (project)
    ok = thaw_project_close (project, ok ? error : NULL) && ok;
  if (ok)
    thaw_cli_say (cli, "Run %" G_GINT64_FORMAT " was deleted.", id);
  return ok;
}

static gboolean
run (ThawCli *cli, GError **error)
{
  g_autoptr (ThawProject) project = NULL;

  if (options.delete)
    return delete_run (cli, cli->arguments[0], options.delete, error);
  project = thaw_project_open (cli->arguments[0], THAW_PROJECT_READ, error);
  if (!project)
    return FALSE;
  return options.run ? list_epochs (cli, project, options.run, error)
                     : list_runs (cli, project, error);
}

const ThawCommand thaw_command_runs = {
  .name = "runs",
  .arguments = "PROJECT",
  .summary = "list the runs of a project",
  .description = "Lists the runs of a project with their result, or the epochs of one of them. "
                 "Reading is possible while another process\n"
                 "trains in the project.",
  .options = entries,
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};
