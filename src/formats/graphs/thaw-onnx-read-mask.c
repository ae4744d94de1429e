/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mask of shifted windows (Swin) is what the size of the picture says, and no weight that trains: files have it as numbers. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

/* The side of a square of @n; 0: it is none */
static gint64
side_of (gint64 n)
{
  gint64 side = (gint64) lround (sqrt ((double) n));

  return side * side == n ? side : 0;
}

/* [windows, T, T] without axes of 1, all of it 0 or -100 */
static gboolean
looks_like (const ThawTensor *tensor, gint64 *dims)
{
  const float *values = tensor->data;
  guint n = 0;

  for (int i = 0; i < tensor->shape.rank; i++)
    if (tensor->shape.dim[i] > 1)
      {
        if (n == 3)
          return FALSE;
        dims[n++] = tensor->shape.dim[i];
      }
  if (n != 3 || dims[1] != dims[2] || !side_of (dims[0]) || side_of (dims[1]) < 2 || side_of (dims[1]) > 64)
    return FALSE;
  for (gint64 i = 0; i < thaw_tensor_count (tensor); i++)
    if (values[i] != 0 && values[i] != -100)
      return FALSE;
  return TRUE;
}

static gboolean
is_mask (const ThawTensor *tensor, const ThawOpParams *params)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  g_autoptr (ThawTensorMap) none = thaw_tensor_map_new ();
  g_autoptr (ThawReference) reference = NULL;
  ThawNode *node = thaw_graph_add (graph, THAW_OP_CONSTANT, NULL, params, NULL, 0, NULL);

  if (!node || thaw_shape_count (&node->shape) != thaw_tensor_count (tensor))
    return FALSE;
  thaw_graph_add_output (graph, node);
  reference = thaw_reference_new (graph, none, sizeof (float));
  thaw_reference_forward (reference, 1, NULL, NULL);
  return memcmp (thaw_reference_value (reference, node), tensor->data, tensor->bytes) == 0;
}

ThawNode *
thaw_onnx_window_mask (ThawOnnxReader *reader, const ThawTensor *tensor)
{
  ThawOpParams params = { .constant = { .kind = THAW_CONSTANT_WINDOW_MASK } }, shape = { .reshape.shape = tensor->shape };
  ThawConstantParams *mask = &params.constant;
  g_autofree char *wanted = g_strdup_printf ("%s_mask", reader->layer ? reader->layer : "window"), *name = NULL;
  ThawNode *node;
  gint64 dims[3], window;

  if (!looks_like (tensor, dims))
    return NULL;
  window = side_of (dims[1]);
  for (int i = 0; i < 2; i++)
    {
      mask->window[i] = window;
      mask->size[i] = window * side_of (dims[0]);
      mask->shift[i] = window / 2;
    }
  if (!is_mask (tensor, &params))
    return NULL;
  name = thaw_onnx_free_name (reader, wanted);
  node = thaw_graph_add (reader->graph, THAW_OP_CONSTANT, name, &params, NULL, 0, NULL);
  return thaw_shape_equal (&node->shape, &tensor->shape) ? node : thaw_onnx_help (reader, THAW_OP_RESHAPE, NULL, "mask_of_heads", &shape, node, NULL);
}
