/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../session/thaw-session-fixture.h"
#include "pages/thaw-images-page.h"
#include "thaw-widget-test.h"
#include "widgets/thaw-class-list.h"
#include "widgets/thaw-class-row.h"
#include "widgets/thaw-drop.h"
#include "widgets/thaw-picture-grid.h"
#include "widgets/thaw-picture-tile.h"
#include "widgets/thaw-problem-list.h"
#include "widgets/thaw-split-popover.h"

static char *folder;

typedef struct
{
  ThawSessionFixture session;
  ThawPictures      *pictures;
  GtkWidget         *window;
  ThawImagesPage    *page;
  ThawClassList     *classes;
  ThawPictureGrid   *grid;
} Fixture;

static gpointer
child (Fixture *self, GType type)
{
  GtkWidget *found = thaw_widget_find (GTK_WIDGET (self->page), type, NULL);

  g_assert_nonnull (found);
  return found;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  thaw_session_fixture_set_up (&self->session);
  self->pictures = thaw_session_get_pictures (self->session.session);
  self->page = g_object_ref_sink (g_object_new (THAW_TYPE_IMAGES_PAGE, NULL));
  self->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (self->window), 900, 700);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->page));
  thaw_images_page_set_session (self->page, self->session.session);
  gtk_window_present (GTK_WINDOW (self->window));
  thaw_widget_settle (100);
  thaw_session_fixture_import (&self->session, folder);
  thaw_widget_settle (300);
  self->classes = child (self, THAW_TYPE_CLASS_LIST);
  self->grid = child (self, THAW_TYPE_PICTURE_GRID);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  for (int i = 0; i < 100 && G_OBJECT (self->page)->ref_count > 1; i++)
    thaw_widget_settle (50);
  g_assert_finalize_object (self->page);
  thaw_session_fixture_tear_down (&self->session);
}

/* Filters and orders work when the main loop has time */
static guint
shown (Fixture *self)
{
  GListModel *model = thaw_picture_grid_get_model (self->grid);
  GtkSortListModel *sorted = GTK_SORT_LIST_MODEL (gtk_multi_selection_get_model (GTK_MULTI_SELECTION (model)));
  GtkFilterListModel *filtered = GTK_FILTER_LIST_MODEL (gtk_sort_list_model_get_model (sorted));

  for (int i = 0; i < 500 && (gtk_filter_list_model_get_pending (filtered) > 0 || gtk_sort_list_model_get_pending (sorted) > 0); i++)
    thaw_widget_settle (20);
  return g_list_model_get_n_items (model);
}

/* Filtering is done in slices: waits for it, for as long as a busy machine may need */
static void
wait_shown (Fixture *self, guint least, guint most)
{
  for (int i = 0; i < 200 && (shown (self) < least || shown (self) > most); i++)
    thaw_widget_settle (50);
  g_assert_cmpuint (shown (self), >=, least);
  g_assert_cmpuint (shown (self), <=, most);
}

static void
act (Fixture *self, const char *action)
{
  gtk_widget_activate_action (GTK_WIDGET (self->page), action, NULL);
  thaw_widget_settle (100);
}

static void
choose (Fixture *self, const char *name)
{
  thaw_class_list_set_class (self->classes, name ? thaw_pictures_find_class (self->pictures, name) : NULL);
  thaw_widget_settle (100);
}

static const char *
first_class (Fixture *self, guint i)
{
  g_autoptr (ThawClass) klass = g_list_model_get_item (thaw_pictures_get_classes (self->pictures), i);

  return thaw_class_get_name (klass);
}

static void
test_shows (Fixture *self, gconstpointer data)
{
  guint all = g_list_model_get_n_items (G_LIST_MODEL (self->pictures));
  ThawClass *klass = thaw_pictures_find_class (self->pictures, first_class (self, 0));

  g_assert_cmpuint (all, >, 0);
  g_assert_cmpuint (shown (self), ==, all);
  /* all pictures and the classes */
  g_assert_cmpuint (thaw_widget_count (GTK_WIDGET (self->classes), THAW_TYPE_CLASS_ROW), ==,
                    g_list_model_get_n_items (thaw_pictures_get_classes (self->pictures)) + 1);
  g_assert_cmpuint (thaw_widget_count (GTK_WIDGET (self->grid), THAW_TYPE_PICTURE_TILE), >, 0);
  choose (self, first_class (self, 0));
  g_assert_cmpuint (shown (self), ==, thaw_class_get_n_pictures (klass));
  choose (self, NULL);
  g_assert_cmpuint (shown (self), ==, all);
}

static void
test_search (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawPicture) first = g_list_model_get_item (thaw_picture_grid_get_model (self->grid), 0);
  g_autofree char *name = g_utf8_strup (thaw_picture_get_name (first), -1);

  thaw_picture_grid_set_search (self->grid, name);
  wait_shown (self, 1, g_list_model_get_n_items (G_LIST_MODEL (self->pictures)) - 1);
  thaw_picture_grid_set_search (self->grid, "no picture is called this");
  wait_shown (self, 0, 0);
  g_assert_nonnull (thaw_widget_find (GTK_WIDGET (self->grid), ADW_TYPE_STATUS_PAGE, NULL));
  thaw_picture_grid_set_search (self->grid, "");
  wait_shown (self, g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), G_MAXUINT);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  GListModel *model = thaw_picture_grid_get_model (self->grid);

  thaw_picture_grid_set_order (self->grid, THAW_PICTURE_ORDER_SIZE);
  g_assert_cmpuint (shown (self), >, 1);
  for (guint i = 1; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ThawPicture) before = g_list_model_get_item (model, i - 1), after = g_list_model_get_item (model, i);

      g_assert_cmpint (thaw_picture_get_size (before), >=, thaw_picture_get_size (after));
    }
  thaw_picture_grid_set_order (self->grid, THAW_PICTURE_ORDER_SPLIT);
  g_assert_cmpuint (shown (self), >, 1);
  for (guint i = 1; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (ThawPicture) before = g_list_model_get_item (model, i - 1), after = g_list_model_get_item (model, i);

      g_assert_cmpint (thaw_picture_get_split (before), <=, thaw_picture_get_split (after));
    }
}

/* Commands of the selection, each undone by one step of the history */
static void
test_edits (Fixture *self, gconstpointer data)
{
  guint all = g_list_model_get_n_items (G_LIST_MODEL (self->pictures));
  ThawHistory *history = thaw_session_get_history (self->session.session);
  g_autoptr (GPtrArray) chosen = NULL;

  act (self, "images.remove");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, all);
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (thaw_picture_grid_get_model (self->grid)), 1, 3, TRUE);
  g_assert_cmpuint (thaw_picture_grid_count_selection (self->grid), ==, 3);
  chosen = thaw_picture_grid_get_selection (self->grid);
  gtk_widget_activate_action (GTK_WIDGET (self->page), "images.use-for", "s", "test");
  g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_TEST), ==, 3);
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (thaw_picture_grid_get_model (self->grid)), 0, 2, TRUE);
  act (self, "images.remove");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->pictures)), ==, all - 2);
  g_assert_cmpuint (shown (self), ==, all - 2);
  g_assert_true (thaw_session_fixture_heard (&self->session, "Removed 2 pictures"));
  thaw_history_undo (history);
  thaw_history_undo (history);
  thaw_widget_settle (100);
  g_assert_cmpuint (shown (self), ==, all);
  g_assert_cmpuint (thaw_pictures_count (self->pictures, THAW_SPLIT_TEST), ==, 0);
}

static void
test_classes (Fixture *self, gconstpointer data)
{
  g_autofree char *first = g_strdup (first_class (self, 0)), *second = g_strdup (first_class (self, 1));
  ThawClass *from = thaw_pictures_find_class (self->pictures, first), *into = thaw_pictures_find_class (self->pictures, second);
  guint n = g_list_model_get_n_items (thaw_pictures_get_classes (self->pictures));

  choose (self, first);
  g_assert_true (thaw_pictures_rename_class (self->pictures, from, "zzz", NULL));
  thaw_widget_settle (100);
  /* chosen still, though its place is another */
  g_assert_true (thaw_class_list_get_class (self->classes) == from);
  g_signal_emit_by_name (self->classes, "class-dropped", from, into);
  thaw_widget_settle (100);
  g_assert_cmpuint (g_list_model_get_n_items (thaw_pictures_get_classes (self->pictures)), ==, n - 1);
  g_assert_null (thaw_class_list_get_class (self->classes));
  thaw_history_undo (thaw_session_get_history (self->session.session));
  choose (self, "zzz");
  act (self, "images.delete-class");
  g_assert_null (thaw_pictures_find_class (self->pictures, "zzz"));
  g_assert_null (thaw_class_list_get_class (self->classes));
  thaw_history_undo (thaw_session_get_history (self->session.session));
  thaw_widget_settle (100);
  g_assert_nonnull (thaw_pictures_find_class (self->pictures, "zzz"));
}

/* What a drop brings, in each of its forms */
static void
test_values (Fixture *self, gconstpointer data)
{
  g_auto (GValue) text = G_VALUE_INIT, list = G_VALUE_INIT, words = G_VALUE_INIT;
  g_autoptr (GFile) file = g_file_new_for_path ("/tmp/\xff odd"), remote = g_file_new_for_uri ("trash:///a.png");
  GSList *files = g_slist_prepend (g_slist_prepend (NULL, remote), file);
  g_autoptr (GPtrArray) of_text = NULL, of_list = NULL, of_words = NULL;
  g_auto (GStrv) paths = NULL;

  g_value_init (&text, G_TYPE_STRING);
  g_value_set_string (&text, "file:///tmp/a%20b.png\r\n/tmp/c.png\r\n\r\n");
  of_text = thaw_drop_value_files (&text);
  g_assert_cmpuint (of_text->len, ==, 2);
  g_value_init (&list, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&list, gdk_file_list_new_from_list (files));
  of_list = thaw_drop_value_files (&list);
  g_assert_cmpuint (of_list->len, ==, 2);
  paths = thaw_drop_paths (of_list);
  g_assert_cmpstr (paths[0], ==, "/tmp/\xff odd");
  g_assert_null (paths[1]);
  g_value_init (&words, G_TYPE_STRING);
  g_value_set_string (&words, "only words");
  of_words = thaw_drop_value_files (&words);
  g_assert_cmpuint (of_words->len, ==, 0);
  g_slist_free (files);
}

static gboolean
is_quiet (Fixture *self)
{
  return !thaw_pictures_get_busy (self->pictures);
}

static void
test_sample (Fixture *self, gconstpointer data)
{
  const char *place = "/usr/share/datasets/fashion-mnist";

  act (self, "images.sample");
  for (int i = 0; i < 400 && !is_quiet (self); i++)
    thaw_widget_settle (50);
  thaw_widget_settle (200);
  if (!g_file_test (place, G_FILE_TEST_IS_DIR))
    {
      g_assert_true (thaw_session_fixture_heard (&self->session, "not installed"));
      return;
    }
  g_assert_cmpuint (thaw_class_count (thaw_pictures_find_class (self->pictures, "Sandal"), THAW_SPLIT_TRAIN), ==, 200);
  g_assert_cmpuint (thaw_class_count (thaw_pictures_find_class (self->pictures, "Sandal"), THAW_SPLIT_VALIDATION), ==, 100);
}

int
main (int argc, char **argv)
{
  int status;

  thaw_session_fixture_prepare ();
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  folder = thaw_session_fixture_pictures (6, 3);
#define ADD(name, func) g_test_add ("/images/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("shows", test_shows);
  ADD ("search", test_search);
  ADD ("order", test_order);
  ADD ("edits", test_edits);
  ADD ("classes", test_classes);
  ADD ("values", test_values);
  ADD ("sample", test_sample);
  status = g_test_run ();
  g_free (folder);
  return status;
}
