/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-widget-test.h"
#include "thaw-window.h"

static ThawApplication *application;

static ThawWindow *
create_window (void)
{
  ThawWindow *window = thaw_window_new (application);

  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (100);
  return window;
}

static void
destroy_window (ThawWindow *window)
{
  g_object_ref (window);
  gtk_window_destroy (GTK_WINDOW (window));
  /* a thread may be opening a backbone for it */
  for (int i = 0; i < 5000 && G_OBJECT (window)->ref_count > 1; i++)
    thaw_widget_settle (1);
  g_assert_finalize_object (window);
}

/* The window opens, shows each page, and nothing of it is left when it is closed. */
static void
test_pages (void)
{
  static const char *const pages[] = { "images", "training", "results", "runs" };
  ThawWindow *window = create_window ();

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      thaw_window_show_page (window, pages[i]);
      thaw_widget_settle (20);
    }
  destroy_window (window);
}

static void
frame_cb (GdkFrameClock *clock, gint64 *last)
{
  *last = g_get_monotonic_time ();
}

/* Where nothing moves nothing is drawn: something that turned out of sight would take a tenth of a processor as long as the window is open */
static void
test_rest (void)
{
  static const char *const pages[] = { "images", "training", "results", "runs" };
  ThawWindow *window = create_window ();
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  gint64 last;
  gulong id = g_signal_connect (clock, "update", G_CALLBACK (frame_cb), &last);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      thaw_window_show_page (window, pages[i]);
      last = g_get_monotonic_time ();
      for (guint k = 0; g_get_monotonic_time () - last < 300 * G_TIME_SPAN_MILLISECOND; k++)
        {
          g_assert_cmpuint (k, <, 200);
          thaw_widget_settle (100);
        }
    }
  g_signal_handler_disconnect (clock, id);
  destroy_window (window);
}

/* 800 wide, the sidebar is away until it is asked for, and goes when a page is chosen; wide, it is there. */
static void
test_narrow (void)
{
  ThawWindow *window = thaw_window_new (application);
  GtkWidget *flap;

  gtk_window_set_default_size (GTK_WINDOW (window), 800, 600);
  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (600);
  flap = thaw_widget_find (GTK_WIDGET (window), ADW_TYPE_FLAP, NULL);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 800);
  g_assert_cmpint (gtk_widget_get_height (GTK_WIDGET (window)), <=, 600);
  g_assert_true (adw_flap_get_folded (ADW_FLAP (flap)));
  g_assert_false (adw_flap_get_reveal_flap (ADW_FLAP (flap)));
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.sidebar", NULL));
  g_assert_true (adw_flap_get_reveal_flap (ADW_FLAP (flap)));
  thaw_widget_settle (400);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.show-runs", NULL));
  g_assert_false (adw_flap_get_reveal_flap (ADW_FLAP (flap)));
  thaw_widget_settle (400);
  destroy_window (window);
}

static void
say (ThawWindow *window, const char *title, gboolean serious, const char *action)
{
  g_signal_emit_by_name (thaw_window_get_session (window), "message", title, "Because of that.", serious, action, action ? "_Do It" : NULL);
  thaw_widget_settle (400);
}

static guint
count_dialogs (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  guint n = 0;

  for (GList *l = windows; l; l = l->next)
    n += ADW_IS_MESSAGE_DIALOG (l->data);
  return n;
}

/* A toast has the whole text, stands below what it would hide, and is said once; its button does what was offered. What is serious is a dialog. */
static void
test_messages (void)
{
  ThawWindow *window = create_window ();
  GtkWidget *overlay = thaw_widget_find (GTK_WIDGET (window), ADW_TYPE_TOAST_OVERLAY, NULL);
  GtkWidget *stack = thaw_widget_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK, NULL);
  GtkWidget *button;
  graphene_rect_t page, toast;

  say (window, "It went wrong", FALSE, "win.show-results");
  say (window, "It went wrong", FALSE, "win.show-results");
  g_assert_nonnull (thaw_widget_find (overlay, GTK_TYPE_LABEL, "It went wrong"));
  g_assert_nonnull (thaw_widget_find (overlay, GTK_TYPE_LABEL, "Because of that."));
  button = thaw_widget_find (overlay, GTK_TYPE_BUTTON, "_Do It");
  g_assert_true (gtk_widget_compute_bounds (stack, GTK_WIDGET (window), &page));
  g_assert_true (gtk_widget_compute_bounds (button, GTK_WIDGET (window), &toast));
  g_assert_cmpfloat (toast.origin.y, >=, page.origin.y + page.size.height);
  g_signal_emit_by_name (button, "clicked");
  thaw_widget_settle (600);
  g_assert_cmpstr (adw_view_stack_get_visible_child_name (ADW_VIEW_STACK (stack)), ==, "results");
  g_assert_true (thaw_widget_goes (overlay, GTK_TYPE_LABEL, "It went wrong"));

  say (window, "It went very wrong", TRUE, NULL);
  say (window, "It went very wrong", TRUE, NULL);
  g_assert_cmpuint (count_dialogs (), ==, 1);
  destroy_window (window);
}

/* Every command with keys is told in the list of keys, with just these keys */
static void
test_shortcuts (void)
{
  ThawWindow *window = create_window ();
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *const *keys;
  const char *name;
  g_autoptr (GPtrArray) todo = g_ptr_array_new ();

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.shortcuts", NULL));
  thaw_widget_settle (200);
  g_ptr_array_add (todo, gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (window)));
  while (todo->len > 0)
    {
      GtkWidget *widget = g_ptr_array_steal_index (todo, todo->len - 1);
      char *action = NULL;

      for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
        g_ptr_array_add (todo, child);
      if (GTK_IS_SHORTCUTS_SHORTCUT (widget))
        g_object_get (widget, "action-name", &action, NULL);
      if (action)
        g_hash_table_add (told, action);
    }
  for (guint i = 0; (name = thaw_window_list_actions (i, &keys)); i++)
    {
      g_auto (GStrv) accels = gtk_application_get_accels_for_action (GTK_APPLICATION (application), name);

      g_assert_cmpuint (g_strv_length (accels), ==, g_strv_length ((char **) keys));
      if (keys[0] && !g_hash_table_contains (told, name))
        g_error ("%s has no line in ui/help-overlay.ui", name);
    }
  destroy_window (window);
}

static void
prepare (void)
{
  g_autoptr (GError) error = NULL;

  application = thaw_application_new ();
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  prepare ();
  g_test_add_func ("/window/pages", test_pages);
  g_test_add_func ("/window/rest", test_rest);
  g_test_add_func ("/window/narrow", test_narrow);
  g_test_add_func ("/window/messages", test_messages);
  g_test_add_func ("/window/shortcuts", test_shortcuts);
  result = g_test_run ();
  g_object_unref (application);
  return result;
}
