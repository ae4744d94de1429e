/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "widgets/thaw-plot-draw.h"

G_BEGIN_DECLS

#define THAW_TYPE_PLOT_CANVAS (thaw_plot_canvas_get_type ())
G_DECLARE_FINAL_TYPE (ThawPlotCanvas, thaw_plot_canvas, THAW, PLOT_CANVAS, GtkWidget)

/* What must be drawn again: where points were added; all that is not finished; everything */
typedef enum { THAW_PLOT_NOTHING, THAW_PLOT_APPENDED, THAW_PLOT_FRONT, THAW_PLOT_ALL } ThawPlotChange;

typedef enum { THAW_PLOT_NO_CURSOR, THAW_PLOT_POINTER, THAW_PLOT_KEYS, THAW_PLOT_PEER } ThawPlotCursor;

/**
 * ThawPlotCanvas: the inside of a ThawPlot: axes and curves, what the pointer and keys do to them, and the box of values at the cursor
 *
 * What does not move is one node, made anew only when it changed: a surface, of which only the part where points were added is drawn again. Finished
 * curves and the axes are copied into it from a surface of their own. The cursor and its box are nodes above it: moving them costs only what lies
 * under them.
 * Private to thaw-plot*.c.
 */
struct _ThawPlotCanvas
{
  GtkWidget       parent_instance;

  /* what is shown: the scene owns its series and marks */
  ThawPlotScene   scene;
  ThawPlotFormat  format;
  double          smoothing;
  char           *title, *y_title, *empty_text;
  guint           last_id;

  /* which part of it */
  gboolean        zoomed_x, zoomed_y;
  ThawPlotCanvas *peer; /* weak */

  /* drawn */
  cairo_surface_t *base, *front; /* axes and finished curves; these with growing curves and marks on them */
  GskRenderNode   *node;         /* shows the front */
  ThawPlotScene    drawn;        /* whose ranges and places they have */
  ThawPlotChange   stale;
  guint            pango_serial;
  int              scale;

  /* cursor */
  ThawPlotCursor  cursor;
  double          cursor_x;       /* a value, in the unit */
  double          pointer_x, pointer_y;
  guint           cursor_series;  /* whose points the keys walk */
  double          drag_x, drag_y; /* how far it has been dragged so far */
};

GtkWidget      *thaw_plot_canvas_new        (void);
ThawPlotSeries *thaw_plot_canvas_find       (ThawPlotCanvas *self, guint id); /* (nullable) */
gboolean        thaw_plot_canvas_has_points (ThawPlotCanvas *self);           /* of a series that is shown */
void            thaw_plot_canvas_changed    (ThawPlotCanvas *self, ThawPlotChange what);
/* Brings ranges, places and smoothing up to date for this size */
void            thaw_plot_canvas_update     (ThawPlotCanvas *self);
/* After the person changed x: the linked plot shows the same */
void            thaw_plot_canvas_share_x    (ThawPlotCanvas *self);
void            thaw_plot_canvas_reset      (ThawPlotCanvas *self, gboolean x, gboolean y);
void            thaw_plot_canvas_zoom       (ThawPlotCanvas *self, gboolean vertical, double place, double factor);
/* thaw-plot-layers.c: axes, curves and marks as they are now. (transfer none) */
GskRenderNode  *thaw_plot_canvas_layers     (ThawPlotCanvas *self);
/* Takes over the surface's pixels without copying them; (transfer full) */
GdkTexture     *thaw_plot_texture           (cairo_surface_t *surface);
void            thaw_plot_canvas_add_input  (ThawPlotCanvas *self);
void            thaw_plot_canvas_class_add_keys (GtkWidgetClass *klass);

/* thaw-plot-tip.c: the cursor and what is read there */
void            thaw_plot_canvas_set_cursor (ThawPlotCanvas *self, ThawPlotCursor cursor, double x);
void            thaw_plot_canvas_snapshot_cursor (ThawPlotCanvas *self, GtkSnapshot *snapshot);
/* "Run 2: Training" where there are several groups, else "Training"; (transfer full) */
char           *thaw_plot_canvas_name       (ThawPlotCanvas *self, ThawPlotSeries *series);
/* Tells a screen reader the title, and the values at the keyboard's cursor */
void            thaw_plot_canvas_tell       (ThawPlotCanvas *self);
/* "epoch 3: Training 0.41, Validation 0.45", for reading out; (transfer full) */
char           *thaw_plot_canvas_read_out   (ThawPlotCanvas *self);

G_END_DECLS
