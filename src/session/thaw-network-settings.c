/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <json-glib/json-glib.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>

void
thaw_network_settings_free (ThawNetworkSettings *self)
{
  if (!self)
    return;
  g_free (self->backbone);
  g_free (self->head);
  g_strfreev (self->trains);
  g_strfreev (self->batch);
  g_strfreev (self->stored);
  g_free (self);
}

ThawNetworkSettings *
thaw_network_settings_copy (const ThawNetworkSettings *self)
{
  ThawNetworkSettings *copy = g_new0 (ThawNetworkSettings, 1);

  copy->backbone = g_strdup (self->backbone);
  copy->head = g_strdup (self->head);
  copy->trains = g_strdupv (self->trains);
  copy->batch = g_strdupv (self->batch);
  copy->stored = g_strdupv (self->stored);
  return copy;
}

static void
add_names (JsonObject *object, const char *member, char **names)
{
  JsonArray *array;

  if (!names)
    return;
  array = json_array_new ();
  for (guint i = 0; names[i]; i++)
    json_array_add_string_element (array, names[i]);
  json_object_set_array_member (object, member, array);
}

char *
thaw_network_settings_to_json (const ThawNetworkSettings *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  if (self->backbone)
    json_object_set_string_member (object, "backbone", self->backbone);
  json_object_set_string_member (object, "head", self->head);
  add_names (object, "trains", self->trains);
  add_names (object, "batch", self->batch);
  add_names (object, "stored", self->stored);
  return thaw_json_write (root);
}

/* (transfer full): the strings among them; NULL where @member is no array */
static char **
take_names (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GPtrArray *names;

  if (!array)
    return NULL;
  names = g_ptr_array_new ();
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_string (element))
        g_ptr_array_add (names, json_node_dup_string (element));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static char *
take_text (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);

  return node && JSON_NODE_HOLDS_VALUE (node) ? g_strdup (json_node_get_string (node)) : NULL;
}

ThawNetworkSettings *
thaw_network_settings_from_json (const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;
  g_autoptr (ThawNetworkSettings) self = NULL;
  JsonObject *object;
  ThawHead head;

  if (!parser)
    return NULL;
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "the project's description of its network is no JSON object");
      return NULL;
    }
  object = json_node_get_object (root);
  self = g_new0 (ThawNetworkSettings, 1);
  self->backbone = take_text (object, "backbone");
  self->head = take_text (object, "head");
  self->trains = take_names (object, "trains");
  self->batch = take_names (object, "batch");
  self->stored = take_names (object, "stored");
  if (!self->head)
    self->head = g_strdup (THAW_HEAD_DEFAULT);
  return thaw_head_parse (&head, self->head, error) ? g_steal_pointer (&self) : NULL;
}
