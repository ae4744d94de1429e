/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-drop-down.h"

#include "widgets/thaw-names.h"

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

/* --- the list that it opens: GTK's own has rows that are read as nothing, and begins at the first of them --- */

#define ROW "thaw-row"

/* The row itself, which is what can have the focus; (nullable) */
static GtkWidget *
row_at (GtkWidget *list, guint position)
{
  for (GtkWidget *row = gtk_widget_get_first_child (list); row; row = gtk_widget_get_next_sibling (row))
    {
      GtkWidget *box = gtk_widget_get_first_child (row);
      GtkListItem *item = box ? g_object_get_data (G_OBJECT (box), ROW) : NULL;

      if (item && gtk_list_item_get_position (item) == position)
        return row;
    }
  return NULL;
}

/* It opens at what is selected, before GTK looks for what to focus; a field to search in keeps what is typed */
static void
list_shown_cb (GtkWidget *list, GObject *self)
{
  GtkWidget *row;
  guint selected;

  if (GTK_IS_DROP_DOWN (self) && gtk_drop_down_get_enable_search (GTK_DROP_DOWN (self)))
    return;
  g_object_get (self, "selected", &selected, NULL);
  if (selected == GTK_INVALID_LIST_POSITION)
    return;
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", selected);
  row = row_at (list, selected);
  if (row)
    gtk_widget_grab_focus (row);
}

/* Once for each list */
static void
watch_list (GtkWidget *list, GObject *self)
{
  if (!g_signal_handler_find (list, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL, list_shown_cb, self))
    g_signal_connect_object (list, "map", G_CALLBACK (list_shown_cb), self, 0);
}

static void
mark_cb (GObject *self, GParamSpec *pspec, GtkListItem *row)
{
  GtkWidget *child = gtk_list_item_get_child (row);
  g_autoptr (GObject) selected = NULL;

  g_object_get (self, "selected-item", &selected, NULL);
  gtk_widget_set_opacity (gtk_widget_get_last_child (child), selected && selected == gtk_list_item_get_item (row) ? 1 : 0);
}

/* It is bound before it stands in the list */
static void
name_row_cb (GtkWidget *box, GParamSpec *pspec, GObject *self)
{
  GtkWidget *list = gtk_widget_get_ancestor (box, GTK_TYPE_LIST_VIEW);

  if (!list)
    return;
  thaw_name_row (box, gtk_label_get_text (GTK_LABEL (gtk_widget_get_first_child (box))));
  thaw_name (list, g_object_get_data (self, TITLE));
  watch_list (list, self);
}

static void
set_up_row_cb (GtkSignalListItemFactory *factory, GtkListItem *row, GObject *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "hexpand", TRUE, NULL));
  gtk_box_append (GTK_BOX (box), g_object_new (GTK_TYPE_IMAGE, "icon-name", "object-select-symbolic", "accessible-role",
                                               GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL));
  g_object_set_data (G_OBJECT (box), ROW, row);
  gtk_list_item_set_child (row, box);
  g_signal_connect_object (box, "notify::root", G_CALLBACK (name_row_cb), self, 0);
  g_signal_connect_object (self, "notify::selected-item", G_CALLBACK (mark_cb), row, 0);
}

static void
bind_row_cb (GtkSignalListItemFactory *factory, GtkListItem *row, GObject *self)
{
  GtkWidget *child = gtk_list_item_get_child (row);

  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (child)), gtk_string_object_get_string (gtk_list_item_get_item (row)));
  name_row_cb (child, NULL, self);
  mark_cb (self, NULL, row);
}

void
thaw_drop_down_name_list (GtkWidget *self, const char *title)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_object_set_data_full (G_OBJECT (self), TITLE, g_strdup (title), g_free);
  g_signal_connect_object (factory, "setup", G_CALLBACK (set_up_row_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_row_cb), self, 0);
  g_object_set (self, "list-factory", factory, NULL);
}

void
thaw_drop_down_set_title (GtkDropDown *self, const char *title)
{
  thaw_drop_down_name_list (GTK_WIDGET (self), title);
  g_signal_connect (self, "notify::selected-item", G_CALLBACK (selected_cb), NULL);
  selected_cb (self);
}
