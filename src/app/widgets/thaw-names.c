/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-names.h"

static void
set_name (GtkWidget *widget, const char *name)
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
    set_name (row, name);
}

void
thaw_name_inner (GtkWidget *widget, const char *name)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child; child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_MENU_BUTTON (child) || (GTK_IS_TOGGLE_BUTTON (child) && GTK_IS_MENU_BUTTON (widget)))
      {
        set_name (child, name);
        thaw_name_inner (child, name);
      }
}
