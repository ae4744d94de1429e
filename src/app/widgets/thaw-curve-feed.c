/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-curve-feed.h"

#include <glib/gi18n.h>

/* the figures a run has */
typedef enum { STEP_LOSS, TRAIN_LOSS, VALIDATION_LOSS, TRAIN_ACCURACY, VALIDATION_ACCURACY, N_CURVES } Curve;

struct _ThawCurveFeed
{
  ThawRunItem *run;
  ThawPlot    *loss, *accuracy;
  gboolean     marks;
  guint        series[N_CURVES];

  /* what the plots have */
  guint        n_steps, n_epochs, n_events;
  guint64      last_step;
  int          last_epoch;
};

static const struct
{
  const char  *name;
  ThawPlotKind kind;
  gboolean     validation, accuracy;
} curves[N_CURVES] = {
  [STEP_LOSS] = { N_ ("Training, each step"), THAW_PLOT_LINE, FALSE, FALSE },
  [TRAIN_LOSS] = { N_ ("Training"), THAW_PLOT_POINTS, FALSE, FALSE },
  [VALIDATION_LOSS] = { N_ ("Validation"), THAW_PLOT_POINTS, TRUE, FALSE },
  [TRAIN_ACCURACY] = { N_ ("Training"), THAW_PLOT_POINTS, FALSE, TRUE },
  [VALIDATION_ACCURACY] = { N_ ("Validation"), THAW_PLOT_POINTS, TRUE, TRUE },
};

static ThawPlot *
plot_of (const ThawCurveFeed *self, Curve curve)
{
  return curves[curve].accuracy ? self->accuracy : self->loss;
}

/* Colours tell runs apart and training from validation; so do dashes. */
static ThawPlotSeriesInfo
describe (const ThawCurveFeed *self, Curve curve, const char *name)
{
  guint color;

  g_object_get (self->run, "color-index", &color, NULL);
  return (ThawPlotSeriesInfo){
    .name = _ (curves[curve].name),
    .group = name,
    .color = 2 * color + (curves[curve].validation ? 1 : 0),
    .dash = curves[curve].validation ? 1 : 0,
    .kind = curves[curve].kind,
  };
}

static void
described_cb (ThawCurveFeed *self)
{
  g_autofree char *name = NULL;

  g_object_get (self->run, "name", &name, NULL);
  for (guint i = 0; i < N_CURVES; i++)
    {
      ThawPlotSeriesInfo info = describe (self, i, name);

      thaw_plot_change_series (plot_of (self, i), self->series[i], &info);
    }
}

static void
add_series (ThawCurveFeed *self, Curve curve)
{
  g_autofree char *name = NULL;
  ThawPlotSeriesInfo info;

  g_object_get (self->run, "name", &name, NULL);
  info = describe (self, curve, name);
  self->series[curve] = thaw_plot_add_series (plot_of (self, curve), &info);
}

ThawCurveFeed *
thaw_curve_feed_new (ThawRunItem *run, ThawPlot *loss, ThawPlot *accuracy, gboolean marks)
{
  ThawCurveFeed *self = g_new0 (ThawCurveFeed, 1);

  self->run = g_object_ref (run);
  self->loss = g_object_ref (loss);
  self->accuracy = g_object_ref (accuracy);
  self->marks = marks;
  for (guint i = TRAIN_LOSS; i < N_CURVES; i++)
    add_series (self, i);
  g_signal_connect_swapped (run, "notify::name", G_CALLBACK (described_cb), self);
  g_signal_connect_swapped (run, "notify::color-index", G_CALLBACK (described_cb), self);
  return self;
}

void
thaw_curve_feed_free (ThawCurveFeed *self)
{
  g_signal_handlers_disconnect_by_data (self->run, self);
  for (guint i = 0; i < N_CURVES; i++)
    thaw_plot_remove_series (plot_of (self, i), self->series[i]);
  g_object_unref (self->run);
  g_object_unref (self->loss);
  g_object_unref (self->accuracy);
  g_free (self);
}

ThawRunItem *
thaw_curve_feed_get_run (const ThawCurveFeed *self)
{
  return self->run;
}

/* A run that goes on from a checkpoint does some steps again: what was drawn of them goes. */
static void
begin_again_if_shortened (ThawCurveFeed *self, const GArray *steps, const GArray *epochs)
{
  gboolean same_steps = self->n_steps == 0
                        || (steps->len >= self->n_steps && g_array_index (steps, ThawStepPoint, self->n_steps - 1).step == self->last_step);
  gboolean same_epochs = self->n_epochs == 0
                         || (epochs->len >= self->n_epochs && g_array_index (epochs, ThawEpoch, self->n_epochs - 1).epoch == self->last_epoch);

  if (same_steps && same_epochs)
    return;
  for (guint i = 0; i < N_CURVES; i++)
    thaw_plot_empty_series (plot_of (self, i), self->series[i]);
  self->n_steps = self->n_epochs = 0;
}

static void
append_steps (ThawCurveFeed *self, const GArray *steps)
{
  guint n = steps->len - self->n_steps, epoch_steps = thaw_run_item_get_epoch_steps (self->run);
  g_autofree ThawPlotPoint *points = g_new (ThawPlotPoint, n);

  /* not every run has kept its steps */
  if (self->series[STEP_LOSS] == 0)
    add_series (self, STEP_LOSS);
  for (guint i = 0; i < n; i++)
    {
      const ThawStepPoint *step = &g_array_index (steps, ThawStepPoint, self->n_steps + i);

      points[i] = (ThawPlotPoint){
        .x = { epoch_steps ? (double) step->step / epoch_steps : 0, (double) step->step, step->seconds },
        .y = step->loss,
      };
      self->last_step = step->step;
    }
  thaw_plot_append (self->loss, self->series[STEP_LOSS], points, n);
  self->n_steps = steps->len;
}

/* When @step was done: the time of the last step up to it. Negative: no step is known. */
static double
seconds_at (const GArray *steps, guint64 step)
{
  guint low = 0, high = steps->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (steps, ThawStepPoint, middle).step <= step)
        low = middle + 1;
      else
        high = middle;
    }
  return low ? g_array_index (steps, ThawStepPoint, low - 1).seconds : -1;
}

/* Where an epoch's end is in all units. @total: seconds of the epochs so far */
static void
place_epoch (const ThawCurveFeed *self, const GArray *steps, int epoch, double total, double x[THAW_PLOT_N_UNITS])
{
  guint64 step = (guint64) epoch * thaw_run_item_get_epoch_steps (self->run);
  double seconds = seconds_at (steps, step);

  x[THAW_PLOT_EPOCH] = epoch;
  x[THAW_PLOT_STEP] = (double) step;
  x[THAW_PLOT_SECONDS] = seconds >= 0 ? seconds : total;
}

static void
append_epochs (ThawCurveFeed *self, const GArray *epochs, const GArray *steps)
{
  double total = 0;

  for (guint i = 0; i < epochs->len; i++)
    {
      const ThawEpoch *epoch = &g_array_index (epochs, ThawEpoch, i);
      const double y[N_CURVES] = { 0, epoch->loss, epoch->val_loss, epoch->accuracy, epoch->val_accuracy };
      ThawPlotPoint point;

      total += epoch->seconds;
      if (i < self->n_epochs)
        continue;
      place_epoch (self, steps, epoch->epoch, total, point.x);
      for (guint k = TRAIN_LOSS; k < N_CURVES; k++)
        {
          point.y = y[k];
          thaw_plot_append (plot_of (self, k), self->series[k], &point, 1);
        }
      self->last_epoch = epoch->epoch;
    }
  self->n_epochs = epochs->len;
}

static void
add_marks (ThawCurveFeed *self, const GArray *events)
{
  for (; self->n_events < events->len; self->n_events++)
    {
      const ThawRunEvent *event = &g_array_index (events, ThawRunEvent, self->n_events);
      const double x[THAW_PLOT_N_UNITS] = { event->epoch, (double) event->step, event->seconds };

      thaw_plot_add_mark (self->loss, x, event->text);
      thaw_plot_add_mark (self->accuracy, x, event->text);
    }
}

void
thaw_curve_feed_update (ThawCurveFeed *self, gboolean growing)
{
  const GArray *steps = thaw_run_item_get_steps (self->run), *epochs = thaw_run_item_get_epochs (self->run);

  begin_again_if_shortened (self, steps, epochs);
  if (steps->len > self->n_steps)
    append_steps (self, steps);
  if (epochs->len > self->n_epochs)
    append_epochs (self, epochs, steps);
  if (self->marks)
    add_marks (self, thaw_run_item_get_events (self->run));
  for (guint i = 0; !growing && i < N_CURVES; i++)
    thaw_plot_finish_series (plot_of (self, i), self->series[i]);
}
