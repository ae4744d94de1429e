/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is mended of GTK's popovers (thaw-popovers.c), with the real pointer */
#include "thaw-popovers.h"
#include "thaw-widget-test.h"

#include <gdk/x11/gdkx.h>

static void
move_pointer (GtkWidget *native, const char *x, const char *y)
{
  g_autofree char *id = g_strdup_printf ("%lu", gdk_x11_surface_get_xid (gtk_native_get_surface (GTK_NATIVE (native))));
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "xdotool", "mousemove", "--window", id, x, y, NULL);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
}

static GtkWidget *
open_popover (GtkWidget *window)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new (), *explained = gtk_label_new ("Explained");

  gtk_widget_set_tooltip_text (explained, "At length");
  gtk_widget_set_size_request (explained, 200, 200);
  gtk_popover_set_child (GTK_POPOVER (popover), explained);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_window_set_child (GTK_WINDOW (window), button);
  gtk_window_present (GTK_WINDOW (window));
  thaw_widget_settle (100);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  thaw_widget_settle (150);
  g_assert_true (gtk_widget_get_mapped (popover));
  return popover;
}

/* A tooltip is due in a popover that is closed; its surface is given back, and nobody asks that one where the pointer is. @y: of the pointer in it:
 * above its window, or where it reaches beyond that, so that the pointer is on nothing when it is gone */
static void
close_before_tooltip (const char *y)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *popover;

  gtk_window_set_default_size (GTK_WINDOW (window), 200, 40);
  popover = open_popover (window);
  move_pointer (popover, "60", y);
  thaw_widget_settle (60);
  move_pointer (popover, "62", y);
  thaw_widget_settle (60);
  gtk_popover_popdown (GTK_POPOVER (popover));
  thaw_widget_settle (800);
  g_assert_false (gtk_widget_get_realized (popover));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_tooltip_due (void)
{
  close_before_tooltip ("20");
  close_before_tooltip ("160");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  thaw_popovers_set_up ();
  g_test_add_func ("/popovers/tooltip-due-when-closed", test_tooltip_due);
  return g_test_run ();
}
