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
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  thaw_history_clear (self->history);
  /* a thread lets go of its task a moment after the main thread has heard of the result */
  while (g_main_context_iteration (NULL, FALSE) || (G_OBJECT (self->pictures)->ref_count > 1 && g_get_monotonic_time () < end))
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


static ThawClass *
class_called (const Fixture *self, const char *name)
{
  ThawClass *klass = thaw_pictures_find_class (self->pictures, name);

  g_assert_nonnull (klass);
  return klass;
}

/* Some of a class (transfer full) */
static GPtrArray *
some_of (const Fixture *self, const char *name, guint every)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->pictures)); i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (G_LIST_MODEL (self->pictures), i);

      if (strcmp (thaw_class_get_name (thaw_picture_get_class (picture)), name) == 0 && i % every == 0)
        g_ptr_array_add (pictures, g_object_ref (picture));
    }
  return pictures;
}

static void
import_two (Fixture *self)
{
  g_autoptr (ThawImportAccount) account = NULL;

  plant_two (self);
  account = import (self, "set", NULL);
  g_assert_nonnull (account);
}

static void
relabel_some (Fixture *self)
{
  g_autoptr (GPtrArray) pictures = some_of (self, "ant", 3);

  g_assert_cmpuint (pictures->len, >, 1);
  thaw_pictures_relabel (self->pictures, pictures, class_called (self, "bee"));
}

static void
remove_some (Fixture *self)
{
  g_autoptr (GPtrArray) pictures = some_of (self, "bee", 2);

  thaw_pictures_remove_many (self->pictures, pictures);
}

static void
use_for_test (Fixture *self)
{
  g_autoptr (GPtrArray) pictures = some_of (self, "bee", 4);

  thaw_pictures_set_split (self->pictures, pictures, THAW_SPLIT_TEST);
}

static void
add_class (Fixture *self)
{
  g_assert_true (thaw_pictures_add_class (self->pictures, "  wasp ", NULL));
  g_assert_nonnull (class_called (self, "wasp"));
}

static void
rename_class (Fixture *self)
{
  g_assert_true (thaw_pictures_rename_class (self->pictures, class_called (self, "ant"), "zebra", NULL));
}

static void
merge_classes (Fixture *self)
{
  thaw_pictures_merge_classes (self->pictures, class_called (self, "ant"), class_called (self, "bee"));
}

static void
delete_class (Fixture *self)
{
  thaw_pictures_delete_class (self->pictures, class_called (self, "bee"));
}

static void
split_anew (Fixture *self)
{
  thaw_pictures_split (self->pictures, .3, .2, 7, FALSE);
}

/* What each edit leaves, its label, and that undo and redo lead to the very same data sets. */
static const struct
{
  const char *name, *label;
  void (*edit) (Fixture *self);
  guint       train, validation, test, classes;
} edits[] = {
  { "relabel", "Move 4 pictures to bee", relabel_some, 22, 5, 0, 2 },
  { "remove", "Remove 8 pictures", remove_some, 0, 0, 0, 2 },
  { "split", "Use 4 pictures for test", use_for_test, 0, 0, 4, 2 },
  { "add", "Add class wasp", add_class, 22, 5, 0, 3 },
  { "rename", "Rename class ant to zebra", rename_class, 22, 5, 0, 2 },
  { "merge", "Merge class ant into bee", merge_classes, 22, 5, 0, 1 },
  { "delete", "Delete class bee", delete_class, 10, 2, 0, 1 },
  { "shares", "Split into training, validation and test", split_anew, 13, 9, 5, 2 },
};

/* What the split's popover shows */
static char *
shares_of (const Fixture *self)
{
  double validation, test;
  guint64 seed;

  thaw_pictures_get_shares (self->pictures, &validation, &test, &seed);
  return g_strdup_printf ("%g %g %d", validation, test, (int) seed);
}

static void
check_edit (Fixture *self, guint i)
{
  g_autofree char *before = text_of (self), *after = NULL, *label = NULL;
  g_autofree char *shares_before = shares_of (self), *shares_after = NULL;
  guint64 generation, later;

  g_object_get (self->pictures, "generation", &generation, NULL);
  edits[i].edit (self);
  shares_after = shares_of (self);
  g_assert_cmpint (strcmp (shares_before, shares_after) != 0, ==, strcmp (edits[i].name, "shares") == 0);
  g_object_get (self->pictures, "generation", &later, NULL);
  g_assert_cmpuint (later, >, generation);
  g_object_get (self->history, "undo-label", &label, NULL);
  g_assert_cmpstr (label, ==, edits[i].label);
  check_counts (self);
  after = text_of (self);
  g_assert_cmpstr (after, !=, before);
  g_assert_cmpuint (g_list_model_get_n_items (thaw_pictures_get_classes (self->pictures)), ==, edits[i].classes);
  if (edits[i].train > 0)
    {
      g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_TRAIN), ==, edits[i].train);
      g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_VALIDATION), ==, edits[i].validation);
    }
  g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_TEST), ==, edits[i].test);
  for (int round = 0; round < 2; round++)
    {
      g_autofree char *undone = NULL, *redone = NULL, *shares_undone = NULL, *shares_redone = NULL;

      thaw_history_undo (self->history);
      undone = text_of (self);
      shares_undone = shares_of (self);
      g_assert_cmpstr (undone, ==, before);
      g_assert_cmpstr (shares_undone, ==, shares_before);
      check_counts (self);
      thaw_history_redo (self->history);
      redone = text_of (self);
      shares_redone = shares_of (self);
      g_assert_cmpstr (redone, ==, after);
      g_assert_cmpstr (shares_redone, ==, shares_after);
      check_counts (self);
    }
  thaw_history_undo (self->history);
}

static void
test_edits (Fixture *self, gconstpointer data)
{
  import_two (self);
  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      g_test_message ("%s", edits[i].name);
      check_edit (self, i);
    }
}

/* One after another, all of them back, all of them again. */
static void
test_chain (Fixture *self, gconstpointer data)
{
  static const guint chain[] = { 0, 2, 3, 1, 7, 4, 6 };
  char *states[G_N_ELEMENTS (chain) + 1];

  import_two (self);
  states[0] = text_of (self);
  for (guint i = 0; i < G_N_ELEMENTS (chain); i++)
    {
      edits[chain[i]].edit (self);
      states[i + 1] = text_of (self);
    }
  for (guint i = G_N_ELEMENTS (chain); i > 0; i--)
    {
      g_autofree char *found = NULL;

      thaw_history_undo (self->history);
      found = text_of (self);
      g_assert_cmpstr (found, ==, states[i - 1]);
      check_counts (self);
    }
  for (guint i = 0; i < G_N_ELEMENTS (chain); i++)
    {
      g_autofree char *found = NULL;

      thaw_history_redo (self->history);
      found = text_of (self);
      g_assert_cmpstr (found, ==, states[i + 1]);
    }
  for (guint i = 0; i <= G_N_ELEMENTS (chain); i++)
    g_free (states[i]);
}

static void
test_names (Fixture *self, gconstpointer data)
{
  static const char *const bad[] = { "", "   ", "bee", " bee ", "\n" };

  import_two (self);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) added = NULL, renamed = NULL;

      g_assert_false (thaw_pictures_add_class (self->pictures, bad[i], &added));
      g_assert_nonnull (added);
      g_assert_false (thaw_pictures_rename_class (self->pictures, class_called (self, "ant"), bad[i], &renamed));
      g_assert_nonnull (renamed);
    }
  g_assert_true (thaw_pictures_rename_class (self->pictures, class_called (self, "ant"), "ant", NULL));
}

/* Folders of train and val give the split; a second import makes classes grow and adds nothing twice. */
static void
test_forms (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) items = items_new ();
  g_autoptr (ThawImportAccount) parts = NULL, again = NULL, one = NULL;
  g_autofree char *found = NULL, *expected = NULL, *folder = g_build_filename (self->root, "parts", "train", NULL);
  g_autofree char *other = g_build_filename (self->root, "parts", "val", NULL);
  const char *paths[] = { folder, other, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) examined = NULL;

  plant_many (self, "parts/train/ant", 6, 0);
  plant_many (self, "parts/train/bee", 5, 10);
  plant_many (self, "parts/val/bee", 2, 30);
  plant_many (self, "parts/val/ant", 3, 40);
  thaw_pictures_examine_async (self->pictures, paths, NULL, done_cb, self);
  wait (self);
  result = g_steal_pointer (&self->result);
  examined = thaw_pictures_examine_finish (self->pictures, result, NULL);
  g_assert_cmpint (((ThawImportItem *) examined->pdata[1])->split, ==, THAW_SPLIT_VALIDATION);
  parts = import_items (self, examined, NULL);
  g_assert_cmpuint (parts->n_pictures, ==, 16);
  found = text_of (self);
  expected = text_of_cli (self, "parts");
  g_assert_cmpstr (found, ==, expected);
  again = import (self, "parts", NULL);
  g_assert_cmpuint (again->n_pictures, ==, 0);
  g_assert_cmpuint (again->n_known, ==, 16);
  plant_many (self, "more/bee", 4, 60);
  one = import (self, "more/bee", NULL);
  g_assert_cmpuint (one->n_pictures, ==, 4);
  g_assert_cmpuint (one->n_classes, ==, 1);
  g_assert_cmpuint (thaw_class_get_n_pictures (class_called (self, "bee")), ==, 11);
  /* what folders say stays: nothing more is split off */
  g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_VALIDATION), ==, 5);
  check_counts (self);
}

static void
test_into (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) items = items_new ();
  g_autoptr (ThawImportAccount) account = NULL;

  import_two (self);
  plant (self, "loose.bmp", 40, 91);
  plant (self, "other.bmp", 40, 92);
  add_item (self, items, "loose.bmp")->class_name = g_strdup ("ant");
  add_item (self, items, "other.bmp")->class_name = g_strdup ("wasp");
  add_item (self, items, "nowhere.bmp")->class_name = g_strdup ("wasp");
  account = import_items (self, items, NULL);
  g_assert_nonnull (account);
  g_assert_cmpuint (account->n_pictures, ==, 2);
  g_assert_cmpuint (account->skipped->len, ==, 1);
  g_assert_cmpuint (thaw_class_get_n_pictures (class_called (self, "ant")), ==, 13);
  g_assert_cmpuint (thaw_class_get_n_pictures (class_called (self, "wasp")), ==, 1);
  /* one more is no reason to give up one for validation */
  g_assert_cmpuint (thaw_class_count (class_called (self, "ant"), THAW_SPLIT_TRAIN), ==, 11);
  thaw_history_undo (self->history);
  g_assert_null (thaw_pictures_find_class (self->pictures, "wasp"));
  check_counts (self);
}

static void
test_mixed (Fixture *self, gconstpointer data)
{
  g_autofree char *mixed = g_build_filename (self->root, "mixed", NULL), *plain = g_build_filename (self->root, "set", NULL);
  g_autofree char *file = g_build_filename (self->root, "mixed", "loose.bmp", NULL);
  const char *paths[] = { mixed, plain, file, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) examined = NULL, items = items_new ();
  g_autoptr (ThawImportAccount) account = NULL;
  const ThawImportItem *item;

  plant_two (self);
  plant_many (self, "mixed/ant", 3, 0);
  plant_many (self, "mixed/bee/deeper", 2, 10);
  plant (self, "mixed/loose.bmp", 40, 77);
  thaw_pictures_examine_async (self->pictures, paths, NULL, done_cb, self);
  wait (self);
  result = g_steal_pointer (&self->result);
  examined = thaw_pictures_examine_finish (self->pictures, result, NULL);
  item = examined->pdata[0];
  g_assert_cmpuint (item->n_loose, ==, 1);
  g_assert_cmpuint (item->n_folders, ==, 2);
  item = examined->pdata[1];
  g_assert_cmpuint (item->n_folders, ==, 0);
  g_assert_false (item->is_picture);
  g_assert_true (((const ThawImportItem *) examined->pdata[2])->is_picture);
  add_item (self, items, "mixed")->class_name = g_strdup ("everything");
  account = import_items (self, items, NULL);
  g_assert_cmpuint (account->n_pictures, ==, 6);
  g_assert_cmpuint (thaw_class_get_n_pictures (class_called (self, "everything")), ==, 6);
}

static void
test_nothing (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL, cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GPtrArray) items = items_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *label = NULL, *empty = g_build_filename (self->root, "empty", NULL);

  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  g_assert_null (import (self, "empty", &error));
  g_assert_nonnull (error);
  plant_two (self);
  add_item (self, items, "set");
  g_cancellable_cancel (cancellable);
  thaw_pictures_import_async (self->pictures, items, cancellable, done_cb, self);
  g_assert_true (thaw_pictures_get_busy (self->pictures));
  wait (self);
  result = g_steal_pointer (&self->result);
  g_assert_null (thaw_pictures_import_finish (self->pictures, result, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (thaw_pictures_get_busy (self->pictures));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, 0);
  g_object_get (self->history, "undo-label", &label, NULL);
  g_assert_null (label);
}

static void
iterate (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * 1000;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
}

static ThawPictureProblem *
find_problem (const Fixture *self, ThawPictureProblemKind kind)
{
  GListModel *problems = thaw_pictures_get_problems (self->pictures);

  for (guint i = 0; i < g_list_model_get_n_items (problems); i++)
    {
      g_autoptr (ThawPictureProblem) problem = g_list_model_get_item (problems, i);

      if (thaw_picture_problem_get_kind (problem) == kind)
        return problem;
    }
  return NULL;
}

static ThawPictureProblem *
wait_for_problem (const Fixture *self, ThawPictureProblemKind kind)
{
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (!find_problem (self, kind) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_nonnull (find_problem (self, kind));
  return find_problem (self, kind);
}

static void
wait_for_no_problem (const Fixture *self, ThawPictureProblemKind kind)
{
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (find_problem (self, kind) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (find_problem (self, kind));
}

static void
test_problems (Fixture *self, gconstpointer data)
{
  g_autofree char *broken = g_build_filename (self->root, "set", "ant", "broken.png", NULL);
  /* a header that is right, and then nothing that is; too long to be seen through by its first bytes */
  char half[6000] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\2\0\0\0";
  guint before;

  plant_two (self);
  plant (self, "set/ant/copy.bmp", 40, 3);   /* as ant/03 */
  plant (self, "set/bee/also.bmp", 40, 4);   /* as ant/04, in another class */
  plant (self, "set/bee/tiny.bmp", 20, 5);
  g_assert_true (g_file_set_contents (broken, half, sizeof half, NULL));
  {
    g_autoptr (ThawImportAccount) account = import (self, "set", NULL);

    g_assert_nonnull (account);
  }
  thaw_pictures_split (self->pictures, 0, 0, 0, TRUE);
  thaw_pictures_set_scanning (self->pictures, TRUE);
  g_assert_cmpuint (thaw_picture_problem_get_pictures (wait_for_problem (self, THAW_PROBLEM_UNREADABLE))->len, ==, 1);
  g_assert_cmpuint (thaw_picture_problem_get_pictures (wait_for_problem (self, THAW_PROBLEM_TWICE))->len, ==, 2);
  g_assert_cmpuint (thaw_picture_problem_get_pictures (wait_for_problem (self, THAW_PROBLEM_CONFLICT))->len, ==, 2);
  g_assert_cmpuint (thaw_picture_problem_get_pictures (wait_for_problem (self, THAW_PROBLEM_SMALL))->len, ==, 1);
  before = g_list_model_get_n_items (G_LIST_MODEL (self->pictures));
  thaw_pictures_mend (self->pictures, find_problem (self, THAW_PROBLEM_TWICE));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, before - 1);
  thaw_pictures_mend (self->pictures, find_problem (self, THAW_PROBLEM_UNREADABLE));
  wait_for_no_problem (self, THAW_PROBLEM_UNREADABLE);
  wait_for_no_problem (self, THAW_PROBLEM_TWICE);
  thaw_history_undo (self->history);
  thaw_history_undo (self->history);
  wait_for_problem (self, THAW_PROBLEM_TWICE);
  {
    g_autofree char *path = g_build_filename (self->root, "set", "ant", "copy.bmp", NULL);
    g_autoptr (GPtrArray) one = g_ptr_array_new ();

    g_ptr_array_add (one, thaw_pictures_find (self->pictures, path, -1));
    thaw_pictures_set_split (self->pictures, one, THAW_SPLIT_VALIDATION);
    wait_for_problem (self, THAW_PROBLEM_LEAK);
    thaw_pictures_mend (self->pictures, find_problem (self, THAW_PROBLEM_LEAK));
    /* the one that judges is kept */
    g_assert_nonnull (thaw_pictures_find (self->pictures, path, -1));
  }
  thaw_pictures_set_scanning (self->pictures, FALSE);
  iterate (100);
}

static int
locate (Fixture *self, const char *folder)
{
  g_autofree char *path = g_build_filename (self->root, folder, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  thaw_pictures_locate_async (self->pictures, path, NULL, done_cb, self);
  wait (self);
  result = g_steal_pointer (&self->result);
  return thaw_pictures_locate_finish (self->pictures, result, NULL);
}

/* Moved as a whole, one renamed and one changed on top of it. */
static void
test_locate (Fixture *self, gconstpointer data)
{
  g_autofree char *old = g_build_filename (self->root, "set", NULL), *moved = g_build_filename (self->root, "elsewhere", "pets", NULL);
  g_autofree char *above = g_build_filename (self->root, "elsewhere", NULL), *before = NULL, *found = NULL;
  g_autofree char *name = g_build_filename (moved, "ant", "03.bmp", NULL), *renamed = g_build_filename (moved, "ant", "renamed.bmp", NULL);

  import_two (self);
  thaw_pictures_set_scanning (self->pictures, TRUE);
  iterate (1500);
  thaw_pictures_set_scanning (self->pictures, FALSE);
  before = text_of (self);
  g_assert_cmpint (g_mkdir (above, 0700), ==, 0);
  g_assert_cmpint (g_rename (old, moved), ==, 0);
  g_assert_cmpint (g_rename (name, renamed), ==, 0);
  g_assert_true (g_file_set_contents (name, "another file", -1, NULL));
  thaw_pictures_check_files (self->pictures);
  g_assert_cmpuint (thaw_picture_problem_get_pictures (wait_for_problem (self, THAW_PROBLEM_MISSING))->len, ==, 27);
  g_assert_cmpint (locate (self, "elsewhere"), ==, 27);
  wait_for_no_problem (self, THAW_PROBLEM_MISSING);
  g_assert_nonnull (thaw_pictures_find (self->pictures, renamed, -1));
  g_assert_null (thaw_pictures_find (self->pictures, name, -1));
  check_counts (self);
  thaw_history_undo (self->history);
  found = text_of (self);
  g_assert_cmpstr (found, ==, before);
}

static void
test_load (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawDataset) dataset = NULL, run = NULL;
  g_autofree char *before = NULL, *after = NULL;
  guint64 generation, later;
  const ThawSample *sample;

  import_two (self);
  before = text_of (self);
  dataset = thaw_pictures_snapshot (self->pictures);
  thaw_pictures_load (self->pictures, dataset);
  after = text_of (self);
  g_assert_cmpstr (after, ==, before);
  check_counts (self);
  run = thaw_dataset_copy (dataset);
  for (guint i = 0; i < run->samples->len; i++)
    ((ThawSample *) run->samples->pdata[i])->hash = g_strdup_printf ("%064u", i);
  thaw_dataset_add_problem (run, "/gone.png", "is gone");
  g_object_get (self->pictures, "generation", &generation, NULL);
  thaw_pictures_refresh (self->pictures, run);
  g_object_get (self->pictures, "generation", &later, NULL);
  g_assert_cmpuint (later, ==, generation + 1);
  thaw_pictures_refresh (self->pictures, run);
  g_object_get (self->pictures, "generation", &generation, NULL);
  g_assert_cmpuint (later, ==, generation);
  g_clear_pointer (&dataset, thaw_dataset_unref);
  dataset = thaw_pictures_snapshot (self->pictures);
  sample = dataset->samples->pdata[5];
  g_assert_cmpstr (sample->hash, ==, ((ThawSample *) run->samples->pdata[5])->hash);
  g_assert_cmpuint (dataset->problems->len, ==, 1);
  iterate (50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/pictures/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("import", test_import);
  ADD ("forms", test_forms);
  ADD ("into", test_into);
  ADD ("mixed", test_mixed);
  ADD ("nothing", test_nothing);
  ADD ("edits", test_edits);
  ADD ("chain", test_chain);
  ADD ("names", test_names);
  ADD ("problems", test_problems);
  ADD ("locate", test_locate);
  ADD ("load", test_load);
  return g_test_run ();
}
