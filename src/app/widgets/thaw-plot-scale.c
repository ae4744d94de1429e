/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-plot-scale.h"

#include <glib/gi18n.h>
#include <math.h>
#include <thaw/thaw-text.h>

#define FAR 1e6 /* places beyond this are cut: Cairo counts in 24 bits before the point */

static inline double
forward (const ThawPlotScale *self, double value)
{
  return self->log ? log10 (value) : value;
}

static inline double
backward (const ThawPlotScale *self, double position)
{
  return self->log ? pow (10, position) : position;
}

double
thaw_plot_scale_place (const ThawPlotScale *self, double value)
{
  double low = forward (self, self->min), high = forward (self, self->max), place;

  if (self->log && value <= 0)
    return self->from + (self->from > self->to ? FAR : -FAR);
  place = self->from + (forward (self, value) - low) / (high - low) * (self->to - self->from);
  return CLAMP (place, -FAR, FAR);
}

double
thaw_plot_scale_value (const ThawPlotScale *self, double place)
{
  double low = forward (self, self->min), high = forward (self, self->max);

  return backward (self, low + (place - self->from) / (self->to - self->from) * (high - low));
}

/* The least of 1, 2, 5 times a power of ten that is not less than @least; 1e-9 forgives rounding */
static double
nice_step (double least)
{
  double power = pow (10, floor (log10 (least) + 1e-9)), digit = least / power;

  return power * (digit <= 1 + 1e-9 ? 1 : digit <= 2 + 1e-9 ? 2 : digit <= 5 + 1e-9 ? 5 : 10);
}

static double
nice_seconds (double least)
{
  static const double steps[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200 };

  if (least <= 1)
    return nice_step (least);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (least <= steps[i])
      return steps[i];
  return 3600 * nice_step (least / 3600);
}

static double
step_of (const ThawPlotScale *self, double distance)
{
  double room = MAX (fabs (self->to - self->from) / distance, 1), least = (self->max - self->min) / room;

  if (self->axis == THAW_PLOT_AXIS_SECONDS)
    return nice_seconds (least);
  if (self->axis == THAW_PLOT_AXIS_STEP)
    return MAX (nice_step (least), 1);
  return nice_step (least);
}

/* How seconds are written: 0 "12.5", 1 "2:05" (min:s), 2 "1:05" (h:min) */
static int
clock_of (const ThawPlotScale *self, double step)
{
  if (self->max < 120)
    return 0;
  return step >= 60 && self->max >= 7200 ? 2 : step >= 1 ? 1 : 0;
}

static int
decimals_of (double step)
{
  return CLAMP ((int) ceil (-log10 (step) - 1e-9), 0, 15);
}

static void
write_number (char *text, gsize size, double value, int decimals)
{
  g_autofree char *number = thaw_text_number (value == 0 ? 0 : value, decimals);

  g_strlcpy (text, number, size);
}

/* Very small and very large numbers with an exponent, all of an axis alike unless it is logarithmic, with as many figures as tell its ticks apart */
static void
write_plain (const ThawPlotScale *self, double value, double step, char *text, gsize size)
{
  double greatest = self->log ? value : MAX (fabs (self->min), fabs (self->max));
  g_autofree char *number = thaw_text_figures (value, CLAMP ((int) ceil (log10 (fabs (value) / step)) + 1, 1, 15));

  if (value != 0 && (greatest < 9.9e-5 || greatest >= 1e6))
    g_strlcpy (text, number, size);
  else
    write_number (text, size, value, value == 0 && step < 1e-5 ? 0 : decimals_of (step));
}

/* Steps beyond ten thousand are counted in thousands: 150 k, 1.5 M */
static void
write_count (char *text, gsize size, double value, double step)
{
  double unit = step >= 1e5 && value >= 1e6 ? 1e6 : step >= 100 && value >= 1e4 ? 1e3 : 1;
  g_autofree char *number = thaw_text_number (value / unit, decimals_of (step / unit));

  g_snprintf (text, size, "%s%s", number, unit == 1e6 ? " M" : unit == 1e3 ? " k" : "");
}

static void
write_tick (const ThawPlotScale *self, double value, double step, char *text, gsize size)
{
  long whole = lround (value);

  switch (self->axis)
    {
    case THAW_PLOT_AXIS_PERCENT:
      write_number (text, size, value * 100, decimals_of (step * 100));
      g_strlcat (text, " %", size);
      break;
    case THAW_PLOT_AXIS_STEP:
      write_count (text, size, value, step);
      break;
    case THAW_PLOT_AXIS_SECONDS:
      if (clock_of (self, step) == 2)
        g_snprintf (text, size, "%ld:%02ld", whole / 3600, whole / 60 % 60);
      else if (clock_of (self, step) == 1)
        g_snprintf (text, size, "%ld:%02ld", whole / 60, whole % 60);
      else
        write_plain (self, value, step, text, size);
      break;
    default:
      write_plain (self, value, step, text, size);
      break;
    }
}

static void
add_tick (GArray *ticks, const ThawPlotScale *self, double value, double step)
{
  ThawPlotTick tick = { value, "" };

  if (step > 0)
    write_tick (self, value, step, tick.text, sizeof tick.text);
  g_array_append_val (ticks, tick);
}

static void
add_linear (GArray *ticks, const ThawPlotScale *self, double distance)
{
  double step = step_of (self, distance), first = ceil (self->min / step - 1e-6), last = floor (self->max / step + 1e-6);

  for (double i = first; i <= last && ticks->len < 1000; i++)
    add_tick (ticks, self, i * step + 0., step); /* + 0: no "-0" */
}

/* Powers of ten, or every second, third ... where they are many; 2 and 5 between them where there is room for their numbers, else lines alone */
static void
add_decades (GArray *ticks, const ThawPlotScale *self, double distance)
{
  double low = log10 (self->min), high = log10 (self->max), decade = fabs (self->to - self->from) / (high - low);
  int every = MAX (1, (int) ceil (distance / decade));

  for (int power = (int) floor (low); power <= (int) floor (high + 1e-9); power++)
    for (int digit = 1; digit < 10; digit++)
      {
        double value = digit * pow (10, power);
        gboolean named = digit == 1 ? power % every == 0 : (digit == 2 || digit == 5) && decade >= 3.4 * distance;

        if (value >= self->min * (1 - 1e-9) && value <= self->max * (1 + 1e-9) && (named || (every == 1 && decade >= distance)))
          add_tick (ticks, self, value, named ? pow (10, power) : 0);
      }
}

GArray *
thaw_plot_scale_ticks (const ThawPlotScale *self, double distance)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (ThawPlotTick));

  if (self->log && self->max / self->min >= 8)
    add_decades (ticks, self, distance);
  else
    add_linear (ticks, self, distance);
  return ticks;
}

char *
thaw_plot_scale_title (const ThawPlotScale *self, double distance)
{
  switch (self->axis)
    {
    case THAW_PLOT_AXIS_EPOCH:
      return g_strdup (_("Epoch"));
    case THAW_PLOT_AXIS_STEP:
      return g_strdup (_("Step"));
    case THAW_PLOT_AXIS_SECONDS:
      {
        int clock = clock_of (self, step_of (self, distance));

        return g_strdup (clock == 2 ? _("Time (h:min)") : clock == 1 ? _("Time (min:s)") : _("Time (s)"));
      }
    default:
      return g_strdup ("");
    }
}

char *
thaw_plot_axis_text (ThawPlotAxis axis, double value)
{
  g_autofree char *number = NULL;

  switch (axis)
    {
    case THAW_PLOT_AXIS_PERCENT:
      number = thaw_text_number (value * 100, 2);
      return isfinite (value) ? g_strconcat (number, " %", NULL) : g_strdup (_("no number"));
    case THAW_PLOT_AXIS_EPOCH:
      number = thaw_text_figures (round (value * 1000) / 1000, 7);
      return g_strdup_printf (_("epoch %s"), number);
    case THAW_PLOT_AXIS_STEP:
      number = thaw_text_number (value, 0);
      return g_strdup_printf (_("step %s"), number);
    case THAW_PLOT_AXIS_SECONDS:
      return thaw_text_seconds (value);
    default:
      return isfinite (value) ? thaw_text_figures (value, 5) : g_strdup (_("no number"));
    }
}

/* Takes the range only where a double can still tell its ends apart and a logarithm has it */
static void
take_range (ThawPlotScale *self, double low, double high)
{
  double min = backward (self, low), max = backward (self, high), greatest = MAX (fabs (min), fabs (max));

  if (!isfinite (min) || !isfinite (max) || max - min <= greatest * 1e-9 || max - min < 1e-12 || greatest > 1e15 || (self->log && min <= 1e-30))
    return;
  self->min = min;
  self->max = max;
}

void
thaw_plot_scale_zoom (ThawPlotScale *self, double place, double factor)
{
  double low = forward (self, self->min), high = forward (self, self->max);
  double middle = forward (self, thaw_plot_scale_value (self, place));

  take_range (self, middle - (middle - low) / factor, middle + (high - middle) / factor);
}

void
thaw_plot_scale_pan (ThawPlotScale *self, double places)
{
  double low = forward (self, self->min), high = forward (self, self->max);
  double by = places / (self->to - self->from) * (high - low);

  take_range (self, low - by, high - by);
}

/* The least round number that is not less: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten */
static double
round_up (double value)
{
  static const double digits[] = { 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 };
  double power = pow (10, floor (log10 (value)));

  for (guint i = 0; i < G_N_ELEMENTS (digits); i++)
    if (value <= digits[i] * power * (1 + 1e-9))
      return digits[i] * power;
  return value;
}

void
thaw_plot_scale_follow_x (ThawPlotScale *self, double low, double high, gboolean growing)
{
  gboolean fills;

  if (!(high > 0))
    high = 1;
  low = MIN (low, 0);
  fills = self->min == low && high <= self->max && high >= .6 * self->max;
  if (growing && fills)
    return;
  self->min = low;
  self->max = growing ? round_up (high) : high;
}

static void
follow_log (ThawPlotScale *self, double low, double high)
{
  double from = floor (log10 (low) * 4 - .2) / 4, to = ceil (log10 (high) * 4 + .2) / 4;
  double span = log10 (self->max) - log10 (self->min);

  if (self->min > 0 && low >= self->min && high <= self->max && log10 (high) - log10 (low) >= .55 * span)
    return;
  self->min = pow (10, from);
  self->max = pow (10, to);
}

void
thaw_plot_scale_follow_y (ThawPlotScale *self, double low, double high)
{
  double span = high - low, step, room;

  if (self->log)
    {
      follow_log (self, low, high);
      return;
    }
  if (span <= MAX (fabs (high), fabs (low)) * 1e-6)
    span = high != 0 ? fabs (high) * .2 : 1;
  room = .04 * span;
  if (low >= 0 && low < .3 * high)
    low = 0;
  if (self->max > self->min && low >= self->min && high <= self->max && high - low >= .55 * (self->max - self->min))
    return;
  step = nice_step (span / 8);
  self->min = low == 0 ? 0 : floor ((low - room) / step) * step;
  self->max = ceil ((high + room) / step) * step;
  if (self->axis == THAW_PLOT_AXIS_PERCENT)
    {
      self->min = MAX (self->min, MIN (0, low));
      self->max = high <= 1 ? MIN (self->max, 1) : self->max;
    }
}

