/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"

/* How wide the network is beside the page: as the person made it, as far as the page keeps its room. */

/* Pixels */
#define LEAST 350
#define USUAL 450 /* the tree without the kinds; with them it wants 530 */
#define STEP 40
#define EDGE 2

/* What the page leaves of the window */
static int
fitting (ThawWindow *self, int width)
{
  int page;

  gtk_widget_measure (GTK_WIDGET (self->stack), GTK_ORIENTATION_HORIZONTAL, -1, &page, NULL, NULL, NULL);
  return CLAMP (width, LEAST, MAX (gtk_widget_get_width (GTK_WIDGET (self)) - page - EDGE, LEAST));
}

void
thaw_window_fit_sidebar (ThawWindow *self)
{
  const int width = fitting (self, self->sidebar_width > 0 ? self->sidebar_width : USUAL);

  gtk_widget_set_size_request (GTK_WIDGET (self->sidebar), width, -1);
}

void
thaw_window_restore_sidebar (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);

  if (settings)
    self->sidebar_width = g_settings_get_int (settings, "sidebar-width");
  thaw_window_fit_sidebar (self);
}

void
thaw_window_widen_sidebar (ThawWindow *self, int steps)
{
  GSettings *settings = thaw_window_settings (self);

  self->sidebar_width = fitting (self, gtk_widget_get_width (GTK_WIDGET (self->sidebar)) + steps * STEP);
  thaw_window_fit_sidebar (self);
  if (settings)
    g_settings_set_int (settings, "sidebar-width", self->sidebar_width);
}
