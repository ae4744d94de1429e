/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-predictions-table.h"
#include "widgets/thaw-columns.h"
#include "widgets/thaw-sample-picture.h"

#include <glib/gi18n.h>
#include <thaw/thaw-text.h>

#define SIDE 40

struct _ThawPredictionsTable
{
  AdwBin            parent_instance;
  GtkSortListModel *sorted; /* of the view */
  GtkColumnView    *view;
};

G_DEFINE_FINAL_TYPE (ThawPredictionsTable, thaw_predictions_table, ADW_TYPE_BIN)

static char *
name_text (gpointer prediction)
{
  return g_strdup (thaw_prediction_get_name (prediction));
}

static char *
answer_text (gpointer prediction)
{
  const char *answer = thaw_prediction_get_answer (prediction);

  return answer ? g_strdup (answer) : g_strdup_printf (_ ("Not read: %s"), thaw_prediction_get_error (prediction));
}

static char *
probability_text (gpointer prediction)
{
  return thaw_prediction_get_answer (prediction) ? thaw_text_percent (thaw_prediction_get_probability (prediction)) : g_strdup ("-");
}

static char *
second_text (gpointer prediction)
{
  const char *second = thaw_prediction_get_second (prediction);
  g_autofree char *percent = thaw_text_percent (thaw_prediction_get_second_probability (prediction));

  return second ? g_strdup_printf ("%s  %s", second, percent) : g_strdup ("-");
}

static void
set_up_picture_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *picture = thaw_sample_picture_new (2 * SIDE);

  gtk_widget_set_size_request (picture, SIDE, SIDE);
  gtk_list_item_set_child (item, picture);
}

static void
bind_picture_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  ThawPrediction *prediction = gtk_list_item_get_item (item);
  gboolean good = thaw_prediction_get_answer (prediction) != NULL;

  thaw_sample_picture_set (THAW_SAMPLE_PICTURE (gtk_list_item_get_child (item)), good ? thaw_prediction_get_path (prediction) : NULL, -1);
}

static void
unbind_picture_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  thaw_sample_picture_set (THAW_SAMPLE_PICTURE (gtk_list_item_get_child (item)), NULL, -1);
}

static void
add_picture_column (ThawPredictionsTable *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (NULL, factory);

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_picture_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_picture_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_picture_cb), NULL);
  gtk_column_view_column_set_fixed_width (column, SIDE + 24);
  gtk_column_view_append_column (self->view, column);
}

void
thaw_predictions_table_set (ThawPredictionsTable *self, ThawPredictions *predictions)
{
  gtk_sort_list_model_set_model (self->sorted, predictions ? G_LIST_MODEL (predictions) : NULL);
}

static void
thaw_predictions_table_class_init (ThawPredictionsTableClass *klass)
{
}

static void
thaw_predictions_table_init (ThawPredictionsTable *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  add_picture_column (self);
  thaw_column_view_add_text (self->view, _ ("Picture"), name_text, thaw_sorter_by_text (THAW_TYPE_PREDICTION, "name"), FALSE, -1);
  thaw_column_view_add_text (self->view, _ ("Class"), answer_text, thaw_sorter_by_text (THAW_TYPE_PREDICTION, "answer"), FALSE, -1);
  thaw_column_view_add_text (self->view, _ ("Probability"), probability_text, thaw_sorter_by_number (THAW_TYPE_PREDICTION, "probability"), TRUE, 110);
  thaw_column_view_add_text (self->view, _ ("Second"), second_text, thaw_sorter_by_text (THAW_TYPE_PREDICTION, "second"), FALSE, 140);
  self->sorted = thaw_column_view_set_sorted (self->view, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What the network says of each picture"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_widget_add_css_class (scrolled, "card");
  adw_bin_set_child (ADW_BIN (self), scrolled);
}
