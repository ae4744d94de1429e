/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot-canvas.h"

G_BEGIN_DECLS

/* plot.*: what the menu, keys and buttons of a plot do */
void            thaw_plot_install_actions (GtkWidgetClass *klass);
GMenuModel     *thaw_plot_menu            (void); /* (transfer none): one for all plots */

/* thaw-plot.c */
ThawPlotCanvas *thaw_plot_get_canvas      (ThawPlot *self);
void            thaw_plot_fail            (ThawPlot *self, const char *title, const GError *error);

G_END_DECLS
