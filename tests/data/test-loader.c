/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader: right pictures in any order, by any number of threads, with any budget; errors stay
 * with their item. */
#include <stdlib.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-dataset.h>
#include <thaw/thaw-random.h>
#include <unistd.h>

#include "pictures.h"

#define SIDE 24
#define COUNT (SIDE * SIDE * 3)
#define ITEM_BYTES (COUNT * sizeof (float))
#define N_PICTURES 30
#define N_ITEMS 120
#define SEED 11

static const ThawPreprocessing preprocessing = {
  .resize = 28,
  .width = SIDE,
  .height = SIDE,
  .filter = THAW_FILTER_BILINEAR,
  .mean = { 127, 127, 127 },
  .std = { 128, 128, 128 },
};
static const ThawAugmentation augmentation = { .flip = .5f, .crop_min_area = .5f, .colour = .2f };

typedef struct
{
  ThawDataset   *dataset;
  ThawLoaderItem items[N_ITEMS];
  float        (*expected)[COUNT];   /* [N_ITEMS] */
} Fixture;

static void
fixture_set_up (Fixture *self)
{
  g_autofree char *folder = thaw_test_directory ();

  for (int i = 0; i < N_PICTURES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%c/%02d.png", "ab"[i % 2], i);
      g_autoptr (ThawImage) image = thaw_test_picture (30 + i, 50 - i);

      thaw_test_save_in (folder, name, image, "png");
    }
  self->dataset = thaw_dataset_new ();
  g_assert_true (thaw_dataset_add_path (self->dataset, folder, NULL, NULL, NULL, NULL));
  g_assert_cmpuint (self->dataset->samples->len, ==, N_PICTURES);
  self->expected = g_malloc (N_ITEMS * sizeof *self->expected);
  for (int i = 0; i < N_ITEMS; i++)
    {
      const ThawSample *sample = self->dataset->samples->pdata[i * 7 % N_PICTURES];
      g_autoptr (ThawImage) image = thaw_image_load (sample->path, NULL);

      self->items[i] = (ThawLoaderItem){ .sample = i * 7 % N_PICTURES, .variant = i % 3 };
      if (i % 3 == 0)
        thaw_image_prepare (image, &preprocessing, self->expected[i]);
      else
        thaw_image_augment (image, &preprocessing, &augmentation, SEED, i % 3,
                            self->items[i].sample, self->expected[i]);
    }
}

static void
fixture_clear (Fixture *self)
{
  thaw_dataset_unref (self->dataset);
  g_free (self->expected);
}

static ThawLoader *
make_loader (Fixture *self, guint n_threads, gsize budget)
{
  return thaw_loader_new (self->dataset, &preprocessing, &augmentation, SEED, self->items, N_ITEMS,
                          n_threads, budget);
}

static void
take_one (Fixture *self, ThawLoader *loader, gsize i)
{
  g_autoptr (GError) error = NULL;
  float output[COUNT];

  g_assert_true (thaw_loader_take (loader, i, output, &error));
  g_assert_cmpmem (output, sizeof output, self->expected[i], sizeof output);
}

static const guint thread_counts[] = { 0, 1, 2, 5 };
static const gsize budgets[] = { 0, ITEM_BYTES, 3 * ITEM_BYTES, 1000 * ITEM_BYTES };

static void
test_orders (void)
{
  Fixture fixture;

  fixture_set_up (&fixture);
  for (gsize t = 0; t < G_N_ELEMENTS (thread_counts); t++)
    for (gsize b = 0; b < G_N_ELEMENTS (budgets); b++)
      for (int order = 0; order < 3; order++)
        {
          g_autoptr (ThawLoader) loader = make_loader (&fixture, thread_counts[t], budgets[b]);

          for (gsize i = 0; i < N_ITEMS; i++)
            take_one (&fixture, loader,
                      order == 0   ? i
                      : order == 1 ? N_ITEMS - 1 - i
                                   : i * 37 % N_ITEMS);
        }
  for (guint i = 0; i < N_PICTURES; i++)
    g_assert_nonnull (((ThawSample *) fixture.dataset->samples->pdata[i])->hash);
  fixture_clear (&fixture);
}

typedef struct
{
  Fixture    *fixture;
  ThawLoader *loader;
  int         next;   /* atomic */
} Takers;

static gpointer
take_main (gpointer data)
{
  Takers *self = data;
  int i;

  while ((i = g_atomic_int_add (&self->next, 1)) < N_ITEMS)
    take_one (self->fixture, self->loader, i % 2 ? i : (i + N_ITEMS / 2) % N_ITEMS);
  return NULL;
}

static void
test_many_takers (void)
{
  Fixture fixture;

  fixture_set_up (&fixture);
  for (gsize t = 0; t < G_N_ELEMENTS (thread_counts); t++)
    for (gsize b = 0; b < G_N_ELEMENTS (budgets); b++)
      {
        Takers takers = { &fixture, make_loader (&fixture, thread_counts[t], budgets[b]), 0 };
        GThread *threads[4];

        for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
          threads[i] = g_thread_new ("taker", take_main, &takers);
        for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
          g_thread_join (threads[i]);
        thaw_loader_free (takers.loader);
      }
  fixture_clear (&fixture);
}

/* Dropped while it works, with some taken or none */
static void
test_dropped (void)
{
  Fixture fixture;

  fixture_set_up (&fixture);
  for (gsize n = 0; n < 40; n++)
    {
      ThawLoader *loader = make_loader (&fixture, 1 + n % 4, budgets[1 + n % 3]);

      for (gsize i = 0; i < n % 10; i++)
        take_one (&fixture, loader, 3 * i);
      if (n % 3 == 0)
        g_usleep (500 * n);
      thaw_loader_free (loader);
    }
  fixture_clear (&fixture);
}

static void
test_vanished (void)
{
  Fixture fixture;
  g_autoptr (ThawImage) other = thaw_test_picture (9, 9);
  ThawSample *gone, *edited;

  fixture_set_up (&fixture);
  for (guint i = 0; i < N_PICTURES; i++)
    thaw_image_free (thaw_sample_load (fixture.dataset->samples->pdata[i], NULL));
  gone = fixture.dataset->samples->pdata[7];
  edited = fixture.dataset->samples->pdata[14];
  g_assert_cmpint (unlink (gone->path), ==, 0);
  thaw_test_save (other, "png", edited->path);
  for (gsize t = 0; t < G_N_ELEMENTS (thread_counts); t++)
    {
      g_autoptr (ThawLoader) loader = make_loader (&fixture, thread_counts[t], 4 * ITEM_BYTES);

      for (gsize i = 0; i < N_ITEMS; i++)
        {
          g_autoptr (GError) error = NULL;
          float output[COUNT];

          if (fixture.items[i].sample != 7 && fixture.items[i].sample != 14)
            {
              take_one (&fixture, loader, i);
              continue;
            }
          g_assert_false (thaw_loader_take (loader, i, output, &error));
          g_assert_nonnull (
              strstr (error->message, fixture.items[i].sample == 7 ? gone->path : edited->path));
        }
    }
  fixture_clear (&fixture);
}

/* Resident memory, KiB */
static glong
resident (void)
{
  g_autofree char *text = NULL;
  glong pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    pages = atol (strchr (text, ' '));
  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

/* KiB; AddressSanitizer keeps what was freed for a while */
#define MOST_RESIDENT (THAW_TEST_SANITIZED ? 400000 : 90000)

/* Large outputs, so that what is kept ahead shows: 4 of 12 MB each, not 60. */
static void
test_budget (void)
{
  static const ThawPreprocessing large = { .width = 1000,
                                           .height = 1000,
                                           .filter = THAW_FILTER_BILINEAR,
                                           .std = { 1, 1, 1 },
                                           .stretch = TRUE };
  const gsize bytes = 1000 * 1000 * 3 * sizeof (float);
  Fixture fixture;
  g_autoptr (ThawLoader) loader = NULL;
  g_autofree float *output = g_malloc (bytes);
  glong before;

  fixture_set_up (&fixture);
  before = resident ();
  loader = thaw_loader_new (fixture.dataset, &large, NULL, 1, fixture.items, 60, 3, 4 * bytes + 1);
  for (gsize i = 0; i < 4; i++)
    {
      g_assert_true (thaw_loader_take (loader, i, output, NULL));
      g_usleep (200000);
      g_assert_cmpint (resident () - before, <, MOST_RESIDENT);
    }
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/loader/orders", test_orders);
  g_test_add_func ("/data/loader/many-takers", test_many_takers);
  g_test_add_func ("/data/loader/dropped", test_dropped);
  g_test_add_func ("/data/loader/vanished", test_vanished);
  g_test_add_func ("/data/loader/budget", test_budget);
  return g_test_run ();
}
