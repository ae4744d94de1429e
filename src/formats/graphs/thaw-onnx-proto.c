/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-onnx.h"

/* Field 1 of a model is its IR version, a small number; nothing else that Thaw reads begins so. */
gboolean
thaw_onnx_sniff (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size > 4 && data[0] == 0x08 && data[1] > 0 && data[1] < 64 && (data[2] == 0x12 || data[2] == 0x3a || data[2] == 0x42 || data[2] == 0x1a);
}

/* So that no reader need ask whether there are any */
static void
fill_in_names (ThawOnnx__Graph *graph)
{
  for (gsize i = 0; i < graph->n_node; i++)
    {
      ThawOnnx__Node *node = graph->node[i];

      if (!node->name)
        node->name = g_strdup ("");
      if (!node->op_type)
        node->op_type = g_strdup ("");
    }
}

ThawOnnx__Model *
thaw_onnx_unpack (GBytes *bytes, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GByteArray) thin = thaw_onnx_thin (data, size);
  g_autoptr (ThawOnnxModel) model = thin ? thaw_onnx__model__unpack (NULL, thin->len, thin->data) : NULL;

  if (model && model->graph)
    {
      thaw_onnx_point_at_file (model->graph, data);
      fill_in_names (model->graph);
      return g_steal_pointer (&model);
    }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               model ? "an ONNX file without a graph" : "not an ONNX file, or a damaged one");
  return NULL;
}

const ThawOnnx__Attribute *
thaw_onnx_attribute (const ThawOnnx__Node *node, const char *name)
{
  for (gsize i = 0; i < node->n_attribute; i++)
    if (g_strcmp0 (node->attribute[i]->name, name) == 0)
      return node->attribute[i];
  return NULL;
}

gint64
thaw_onnx_get_int (const ThawOnnx__Node *node, const char *name, gint64 otherwise)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  return attribute && attribute->has_i ? attribute->i : otherwise;
}

double
thaw_onnx_get_float (const ThawOnnx__Node *node, const char *name, double otherwise)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!attribute || !attribute->has_f)
    return otherwise;
  return g_ascii_strtod (g_ascii_formatd (text, sizeof text, "%.7g", attribute->f), NULL);
}

gboolean
thaw_onnx_get_ints (const ThawOnnx__Node *node, const char *name, int *out, gsize n)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  if (!attribute || attribute->n_ints != n)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    out[i] = (int) CLAMP (attribute->ints[i], G_MININT, G_MAXINT);
  return TRUE;
}

gboolean
thaw_onnx_string_is (const ThawOnnx__Node *node, const char *name, const char *value)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (node, name);

  return attribute && attribute->has_s && attribute->s.len == strlen (value)
         && memcmp (attribute->s.data, value, attribute->s.len) == 0;
}

gboolean *
thaw_onnx_needed (const ThawOnnx__Graph *graph, const char *target, const char *stop)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean *needed = g_new0 (gboolean, graph->n_node + 1);

  g_hash_table_add (wanted, (gpointer) target);
  for (gsize i = graph->n_node; i-- > 0;)
    {
      const ThawOnnx__Node *node = graph->node[i];

      for (gsize k = 0; k < node->n_output; k++)
        needed[i] |= *node->output[k] && g_strcmp0 (node->output[k], stop) != 0
                     && g_hash_table_contains (wanted, node->output[k]);
      for (gsize k = 0; needed[i] && k < node->n_input; k++)
        g_hash_table_add (wanted, node->input[k]);
    }
  return needed;
}

const char *
thaw_onnx_metadata (const ThawOnnx__Model *model, const char *key)
{
  for (gsize i = 0; i < model->n_metadata_props; i++)
    if (g_strcmp0 (model->metadata_props[i]->key, key) == 0)
      return model->metadata_props[i]->value;
  return NULL;
}

gboolean
thaw_onnx_has_other_files (GBytes *bytes)
{
  g_autoptr (ThawOnnxModel) proto = thaw_onnx_sniff (bytes) ? thaw_onnx_unpack (bytes, NULL) : NULL;

  for (gsize i = 0; proto && i < proto->graph->n_initializer; i++)
    if (proto->graph->initializer[i]->data_location)
      return TRUE;
  return FALSE;
}
