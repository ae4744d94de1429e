/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thaw/thaw-feature-cache.h>
#include <unistd.h>

#include "thaw-test.h"

#define FLOATS 100
#define RECORD (FLOATS * sizeof (float))
#define MIB ((gsize) 1 << 20)
#define KEY "0123456789abcdef"

static char *
picture (guint i)
{
  g_autofree char *name = g_strdup_printf ("picture %u", i);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);
}

static void
put (ThawFeatureCache *cache, guint i, guint variant)
{
  g_autofree char *hash = picture (i);
  float record[FLOATS];

  for (guint k = 0; k < FLOATS; k++)
    record[k] = i * 1000.f + variant * 100.f + k;
  thaw_feature_cache_put (cache, hash, variant, record);
}

/* -1: absent; 0: there and wrong; 1: there and right */
static int
look (ThawFeatureCache *cache, guint i, guint variant)
{
  g_autofree char *hash = picture (i);
  float record[FLOATS] = { 0 };

  if (!thaw_feature_cache_get (cache, hash, variant, record))
    return -1;
  for (guint k = 0; k < FLOATS; k++)
    if (record[k] != i * 1000.f + variant * 100.f + k)
      return 0;
  return 1;
}

/* How many of the first @n are there; none may be wrong. */
static guint
count (ThawFeatureCache *cache, guint n)
{
  guint found = 0;

  for (guint i = 0; i < n; i++)
    {
      int state = look (cache, i, 0);

      g_assert_cmpint (state, !=, 0);
      found += state == 1;
    }
  return found;
}

static ThawFeatureCache *
open_cache (const char *folder, gsize memory, gsize disk)
{
  g_autoptr (GError) error = NULL;
  ThawFeatureCache *cache = thaw_feature_cache_open (folder, KEY, RECORD, memory, disk, &error);

  g_assert_no_error (error);
  return cache;
}

static char *
fill (const char *folder, guint n)
{
  g_autoptr (ThawFeatureCache) cache = open_cache (folder, 0, MIB);

  for (guint i = 0; i < n; i++)
    put (cache, i, 0);
  return g_build_filename (folder, KEY ".features", NULL);
}

static void
test_memory_only (void)
{
  g_autoptr (ThawFeatureCache) cache = open_cache (NULL, 10 * RECORD, 0);

  for (guint i = 0; i < 20; i++)
    put (cache, i, 0);
  g_assert_cmpuint (count (cache, 20), ==, 10);
  g_assert_null (thaw_feature_cache_warning (cache));
}

static void
test_reopen (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = fill (folder, 50);
  g_autoptr (ThawFeatureCache) cache = open_cache (folder, 20 * RECORD, MIB);
  g_autoptr (ThawFeatureCache) other = NULL;

  g_assert_cmpuint (count (cache, 60), ==, 50);
  g_assert_cmpuint (count (cache, 60), ==, 50);
  g_assert_cmpint (look (cache, 3, 1), ==, -1);
  put (cache, 3, 1);
  g_assert_cmpint (look (cache, 3, 1), ==, 1);
  g_assert_cmpint (look (cache, 3, 0), ==, 1);
  other = thaw_feature_cache_open (folder, KEY, RECORD * 2, 0, MIB, NULL);
  g_assert_cmpint (look (other, 3, 0), ==, -1);
}

static void
test_disk_budget (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autoptr (ThawFeatureCache) cache = open_cache (folder, 0, 10 * 512);

  for (guint i = 0; i < 50; i++)
    put (cache, i, 0);
  g_assert_cmpuint (count (cache, 50), >=, 8);
  g_assert_cmpuint (thaw_feature_cache_usage (folder), <=, 10 * 512);
}

/* Whatever a kill, or somebody else, left of the file: what is wrong is absent and can be put again. */
static void
test_damage (gconstpointer data)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = fill (folder, 50);
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize at = 0; at < length; at += 97)
    {
      g_autoptr (ThawFeatureCache) cache = NULL;

      if (data)
        g_assert_true (g_file_set_contents (path, contents, at, NULL));
      else
        {
          g_autofree char *flipped = g_memdup2 (contents, length);

          flipped[at] ^= 0x40;
          g_assert_true (g_file_set_contents (path, flipped, length, NULL));
        }
      cache = open_cache (folder, 0, MIB);
      if (!data && at >= 64)
        g_assert_cmpuint (count (cache, 50), >=, 49);
      count (cache, 50);
      for (guint i = 0; i < 50; i++)
        put (cache, i, 0);
      g_assert_cmpuint (count (cache, 50), ==, 50);
    }
}

static void
test_shrinks_while_open (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = fill (folder, 50);
  g_autoptr (ThawFeatureCache) cache = open_cache (folder, 5 * RECORD, MIB);

  g_assert_cmpuint (count (cache, 5), ==, 5);
  g_assert_cmpint (truncate (path, 200), ==, 0);
  g_assert_cmpuint (count (cache, 50), ==, 5);
}

static void
test_second_process (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = fill (folder, 10);
  g_autoptr (ThawFeatureCache) first = open_cache (folder, MIB, MIB);
  g_autoptr (ThawFeatureCache) second = open_cache (folder, MIB, MIB);

  put (first, 10, 0);
  put (second, 11, 0);
  g_assert_cmpuint (count (second, 10), ==, 10);
  g_assert_cmpint (look (second, 11, 0), ==, 1);
  g_assert_cmpint (look (first, 11, 0), ==, -1);
  g_assert_cmpint (look (first, 10, 0), ==, 1);
}

static void
test_full_disk (void)
{
  g_autofree char *folder = thaw_test_directory ();
  struct rlimit old, limit;
  g_autoptr (ThawFeatureCache) cache = open_cache (folder, 30 * RECORD, 64 * MIB);

  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old), ==, 0);
  limit = old;
  limit.rlim_cur = 20 * 512;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  for (guint i = 0; i < 50; i++)
    put (cache, i, 0);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old), ==, 0);
  g_assert_cmpuint (count (cache, 50), >=, 30);
  g_assert_nonnull (thaw_feature_cache_warning (cache));
}

/* A process killed while it writes leaves whole records or none. */
static void
test_killed (void)
{
  for (guint round = 0; round < 10; round++)
    {
      g_autofree char *folder = thaw_test_directory ();
      g_autoptr (ThawFeatureCache) cache = NULL;
      pid_t child = fork ();

      if (child == 0)
        {
          ThawFeatureCache *mine = open_cache (folder, 0, 64 * MIB);

          for (guint i = 0;; i = (i + 1) % 100000)
            put (mine, i, 0);
        }
      g_usleep (2000 + 1500 * round);
      kill (child, SIGKILL);
      waitpid (child, NULL, 0);
      cache = open_cache (folder, 0, 64 * MIB);
      count (cache, 1000);
      put (cache, 0, 0);
      g_assert_cmpint (look (cache, 0, 0), ==, 1);
    }
}

static void
test_trim (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);
      g_autofree char *path = g_strdup_printf ("%s/%s.features", folder, key);
      ThawFeatureCache *cache = thaw_feature_cache_open (folder, key, RECORD, 0, MIB, NULL);
      struct timespec times[2] = { { .tv_sec = 1000 + i }, { .tv_sec = 1000 + i } };

      put (cache, 1, 0);
      thaw_feature_cache_close (cache);
      g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
    }
  g_assert_true (thaw_feature_cache_trim (folder, thaw_feature_cache_usage (folder) / 2, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/key%u.features", folder, i);

      g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, i >= 3);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feature-cache/memory-only", test_memory_only);
  g_test_add_func ("/feature-cache/reopen", test_reopen);
  g_test_add_func ("/feature-cache/disk-budget", test_disk_budget);
  g_test_add_data_func ("/feature-cache/flipped", NULL, test_damage);
  g_test_add_data_func ("/feature-cache/truncated", "", test_damage);
  g_test_add_func ("/feature-cache/shrinks-while-open", test_shrinks_while_open);
  g_test_add_func ("/feature-cache/second-process", test_second_process);
  g_test_add_func ("/feature-cache/full-disk", test_full_disk);
  g_test_add_func ("/feature-cache/killed", test_killed);
  g_test_add_func ("/feature-cache/trim", test_trim);
  return g_test_run ();
}
