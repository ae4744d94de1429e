/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-plot [POINTS [GROWING]]: four curves of so many points (1 000 000), GROWING of which (0) grow by 100 points a frame, in about 900 x 400. Prints what
 * a frame costs the main thread from the frame clock's before-paint to its after-paint, in processor time.
 * --zoom: each frame zooms, so that nothing of the one before can be used. --show: only shows them. */
#include "widgets/thaw-plot.h"

#include <adwaita.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <thaw/thaw-pool.h>

#define FRAMES 120

typedef struct
{
  ThawPlot  *plot;
  GMainLoop *loop;
  guint      series[4], growing;
  gsize      n_points;
  double     begun; /* seconds */
  GArray    *times;
  gboolean   show, zoom;
} Bench;

static ThawPlotPoint
point (int curve, gsize i, gsize n)
{
  double t = (double) i / n, noise = sin (i * 12.9898 + curve) * 43758.5453;

  return (ThawPlotPoint){ { 20 * t, i + 1, 600 * t }, (.3 + 2 * exp (-4 * t)) * (1 + .1 * curve) + .2 * (noise - floor (noise)) };
}

static void
append (Bench *self, int curve, gsize from, gsize to)
{
  g_autofree ThawPlotPoint *points = g_new (ThawPlotPoint, to - from);

  for (gsize i = from; i < to; i++)
    points[i - from] = point (curve, i, self->n_points);
  thaw_plot_append (self->plot, self->series[curve], points, to - from);
}

static void
before_paint_cb (GdkFrameClock *clock, Bench *self)
{
  self->begun = thaw_thread_seconds ();
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
after_paint_cb (GdkFrameClock *clock, Bench *self)
{
  double taken = (thaw_thread_seconds () - self->begun) * 1e3;

  if (self->begun)
    g_array_append_val (self->times, taken);
  if (self->times->len < FRAMES)
    return;
  g_array_sort (self->times, compare);
  g_print ("%d curves grow: median %.2f ms, 95th percentile %.2f ms, longest %.2f ms (%u frames)\n", self->growing,
           g_array_index (self->times, double, FRAMES / 2), g_array_index (self->times, double, FRAMES * 95 / 100),
           g_array_index (self->times, double, FRAMES - 1), FRAMES);
  g_main_loop_quit (self->loop);
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Bench *self = data;
  gsize have;

  if (self->show)
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < self->growing; i++)
    {
      have = thaw_plot_get_n_points (self->plot, self->series[i]);
      append (self, i, have, have + 100);
    }
  if (self->zoom)
    gtk_widget_activate_action (widget, self->times->len % 8 < 4 ? "plot.zoom-in" : "plot.zoom-out", NULL);
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static void
fill (Bench *self)
{
  static const char *const names[] = { "Training", "Validation", "Training", "Validation" };
  gint64 begun = g_get_monotonic_time ();

  for (int i = 0; i < 4; i++)
    {
      self->series[i] = thaw_plot_add_series (self->plot, &(ThawPlotSeriesInfo){ names[i], i < 2 ? "Run 1" : "Run 2", i, i % 2, THAW_PLOT_LINE });
      append (self, i, 0, self->n_points);
      if (i >= (int) self->growing)
        thaw_plot_finish_series (self->plot, self->series[i]);
    }
  thaw_plot_add_mark (self->plot, (double[]){ 8.2, .41 * self->n_points, 246 }, "Learning rate 0.001 to 0.0001");
  g_print ("%zu points appended in %.1f ms\n", 4 * self->n_points, (g_get_monotonic_time () - begun) / 1e3);
}

int
main (int argc, char **argv)
{
  Bench bench = { 0 };
  GtkWidget *window;

  adw_init ();
  bench.show = argc > 1 && strcmp (argv[argc - 1], "--show") == 0;
  bench.zoom = argc > 1 && strcmp (argv[argc - 1], "--zoom") == 0;
  bench.n_points = argc > 1 && atoll (argv[1]) > 0 ? atoll (argv[1]) : 1000000;
  bench.growing = argc > 2 ? CLAMP (atoi (argv[2]), 0, 4) : 0;
  bench.times = g_array_new (FALSE, FALSE, sizeof (double));
  bench.loop = g_main_loop_new (NULL, FALSE);
  bench.plot = THAW_PLOT (thaw_plot_new ());
  if (g_getenv ("DARK"))
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  thaw_plot_set_title (bench.plot, "Loss");
  thaw_plot_set_y_title (bench.plot, "Loss");
  thaw_plot_set_smoothing (bench.plot, .99);
  fill (&bench);
  window = gtk_window_new ();
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (bench.plot));
  gtk_window_set_default_size (GTK_WINDOW (window), g_getenv ("WIDTH") ? atoi (g_getenv ("WIDTH")) : 960, g_getenv ("HEIGHT") ? atoi (g_getenv ("HEIGHT")) : 500);
  gtk_window_present (GTK_WINDOW (window));
  g_signal_connect (gtk_widget_get_frame_clock (window), "before-paint", G_CALLBACK (before_paint_cb), &bench);
  if (!bench.show)
    g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (after_paint_cb), &bench);
  gtk_widget_add_tick_callback (GTK_WIDGET (bench.plot), tick_cb, &bench, NULL);
  g_main_loop_run (bench.loop);
  return 0;
}
