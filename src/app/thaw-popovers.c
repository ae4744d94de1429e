/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-popovers.h"

/* --- what was closed --- */

/* GTK waits 500 ms until it shows a tooltip, and asks the surface that it was due in then */
#define TOOLTIP_MS 600

static gboolean
pointer_is_on_window (GtkWidget *widget)
{
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (widget));

  return seat && gdk_device_get_surface_at_position (gdk_seat_get_pointer (seat), NULL, NULL);
}

static void
let_go (GtkWidget *popover)
{
  GtkRoot *root = gtk_widget_get_root (popover);

  gtk_widget_unrealize (popover);
  /* a tooltip that was due inside begins anew with what is there now */
  if (root)
    gtk_widget_trigger_tooltip_query (GTK_WIDGET (root));
}

static gboolean
let_go_late_cb (gpointer data)
{
  g_autoptr (GtkWidget) popover = g_weak_ref_get (data);

  if (popover && !gtk_widget_get_visible (popover))
    let_go (popover);
  return G_SOURCE_REMOVE;
}

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static void
let_go_late (GtkWidget *popover)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, popover);
  g_timeout_add_full (G_PRIORITY_DEFAULT, TOOLTIP_MS, let_go_late_cb, ref, free_weak_ref);
}

static gboolean
let_go_cb (gpointer popover)
{
  if (gtk_widget_get_visible (popover))
    return G_SOURCE_REMOVE;
  /* Where the pointer is on nothing of ours, as on what a popover covered beside its window, nothing begins anew: what was due must have been */
  if (pointer_is_on_window (popover))
    let_go (popover);
  else
    let_go_late (popover);
  return G_SOURCE_REMOVE;
}

static gboolean
closed_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  /* not while it is still hiding, but before the next frame, which is when it would be asked */
  g_idle_add_full (G_PRIORITY_HIGH, let_go_cb, g_value_dup_object (values), g_object_unref);
  return TRUE;
}

/* --- what is under one that is open --- */

static GtkWidget *
under_pointer (GtkWidget *root)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (root));
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (root));
  double x, y, left, top;

  if (!surface || !seat || !gdk_surface_get_device_position (surface, gdk_seat_get_pointer (seat), &x, &y, NULL))
    return NULL;
  gtk_native_get_surface_transform (GTK_NATIVE (root), &left, &top);
  return gtk_widget_pick (root, x - left, y - top, GTK_PICK_INSENSITIVE);
}

static void
explain_again_cb (GtkWidget *widget, GtkWidget *popover)
{
  gtk_widget_set_has_tooltip (widget, TRUE);
  g_signal_handlers_disconnect_by_func (popover, explain_again_cb, widget);
}

static gboolean
shown_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  GtkWidget *popover = g_value_get_object (values);
  GtkRoot *root = GTK_IS_POPOVER (popover) ? gtk_widget_get_root (popover) : NULL;

  if (!root || !gtk_popover_get_autohide (GTK_POPOVER (popover)))
    return TRUE;
  for (GtkWidget *widget = under_pointer (GTK_WIDGET (root)); widget; widget = gtk_widget_get_parent (widget))
    {
      gtk_widget_unset_state_flags (widget, GTK_STATE_FLAG_ACTIVE);
      if (!gtk_widget_get_has_tooltip (widget))
        continue;
      gtk_widget_set_has_tooltip (widget, FALSE);
      g_signal_connect_object (popover, "closed", G_CALLBACK (explain_again_cb), widget, G_CONNECT_SWAPPED);
    }
  return TRUE;
}

void
thaw_popovers_set_up (void)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (GTK_TYPE_POPOVER);

  g_signal_add_emission_hook (g_signal_lookup ("closed", GTK_TYPE_POPOVER), 0, closed_cb, NULL, NULL);
  g_signal_add_emission_hook (g_signal_lookup ("show", GTK_TYPE_WIDGET), 0, shown_cb, NULL, NULL);
}
