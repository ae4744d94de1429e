/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "../thaw-formats.h"
#include "thaw-keras-private.h"

/* The last @n components of "model_weights/conv1/conv1/kernel:0", without what follows the colon (transfer full) */
static char *
last_components (const char *path, guint n)
{
  const char *colon = strrchr (path, ':');
  gsize length = colon && !strchr (colon, '/') ? (gsize) (colon - path) : strlen (path);
  const char *start = path + length;

  while (start > path && (start[-1] != '/' || --n > 0))
    start--;
  return g_strndup (start, path + length - start);
}

/* A name that several tensors have leads to none of them. */
static void
add_name (GHashTable *names, char *name, ThawTensor *tensor)
{
  g_hash_table_insert (names, name, g_hash_table_contains (names, name) ? NULL : tensor);
}

/* "conv1/kernel", and the group that a layer has of its own, "[conv1]kernel"; of a layer with one weight alone it is a star as well */
static void
index_names (ThawKerasStore *self)
{
  for (guint i = 0; i < thaw_tensor_map_size (self->tensors); i++)
    {
      const char *path = thaw_tensor_map_name (self->tensors, i);
      ThawTensor *tensor = thaw_tensor_map_at (self->tensors, i);
      const char *start = g_str_has_prefix (path, "model_weights/") ? path + strlen ("model_weights/") : path;
      const char *slash = strchr (start, '/');
      g_autofree char *last = last_components (path, 1), *two = last_components (path, 2);
      gsize layer = strlen (two) - strlen (last);

      add_name (self->by_name, g_strdup_printf ("%.*s*", (int) layer, two), tensor);
      add_name (self->by_name, g_steal_pointer (&two), tensor);
      if (slash)
        {
          add_name (self->by_name, g_strdup_printf ("[%.*s]*", (int) (slash - start), start), tensor);
          add_name (self->by_name, g_strdup_printf ("[%.*s]%s", (int) (slash - start), start, last), tensor);
        }
    }
}

void
thaw_keras_store_init (ThawKerasStore *self, ThawTensorMap *tensors, gboolean by_place)
{
  *self = (ThawKerasStore){ .tensors = tensors, .by_place = by_place };
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!by_place)
    index_names (self);
}

/* The lines of "PATH:NAME", or, where they were too many for one attribute, of "PATH:NAME0", "PATH:NAME1" ... (transfer full) */
static char **
read_lines (GHashTable *attributes, const char *path, const char *name)
{
  g_autofree char *key = g_strdup_printf ("%s:%s", path, name);
  const char *text = g_hash_table_lookup (attributes, key);
  g_autoptr (GString) all = g_string_new (text);

  for (guint i = 0; i == 0 || text; i++)
    {
      g_autofree char *numbered = g_strdup_printf ("%s%u", key, i);

      text = g_hash_table_lookup (attributes, numbered);
      g_string_append (all, text ? text : "");
    }
  return g_strsplit (g_strchomp (all->str), "\n", -1);
}

static gboolean
is_weight (const ThawTensor *tensor)
{
  return tensor->dtype <= THAW_DTYPE_F64 && tensor->shape.rank > 0;
}

static void
add_weights (ThawKerasStore *self, GHashTable *attributes, const char *layer)
{
  g_auto (GStrv) names = read_lines (attributes, layer, "weight_names");

  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", layer, names[i]);
      ThawTensor *tensor = thaw_tensor_map_get (self->tensors, path);

      if (tensor && is_weight (tensor))
        g_ptr_array_add (self->by_order, tensor);
    }
}

/* Without counters and the states of random numbers */
static guint
count_weights (const ThawKerasStore *self)
{
  guint n = 0;

  for (guint i = 0; i < thaw_tensor_map_size (self->tensors); i++)
    n += is_weight (thaw_tensor_map_at (self->tensors, i));
  return n;
}

gboolean
thaw_keras_store_order (ThawKerasStore *self, GHashTable *attributes)
{
  g_auto (GStrv) layers = read_lines (attributes, "", "layer_names");

  self->by_order = g_ptr_array_new ();
  for (guint i = 0; layers[i]; i++)
    add_weights (self, attributes, layers[i]);
  self->n_weights = count_weights (self);
  if (self->by_order->len == 0)
    g_clear_pointer (&self->by_order, g_ptr_array_unref);
  return self->by_order != NULL;
}

gboolean
thaw_keras_store_places (ThawKerasStore *self)
{
  self->n_weights = count_weights (self);
  for (guint i = 0; i < thaw_tensor_map_size (self->tensors) && !self->by_place; i++)
    self->by_place = g_str_has_prefix (thaw_tensor_map_name (self->tensors, i), "layers/");
  return self->by_place;
}

void
thaw_keras_store_clear (ThawKerasStore *self)
{
  g_clear_pointer (&self->tensors, thaw_tensor_map_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->by_order, g_ptr_array_unref);
}

/* In the layer's own group whatever stands before, else behind the layer's name */
static ThawTensor *
find_by_name (const ThawKerasLayer *layer, const char *names)
{
  GHashTable *known = layer->reader->store->by_name;
  g_auto (GStrv) list = g_strsplit (names, "|", -1);
  ThawTensor *found = NULL;

  for (guint i = 0; list[i] && !found; i++)
    {
      g_autofree char *in_group = g_strdup_printf ("[%s]%s", layer->own_name, list[i]);
      g_autofree char *behind = g_strdup_printf ("%s/%s", layer->own_name, list[i]);

      found = g_hash_table_lookup (known, in_group);
      if (!found)
        found = g_hash_table_lookup (known, behind);
    }
  return found;
}

/* The layer's weights follow those of the layer before. */
static ThawTensor *
find_by_order (ThawKerasLayer *layer, guint index)
{
  const GPtrArray *weights = layer->reader->store->by_order;
  guint at;

  if (layer->ordinal == 0)
    layer->ordinal = layer->reader->ordinal + 1;
  at = layer->ordinal - 1 + index;
  layer->reader->ordinal = MAX (layer->reader->ordinal, at + 1);
  return at < weights->len ? g_ptr_array_index (weights, at) : NULL;
}

static ThawTensor *
find_weight (ThawKerasLayer *layer, guint index, const char *names)
{
  const ThawKerasStore *store = layer->reader->store;
  g_autofree char *place = g_strdup_printf ("%s/vars/%u", layer->place, index);

  if (store->by_order)
    return find_by_order (layer, index);
  return store->by_place ? thaw_tensor_map_get (store->tensors, place) : find_by_name (layer, names);
}

gint64
thaw_keras_width (ThawKerasLayer *layer, guint index, gint64 *takes)
{
  const ThawTensor *tensor = find_weight (layer, index, "kernel");

  if (!tensor || tensor->shape.rank < 2)
    return 0;
  if (takes)
    *takes = tensor->shape.dim[tensor->shape.rank - 2];
  return tensor->shape.dim[tensor->shape.rank - 1];
}

ThawTensor *
thaw_keras_weight (ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, GError **error)
{
  ThawTensor *tensor = find_weight (layer, index, names);
  g_autofree char *wanted = thaw_shape_to_string (shape);
  g_autofree char *found = tensor ? thaw_shape_to_string (&tensor->shape) : NULL;

  if (!tensor)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                 "the layer \"%.80s\" needs a weight (%s) of %s, which is not in the file", layer->own_name, names, wanted);
  else if (!thaw_shape_equal (&tensor->shape, shape))
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the layer \"%.80s\" needs a weight (%s) of %s, but the file's is %s",
                 layer->own_name, names, wanted, found);
  else if (tensor->dtype > THAW_DTYPE_F64)
    g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "the weights of the layer \"%.80s\" are %s; they must be floating point",
                 layer->own_name, thaw_dtype_name (tensor->dtype));
  else if (thaw_file_want (tensor->data, tensor->bytes, FALSE, error))
    {
      layer->reader->n_used++;
      return tensor;
    }
  return NULL;
}

gboolean
thaw_keras_take (ThawKerasLayer *layer, guint index, const char *names, const ThawShape *shape, const int *perm,
                 const ThawShape *final, const char *node, const char *as, GError **error)
{
  ThawTensor *tensor = thaw_keras_weight (layer, index, names, shape, error);
  g_autofree char *name = g_strconcat (node, ".", as, NULL);
  g_autoptr (ThawTensor) turned = NULL, floats = NULL;

  if (!tensor)
    return FALSE;
  if (perm)
    {
      turned = thaw_tensor_permute (tensor, perm);
      turned->shape = *final;
    }
  floats = thaw_tensor_to_f32 (turned ? turned : tensor);
  thaw_tensor_map_set (layer->reader->parameters, name, floats);
  return thaw_file_took (tensor, floats, error);
}

/* "Conv2D" -> "conv2d", "BatchNormalization" -> "batch_normalization": the part of Keras' rule that letters and digits need */
static char *
snake_case (const char *name)
{
  GString *snake = g_string_new (NULL);

  for (const char *c = name; *c; c++)
    {
      gboolean upper = g_ascii_isupper (*c);
      gboolean begins = upper && c > name && (g_ascii_islower (c[1]) || g_ascii_islower (c[-1]));

      if (!g_ascii_isalnum (*c) && *c != '_')
        continue;
      if (begins)
        g_string_append_c (snake, '_');
      g_string_append_c (snake, g_ascii_tolower (*c));
    }
  return g_string_free (snake, FALSE);
}

char *
thaw_keras_place (GHashTable *counts, const char *prefix, const char *class_name)
{
  g_autofree char *snake = snake_case (class_name);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, snake));
  char *place = n == 0 ? g_strdup_printf ("%slayers/%s", prefix, snake) : g_strdup_printf ("%slayers/%s_%u", prefix, snake, n);

  g_hash_table_insert (counts, g_steal_pointer (&snake), GUINT_TO_POINTER (n + 1));
  return place;
}
