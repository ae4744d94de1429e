/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-field.h"

#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

const ThawField *
thaw_field_find (const ThawField *fields, const char *name)
{
  for (; fields->name; fields++)
    if (strcmp (fields->name, name) == 0)
      return fields;
  return NULL;
}

static gboolean
refuse (const ThawField *self, const char *text, GError **error)
{
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  if (self->kind == THAW_FIELD_BOOL)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is not a value for %s: use yes or no", text, self->name);
  else
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "“%s” is not a value for %s: use a%s from %s to %s", text, self->name,
                 self->kind <= THAW_FIELD_UINT64 ? " whole number" : " number",
                 g_ascii_formatd (low, sizeof low, "%.6g", self->low), g_ascii_formatd (high, sizeof high, "%.6g", self->high));
  return FALSE;
}

static gboolean
in_range (const ThawField *self, double value)
{
  return value >= self->low && value <= self->high;
}

/* Whole numbers: exact beyond 2^53 too. */
static gboolean
set_whole (const ThawField *self, gpointer structure, guint64 value)
{
  void *at = (char *) structure + self->offset;

  if (!in_range (self, (double) value))
    return FALSE;
  if (self->kind == THAW_FIELD_UINT64)
    *(guint64 *) at = value;
  else
    *(int *) at = (int) value;
  return TRUE;
}

static gboolean
set_number (const ThawField *self, gpointer structure, double value)
{
  void *at = (char *) structure + self->offset;

  if (!isfinite (value) || !in_range (self, value))
    return FALSE;
  if (self->kind == THAW_FIELD_FLOAT)
    *(float *) at = (float) value;
  else
    *(double *) at = value;
  return TRUE;
}

static gboolean
set_switch (const ThawField *self, gpointer structure, const char *text)
{
  gboolean on = !g_ascii_strcasecmp (text, "yes") || !g_ascii_strcasecmp (text, "true") || !strcmp (text, "1");
  gboolean off = !g_ascii_strcasecmp (text, "no") || !g_ascii_strcasecmp (text, "false") || !strcmp (text, "0");

  if (on || off)
    *(gboolean *) ((char *) structure + self->offset) = on;
  return on || off;
}

static gboolean
parse_text (const ThawField *self, gpointer structure, const char *text)
{
  char *end;
  guint64 whole;
  double number;

  switch (self->kind)
    {
    case THAW_FIELD_BOOL:
      return set_switch (self, structure, text);
    case THAW_FIELD_FLOAT:
    case THAW_FIELD_DOUBLE:
      number = g_ascii_strtod (text, &end);
      return end != text && *end == '\0' && set_number (self, structure, number);
    default:
      return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &whole, NULL) && set_whole (self, structure, whole);
    }
}

gboolean
thaw_field_parse (const ThawField *self, gpointer structure, const char *text, GError **error)
{
  return parse_text (self, structure, text) || refuse (self, text, error);
}

static void
write_whole (JsonBuilder *builder, guint64 value)
{
  g_autofree char *text = NULL;

  if (value <= G_MAXINT64)
    {
      json_builder_add_int_value (builder, (gint64) value);
      return;
    }
  /* JSON-GLib has no unsigned numbers */
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  json_builder_add_string_value (builder, text);
}

void
thaw_fields_write (const ThawField *fields, gconstpointer structure, JsonBuilder *builder)
{
  for (const ThawField *field = fields; field->name; field++)
    {
      const void *at = (const char *) structure + field->offset;

      json_builder_set_member_name (builder, field->name);
      switch (field->kind)
        {
        case THAW_FIELD_BOOL:
          json_builder_add_boolean_value (builder, *(const gboolean *) at);
          break;
        case THAW_FIELD_FLOAT:
          json_builder_add_double_value (builder, (double) *(const float *) at);
          break;
        case THAW_FIELD_DOUBLE:
          json_builder_add_double_value (builder, *(const double *) at);
          break;
        case THAW_FIELD_UINT64:
          write_whole (builder, *(const guint64 *) at);
          break;
        default:
          write_whole (builder, (guint64) *(const int *) at);
        }
    }
}

static gboolean
read_node (const ThawField *self, gpointer structure, JsonNode *node)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_STRING)
    return parse_text (self, structure, json_node_get_string (node));
  if (type == G_TYPE_BOOLEAN)
    return self->kind == THAW_FIELD_BOOL && set_switch (self, structure, json_node_get_boolean (node) ? "yes" : "no");
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  if (self->kind == THAW_FIELD_FLOAT || self->kind == THAW_FIELD_DOUBLE)
    return set_number (self, structure, json_node_get_double (node));
  return type == G_TYPE_INT64 && self->kind != THAW_FIELD_BOOL && json_node_get_int (node) >= 0
         && set_whole (self, structure, (guint64) json_node_get_int (node));
}

gboolean
thaw_fields_read (const ThawField *fields, gpointer structure, JsonObject *object, GError **error)
{
  for (const ThawField *field = fields; field->name; field++)
    {
      JsonNode *node = json_object_get_member (object, field->name);
      g_autofree char *text = NULL;

      if (!node || read_node (field, structure, node))
        continue;
      text = thaw_json_write (node);
      return refuse (field, text, error);
    }
  return TRUE;
}
