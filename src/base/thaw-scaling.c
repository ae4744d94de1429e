/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-scaling.h>

void
thaw_scaling_place (ThawScaling *self, ThawCoordinates coordinates, double scale)
{
  const double from = (double) self->from, to = scale * from;

  self->step = 1 / scale;
  self->first = .5 / scale - .5;
  switch (coordinates)
    {
    case THAW_COORDINATES_PYTORCH:
      self->first = self->to > 1 ? self->first : 0;
      break;
    case THAW_COORDINATES_CORNERS:
      self->first = 0;
      self->step = self->to > 1 ? (from - 1) / (to - 1) : 0;
      break;
    case THAW_COORDINATES_ASYMMETRIC:
      self->first = 0;
      break;
    case THAW_COORDINATES_HALVES:
      self->first = .5 / scale;
      break;
    case THAW_COORDINATES_SYMMETRIC:
      self->first += from / 2 * (1 - (double) self->to / to);
      break;
    default:
      break;
    }
}

static double
half_width (const ThawScaling *self)
{
  return (self->mode == THAW_SCALING_CUBIC ? 2 : 1) * MAX (self->stretch, 1);
}

guint
thaw_scaling_most (const ThawScaling *self)
{
  return self->mode == THAW_SCALING_NEAREST ? 1 : 2 * (guint) ceil (half_width (self));
}

static double
filter (const ThawScaling *self, double x)
{
  const double a = self->cubic;

  x = fabs (x);
  if (self->mode == THAW_SCALING_LINEAR)
    return x < 1 ? 1 - x : 0;
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static gint64
nearest (const ThawScaling *self, double at)
{
  switch (self->nearest)
    {
    case THAW_NEAREST_LOWER: return (gint64) ceil (at - .5);
    case THAW_NEAREST_UPPER: return (gint64) floor (at + .5);
    case THAW_NEAREST_FLOOR: return (gint64) floor (at);
    default: return (gint64) ceil (at);
    }
}

guint
thaw_scaling_taps (const ThawScaling *self, gint64 i, gint64 *places, double *weights)
{
  const double at = self->first + (double) i * self->step, stretch = MAX (self->stretch, 1);
  const gint64 below = (gint64) floor (at);
  const guint n = thaw_scaling_most (self);
  double sum = 0;

  if (self->mode == THAW_SCALING_NEAREST)
    {
      places[0] = CLAMP (nearest (self, at), 0, self->from - 1);
      weights[0] = 1;
      return 1;
    }
  for (guint k = 0; k < n; k++)
    {
      const gint64 place = below + 1 - n / 2 + k;
      const gboolean outside = place < 0 || place >= self->from;

      places[k] = CLAMP (place, 0, self->from - 1);
      weights[k] = outside && self->exclude_outside ? 0 : filter (self, ((double) place - at) / stretch);
      sum += weights[k];
    }
  for (guint k = 0; k < n; k++)
    weights[k] /= sum;
  return n;
}
