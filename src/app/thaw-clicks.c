/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-clicks.h"

#define BUTTONS (GDK_BUTTON1_MASK | GDK_BUTTON2_MASK | GDK_BUTTON3_MASK | GDK_BUTTON4_MASK | GDK_BUTTON5_MASK)

/* Of a window: a press has been seen, its release has not */
static void
set_pressed (GtkEventController *controller, gboolean pressed)
{
  g_object_set_data (G_OBJECT (controller), "thaw-pressed", GINT_TO_POINTER (pressed));
}

static gboolean
is_made_up (GdkEvent *event)
{
  return gdk_event_get_time (event) == GDK_CURRENT_TIME && !(gdk_event_get_modifier_state (event) & BUTTONS);
}

static gboolean
event_cb (GtkEventController *controller, GdkEvent *event, gpointer data)
{
  const GdkEventType type = gdk_event_get_event_type (event);

  if (type == GDK_MOTION_NOTIFY && g_object_get_data (G_OBJECT (controller), "thaw-pressed"))
    return is_made_up (event);
  if (type == GDK_BUTTON_PRESS)
    set_pressed (controller, TRUE);
  else if (type == GDK_BUTTON_RELEASE || type == GDK_GRAB_BROKEN)
    set_pressed (controller, FALSE);
  return GDK_EVENT_PROPAGATE;
}

static void
watch (GtkWidget *window)
{
  GtkEventController *controller = gtk_event_controller_legacy_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "event", G_CALLBACK (event_cb), NULL);
  gtk_widget_add_controller (window, controller);
}

/* Every window, whoever makes it; those are added at the end */
static void
windows_changed_cb (GListModel *windows, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      watch (window);
    }
}

void
thaw_clicks_keep (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  g_signal_connect (windows, "items-changed", G_CALLBACK (windows_changed_cb), NULL);
  windows_changed_cb (windows, 0, 0, g_list_model_get_n_items (windows));
}
