/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-columns.h"
#include "widgets/thaw-names.h"
#include "widgets/thaw-tooltip.h"

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
  thaw_tooltip_set (label, text);
  if (g_object_get_data (G_OBJECT (factory), "first"))
    thaw_name_row (label, text);
}

/* GTK has no property for it: the titles are the header's children, in the order of the columns */
static GtkWidget *
find_title (GtkColumnViewColumn *column)
{
  GtkColumnView *view = gtk_column_view_column_get_column_view (column);
  GListModel *columns = gtk_column_view_get_columns (view);
  GtkWidget *title = gtk_widget_get_first_child (gtk_widget_get_first_child (GTK_WIDGET (view)));

  for (guint i = 0; title && i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) other = g_list_model_get_item (columns, i);

      if (other == column)
        return title;
      if (gtk_column_view_column_get_visible (other))
        title = gtk_widget_get_next_sibling (title);
    }
  return NULL;
}

void
thaw_column_set_numeric (GtkColumnViewColumn *column)
{
  GtkWidget *title = find_title (column), *box = title ? gtk_widget_get_first_child (title) : NULL;

  if (!GTK_IS_BOX (box))
    return;
  gtk_widget_set_halign (box, GTK_ALIGN_END);
  /* the arrow goes before the words, which then end where the numbers do */
  gtk_box_reorder_child_after (GTK_BOX (box), gtk_widget_get_last_child (box), NULL);
}

void
thaw_column_view_add_text (GtkColumnView *view, const char *title, ThawColumnFunc text, GtkSorter *sorter, gboolean numeric, int width)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (title, factory);
  g_autoptr (GtkSorter) own = sorter;

  g_object_set_data (G_OBJECT (factory), "text", text);
  if (!numeric && g_object_get_data (G_OBJECT (view), "named") == NULL)
    {
      /* the first text of a row is its name */
      g_object_set_data (G_OBJECT (factory), "first", view);
      g_object_set_data (G_OBJECT (view), "named", view);
    }
  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cb), GINT_TO_POINTER (numeric));
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_column_view_column_set_sorter (column, own);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, width < 0);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column, width);
  gtk_column_view_append_column (view, column);
  if (numeric)
    thaw_column_set_numeric (column);
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
