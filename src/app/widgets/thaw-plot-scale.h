/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot.h"

G_BEGIN_DECLS

/* What an axis shows, which decides its steps: 1, 2, 5 times a power of ten; whole epochs and steps; 15 s, 1 min, 5 min ... */
typedef enum { THAW_PLOT_AXIS_NUMBER, THAW_PLOT_AXIS_PERCENT, THAW_PLOT_AXIS_EPOCH, THAW_PLOT_AXIS_STEP, THAW_PLOT_AXIS_SECONDS } ThawPlotAxis;

/* From values to places: @from and @to are where min and max lie (for y, from is below, so greater) */
typedef struct
{
  ThawPlotAxis axis;
  gboolean     log; /* min > 0 then */
  double       min, max;
  double       from, to;
} ThawPlotScale;

typedef struct
{
  double  value;
  char    text[32]; /* empty: a line without a number */
} ThawPlotTick;

/* Values that a logarithm does not have lie below everything. Never infinite. */
double      thaw_plot_scale_place  (const ThawPlotScale *self, double value);
double      thaw_plot_scale_value  (const ThawPlotScale *self, double place);
/* ThawPlotTick, ascending, about one every @distance places or fewer; (transfer full) */
GArray     *thaw_plot_scale_ticks  (const ThawPlotScale *self, double distance);
/* "Time (min:s)": says what the numbers of these ticks are; (transfer full) */
char       *thaw_plot_scale_title  (const ThawPlotScale *self, double distance);
/* The exact value for reading out: "0.41234", "96.13 %", "epoch 3.25", "step 1204", "2 min 05 s"; (transfer full) */
char       *thaw_plot_axis_text    (ThawPlotAxis axis, double value);

/* Zooms by @factor (> 1: nearer) around the value at @place, pans by @places; both keep within what a double can tell apart */
void        thaw_plot_scale_zoom   (ThawPlotScale *self, double place, double factor);
void        thaw_plot_scale_pan    (ThawPlotScale *self, double places);

/* Range for data between @low and @high (of x: from 0; @growing: with room up to a round number; of y: rounded outward). Keeps what @self has
 * where the data still fill it well, so that growing curves do not make the axes tremble. */
void        thaw_plot_scale_follow_x (ThawPlotScale *self, double low, double high, gboolean growing);
void        thaw_plot_scale_follow_y (ThawPlotScale *self, double low, double high);

G_END_DECLS
