/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot-scale.h"
#include "widgets/thaw-plot-series.h"

G_BEGIN_DECLS

typedef struct { double x[THAW_PLOT_N_UNITS]; char *text; } ThawPlotMark;

/**
 * ThawPlotScene: all that a picture of curves needs, on the screen and in a file alike; borrows what it points to
 */
typedef struct
{
  GPtrArray     *series; /* ThawPlotSeries */
  GArray        *marks;  /* ThawPlotMark */
  ThawPlotUnit   unit;
  const char    *y_title;

  PangoContext  *pango;
  GdkRGBA        text;   /* lines of the grid are the same, fainter */
  gboolean       dark;

  /* where: filled by thaw_plot_scene_lay_out(), whose x.min .. y.max must be set */
  ThawPlotScale  x, y;
  double         left, top, right, bottom; /* of the area of the curves, whole pixels */
  double         x_distance, y_distance;   /* the least between ticks */
  double         margin;                   /* for the numbers and title of y */
} ThawPlotScene;

typedef enum { THAW_PLOT_RAW, THAW_PLOT_SMOOTHED } ThawPlotPart;

/* Colours after Okabe and Ito, darker or lighter where they would fade on this background */
void         thaw_plot_color        (guint index, gboolean dark, GdkRGBA *color);
/* For cairo_set_dash(); returns how many, 0: solid */
int          thaw_plot_dash         (const ThawPlotSeries *series, double dash[4]);
/* A short line as the series has it, between two points: for legends */
void         thaw_plot_draw_sample  (cairo_t *cr, const ThawPlotSeries *series, gboolean dark, double x, double y, double length);
/* Small text; (transfer full) */
PangoLayout *thaw_plot_text         (PangoContext *pango, const char *text);
void         thaw_plot_text_size    (PangoContext *pango, const char *text, double *width, double *height);

/* Finds the margin for a plot of this size; what is left of the curves, of a linked plot too, may be made wider before it is laid out */
void         thaw_plot_scene_measure (ThawPlotScene *self, double width, double height);
/* Finds the places of the axes inside a rectangle of the whole */
void         thaw_plot_scene_lay_out (ThawPlotScene *self, double left, double top, double right, double bottom);
void         thaw_plot_draw_axes    (const ThawPlotScene *self, cairo_t *cr);
void         thaw_plot_draw_marks   (const ThawPlotScene *self, cairo_t *cr);
/* One part of the series that are shown and @finished or not (@finished < 0: all). @scale: device pixels per unit where @cr draws pixels; 0: everything
 * as lines, for a file of vectors. Left of @from nothing need be drawn. */
void         thaw_plot_draw_curves  (const ThawPlotScene *self, cairo_t *cr, ThawPlotPart part, int finished, int scale, double from);

/* For columns @first to @n_columns - 1 of @n_columns between the axes' ends: least and greatest place (y grows downward) of the curve within it, with the lines that join it to
 * its neighbours; top > bottom: nothing there. */
typedef struct { float top, bottom; } ThawPlotColumn;
void         thaw_plot_columns      (const ThawPlotScene *self, const ThawPlotSeries *series, ThawPlotColumn *columns, int first, int n_columns);

G_END_DECLS
