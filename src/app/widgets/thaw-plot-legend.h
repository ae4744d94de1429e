/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot-canvas.h"

G_BEGIN_DECLS

#define THAW_TYPE_PLOT_LEGEND (thaw_plot_legend_get_type ())
G_DECLARE_FINAL_TYPE (ThawPlotLegend, thaw_plot_legend, THAW, PLOT_LEGEND, GtkWidget)

/**
 * ThawPlotLegend: a button for each series, which hides and shows it; in rows, as many as they need
 *
 * Signal "toggled" (guint series, gboolean shown): by the person.
 */
GtkWidget *thaw_plot_legend_new    (void);
/* One button a series of the canvas, with its name, line and whether it is shown */
void       thaw_plot_legend_update (ThawPlotLegend *self, ThawPlotCanvas *canvas);

G_END_DECLS
