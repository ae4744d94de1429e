/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-preprocessing.h>

#define MAX_SIDE 8192

static const char *const filters[] = { "bilinear", "bicubic" }, *const roundings[] = { "nearest", "torchvision" };

int
thaw_preprocessing_side (const ThawPreprocessing *self)
{
  return self->resize > 0 ? self->resize : MAX (self->width, self->height);
}

void
thaw_preprocessing_scale (const ThawPreprocessing *self, gint64 width, gint64 height, gint64 *scaled_width, gint64 *scaled_height)
{
  const gint64 side = thaw_preprocessing_side (self);
  const gint64 shorter = MIN (width, height), longer = MAX (width, height);
  const gint64 scaled = self->rounding == THAW_ROUNDING_TORCHVISION ? side * longer / shorter : (2 * side * longer + shorter) / (2 * shorter);

  *scaled_width = self->stretch ? self->width : width <= height ? side : scaled;
  *scaled_height = self->stretch ? self->height : width <= height ? scaled : side;
}

void
thaw_preprocessing_set_size (ThawPreprocessing *self, int width, int height)
{
  if (self->width > 0 && self->height > 0)
    self->resize = (int) lround ((double) self->resize * MAX (width, height) / MAX (self->width, self->height));
  self->width = width;
  self->height = height;
}

gint64
thaw_preprocessing_margin (const ThawPreprocessing *self, gint64 size, int crop)
{
  const gint64 margin = size - crop;

  return (self->rounding == THAW_ROUNDING_TORCHVISION ? margin + margin / 2 % 2 : margin) / 2;
}

char *
thaw_preprocessing_to_words (const ThawPreprocessing *self)
{
  const char *filter = filters[self->filter];

  if (self->stretch)
    return g_strdup_printf ("scaled to %d x %d pixels (%s) whatever their shape", self->width, self->height, filter);
  return g_strdup_printf ("the shorter side scaled to %d pixels (%s; %s), the middle %d x %d cut out", thaw_preprocessing_side (self),
                          filter, self->rounding == THAW_ROUNDING_TORCHVISION ? "fractions of a pixel as torchvision and timm have them" : "fractions of a pixel rounded",
                          self->width, self->height);
}

static void
add_triple (JsonBuilder *builder, const char *name, const float *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (int i = 0; i < 3; i++)
    json_builder_add_double_value (builder, values[i]);
  json_builder_end_array (builder);
}

static void
add_int (JsonBuilder *builder, const char *name, int value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

char *
thaw_preprocessing_to_json (const ThawPreprocessing *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new_immutable ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  add_int (builder, "resize", self->resize);
  json_builder_set_member_name (builder, "stretch");
  json_builder_add_boolean_value (builder, self->stretch);
  add_int (builder, "width", self->width);
  add_int (builder, "height", self->height);
  json_builder_set_member_name (builder, "filter");
  json_builder_add_string_value (builder, filters[self->filter]);
  json_builder_set_member_name (builder, "rounding");
  json_builder_add_string_value (builder, roundings[self->rounding]);
  add_triple (builder, "mean", self->mean);
  add_triple (builder, "std", self->std);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return thaw_json_write (root);
}

static gboolean
read_size (JsonObject *object, const char *name, int least, int *out)
{
  JsonNode *node = json_object_get_member (object, name);
  gint64 value;

  if (!node || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  value = json_node_get_int (node);
  if (value < least || value > MAX_SIDE)
    return FALSE;
  *out = (int) value;
  return TRUE;
}

static gboolean
read_triple (JsonObject *object, const char *name, float *out)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) != 3)
    return FALSE;
  for (guint i = 0; i < 3; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (element))
        return FALSE;
      out[i] = (float) json_node_get_double (element);
      if (!isfinite (out[i]))
        return FALSE;
    }
  return TRUE;
}

/* Which of two words stands there; -1 for another, or none */
static int
read_word (JsonObject *object, const char *name, const char *const *words)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text = node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  for (int i = 0; text && i < 2; i++)
    if (g_str_equal (text, words[i]))
      return i;
  return -1;
}

static gboolean
read_object (ThawPreprocessing *self, JsonObject *object)
{
  JsonNode *stretch = json_object_get_member (object, "stretch");
  const int filter = read_word (object, "filter", filters);
  const int rounding = json_object_has_member (object, "rounding") ? read_word (object, "rounding", roundings) : THAW_ROUNDING_NEAREST;

  if (filter < 0 || rounding < 0)
    return FALSE;
  self->filter = filter;
  self->rounding = rounding;
  self->stretch = stretch && JSON_NODE_HOLDS_VALUE (stretch) && json_node_get_boolean (stretch);
  return read_size (object, "resize", 0, &self->resize) && read_size (object, "width", 1, &self->width)
         && read_size (object, "height", 1, &self->height) && read_triple (object, "mean", self->mean) && read_triple (object, "std", self->std)
         && self->std[0] != 0 && self->std[1] != 0 && self->std[2] != 0;
}

gboolean
thaw_preprocessing_from_json (ThawPreprocessing *self, const char *json, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, -1, error);
  ThawPreprocessing parsed = { 0 };
  JsonNode *root;

  if (!parser)
    {
      g_prefix_error (error, "the preprocessing cannot be read: ");
      return FALSE;
    }
  root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root) || !read_object (&parsed, json_node_get_object (root)))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "the preprocessing needs resize, width and height (up to %d), filter (bilinear or bicubic), mean and std (three numbers each, std not 0), and may have rounding (nearest or torchvision)",
                   MAX_SIDE);
      return FALSE;
    }
  *self = parsed;
  return TRUE;
}
