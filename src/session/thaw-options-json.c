/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-options-private.h"

#include <json-glib/json-glib.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

static void
write_value (JsonBuilder *builder, const GValue *value)
{
  switch (G_VALUE_TYPE (value))
    {
    case G_TYPE_INT:
      json_builder_add_int_value (builder, g_value_get_int (value));
      break;
    case G_TYPE_UINT64:
      json_builder_add_int_value (builder, (gint64) g_value_get_uint64 (value));
      break;
    case G_TYPE_DOUBLE:
      json_builder_add_double_value (builder, g_value_get_double (value));
      break;
    case G_TYPE_BOOLEAN:
      json_builder_add_boolean_value (builder, g_value_get_boolean (value));
      break;
    default:
      json_builder_add_string_value (builder, g_value_get_string (value));
    }
}

char *
thaw_options_to_json (ThawOptions *self)
{
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (self), NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  for (GParamSpec **spec = specs; *spec; spec++)
    {
      ThawOption option = thaw_option_find ((*spec)->name);

      /* what nobody has set may fit otherwise when it is read */
      if (option == 0 || thaw_options_is_default (self, (*spec)->name))
        continue;
      json_builder_set_member_name (builder, (*spec)->name);
      write_value (builder, &self->values[option]);
    }
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

/* Numbers of either kind, brought into @value's */
static gboolean
read_number (JsonNode *node, GValue *value)
{
  GType found = json_node_get_value_type (node);
  double number = json_node_get_double (node);

  if (found != G_TYPE_INT64 && found != G_TYPE_DOUBLE)
    return FALSE;
  if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, (int) CLAMP (number, G_MININT, G_MAXINT));
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, (guint64) CLAMP (number, 0, 0x1p53));
  else
    g_value_set_double (value, CLAMP (number, -G_MAXDOUBLE, G_MAXDOUBLE));
  return TRUE;
}

static gboolean
read_value (JsonNode *node, GValue *value)
{
  GType wanted = G_VALUE_TYPE (value);

  if (wanted != G_TYPE_STRING && wanted != G_TYPE_BOOLEAN)
    return read_number (node, value);
  if (json_node_get_value_type (node) != wanted)
    return FALSE;
  if (wanted == G_TYPE_STRING)
    g_value_set_string (value, json_node_get_string (node));
  else
    g_value_set_boolean (value, json_node_get_boolean (node));
  return TRUE;
}

static void
read_member_cb (JsonObject *object, const char *name, JsonNode *node, gpointer data)
{
  ThawOptions *self = data;
  ThawOption option = thaw_option_find (name);
  g_auto (GValue) value = G_VALUE_INIT;

  if (option == 0 || !JSON_NODE_HOLDS_VALUE (node))
    return;
  g_value_init (&value, G_VALUE_TYPE (&self->values[option]));
  if (read_value (node, &value))
    g_object_set_property (G_OBJECT (self), name, &value);
}

gboolean
thaw_options_from_json (ThawOptions *self, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;

  if (!parser)
    return FALSE;
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "the project's training options are damaged: they are no JSON object");
      return FALSE;
    }
  g_object_freeze_notify (G_OBJECT (self));
  thaw_options_reset (self);
  json_object_foreach_member (json_node_get_object (root), read_member_cb, self);
  g_object_thaw_notify (G_OBJECT (self));
  return TRUE;
}
