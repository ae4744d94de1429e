/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-optimizer.h>

static const char *const names[] = {
  [THAW_SCHEDULE_CONSTANT] = "constant",
  [THAW_SCHEDULE_STEP] = "step",
  [THAW_SCHEDULE_COSINE] = "cosine",
  [THAW_SCHEDULE_ONE_CYCLE] = "one-cycle",
};

const char *
thaw_schedule_name (ThawSchedule schedule)
{
  g_return_val_if_fail (schedule < G_N_ELEMENTS (names), NULL);
  return names[schedule];
}

gboolean
thaw_schedule_parse (ThawSchedule *schedule, const char *name, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      {
        *schedule = i;
        return TRUE;
      }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "schedule “%s” is not known: use constant, step, cosine or one-cycle", name);
  return FALSE;
}

/* From @from to @to along half a cosine, @t in [0, 1] */
static double
along_cosine (double from, double to, double t)
{
  return to + (from - to) * .5 * (1 + cos (G_PI * CLAMP (t, 0, 1)));
}

/* The peak is reached with the last step of the first 30 %, the bottom with the last step, as in PyTorch. */
static double
one_cycle (double step, double n_steps)
{
  const double start = 1 / 25., bottom = start * 1e-4;
  const double peak = .3 * n_steps - 1, end = n_steps - 1;

  if (step <= peak && peak > 0)
    return along_cosine (start, 1, step / peak);
  return end > MAX (peak, 0) ? along_cosine (1, bottom, (step - MAX (peak, 0)) / (end - MAX (peak, 0))) : 1;
}

double
thaw_schedule_factor (ThawSchedule schedule, double step, double n_steps, double warmup)
{
  double left = n_steps - warmup;

  if (step < warmup)
    return (step + 1) / (warmup + 1);
  step = CLAMP (step - warmup, 0, MAX (left - 1, 0));
  switch (schedule)
    {
    case THAW_SCHEDULE_STEP:
      return left > 0 ? pow (.1, floor (3 * step / left)) : 1;
    case THAW_SCHEDULE_COSINE:
      return left > 0 ? along_cosine (1, 0, step / left) : 1;
    case THAW_SCHEDULE_ONE_CYCLE:
      return one_cycle (step, left);
    default:
      return 1;
    }
}
