/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many rows the view of layers has been told of. Making a row takes a third of a millisecond, taking one down half of that: hundreds come and go between frames. */
#include "widgets/thaw-layer-tree-private.h"

/* Rows that a view of a new tree begins with, and how many come or go with each further step */
#define FIRST_ROWS 40
#define MORE_ROWS 40
/* No view makes widgets for more than these at a time */
#define MOST_ROWS 240

gboolean
thaw_layer_tree_fill (ThawLayerTree *self)
{
  g_clear_handle_id (&self->fill_idle, g_source_remove);
  if (gtk_slice_list_model_get_size (self->slice) == G_MAXUINT)
    return FALSE;
  gtk_slice_list_model_set_size (self->slice, G_MAXUINT);
  return TRUE;
}

static gboolean
fill_cb (gpointer data)
{
  ThawLayerTree *self = data;
  const guint size = gtk_slice_list_model_get_size (self->slice);

  if (size < MOST_ROWS - MORE_ROWS && size + MORE_ROWS < g_list_model_get_n_items (G_LIST_MODEL (self->sorted)))
    {
      gtk_slice_list_model_set_size (self->slice, size + MORE_ROWS);
      return G_SOURCE_CONTINUE;
    }
  self->fill_idle = 0;
  gtk_slice_list_model_set_size (self->slice, G_MAXUINT);
  return G_SOURCE_REMOVE;
}

static void
begin (ThawLayerTree *self, GSourceFunc step)
{
  g_clear_handle_id (&self->fill_idle, g_source_remove);
  self->fill_idle = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, step, self, NULL);
}

void
thaw_layer_tree_fill_on (ThawLayerTree *self)
{
  begin (self, fill_cb);
}

/* Where the view is scrolled down it would make rows for those that it loses: there all go at once */
static gboolean
is_scrolled (ThawLayerTree *self)
{
  return gtk_adjustment_get_value (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view))) > 0;
}

static gboolean
fold_cb (gpointer data)
{
  ThawLayerTree *self = data;
  const guint n = MIN (g_list_model_get_n_items (G_LIST_MODEL (self->slice)), MOST_ROWS - MORE_ROWS);
  const gboolean last = n <= FIRST_ROWS + MORE_ROWS || is_scrolled (self);

  gtk_slice_list_model_set_size (self->slice, last ? FIRST_ROWS : n - MORE_ROWS);
  if (last)
    self->fill_idle = 0;
  return last ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

void
thaw_layer_tree_fold (ThawLayerTree *self)
{
  begin (self, fold_cb);
}

void
thaw_layer_tree_end_change (ThawLayerTree *self)
{
  /* the view makes new rows faster than it takes old ones for others; what is not on the first screen comes between the next frames */
  gtk_column_view_set_model (self->view, NULL);
  gtk_slice_list_model_set_size (self->slice, FIRST_ROWS);
  gtk_sort_list_model_set_model (self->sorted, G_LIST_MODEL (self->tree));
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (self->selection));
  thaw_layer_tree_fill_on (self);
}
