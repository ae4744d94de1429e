/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-grid-fit.h"

/* kept by its grid */
typedef struct
{
  GtkGridView *grid;
  guint        least_width;
  guint        source; /* 0: nothing waits */
} GridFit;

static void
grid_fit_free_cb (gpointer data)
{
  GridFit *self = data;

  g_clear_handle_id (&self->source, g_source_remove);
  g_free (self);
}

static gboolean
fit_cb (gpointer data)
{
  GridFit *self = data;
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->grid));
  const guint fit = (guint) gtk_adjustment_get_page_size (adjustment) / self->least_width;

  self->source = 0;
  gtk_grid_view_set_max_columns (self->grid, MAX (fit, gtk_grid_view_get_min_columns (self->grid)));
  return G_SOURCE_REMOVE;
}

/* Not at once: the grid is being placed */
static void
width_changed_cb (GtkGridView *grid)
{
  GridFit *self = g_object_get_data (G_OBJECT (grid), "thaw-grid-fit");

  if (self && !self->source)
    self->source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, fit_cb, self, NULL);
}

void
thaw_grid_fit_columns (GtkGridView *grid, guint least_width)
{
  GridFit *self = g_new0 (GridFit, 1);

  self->grid = grid;
  self->least_width = least_width;
  g_object_set_data_full (G_OBJECT (grid), "thaw-grid-fit", self, grid_fit_free_cb);
  /* GTK keeps thirty rows of as many tiles as there may be columns: no more than fit, or every jump fills hundreds that nobody sees */
  gtk_grid_view_set_max_columns (grid, gtk_grid_view_get_min_columns (grid));
  g_signal_connect_object (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (grid)), "notify::page-size", G_CALLBACK (width_changed_cb), grid,
                           G_CONNECT_SWAPPED);
}
