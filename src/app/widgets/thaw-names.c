/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-names.h"

void
thaw_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
thaw_name_row (GtkWidget *cell, const char *name)
{
  GtkWidget *row = gtk_widget_get_parent (cell);

  while (row && gtk_widget_get_parent (row) && !GTK_IS_LIST_BOX_ROW (row) && !GTK_IS_LIST_BASE (gtk_widget_get_parent (row)))
    row = gtk_widget_get_parent (row);
  if (row && gtk_widget_get_parent (row))
    thaw_name (row, name);
}

void
thaw_name_inner (GtkWidget *widget, const char *name)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_MENU_BUTTON (child))
      thaw_name (child, name);
}

static gboolean
mapped_cb (GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data)
{
  GtkWidget *widget = g_value_get_object (values);

  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) && gtk_button_get_use_underline (GTK_BUTTON (widget)))
    gtk_accessible_reset_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL);
  return TRUE;
}

void
thaw_names_say_once (void)
{
  g_type_ensure (GTK_TYPE_WIDGET);
  g_type_class_unref (g_type_class_ref (GTK_TYPE_WIDGET));
  g_signal_add_emission_hook (g_signal_lookup ("map", GTK_TYPE_WIDGET), 0, mapped_cb, NULL, NULL);
}
