/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-drop-down.h"

#include <glib/gi18n.h>

#define TITLE "thaw-title"

static void
selected_cb (GtkDropDown *self)
{
  const char *title = g_object_get_data (G_OBJECT (self), TITLE);
  GtkStringObject *item = gtk_drop_down_get_selected_item (self);
  /* a title and what was chosen */
  g_autofree char *name = item ? g_strdup_printf (_ ("%s: %s"), title, gtk_string_object_get_string (item)) : g_strdup (title);
  GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
thaw_drop_down_set_title (GtkDropDown *self, const char *title)
{
  g_object_set_data_full (G_OBJECT (self), TITLE, g_strdup (title), g_free);
  g_signal_connect (self, "notify::selected-item", G_CALLBACK (selected_cb), NULL);
  selected_cb (self);
}
