/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <thaw/thaw-json.h>

void
thaw_json_append_string (GString *text, const char *string)
{
  g_autofree char *valid = g_utf8_make_valid (string, -1);

  g_string_append_c (text, '"');
  for (const char *c = valid; *c; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (text, "\\%c", *c);
    else if ((guchar) *c < 0x20 || *c == 0x7f)
      g_string_append_printf (text, "\\u%04x", (guchar) *c);
    else
      g_string_append_c (text, *c);
  g_string_append_c (text, '"');
}

void
thaw_json_append_double (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      g_string_append (text, "null");
      return;
    }
  for (int precision = 15; precision <= 17; precision++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", precision);
      g_ascii_formatd (digits, sizeof digits, format, value);
      if (g_ascii_strtod (digits, NULL) == value)
        break;
    }
  g_string_append (text, digits);
  if (!strpbrk (digits, ".e"))
    g_string_append (text, ".0");
}

static void
append_value (GString *text, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (type == G_TYPE_STRING)
    thaw_json_append_string (text, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_DOUBLE)
    thaw_json_append_double (text, json_node_get_double (node));
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, json_node_get_int (node));
}

static void append_node (GString *text, JsonNode *node);

static void
append_array (GString *text, JsonArray *array)
{
  g_string_append_c (text, '[');
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      if (i)
        g_string_append_c (text, ',');
      append_node (text, json_array_get_element (array, i));
    }
  g_string_append_c (text, ']');
}

static void
append_object (GString *text, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  gboolean first = TRUE;

  g_string_append_c (text, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    {
      if (!first)
        g_string_append_c (text, ',');
      first = FALSE;
      thaw_json_append_string (text, name);
      g_string_append_c (text, ':');
      append_node (text, node);
    }
  g_string_append_c (text, '}');
}

static void
append_node (GString *text, JsonNode *node)
{
  switch (JSON_NODE_TYPE (node))
    {
    case JSON_NODE_OBJECT:
      append_object (text, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      append_array (text, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      append_value (text, node);
      break;
    default:
      g_string_append (text, "null");
    }
}

char *
thaw_json_write (JsonNode *root)
{
  GString *text = g_string_new (NULL);

  append_node (text, root);
  return g_string_free (text, FALSE);
}
