/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <unistd.h>

#include "formats/thaw-formats.h"

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

#define PAGES 40

static gsize
page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

/* A file of PAGES and a half whose pages have numbers of their own; mapped (transfer full) */
static GBytes *
map_pages (const char *path, guint8 first)
{
  const gsize page = page_size (), size = PAGES * page + page / 2;
  g_autofree char *content = g_malloc (size);
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  for (gsize i = 0; i < size; i++)
    content[i] = (char) (first + i / page);
  g_assert_true (g_file_set_contents (path, content, (gssize) size, NULL));
  bytes = thaw_file_map (path, &error);
  g_assert_no_error (error);
  return bytes;
}

static guint
count_in_memory (const guint8 *data)
{
  unsigned char there[PAGES + 1];
  guint n = 0;

  g_assert_cmpint (mincore ((void *) data, PAGES * page_size (), there), ==, 0);
  for (guint i = 0; i < PAGES; i++)
    n += there[i] & 1;
  return n;
}

static void
want (const guint8 *data, gsize size, gboolean stays)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_file_want (data, size, stays, &error));
  g_assert_no_error (error);
}

/* Whole pages go back, what stays stays, what is wanted again is the file's, and who asks for the file gets all of it. */
static void
test_let_go (void)
{
  const gsize page = page_size ();
  g_autofree char *folder = thaw_test_directory (), *path = g_build_filename (folder, "file", NULL);
  g_autoptr (GBytes) bytes = map_pages (path, 1), other = NULL;
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  guint before = count_in_memory (data);

  g_assert_cmpuint (before, ==, PAGES);
  want (data + 5 * page + 7, 3, TRUE);
  thaw_file_let_go (data + 2 * page - 1, 8 * page);
  g_assert_cmpuint (count_in_memory (data), ==, PAGES - 6);
  for (guint i = 0; i <= PAGES; i++)
    g_assert_cmpuint (data[i * page], ==, i >= 2 && i < 9 && i != 5 ? 0 : i + 1);
  other = thaw_file_map (path, NULL);
  g_assert_true (g_bytes_get_data (other, NULL) != data);
  g_assert_cmpuint (((const guint8 *) g_bytes_get_data (other, NULL))[3 * page], ==, 4);
  want (data + 3 * page, 1, FALSE);
  g_assert_cmpuint (data[3 * page], ==, 4);
  want (data, PAGES * page + page / 2, FALSE);
  for (guint i = 0; i <= PAGES; i++)
    g_assert_cmpuint (data[i * page + page / 2 - 1], ==, i + 1);
}

/* Nothing is taken from who has the file too, nor of memory that is none of a file's; and a file that is another by now is no source. */
static void
test_let_go_of_less (void)
{
  const gsize page = page_size ();
  g_autofree char *folder = thaw_test_directory (), *path = g_build_filename (folder, "file", NULL), *memory = g_strnfill (3 * page, 'x');
  g_autoptr (GBytes) bytes = map_pages (path, 1), other = thaw_file_map (path, NULL), changed = NULL;
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_bytes_get_data (other, NULL) == data);
  thaw_file_let_go (data, 4 * page);
  g_assert_cmpuint (data[2 * page], ==, 3);
  g_clear_pointer (&other, g_bytes_unref);
  thaw_file_let_go (memory, 3 * page);
  g_assert_cmpint (memory[page], ==, 'x');
  thaw_file_let_go (data, 4 * page);
  changed = map_pages (path, 100);
  g_assert_false (thaw_file_want (data + page, 1, FALSE, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
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
  g_test_add_func ("/file/let-go", test_let_go);
  g_test_add_func ("/file/let-go-of-less", test_let_go_of_less);
  return g_test_run ();
}
