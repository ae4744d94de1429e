/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-options-private.h"

#include <math.h>
#include <string.h>

gboolean
thaw_options_parse_rate (const char *line, char **pattern, double *factor)
{
  const char *equals = strrchr (line, '=');
  g_autofree char *name = equals ? g_strstrip (g_strndup (line, equals - line)) : NULL;
  g_autofree char *number = equals ? g_strstrip (g_strdup (equals + 1)) : NULL;
  char *end;

  if (!name || !*name || !*number)
    return FALSE;
  *factor = g_ascii_strtod (number, &end);
  if (*end || !isfinite (*factor) || *factor < 0)
    return FALSE;
  *pattern = g_steal_pointer (&name);
  return TRUE;
}

static void
add_rate (ThawPhase *phase, const char *pattern, double factor)
{
  ThawRateRule *rule = g_new (ThawRateRule, 1);

  *rule = (ThawRateRule){ .pattern = g_strdup (pattern), .factor = factor };
  g_ptr_array_add (phase->rate_rules, rule);
}

/* A line that is no rule is one that is being written: it has no effect yet. */
static void
add_rates (const ThawOptions *self, ThawPhase *phase)
{
  g_auto (GStrv) lines = g_strsplit (thaw_options_string (self, THAW_OPTION_RATES), "\n", -1);
  double head = thaw_options_double (self, THAW_OPTION_HEAD_RATE);

  if (head != 1)
    add_rate (phase, "head", head);
  for (char **line = lines; *line; line++)
    {
      g_autofree char *pattern = NULL;
      double factor;

      if (thaw_options_parse_rate (*line, &pattern, &factor))
        add_rate (phase, pattern, factor);
    }
}

static void
set_freezing (ThawPhase *phase, const char *preset, const char *train_from)
{
  g_clear_pointer (&phase->preset, g_free);
  g_clear_pointer (&phase->train_from, g_free);
  g_clear_pointer (&phase->freeze, g_strfreev);
  phase->preset = g_strdup (preset);
  phase->train_from = g_strdup (train_from);
}

/* A copy of @freezing with what all phases have in common */
static ThawPhase *
make_phase (const ThawOptions *self, const ThawPhase *freezing)
{
  ThawPhase *phase = freezing ? thaw_phase_copy (freezing) : thaw_phase_new ();

  thaw_optimizer_defaults (&phase->optimizer, thaw_options_optimizer (self));
  phase->optimizer.weight_decay = thaw_options_double (self, THAW_OPTION_WEIGHT_DECAY);
  if (phase->optimizer.kind == THAW_OPTIMIZER_SGD)
    {
      phase->optimizer.momentum = thaw_options_double (self, THAW_OPTION_MOMENTUM);
      phase->optimizer.nesterov = thaw_options_boolean (self, THAW_OPTION_NESTEROV);
    }
  thaw_schedule_parse (&phase->schedule, thaw_options_string (self, THAW_OPTION_SCHEDULE), NULL);
  phase->warmup = thaw_options_double (self, THAW_OPTION_WARMUP);
  phase->clip = thaw_options_double (self, THAW_OPTION_CLIP);
  phase->patience = thaw_options_int (self, THAW_OPTION_PATIENCE);
  return phase;
}

static ThawPhase *
make_first (const ThawOptions *self, const ThawPhase *freezing)
{
  ThawPhase *phase = make_phase (self, freezing);

  if (thaw_options_boolean (self, THAW_OPTION_TWO_PHASES))
    set_freezing (phase, "head", NULL);
  phase->epochs = thaw_options_int (self, THAW_OPTION_EPOCHS);
  phase->lr = thaw_options_rate (self, freezing && freezing->freeze ? self->breadth : thaw_options_breadth (freezing));
  return phase;
}

static ThawPhase *
make_second (const ThawOptions *self, const ThawPhase *freezing)
{
  ThawPhase *phase = make_phase (self, freezing);
  const char *from = thaw_options_string (self, THAW_OPTION_SECOND_FROM);

  if (g_str_equal (from, "last") || g_str_equal (from, "all"))
    set_freezing (phase, from, NULL);
  else if (!g_str_equal (from, "tree"))
    set_freezing (phase, NULL, from);
  phase->epochs = thaw_options_int (self, THAW_OPTION_SECOND_EPOCHS);
  phase->lr = thaw_options_double (self, THAW_OPTION_SECOND_LEARNING_RATE);
  return phase;
}

ThawTrainOptions *
thaw_options_to_train (ThawOptions *self, const ThawPhase *freezing)
{
  ThawTrainOptions *options = thaw_train_options_new ();
  GPtrArray *phases = options->phases;

  g_ptr_array_set_size (phases, 0);
  g_ptr_array_add (phases, make_first (self, freezing));
  if (thaw_options_boolean (self, THAW_OPTION_TWO_PHASES))
    g_ptr_array_add (phases, make_second (self, freezing));
  add_rates (self, g_ptr_array_index (phases, phases->len - 1));
  options->batch = thaw_options_int (self, THAW_OPTION_BATCH);
  thaw_augmentation_parse (&options->augmentation, thaw_options_string (self, THAW_OPTION_AUGMENTATION), NULL);
  options->variants = (guint) thaw_options_int (self, THAW_OPTION_VARIANTS);
  options->label_smoothing = thaw_options_double (self, THAW_OPTION_LABEL_SMOOTHING);
  options->balanced = thaw_options_boolean (self, THAW_OPTION_BALANCED);
  thaw_precision_parse (&options->precision, thaw_options_string (self, THAW_OPTION_PRECISION), NULL);
  options->seed = g_value_get_uint64 (&self->values[THAW_OPTION_SEED]);
  return options;
}
