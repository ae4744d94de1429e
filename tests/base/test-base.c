/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-csv.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-pool.h>
#include <thaw/thaw-preprocessing.h>
#include <thaw/thaw-random.h>

/* The documented sequence, written out a second time by its definition. */
static guint64
documented_mix (guint64 z)
{
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

static void
test_random_sequence (void)
{
  guint64 key = documented_mix (documented_mix (documented_mix (documented_mix (7) + 2) + 3) + 5);
  ThawRandom random = thaw_random (7, THAW_RANDOM_SHUFFLE, 3, 5);

  for (guint64 i = 0; i < 100; i++)
    {
      guint64 wanted = documented_mix (key + (i + 1) * 0x9E3779B97F4A7C15u);

      g_assert_cmpuint (thaw_random_at (&random, i), ==, wanted);
      g_assert_cmpuint (thaw_random_next (&random), ==, wanted);
    }
}

static void
test_random_distributions (void)
{
  ThawRandom random = thaw_random (1, THAW_RANDOM_INIT, 0, 0);
  double sum = 0, squares = 0, normal = 0, normal_squares = 0;
  guint histogram[7] = { 0 };
  const int n = 100000;

  for (int i = 0; i < n; i++)
    {
      double u = thaw_random_unit (&random), g = thaw_random_normal (&random);

      g_assert_true (u >= 0 && u < 1);
      sum += u;
      squares += u * u;
      normal += g;
      normal_squares += g * g;
      histogram[thaw_random_below (&random, 7)]++;
    }
  g_assert_cmpfloat_with_epsilon (sum / n, .5, .01);
  g_assert_cmpfloat_with_epsilon (squares / n, 1. / 3, .01);
  g_assert_cmpfloat_with_epsilon (normal / n, 0, .02);
  g_assert_cmpfloat_with_epsilon (normal_squares / n, 1, .02);
  for (int i = 0; i < 7; i++)
    g_assert_cmpfloat_with_epsilon (histogram[i] * 7. / n, 1, .05);
}

static void
test_random_shuffle (void)
{
  guint32 items[1000], again[1000];
  gboolean seen[1000] = { FALSE };
  ThawRandom a = thaw_random (3, THAW_RANDOM_SHUFFLE, 1, 0), b = a;
  guint fixed = 0;

  for (guint i = 0; i < 1000; i++)
    items[i] = again[i] = i;
  thaw_random_shuffle (&a, items, 1000);
  thaw_random_shuffle (&b, again, 1000);
  g_assert_cmpmem (items, sizeof items, again, sizeof again);
  for (guint i = 0; i < 1000; i++)
    {
      g_assert_false (seen[items[i]]);
      seen[items[i]] = TRUE;
      fixed += items[i] == i;
    }
  g_assert_cmpuint (fixed, <, 10);
}

typedef struct
{
  ThawPool *pool;
  int       visits[256];
  int       before, wrong;
  double    sums[256][3];
} PoolData;

static void
visit_cb (gpointer data, guint thread)
{
  PoolData *self = data;
  guint n = thaw_pool_n_threads (self->pool);
  double values[3] = { 1, thread, 1. / (thread + 3) };

  g_atomic_int_inc (&self->visits[thread]);
  g_atomic_int_inc (&self->before);
  thaw_pool_barrier (self->pool);
  if (g_atomic_int_get (&self->before) % n != 0)
    g_atomic_int_inc (&self->wrong);
  thaw_pool_sum (self->pool, thread, values, 3);
  memcpy (self->sums[thread], values, sizeof values);
}

static void
test_pool (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (ThawPool) pool = thaw_pool_new (n, 0);
  g_autofree PoolData *self = g_new0 (PoolData, 1);
  double wanted = 0;

  self->pool = pool;
  for (guint t = 0; t < n; t++)
    wanted += 1. / (t + 3);
  for (int run = 1; run <= 300; run++)
    {
      thaw_pool_run (pool, visit_cb, self);
      for (guint t = 0; t < n; t++)
        {
          g_assert_cmpint (self->visits[t], ==, run);
          g_assert_cmpfloat (self->sums[t][0], ==, n);
          g_assert_cmpfloat (self->sums[t][1], ==, n * (n - 1) / 2);
          g_assert_cmpfloat (self->sums[t][2], ==, wanted);
        }
    }
  g_assert_cmpint (self->wrong, ==, 0);
}

static void
test_preprocessing (void)
{
  ThawPreprocessing in = { 256, TRUE, 224, 200, THAW_FILTER_BICUBIC, THAW_ROUNDING_TORCHVISION, { 123.675f, 116.28f, 103.53f }, { 58.395f, 57.12f, 57.375f } };
  ThawPreprocessing out = { 0 };
  g_autofree char *json = thaw_preprocessing_to_json (&in);
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_preprocessing_from_json (&out, json, &error));
  g_assert_no_error (error);
  g_assert_cmpint (out.resize, ==, in.resize);
  g_assert_cmpint (out.stretch, ==, in.stretch);
  g_assert_cmpint (out.width, ==, in.width);
  g_assert_cmpint (out.height, ==, in.height);
  g_assert_cmpint (out.filter, ==, in.filter);
  g_assert_cmpint (out.rounding, ==, in.rounding);
  g_assert_cmpmem (out.mean, sizeof out.mean, in.mean, sizeof in.mean);
  g_assert_cmpmem (out.std, sizeof out.std, in.std, sizeof in.std);
}

/* As files have it that were written before there was a rule of rounding */
static void
test_preprocessing_old (void)
{
  ThawPreprocessing out = { .rounding = THAW_ROUNDING_TORCHVISION };
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_preprocessing_from_json (&out, "{\"resize\":256,\"stretch\":false,\"width\":224,\"height\":224,\"filter\":\"bilinear\",\"mean\":[0,0,0],\"std\":[1,1,1]}", &error));
  g_assert_no_error (error);
  g_assert_cmpint (out.rounding, ==, THAW_ROUNDING_NEAREST);
}

static void
test_preprocessing_malformed (void)
{
  static const char *const texts[] = {
    "", "[", "[]", "{}", "3", "null",
    "{\"resize\":256,\"width\":0,\"height\":224,\"filter\":\"bilinear\",\"mean\":[0,0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":99999999,\"filter\":\"bilinear\",\"mean\":[0,0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":\"nearest\",\"mean\":[0,0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":7,\"mean\":[0,0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":\"bicubic\",\"rounding\":\"up\",\"mean\":[0,0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":\"bicubic\",\"mean\":[0,0],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":\"bicubic\",\"mean\":[0,0,{}],\"std\":[1,1,1]}",
    "{\"resize\":256,\"width\":224,\"height\":224,\"filter\":\"bicubic\",\"mean\":[0,0,0],\"std\":[1,1,0]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      ThawPreprocessing out = { .resize = 42 };
      g_autoptr (GError) error = NULL;

      g_assert_false (thaw_preprocessing_from_json (&out, texts[i], &error));
      g_assert_nonnull (error);
      g_assert_cmpint (out.resize, ==, 42);
    }
}

/* --- csv --- */

static void
test_csv_text (void)
{
  static const char *const fields[][2] = {
    { "plain name.jpg", "plain name.jpg" }, { NULL, "" },
    { "", "" },                             { "one, two", "\"one, two\"" },
    { "\"", "\"\"\"\"" },                    { "12\" disc", "\"12\"\" disc\"" },
    { "two\nlines", "\"two\nlines\"" },     { "two\r\nlines", "\"two\r\nlines\"" },
    { "Käfer; 'käfer'", "Käfer; 'käfer'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autoptr (GString) csv = g_string_new ("before,");
      g_autofree char *wanted = g_strconcat ("before,", fields[i][1], NULL);

      thaw_csv_append_text (csv, fields[i][0]);
      g_assert_cmpstr (csv->str, ==, wanted);
    }
}

static void
test_csv_number (void)
{
  static const float values[] = { 0, 1, .1f, 1.f / 3, .99999994f, 1e-38f, -2.5f };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GString) csv = g_string_new (NULL);

      thaw_csv_append_number (csv, (double) values[i]);
      g_assert_null (strchr (csv->str, ','));
      g_assert_cmpfloat ((float) g_ascii_strtod (csv->str, NULL), ==, values[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/random/sequence", test_random_sequence);
  g_test_add_func ("/random/distributions", test_random_distributions);
  g_test_add_func ("/random/shuffle", test_random_shuffle);
  g_test_add_data_func ("/pool/1", GUINT_TO_POINTER (1), test_pool);
  g_test_add_data_func ("/pool/2", GUINT_TO_POINTER (2), test_pool);
  g_test_add_data_func ("/pool/5", GUINT_TO_POINTER (5), test_pool);
  g_test_add_func ("/preprocessing/round-trip", test_preprocessing);
  g_test_add_func ("/preprocessing/old", test_preprocessing_old);
  g_test_add_func ("/preprocessing/malformed", test_preprocessing_malformed);
  g_test_add_func ("/csv/text", test_csv_text);
  g_test_add_func ("/csv/number", test_csv_number);
  return g_test_run ();
}
