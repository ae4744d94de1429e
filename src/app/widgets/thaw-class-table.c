/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-class-table.h"
#include "widgets/thaw-columns.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

struct _ThawClassTable
{
  AdwBin            parent_instance;
  GtkSortListModel *sorted; /* of the view */
  GtkColumnView    *view;
};

G_DEFINE_FINAL_TYPE (ThawClassTable, thaw_class_table, ADW_TYPE_BIN)

static guint chosen_signal;

static char *
name_text (gpointer figures)
{
  char *name;

  g_object_get (figures, "name", &name, NULL);
  return name;
}

static char *
share_text (gpointer figures, const char *property)
{
  double share;

  g_object_get (figures, property, &share, NULL);
  return thaw_text_percent (share);
}

static char *
precision_text (gpointer figures)
{
  return share_text (figures, "precision");
}

static char *
recall_text (gpointer figures)
{
  return share_text (figures, "recall");
}

static char *
f1_text (gpointer figures)
{
  return share_text (figures, "f1");
}

static char *
pictures_text (gpointer figures)
{
  guint pictures;

  g_object_get (figures, "pictures", &pictures, NULL);
  return g_strdup_printf ("%u", pictures);
}

static void
activate_cb (GtkColumnView *view, guint position, ThawClassTable *self)
{
  g_autoptr (ThawClassFigures) figures = g_list_model_get_item (G_LIST_MODEL (gtk_column_view_get_model (view)), position);
  int label;

  g_object_get (figures, "label", &label, NULL);
  g_signal_emit (self, chosen_signal, 0, label);
}

void
thaw_class_table_set (ThawClassTable *self, GListModel *classes)
{
  gtk_sort_list_model_set_model (self->sorted, classes);
}

static void
thaw_class_table_class_init (ThawClassTableClass *klass)
{
  chosen_signal = g_signal_new ("chosen", THAW_TYPE_CLASS_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
thaw_class_table_init (ThawClassTable *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  thaw_column_view_add_text (self->view, _ ("Class"), name_text, thaw_sorter_by_text (THAW_TYPE_CLASS_FIGURES, "name"), FALSE, -1);
  thaw_column_view_add_text (self->view, _ ("Precision"), precision_text, thaw_sorter_by_number (THAW_TYPE_CLASS_FIGURES, "precision"), TRUE, 100);
  thaw_column_view_add_text (self->view, _ ("Recall"), recall_text, thaw_sorter_by_number (THAW_TYPE_CLASS_FIGURES, "recall"), TRUE, 100);
  thaw_column_view_add_text (self->view, _ ("F1"), f1_text, thaw_sorter_by_number (THAW_TYPE_CLASS_FIGURES, "f1"), TRUE, 100);
  thaw_column_view_add_text (self->view, _ ("Pictures"), pictures_text, thaw_sorter_by_number (THAW_TYPE_CLASS_FIGURES, "pictures"), TRUE, 100);
  self->sorted = thaw_column_view_set_sorted (self->view, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Figures of each class"), -1);
  g_signal_connect_object (self->view, "activate", G_CALLBACK (activate_cb), self, 0);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_widget_add_css_class (scrolled, "card");
  adw_bin_set_child (ADW_BIN (self), scrolled);
}
