/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The config.json beside the weights of timm and the Hugging Face hub, as what a safetensors file says of itself */
#include <json-glib/json-glib.h>
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-zoo.h>

#include "thaw-timm.h"

#define MAX_SIDE 8192

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "config.json: %s", what);
  return FALSE;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

/* NAN for what is no number */
static double
get_number (JsonNode *node)
{
  GType type = node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : (double) NAN;
}

static JsonArray *
get_triple (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  return array && json_array_get_length (array) == 3 ? array : NULL;
}

/* --- preprocessing --- */

static gboolean
read_mean (JsonObject *config, const char *name, const double *usual, float *out, GError **error)
{
  JsonArray *array = get_triple (config, name);

  if (!array && json_object_has_member (config, name) && !json_object_get_null_member (config, name))
    return refuse (error, "mean and std must be three numbers each");
  for (guint i = 0; i < 3; i++)
    {
      double value = array ? get_number (json_array_get_element (array, i)) : usual[i];

      if (!isfinite (value) || fabs (value) > 1e6)
        return refuse (error, "mean and std must be three numbers each");
      out[i] = (float) (value * 255);
    }
  return TRUE;
}

/* @args: model_args, whose img_size goes before */
static gboolean
read_size (JsonObject *config, JsonObject *args, ThawPreprocessing *out, GError **error)
{
  JsonArray *array = get_triple (config, "input_size");
  JsonNode *given = args ? json_object_get_member (args, "img_size") : NULL;
  double side[3] = { 3, 224, 224 };

  for (guint i = 0; array && i < 3; i++)
    side[i] = get_number (json_array_get_element (array, i));
  if (given && JSON_NODE_HOLDS_VALUE (given))
    side[1] = side[2] = get_number (given);
  if (side[0] != 3)
    return refuse (error, "only networks for pictures of three colours can be used");
  if (!(side[1] >= 1 && side[1] <= MAX_SIDE && side[2] >= 1 && side[2] <= MAX_SIDE))
    return refuse (error, "input_size is no size of pictures");
  out->height = (int) side[1];
  out->width = (int) side[2];
  return TRUE;
}

static gboolean
read_filter (JsonObject *config, ThawPreprocessing *out, GError **error)
{
  const char *filter = get_text (config, "interpolation");

  if (filter && !g_str_equal (filter, "bicubic") && !g_str_equal (filter, "bilinear"))
    return refuse (error, "pictures can be scaled by bicubic and bilinear interpolation alone");
  out->filter = filter && g_str_equal (filter, "bilinear") ? THAW_FILTER_BILINEAR : THAW_FILTER_BICUBIC;
  return TRUE;
}

static gboolean
read_crop (JsonObject *config, ThawPreprocessing *out, GError **error)
{
  JsonNode *node = json_object_get_member (config, "crop_pct");
  double share = node && !JSON_NODE_HOLDS_NULL (node) ? get_number (node) : .875;
  const char *mode = get_text (config, "crop_mode");

  if (!(share > .01 && share <= 1))
    return refuse (error, "crop_pct must be a share of the picture, such as 0.875");
  if (mode && !g_str_equal (mode, "center") && !g_str_equal (mode, "squash"))
    return refuse (error, "crop_mode can be center or squash alone");
  out->stretch = mode && g_str_equal (mode, "squash");
  if (out->stretch && share < 1)
    return refuse (error, "crop_mode squash goes with a crop_pct of 1 alone");
  out->resize = out->stretch ? 0 : (int) floor (MIN (out->width, out->height) / share);
  if (out->resize > MAX_SIDE)
    return refuse (error, "pictures would be scaled to more than 8192 pixels a side");
  return TRUE;
}

static char *
read_preprocessing (JsonObject *config, JsonObject *args, GError **error)
{
  static const double mean[] = { .485, .456, .406 }, std[] = { .229, .224, .225 };
  ThawPreprocessing out = { .rounding = THAW_ROUNDING_TORCHVISION };

  if (!read_size (config, args, &out, error) || !read_filter (config, &out, error) || !read_crop (config, &out, error)
      || !read_mean (config, "mean", mean, out.mean, error) || !read_mean (config, "std", std, out.std, error))
    return NULL;
  return thaw_preprocessing_to_json (&out);
}

/* --- labels --- */

static JsonNode *
find_labels (JsonObject *root, JsonObject *config, const char *name)
{
  JsonNode *node = json_object_get_member (root, name);

  if (!node || JSON_NODE_HOLDS_NULL (node))
    node = json_object_get_member (config, name);
  return node && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

/* The name of class @i: an element of an array, or what an object has under its number */
static const char *
label_at (JsonNode *names, guint i)
{
  g_autofree char *number = g_strdup_printf ("%u", i);
  JsonNode *node;

  if (JSON_NODE_HOLDS_OBJECT (names))
    return get_text (json_node_get_object (names), number);
  node = json_array_get_element (json_node_get_array (names), i);
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

/* What people call the classes, as a JSON array; NULL with an error, or without where there are none */
static char *
read_labels (JsonObject *root, JsonObject *config, GError **error)
{
  JsonNode *names = find_labels (root, config, "label_names"), *described = find_labels (root, config, "label_descriptions");
  JsonObject *descriptions = described && JSON_NODE_HOLDS_OBJECT (described) ? json_node_get_object (described) : NULL;
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  guint n;

  if (!names)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (names) && !JSON_NODE_HOLDS_OBJECT (names))
    {
      refuse (error, "label_names must be a list");
      return NULL;
    }
  n = JSON_NODE_HOLDS_ARRAY (names) ? json_array_get_length (json_node_get_array (names)) : json_object_get_size (json_node_get_object (names));
  for (guint i = 0; i < n; i++)
    {
      const char *name = label_at (names, i), *text = name && descriptions ? get_text (descriptions, name) : NULL;

      if (!name)
        {
          refuse (error, "label_names must have a text for every class");
          return NULL;
        }
      g_ptr_array_add (labels, (char *) (text ? text : name));
    }
  g_ptr_array_add (labels, NULL);
  return n ? thaw_labels_to_json ((const char *const *) labels->pdata) : NULL;
}

/* --- the whole --- */

/* What changes nothing here, or is looked at: anything else might make another network of it. */
static gboolean
check_arguments (JsonObject *args, GError **error)
{
  static const char *const known[] = { "img_size", "drop_rate", "drop_path_rate", "proj_drop_rate", "attn_drop_rate", "pos_drop_rate", "num_classes",
                                       "in_chans", "global_pool", "dynamic_img_size", "strict_img_size", NULL };
  g_autoptr (GList) names = args ? json_object_get_members (args) : NULL;
  const char *pool = get_text (args, "global_pool");

  if (pool && !g_str_equal (pool, "avg") && !g_str_equal (pool, "token"))
    return refuse (error, "global_pool can be avg or token alone");
  for (GList *name = names; name; name = name->next)
    if (!g_strv_contains (known, name->data))
      {
        g_autofree char *text = g_strdup_printf ("the network was changed by “%.40s” in model_args, which Thaw does not know", (const char *) name->data);

        return refuse (error, text);
      }
  return TRUE;
}

static void
take (GHashTable *metadata, const char *key, char *value)
{
  if (value)
    g_hash_table_insert (metadata, g_strdup (key), value);
}

static gboolean
read_root (JsonObject *root, GHashTable *metadata, GError **error)
{
  /* before 2023 there was one object of all */
  JsonObject *nested = get_object (root, "pretrained_cfg"), *config = nested ? nested : root, *args = get_object (root, "model_args");
  g_autoptr (GError) local = NULL;
  const char *architecture = get_text (root, "architecture");
  char *preprocessing, *labels;

  if (!check_arguments (args, error))
    return FALSE;
  preprocessing = read_preprocessing (config, args, error);
  if (!preprocessing)
    return FALSE;
  take (metadata, "preprocessing", preprocessing);
  labels = read_labels (root, config, &local);
  take (metadata, "labels", labels);
  take (metadata, "licence", g_strdup (get_text (config, "license")));
  take (metadata, "architecture", g_strdup (thaw_zoo_timm_find (architecture)));
  take (metadata, "timm", g_strdup_printf ("%.80s", architecture));
  if (!local)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GHashTable *
thaw_timm_config_parse (const char *json, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = thaw_json_parse (json, length, error);
  g_autoptr (GHashTable) metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL;

  if (!parser)
    {
      g_prefix_error (error, "config.json: ");
      return NULL;
    }
  if (!root || !JSON_NODE_HOLDS_OBJECT (root))
    {
      refuse (error, "it is no JSON object");
      return NULL;
    }
  /* the hub's other libraries have a config.json too: then the tensors' names say what it is */
  if (!get_text (json_node_get_object (root), "architecture"))
    return g_steal_pointer (&metadata);
  return read_root (json_node_get_object (root), metadata, error) ? g_steal_pointer (&metadata) : NULL;
}
