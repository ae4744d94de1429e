/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was committed is there whatever happens: kill -9 at any moment, a full disk.
 */
#include "project/thaw-project-private.h"
#include "thaw-project-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 20

static void
write_epoch (ThawProject *project, gint64 run, const ThawModel *model, int n, GError **error)
{
  g_autoptr (ThawTrainState) state = thaw_fixture_state (model, n, n);
  ThawEpoch epoch = thaw_fixture_epoch (n, n % 3 ? 1 : .001);

  if (thaw_project_add_step (project, run, n, .5, .1, .25, error))
    thaw_project_checkpoint (project, run, state, &epoch, error);
}

/* The child of a fork: goes on from what is there and never ends by itself */
static void
write_until_killed (const char *path, const ThawModel *model)
{
  g_autoptr (GError) error = NULL;
  ThawProject *project = thaw_project_open (path, THAW_PROJECT_WRITE, &error);
  g_autoptr (GPtrArray) epochs = project ? thaw_project_epochs (project, 1, &error) : NULL;
  int n = epochs ? epochs->len : 0;

  while (!error)
    write_epoch (project, 1, model, ++n, &error);
  fprintf (stderr, "%s\n", error->message);
  _exit (1);
}

/* Epochs 1 to n without a gap, and the state that belongs to the last. Returns n. */
static int
check_consistent (const char *path, const ThawModel *model, ThawProjectMode mode)
{
  g_autoptr (GError) error = NULL;
  ThawProject *project = thaw_project_open (path, mode, &error);
  g_autoptr (GPtrArray) epochs = NULL;
  g_autoptr (ThawTrainState) state = NULL;
  int n;

  g_assert_no_error (error);
  epochs = thaw_project_epochs (project, 1, &error);
  g_assert_no_error (error);
  n = epochs->len;
  for (int i = 0; i < n; i++)
    g_assert_cmpint (((const ThawEpoch *) g_ptr_array_index (epochs, i))->epoch, ==, i + 1);
  state = thaw_project_state (project, 1, &error);
  g_assert_no_error (error);
  if (n)
    {
      g_autoptr (ThawTrainState) wanted = thaw_fixture_state (model, n, n);

      thaw_fixture_same_state (state, wanted);
    }
  else
    g_assert_null (state);
  thaw_fixture_close (project);
  return n;
}

static void
test_kill (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "pictures.thaw", NULL);
  g_autofree char *backbone = thaw_fixture_backbone ();
  g_autoptr (ThawModel) model = thaw_fixture_model (backbone);
  g_autofree char *check = NULL;
  int last = 0, killed = 0;
  gint64 run;

  thaw_fixture_close (thaw_fixture_project (path, backbone, model, &run));
  for (int i = 0; i < KILLS; i++)
    {
      pid_t child = fork ();
      int status, n;

      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        write_until_killed (path, model);
      g_usleep (g_random_int_range (1000, 120000));
      kill (child, SIGKILL);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      killed += WIFSIGNALED (status);
      n = check_consistent (path, model, i % 2 ? THAW_PROJECT_READ : THAW_PROJECT_WRITE);
      g_assert_cmpint (n, >=, last);
      last = n;
    }
  g_test_message ("%d epochs", last);
  g_assert_cmpint (killed, ==, KILLS);
  g_assert_cmpint (last, >, 0);
  g_assert_cmpuint (thaw_fixture_others (path), ==, 0);
}

/* SQLite's own limit on the size of the file */
static void
test_full (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "pictures.thaw", NULL);
  g_autofree char *backbone = thaw_fixture_backbone ();
  g_autoptr (ThawModel) model = thaw_fixture_model (backbone);
  g_autoptr (GError) error = NULL;
  gint64 run, pages;
  ThawProject *project = thaw_fixture_project (path, backbone, model, &run);
  g_autofree char *limit = NULL;
  g_autoptr (ThawTrainOptions) options = thaw_train_options_new ();
  g_autoptr (GPtrArray) runs = NULL;

  write_epoch (project, run, model, 1, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_project_value (project, "PRAGMA page_count", &pages, NULL));
  limit = g_strdup_printf ("PRAGMA max_page_count = %d", (int) pages + 1);
  g_assert_cmpint (sqlite3_exec (project->db, limit, NULL, NULL, NULL), ==, SQLITE_OK);
  /* a run with all its weights does not fit */
  g_assert_false (thaw_project_begin_run (project, NULL, model, options, &run, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "pictures.thaw"));
  g_clear_error (&error);
  runs = thaw_project_runs (project, NULL);
  g_assert_cmpuint (runs->len, ==, 1);
  /* nor does an epoch; once there is room again, it is not lost */
  limit[0] = '\0';
  for (int i = 0; i < 40 && !error; i++)
    write_epoch (project, 1, model, 2 + i, &error);
  if (error)
    g_assert_error (error, THAW_ERROR, THAW_ERROR_NO_SPACE);
  g_assert_cmpint (sqlite3_exec (project->db, "PRAGMA max_page_count = 1000000", NULL, NULL, NULL), ==, SQLITE_OK);
  thaw_fixture_close (project);
  g_assert_cmpint (check_consistent (path, model, THAW_PROJECT_READ), >, 1);
}

/* The system says that the file cannot grow, at another size each time */
static void
write_within (const char *path, const ThawModel *model, rlim_t bytes)
{
  const struct rlimit limit = { bytes, bytes };
  g_autoptr (GError) error = NULL;
  ThawProject *project;

  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
  project = thaw_project_open (path, THAW_PROJECT_WRITE, &error);
  for (int n = 1; n <= 30 && !error; n++)
    write_epoch (project, 1, model, n, &error);
  if (error && !g_error_matches (error, THAW_ERROR, THAW_ERROR_NO_SPACE))
    {
      fprintf (stderr, "%s\n", error->message);
      _exit (2);
    }
  if (project)
    thaw_project_close (project, NULL);
  _exit (error ? 1 : 0);
}

static void
test_limit (void)
{
  g_autofree char *backbone = thaw_fixture_backbone ();
  g_autoptr (ThawModel) model = thaw_fixture_model (backbone);
  int full = 0, tries = 0;

  for (rlim_t bytes = 20000; bytes < 3000000; bytes += bytes / 2)
    {
      g_autofree char *folder = thaw_test_directory ();
      g_autofree char *path = g_build_filename (folder, "pictures.thaw", NULL);
      pid_t child;
      int status;
      gint64 run;

      thaw_fixture_close (thaw_fixture_project (path, backbone, model, &run));
      child = fork ();
      if (child == 0)
        write_within (path, model, bytes);
      g_assert_cmpint (waitpid (child, &status, 0), ==, child);
      g_assert_true (WIFEXITED (status));
      g_assert_cmpint (WEXITSTATUS (status), !=, 2);
      full += WEXITSTATUS (status);
      tries++;
      check_consistent (path, model, THAW_PROJECT_READ);
      g_assert_cmpuint (thaw_fixture_others (path), ==, 0);
    }
  g_test_message ("%d of %d ran into the limit", full, tries);
  g_assert_cmpint (full, >, 2);
  g_assert_cmpint (full, <, tries);
}

/* In a process of its own: it would end what it takes for nobody's log */
static void
test_reader (void)
{
  thaw_fixture_value (g_getenv ("THAW_TEST_PROJECT"), "SELECT count (*) FROM epochs");
  thaw_fixture_sql (g_getenv ("THAW_TEST_PROJECT"), "SELECT count (*) FROM epochs");
}

/* What a file chooser does to see what kind of file it is */
static void
pry (const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  int fd = open (name, O_RDONLY | O_CLOEXEC);
  char byte;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pread (fd, &byte, 1, 0), ==, 1);
  close (fd);
}

/* Another part of this program opens and closes the files, then another program reads them */
static void
test_pried (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "pictures.thaw", NULL);
  g_autofree char *backbone = thaw_fixture_backbone ();
  g_autoptr (ThawModel) model = thaw_fixture_model (backbone);
  g_autoptr (GError) error = NULL;
  gint64 run;
  ThawProject *project = thaw_fixture_project (path, backbone, model, &run);

  g_setenv ("THAW_TEST_PROJECT", path, TRUE);
  for (int n = 1; n <= 8; n++)
    {
      write_epoch (project, run, model, n, &error);
      g_assert_no_error (error);
      pry (path, "");
      pry (path, "-shm");
      pry (path, "-wal");
      g_test_trap_subprocess ("/project/pried/reader/subprocess", 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      g_assert_cmpuint (thaw_fixture_others (path), ==, 3);
    }
  thaw_fixture_close (project);
  g_assert_cmpint (check_consistent (path, model, THAW_PROJECT_READ), ==, 8);
  g_assert_cmpuint (thaw_fixture_others (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/project/kill", test_kill);
  g_test_add_func ("/project/full", test_full);
  g_test_add_func ("/project/limit", test_limit);
  g_test_add_func ("/project/pried", test_pried);
  g_test_add_func ("/project/pried/reader/subprocess", test_reader);
  return g_test_run ();
}
