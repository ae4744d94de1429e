/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum { THAW_PLOT_EPOCH, THAW_PLOT_STEP, THAW_PLOT_SECONDS } ThawPlotUnit; /* nicks: "epoch", "step", "time" */
#define THAW_PLOT_N_UNITS 3
#define THAW_TYPE_PLOT_UNIT (thaw_plot_unit_get_type ())
GType thaw_plot_unit_get_type (void);

typedef enum { THAW_PLOT_NUMBER, THAW_PLOT_PERCENT } ThawPlotFormat; /* 0.4123; 0.961 is shown as 96.1 % */
#define THAW_TYPE_PLOT_FORMAT (thaw_plot_format_get_type ())
GType thaw_plot_format_get_type (void);

typedef enum
{
  THAW_PLOT_LINE,   /* many points: smoothed, with the raw curve pale behind it */
  THAW_PLOT_POINTS, /* few, as after each epoch: a mark at each point, joined by a line, never smoothed */
} ThawPlotKind;

/* A value and where it stands: x in all units at once (epochs done, with fractions; steps done; seconds since the run began). A @y that is
 * no number is a gap. None of the three ever goes back within a series: one that does is moved up to that of the point before. */
typedef struct { double x[THAW_PLOT_N_UNITS]; double y; } ThawPlotPoint;

typedef struct
{
  const char  *name;  /* "Training" */
  const char  *group; /* the run's name; (nullable): shown before the name once there is more than one group */
  guint        color; /* index into colours told apart by everybody: 0 .. 7, then again with other dashes */
  guint        dash;  /* 0: solid, 1: dashed, 2: dotted, 3: dash and dot */
  ThawPlotKind kind;
} ThawPlotSeriesInfo;

#define THAW_TYPE_PLOT (thaw_plot_get_type ())
G_DECLARE_FINAL_TYPE (ThawPlot, thaw_plot, THAW, PLOT, GtkWidget)

/**
 * ThawPlot: curves over epochs, steps or time, which may grow while they are looked at; millions of points cost little
 *
 * It has its title, a menu and a legend that hides and shows series. Wheel: zoom x around the pointer (with Ctrl, or over the y axis: y); drag: pan;
 * double click or 0: everything again; + and -: zoom; arrows, Page, Home, End: a cursor over the points, whose values become the accessible label.
 * Unless the person zoomed, the axes follow the data, in steps, so that growing curves do not jump.
 *
 * Usable from a template: <object class="ThawPlot"> (g_type_ensure (THAW_TYPE_PLOT) first). Main thread only.
 *
 * Properties: title, y-title (strings), format (ThawPlotFormat), x-unit (ThawPlotUnit), log-y (gboolean), smoothing (double, 0 .. 0.999: the weight
 * of what was before; exponential, debiased), empty-text (string: what is said where there is no point yet).
 * Actions: plot.zoom-in, plot.zoom-out, plot.reset, plot.log-y, plot.x-unit("epoch"), plot.smoothing(0.9), plot.copy, plot.save-svg,
 * plot.save-png, plot.save-csv, plot.menu.
 * Signal "failed" (const char *title, const GError *error): saving failed. Without a handler of the page's own, the session of the window is told.
 */
GtkWidget *thaw_plot_new           (void);

void       thaw_plot_set_title     (ThawPlot *self, const char *title);
void       thaw_plot_set_y_title   (ThawPlot *self, const char *title);
void       thaw_plot_set_format    (ThawPlot *self, ThawPlotFormat format);
void       thaw_plot_set_x_unit    (ThawPlot *self, ThawPlotUnit unit);
void       thaw_plot_set_log_y     (ThawPlot *self, gboolean log_y);
void       thaw_plot_set_smoothing (ThawPlot *self, double weight);
void       thaw_plot_set_empty_text (ThawPlot *self, const char *text);

/* A series that grows until it is finished. Returns its number (> 0), which is never used twice. */
guint      thaw_plot_add_series    (ThawPlot *self, const ThawPlotSeriesInfo *info);
/* Costs no drawing: the next frame shows it. An unknown @series is ignored, as in all that follows. */
void       thaw_plot_append        (ThawPlot *self, guint series, const ThawPlotPoint *points, gsize n_points);
gsize      thaw_plot_get_n_points  (ThawPlot *self, guint series);
/* One that is finished is drawn once and kept as a picture; the axes end where the longest ends when all are. Appending makes it unfinished. */
void       thaw_plot_finish_series (ThawPlot *self, guint series);
/* Takes its points away, the series stays */
void       thaw_plot_empty_series  (ThawPlot *self, guint series);
void       thaw_plot_remove_series (ThawPlot *self, guint series);
void       thaw_plot_show_series   (ThawPlot *self, guint series, gboolean shown);
gboolean   thaw_plot_shows_series  (ThawPlot *self, guint series);
/* New name, group, colour or dash, for example when the run was renamed */
void       thaw_plot_change_series (ThawPlot *self, guint series, const ThawPlotSeriesInfo *info);

/* A vertical line where something was changed; @text is told when the pointer or the cursor is there. */
void       thaw_plot_add_mark      (ThawPlot *self, const double x[THAW_PLOT_N_UNITS], const char *text);
void       thaw_plot_clear_marks   (ThawPlot *self);

/* No series, no marks, everything visible again */
void       thaw_plot_clear         (ThawPlot *self);
/* The axes follow the data again */
void       thaw_plot_reset_view    (ThawPlot *self);

/* The two share the range and unit of x and the cursor: loss above, accuracy below. @other NULL: no more. Neither keeps the other alive. */
void       thaw_plot_link          (ThawPlot *self, ThawPlot *other);

G_END_DECLS
