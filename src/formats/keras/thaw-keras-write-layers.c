/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each operation is in Keras. */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-write.h"

static gboolean
unsupported (const ThawNode *node, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "layer %s cannot be written for Keras: %s", node->name, what);
  return FALSE;
}

/* --- pieces --- */

/* The layer that gives @node's value, called with the layer at the place @input */
static ThawKerasWritten *
add_with (ThawKerasWriter *self, const ThawNode *node, const char *class_name, guint input)
{
  ThawKerasWritten *layer = thaw_keras_add_layer (self, class_name, node->name, &node->shape);

  thaw_keras_add_input (layer, input);
  self->values[node->id] = thaw_keras_last (self);
  return layer;
}

static ThawKerasWritten *
add (ThawKerasWriter *self, const ThawNode *node, const char *class_name)
{
  return add_with (self, node, class_name, self->values[node->inputs[0]->id]);
}

/* One on the way to it; returns its place. */
static ThawKerasWritten *
add_step (ThawKerasWriter *self, const ThawNode *node, const char *class_name, const char *what, guint input, const ThawShape *shape)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", node->name, what);
  ThawKerasWritten *layer = thaw_keras_add_layer (self, class_name, name, shape);

  thaw_keras_add_input (layer, input);
  return layer;
}

static void
set_pair (ThawKerasWritten *layer, const char *key, const int *pair)
{
  thaw_keras_set_json (layer, key, "[%d, %d]", pair[0], pair[1]);
}

/* What is done to rows and columns: top, bottom, left, right */
static void
set_sides (ThawKerasWritten *layer, const char *key, const int *pad)
{
  thaw_keras_set_json (layer, key, "[[%d, %d], [%d, %d]]", pad[THAW_TOP], pad[THAW_BOTTOM], pad[THAW_LEFT], pad[THAW_RIGHT]);
}

static gboolean
is_none (const int *pad)
{
  return pad[0] == 0 && pad[1] == 0 && pad[2] == 0 && pad[3] == 0;
}

/* The place of @node's first input, with zeros around it where there are any */
static guint
add_padding (ThawKerasWriter *self, const ThawNode *node, const int *pad)
{
  const ThawNode *x = node->inputs[0];
  ThawShape shape = x->shape;
  ThawKerasWritten *layer;

  if (is_none (pad))
    return self->values[x->id];
  shape.dim[1] += pad[THAW_TOP] + pad[THAW_BOTTOM];
  shape.dim[2] += pad[THAW_LEFT] + pad[THAW_RIGHT];
  layer = add_step (self, node, "ZeroPadding2D", "pad", self->values[x->id], &shape);
  set_sides (layer, "padding", pad);
  return thaw_keras_last (self);
}

/* NULL where @node does not have that input, or it is no parameter; one in another shape is. */
static ThawTensor *
parameter (const ThawKerasWriter *self, const ThawNode *node, guint i)
{
  const ThawNode *x = i < node->n_inputs ? node->inputs[i] : NULL;

  while (x && x->op == THAW_OP_RESHAPE)
    x = x->inputs[0];
  return x && x->op == THAW_OP_PARAMETER ? thaw_tensor_map_get (self->model->parameters, x->name) : NULL;
}

static gboolean
has_input (const ThawNode *node, guint i)
{
  return i < node->n_inputs && node->inputs[i];
}

/* @perm: (nullable): the order of axes in Keras */
static gboolean
take (const ThawKerasWriter *self, const ThawNode *node, guint i, const int *perm, ThawKerasWritten *layer, GError **error)
{
  ThawTensor *tensor = parameter (self, node, i);

  if (!tensor || !thaw_shape_equal (&tensor->shape, &node->inputs[i]->shape))
    return unsupported (node, "its weights are worked out of others", error);
  g_ptr_array_add (layer->weights, perm ? thaw_tensor_permute (tensor, perm) : thaw_tensor_ref (tensor));
  return TRUE;
}

static gboolean
take_bias (const ThawKerasWriter *self, const ThawNode *node, ThawKerasWritten *layer, GError **error)
{
  thaw_keras_set_bool (layer, "use_bias", has_input (node, 2));
  return !has_input (node, 2) || take (self, node, 2, NULL, layer, error);
}

/* --- with weights --- */

static gboolean
write_conv (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  /* [out, in / groups, h, w] to [h, w, in / groups, out]; [channels, 1, h, w] to [h, w, channels, 1] */
  static const int out_last[] = { 2, 3, 1, 0 }, channels_third[] = { 2, 3, 0, 1 };
  const ThawWindowParams *window = &node->params.window;
  gboolean same = window->padding == THAW_PADDING_SAME, depthwise = node->op == THAW_OP_DEPTHWISE;
  ThawKerasWritten *layer;

  if (window->activation || (!depthwise && has_input (node, 3)))
    return unsupported (node, "something is fused into it", error);
  if ((window->dilation[0] > 1 || window->dilation[1] > 1) && (window->stride[0] > 1 || window->stride[1] > 1))
    return unsupported (node, "a window that is both dilated and moved by more than one", error);
  layer = add_with (self, node, depthwise ? "DepthwiseConv2D" : "Conv2D",
                    same ? self->values[node->inputs[0]->id] : add_padding (self, node, window->pad));
  if (depthwise)
    thaw_keras_set_number (layer, "depth_multiplier", 1);
  else
    {
      thaw_keras_set_number (layer, "filters", (double) node->shape.dim[3]);
      thaw_keras_set_number (layer, "groups", window->groups);
    }
  set_pair (layer, "kernel_size", window->kernel);
  set_pair (layer, "strides", window->stride);
  set_pair (layer, "dilation_rate", window->dilation);
  thaw_keras_set_text (layer, "padding", same ? "same" : "valid");
  return take (self, node, 1, depthwise ? channels_third : out_last, layer, error) && take_bias (self, node, layer, error);
}

static gboolean
write_linear (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  static const int turned[] = { 1, 0 };
  ThawKerasWritten *layer;

  if (node->params.linear.activation)
    return unsupported (node, "something is fused into it", error);
  layer = add (self, node, "Dense");
  thaw_keras_set_number (layer, "units", (double) node->shape.dim[node->shape.rank - 1]);
  return take (self, node, 1, turned, layer, error) && take_bias (self, node, layer, error);
}

static gboolean
write_batchnorm (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  ThawKerasWritten *layer = add (self, node, "BatchNormalization");

  thaw_keras_set_number (layer, "axis", -1);
  thaw_keras_set_number (layer, "momentum", 1 - node->params.norm.momentum);
  thaw_keras_set_number (layer, "epsilon", node->params.norm.eps);
  for (guint i = 1; i < 5; i++)
    if (!take (self, node, i, NULL, layer, error))
      return FALSE;
  return TRUE;
}

static gboolean
write_layernorm (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  ThawKerasWritten *layer = add (self, node, "LayerNormalization");

  thaw_keras_set_number (layer, "axis", -1);
  thaw_keras_set_number (layer, "epsilon", node->params.norm.eps);
  return take (self, node, 1, NULL, layer, error) && take (self, node, 2, NULL, layer, error);
}

/* --- activations --- */

static gboolean
write_activation (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  static const char *const names[THAW_N_OPS] = {
    [THAW_OP_RELU] = "relu", [THAW_OP_RELU6] = "relu6", [THAW_OP_SIGMOID] = "sigmoid", [THAW_OP_TANH] = "tanh",
    [THAW_OP_HARDSIGMOID] = "hard_sigmoid", [THAW_OP_SILU] = "silu", [THAW_OP_HARDSWISH] = "hard_silu", [THAW_OP_GELU] = "gelu",
  };

  thaw_keras_set_text (add (self, node, "Activation"), "activation", names[node->op]);
  return TRUE;
}

static gboolean
write_softmax (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  thaw_keras_set_number (add (self, node, "Softmax"), "axis", node->params.axis.axis);
  return TRUE;
}

static gboolean
write_dropout (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  thaw_keras_set_number (add (self, node, "Dropout"), "rate", node->params.dropout.p);
  return TRUE;
}

/* --- pools --- */

/* The zeros that every window needs, at the end as many as the last one reaches beyond the picture */
static void
find_reach (const ThawNode *node, int *pad)
{
  const ThawWindowParams *window = &node->params.window;

  for (int i = 0; i < 2; i++)
    {
      gint64 reach = (node->shape.dim[1 + i] - 1) * window->stride[i] + window->kernel[i];

      pad[i] = window->pad[i];
      pad[2 + i] = (int) MAX (reach - node->inputs[0]->shape.dim[1 + i] - window->pad[i], 0);
    }
}

/* Whether that is what TensorFlow pads with by itself */
static gboolean
is_same (const ThawNode *node, const int *pad)
{
  const ThawWindowParams *window = &node->params.window;

  for (int i = 0; i < 2; i++)
    {
      gint64 in = node->inputs[0]->shape.dim[1 + i], out = (in + window->stride[i] - 1) / window->stride[i];
      gint64 whole = MAX ((out - 1) * window->stride[i] + window->kernel[i] - in, 0);

      if (node->shape.dim[1 + i] != out || pad[i] != whole / 2 || pad[2 + i] != whole - whole / 2)
        return FALSE;
    }
  return TRUE;
}

/* Padding of a maximum is less than any number, and of an average does not count, unless it says so: zeros may stand for it only where that comes to the same. */
static gboolean
zeros_will_do (const ThawKerasWriter *self, const ThawNode *node, const int *pad)
{
  const ThawWindowParams *window = &node->params.window;

  if (is_none (pad))
    return TRUE;
  if (node->op == THAW_OP_MAX_POOL)
    return self->positive[node->inputs[0]->id];
  return window->count_padding && pad[THAW_BOTTOM] <= window->pad[THAW_BOTTOM] && pad[THAW_RIGHT] <= window->pad[THAW_RIGHT];
}

static gboolean
write_pool (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawWindowParams *window = &node->params.window;
  gboolean maximum = node->op == THAW_OP_MAX_POOL, counted = !maximum && window->count_padding;
  ThawKerasWritten *layer;
  gboolean same;
  int pad[4];

  if (window->dilation[0] > 1 || window->dilation[1] > 1)
    return unsupported (node, "a pool over a dilated window", error);
  find_reach (node, pad);
  same = window->padding == THAW_PADDING_SAME || (!is_none (pad) && !counted && is_same (node, pad));
  if (!same && !zeros_will_do (self, node, pad))
    return unsupported (node, "a pool with padding that is none of Keras'", error);
  layer = add_with (self, node, maximum ? "MaxPooling2D" : "AveragePooling2D",
                    same ? self->values[node->inputs[0]->id] : add_padding (self, node, pad));
  set_pair (layer, "pool_size", window->kernel);
  set_pair (layer, "strides", window->stride);
  thaw_keras_set_text (layer, "padding", same ? "same" : "valid");
  return TRUE;
}

static gboolean
write_global_pool (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  thaw_keras_set_bool (add (self, node, "GlobalAveragePooling2D"), "keepdims", TRUE);
  return TRUE;
}

static gboolean
write_adaptive_pool (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawShape *from = &node->inputs[0]->shape;
  ThawKerasWritten *layer;
  int size[2];

  for (int i = 0; i < 2; i++)
    {
      if (from->dim[1 + i] % node->shape.dim[1 + i])
        return unsupported (node, "an adaptive pool whose windows differ in size", error);
      size[i] = (int) (from->dim[1 + i] / node->shape.dim[1 + i]);
    }
  layer = add (self, node, "AveragePooling2D");
  set_pair (layer, "pool_size", size);
  set_pair (layer, "strides", size);
  thaw_keras_set_text (layer, "padding", "valid");
  return TRUE;
}

static gboolean
write_mean (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawReduceParams *reduce = &node->params.reduce;
  gboolean area = node->inputs[0]->shape.rank == 4 && reduce->n_axes == 2 && reduce->axis[0] + reduce->axis[1] == 3
                  && reduce->axis[0] * reduce->axis[1] == 2;

  if (!area)
    return unsupported (node, "a mean over something else than a picture's places", error);
  thaw_keras_set_bool (add (self, node, "GlobalAveragePooling2D"), "keepdims", reduce->keep);
  return TRUE;
}

/* --- several values --- */

static gboolean
write_joined (ThawKerasWriter *self, const ThawNode *node, const char *class_name, GError **error)
{
  ThawKerasWritten *layer = thaw_keras_add_layer (self, class_name, node->name, &node->shape);

  layer->joins = TRUE;
  self->values[node->id] = thaw_keras_last (self);
  for (guint i = 0; i < node->n_inputs; i++)
    {
      if (!node->inputs[i]->batched || node->inputs[i]->shape.rank != node->shape.rank)
        return unsupported (node, "a value of the picture and something else together", error);
      thaw_keras_add_input (layer, self->values[node->inputs[i]->id]);
    }
  if (node->op == THAW_OP_CONCAT)
    thaw_keras_set_number (layer, "axis", node->params.axis.axis);
  return TRUE;
}

static gboolean
write_concat (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  return write_joined (self, node, "Concatenate", error);
}

/* A number that the network has, or a parameter of one number */
static gboolean
find_number (const ThawKerasWriter *self, const ThawNode *node, guint i, double *number)
{
  const ThawNode *x = node->inputs[i];
  ThawTensor *tensor = parameter (self, node, i);

  if (x->op == THAW_OP_CONSTANT && x->params.constant.kind == THAW_CONSTANT_NUMBER)
    *number = x->params.constant.value;
  else if (tensor && thaw_tensor_count (tensor) == 1)
    *number = thaw_tensor_f32 (tensor)[0];
  else
    return FALSE;
  return TRUE;
}

/* A factor a channel is a kernel of one number a channel. */
static gboolean
write_factors (ThawKerasWriter *self, const ThawNode *node, guint x, GError **error)
{
  static const int one[] = { 1, 1 };
  ThawTensor *factors = parameter (self, node, 1 - x);
  const ThawShape *shape = &node->inputs[1 - x]->shape;
  const gint64 channels = node->shape.dim[node->shape.rank - 1];
  ThawKerasWritten *layer;

  if (node->op != THAW_OP_MUL || !factors || node->shape.rank != 4 || thaw_tensor_count (factors) != channels
      || shape->dim[shape->rank - 1] != channels)
    return unsupported (node, "it adds or multiplies by weights of its own", error);
  layer = add_with (self, node, "DepthwiseConv2D", self->values[node->inputs[x]->id]);
  thaw_keras_set_number (layer, "depth_multiplier", 1);
  set_pair (layer, "kernel_size", one);
  set_pair (layer, "strides", one);
  thaw_keras_set_text (layer, "padding", "valid");
  thaw_keras_set_bool (layer, "use_bias", FALSE);
  g_ptr_array_add (layer->weights, thaw_tensor_reshape (factors, &THAW_SHAPE (1, 1, channels, 1)));
  return TRUE;
}

static gboolean
write_binary (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  gboolean sum = node->op == THAW_OP_ADD;
  guint x = node->inputs[0]->batched ? 0 : 1;
  ThawKerasWritten *layer;
  double number;

  if (node->inputs[0]->batched && node->inputs[1]->batched)
    return write_joined (self, node, sum ? "Add" : "Multiply", error);
  if (!find_number (self, node, 1 - x, &number))
    return write_factors (self, node, x, error);
  layer = add_with (self, node, "Rescaling", self->values[node->inputs[x]->id]);
  thaw_keras_set_number (layer, "scale", sum ? 1 : number);
  thaw_keras_set_number (layer, "offset", sum ? number : 0);
  return TRUE;
}

/* --- moving numbers --- */

static void
set_shape (ThawKerasWritten *layer, const char *key, const ThawShape *shape)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 1; i < shape->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 1 ? ", " : "", shape->dim[i]);
  thaw_keras_set_json (layer, key, "[%s]", text->str);
}

static gboolean
write_reshape (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  ThawKerasWritten *layer = add (self, node, node->shape.rank == 2 ? "Flatten" : "Reshape");

  if (node->shape.rank != 2)
    set_shape (layer, "target_shape", &node->shape);
  return TRUE;
}

static void
set_order (ThawKerasWritten *layer, const int *perm, int rank)
{
  ThawShape order = { .rank = rank };

  for (int i = 0; i < rank; i++)
    order.dim[i] = perm[i];
  set_shape (layer, "dims", &order);
}

static gboolean
write_transpose (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawTransposeParams *transpose = &node->params.transpose;

  if (transpose->perm[0] != 0)
    return unsupported (node, "pictures and what they are made of change places", error);
  set_order (add (self, node, "Permute"), transpose->perm, node->shape.rank);
  return TRUE;
}

/* The groups become an axis of their own, which changes places with that inside of them. */
static gboolean
write_shuffle (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  static const int swapped[] = { 0, 1, 2, 4, 3 };
  const gint64 *dim = node->shape.dim, groups = node->params.shuffle.groups;
  ThawShape split = THAW_SHAPE (1, dim[1], dim[2], groups, dim[3] / groups);
  ThawShape turned = THAW_SHAPE (1, dim[1], dim[2], dim[3] / groups, groups);

  if (node->shape.rank != 4)
    return unsupported (node, "it is no picture whose channels are dealt out", error);
  set_shape (add_step (self, node, "Reshape", "groups", self->values[node->inputs[0]->id], &split), "target_shape", &split);
  set_order (add_step (self, node, "Permute", "turned", thaw_keras_last (self), &turned), swapped, 5);
  set_shape (add_with (self, node, "Reshape", thaw_keras_last (self)), "target_shape", &node->shape);
  return TRUE;
}

static gboolean
write_pad (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawPadParams *pad = &node->params.pad;

  for (int i = 0; i < 4; i++)
    if (pad->pad[i] < 0 || pad->value != 0)
      return unsupported (node, "it pads with something else than zeros", error);
  set_sides (add (self, node, "ZeroPadding2D"), "padding", pad->pad);
  return TRUE;
}

/* Rows and columns are cropped; of other axes Keras keeps what stands between brackets in Python. */
static gboolean
write_slice (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  const ThawSliceParams *slice = &node->params.slice;
  gint64 end = slice->start + slice->length;
  int rest = (int) (node->inputs[0]->shape.dim[slice->axis] - end), pad[4] = { 0 };
  ThawKerasWritten *layer;

  if (node->shape.rank == 4 && slice->axis < 3)
    {
      pad[slice->axis - 1] = (int) slice->start;
      pad[slice->axis + 1] = rest;
      set_sides (add (self, node, "Cropping2D"), "cropping", pad);
      return TRUE;
    }
  layer = add (self, node, "GetItem");
  layer->operation = TRUE;
  g_string_append (layer->arguments, ", [");
  for (int i = 0; i < slice->axis; i++)
    g_string_append (layer->arguments, "{\"class_name\": \"__slice__\", \"config\": {\"start\": null, \"stop\": null, \"step\": null}}, ");
  g_string_append_printf (layer->arguments,
                          "{\"class_name\": \"__slice__\", \"config\": {\"start\": %" G_GINT64_FORMAT ", \"stop\": %" G_GINT64_FORMAT ", \"step\": null}}]",
                          slice->start, end);
  return TRUE;
}

/* --- all --- */

typedef gboolean (*Write) (ThawKerasWriter *self, const ThawNode *node, GError **error);

static const Write writers[THAW_N_OPS] = {
  [THAW_OP_CONV] = write_conv,
  [THAW_OP_DEPTHWISE] = write_conv,
  [THAW_OP_LINEAR] = write_linear,
  [THAW_OP_BATCHNORM] = write_batchnorm,
  [THAW_OP_LAYERNORM] = write_layernorm,
  [THAW_OP_RELU] = write_activation,
  [THAW_OP_RELU6] = write_activation,
  [THAW_OP_SIGMOID] = write_activation,
  [THAW_OP_TANH] = write_activation,
  [THAW_OP_HARDSIGMOID] = write_activation,
  [THAW_OP_SILU] = write_activation,
  [THAW_OP_HARDSWISH] = write_activation,
  [THAW_OP_GELU] = write_activation,
  [THAW_OP_SOFTMAX] = write_softmax,
  [THAW_OP_DROPOUT] = write_dropout,
  [THAW_OP_MAX_POOL] = write_pool,
  [THAW_OP_AVG_POOL] = write_pool,
  [THAW_OP_GLOBAL_POOL] = write_global_pool,
  [THAW_OP_ADAPTIVE_POOL] = write_adaptive_pool,
  [THAW_OP_MEAN] = write_mean,
  [THAW_OP_ADD] = write_binary,
  [THAW_OP_MUL] = write_binary,
  [THAW_OP_CONCAT] = write_concat,
  [THAW_OP_RESHAPE] = write_reshape,
  [THAW_OP_TRANSPOSE] = write_transpose,
  [THAW_OP_SHUFFLE] = write_shuffle,
  [THAW_OP_PAD] = write_pad,
  [THAW_OP_SLICE] = write_slice,
};

/* Whether no number of @node's can be below zero, as far as the operations alone tell */
static gboolean
is_positive (const ThawKerasWriter *self, const ThawNode *node)
{
  switch (node->op)
    {
    case THAW_OP_RELU:
    case THAW_OP_RELU6:
    case THAW_OP_SIGMOID:
    case THAW_OP_HARDSIGMOID:
    case THAW_OP_SOFTMAX:
      return TRUE;
    case THAW_OP_MAX_POOL:
    case THAW_OP_AVG_POOL:
    case THAW_OP_RESHAPE:
    case THAW_OP_TRANSPOSE:
    case THAW_OP_SLICE:
    case THAW_OP_SHUFFLE:
    case THAW_OP_DROPOUT:
      return self->positive[node->inputs[0]->id];
    case THAW_OP_ADD:
    case THAW_OP_MUL:
    case THAW_OP_CONCAT:
      for (guint i = 0; i < node->n_inputs; i++)
        if (!self->positive[node->inputs[i]->id])
          return FALSE;
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
thaw_keras_write_node (ThawKerasWriter *self, const ThawNode *node, GError **error)
{
  g_autofree char *what = g_strdup_printf ("Keras has no layer that is \"%s\"", thaw_op_name (node->op));

  if (!writers[node->op])
    return unsupported (node, what, error);
  self->positive[node->id] = is_positive (self, node);
  return writers[node->op] (self, node, error);
}
