/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-options-private.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-network.h>

G_DEFINE_FINAL_TYPE (ThawOptions, thaw_options, G_TYPE_OBJECT)

enum { PROP_GENERATION = THAW_N_OPTIONS, N_PROPS };

static GParamSpec *properties[N_PROPS];

int
thaw_options_int (const ThawOptions *self, ThawOption option)
{
  return g_value_get_int (&self->values[option]);
}

double
thaw_options_double (const ThawOptions *self, ThawOption option)
{
  return g_value_get_double (&self->values[option]);
}

gboolean
thaw_options_boolean (const ThawOptions *self, ThawOption option)
{
  return g_value_get_boolean (&self->values[option]);
}

const char *
thaw_options_string (const ThawOptions *self, ThawOption option)
{
  return g_value_get_string (&self->values[option]);
}

ThawOptimizerKind
thaw_options_optimizer (const ThawOptions *self)
{
  ThawOptimizerKind kind = THAW_OPTIMIZER_ADAM;

  thaw_optimizer_parse (&kind, thaw_options_string (self, THAW_OPTION_OPTIMIZER), NULL);
  return kind;
}

double
thaw_options_fitting_rate (ThawBreadth breadth)
{
  static const double rates[] = { [THAW_BREADTH_HEAD] = 1e-3, [THAW_BREADTH_SOME] = 3e-4, [THAW_BREADTH_ALL] = 1e-4 };

  return rates[breadth];
}

ThawBreadth
thaw_options_breadth (const ThawPhase *freezing)
{
  if (!freezing || g_strcmp0 (freezing->preset, "head") == 0)
    return THAW_BREADTH_HEAD;
  if (freezing->train_from && (g_str_equal (freezing->train_from, "head") || g_str_has_prefix (freezing->train_from, "head.")))
    return THAW_BREADTH_HEAD;
  return g_strcmp0 (freezing->preset, "all") == 0 ? THAW_BREADTH_ALL : THAW_BREADTH_SOME;
}

double
thaw_options_rate (const ThawOptions *self, ThawBreadth breadth)
{
  if (self->set[THAW_OPTION_LEARNING_RATE])
    return thaw_options_double (self, THAW_OPTION_LEARNING_RATE);
  return thaw_options_fitting_rate (thaw_options_boolean (self, THAW_OPTION_TWO_PHASES) ? THAW_BREADTH_HEAD : breadth);
}

/* FALSE: it is that already */
static gboolean
take (ThawOptions *self, ThawOption option, const GValue *value)
{
  if (g_param_values_cmp (properties[option], &self->values[option], value) == 0)
    return FALSE;
  g_value_copy (value, &self->values[option]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[option]);
  return TRUE;
}

static gboolean
take_double (ThawOptions *self, ThawOption option, double number)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_DOUBLE);
  g_value_set_double (&value, number);
  return !self->set[option] && take (self, option, &value);
}

/* What nobody has set fits what was set. */
static gboolean
fit (ThawOptions *self)
{
  ThawOptimizerOptions defaults;
  gboolean changed;

  thaw_optimizer_defaults (&defaults, thaw_options_optimizer (self));
  changed = take_double (self, THAW_OPTION_WEIGHT_DECAY, defaults.weight_decay);
  changed |= take_double (self, THAW_OPTION_LEARNING_RATE, thaw_options_rate (self, self->breadth));
  return changed;
}

static void
changed (ThawOptions *self)
{
  self->generation++;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GENERATION]);
}

void
thaw_options_follow (ThawOptions *self, const ThawPhase *freezing)
{
  self->breadth = thaw_options_breadth (freezing);
  g_object_freeze_notify (G_OBJECT (self));
  if (fit (self))
    changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* A list of what is frozen does not say by itself that all before the head is in it */
void
thaw_options_follow_network (ThawOptions *self, ThawNetwork *network)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  if (!thaw_network_get_model (network))
    return;
  thaw_network_fill_phase (network, phase);
  if (thaw_network_trains_head_alone (network) && !phase->preset)
    phase->preset = g_strdup ("head");
  thaw_options_follow (self, phase);
}

static gboolean
is_choice (ThawOption option, const char *text)
{
  const ThawChoice *choice = thaw_option_choices (option);

  if (!text)
    return FALSE;
  if (thaw_option_is_open (option))
    return TRUE;
  for (; choice->id; choice++)
    if (strcmp (choice->id, text) == 0)
      return TRUE;
  return FALSE;
}

static void
thaw_options_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawOptions *self = THAW_OPTIONS (object);

  if (id >= THAW_N_OPTIONS)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  if ((G_VALUE_HOLDS_STRING (value) && !is_choice (id, g_value_get_string (value)))
      || (G_VALUE_HOLDS_DOUBLE (value) && !isfinite (g_value_get_double (value))))
    return;
  if (self->set[id] && g_param_values_cmp (pspec, &self->values[id], value) == 0)
    return;
  g_object_freeze_notify (object);
  self->set[id] = TRUE;
  take (self, id, value);
  fit (self);
  changed (self);
  g_object_thaw_notify (object);
}

static void
thaw_options_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawOptions *self = THAW_OPTIONS (object);

  if (id == PROP_GENERATION)
    g_value_set_uint64 (value, self->generation);
  else if (id < THAW_N_OPTIONS)
    g_value_copy (&self->values[id], value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

/* "learning-rate" fits again what trains; the others are what the table says */
static void
forget (ThawOptions *self, ThawOption option)
{
  self->set[option] = FALSE;
  take (self, option, g_param_spec_get_default_value (properties[option]));
}

void
thaw_options_reset_one (ThawOptions *self, const char *name)
{
  ThawOption option = thaw_option_find (name);

  g_return_if_fail (option != 0);
  g_object_freeze_notify (G_OBJECT (self));
  forget (self, option);
  fit (self);
  changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
thaw_options_reset (ThawOptions *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  for (guint i = 1; i < THAW_N_OPTIONS; i++)
    forget (self, i);
  fit (self);
  changed (self);
  g_object_thaw_notify (G_OBJECT (self));
}

gboolean
thaw_options_is_default (ThawOptions *self, const char *name)
{
  ThawOption option = thaw_option_find (name);

  g_return_val_if_fail (option != 0, TRUE);
  if (option == THAW_OPTION_LEARNING_RATE || option == THAW_OPTION_WEIGHT_DECAY)
    return !self->set[option];
  return g_param_value_defaults (properties[option], &self->values[option]);
}

const ThawChoice *
thaw_options_choices (const char *name)
{
  return thaw_option_choices (thaw_option_find (name));
}

static void
thaw_options_finalize (GObject *object)
{
  ThawOptions *self = THAW_OPTIONS (object);

  for (guint i = 1; i < THAW_N_OPTIONS; i++)
    g_value_unset (&self->values[i]);
  G_OBJECT_CLASS (thaw_options_parent_class)->finalize (object);
}

static void
thaw_options_class_init (ThawOptionsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = thaw_options_set_property;
  object_class->get_property = thaw_options_get_property;
  object_class->finalize = thaw_options_finalize;
  thaw_option_make_specs (properties);
  properties[PROP_GENERATION]
      = g_param_spec_uint64 ("generation", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_options_init (ThawOptions *self)
{
  for (guint i = 1; i < THAW_N_OPTIONS; i++)
    {
      g_value_init (&self->values[i], properties[i]->value_type);
      g_param_value_set_default (properties[i], &self->values[i]);
    }
}

ThawOptions *
thaw_options_new (void)
{
  return g_object_new (THAW_TYPE_OPTIONS, NULL);
}
