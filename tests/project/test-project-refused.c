/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files that are no projects, newer ones, damaged ones and hostile ones: refused with one line, and never changed.
 */
#include "thaw-project-fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static char *good, *good_path;
static gsize good_length;
static ThawModel *model;

/* A project with everything in it, as bytes */
static void
make_good (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *backbone = thaw_fixture_backbone ();
  g_autoptr (ThawTrainState) state = NULL;
  ThawEpoch epoch = thaw_fixture_epoch (1, 10);
  ThawProject *project;
  gint64 run;

  model = thaw_fixture_model (backbone);
  good_path = g_build_filename (folder, "pictures.thaw", NULL);
  state = thaw_fixture_state (model, 1, 1);
  project = thaw_fixture_project (good_path, backbone, model, &run);
  g_assert_true (thaw_project_checkpoint (project, run, state, &epoch, NULL));
  g_assert_true (thaw_project_add_event (project, run, 1, .5, "something", NULL));
  thaw_fixture_add_kept (project, run);
  g_assert_true (thaw_project_add_step (project, run, 1, .5, .1, .25, NULL));
  thaw_fixture_close (project);
  g_assert_true (g_file_get_contents (good_path, &good, &good_length, NULL));
}

static void
restore_good (void)
{
  g_assert_true (g_file_set_contents (good_path, good, good_length, NULL));
}

/* Reads everything there is; the first error */
static void
read_everything (ThawProject *project, GError **error)
{
  g_autoptr (GPtrArray) runs = thaw_project_runs (project, error);
  g_autoptr (ThawDataset) dataset = runs ? thaw_project_get_dataset (project, error) : NULL;

  for (guint i = 0; dataset && i < runs->len && !*error; i++)
    {
      const ThawRun *run = g_ptr_array_index (runs, i);
      g_autoptr (GPtrArray) epochs = thaw_project_epochs (project, run->id, error);
      g_autoptr (ThawTrainState) state = epochs ? thaw_project_state (project, run->id, error) : NULL;
      g_autoptr (ThawModel) best = *error ? NULL : thaw_project_model (project, run->id, error);
      g_autoptr (ThawModel) start = best ? thaw_project_start_model (project, run->id, error) : NULL;

      if (start)
        thaw_fixture_read_kept (project, run->id, error);
    }
}

/* The error of opening it in @mode and reading everything; NULL where it is sound */
static GError *
try_to_use (ThawProjectMode mode)
{
  GError *error = NULL;
  ThawProject *project = thaw_project_open (good_path, mode, &error);

  if (project)
    {
      read_everything (project, &error);
      thaw_project_close (project, NULL);
    }
  if (error)
    {
      g_assert_null (strchr (error->message, '\n'));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  return error;
}

static void
check_unchanged (const char *content, gsize length)
{
  g_autofree char *now = NULL;
  gsize now_length;

  g_assert_true (g_file_get_contents (good_path, &now, &now_length, NULL));
  g_assert_cmpmem (now, now_length, content, length);
  g_assert_cmpuint (thaw_fixture_others (good_path), ==, 0);
}

static void
check_refused (int code)
{
  static const ThawProjectMode modes[] = { THAW_PROJECT_READ, THAW_PROJECT_WRITE };
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (good_path, &content, &length, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;
      ThawProject *project = thaw_project_open (good_path, modes[i], &error);

      g_assert_null (project);
      g_test_message ("%s", error->message);
      g_assert_error (error, THAW_ERROR, code);
      g_assert_null (strchr (error->message, '\n'));
      g_assert_nonnull (strstr (error->message, "pictures.thaw"));
      check_unchanged (content, length);
    }
}

typedef struct
{
  const char *name;
  const char *content;
  gssize      length;   /* -1: a text */
} Content;

static const Content contents[] = {
  { "empty", "", 0 },
  { "text", "these are no pictures", -1 },
  { "magic-alone", "SQLite format 3", 16 },
  { "zip", "PK\003\004and much more that goes on for longer than a hundred bytes, so that it is as long as a header of SQLite is", -1 },
};

static void
test_content (gconstpointer data)
{
  const Content *content = data;

  g_assert_true (g_file_set_contents (good_path, content->content, content->length, NULL));
  check_refused (THAW_ERROR_INVALID);
}

static void
test_not_a_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *missing = g_build_filename (folder, "missing.thaw", NULL);

  g_assert_null (thaw_project_open (missing, THAW_PROJECT_WRITE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (thaw_fixture_others (missing), ==, 0);
  g_clear_error (&error);
  g_assert_null (thaw_project_open (folder, THAW_PROJECT_READ, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

typedef struct
{
  const char *name;
  int         code;
  const char *sql;
} Schema;

/* Made by somebody else's SQLite: seen when it is opened */
static const Schema schemas[] = {
  { "newer", THAW_ERROR_NEWER, "PRAGMA user_version = 1000" },
  { "no-version", THAW_ERROR_INVALID, "PRAGMA user_version = 0" },
  { "other-application", THAW_ERROR_INVALID, "PRAGMA application_id = 7" },
  { "table-missing", THAW_ERROR_INVALID, "DROP TABLE steps" },
  { "table-more", THAW_ERROR_INVALID, "CREATE TABLE more (x)" },
  { "column-more", THAW_ERROR_INVALID, "ALTER TABLE classes ADD COLUMN more TEXT" },
  { "view", THAW_ERROR_INVALID, "ALTER TABLE steps RENAME TO hidden; CREATE VIEW steps AS SELECT * FROM hidden" },
  { "trigger", THAW_ERROR_INVALID, "CREATE TRIGGER t AFTER INSERT ON epochs BEGIN DELETE FROM runs; END" },
  { "index", THAW_ERROR_INVALID, "CREATE INDEX i ON runs (abs (id))" },
};

static void
test_schema (gconstpointer data)
{
  const Schema *schema = data;

  restore_good ();
  thaw_fixture_sql (good_path, schema->sql);
  check_refused (schema->code);
}

/* A schema that fits, with contents that do not: seen when it is read */
static const char *const rows[] = {
  "UPDATE classes SET label = 5 WHERE label = 1",
  "UPDATE classes SET name = CAST (x'ff' AS TEXT)",
  "UPDATE files SET path = x'' WHERE id = 1",
  "UPDATE files SET path = x'610062' WHERE id = 1",
  "UPDATE files SET size = -1",
  "UPDATE images SET label = 2",
  "UPDATE images SET label = -1",
  "UPDATE images SET split = 3",
  "UPDATE images SET item = -2",
  "UPDATE images SET hash = 'no hash'",
  "UPDATE images SET file = 99",
  "UPDATE runs SET status = 9",
  "UPDATE runs SET id = -3",
  "UPDATE runs SET train = 5000000000",
  "UPDATE runs SET model_metadata = 'no JSON'",
  "UPDATE runs SET model_metadata = '{}'",
  "UPDATE runs SET model_metadata = '[[[[[[[[[['",
  "UPDATE runs SET backbone = '/nowhere/at/all.safetensors'",
  "UPDATE runs SET backbone = NULL",
  "UPDATE epochs SET epoch = -1",
  "UPDATE epochs SET best = 2",
  "UPDATE blobs SET dtype = 77",
  "UPDATE blobs SET dtype = 1",
  "UPDATE blobs SET shape = '1,1,1,1,1,1,1'",
  "UPDATE blobs SET shape = '4611686018427387904,4611686018427387904'",
  "UPDATE blobs SET shape = '-1'",
  "UPDATE blobs SET shape = 'x'",
  "UPDATE blobs SET data = x'00'",
  "UPDATE blobs SET data = zeroblob (length (data))",
  "UPDATE tensors SET blob = 999 WHERE blob IS NOT NULL",
  "UPDATE tensors SET name = 'unknown' || position",
  "UPDATE runs SET dataset = 999",
  "UPDATE evaluations SET dataset = 999",
  "UPDATE evaluations SET classes = 1",
  "UPDATE evaluations SET classes = 1000000000",
  "UPDATE evaluations SET probabilities = x'00'",
  "UPDATE datasets SET hash = 'x' || id",
  "UPDATE datasets SET bytes = 7",
  "UPDATE datasets SET bytes = -1",
  "UPDATE datasets SET bytes = 2000000000",
  "UPDATE datasets SET data = x'00'",
  "UPDATE datasets SET data = substr (data, 1, length (data) - 9)",
  "UPDATE steps SET step = -1",
  "UPDATE events SET step = -1",
  "UPDATE settings SET value = CAST (x'ff' AS TEXT)",
  "DELETE FROM blobs",
  "DELETE FROM tensors WHERE kind = 0",
};

static void
test_row (gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  restore_good ();
  thaw_fixture_sql (good_path, data);
  error = try_to_use (THAW_PROJECT_READ);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
}

/* Cut short anywhere, or with bytes turned over: an error or the whole, never a crash; what does not open is not changed */
static void
test_damage (gconstpointer data)
{
  gboolean cut = GPOINTER_TO_INT (data);
  guint refused = 0;

  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *content = g_memdup2 (good, good_length);
      gsize at = (gsize) (good_length * (i + .37) / 60), length = cut ? at : good_length;
      ThawProjectMode mode = i % 2 ? THAW_PROJECT_WRITE : THAW_PROJECT_READ;
      g_autoptr (GError) error = NULL;

      for (gsize k = 0; !cut && k < 40 && at + k < good_length; k++)
        content[at + k] ^= 0x5a;
      g_assert_true (g_file_set_contents (good_path, content, length, NULL));
      error = try_to_use (mode);
      refused += error != NULL;
      if (error && mode == THAW_PROJECT_READ)
        check_unchanged (content, length);
    }
  g_test_message ("%u of 60 were refused", refused);
  g_assert_cmpuint (refused, >, cut ? 50 : 10);
}

/* The file as the first version wrote it, as SQL: a change of a migration that is out would make such files unreadable */
static void
test_version_1 (void)
{
  g_autofree char *sql_path = thaw_test_file ("project/version-1.sql");
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "old.thaw", NULL);
  g_autofree char *sql = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GPtrArray) epochs = NULL;
  g_autoptr (ThawDataset) dataset = NULL;
  g_autoptr (ThawTrainState) state = NULL;
  ThawProject *project;

  g_assert_true (g_file_get_contents (sql_path, &sql, NULL, NULL));
  thaw_fixture_sql (path, sql);
  project = thaw_project_open (path, THAW_PROJECT_WRITE, &error);
  g_assert_no_error (error);
  runs = thaw_project_runs (project, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (runs->len, ==, 1);
  g_assert_cmpint (((const ThawRun *) g_ptr_array_index (runs, 0))->status, ==, THAW_RUN_DONE);
  epochs = thaw_project_epochs (project, 1, NULL);
  g_assert_cmpuint (epochs->len, ==, 2);
  g_assert_cmpfloat (((const ThawEpoch *) g_ptr_array_index (epochs, 1))->val_loss, ==, .25);
  dataset = thaw_project_get_dataset (project, NULL);
  g_assert_cmpuint (dataset->samples->len, ==, 2);
  state = thaw_project_state (project, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (thaw_tensor_f32 (thaw_tensor_map_get (state->best, "head.1.bias"))[1], ==, 2);
  thaw_fixture_check_old (project);
  thaw_fixture_close (project);
  g_assert_cmpint (thaw_fixture_value (path, "PRAGMA user_version"), ==, 2);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  make_good ();
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *name = g_strdup_printf ("/project/refused/content/%s", contents[i].name);

      g_test_add_data_func (name, &contents[i], test_content);
    }
  g_test_add_func ("/project/refused/not-a-file", test_not_a_file);
  for (guint i = 0; i < G_N_ELEMENTS (schemas); i++)
    {
      g_autofree char *name = g_strdup_printf ("/project/refused/schema/%s", schemas[i].name);

      g_test_add_data_func (name, &schemas[i], test_schema);
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = g_strdup_printf ("/project/refused/row/%02u", i);

      g_test_add_data_func (name, rows[i], test_row);
    }
  g_test_add_data_func ("/project/refused/cut", GINT_TO_POINTER (TRUE), test_damage);
  g_test_add_data_func ("/project/refused/flipped", GINT_TO_POINTER (FALSE), test_damage);
  g_test_add_func ("/project/version-1", test_version_1);
  status = g_test_run ();
  thaw_model_unref (model);
  g_free (good);
  g_free (good_path);
  return status;
}
