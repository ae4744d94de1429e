/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-widget-test.h"
#include "widgets/thaw-drop-down.h"

#define N_ROWS 400

static GListModel *
create_rows (void)
{
  GtkStringList *rows = gtk_string_list_new (NULL);

  for (int i = 0; i < N_ROWS; i++)
    gtk_string_list_take (rows, g_strdup_printf ("row %d", i));
  return G_LIST_MODEL (rows);
}

static GtkWidget *
create_window (GtkWidget *child)
{
  GtkWidget *window = gtk_window_new (), *list = gtk_list_box_new ();

  gtk_list_box_append (GTK_LIST_BOX (list), child);
  gtk_window_set_default_size (GTK_WINDOW (window), 400, 500);
  gtk_window_set_child (GTK_WINDOW (window), list);
  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (100);
  return window;
}

static void
destroy_window (GtkWidget *window, GtkWidget *child)
{
  g_object_ref (child);
  gtk_window_destroy (GTK_WINDOW (window));
  thaw_widget_settle (50);
  g_assert_finalize_object (child);
}

static void
open_list (GtkWidget *self)
{
  if (ADW_IS_COMBO_ROW (self))
    adw_action_row_activate (ADW_ACTION_ROW (self));
  else
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (gtk_widget_get_first_child (self)), TRUE);
  thaw_widget_settle (100);
}

static void
close_list (GtkWidget *self)
{
  gtk_popover_popdown (GTK_POPOVER (thaw_widget_find (self, GTK_TYPE_POPOVER, NULL)));
  thaw_widget_settle (100);
}

/* The row that has the focus is the one of that text, and is to be seen */
static void
assert_focus (GtkWidget *self, GtkWidget *window, const char *text)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
  GtkWidget *scrolled = thaw_widget_find (self, GTK_TYPE_SCROLLED_WINDOW, NULL);
  graphene_rect_t bounds;

  g_assert_nonnull (focus);
  g_assert_true (gtk_widget_is_ancestor (focus, self));
  g_assert_nonnull (thaw_widget_find (focus, GTK_TYPE_LABEL, text));
  g_assert_true (gtk_widget_compute_bounds (focus, scrolled, &bounds));
  g_assert_cmpfloat (bounds.origin.y, >=, 0);
  g_assert_cmpfloat (bounds.origin.y + bounds.size.height, <=, gtk_widget_get_height (scrolled));
}

/* Opened by key or pointer, it begins at what is selected, however far down that is */
static void
check (GtkWidget *self)
{
  GtkWidget *window = create_window (self);

  open_list (self);
  assert_focus (self, window, "row 0");
  close_list (self);
  g_object_set (self, "selected", 3, NULL);
  open_list (self);
  assert_focus (self, window, "row 3");
  close_list (self);
  g_object_set (self, "selected", 300, NULL);
  open_list (self);
  assert_focus (self, window, "row 300");
  close_list (self);
  g_object_set (self, "selected", 0, NULL);
  open_list (self);
  assert_focus (self, window, "row 0");
  close_list (self);
  destroy_window (window, self);
}

static void
test_drop_down (void)
{
  GtkWidget *self = gtk_drop_down_new (create_rows (), NULL);

  thaw_drop_down_set_title (GTK_DROP_DOWN (self), "Rows");
  check (self);
}

static void
test_combo_row (void)
{
  GtkWidget *self = adw_combo_row_new ();
  g_autoptr (GListModel) rows = create_rows ();

  adw_combo_row_set_model (ADW_COMBO_ROW (self), rows);
  thaw_drop_down_name_list (self, "Rows");
  check (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/drop-down/opens-at-what-is-selected", test_drop_down);
  g_test_add_func ("/drop-down/combo-row-opens-at-what-is-selected", test_combo_row);
  return g_test_run ();
}
