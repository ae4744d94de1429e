/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functional and Sequential models, one inside another. */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-call.h"

#define MAX_SIDE 8192
#define MAX_DEPTH 8
/* Numbers of one value for one picture: more than any network has, so that no file asks for any amount of memory */
#define MAX_VALUE (G_GINT64_CONSTANT (1) << 28)

typedef struct
{
  ThawKerasReader      *reader;
  const ThawKerasScope *scope;
  GHashTable           *values;   /* the layers' results, by name */
  GHashTable           *counts;   /* of classes, as Keras 3 numbers its weights */
  gboolean              sequence;
  ThawKerasValue       *last;     /* of a Sequential, the layer before; (nullable) */
  gboolean              has_input;
} Model;

/* Without a package before it: "Custom>LayerScale" (transfer full) */
static char *
class_of (const ThawJsonReader *layer)
{
  g_autofree char *whole = thaw_keras_string (layer, "class_name");
  const char *mark = whole ? strrchr (whole, '>') : NULL;

  return mark ? g_strdup (mark + 1) : g_steal_pointer (&whole);
}

/* After the "block3b" or "block_3" that a name begins with; NULL where it has none */
static char *
end_of_block (char *name)
{
  char *at = strstr (name, "block");

  if (!at)
    return NULL;
  at += strlen ("block");
  if (*at == '_')
    at++;
  if (!g_ascii_isdigit (*at))
    return NULL;
  while (g_ascii_isalnum (*at))
    at++;
  return *at == '_' && at[1] ? at : NULL;
}

/* Dots divide groups here, and Keras' names have none of theirs: "block3b_expand_conv" becomes "block3b.expand_conv". */
static const char *
node_name (Model *self, const char *own)
{
  g_autofree char *name = g_strdup (own);
  g_autofree char *whole = NULL, *other = NULL;
  ThawBuilder *b = &self->reader->b;
  char *end;

  g_strdelimit (name, ".", '_');
  end = end_of_block (name);
  if (end)
    *end = '.';
  g_strdelimit (name, "/", '.');
  whole = g_strconcat (self->scope->prefix, *name ? name : "layer", NULL);
  for (guint i = 2; thaw_graph_find (b->graph, other ? other : whole); i++)
    {
      g_free (other);
      other = g_strdup_printf ("%s_%u", whole, i);
    }
  return g_string_chunk_insert (b->names, other ? other : whole);
}

static gboolean
add_picture (ThawKerasLayer *layer, const int *dims, guint n, GError **error)
{
  ThawKerasReader *self = layer->reader;
  int otherwise = self->family ? self->family->size : 224;

  if (n != 3 || dims[2] != 3 || dims[0] < 0 || dims[1] < 0)
    return thaw_keras_refuse (layer, "is no colour picture [height, width, 3], which Thaw needs as input", error) != NULL;
  self->picture = thaw_graph_add_input (self->b.graph, "input",
                                        &THAW_SHAPE (1, dims[0] > 0 ? dims[0] : otherwise, dims[1] > 0 ? dims[1] : otherwise, 3));
  return TRUE;
}

/* The numbers behind the batch's; null, of a side that is left open, is 0, and what is no size -1 */
static guint
read_picture_shape (const ThawJsonReader *object, const char *key, int *dims)
{
  ThawJsonReader list, item;
  double number;
  guint n = 0;

  if (!thaw_json_find (object, key, &list))
    return 0;
  for (guint i = 0; thaw_json_next (&list, &item); i++)
    if (i > 0 && i < 4)
      dims[n++] = thaw_json_peek (&item) == 'n'                                                        ? 0
                  : thaw_json_number (&item, &number) && number >= 1 && number <= MAX_SIDE ? (int) number
                                                                                             : -1;
    else if (i >= 4)
      return 0;
  return n;
}

/* The picture's shape where a Sequential has no input of its own: in the first of its layers, or in the first layer of that */
static guint
find_shape (const ThawJsonReader *config, int *dims, guint depth)
{
  static const char *const keys[] = { "batch_input_shape", "batch_shape", "build_input_shape" };
  ThawJsonReader layers, first, inner;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (keys) && n == 0; i++)
    n = read_picture_shape (config, keys[i], dims);
  if (n > 0 || depth > MAX_DEPTH)
    return n;
  if (!thaw_json_find (config, "layers", &layers))
    layers = *config;
  return thaw_json_next (&layers, &first) && thaw_json_find (&first, "config", &inner) ? find_shape (&inner, dims, depth + 1) : 0;
}

static ThawKerasValue *
keep (Model *self, const char *name, const ThawKerasValue *value)
{
  ThawKerasValue *kept = g_memdup2 (value, sizeof *value);

  g_hash_table_insert (self->values, g_strdup (name), kept);
  return self->last = kept;
}

/* The picture, or what the model is called with. @config: has its shape somewhere */
static gboolean
add_input (Model *self, ThawKerasLayer *layer, const ThawJsonReader *config, GError **error)
{
  ThawKerasValue value = { .picture = TRUE, .scale = { 1, 1, 1 } };
  int dims[3];

  if (self->has_input)
    return thaw_keras_refuse (layer, "is a second input, and Thaw has one picture alone", error) != NULL;
  self->has_input = TRUE;
  if (self->scope->input)
    {
      keep (self, layer->own_name, self->scope->input);
      return TRUE;
    }
  if (!add_picture (layer, dims, find_shape (config, dims, 0), error))
    return FALSE;
  value.node = layer->reader->picture;
  keep (self, layer->own_name, &value);
  return TRUE;
}

static gboolean
is_model (const char *class_name)
{
  return g_str_equal (class_name, "Functional") || g_str_equal (class_name, "Model") || g_str_equal (class_name, "Sequential");
}

static gboolean
build_inner (Model *self, ThawKerasLayer *layer, const ThawJsonReader *object, ThawKerasValue *value, GError **error)
{
  g_autofree char *prefix = g_strconcat (layer->name, ".", NULL);
  g_autofree char *place = g_strconcat (layer->place, "/", NULL);
  ThawKerasScope inner = { prefix, place, layer->operands[0].value, self->scope->depth + 1 };

  if (layer->n_operands != 1 || !inner.input)
    return thaw_keras_refuse (layer, "is a model with several inputs", error) != NULL;
  return thaw_keras_read_model (layer->reader, object, &inner, value, error);
}

static gboolean
build_node (ThawKerasLayer *layer, ThawKerasValue *value, GError **error)
{
  ThawKerasBuild build = thaw_keras_weighted (layer->class_name);
  int known = thaw_keras_arithmetic (layer, value, error);

  if (known < 0)
    known = thaw_keras_slice (layer, value, error);
  if (known >= 0)
    return known;
  if (thaw_keras_does_nothing (layer->class_name) && layer->operands[0].value)
    {
      *value = *layer->operands[0].value;
      return TRUE;
    }
  if (!build)
    build = thaw_keras_plain (layer->class_name);
  if (!build || thaw_keras_is (&layer->config, "data_format", "channels_first"))
    return thaw_keras_refuse (layer, build ? "has the channels first" : "is of a class that Thaw does not know", error) != NULL;
  value->node = build (layer, error);
  return value->node != NULL;
}

static gboolean
check_value (const ThawKerasLayer *layer, const ThawKerasValue *value, GError **error)
{
  gsize bytes;

  if (thaw_shape_check (&value->node->shape, 1, &bytes) && bytes <= MAX_VALUE)
    return TRUE;
  return thaw_keras_refuse (layer, "gives more numbers than any network has", error) != NULL;
}

static gboolean
build_layer (Model *self, ThawKerasLayer *layer, const ThawJsonReader *object, GError **error)
{
  ThawKerasValue value = { 0 };
  gboolean good = is_model (layer->class_name) ? build_inner (self, layer, object, &value, error)
                                               : build_node (layer, &value, error);
  ThawBuilder *b = &layer->reader->b;

  if (!good)
    {
      if (error && !*error && b->error)
        *error = g_steal_pointer (&b->error);
      if (error && !*error)
        thaw_keras_refuse (layer, "cannot be built", error);
      return FALSE;
    }
  if (!check_value (layer, &value, error))
    return FALSE;
  keep (self, layer->own_name, &value);
  return TRUE;
}

static gboolean
add_layer (Model *self, const ThawJsonReader *object, const ThawJsonReader *model_config, GError **error)
{
  ThawKerasLayer layer = { .reader = self->reader };
  ThawKerasLayer input = { .reader = self->reader, .class_name = "InputLayer", .own_name = "input" };
  g_autofree char *class_name = class_of (object), *own = NULL, *place = NULL;
  ThawKerasCall call = { &layer, self->values, FALSE, error };

  if (!class_name || !thaw_json_find (object, "config", &layer.config))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a layer of the model cannot be read");
      return FALSE;
    }
  own = thaw_keras_string (object, "name");
  if (!own)
    own = thaw_keras_string (&layer.config, "name");
  if (!own)
    own = g_strdup (class_name);
  layer.class_name = class_name;
  layer.own_name = own;
  if (g_str_equal (class_name, "InputLayer"))
    return add_input (self, &layer, &layer.config, error);
  layer.place = place = thaw_keras_place (self->counts, self->scope->place, class_name);
  layer.name = node_name (self, own);
  if (!self->sequence)
    return thaw_keras_call_read (&call, object) && build_layer (self, &layer, object, error);
  if (!self->last && !add_input (self, &input, model_config, error))
    return FALSE;
  layer.operands[layer.n_operands++].value = self->last;
  return build_layer (self, &layer, object, error);
}

/* ["predictions", 0, 0] or [["predictions", 0, 0]] */
static ThawKerasValue *
find_output (Model *self, const ThawJsonReader *config, GError **error)
{
  ThawJsonReader list, first, second;
  g_autofree char *name = NULL;
  gboolean nested;

  if (self->sequence || (self->reader->end && self->scope->depth == 0))
    return self->last;
  if (!thaw_json_find (config, "output_layers", &list) || !thaw_json_next (&list, &first))
    return NULL;
  nested = thaw_json_peek (&first) == '[';
  if (nested && thaw_json_next (&list, &second))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "a model with several outputs; Thaw needs one");
      return NULL;
    }
  if (nested && !thaw_json_next (&first, &second))
    return NULL;
  name = thaw_json_take_string (nested ? &second : &first);
  return name ? g_hash_table_lookup (self->values, name) : NULL;
}

static gboolean
add_layers (Model *self, ThawJsonReader layers, const ThawJsonReader *config, GError **error)
{
  ThawJsonReader object;

  while (thaw_json_next (&layers, &object))
    {
      if (!add_layer (self, &object, config, error))
        return FALSE;
      if (self->reader->end && self->scope->depth == 0 && g_hash_table_contains (self->values, self->reader->end))
        break;
    }
  return TRUE;
}

gboolean
thaw_keras_read_model (ThawKerasReader *self, const ThawJsonReader *object, const ThawKerasScope *scope, ThawKerasValue *value, GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *class_name = class_of (object);
  Model model = { self, scope, values, counts, class_name && g_str_equal (class_name, "Sequential") };
  ThawJsonReader config, layers;
  ThawKerasValue *output;

  if (!class_name || !is_model (class_name) || !thaw_json_find (object, "config", &config) || scope->depth > MAX_DEPTH)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "its model is a \"%.60s\", not one that is Functional or Sequential",
                   class_name ? class_name : "");
      return FALSE;
    }
  if (!thaw_json_find (&config, "layers", &layers))
    layers = config;
  if (!self->family)
    self->family = thaw_keras_family (&layers);
  if (!add_layers (&model, layers, &config, error))
    return FALSE;
  output = find_output (&model, &config, error);
  if (output)
    *value = *output;
  else if (error && !*error)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "a model whose output is none of its layers");
  return output != NULL;
}
