/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-window-private.h"

/* How wide the network is beside the page: as the person made it, as far as the page keeps its room. */

/* Pixels */
#define LEAST 350
#define USUAL 450 /* the tree without the kinds; with them it wants 530 */
#define STEP 40
#define EDGE 6 /* wide enough for the pointer; style.css draws a line in it */

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

static void
keep_width (ThawWindow *self)
{
  GSettings *settings = thaw_window_settings (self);

  if (settings)
    g_settings_set_int (settings, "sidebar-width", self->sidebar_width);
}

static void
set_width (ThawWindow *self, int width)
{
  self->sidebar_width = fitting (self, width);
  thaw_window_fit_sidebar (self);
}

void
thaw_window_widen_sidebar (ThawWindow *self, int steps)
{
  set_width (self, gtk_widget_get_width (GTK_WIDGET (self->sidebar)) + steps * STEP);
  keep_width (self);
}

/* --- by its edge --- */

static gboolean
is_on_edge (ThawWindow *self, double x)
{
  double left;

  return gtk_widget_translate_coordinates (self->edge, GTK_WIDGET (self->flap), 0, 0, &left, NULL) && x >= left
         && x < left + gtk_widget_get_width (self->edge);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, ThawWindow *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), is_on_edge (self, x) ? GTK_EVENT_SEQUENCE_CLAIMED : GTK_EVENT_SEQUENCE_DENIED);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, ThawWindow *self)
{
  const gboolean left_to_right = gtk_widget_get_direction (GTK_WIDGET (self->flap)) != GTK_TEXT_DIR_RTL;
  double start_x, start_y;

  if (gtk_gesture_drag_get_start_point (gesture, &start_x, &start_y))
    set_width (self, (int) (left_to_right ? start_x + x : gtk_widget_get_width (GTK_WIDGET (self->flap)) - start_x - x));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double x, double y, ThawWindow *self)
{
  keep_width (self);
}

void
thaw_window_add_sidebar_drag (ThawWindow *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  gtk_widget_set_cursor_from_name (self->edge, "col-resize");
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, 0);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self, 0);
  g_signal_connect_object (drag, "drag-end", G_CALLBACK (drag_end_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->flap), GTK_EVENT_CONTROLLER (drag));
}
