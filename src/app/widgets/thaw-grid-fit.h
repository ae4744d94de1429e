/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The grid has as many columns of tiles of this width, pixels, as there is room for, but no fewer than it has to have. It is in its scrolled window already. */
void thaw_grid_fit_columns (GtkGridView *grid, guint least_width);

G_END_DECLS
