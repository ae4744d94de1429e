/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-json-reader.h>

#define MAX_LABELS 1000000

JsonParser *
thaw_json_parse (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize bytes = length < 0 ? strlen (text) : (gsize) length;
  ThawJsonReader reader;

  /* json-glib also takes comments and single quotes, in which brackets could hide from a mere count. */
  thaw_json_reader_init (&reader, text, bytes);
  if (!thaw_json_skip (&reader) || thaw_json_peek (&reader) || reader.at != reader.end)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "byte %" G_GSIZE_FORMAT " is no JSON, or nested deeper than %d levels",
                   (gsize) (reader.at - text), THAW_JSON_MAX_DEPTH);
      return NULL;
    }
  if (!json_parser_load_from_data (parser, text, bytes, error))
    return NULL;
  return g_steal_pointer (&parser);
}

char *
thaw_labels_to_json (const char *const *labels)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; labels[i]; i++)
    json_array_add_string_element (array, labels[i]);
  json_node_set_array (root, array);
  return thaw_json_write (root);
}

static char **
read_array (JsonArray *array)
{
  guint n = json_array_get_length (array);
  g_auto (GStrv) labels = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_STRING)
        return NULL;
      labels[i] = json_node_dup_string (element);
    }
  return g_steal_pointer (&labels);
}

char **
thaw_labels_from_json (const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;
  char **labels = NULL;

  if (!parser)
    {
      g_prefix_error (error, "the labels cannot be read: ");
      return NULL;
    }
  if (root && JSON_NODE_HOLDS_ARRAY (root)
      && json_array_get_length (json_node_get_array (root)) <= MAX_LABELS)
    labels = read_array (json_node_get_array (root));
  if (!labels)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "the labels must be a JSON array of at most %d strings", MAX_LABELS);
  return labels;
}
