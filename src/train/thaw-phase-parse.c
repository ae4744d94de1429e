/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-options-private.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>

/* "PATTERN=VALUE": the pattern (transfer full), or NULL where there is no "=" */
static char *
split_rule (const char *text, const char **value)
{
  const char *equals = strrchr (text, '=');

  if (!equals)
    return NULL;
  *value = equals + 1;
  return g_strndup (text, equals - text);
}

static gboolean
parse_statistics (const char *text, gboolean *batch, GError **error)
{
  *batch = g_ascii_strcasecmp (text, "batch") == 0;
  if (*batch || g_ascii_strcasecmp (text, "frozen") == 0)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is no kind of BatchNorm statistics: use frozen or batch", text);
  return FALSE;
}

static gboolean
parse_bn (ThawPhase *self, const char *text, GError **error)
{
  const char *value = text;
  g_autofree char *pattern = split_rule (text, &value);
  gboolean batch;

  if (!parse_statistics (value, &batch, error))
    return FALSE;
  if (pattern)
    thaw_phase_add_bn (self, pattern, batch);
  else
    self->batch_statistics = batch;
  return TRUE;
}

static gboolean
parse_rate (ThawPhase *self, const char *text, GError **error)
{
  const char *value;
  g_autofree char *pattern = split_rule (text, &value);
  char *end;
  double factor;

  if (!pattern)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is no rate: write PATTERN=FACTOR, for example head=10", text);
      return FALSE;
    }
  factor = g_ascii_strtod (value, &end);
  if (end == value || *end || !isfinite (factor) || factor < 0)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is no factor for the rate of “%s”: use a number from 0", value, pattern);
      return FALSE;
    }
  thaw_phase_add_rate (self, pattern, factor);
  return TRUE;
}

static gboolean
parse_preset (ThawPhase *self, const char *text, GError **error)
{
  if (!thaw_preset_check (text, error))
    return FALSE;
  thaw_phase_set_preset (self, text);
  return TRUE;
}

static gboolean
parse_train_from (ThawPhase *self, const char *text, GError **error)
{
  thaw_phase_set_train_from (self, text);
  return TRUE;
}

static gboolean
parse_freeze (ThawPhase *self, const char *text, GError **error)
{
  thaw_phase_add_freeze (self, text);
  return TRUE;
}

static gboolean
parse_schedule (ThawPhase *self, const char *text, GError **error)
{
  return thaw_schedule_parse (&self->schedule, text, error);
}

static gboolean
parse_optimizer (ThawPhase *self, const char *text, GError **error)
{
  ThawOptimizerKind kind;

  if (!thaw_optimizer_parse (&kind, text, error))
    return FALSE;
  if (kind != self->optimizer.kind)
    thaw_optimizer_defaults (&self->optimizer, kind);
  return TRUE;
}

static const struct
{
  const char *key;
  gboolean (*parse) (ThawPhase *self, const char *text, GError **error);
} words[] = {
  { "preset", parse_preset }, { "train-from", parse_train_from }, { "freeze", parse_freeze }, { "bn", parse_bn },
  { "rate", parse_rate },     { "schedule", parse_schedule },
};

gboolean
thaw_phase_has_key (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].key, key) == 0)
      return TRUE;
  return strcmp (key, "optimizer") == 0 || thaw_field_find (thaw_phase_fields, key) != NULL;
}

static gboolean
parse_word (ThawPhase *self, const char *key, const char *value, GError **error)
{
  const ThawField *field = thaw_field_find (thaw_phase_fields, key);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].key, key) == 0)
      return words[i].parse (self, value, error);
  if (field)
    return thaw_field_parse (field, self, value, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "“%s” is no setting of a phase: there are preset, train-from, freeze, bn, rate, epochs, lr, optimizer, schedule, warmup, "
               "clip, patience, momentum, nesterov, beta1, beta2, alpha, eps, weight-decay",
               key);
  return FALSE;
}

static gboolean
is_optimizer (const char *word)
{
  return g_str_has_prefix (word, "optimizer=");
}

static gboolean
parse_item (ThawPhase *self, const char *item, GError **error)
{
  const char *equals = strchr (item, '=');
  g_autofree char *key = equals ? g_strndup (item, equals - item) : NULL;

  if (equals && equals[1])
    return is_optimizer (item) ? parse_optimizer (self, equals + 1, error) : parse_word (self, key, equals + 1, error);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is no setting of a phase: write KEY=VALUE, separated by commas", item);
  return FALSE;
}

gboolean
thaw_phase_parse (ThawPhase *self, const char *text, GError **error)
{
  g_auto (GStrv) items = g_strsplit (text, ",", -1);

  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the settings of a phase are not UTF-8");
      return FALSE;
    }
  /* A new optimizer brings its own defaults, which must not undo what is said before it. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; items[i]; i++)
      {
        g_strstrip (items[i]);
        if (*items[i] && is_optimizer (items[i]) == (pass == 0) && !parse_item (self, items[i], error))
          return FALSE;
      }
  return TRUE;
}
