/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a target on its seeds and then on seeded random mutations of what it has, as a test (TAP).
 *
 *   --seconds N   how long (default 3)          --count N   how many instead
 *   --seed N      of the random numbers         --write FOLDER   writes the seeds for libFuzzer and ends
 *   FILE...       runs these alone: what an earlier run left when it failed
 *
 * An input that kills the process, or takes more than SLOW seconds of the processor, is left beside the program. */
#include "thaw-fuzz.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "thaw-fuzz-mutate.h"

#define SLOW 10
#define LIMIT 65536 /* or twice the largest seed */
#define MAX_POOL 4000

static struct
{
  int          seconds, count, seed;
  char        *write;
  char       **files;
  GPtrArray   *pool;       /* GBytes */
  GHashTable  *outcomes;   /* seen: texts without digits */
  gboolean     novel;
  const guint8 *current;   /* for the handler of signals */
  gsize        current_size;
  char         left_at[512];
  guint64      executions;
  double       slowest;
} fuzz = { .seconds = 3, .seed = 1 };

/* What comes from the input itself, between the first quote and the last, in digits or far behind, is not another outcome. */
static void
append_shape (GString *shape, const char *text, gsize length)
{
  for (gsize i = 0; i < MIN (length, 60); i++)
    if (!g_ascii_isdigit (text[i]))
      g_string_append_c (shape, text[i]);
}

void
thaw_fuzz_outcome (const char *text)
{
  GString *shape = g_string_new (NULL);
  gsize first = strcspn (text, "'\""), last = strlen (text);

  append_shape (shape, text, first);
  while (last > first && !strchr ("'\"", text[last - 1]))
    last--;
  if (last > first)
    append_shape (shape, text + last, strlen (text + last));
  fuzz.novel |= g_hash_table_add (fuzz.outcomes, g_string_free (shape, FALSE));
}

static void
leave_input (void)
{
  FILE *file = fuzz.current ? fopen (fuzz.left_at, "wb") : NULL;

  if (!file)
    return;
  fwrite (fuzz.current, 1, fuzz.current_size, file);
  fclose (file);
}

static void
on_signal (int number)
{
  static const char text[] = "# the input was left beside the program\n";

  leave_input ();
  if (write (STDOUT_FILENO, text, sizeof text - 1) < 0)
    _exit (1);
  signal (number, SIG_DFL);
  raise (number);
}

/* Sanitizers end the process without a signal. */
void __sanitizer_set_death_callback (void (*callback) (void)) __attribute__ ((weak));

static void
watch_for_death (const char *program)
{
  static const int signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGPROF };

  g_snprintf (fuzz.left_at, sizeof fuzz.left_at, "%s.input", program);
  if (__sanitizer_set_death_callback)
    __sanitizer_set_death_callback (leave_input);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    if (!__sanitizer_set_death_callback || signals[i] == SIGPROF)
      signal (signals[i], on_signal);
}

/* Not the clock, by which a busy machine is slow; 0 ends it */
static void
watch_processor (int seconds)
{
  setitimer (ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = seconds }, NULL);
}

/* In memory of exactly its size, so that a sanitizer sees a read beyond the end. */
static void
run_one (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = g_malloc (MAX (size, 1));
  gint64 start = g_get_monotonic_time ();

  memcpy (copy, data, size);
  fuzz.current = copy;
  fuzz.current_size = size;
  fuzz.novel = FALSE;
  watch_processor (SLOW);
  LLVMFuzzerTestOneInput (copy, size);
  watch_processor (0);
  fuzz.current = NULL;
  fuzz.executions++;
  fuzz.slowest = MAX (fuzz.slowest, (g_get_monotonic_time () - start) * 1e-6);
}

static void
run_bytes (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  run_one (data, size);
}

static gboolean
time_left (gint64 start)
{
  if (fuzz.count > 0)
    return fuzz.executions < (guint64) fuzz.count;
  return g_get_monotonic_time () - start < fuzz.seconds * G_USEC_PER_SEC;
}

static void
run_mutations (void)
{
  GRand *random = g_rand_new_with_seed (fuzz.seed);
  g_autoptr (GByteArray) input = g_byte_array_new ();
  gint64 start = g_get_monotonic_time ();
  gsize limit = LIMIT;

  for (guint i = 0; i < fuzz.pool->len; i++)
    limit = MAX (limit, 2 * g_bytes_get_size (g_ptr_array_index (fuzz.pool, i)));
  while (time_left (start))
    {
      GBytes *base = g_ptr_array_index (fuzz.pool, g_rand_int_range (random, 0, fuzz.pool->len));
      GBytes *other = g_ptr_array_index (fuzz.pool, g_rand_int_range (random, 0, fuzz.pool->len));

      g_byte_array_set_size (input, 0);
      g_byte_array_append (input, g_bytes_get_data (base, NULL), g_bytes_get_size (base));
      thaw_fuzz_mutate (input, other, random, limit);
      run_one (input->data, input->len);
      if (fuzz.novel && fuzz.pool->len < MAX_POOL)
        g_ptr_array_add (fuzz.pool, g_bytes_new (input->data, input->len));
    }
  g_rand_free (random);
}

static int
write_seeds (void)
{
  g_mkdir_with_parents (fuzz.write, 0755);
  for (guint i = 0; i < fuzz.pool->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/seed-%u", fuzz.write, i);
      GBytes *seed = g_ptr_array_index (fuzz.pool, i);

      if (!g_file_set_contents (path, g_bytes_get_data (seed, NULL), g_bytes_get_size (seed), NULL))
        return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}

static void
run_files (void)
{
  for (char **path = fuzz.files; *path; path++)
    {
      g_autofree char *content = NULL;
      gsize size;

      if (g_file_get_contents (*path, &content, &size, NULL))
        run_one ((guint8 *) content, size);
    }
}

int
main (int argc, char **argv)
{
  GOptionEntry entries[] = { { "seconds", 0, 0, G_OPTION_ARG_INT, &fuzz.seconds, NULL, NULL },
                             { "count", 0, 0, G_OPTION_ARG_INT, &fuzz.count, NULL, NULL },
                             { "seed", 0, 0, G_OPTION_ARG_INT, &fuzz.seed, NULL, NULL },
                             { "write", 0, 0, G_OPTION_ARG_FILENAME, &fuzz.write, NULL, NULL },
                             { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &fuzz.files, NULL, NULL },
                             { NULL } };
  GOptionContext *context = g_option_context_new (NULL);
  struct rusage usage;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return 2;
  g_option_context_free (context);
  fuzz.pool = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  fuzz.outcomes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  thaw_fuzz_seeds (fuzz.pool);
  if (fuzz.write)
    return write_seeds ();
  puts ("1..1");
  fflush (stdout);
  watch_for_death (argv[0]);
  if (fuzz.files)
    run_files ();
  else
    {
      g_ptr_array_foreach (fuzz.pool, (GFunc) (gpointer) run_bytes, NULL);
      run_mutations ();
    }
  getrusage (RUSAGE_SELF, &usage);
  printf ("# %" G_GUINT64_FORMAT " executions, %u ways to end, slowest %.3f s, %ld MiB at most\n", fuzz.executions,
          g_hash_table_size (fuzz.outcomes), fuzz.slowest, usage.ru_maxrss / 1024);
  puts ("ok 1 no input does harm");
  g_ptr_array_unref (fuzz.pool);
  g_hash_table_unref (fuzz.outcomes);
  return EXIT_SUCCESS;
}
