/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-train-options-private.h"

#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

static gboolean
invalid (const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the training options are damaged: “%s” is not what it should be", what);
  return FALSE;
}

static void
write_strings (JsonBuilder *builder, const char *name, char **strings)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; strings[i]; i++)
    json_builder_add_string_value (builder, strings[i]);
  json_builder_end_array (builder);
}

static void
write_string (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
write_rules (JsonBuilder *builder, const ThawPhase *phase)
{
  json_builder_set_member_name (builder, "bn-rules");
  json_builder_begin_array (builder);
  for (guint i = 0; i < phase->bn_rules->len; i++)
    {
      const ThawBnRule *rule = g_ptr_array_index (phase->bn_rules, i);

      json_builder_begin_object (builder);
      write_string (builder, "pattern", rule->pattern);
      json_builder_set_member_name (builder, "batch");
      json_builder_add_boolean_value (builder, rule->batch);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "rate-rules");
  json_builder_begin_array (builder);
  for (guint i = 0; i < phase->rate_rules->len; i++)
    {
      const ThawRateRule *rule = g_ptr_array_index (phase->rate_rules, i);

      json_builder_begin_object (builder);
      write_string (builder, "pattern", rule->pattern);
      json_builder_set_member_name (builder, "factor");
      json_builder_add_double_value (builder, rule->factor);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

void
thaw_phase_write (const ThawPhase *phase, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  if (phase->preset)
    write_string (builder, "preset", phase->preset);
  else if (phase->train_from)
    write_string (builder, "train-from", phase->train_from);
  else if (phase->freeze)
    write_strings (builder, "freeze", phase->freeze);
  json_builder_set_member_name (builder, "batch-statistics");
  json_builder_add_boolean_value (builder, phase->batch_statistics);
  write_rules (builder, phase);
  write_string (builder, "optimizer", thaw_optimizer_name (phase->optimizer.kind));
  write_string (builder, "schedule", thaw_schedule_name (phase->schedule));
  thaw_fields_write (thaw_phase_fields, phase, builder);
  json_builder_end_object (builder);
}

char *
thaw_train_options_to_json (const ThawTrainOptions *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "phases");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->phases->len; i++)
    thaw_phase_write (g_ptr_array_index (self->phases, i), builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "augmentation");
  json_builder_begin_object (builder);
  thaw_fields_write (thaw_augmentation_fields, &self->augmentation, builder);
  json_builder_end_object (builder);
  thaw_fields_write (thaw_train_options_fields, self, builder);
  write_string (builder, "precision", thaw_precision_name (self->precision));
  if (self->cache_directory)
    {
      /* a file name need not be UTF-8 */
      g_autofree char *escaped = g_strescape (self->cache_directory, NULL);

      write_string (builder, "cache-directory", escaped);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

/* Absent is NULL; anything but text is an error. (transfer none) */
static gboolean
read_string (JsonObject *object, const char *name, const char **text, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  *text = NULL;
  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return invalid (name, error);
  *text = json_node_get_string (node);
  return TRUE;
}

/* Absent is NULL. (transfer none) */
static gboolean
read_array (JsonObject *object, const char *name, JsonArray **array, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  *array = NULL;
  if (!node)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return invalid (name, error);
  *array = json_node_get_array (node);
  return TRUE;
}

static JsonObject *
object_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
read_boolean (JsonObject *object, const char *name, gboolean *value, GError **error)
{
  const ThawField field[] = { { name, THAW_FIELD_BOOL, 0 }, { NULL } };

  return thaw_fields_read (field, value, object, error);
}

static gboolean
read_bn_rule (ThawPhase *phase, JsonObject *object, GError **error)
{
  const char *pattern;
  gboolean batch = FALSE;

  if (!read_string (object, "pattern", &pattern, error) || !read_boolean (object, "batch", &batch, error))
    return FALSE;
  if (!pattern)
    return invalid ("bn-rules", error);
  thaw_phase_add_bn (phase, pattern, batch);
  return TRUE;
}

static gboolean
read_rate_rule (ThawPhase *phase, JsonObject *object, GError **error)
{
  const ThawField field[] = { { "factor", THAW_FIELD_DOUBLE, 0, 0, G_MAXDOUBLE }, { NULL } };
  const char *pattern;
  double factor = 1;

  if (!read_string (object, "pattern", &pattern, error) || !thaw_fields_read (field, &factor, object, error))
    return FALSE;
  if (!pattern)
    return invalid ("rate-rules", error);
  thaw_phase_add_rate (phase, pattern, factor);
  return TRUE;
}

static gboolean
read_rules (ThawPhase *phase, JsonObject *object, const char *name,
            gboolean (*read_rule) (ThawPhase *phase, JsonObject *object, GError **error), GError **error)
{
  JsonArray *rules;

  if (!read_array (object, name, &rules, error))
    return FALSE;
  for (guint i = 0; rules && i < json_array_get_length (rules); i++)
    {
      JsonObject *rule = object_at (rules, i);

      if (!rule)
        return invalid (name, error);
      if (!read_rule (phase, rule, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_freeze (ThawPhase *phase, JsonObject *object, GError **error)
{
  JsonArray *patterns;

  if (!read_array (object, "freeze", &patterns, error))
    return FALSE;
  for (guint i = 0; patterns && i < json_array_get_length (patterns); i++)
    {
      JsonNode *node = json_array_get_element (patterns, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || !json_node_get_string (node))
        return invalid ("freeze", error);
      thaw_phase_add_freeze (phase, json_node_get_string (node));
    }
  return TRUE;
}

static gboolean
read_freezing (ThawPhase *phase, JsonObject *object, GError **error)
{
  const char *preset, *train_from;

  if (!read_string (object, "preset", &preset, error) || !read_string (object, "train-from", &train_from, error))
    return FALSE;
  if (preset && !thaw_preset_check (preset, error))
    return FALSE;
  if (preset)
    thaw_phase_set_preset (phase, preset);
  else if (train_from)
    thaw_phase_set_train_from (phase, train_from);
  return read_freeze (phase, object, error);
}

static gboolean
read_words (ThawPhase *phase, JsonObject *object, GError **error)
{
  const char *optimizer, *schedule;
  ThawOptimizerKind kind = phase->optimizer.kind;

  if (!read_string (object, "optimizer", &optimizer, error) || !read_string (object, "schedule", &schedule, error))
    return FALSE;
  if (optimizer && !thaw_optimizer_parse (&kind, optimizer, error))
    return FALSE;
  thaw_optimizer_defaults (&phase->optimizer, kind);
  return !schedule || thaw_schedule_parse (&phase->schedule, schedule, error);
}

ThawPhase *
thaw_phase_read (JsonObject *object, GError **error)
{
  g_autoptr (ThawPhase) phase = thaw_phase_new ();

  if (!read_freezing (phase, object, error) || !read_boolean (object, "batch-statistics", &phase->batch_statistics, error)
      || !read_rules (phase, object, "bn-rules", read_bn_rule, error) || !read_rules (phase, object, "rate-rules", read_rate_rule, error)
      || !read_words (phase, object, error) || !thaw_fields_read (thaw_phase_fields, phase, object, error))
    return NULL;
  return g_steal_pointer (&phase);
}

static gboolean
read_phases (ThawTrainOptions *self, JsonObject *object, GError **error)
{
  JsonArray *phases;

  if (!read_array (object, "phases", &phases, error))
    return FALSE;
  if (!phases || json_array_get_length (phases) == 0)
    return invalid ("phases", error);
  g_ptr_array_set_size (self->phases, 0);
  for (guint i = 0; i < json_array_get_length (phases); i++)
    {
      JsonObject *member = object_at (phases, i);
      ThawPhase *phase = member ? thaw_phase_read (member, error) : NULL;

      if (!member)
        return invalid ("phases", error);
      if (!phase)
        return FALSE;
      g_ptr_array_add (self->phases, phase);
    }
  return TRUE;
}

static gboolean
read_rest (ThawTrainOptions *self, JsonObject *object, GError **error)
{
  JsonNode *augmentation = json_object_get_member (object, "augmentation");
  const char *directory, *precision;

  if (augmentation && !JSON_NODE_HOLDS_OBJECT (augmentation))
    return invalid ("augmentation", error);
  if (augmentation && !thaw_fields_read (thaw_augmentation_fields, &self->augmentation, json_node_get_object (augmentation), error))
    return FALSE;
  if (!thaw_fields_read (thaw_train_options_fields, self, object, error) || !read_string (object, "cache-directory", &directory, error)
      || !read_string (object, "precision", &precision, error) || (precision && !thaw_precision_parse (&self->precision, precision, error)))
    return FALSE;
  self->cache_directory = directory ? g_strcompress (directory) : NULL;
  return TRUE;
}

ThawTrainOptions *
thaw_train_options_from_json (const char *json, GError **error)
{
  g_autoptr (ThawTrainOptions) self = thaw_train_options_new ();
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, &reason);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;

  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the training options are damaged: %s", reason ? reason->message : "no JSON object");
      return NULL;
    }
  if (!read_phases (self, json_node_get_object (root), error) || !read_rest (self, json_node_get_object (root), error))
    return NULL;
  return g_steal_pointer (&self);
}
