/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports, edits and what undo makes of them; a data set is compared as text, so that a failure can be read. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-picture-problem.h>
#include <unistd.h>

typedef struct
{
  ThawHistory  *history;
  ThawPictures *pictures;
  char         *root;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->history = thaw_history_new ();
  self->pictures = thaw_pictures_new (self->history);
  self->root = thaw_test_directory ();
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_history_clear (self->history);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (self->pictures);
  g_assert_finalize_object (self->history);
  g_free (self->root);
}

/* A binary PPM of one colour: distinct by @shade */
static void
plant (const Fixture *self, const char *name, int side, guint shade)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  /* BMP: what every GdkPixbuf reads; rows of 3 bytes a pixel padded to 4 */
  {
    guint32 row = ((guint32) side * 3 + 3) & ~3u, size = 54 + row * side;
    guint32 header[13] = { size, 0, 54, 40, side, side, 1 | 24 << 16, 0, row * side, 2835, 2835, 0, 0 };

    g_string_append_len (text, "BM", 2);
    g_string_append_len (text, (const char *) header, sizeof header);
    for (guint i = 0; i < row * side; i++)
      g_string_append_c (text, (char) (shade * 7 + i % 5));
  }
  g_assert_true (g_file_set_contents (path, text->str, (gssize) text->len, NULL));
}

static void
plant_many (const Fixture *self, const char *folder, guint n, guint shade)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%02u.bmp", folder, i);

      plant (self, name, 40, shade + i);
    }
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object (&((Fixture *) data)->result, result);
}

static void
wait (Fixture *self)
{
  while (!self->result)
    g_main_context_iteration (NULL, TRUE);
}

static ThawImportAccount *
import_items (Fixture *self, GPtrArray *items, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  thaw_pictures_import_async (self->pictures, items, NULL, done_cb, self);
  wait (self);
  result = g_steal_pointer (&self->result);
  return thaw_pictures_import_finish (self->pictures, result, error);
}

static GPtrArray *
items_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
}

static ThawImportItem *
add_item (Fixture *self, GPtrArray *items, const char *name)
{
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  ThawImportItem *item = thaw_import_item_new (path);

  g_ptr_array_add (items, item);
  return item;
}

static ThawImportAccount *
import (Fixture *self, const char *name, GError **error)
{
  g_autoptr (GPtrArray) items = items_new ();

  add_item (self, items, name);
  return import_items (self, items, error);
}

static char *
text_of_dataset (const ThawDataset *dataset, const char *root)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < dataset->classes->len; i++)
    g_string_append_printf (text, "class %s\n", (char *) dataset->classes->pdata[i]);
  for (guint i = 0; i < dataset->samples->len; i++)
    {
      const ThawSample *sample = dataset->samples->pdata[i];

      g_string_append_printf (text, "%d %c%s %s %d %d\n", sample->label, "tve"[sample->split], sample->split_given ? "!" : "",
                              sample->path + strlen (root) + 1, (int) sample->index, (int) sample->size);
    }
  for (guint i = 0; i < dataset->problems->len; i++)
    g_string_append_printf (text, "problem %s\n", ((ThawProblem *) dataset->problems->pdata[i])->reason);
  return g_string_free (text, FALSE);
}

static char *
text_of (const Fixture *self)
{
  g_autoptr (ThawDataset) dataset = thaw_pictures_snapshot (self->pictures);

  return text_of_dataset (dataset, self->root);
}

/* What thaw-cli would train on */
static char *
text_of_cli (const Fixture *self, const char *name)
{
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  g_autofree char *path = g_build_filename (self->root, name, NULL);

  g_assert_true (thaw_dataset_add_path (dataset, path, NULL, NULL, NULL, NULL));
  thaw_dataset_split (dataset, .2, 0, 0);
  return text_of_dataset (dataset, self->root);
}

/* Counts that are kept must be those that are there. */
static void
check_counts (const Fixture *self)
{
  g_autoptr (ThawDataset) dataset = thaw_pictures_snapshot (self->pictures);
  GListModel *classes = thaw_pictures_get_classes (self->pictures);

  g_assert_cmpuint (g_list_model_get_n_items (classes), ==, dataset->classes->len);
  for (int split = 0; split < THAW_N_SPLITS; split++)
    {
      g_assert_cmpuint (thaw_pictures_count (self->pictures, split), ==, thaw_dataset_count (dataset, split, -1));
      for (guint i = 0; i < dataset->classes->len; i++)
        {
          g_autoptr (ThawClass) klass = g_list_model_get_item (classes, i);

          g_assert_cmpstr (thaw_class_get_name (klass), ==, dataset->classes->pdata[i]);
          g_assert_cmpuint (thaw_class_count (klass, split), ==, thaw_dataset_count (dataset, split, i));
        }
    }
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pictures)); i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (G_LIST_MODEL (self->pictures), i);

      g_assert_true (thaw_pictures_find (self->pictures, thaw_picture_get_path (picture), thaw_picture_get_index (picture)) == picture);
    }
}

static void
plant_two (Fixture *self)
{
  plant_many (self, "set/ant", 12, 0);
  plant_many (self, "set/bee", 15, 20);
}

static void
test_import (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawImportAccount) account = NULL;
  g_autofree char *problem = NULL, *before = NULL, *found = NULL, *expected = NULL;

  g_assert_nonnull (thaw_pictures_get_problem (self->pictures));
  plant_two (self);
  plant (self, "set/bee/\xff odd\nname.bmp", 40, 99);
  before = text_of (self);
  account = import (self, "set", NULL);
  g_assert_nonnull (account);
  g_assert_cmpuint (account->n_pictures, ==, 28);
  g_assert_cmpuint (account->n_classes, ==, 2);
  g_assert_cmpuint (account->skipped->len, ==, 0);
  g_object_get (self->pictures, "problem", &problem, NULL);
  g_assert_null (problem);
  found = text_of (self);
  expected = text_of_cli (self, "set");
  g_assert_cmpstr (found, ==, expected);
  check_counts (self);
  thaw_history_undo (self->history);
  g_clear_pointer (&found, g_free);
  found = text_of (self);
  g_assert_cmpstr (found, ==, before);
  check_counts (self);
  thaw_history_redo (self->history);
  g_clear_pointer (&found, g_free);
  found = text_of (self);
  g_assert_cmpstr (found, ==, expected);
  check_counts (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/pictures/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("import", test_import);
  return g_test_run ();
}
