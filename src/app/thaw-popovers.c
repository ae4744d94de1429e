/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-popovers.h"

static gboolean
let_go_cb (gpointer popover)
{
  if (!gtk_widget_get_visible (popover))
    gtk_widget_unrealize (popover);
  return G_SOURCE_REMOVE;
}

static gboolean
closed_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  /* not while it is still hiding, but before the next frame, which is when it would be asked */
  g_idle_add_full (G_PRIORITY_HIGH, let_go_cb, g_value_dup_object (values), g_object_unref);
  return TRUE;
}

void
thaw_popovers_let_go (void)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (GTK_TYPE_POPOVER);

  g_signal_add_emission_hook (g_signal_lookup ("closed", GTK_TYPE_POPOVER), 0, closed_cb, NULL, NULL);
}
