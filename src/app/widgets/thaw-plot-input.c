/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-canvas.h"

#include <math.h>

#define WHEEL 1.2

static gboolean
over_y_axis (ThawPlotCanvas *self)
{
  return self->pointer_x < self->scene.left;
}

/* The point nearest to @x of all series that are shown; FALSE: there is none */
static gboolean
snap (ThawPlotCanvas *self, double x, double *snapped)
{
  double least = INFINITY;

  for (guint i = 0; i < self->scene.series->len; i++)
    {
      ThawPlotSeries *series = self->scene.series->pdata[i];
      double at;

      if (!series->shown || series->n_points == 0)
        continue;
      at = thaw_plot_series_x (series, self->scene.unit, thaw_plot_series_nearest (series, self->scene.unit, x));
      if (fabs (at - x) < least)
        {
          least = fabs (at - x);
          *snapped = at;
        }
    }
  return isfinite (least);
}

static void
point_at (ThawPlotCanvas *self, double x, double y)
{
  double value = 0;

  self->pointer_x = x;
  self->pointer_y = y;
  if (over_y_axis (self) || !snap (self, thaw_plot_scale_value (&self->scene.x, x), &value))
    thaw_plot_canvas_set_cursor (self, THAW_PLOT_NO_CURSOR, 0);
  else
    thaw_plot_canvas_set_cursor (self, THAW_PLOT_POINTER, value);
}

/* A motion event comes also where the pointer lies still and the widget under it moved: that must not take the keys' cursor away */
static void
motion_cb (GtkEventControllerMotion *motion, double x, double y, ThawPlotCanvas *self)
{
  if (fabs (x - self->pointer_x) >= 1 || fabs (y - self->pointer_y) >= 1)
    point_at (self, x, y);
}

static void
leave_cb (GtkEventControllerMotion *motion, ThawPlotCanvas *self)
{
  self->pointer_x = self->pointer_y = -1;
  if (self->cursor == THAW_PLOT_POINTER)
    thaw_plot_canvas_set_cursor (self, THAW_PLOT_NO_CURSOR, 0);
}

static gboolean
scroll_cb (GtkEventControllerScroll *scroll, double dx, double dy, ThawPlotCanvas *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  gboolean vertical = (state & GDK_CONTROL_MASK) || over_y_axis (self);

  if (!thaw_plot_canvas_has_points (self) || self->pointer_x < 0)
    return GDK_EVENT_PROPAGATE;
  thaw_plot_canvas_zoom (self, vertical, vertical ? self->pointer_y : self->pointer_x, pow (WHEEL, -dy));
  thaw_plot_canvas_update (self);
  point_at (self, self->pointer_x, self->pointer_y);
  return GDK_EVENT_STOP;
}

static void
pan (ThawPlotCanvas *self, double dx, double dy)
{
  thaw_plot_scale_pan (&self->scene.x, dx);
  self->zoomed_x = TRUE;
  if (self->zoomed_y)
    thaw_plot_scale_pan (&self->scene.y, dy);
  thaw_plot_canvas_share_x (self);
}

static void
drag_begin_cb (GtkGestureDrag *drag, double x, double y, ThawPlotCanvas *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->drag_x = self->drag_y = 0;
}

/* A click that trembles is no drag */
static void
drag_update_cb (GtkGestureDrag *drag, double x, double y, ThawPlotCanvas *self)
{
  if (!gtk_drag_check_threshold (GTK_WIDGET (self), 0, 0, (int) x, (int) y) && self->drag_x == 0 && self->drag_y == 0)
    return;
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
  pan (self, x - self->drag_x, y - self->drag_y);
  self->drag_x = x;
  self->drag_y = y;
}

static void
drag_end_cb (GtkGestureDrag *drag, double x, double y, ThawPlotCanvas *self)
{
  gtk_widget_set_cursor (GTK_WIDGET (self), NULL);
}

static void
pressed_cb (GtkGestureClick *click, int n_press, double x, double y, ThawPlotCanvas *self)
{
  if (n_press == 2)
    gtk_widget_activate_action (GTK_WIDGET (self), "plot.reset", NULL);
}

static void
menu_cb (GtkGestureClick *click, int n_press, double x, double y, ThawPlotCanvas *self)
{
  gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
  self->pointer_x = x;
  self->pointer_y = y;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "plot.menu", NULL);
}

static void
add_click (ThawPlotCanvas *self, guint button, const char *signal, GCallback callback)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), button);
  g_signal_connect (click, signal, callback, self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

static void
add_drag (ThawPlotCanvas *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

void
thaw_plot_canvas_add_input (ThawPlotCanvas *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  self->pointer_x = self->pointer_y = -1;
  g_signal_connect (motion, "enter", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  add_drag (self);
  add_click (self, GDK_BUTTON_PRIMARY, "pressed", G_CALLBACK (pressed_cb));
  add_click (self, GDK_BUTTON_SECONDARY, "released", G_CALLBACK (menu_cb));
}

/* Keys: the cursor walks the points of one series */

static ThawPlotSeries *
walked (ThawPlotCanvas *self)
{
  ThawPlotSeries *series = thaw_plot_canvas_find (self, self->cursor_series);

  if (series && series->shown && series->n_points > 0)
    return series;
  for (guint i = 0; i < self->scene.series->len; i++)
    {
      series = self->scene.series->pdata[i];
      if (series->shown && series->n_points > 0)
        return series;
    }
  return NULL;
}

/* A point outside is brought into view, with some of what comes next */
static void
reveal (ThawPlotCanvas *self, double x)
{
  double width = self->scene.right - self->scene.left, place = thaw_plot_scale_place (&self->scene.x, x);

  if (place < self->scene.left - .5)
    pan (self, self->scene.left - place + width / 4, 0);
  else if (place > self->scene.right + .5)
    pan (self, self->scene.right - place - width / 4, 0);
}

static void
go_to (ThawPlotCanvas *self, ThawPlotSeries *series, gsize point)
{
  double x = thaw_plot_series_x (series, self->scene.unit, point);

  self->cursor_series = series->id;
  reveal (self, x);
  thaw_plot_canvas_set_cursor (self, THAW_PLOT_KEYS, x);
}

/* By at least @pixels, and by one point */
static void
walk (ThawPlotCanvas *self, ThawPlotSeries *series, int direction, double pixels)
{
  double step = pixels * (self->scene.x.max - self->scene.x.min) / (self->scene.right - self->scene.left);
  gsize now = thaw_plot_series_nearest (series, self->scene.unit, self->cursor_x);
  double x = thaw_plot_series_x (series, self->scene.unit, now);
  gsize there = thaw_plot_series_find (series, self->scene.unit, x + direction * step);

  if (direction > 0)
    there = MIN (MAX (there, now + 1), series->n_points - 1);
  else
    there = MIN (there, now > 0 ? now - 1 : 0);
  go_to (self, series, there);
}

static void
next_series (ThawPlotCanvas *self, ThawPlotSeries *series, int direction)
{
  guint n = self->scene.series->len, at = 0;

  g_ptr_array_find (self->scene.series, series, &at);
  for (guint i = 1; i <= n; i++)
    {
      ThawPlotSeries *next = self->scene.series->pdata[(at + n + direction * (int) i) % n];

      if (next->shown && next->n_points > 0)
        {
          go_to (self, next, thaw_plot_series_nearest (next, self->scene.unit, self->cursor_x));
          return;
        }
    }
}

static gboolean
key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (widget);
  ThawPlotSeries *series = walked (self);
  int key = g_variant_get_int32 (args);

  if (!series)
    return GDK_EVENT_PROPAGATE;
  thaw_plot_canvas_update (self);
  if (self->cursor == THAW_PLOT_NO_CURSOR && (key == GDK_KEY_Left || key == GDK_KEY_Right))
    go_to (self, series, MIN (thaw_plot_series_find (series, self->scene.unit, self->scene.x.min), series->n_points - 1));
  else if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    walk (self, series, key == GDK_KEY_Left ? -1 : 1, 1);
  else if (key == GDK_KEY_Page_Up || key == GDK_KEY_Page_Down)
    walk (self, series, key == GDK_KEY_Page_Up ? -1 : 1, (self->scene.right - self->scene.left) / 10);
  else if (key == GDK_KEY_Home || key == GDK_KEY_End)
    go_to (self, series, key == GDK_KEY_Home ? 0 : series->n_points - 1);
  else
    next_series (self, series, key == GDK_KEY_Up ? -1 : 1);
  return GDK_EVENT_STOP;
}

static gboolean
shift_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (widget);

  thaw_plot_canvas_update (self);
  pan (self, (self->scene.right - self->scene.left) / 10 * g_variant_get_int32 (args), 0);
  return GDK_EVENT_STOP;
}

/* Where there is no cursor to take away, Escape belongs to whoever else wants it */
static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  ThawPlotCanvas *self = THAW_PLOT_CANVAS (widget);

  if (self->cursor == THAW_PLOT_NO_CURSOR)
    return GDK_EVENT_PROPAGATE;
  thaw_plot_canvas_set_cursor (self, THAW_PLOT_NO_CURSOR, 0);
  return GDK_EVENT_STOP;
}

void
thaw_plot_canvas_class_add_keys (GtkWidgetClass *klass)
{
  static const guint keys[] = { GDK_KEY_Left, GDK_KEY_Right, GDK_KEY_Up, GDK_KEY_Down, GDK_KEY_Home, GDK_KEY_End, GDK_KEY_Page_Up, GDK_KEY_Page_Down };
  static const struct { guint key; const char *action; } actions[] = {
    { GDK_KEY_KP_Add, "plot.zoom-in" },       { GDK_KEY_equal, "plot.zoom-in" }, { GDK_KEY_plus, "plot.zoom-in" },
    { GDK_KEY_KP_Subtract, "plot.zoom-out" }, { GDK_KEY_minus, "plot.zoom-out" }, { GDK_KEY_KP_0, "plot.reset" },
    { GDK_KEY_0, "plot.reset" },              { GDK_KEY_Menu, "plot.menu" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (klass, keys[i], 0, key_cb, "i", (int) keys[i]);
  /* menus show the key that was added last */
  gtk_widget_class_add_binding_action (klass, GDK_KEY_plus, GDK_SHIFT_MASK, "plot.zoom-in", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_add_binding_action (klass, actions[i].key, 0, actions[i].action, NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_F10, GDK_SHIFT_MASK, "plot.menu", NULL);
  gtk_widget_class_add_binding_action (klass, GDK_KEY_c, GDK_CONTROL_MASK, "plot.copy", NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_Left, GDK_SHIFT_MASK, shift_cb, "i", 1);
  gtk_widget_class_add_binding (klass, GDK_KEY_Right, GDK_SHIFT_MASK, shift_cb, "i", -1);
  gtk_widget_class_add_binding (klass, GDK_KEY_Escape, 0, escape_cb, NULL);
}
