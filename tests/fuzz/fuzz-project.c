/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A project file from anywhere: opened for reading and for writing, and all that is in it asked for. */
#include <glib/gstdio.h>
#include <thaw-project-fixture.h>
#include <unistd.h>

#include "thaw-fuzz.h"

static char *folder, *path;

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);

      g_unlink (file);
    }
  g_rmdir (folder);
}

/* In memory where the system has such a place: SQLite syncs */
static void
prepare (void)
{
  g_autofree char *pattern = g_strdup_printf ("/dev/shm/thaw-fuzz-XXXXXX");

  if (folder)
    return;
  folder = g_mkdtemp (pattern) ? g_steal_pointer (&pattern) : g_dir_make_tmp ("thaw-fuzz-XXXXXX", NULL);
  g_assert_nonnull (folder);
  path = g_build_filename (folder, "x.thaw", NULL);
  atexit (remove_folder);
}

static void
report (const char *what, GError **error)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", what, *error ? (*error)->message : "ok");

  thaw_fuzz_outcome (text);
  g_clear_error (error);
}

static void
read_run (ThawProject *project, gint64 run, gboolean whole)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) epochs = thaw_project_epochs (project, run, &error);
  g_autoptr (ThawTrainState) state = NULL;
  g_autoptr (ThawModel) model = NULL;

  report ("epochs", &error);
  state = thaw_project_state (project, run, &error);
  report ("state", &error);
  thaw_fixture_read_kept (project, run, &error);
  report ("kept", &error);
  if (!whole)
    return;
  model = thaw_project_model (project, run, &error);
  report ("model", &error);
}

/* @whole: with the model too, which takes a hundred times as long */
static void
read_all (ThawProjectMode mode, gboolean whole)
{
  g_autoptr (GError) error = NULL;
  ThawProject *project = thaw_project_open (path, mode, &error);
  g_autoptr (ThawDataset) dataset = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  report ("open", &error);
  if (!project)
    return;
  dataset = thaw_project_get_dataset (project, &error);
  report ("data set", &error);
  runs = thaw_project_runs (project, &error);
  report ("runs", &error);
  for (guint i = 0; runs && i < MIN (runs->len, 3); i++)
    read_run (project, ((ThawRun *) g_ptr_array_index (runs, i))->id, whole);
  thaw_project_close (project, &error);
  report ("close", &error);
}

/* one input in 32 */
static gboolean
is_chosen (const uint8_t *data, size_t size)
{
  guint32 sum = 0;

  for (size_t i = 0; i < size; i++)
    sum = sum * 31 + data[i];
  return sum % 32 == 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  prepare ();
  /* not g_file_set_contents(), which syncs */
  {
    FILE *file = g_fopen (path, "wb");

    g_assert_nonnull (file);
    g_assert_cmpint (fwrite (data, 1, size, file), ==, size);
    fclose (file);
  }
  read_all (THAW_PROJECT_READ, is_chosen (data, size));
  read_all (THAW_PROJECT_WRITE, FALSE);
  return 0;
}

void
thaw_fuzz_seeds (GPtrArray *seeds)
{
  g_autofree char *backbone = thaw_fixture_backbone (), *content = NULL;
  g_autoptr (ThawModel) model = thaw_fixture_model (backbone);
  g_autoptr (ThawTrainState) state = thaw_fixture_state (model, 1, 1);
  ThawEpoch epoch = thaw_fixture_epoch (1, 2);
  ThawProject *project;
  gsize size;
  gint64 id;

  prepare ();
  project = thaw_fixture_project (path, backbone, model, &id);
  g_assert_true (thaw_project_checkpoint (project, id, state, &epoch, NULL));
  g_assert_true (thaw_project_add_event (project, id, 1, .5, "layers thawed", NULL));
  thaw_fixture_add_kept (project, id);
  thaw_fixture_close (project);
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  g_ptr_array_add (seeds, g_bytes_new_take (g_steal_pointer (&content), size));
}
