/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How pictures were split last, as the project keeps it. */
#include "thaw-pictures-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <thaw/thaw-json.h>

/* What is left to train with at least: the window asks for no less either */
#define MOST .9
#define LARGEST_SEED 0x1p53

void
thaw_pictures_get_shares (ThawPictures *self, double *validation, double *test, guint64 *seed)
{
  *validation = self->shares.validation;
  *test = self->shares.test;
  *seed = self->shares.seed;
}

char *
thaw_pictures_shares_to_json (ThawPictures *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "validation");
  json_builder_add_double_value (builder, self->shares.validation);
  json_builder_set_member_name (builder, "test");
  json_builder_add_double_value (builder, self->shares.test);
  json_builder_set_member_name (builder, "seed");
  json_builder_add_int_value (builder, (gint64) self->shares.seed);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

/* NaN: there is no such number */
static double
number (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  const GType type = node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : (double) NAN;
}

void
thaw_pictures_shares_from_json (ThawPictures *self, const char *json)
{
  g_autoptr (JsonParser) parser = json ? thaw_json_parse (json, -1, NULL) : NULL;
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;
  double validation, test, seed;

  self->shares = (ThawShares){ .validation = THAW_DEFAULT_VALIDATION };
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    return;
  validation = number (json_node_get_object (root), "validation");
  test = number (json_node_get_object (root), "test");
  seed = number (json_node_get_object (root), "seed");
  if (validation >= 0 && test >= 0 && validation + test <= MOST && seed >= 0 && seed <= LARGEST_SEED)
    self->shares = (ThawShares){ validation, test, (guint64) seed };
}
