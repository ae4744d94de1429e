/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot-canvas.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* As large as it is seen, but at least as large as a page wants it */
void        thaw_plot_export_size    (ThawPlotCanvas *canvas, int *width, int *height);
/* The plot as it is seen, with its title and legend, on a background of the theme */
GdkTexture *thaw_plot_export_texture (ThawPlotCanvas *canvas, int width, int height, int scale);
/* (transfer full) */
GBytes     *thaw_plot_export_svg     (ThawPlotCanvas *canvas, int width, int height);
/* All points of the series that are shown: run,series,epoch,step,seconds,value. Numbers as short as reads back to the same bits, in every locale;
 * a value that is no number as nan, inf or -inf. @series: frozen (thaw_plot_series_freeze()); any thread. */
GBytes     *thaw_plot_export_csv     (GPtrArray *series);

typedef enum { THAW_PLOT_SVG, THAW_PLOT_PNG, THAW_PLOT_CSV } ThawPlotFile;

/* Draws here, encodes and writes in a thread; the file appears whole or not at all. Errors: GIO's, with the file's name */
void        thaw_plot_save_async     (ThawPlotCanvas *canvas, ThawPlotFile kind, GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer data);
gboolean    thaw_plot_save_finish    (ThawPlotCanvas *canvas, GAsyncResult *result, GError **error);

G_END_DECLS
