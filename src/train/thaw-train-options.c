/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-options-private.h"

#include <float.h>
#include <string.h>
#include <thaw/thaw-error.h>

#define BELOW_ONE (1 - DBL_EPSILON / 2)
#define PHASE(member) G_STRUCT_OFFSET (ThawPhase, member)
#define OPTION(member) G_STRUCT_OFFSET (ThawTrainOptions, member)
#define AUGMENTATION(member) G_STRUCT_OFFSET (ThawAugmentation, member)

G_STATIC_ASSERT (sizeof (gsize) == sizeof (guint64));

const ThawField thaw_phase_fields[] = {
  { "epochs", THAW_FIELD_INT, PHASE (epochs), 1, 1e6 },
  { "lr", THAW_FIELD_DOUBLE, PHASE (lr), DBL_MIN, 1e6 },
  { "warmup", THAW_FIELD_DOUBLE, PHASE (warmup), 0, 1e6 },
  { "clip", THAW_FIELD_DOUBLE, PHASE (clip), 0, 1e30 },
  { "patience", THAW_FIELD_INT, PHASE (patience), 0, 1e6 },
  { "momentum", THAW_FIELD_DOUBLE, PHASE (optimizer.momentum), 0, BELOW_ONE },
  { "nesterov", THAW_FIELD_BOOL, PHASE (optimizer.nesterov) },
  { "beta1", THAW_FIELD_DOUBLE, PHASE (optimizer.beta1), 0, BELOW_ONE },
  { "beta2", THAW_FIELD_DOUBLE, PHASE (optimizer.beta2), 0, BELOW_ONE },
  { "alpha", THAW_FIELD_DOUBLE, PHASE (optimizer.alpha), 0, BELOW_ONE },
  { "eps", THAW_FIELD_DOUBLE, PHASE (optimizer.eps), 0, 1 },
  { "weight-decay", THAW_FIELD_DOUBLE, PHASE (optimizer.weight_decay), 0, 1e6 },
  { NULL },
};

const ThawField thaw_augmentation_fields[] = {
  { "flip", THAW_FIELD_FLOAT, AUGMENTATION (flip), 0, 1 },
  { "crop-min-area", THAW_FIELD_FLOAT, AUGMENTATION (crop_min_area), 0, 1 },
  { "rotation", THAW_FIELD_FLOAT, AUGMENTATION (rotation), 0, 180 },
  { "colour", THAW_FIELD_FLOAT, AUGMENTATION (colour), 0, 1 },
  { "erase", THAW_FIELD_FLOAT, AUGMENTATION (erase), 0, 1 },
  { NULL },
};

const ThawField thaw_train_options_fields[] = {
  { "batch", THAW_FIELD_INT, OPTION (batch), 1, 65536 },
  { "variants", THAW_FIELD_UINT, OPTION (variants), 0, 65536 },
  { "label-smoothing", THAW_FIELD_DOUBLE, OPTION (label_smoothing), 0, BELOW_ONE },
  { "balanced", THAW_FIELD_BOOL, OPTION (balanced) },
  { "seed", THAW_FIELD_UINT64, OPTION (seed), 0, 0x1p64 },
  { "threads", THAW_FIELD_UINT, OPTION (threads), 0, 256 },
  { "memory", THAW_FIELD_UINT64, OPTION (memory), 0, 0x1p64 },
  { "disk", THAW_FIELD_UINT64, OPTION (disk), 0, 0x1p64 },
  { "nice", THAW_FIELD_INT, OPTION (nice), 0, 19 },
  { NULL },
};

static void
rate_rule_free_cb (gpointer data)
{
  ThawRateRule *rule = data;

  g_free (rule->pattern);
  g_free (rule);
}

static void
bn_rule_free_cb (gpointer data)
{
  ThawBnRule *rule = data;

  g_free (rule->pattern);
  g_free (rule);
}

ThawPhase *
thaw_phase_new (void)
{
  ThawPhase *self = g_new0 (ThawPhase, 1);

  self->preset = g_strdup ("head");
  self->bn_rules = g_ptr_array_new_with_free_func (bn_rule_free_cb);
  self->rate_rules = g_ptr_array_new_with_free_func (rate_rule_free_cb);
  self->epochs = 20;
  self->lr = 1e-3;
  thaw_optimizer_defaults (&self->optimizer, THAW_OPTIMIZER_ADAM);
  return self;
}

static void
clear_freezing (ThawPhase *self)
{
  g_clear_pointer (&self->preset, g_free);
  g_clear_pointer (&self->train_from, g_free);
  g_clear_pointer (&self->freeze, g_strfreev);
}

void
thaw_phase_copy_freezing (ThawPhase *self, const ThawPhase *from)
{
  clear_freezing (self);
  self->preset = g_strdup (from->preset);
  self->train_from = g_strdup (from->train_from);
  self->freeze = g_strdupv (from->freeze);
  self->batch_statistics = from->batch_statistics;
  g_ptr_array_set_size (self->bn_rules, 0);
  for (guint i = 0; from->bn_rules && i < from->bn_rules->len; i++)
    {
      const ThawBnRule *rule = g_ptr_array_index (from->bn_rules, i);

      thaw_phase_add_bn (self, rule->pattern, rule->batch);
    }
}

ThawPhase *
thaw_phase_copy (const ThawPhase *self)
{
  ThawPhase *copy = thaw_phase_new ();
  GPtrArray *bn_rules = copy->bn_rules, *rate_rules = copy->rate_rules;

  clear_freezing (copy);
  *copy = *self;
  copy->preset = copy->train_from = NULL;
  copy->freeze = NULL;
  copy->bn_rules = bn_rules;
  copy->rate_rules = rate_rules;
  thaw_phase_copy_freezing (copy, self);
  for (guint i = 0; self->rate_rules && i < self->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (self->rate_rules, i);

      thaw_phase_add_rate (copy, rule->pattern, rule->factor);
    }
  return copy;
}

void
thaw_phase_free (ThawPhase *self)
{
  if (!self)
    return;
  clear_freezing (self);
  g_clear_pointer (&self->bn_rules, g_ptr_array_unref);
  g_clear_pointer (&self->rate_rules, g_ptr_array_unref);
  g_free (self);
}

void
thaw_phase_set_preset (ThawPhase *self, const char *preset)
{
  clear_freezing (self);
  self->preset = g_strdup (preset);
}

void
thaw_phase_set_train_from (ThawPhase *self, const char *layer)
{
  clear_freezing (self);
  self->train_from = g_strdup (layer);
}

void
thaw_phase_add_freeze (ThawPhase *self, const char *pattern)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (self->freeze)
    g_strv_builder_addv (builder, (const char **) self->freeze);
  g_strv_builder_add (builder, pattern);
  clear_freezing (self);
  self->freeze = g_strv_builder_end (builder);
}

void
thaw_phase_add_rate (ThawPhase *self, const char *pattern, double factor)
{
  ThawRateRule *rule = g_new (ThawRateRule, 1);

  *rule = (ThawRateRule){ .pattern = g_strdup (pattern), .factor = factor };
  g_ptr_array_add (self->rate_rules, rule);
}

void
thaw_phase_add_bn (ThawPhase *self, const char *pattern, gboolean batch)
{
  ThawBnRule *rule = g_new (ThawBnRule, 1);

  *rule = (ThawBnRule){ .pattern = g_strdup (pattern), .batch = batch };
  g_ptr_array_add (self->bn_rules, rule);
}

gboolean
thaw_preset_check (const char *name, GError **error)
{
  if (g_strv_contains ((const char *const[]){ "head", "last", "all", NULL }, name))
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "preset “%s” is not known: use head, last or all", name);
  return FALSE;
}

ThawTrainOptions *
thaw_train_options_new (void)
{
  ThawTrainOptions *self = g_new0 (ThawTrainOptions, 1);

  self->phases = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_phase_free);
  g_ptr_array_add (self->phases, thaw_phase_new ());
  self->batch = 32;
  self->variants = 4;
  self->memory = (gsize) 512 << 20;
  self->disk = (gsize) 4 << 30;
  return self;
}

ThawTrainOptions *
thaw_train_options_copy (const ThawTrainOptions *self)
{
  ThawTrainOptions *copy = g_new (ThawTrainOptions, 1);

  *copy = *self;
  copy->phases = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_phase_free);
  for (guint i = 0; i < self->phases->len; i++)
    g_ptr_array_add (copy->phases, thaw_phase_copy (g_ptr_array_index (self->phases, i)));
  copy->cache_directory = g_strdup (self->cache_directory);
  return copy;
}

void
thaw_train_options_free (ThawTrainOptions *self)
{
  if (!self)
    return;
  g_clear_pointer (&self->phases, g_ptr_array_unref);
  g_clear_pointer (&self->cache_directory, g_free);
  g_free (self);
}
