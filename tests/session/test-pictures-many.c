/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw-test.h>
#include <thaw/thaw-picture-problem.h>
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

/* Cancelled when most of them are already in: none stays */
static void
cancel_late (Fixture *self)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_import_item_free);
  g_autofree char *path = g_build_filename (self->root, "idx", NULL), *label = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (items, thaw_import_item_new (path));
  thaw_pictures_import_async (self->pictures, items, cancellable, done_cb, self);
  while (!self->result)
    {
      g_main_context_iteration (NULL, TRUE);
      if (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)) > 40000)
        g_cancellable_cancel (cancellable);
    }
  result = g_steal_pointer (&self->result);
  g_assert_null (thaw_pictures_import_finish (self->pictures, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (thaw_pictures_get_busy (self->pictures));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, 0);
  g_assert_null (thaw_pictures_find_class (self->pictures, "3"));
  g_object_get (self->history, "undo-label", &label, NULL);
  g_assert_null (label);
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

/* Another fifth for validation; what each step takes is told */
static void
split_anew (Fixture *self)
{
  double longest = 0;
  gint64 began;

  thaw_pictures_split (self->pictures, .3, .1, 7, FALSE);
  while (thaw_pictures_count (self->pictures, THAW_SPLIT_VALIDATION) != 15000)
    {
      began = g_get_monotonic_time ();
      if (g_main_context_iteration (NULL, FALSE))
        longest = MAX (longest, milliseconds_since (began));
    }
  g_test_message ("split 50 000: longest step %.1f ms", longest);
  began = g_get_monotonic_time ();
  thaw_history_undo (self->history);
  g_test_message ("undone: %.1f ms", milliseconds_since (began));
  began = g_get_monotonic_time ();
  thaw_history_redo (self->history);
  g_test_message ("redone: %.1f ms", milliseconds_since (began));
  thaw_history_undo (self->history);
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
  cancel_late (&fixture);
  g_assert_cmpuint (import (&fixture), ==, 50000);
  relabel_class (&fixture);
  split_anew (&fixture);
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

/* Every content is there twice, and none of the files is */
static ThawDataset *
pairs (guint n)
{
  ThawDataset *dataset = thaw_dataset_new ();

  for (guint i = 0; i < n; i++)
    {
      ThawSample *sample = thaw_sample_new ();

      sample->path = g_strdup_printf ("/nowhere/%05u.png", i);
      sample->hash = g_strdup_printf ("%064u", i / 2);
      sample->label = thaw_dataset_add_class (dataset, "one");
      thaw_dataset_take_sample (dataset, sample);
    }
  thaw_dataset_sort (dataset);
  return dataset;
}

static guint
size_of_problem (ThawPictures *pictures, ThawPictureProblemKind kind)
{
  GListModel *problems = thaw_pictures_get_problems (pictures);

  for (guint i = 0; i < g_list_model_get_n_items (problems); i++)
    {
      g_autoptr (ThawPictureProblem) problem = g_list_model_get_item (problems, i);

      if (thaw_picture_problem_get_kind (problem) == kind)
        return thaw_picture_problem_get_pictures (problem)->len;
    }
  return 0;
}

static void
remove_pair (ThawPictures *pictures)
{
  g_autoptr (GPtrArray) two = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 2; i++)
    g_ptr_array_add (two, g_list_model_get_item (G_LIST_MODEL (pictures), i));
  thaw_pictures_remove_many (pictures, two);
}

/* Problems are looked for in slices; an edit between two of them leaves no trace of what was */
static void
test_looking (void)
{
  ThawHistory *history = thaw_history_new ();
  ThawPictures *pictures = thaw_pictures_new (history);
  g_autoptr (ThawDataset) dataset = pairs (50000);
  guint n = 50000;
  double longest = 0;

  thaw_pictures_load (pictures, dataset);
  while (size_of_problem (pictures, THAW_PROBLEM_TWICE) < n || size_of_problem (pictures, THAW_PROBLEM_MISSING) < n)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < 4; i++, n -= 2)
    {
      gint64 began = g_get_monotonic_time ();

      remove_pair (pictures);
      /* looking begins after some 400 ms of quiet */
      while (milliseconds_since (began) < 402 + 4 * i)
        g_main_context_iteration (NULL, FALSE);
    }
  while (size_of_problem (pictures, THAW_PROBLEM_TWICE) != n)
    {
      gint64 began = g_get_monotonic_time ();

      if (g_main_context_iteration (NULL, FALSE))
        longest = MAX (longest, milliseconds_since (began));
    }
  g_test_message ("the longest turn %.1f ms", longest);
  g_assert_cmpuint (size_of_problem (pictures, THAW_PROBLEM_MISSING), ==, n);
  g_object_unref (pictures);
  g_object_unref (history);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pictures/many", test_many);
  g_test_add_func ("/pictures/looking", test_looking);
  return g_test_run ();
}
