/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operators that stand between a picture and the network's input, run as the file says. This is how an export with preprocessing
 * inside is checked: by what the file says, not by what Thaw meant. */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-onnx-evaluate.h"

/* Of all steps together, in bytes: 256 pixels on the short side of a picture and 128 times that on the long one, as float32 and more than once */
#define BUDGET (G_GINT64_CONSTANT (1) << 31)

struct _ThawOnnxPreprocessing
{
  ThawOnnx__Model *proto;
  gboolean        *needed;    /* [nodes]: those that stand before the network's input */
  GHashTable      *constants; /* the proto's name -> ThawTensor: what those are given besides the picture */
};

static gboolean
read_constants (ThawOnnxPreprocessing *self, GError **error)
{
  const ThawOnnx__Graph *graph = self->proto->graph;
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < graph->n_node; i++)
    for (gsize k = 0; self->needed[i] && k < graph->node[i]->n_input; k++)
      g_hash_table_add (wanted, graph->node[i]->input[k]);
  for (gsize i = 0; i < graph->n_initializer; i++)
    {
      const char *name = graph->initializer[i]->name;
      ThawTensor *tensor;

      if (!name || !g_hash_table_contains (wanted, name))
        continue;
      tensor = thaw_onnx_tensor (graph->initializer[i], error);
      if (!tensor)
        return FALSE;
      g_hash_table_replace (self->constants, (gpointer) name, tensor);
    }
  return TRUE;
}

static GHashTable *
values_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) thaw_tensor_unref);
}

ThawOnnxPreprocessing *
thaw_onnx_preprocessing_new (GBytes *bytes, GError **error)
{
  ThawOnnx__Model *proto = thaw_onnx_unpack (bytes, error);
  g_autoptr (ThawOnnxPreprocessing) self = NULL;

  if (!proto)
    return NULL;
  self = g_new (ThawOnnxPreprocessing, 1);
  *self = (ThawOnnxPreprocessing){ proto, thaw_onnx_needed (proto->graph, THAW_ONNX_INPUT, NULL), values_new () };
  return read_constants (self, error) ? g_steal_pointer (&self) : NULL;
}

void
thaw_onnx_preprocessing_free (ThawOnnxPreprocessing *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->constants);
  g_free (self->needed);
  thaw_onnx_model_free (self->proto);
  g_free (self);
}

/* What is known before the first node runs (transfer full) */
static GHashTable *
first_values (const ThawOnnxPreprocessing *self, const guint8 *rgb, int width, int height)
{
  GHashTable *values = values_new ();
  ThawTensor *picture = thaw_tensor_new (THAW_DTYPE_U8, &THAW_SHAPE (height, width, 3));
  GHashTableIter iter;
  gpointer name, tensor;

  g_hash_table_iter_init (&iter, self->constants);
  while (g_hash_table_iter_next (&iter, &name, &tensor))
    g_hash_table_insert (values, name, thaw_tensor_ref (tensor));
  memcpy (picture->data, rgb, picture->bytes);
  g_hash_table_replace (values, (gpointer) THAW_ONNX_IMAGE, picture);
  return values;
}

/* [1, 3, H, W] -> [1, H, W, 3] */
static ThawTensor *
network_input (GHashTable *values, GError **error)
{
  const ThawTensor *result = g_hash_table_lookup (values, THAW_ONNX_INPUT);

  if (result && result->dtype == THAW_DTYPE_F32 && result->shape.rank == 4)
    return thaw_tensor_permute (result, (int[]){ 0, 2, 3, 1 });
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the file has no preprocessing that ends in \"%s\"", THAW_ONNX_INPUT);
  return NULL;
}

ThawTensor *
thaw_onnx_preprocessing_run (const ThawOnnxPreprocessing *self, const guint8 *rgb, int width, int height, GError **error)
{
  const ThawOnnx__Graph *graph = self->proto->graph;
  g_autoptr (GHashTable) values = first_values (self, rgb, width, height);
  gint64 budget = BUDGET;

  for (gsize i = 0; i < graph->n_node; i++)
    {
      ThawOnnxCall call = { values, graph->node[i], 18, &budget, error };

      if (self->needed[i] && !thaw_onnx_evaluate (&call))
        return NULL;
    }
  return network_input (values, error);
}
