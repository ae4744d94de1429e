/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window.h"

/* The window opens, shows each page, and nothing of it is left when it is closed. */
static void
test_pages (void)
{
  static const char *const pages[] = { "images", "training", "results", "runs" };
  g_autoptr (ThawApplication) application = thaw_application_new ();
  ThawWindow *window;

  g_application_register (G_APPLICATION (application), NULL, NULL);
  window = thaw_window_new (application);
  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      thaw_window_show_page (window, pages[i]);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_object_ref (window);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (window);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/window/pages", test_pages);
  return g_test_run ();
}
