/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-zoo.h>

#define ARCHITECTURE "mobilenet_v1_x0_25"

/* Only what the test puts there is installed. */
static void
use_folder (const char *folder)
{
  g_autofree char *empty = folder ? NULL : thaw_test_directory ();

  g_setenv ("THAW_BACKBONES", folder ? folder : empty, TRUE);
}

static ThawModel *
make_model (guint64 seed)
{
  static const char *const labels[] = { "ants", "Bienen \xc3\xa4\n\"", "", NULL };
  g_autoptr (GError) error = NULL;
  ThawModel *model = thaw_zoo_create (ARCHITECTURE, 3, seed, &error);

  g_assert_no_error (error);
  thaw_model_set_labels (model, labels);
  model->licence = g_strdup ("MIT");
  model->top1 = 12.5;
  return model;
}

static char *
save_model (const ThawModel *model, const char *folder, const char *name)
{
  g_autoptr (GHashTable) metadata = thaw_zoo_metadata (model);
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  thaw_safetensors_save (model->parameters, metadata, THAW_DTYPE_F32, path, &error);
  g_assert_no_error (error);
  return path;
}

static void
assert_same (const ThawModel *a, const ThawModel *b)
{
  g_autofree char *x = thaw_model_hash (a, NULL), *y = thaw_model_hash (b, NULL);

  g_assert_cmpstr (x, ==, y);
  g_assert_cmpstr (a->architecture, ==, b->architecture);
  g_assert_cmpstr (a->title, ==, b->title);
  g_assert_cmpstr (a->licence, ==, b->licence);
  g_assert_true (a->top1 == b->top1);
  g_assert_true (g_strv_equal ((const char *const *) a->labels, (const char *const *) b->labels));
  g_assert_cmpmem (&a->preprocessing, sizeof a->preprocessing, &b->preprocessing, sizeof b->preprocessing);
}

/* A model that was saved is the model that is loaded, found by content whatever the file is called. */
static void
test_load (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autoptr (ThawModel) model = make_model (1), back = NULL;
  g_autofree char *path = save_model (model, folder, "odd name.pth");
  g_autoptr (GError) error = NULL;

  back = thaw_model_load (path, &error);
  g_assert_no_error (error);
  assert_same (model, back);
  g_assert_cmpstr (back->source, ==, "odd name.pth");
}

static const ThawBackbone *
find (GPtrArray *list, const char *name)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (((ThawBackbone *) g_ptr_array_index (list, i))->name, name))
      return g_ptr_array_index (list, i);
  return NULL;
}

static char *
import (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *name = thaw_backbone_import (path, &error);

  g_assert_no_error (error);
  return name;
}

/* Imported under its own name, found by that name, there once however often it is imported; another of that name gets a number. */
static void
test_library (void)
{
  g_autofree char *folder = thaw_test_directory (), *other = thaw_test_directory ();
  g_autoptr (ThawModel) model = make_model (1), second = make_model (2), opened = NULL;
  g_autofree char *path = save_model (model, folder, "m\xc3\xb6wen v1.bin"), *second_path = save_model (second, other, "m\xc3\xb6wen v1.x");
  g_autofree char *name = import (path), *again = import (path), *next = import (second_path);
  g_autoptr (GPtrArray) list = thaw_backbone_list ();
  const ThawBackbone *found;

  g_assert_cmpstr (name, ==, "m__wen_v1");
  g_assert_cmpstr (again, ==, name);
  g_assert_cmpstr (next, ==, "m__wen_v1-2");
  opened = thaw_backbone_open (name, NULL);
  assert_same (model, opened);
  found = find (list, next);
  g_assert_nonnull (found);
  g_assert_cmpstr (found->licence, ==, "MIT");
  g_assert_true (found->top1 == 12.5);
  g_assert_cmpint (found->input, ==, model->preprocessing.width);
  g_assert_cmpint (found->parameters, ==, thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE));
  g_assert_true (g_str_has_suffix (found->path, "/thaw/backbones/m__wen_v1-2.safetensors"));
}

/* What is imported never takes the place of a backbone that is known. */
static void
test_known (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autoptr (ThawModel) model = make_model (3);
  g_autofree char *path = save_model (model, folder, "efficientnet_lite0.safetensors"), *name = NULL;
  g_autoptr (GPtrArray) before = thaw_backbone_list (), after = NULL;
  g_autoptr (GError) error = NULL;
  const ThawBackbone *lite = find (before, "efficientnet_lite0");

  g_assert_nonnull (lite);
  g_assert_null (lite->path);
  g_assert_cmpstr (lite->title, ==, "EfficientNet-Lite0");
  g_assert_cmpstr (lite->licence, ==, "Apache-2.0");
  g_assert_true (lite->top1 == 75.1);
  g_assert_cmpint (lite->input, ==, 224);
  g_assert_null (thaw_backbone_open ("efficientnet_lite0", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "thaw-cli download efficientnet_lite0"));
  name = import (path);
  g_assert_cmpstr (name, ==, "efficientnet_lite0-2");
  use_folder (folder);
  after = thaw_backbone_list ();
  g_assert_cmpstr (find (after, "efficientnet_lite0")->path, ==, path);
  use_folder (NULL);
}

/* The figures of the list are those of the architectures. */
static void
test_figures (void)
{
  g_autoptr (GPtrArray) list = thaw_backbone_list ();

  for (guint i = 0; i < 3; i++)
    {
      const ThawBackbone *known = g_ptr_array_index (list, i);
      g_autoptr (ThawModel) model = thaw_zoo_create (known->name, 0, 0, NULL);

      g_assert_nonnull (model);
      g_assert_cmpint (known->parameters, ==, thaw_model_count (model, "", NULL, THAW_WEIGHTS_TRAINABLE));
      g_assert_cmpint (known->input, ==, model->preprocessing.width);
      g_assert_cmpstr (known->title, ==, model->title);
    }
}

static void
test_refused (void)
{
  static const char *const names[] = { "nothing", "", ".", "..", "/", "../efficientnet_lite0", "no/such/file" };
  g_autofree char *folder = thaw_test_directory (), *broken = g_build_filename (folder, "broken.safetensors", NULL);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) why = NULL;

      g_assert_null (thaw_backbone_open (names[i], &why));
      g_assert_nonnull (why);
    }
  g_assert_true (g_file_set_contents (broken, "{}", -1, NULL));
  g_assert_null (thaw_backbone_import (broken, &error));
  g_assert_nonnull (error);
  use_folder (folder);
  list = thaw_backbone_list ();
  g_assert_null (find (list, "broken"));
  use_folder (NULL);
}

static const struct
{
  guint       index;
  const char *start;
} classes[] = { { 0, "tench" }, { 1, "goldfish" }, { 4, "hammerhead" }, { 134, "crane (bird)" }, { 207, "golden retriever" }, { 281, "tabby" },
                { 309, "bee" }, { 310, "ant" }, { 388, "giant panda" }, { 517, "crane (machine)" }, { 817, "sports car" }, { 954, "banana" }, { 999, "toilet tissue" } };

/* A thousand names, no two the same, in ImageNet's order */
static void
test_labels (void)
{
  g_autofree char *path = thaw_test_file ("../resources/backbones/imagenet-labels.txt"), *text = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) labels = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  labels = g_strsplit (g_strchomp (text), "\n", -1);
  g_assert_cmpint (g_strv_length (labels), ==, 1000);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (*labels[i] && g_hash_table_add (seen, labels[i]));
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    g_assert_true (g_str_has_prefix (labels[classes[i].index], classes[i].start));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  use_folder (NULL);
  g_test_add_func ("/backbone/load", test_load);
  g_test_add_func ("/backbone/library", test_library);
  g_test_add_func ("/backbone/known", test_known);
  g_test_add_func ("/backbone/figures", test_figures);
  g_test_add_func ("/backbone/refused", test_refused);
  g_test_add_func ("/backbone/labels", test_labels);
  return g_test_run ();
}
