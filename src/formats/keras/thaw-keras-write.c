/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A .keras file: pictures of numbers from 0 to 255 go in, probabilities come out. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-format.h>
#include <thaw/thaw-json.h>
#include <thaw/thaw-op.h>

#include "formats/weights/thaw-hdf5.h"
#include "formats/weights/thaw-zip.h"
#include "thaw-keras-private.h"
#include "thaw-keras-write.h"

/* --- layers --- */

static void
free_layer (gpointer data)
{
  ThawKerasWritten *layer = data;

  g_free (layer->name);
  g_string_free (layer->config, TRUE);
  g_string_free (layer->arguments, TRUE);
  g_array_unref (layer->inputs);
  g_ptr_array_unref (layer->weights);
  g_free (layer);
}

/* Keras' own files have no dots in names, where they have them here: "block3b_expand_conv" */
static char *
free_name (ThawKerasWriter *self, const char *name)
{
  g_autofree char *plain = g_strdelimit (g_strdup (name), "./ ", '_');
  char *other = g_strdup (plain);

  for (guint i = 2; !g_hash_table_add (self->names, g_strdup (other)); i++)
    {
      g_free (other);
      other = g_strdup_printf ("%s_%u", plain, i);
    }
  return other;
}

ThawKerasWritten *
thaw_keras_add_layer (ThawKerasWriter *self, const char *class_name, const char *name, const ThawShape *shape)
{
  ThawKerasWritten *layer = g_new0 (ThawKerasWritten, 1);

  layer->class_name = class_name;
  layer->name = free_name (self, name);
  layer->config = g_string_new (NULL);
  layer->arguments = g_string_new (NULL);
  layer->inputs = g_array_new (FALSE, FALSE, sizeof (guint));
  layer->shape = *shape;
  layer->weights = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_tensor_unref);
  g_ptr_array_add (self->layers, layer);
  return layer;
}

void
thaw_keras_add_input (ThawKerasWritten *layer, guint input)
{
  g_array_append_val (layer->inputs, input);
}

guint
thaw_keras_last (const ThawKerasWriter *self)
{
  return self->layers->len - 1;
}

static void
append_key (GString *text, const char *key)
{
  g_string_append_printf (text, ", \"%s\": ", key);
}

/* Whole numbers without a point: Keras counts with them. */
static void
append_number (GString *text, double value)
{
  if (value == floor (value) && fabs (value) < 1e15)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, (gint64) value);
  else
    thaw_json_append_double (text, value);
}

void
thaw_keras_set_number (ThawKerasWritten *layer, const char *key, double value)
{
  append_key (layer->config, key);
  append_number (layer->config, value);
}

void
thaw_keras_set_text (ThawKerasWritten *layer, const char *key, const char *value)
{
  append_key (layer->config, key);
  thaw_json_append_string (layer->config, value);
}

void
thaw_keras_set_bool (ThawKerasWritten *layer, const char *key, gboolean value)
{
  thaw_keras_set_json (layer, key, "%s", value ? "true" : "false");
}

void
thaw_keras_set_json (ThawKerasWritten *layer, const char *key, const char *format, ...)
{
  va_list list;

  append_key (layer->config, key);
  va_start (list, format);
  g_string_append_vprintf (layer->config, format, list);
  va_end (list);
}

/* --- from the graph to layers --- */

static void
set_channels (ThawKerasWritten *layer, const char *key, const double *values)
{
  append_key (layer->config, key);
  for (int c = 0; c < 3; c++)
    {
      g_string_append (layer->config, c > 0 ? ", " : "[");
      append_number (layer->config, values[c]);
    }
  g_string_append_c (layer->config, ']');
}

/* The picture, and what is done to its numbers before the network */
static void
write_picture (ThawKerasWriter *self)
{
  const ThawNode *picture = thaw_graph_input (self->graph, 0);
  const ThawPreprocessing *preprocessing = &self->model->preprocessing;
  ThawKerasWritten *layer = thaw_keras_add_layer (self, "InputLayer", "picture", &picture->shape);
  double scale[3], offset[3];

  thaw_keras_set_json (layer, "batch_shape", "[null, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", 3]", picture->shape.dim[1], picture->shape.dim[2]);
  thaw_keras_set_text (layer, "dtype", "float32");
  for (int c = 0; c < 3; c++)
    {
      scale[c] = 1. / preprocessing->std[c];
      offset[c] = -preprocessing->mean[c] / (double) preprocessing->std[c];
    }
  layer = thaw_keras_add_layer (self, "Rescaling", "preprocessing", &picture->shape);
  thaw_keras_add_input (layer, 0);
  set_channels (layer, "scale", scale);
  set_channels (layer, "offset", offset);
  self->values[picture->id] = thaw_keras_last (self);
}

static gboolean
write_network (ThawKerasWriter *self, GError **error)
{
  const ThawNode *logits = thaw_graph_output (self->graph, 0);
  ThawKerasWritten *last;

  write_picture (self);
  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->batched && node->op != THAW_OP_INPUT && !thaw_keras_write_node (self, node, error))
        return FALSE;
    }
  last = thaw_keras_add_layer (self, "Activation", "probabilities", &logits->shape);
  thaw_keras_add_input (last, self->values[logits->id]);
  thaw_keras_set_text (last, "activation", "softmax");
  return TRUE;
}

/* --- from layers to the file --- */

static void
append_reference (GString *text, const ThawKerasWritten *layer)
{
  g_string_append (text, "{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null");
  for (int i = 1; i < layer->shape.rank; i++)
    g_string_append_printf (text, ", %" G_GINT64_FORMAT, layer->shape.dim[i]);
  g_string_append (text, "], \"dtype\": \"float32\", \"keras_history\": [");
  thaw_json_append_string (text, layer->name);
  g_string_append (text, ", 0, 0]}}");
}

static void
append_call (const ThawKerasWriter *self, GString *text, const ThawKerasWritten *layer)
{
  if (layer->inputs->len == 0)
    return;
  g_string_append (text, layer->joins ? "{\"args\": [[" : "{\"args\": [");
  for (guint i = 0; i < layer->inputs->len; i++)
    {
      g_string_append (text, i > 0 ? ", " : "");
      append_reference (text, g_ptr_array_index (self->layers, g_array_index (layer->inputs, guint, i)));
    }
  g_string_append_printf (text, "%s%s], \"kwargs\": {}}", layer->joins ? "]" : "", layer->arguments->str);
}

static void
append_layer (const ThawKerasWriter *self, GString *text, const ThawKerasWritten *layer)
{
  g_string_append_printf (text, "{\"module\": \"%s\", \"class_name\": \"%s\", \"config\": {\"name\": ",
                          layer->operation ? "keras.src.ops.numpy" : "keras.layers", layer->class_name);
  thaw_json_append_string (text, layer->name);
  g_string_append_printf (text, "%s}, \"registered_name\": ", layer->config->str);
  g_string_append_printf (text, layer->operation ? "\"%s\", \"name\": " : "null, \"name\": ", layer->class_name);
  thaw_json_append_string (text, layer->name);
  g_string_append (text, ", \"inbound_nodes\": [");
  append_call (self, text, layer);
  g_string_append (text, "]}");
}

static void
append_end (GString *text, const char *key, const ThawKerasWritten *layer)
{
  append_key (text, key);
  g_string_append_c (text, '[');
  thaw_json_append_string (text, layer->name);
  g_string_append (text, ", 0, 0]");
}

static GBytes *
write_config (const ThawKerasWriter *self, GPtrArray *order)
{
  g_autofree char *name = g_strdelimit (g_strdup (self->model->architecture), "/", '_');
  GString *text = g_string_new ("{\"module\": \"keras.src.models.functional\", \"class_name\": \"Functional\", \"config\": {\"name\": ");

  thaw_json_append_string (text, name);
  g_string_append (text, ", \"trainable\": true, \"layers\": [");
  for (guint i = 0; i < order->len; i++)
    {
      g_string_append (text, i > 0 ? ",\n" : "\n");
      append_layer (self, text, g_ptr_array_index (order, i));
    }
  g_string_append_c (text, ']');
  append_end (text, "input_layers", g_ptr_array_index (self->layers, 0));
  append_end (text, "output_layers", g_ptr_array_index (self->layers, thaw_keras_last (self)));
  g_string_append (text, "}, \"registered_name\": \"Functional\"}");
  return g_string_free_to_bytes (text);
}

static GBytes *
write_weights (GPtrArray *order, GError **error)
{
  g_autoptr (ThawTensorMap) tensors = thaw_tensor_map_new ();
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < order->len; i++)
    {
      const ThawKerasWritten *layer = g_ptr_array_index (order, i);
      g_autofree char *place = layer->operation ? NULL : thaw_keras_place (counts, "", layer->class_name);

      for (guint k = 0; k < layer->weights->len; k++)
        {
          g_autofree char *path = g_strdup_printf ("%s/vars/%u", place, k);

          thaw_tensor_map_set (tensors, path, g_ptr_array_index (layer->weights, k));
        }
    }
  return thaw_hdf5_write (tensors, error);
}

/* What Keras has no place for: it reads the version alone, and Thaw the rest. */
static GBytes *
write_metadata (const ThawModel *model)
{
  g_autofree char *labels = model->labels ? thaw_labels_to_json ((const char *const *) model->labels) : NULL;
  g_autofree char *preprocessing = thaw_preprocessing_to_json (&model->preprocessing);
  GString *text = g_string_new ("{\"keras_version\": \"3.0.0\"");

  append_key (text, "title");
  thaw_json_append_string (text, model->title);
  if (model->licence)
    {
      append_key (text, "licence");
      thaw_json_append_string (text, model->licence);
    }
  append_key (text, "preprocessing");
  g_string_append (text, preprocessing);
  if (labels)
    {
      append_key (text, "labels");
      g_string_append (text, labels);
    }
  g_string_append_c (text, '}');
  return g_string_free_to_bytes (text);
}

static GBytes *
write_archive (const ThawKerasWriter *self, GError **error)
{
  static const char *const names[] = { "metadata.json", THAW_KERAS_CONFIG, THAW_KERAS_WEIGHTS, NULL };
  g_autoptr (GPtrArray) order = thaw_keras_order (self);
  g_autoptr (GBytes) metadata = write_metadata (self->model), config = write_config (self, order);
  g_autoptr (GBytes) weights = write_weights (order, error);
  GBytes *contents[] = { metadata, config, weights };

  return weights ? thaw_zip_write (names, contents, error) : NULL;
}

GBytes *
thaw_keras_write (const ThawModel *model, GError **error)
{
  g_autoptr (ThawGraph) graph = thaw_graph_prune (model->graph);
  g_autofree guint *values = g_new0 (guint, thaw_graph_size (graph));
  g_autofree gboolean *positive = g_new0 (gboolean, thaw_graph_size (graph));
  g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (free_layer);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ThawKerasWriter self = { model, graph, layers, values, positive, names };

  return write_network (&self, error) ? write_archive (&self, error) : NULL;
}

gboolean
thaw_keras_save (const ThawModel *model, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_keras_write (model, error);

  return bytes && thaw_file_replace (path, bytes, error);
}
