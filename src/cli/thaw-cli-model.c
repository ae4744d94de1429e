/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-cli.h"

#include <stdio.h>
#include <string.h>
#include <thaw/thaw-zoo.h>

void
thaw_cli_project_close (ThawProject *project)
{
  if (project)
    thaw_project_close (project, NULL);
}

/* By its first bytes; a file called .thaw that is something else should hear that from the
 * project's reader */
gboolean
thaw_cli_is_project (const char *name)
{
  static const char magic[] = "SQLite format 3";
  char start[sizeof magic] = "";
  FILE *file;

  if (!g_file_test (name, G_FILE_TEST_IS_REGULAR))
    return g_str_has_suffix (name, ".thaw");
  file = fopen (name, "rbe");
  if (file)
    {
      if (fread (start, 1, sizeof start, file) != sizeof start)
        start[0] = '\0';
      fclose (file);
    }
  return memcmp (start, magic, sizeof magic) == 0 || g_str_has_suffix (name, ".thaw");
}

const char *
thaw_run_status_name (ThawRunStatus status)
{
  static const char *const names[] = { "running", "done", "stopped", "failed" };

  return names[status];
}

static gboolean
has_weights (ThawProject *project, const ThawRun *run)
{
  g_autoptr (GPtrArray) epochs = thaw_project_epochs (project, run->id, NULL);

  return epochs && epochs->len > 0;
}

/* The newest with weights */
static ThawRun *
find_last_run (ThawProject *project, GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (project, error);

  for (guint i = runs ? runs->len : 0; i-- > 0;)
    if (has_weights (project, g_ptr_array_index (runs, i)))
      return g_ptr_array_steal_index (runs, i);
  if (runs)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED,
                 "%s has no trained run yet: train with “thaw-cli train --project”", thaw_project_path (project));
  return NULL;
}

ThawRun *
thaw_cli_find_run (ThawProject *project, gint64 id, GError **error)
{
  ThawRun *run;

  if (!id)
    return find_last_run (project, error);
  if (thaw_project_find_run (project, id, &run, error) && !run)
    g_set_error (error, THAW_ERROR, THAW_ERROR_FAILED, "%s has no run %" G_GINT64_FORMAT ": “thaw-cli runs” lists them",
                 thaw_project_path (project), id);
  return run;
}

static ThawModel *
open_in_project (
    const char *name, gint64 id, ThawProject **out_project, gint64 *out_run, GError **error)
{
  g_autoptr (ThawProject) project = thaw_project_open (name, THAW_PROJECT_READ, error);
  g_autoptr (ThawRun) run = project ? thaw_cli_find_run (project, id, error) : NULL;
  ThawModel *model = run ? thaw_project_model (project, run->id, error) : NULL;

  if (model && out_run)
    *out_run = run->id;
  if (model && out_project)
    *out_project = g_steal_pointer (&project);
  return model;
}

ThawModel *
thaw_cli_open_model (
    const char *name, gint64 run, ThawProject **project, gint64 *out_run, GError **error)
{
  if (project)
    *project = NULL;
  if (out_run)
    *out_run = 0;
  if (thaw_cli_is_project (name))
    return open_in_project (name, run, project, out_run, error);
  if (run)
    {
      thaw_cli_usage (error, "--run chooses a run of a project, and %s is none", name);
      return NULL;
    }
  return thaw_backbone_open (name, error);
}

ThawModel *
thaw_cli_resize (ThawModel *model, int side, GError **error)
{
  if (side == 0 || (side == model->preprocessing.width && side == model->preprocessing.height))
    return thaw_model_ref (model);
  return thaw_zoo_resize (model, side, side, error);
}
