/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-columns.h"

static void
set_up_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer numeric)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), numeric ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), numeric ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_MIDDLE);
  if (numeric)
    gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  ThawColumnFunc text_of = g_object_get_data (G_OBJECT (factory), "text");
  GtkWidget *label = gtk_list_item_get_child (item);
  g_autofree char *text = text_of (gtk_list_item_get_item (item));

  gtk_label_set_text (GTK_LABEL (label), text);
  gtk_widget_set_tooltip_text (label, text);
}

void
thaw_column_view_add_text (GtkColumnView *view, const char *title, ThawColumnFunc text, GtkSorter *sorter, gboolean numeric, int width)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (title, factory);
  g_autoptr (GtkSorter) own = sorter;

  g_object_set_data (G_OBJECT (factory), "text", text);
  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cb), GINT_TO_POINTER (numeric));
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_column_view_column_set_sorter (column, own);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, width < 0);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column, width);
  gtk_column_view_append_column (view, column);
}

GtkSorter *
thaw_sorter_by_text (GType type, const char *property)
{
  return GTK_SORTER (gtk_string_sorter_new (gtk_property_expression_new (type, NULL, property)));
}

GtkSorter *
thaw_sorter_by_number (GType type, const char *property)
{
  return GTK_SORTER (gtk_numeric_sorter_new (gtk_property_expression_new (type, NULL, property)));
}

GtkSortListModel *
thaw_column_view_set_sorted (GtkColumnView *view, GListModel *model)
{
  GtkSorter *sorter = g_object_ref (gtk_column_view_get_sorter (view));
  GtkSortListModel *sorted = gtk_sort_list_model_new (model ? g_object_ref (model) : NULL, sorter);
  g_autoptr (GtkSingleSelection) selection = gtk_single_selection_new (G_LIST_MODEL (sorted));

  gtk_sort_list_model_set_incremental (sorted, TRUE);
  gtk_column_view_set_model (view, GTK_SELECTION_MODEL (selection));
  return sorted;
}
