/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-test.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <thaw/thaw-cpu.h>

char *
thaw_test_shared (const char *relative)
{
  const char *root = g_getenv ("THAW_SHARED");
  g_autofree char *path = root ? g_build_filename (root, relative, NULL) : NULL;

  return path && g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

char *
thaw_test_file (const char *relative)
{
  return g_test_build_filename (G_TEST_DIST, relative, NULL);
}

JsonParser *
thaw_test_json (const char *relative)
{
  g_autofree char *path = thaw_test_shared (relative);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  if (!path)
    {
      g_test_skip ("../shared is not there");
      return NULL;
    }
  if (!json_parser_load_from_file (parser, path, &error))
    g_error ("%s: %s", path, error->message);
  return g_steal_pointer (&parser);
}

static guint64
mix (guint64 z)
{
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

void
thaw_test_formula (const char *name, gsize n, double *values)
{
  guint64 hash = 0xcbf29ce484222325u;

  for (const char *c = name; *c; c++)
    hash = (hash ^ (guint8) *c) * 0x100000001b3u;
  for (gsize i = 0; i < n; i++)
    values[i] = (double) (mix (hash + (i + 1) * 0x9E3779B97F4A7C15u) >> 40) * 0x1p-23 - 1;
}

static void
parameter_rule (const char *name, const ThawShape *shape, double gain, double *offset, double *scale)
{
  double fan = 1;

  for (int i = 1; i < shape->rank; i++)
    fan *= shape->dim[i];
  *offset = 0;
  *scale = .1;
  if (shape->rank == 4)
    *scale = gain * sqrt (6 / fan);
  else if (shape->rank >= 2 && !strstr (name, "class_token") && !strstr (name, "pos_embedding"))
    *scale = gain * sqrt (3 / fan);
  else if (shape->rank == 1 && (g_str_has_suffix (name, ".weight") || g_str_has_suffix (name, "running_var")))
    *offset = 1;
}

ThawTensor *
thaw_test_parameter (const char *name, const ThawShape *shape, double gain)
{
  ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, shape);
  gsize n = thaw_tensor_count (tensor);
  g_autofree double *u = g_new (double, n);
  double offset, scale;

  parameter_rule (name, shape, gain, &offset, &scale);
  thaw_test_formula (name, n, u);
  for (gsize i = 0; i < n; i++)
    thaw_tensor_f32 (tensor)[i] = (float) (offset + scale * u[i]);
  return tensor;
}

ThawTensor *
thaw_test_pictures (gint64 n, gint64 h, gint64 w)
{
  ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n, h, w, 3));
  g_autofree double *u = g_new (double, n * 3 * h * w);
  float *x = thaw_tensor_f32 (tensor);

  thaw_test_formula ("input", n * 3 * h * w, u);
  for (gint64 i = 0; i < n; i++)
    for (gint64 c = 0; c < 3; c++)
      for (gint64 p = 0; p < h * w; p++)
        x[(i * h * w + p) * 3 + c] = (float) u[(i * 3 + c) * h * w + p];
  return tensor;
}

double
thaw_test_relative (const float *a, const double *b, gsize n)
{
  double difference = 0, norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      norm += b[i] * b[i];
    }
  return sqrt (difference / MAX (norm, 1e-300));
}

double
thaw_test_relative_f64 (const double *a, const double *b, gsize n)
{
  double difference = 0, norm = 0;

  for (gsize i = 0; i < n; i++)
    {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      norm += b[i] * b[i];
    }
  return sqrt (difference / MAX (norm, 1e-300));
}

static GPtrArray *directories;

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (file, "standard::name", G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (children && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) && child)
    remove_tree (child);
  g_file_delete (file, NULL, NULL);
}

static void
remove_directories (void)
{
  for (guint i = 0; i < directories->len; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (g_ptr_array_index (directories, i));

      remove_tree (file);
    }
  g_ptr_array_unref (directories);
}

char *
thaw_test_directory (void)
{
  char *path = g_dir_make_tmp ("thaw-test-XXXXXX", NULL);

  g_assert_nonnull (path);
  if (!directories)
    {
      directories = g_ptr_array_new_with_free_func (g_free);
      atexit (remove_directories);
    }
  g_ptr_array_add (directories, g_strdup (path));
  return path;
}

void
thaw_test_until_idle (gpointer object)
{
  gboolean busy = TRUE;

  while (g_object_get (object, "busy", &busy, NULL), busy)
    g_main_context_iteration (NULL, TRUE);
}

static void
same_sample (const ThawSample *a, const ThawSample *b)
{
  g_assert_true (a != b && a->path != b->path);
  g_assert_cmpstr (a->path, ==, b->path);
  g_assert_cmpstr (a->hash, ==, b->hash);
  g_assert_cmpint (a->index, ==, b->index);
  g_assert_cmpint (a->size, ==, b->size);
  g_assert_cmpint (a->mtime, ==, b->mtime);
  g_assert_cmpint (a->label, ==, b->label);
  g_assert_cmpint (a->split, ==, b->split);
  g_assert_cmpint (a->split_given, ==, b->split_given);
}

void
thaw_test_same_dataset (const ThawDataset *a, const ThawDataset *b)
{
  g_assert_cmpuint (a->classes->len, ==, b->classes->len);
  g_assert_cmpuint (a->samples->len, ==, b->samples->len);
  g_assert_cmpuint (a->problems->len, ==, b->problems->len);
  for (guint i = 0; i < a->classes->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a->classes, i), ==, g_ptr_array_index (b->classes, i));
  for (guint i = 0; i < a->samples->len; i++)
    same_sample (g_ptr_array_index (a->samples, i), g_ptr_array_index (b->samples, i));
  for (guint i = 0; i < a->problems->len; i++)
    {
      const ThawProblem *x = g_ptr_array_index (a->problems, i), *y = g_ptr_array_index (b->problems, i);

      g_assert_cmpstr (x->path, ==, y->path);
      g_assert_cmpstr (x->reason, ==, y->reason);
    }
}

gboolean
thaw_test_skips_isa (void)
{
  const char *wanted = g_getenv ("THAW_ISA");

  for (ThawIsa isa = 0; wanted && isa < THAW_N_ISAS; isa++)
    if (g_str_equal (wanted, thaw_isa_name (isa)) && !thaw_isa_runs (isa))
      {
        g_print ("1..0 # SKIP this machine does not run %s\n", wanted);
        return TRUE;
      }
  return FALSE;
}
