/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw-test.h>
#include <thaw/thaw-pictures.h>

typedef struct
{
  ThawHistory  *history;
  ThawPictures *pictures;
  char         *root;
  GAsyncResult *result;
} Fixture;

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object (&((Fixture *) data)->result, result);
}

static double
milliseconds_since (gint64 began)
{
  return (g_get_monotonic_time () - began) / 1e3;
}

static void
plant_idx (const char *root, guint32 n)
{
  g_autofree char *pictures = g_build_filename (root, "idx", "train-images-idx3-ubyte", NULL);
  g_autofree char *labels = g_build_filename (root, "idx", "train-labels-idx1-ubyte", NULL);
  g_autofree char *folder = g_path_get_dirname (pictures);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint32 header[4] = { GUINT32_TO_BE (0x803), GUINT32_TO_BE (n), GUINT32_TO_BE (4), GUINT32_TO_BE (4) };

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_byte_array_append (bytes, (guint8 *) header, 16);
  for (guint32 i = 0; i < n; i++)
    {
      guint32 pixels[4] = { i, i * 7, i * 13, 5 };

      g_byte_array_append (bytes, (guint8 *) pixels, 16);
    }
  g_assert_true (g_file_set_contents (pictures, (char *) bytes->data, bytes->len, NULL));
  g_byte_array_set_size (bytes, 0);
  header[0] = GUINT32_TO_BE (0x801);
  g_byte_array_append (bytes, (guint8 *) header, 8);
  for (guint32 i = 0; i < n; i++)
    g_byte_array_append (bytes, &(guint8){ i % 10 }, 1);
  g_assert_true (g_file_set_contents (labels, (char *) bytes->data, bytes->len, NULL));
}

/* An IDX file of 50 000 pictures: they come in many slices, the whole is one edit; what a turn of the main loop takes is told. */
static guint
import (Fixture *self)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
  g_autofree char *path = g_build_filename (self->root, "idx", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ThawImportAccount) account = NULL;
  guint slices = 0, before = 0;
  double longest = 0;

  g_ptr_array_add (items, thaw_import_item_new (path));
  thaw_pictures_import_async (self->pictures, items, NULL, done_cb, self);
  while (!self->result)
    {
      gint64 began = g_get_monotonic_time ();
      guint n;

      g_main_context_iteration (NULL, TRUE);
      n = g_list_model_get_n_items (G_LIST_MODEL (self->pictures));
      if (n == before)
        continue;
      longest = MAX (longest, milliseconds_since (began));
      before = n;
      slices++;
    }
  result = g_steal_pointer (&self->result);
  account = thaw_pictures_import_finish (self->pictures, result, NULL);
  g_assert_nonnull (account);
  g_test_message ("%u slices, the longest %.1f ms", slices, longest);
  g_assert_cmpuint (slices, >, 50);
  return account->n_pictures;
}

static void
relabel_class (Fixture *self)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_object_unref);
  ThawClass *from = thaw_pictures_find_class (self->pictures, "3"), *to = thaw_pictures_find_class (self->pictures, "4");
  gint64 began;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pictures)); i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (G_LIST_MODEL (self->pictures), i);

      if (thaw_picture_get_class (picture) == from)
        g_ptr_array_add (pictures, g_object_ref (picture));
    }
  began = g_get_monotonic_time ();
  thaw_pictures_relabel (self->pictures, pictures, to);
  g_test_message ("relabel %u: %.1f ms", pictures->len, milliseconds_since (began));
  g_assert_cmpuint (thaw_class_get_n_pictures (from), ==, 0);
  g_assert_cmpuint (thaw_class_get_n_pictures (to), ==, 10000);
  thaw_history_undo (self->history);
  g_assert_cmpuint (thaw_class_get_n_pictures (from), ==, 5000);
}

static void
reload (Fixture *self)
{
  gint64 began = g_get_monotonic_time ();
  g_autoptr (ThawDataset) dataset = thaw_pictures_snapshot (self->pictures);

  g_test_message ("snapshot %.1f ms", milliseconds_since (began));
  g_assert_cmpuint (dataset->samples->len, ==, 50000);
  began = g_get_monotonic_time ();
  thaw_pictures_load (self->pictures, dataset);
  g_test_message ("load %.1f ms", milliseconds_since (began));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, 50000);
}

static void
test_many (void)
{
  Fixture fixture = { .history = thaw_history_new () };
  gint64 end;

  fixture.pictures = thaw_pictures_new (fixture.history);
  fixture.root = thaw_test_directory ();
  plant_idx (fixture.root, 50000);
  g_assert_cmpuint (import (&fixture), ==, 50000);
  relabel_class (&fixture);
  thaw_history_undo (fixture.history);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture.pictures)), ==, 0);
  thaw_history_redo (fixture.history);
  reload (&fixture);
  thaw_history_clear (fixture.history);
  end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (g_main_context_iteration (NULL, FALSE) || (G_OBJECT (fixture.pictures)->ref_count > 1 && g_get_monotonic_time () < end))
    ;
  g_assert_finalize_object (fixture.pictures);
  g_assert_finalize_object (fixture.history);
  g_free (fixture.root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pictures/many", test_many);
  return g_test_run ();
}
