/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

static void
replace (const char *path, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_file_replace (path, bytes, &error));
  g_assert_no_error (error);
}

/* New, replaced with its rights kept, through a link, under the longest name, empty: and nothing is left beside it. */
static void
test_replace (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "file", NULL), *link = g_build_filename (folder, "link", NULL);
  g_autofree char *name = g_strnfill (255, 'n'), *longest = g_build_filename (folder, name, NULL);
  struct stat info;

  replace (path, "one");
  assert_content (path, "one");
  g_assert_cmpint (g_chmod (path, 0640), ==, 0);
  replace (path, "two");
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0640);
  g_assert_cmpint (symlink ("file", link), ==, 0);
  replace (link, "three");
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  assert_content (path, "three");
  replace (longest, "");
  assert_content (longest, "");
  g_assert_cmpint (count_files (folder), ==, 3);
}

static void
test_refused (void)
{
  g_autofree char *folder = thaw_test_directory (), *missing = g_build_filename (folder, "no", "file", NULL);
  const struct
  {
    const char *path;
    int         code;
  } table[] = { { folder, G_IO_ERROR_NOT_REGULAR_FILE }, { "/dev/full", G_IO_ERROR_NOT_REGULAR_FILE }, { missing, G_IO_ERROR_NOT_FOUND } };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (thaw_file_replace (table[i].path, bytes, &error));
      g_assert_error (error, G_IO_ERROR, table[i].code);
      g_assert_nonnull (strstr (error->message, table[i].path));
    }
  g_assert_cmpint (count_files (folder), ==, 0);
}

/* In a process of its own: @folder becomes a disk of 64 KiB. Exit status 77: this machine does not let us. */
static int
fill_disk (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *big = g_malloc0 (1 << 20);
  g_autoptr (GBytes) bytes = g_bytes_new_static (big, 1 << 20);
  g_autoptr (GError) error = NULL;

  if (unshare (geteuid () == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0
      || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount ("none", folder, "tmpfs", 0, "size=64k") != 0)
    return 77;
  replace (path, "before");
  if (thaw_file_replace (path, bytes, &error) || !g_error_matches (error, THAW_ERROR, THAW_ERROR_NO_SPACE)
      || !strstr (error->message, path))
    return 1;
  assert_content (path, "before");
  return count_files (folder) == 1 ? 0 : 2;
}

/* In a process of its own: no file may grow beyond 64 KiB. */
static int
limit_files (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *big = g_malloc0 (1 << 20);
  g_autoptr (GBytes) bytes = g_bytes_new_static (big, 1 << 20);
  g_autoptr (GError) error = NULL;

  signal (SIGXFSZ, SIG_IGN);
  replace (path, "before");
  if (setrlimit (RLIMIT_FSIZE, &(struct rlimit){ 65536, 65536 }) != 0)
    return 77;
  if (thaw_file_replace (path, bytes, &error) || error->domain != G_IO_ERROR)
    return 1;
  assert_content (path, "before");
  return count_files (folder) == 1 ? 0 : 2;
}

/* A write that fails half way leaves the old file as it was and nothing beside it. */
static void
test_failing (gconstpointer data)
{
  int (*attempt) (const char *) = (gpointer) data;
  g_autofree char *folder = thaw_test_directory ();
  pid_t child = fork ();
  int status;

  if (child == 0)
    _exit (attempt (folder));
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    g_test_skip ("this machine does not allow it");
  else
    g_assert_cmpint (status, ==, 0);
}

static void
test_open (void)
{
  g_autofree char *folder = thaw_test_directory (), *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *empty = g_build_filename (folder, "empty", NULL), *text = g_build_filename (folder, "text", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing\xff", NULL);
  const struct
  {
    const char *path;
    GQuark      domain;
    int         code;
  } table[] = { { missing, G_IO_ERROR, G_IO_ERROR_NOT_FOUND },     { folder, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY },
                { fifo, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT }, { empty, THAW_ERROR, THAW_ERROR_UNSUPPORTED },
                { text, THAW_ERROR, THAW_ERROR_UNSUPPORTED } };

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  replace (empty, "");
  replace (text, "no model at all\n");
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL, again = NULL;
      g_autofree char *shown = g_filename_display_name (table[i].path);

      g_assert_null (thaw_weights_load (table[i].path, NULL, &error));
      g_assert_error (error, table[i].domain, table[i].code);
      g_assert_nonnull (strstr (error->message, shown));
      g_assert_null (thaw_model_load (table[i].path, &again));
      /* a folder may be timm's */
      if (table[i].path == folder)
        g_assert_error (again, THAW_ERROR, THAW_ERROR_UNSUPPORTED);
      else
        g_assert_error (again, table[i].domain, table[i].code);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file/replace", test_replace);
  g_test_add_func ("/file/refused", test_refused);
  g_test_add_data_func ("/file/full-disk", (gconstpointer) fill_disk, test_failing);
  g_test_add_data_func ("/file/limit", (gconstpointer) limit_files, test_failing);
  g_test_add_func ("/file/open", test_open);
  return g_test_run ();
}
