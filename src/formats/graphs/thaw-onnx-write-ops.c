/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators of opset 18 (onnx.ai, Operators.md). */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-shapes.h"

static const int to_channels_first[] = { 0, 3, 1, 2 };
static const gint64 to_channels_last[] = { 0, 2, 3, 1 };
static const gint64 to_first[] = { 0, 3, 1, 2 };

/* A value that the file has as [N, C, H, W] */
static gboolean
is_image (const ThawNode *node)
{
  return node->batched && node->shape.rank == 4;
}

/* Where axis @axis of our value is in the file's */
static int
file_axis (const ThawNode *node, int axis)
{
  static const int axes[] = { 0, 2, 3, 1 };

  if (axis < 0)
    axis += node->shape.rank;
  return is_image (node) ? axes[axis] : axis;
}

/* The constant that @node's input @i is, NULL where it is made from the picture (transfer none) */
static ThawTensor *
constant (const ThawOnnxWriter *self, const ThawNode *node, guint i)
{
  const ThawNode *x = i < node->n_inputs ? node->inputs[i] : NULL;

  return x && !x->batched ? thaw_tensor_map_get (self->constants, x->name) : NULL;
}

/* An initializer of @name, once */
static const char *
write_constant (ThawOnnxWriter *self, const char *name, const ThawTensor *tensor)
{
  GPtrArray *there = self->builder.initializers;

  for (guint i = there->len; i-- > 0;)
    {
      const ThawOnnx__Tensor *other = g_ptr_array_index (there, i);

      if (g_str_equal (other->name, name))
        return other->name;
    }
  return thaw_onnx_add_tensor (&self->builder, name, tensor);
}

static const char *
input (ThawOnnxWriter *self, const ThawNode *node, guint i)
{
  ThawTensor *tensor = constant (self, node, i);

  if (tensor)
    return write_constant (self, node->inputs[i]->name, tensor);
  return i < node->n_inputs && node->inputs[i] ? self->values[node->inputs[i]->id] : NULL;
}

static const char *
output (const ThawOnnxWriter *self, const ThawNode *node)
{
  return self->values[node->id];
}

static ThawOnnx__Node *
write_unary (ThawOnnxWriter *self, const ThawNode *node, const char *type)
{
  const char *inputs[] = { input (self, node, 0), NULL };

  return thaw_onnx_add_node (&self->builder, type, node->name, inputs, output (self, node));
}

/* A step on the way to @node's value; returns the name of its result. */
static const char *
write_step (ThawOnnxWriter *self, const ThawNode *node, const char *type, const char *a, const char *b)
{
  const char *inputs[] = { a, b, NULL };
  g_autofree char *name = g_strdup_printf ("%s/%u", node->name, self->builder.serial++);
  ThawOnnx__Node *step = thaw_onnx_add_node (&self->builder, type, name, inputs, name);

  return step->output[0];
}

static gboolean
unsupported (const ThawNode *node, const char *what, GError **error)
{
  g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "layer %s cannot be written to ONNX: %s",
               node->name, what);
  return FALSE;
}

static void
set_window (ThawOnnx__Node *proto, const ThawWindowParams *window)
{
  gint64 values[4];

  for (int i = 0; i < 2; i++)
    values[i] = window->kernel[i];
  thaw_onnx_set_ints (proto, "kernel_shape", values, 2);
  for (int i = 0; i < 2; i++)
    values[i] = window->stride[i];
  thaw_onnx_set_ints (proto, "strides", values, 2);
  for (int i = 0; i < 4; i++)
    values[i] = window->pad[i];
  if (window->padding == THAW_PADDING_SAME)
    thaw_onnx_set_string (proto, "auto_pad", "SAME_UPPER");
  else
    thaw_onnx_set_ints (proto, "pads", values, 4);
}

static void
set_dilations (ThawOnnx__Node *proto, const ThawWindowParams *window)
{
  gint64 values[2] = { window->dilation[0], window->dilation[1] };

  thaw_onnx_set_ints (proto, "dilations", values, 2);
}

static gboolean
write_conv (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawWindowParams *window = &node->params.window;
  const char *inputs[] = { input (self, node, 0), input (self, node, 1), input (self, node, 2), NULL };
  ThawOnnx__Node *proto;

  if (window->activation || (node->op == THAW_OP_CONV && node->inputs[3]))
    return unsupported (node, "something is fused into it", error);
  proto = thaw_onnx_add_node (&self->builder, "Conv", node->name, inputs, output (self, node));
  set_window (proto, window);
  set_dilations (proto, window);
  thaw_onnx_set_int (proto, "group", node->op == THAW_OP_DEPTHWISE ? node->shape.dim[3] : window->groups);
  return TRUE;
}

/* Of the channels of an image: a convolution by 1 x 1 */
static void
write_linear_image (ThawOnnxWriter *self, const ThawNode *node)
{
  static const gint64 one[] = { 1, 1 };
  g_autoptr (ThawTensor) kernel = thaw_tensor_copy (constant (self, node, 1));
  const char *inputs[] = { input (self, node, 0), NULL, NULL, NULL };

  kernel->shape.rank = 4;
  kernel->shape.dim[2] = kernel->shape.dim[3] = 1;
  inputs[1] = write_constant (self, node->inputs[1]->name, kernel);
  inputs[2] = input (self, node, 2);
  thaw_onnx_set_ints (thaw_onnx_add_node (&self->builder, "Conv", node->name, inputs, output (self, node)),
                      "kernel_shape", one, 2);
}

/* Of tokens: the product, and the bias added to it */
static void
write_linear_tokens (ThawOnnxWriter *self, const ThawNode *node)
{
  g_autoptr (ThawTensor) turned = thaw_tensor_permute (constant (self, node, 1), (int[]){ 1, 0 });
  const char *weight = write_constant (self, node->inputs[1]->name, turned);
  const char *inputs[] = { input (self, node, 0), weight, NULL };
  gboolean has_bias = node->n_inputs > 2 && node->inputs[2];

  if (has_bias)
    {
      inputs[0] = write_step (self, node, "MatMul", inputs[0], weight);
      inputs[1] = input (self, node, 2);
    }
  thaw_onnx_add_node (&self->builder, has_bias ? "Add" : "MatMul", node->name, inputs,
                      output (self, node));
}

static gboolean
write_linear (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[] = { NULL, NULL, NULL, NULL };

  if (node->params.linear.activation)
    return unsupported (node, "something is fused into it", error);
  if (node->shape.rank != 2)
    {
      (is_image (node) ? write_linear_image : write_linear_tokens) (self, node);
      return TRUE;
    }
  for (guint i = 0; i < 3; i++)
    inputs[i] = input (self, node, i);
  thaw_onnx_set_int (thaw_onnx_add_node (&self->builder, "Gemm", node->name, inputs, output (self, node)),
                     "transB", 1);
  return TRUE;
}

static gboolean
write_batchnorm (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[6] = { NULL };
  ThawOnnx__Node *proto;

  for (guint i = 0; i < 5; i++)
    inputs[i] = input (self, node, i);
  if (node->shape.rank != 4 && node->shape.rank != 2)
    return unsupported (node, "BatchNorm over a value that is neither an image nor a vector", error);
  proto = thaw_onnx_add_node (&self->builder, "BatchNormalization", node->name, inputs, output (self, node));
  thaw_onnx_set_float (proto, "epsilon", node->params.norm.eps);
  return TRUE;
}

static gboolean
write_silu (ThawOnnxWriter *self, const ThawNode *node)
{
  const char *x = input (self, node, 0);
  const char *inputs[] = { x, write_step (self, node, "Sigmoid", x, NULL), NULL };

  thaw_onnx_add_node (&self->builder, "Mul", node->name, inputs, output (self, node));
  return TRUE;
}

/* 0.5 x (1 + erf (x / sqrt 2)); Gelu itself came with opset 20 */
static gboolean
write_gelu (ThawOnnxWriter *self, const ThawNode *node)
{
  ThawOnnxBuilder *b = &self->builder;
  const char *x = input (self, node, 0), *value;
  const char *inputs[3] = { NULL };

  value = write_step (self, node, "Div", x, thaw_onnx_add_float (b, G_SQRT2));
  value = write_step (self, node, "Erf", value, NULL);
  value = write_step (self, node, "Add", value, thaw_onnx_add_float (b, 1));
  inputs[0] = write_step (self, node, "Mul", x, value);
  inputs[1] = thaw_onnx_add_float (b, .5);
  thaw_onnx_add_node (b, "Mul", node->name, inputs, output (self, node));
  return TRUE;
}

static gboolean
write_relu6 (ThawOnnxWriter *self, const ThawNode *node)
{
  const char *inputs[] = { input (self, node, 0), thaw_onnx_add_float (&self->builder, 0),
                           thaw_onnx_add_float (&self->builder, 6), NULL };

  thaw_onnx_add_node (&self->builder, "Clip", node->name, inputs, output (self, node));
  return TRUE;
}

static gboolean
write_activation (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  static const char *const types[THAW_N_OPS] = {
    [THAW_OP_RELU] = "Relu", [THAW_OP_SIGMOID] = "Sigmoid", [THAW_OP_TANH] = "Tanh",
    [THAW_OP_HARDSIGMOID] = "HardSigmoid", [THAW_OP_HARDSWISH] = "HardSwish",
  };
  ThawOnnx__Node *proto;

  switch (node->op)
    {
    case THAW_OP_RELU6: return write_relu6 (self, node);
    case THAW_OP_SILU: return write_silu (self, node);
    case THAW_OP_GELU: return write_gelu (self, node);
    default: break;
    }
  proto = write_unary (self, node, types[node->op]);
  if (node->op == THAW_OP_HARDSIGMOID)
    {
      thaw_onnx_set_float (proto, "alpha", 1. / 6);
      thaw_onnx_set_float (proto, "beta", .5);
    }
  return TRUE;
}

static gboolean
write_pool (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawWindowParams *window = &node->params.window;
  gboolean max = node->op == THAW_OP_MAX_POOL;
  ThawOnnx__Node *proto;

  if (!max && (window->dilation[0] > 1 || window->dilation[1] > 1))
    return unsupported (node, "an average over a dilated window", error);
  proto = write_unary (self, node, max ? "MaxPool" : "AveragePool");
  set_window (proto, window);
  thaw_onnx_set_int (proto, "ceil_mode", window->ceil_mode);
  if (max)
    set_dilations (proto, window);
  else
    thaw_onnx_set_int (proto, "count_include_pad", window->count_padding);
  return TRUE;
}

static gboolean
write_global_pool (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  write_unary (self, node, "GlobalAveragePool");
  return TRUE;
}

/* Windows of one size are an average pool; others have no operator. */
static gboolean
write_adaptive_pool (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawShape *from = &node->inputs[0]->shape;
  gint64 kernel[2];
  ThawOnnx__Node *proto;

  for (int i = 0; i < 2; i++)
    {
      if (from->dim[i + 1] % node->shape.dim[i + 1])
        return unsupported (node, "an adaptive pool whose windows differ in size", error);
      kernel[i] = from->dim[i + 1] / node->shape.dim[i + 1];
    }
  proto = write_unary (self, node, "AveragePool");
  thaw_onnx_set_ints (proto, "kernel_shape", kernel, 2);
  thaw_onnx_set_ints (proto, "strides", kernel, 2);
  return TRUE;
}

/* A parameter beside an image: [.., H, W, C] becomes [.., C, H, W], with all axes that broadcasting needs. */
static const char *
write_operand (ThawOnnxWriter *self, const ThawNode *node, guint i)
{
  const ThawNode *operand = node->inputs[i];
  ThawTensor *tensor = constant (self, node, i);
  g_autoptr (ThawTensor) wide = NULL, turned = NULL;
  g_autofree char *name = NULL;

  if (!tensor || !is_image (node))
    return input (self, node, i);
  wide = thaw_tensor_copy (tensor);
  wide->shape.rank = 4;
  for (int d = 0; d < 4; d++)
    {
      int from = d - 4 + operand->shape.rank;

      wide->shape.dim[d] = from < 0 ? 1 : operand->shape.dim[from];
    }
  turned = thaw_tensor_permute (wide, to_channels_first);
  name = g_strdup_printf ("%s.%u", operand->name, self->builder.serial++);
  return thaw_onnx_add_tensor (&self->builder, name, turned);
}

static gboolean
write_binary (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[3] = { NULL };

  for (guint i = 0; i < 2; i++)
    {
      if (is_image (node) && node->inputs[i]->batched && node->inputs[i]->shape.rank != 4)
        return unsupported (node, "an image and a value with other axes", error);
      inputs[i] = write_operand (self, node, i);
    }
  thaw_onnx_add_node (&self->builder, node->op == THAW_OP_ADD ? "Add" : "Mul", node->name, inputs,
                      output (self, node));
  return TRUE;
}

static const char *
write_slice_of (ThawOnnxWriter *self, const ThawNode *node, const char *x, gint64 start, gint64 end, gint64 axis,
                const char *to)
{
  const char *inputs[] = { x, thaw_onnx_add_ints (&self->builder, &start, 1),
                           thaw_onnx_add_ints (&self->builder, &end, 1),
                           thaw_onnx_add_ints (&self->builder, &axis, 1), NULL };
  g_autofree char *name = g_strdup_printf ("%s/%u", node->name, self->builder.serial++);

  return thaw_onnx_add_node (&self->builder, "Slice", to ? node->name : name, inputs, to ? to : name)->output[0];
}

static gboolean
write_slice (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawSliceParams *p = &node->params.slice;

  write_slice_of (self, node, input (self, node, 0), p->start, p->start + p->length, file_axis (node, p->axis),
                  output (self, node));
  return TRUE;
}

/* A constant, once a picture: added to nothing of @like, which has as many places along the other axes */
static const char *
write_repeated (ThawOnnxWriter *self, const ThawNode *node, guint i, const ThawNode *like)
{
  int axis = node->params.axis.axis;
  const char *x = self->values[like->id];

  x = write_slice_of (self, node, x, 0, 1, axis, NULL);
  x = write_step (self, node, "Mul", x, thaw_onnx_add_float (&self->builder, 0));
  return write_step (self, node, "Add", x, input (self, node, i));
}

static const ThawNode *
find_batched (const ThawNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i]->batched)
      return node->inputs[i];
  return NULL;
}

static gboolean
write_concat (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  g_autofree const char **inputs = g_new0 (const char *, node->n_inputs + 1);
  ThawOnnx__Node *proto;

  for (guint i = 0; i < node->n_inputs; i++)
    if (is_image (node) && !node->inputs[i]->batched)
      return unsupported (node, "an image joined to what is none", error);
    else
      inputs[i] = node->inputs[i]->batched ? input (self, node, i)
                                           : write_repeated (self, node, i, find_batched (node));
  proto = thaw_onnx_add_node (&self->builder, "Concat", node->name, inputs, output (self, node));
  thaw_onnx_set_int (proto, "axis", file_axis (node, node->params.axis.axis));
  return TRUE;
}

static gboolean
write_softmax (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  thaw_onnx_set_int (write_unary (self, node, "Softmax"), "axis", file_axis (node, node->params.axis.axis));
  return TRUE;
}

gboolean
thaw_onnx_turns_channels_first (const ThawNode *node)
{
  const ThawTransposeParams *params = &node->params.transpose;

  return node->op == THAW_OP_TRANSPOSE && is_image (node) && params->perm[1] == 3
         && params->perm[2] == 1 && params->perm[3] == 2;
}

/* @x with its axes in the order @perm, called @to (nullable: a step on the way to @node) */
static const char *
write_turned (ThawOnnxWriter *self, const ThawNode *node, const char *x, const gint64 *perm, const char *to)
{
  const char *inputs[] = { x, NULL };
  g_autofree char *name = g_strdup_printf ("%s/%u", node->name, self->builder.serial++);
  ThawOnnx__Node *turn = thaw_onnx_add_node (&self->builder, "Transpose", to ? node->name : name, inputs, to ? to : name);

  thaw_onnx_set_ints (turn, "perm", perm, 4);
  return turn->output[0];
}

/* Our value as it stands in memory, so that a reshape means the same. An image that was just turned to channels first
 * is what the file had before it was turned; a single pixel is the same in either order. */
static const char *
memory_order (ThawOnnxWriter *self, const ThawNode *node)
{
  const ThawNode *x = node->inputs[0];

  if (thaw_onnx_turns_channels_first (x))
    return self->values[x->inputs[0]->id];
  if (!is_image (x) || x->shape.dim[1] * x->shape.dim[2] == 1)
    return self->values[x->id];
  return write_turned (self, node, self->values[x->id], to_channels_last, NULL);
}

static gboolean
write_reshape (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  ThawShape shape = node->shape;
  const char *inputs[3] = { memory_order (self, node), NULL };
  ThawOnnx__Node *flatten;

  if (node->shape.rank == 2)
    {
      flatten = thaw_onnx_add_node (&self->builder, "Flatten", node->name, inputs, output (self, node));
      thaw_onnx_set_int (flatten, "axis", 1);
      return TRUE;
    }
  shape.dim[0] = 0;
  inputs[1] = thaw_onnx_add_ints (&self->builder, shape.dim, shape.rank);
  if (is_image (node))
    {
      write_turned (self, node, write_step (self, node, "Reshape", inputs[0], inputs[1]), to_first, output (self, node));
      return TRUE;
    }
  thaw_onnx_add_node (&self->builder, "Reshape", node->name, inputs, output (self, node));
  return TRUE;
}

/* Where our axis of a value is in the file's, the other way round for the result */
static gboolean
write_transpose (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  gint64 perm[THAW_MAX_RANK];

  for (int i = 0; i < node->shape.rank; i++)
    perm[file_axis (node, i)] = file_axis (node->inputs[0], node->params.transpose.perm[i]);
  thaw_onnx_set_ints (write_unary (self, node, "Transpose"), "perm", perm, node->shape.rank);
  return TRUE;
}

static gboolean
write_pad (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const int *pad = node->params.pad.pad;
  gint64 pads[8] = { 0, 0, pad[THAW_TOP], pad[THAW_LEFT], 0, 0, pad[THAW_BOTTOM], pad[THAW_RIGHT] };
  const char *inputs[] = { input (self, node, 0), thaw_onnx_add_ints (&self->builder, pads, 8),
                           thaw_onnx_add_float (&self->builder, node->params.pad.value), NULL };

  thaw_onnx_add_node (&self->builder, "Pad", node->name, inputs, output (self, node));
  return TRUE;
}

static gboolean
write_dropout (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[] = { input (self, node, 0),
                           thaw_onnx_add_float (&self->builder, node->params.dropout.p), NULL };

  thaw_onnx_add_node (&self->builder, "Dropout", node->name, inputs, output (self, node));
  return TRUE;
}

/* A weight of 1 for a layer that has none */
static const char *
write_ones (ThawOnnxWriter *self, gint64 n)
{
  g_autoptr (ThawTensor) ones = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n));

  for (gint64 i = 0; i < n; i++)
    thaw_tensor_f32 (ones)[i] = 1;
  return thaw_onnx_add_tensor (&self->builder, NULL, ones);
}

static gboolean
write_layernorm (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[] = { input (self, node, 0), input (self, node, 1), input (self, node, 2), NULL };
  g_autofree char *name = NULL;
  ThawOnnx__Node *proto;

  if (!inputs[1])
    inputs[1] = write_ones (self, node->shape.dim[node->shape.rank - 1]);
  if (!is_image (node))
    proto = thaw_onnx_add_node (&self->builder, "LayerNormalization", node->name, inputs, output (self, node));
  else
    {
      inputs[0] = write_turned (self, node, inputs[0], to_channels_last, NULL);
      name = g_strdup_printf ("%s/%u", node->name, self->builder.serial++);
      proto = thaw_onnx_add_node (&self->builder, "LayerNormalization", name, inputs, name);
      write_turned (self, node, name, to_first, output (self, node));
    }
  thaw_onnx_set_float (proto, "epsilon", node->params.norm.eps);
  return TRUE;
}

/* The channels in their new order */
static gboolean
write_shuffle (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  gint64 width = node->shape.dim[node->shape.rank - 1], groups = node->params.shuffle.groups;
  g_autofree gint64 *order = g_new (gint64, width);
  const char *inputs[] = { input (self, node, 0), NULL, NULL };

  for (gint64 i = 0; i < width; i++)
    order[i] = i % groups * (width / groups) + i / groups;
  inputs[1] = thaw_onnx_add_ints (&self->builder, order, width);
  thaw_onnx_set_int (thaw_onnx_add_node (&self->builder, "Gather", node->name, inputs, output (self, node)), "axis",
                     file_axis (node, -1));
  return TRUE;
}

/* It divides by what may be 0; ours does not. */
static gboolean
write_normalize (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  ThawOnnx__Node *proto = write_unary (self, node, "LpNormalization");

  thaw_onnx_set_int (proto, "axis", file_axis (node, -1));
  thaw_onnx_set_int (proto, "p", 2);
  return TRUE;
}

static gboolean
write_matmul (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const char *inputs[] = { input (self, node, 0), input (self, node, 1), NULL };

  if (node->params.matmul.transpose_a || node->params.matmul.transpose_b || is_image (node))
    return unsupported (node, "a product of transposed or image-shaped values", error);
  thaw_onnx_add_node (&self->builder, "MatMul", node->name, inputs, output (self, node));
  return TRUE;
}

static gboolean
write_mean (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawReduceParams *params = &node->params.reduce;
  const char *inputs[3] = { input (self, node, 0), NULL };
  gint64 axes[THAW_MAX_RANK];

  if (is_image (node) && !is_image (node->inputs[0]))
    return unsupported (node, "a mean that makes an image", error);
  for (int i = 0; i < params->n_axes; i++)
    axes[i] = file_axis (node->inputs[0], params->axis[i]);
  inputs[1] = thaw_onnx_add_ints (&self->builder, axes, params->n_axes);
  thaw_onnx_set_int (thaw_onnx_add_node (&self->builder, "ReduceMean", node->name, inputs, output (self, node)),
                     "keepdims", params->keep);
  return TRUE;
}

static gboolean
write_log_softmax (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  thaw_onnx_set_int (write_unary (self, node, "LogSoftmax"), "axis", file_axis (node, node->params.axis.axis));
  return TRUE;
}

static gboolean
write_function (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  static const char *const types[THAW_N_OPS] = { [THAW_OP_LOG] = "Log", [THAW_OP_ERF] = "Erf", [THAW_OP_EXPONENTIAL] = "Exp" };
  const char *inputs[] = { input (self, node, 0), NULL, NULL };

  if (types[node->op])
    return write_unary (self, node, types[node->op]) != NULL;
  inputs[1] = thaw_onnx_add_float (&self->builder, node->params.power.exponent);
  thaw_onnx_add_node (&self->builder, "Pow", node->name, inputs, output (self, node));
  return TRUE;
}

static gboolean
write_lrn (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  const ThawLrnParams *params = &node->params.lrn;
  ThawOnnx__Node *proto;

  if (!is_image (node) && node->shape.rank != 2)
    return unsupported (node, "a norm over neighbours of a value that is neither an image nor a vector", error);
  proto = write_unary (self, node, "LRN");
  thaw_onnx_set_int (proto, "size", params->size);
  thaw_onnx_set_float (proto, "alpha", params->alpha);
  thaw_onnx_set_float (proto, "beta", params->beta);
  thaw_onnx_set_float (proto, "bias", params->bias);
  return TRUE;
}

static gboolean
write_resize (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  static const gint64 axes[] = { 2, 3 };
  const ThawResizeParams *params = &node->params.resize;
  const gboolean shares = params->scale[0] > 0 && params->scale[1] > 0;
  g_autoptr (ThawTensor) scales = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (2));
  const char *inputs[] = { input (self, node, 0), "", NULL, NULL, NULL };
  ThawOnnx__Node *proto;

  for (guint i = 0; i < 2; i++)
    thaw_tensor_f32 (scales)[i] = (float) params->scale[i];
  inputs[2] = shares ? thaw_onnx_add_tensor (&self->builder, NULL, scales) : "";
  inputs[3] = shares ? NULL : thaw_onnx_add_ints (&self->builder, node->shape.dim + 1, 2);
  proto = thaw_onnx_add_node (&self->builder, "Resize", node->name, inputs, output (self, node));
  thaw_onnx_set_ints (proto, "axes", axes, 2);
  thaw_onnx_set_string (proto, "mode", thaw_onnx_scaling_modes[params->mode]);
  thaw_onnx_set_string (proto, "nearest_mode", thaw_onnx_nearest_modes[params->nearest]);
  thaw_onnx_set_string (proto, "coordinate_transformation_mode", thaw_onnx_coordinates[params->coordinates]);
  thaw_onnx_set_float (proto, "cubic_coeff_a", params->cubic);
  thaw_onnx_set_int (proto, "antialias", params->antialias);
  thaw_onnx_set_int (proto, "exclude_outside", params->exclude_outside);
  return TRUE;
}

static gboolean (*const writers[THAW_N_OPS]) (ThawOnnxWriter *, const ThawNode *, GError **) = {
  [THAW_OP_CONV] = write_conv, [THAW_OP_DEPTHWISE] = write_conv, [THAW_OP_LINEAR] = write_linear,
  [THAW_OP_BATCHNORM] = write_batchnorm, [THAW_OP_RELU] = write_activation,
  [THAW_OP_RELU6] = write_activation, [THAW_OP_SIGMOID] = write_activation,
  [THAW_OP_TANH] = write_activation, [THAW_OP_HARDSIGMOID] = write_activation,
  [THAW_OP_SILU] = write_activation, [THAW_OP_HARDSWISH] = write_activation,
  [THAW_OP_GELU] = write_activation, [THAW_OP_SOFTMAX] = write_softmax,
  [THAW_OP_MAX_POOL] = write_pool, [THAW_OP_AVG_POOL] = write_pool,
  [THAW_OP_GLOBAL_POOL] = write_global_pool, [THAW_OP_ADAPTIVE_POOL] = write_adaptive_pool,
  [THAW_OP_ADD] = write_binary, [THAW_OP_MUL] = write_binary, [THAW_OP_CONCAT] = write_concat,
  [THAW_OP_RESHAPE] = write_reshape, [THAW_OP_TRANSPOSE] = write_transpose, [THAW_OP_PAD] = write_pad,
  [THAW_OP_DROPOUT] = write_dropout, [THAW_OP_LAYERNORM] = write_layernorm,
  [THAW_OP_MATMUL] = write_matmul, [THAW_OP_MEAN] = write_mean, [THAW_OP_SLICE] = write_slice,
  [THAW_OP_SHUFFLE] = write_shuffle, [THAW_OP_NORMALIZE] = write_normalize,
  [THAW_OP_LOG_SOFTMAX] = write_log_softmax, [THAW_OP_POWER] = write_function, [THAW_OP_LOG] = write_function,
  [THAW_OP_ERF] = write_function, [THAW_OP_EXPONENTIAL] = write_function, [THAW_OP_LRN] = write_lrn,
  [THAW_OP_RESIZE] = write_resize,
};

gboolean
thaw_onnx_write_node (ThawOnnxWriter *self, const ThawNode *node, GError **error)
{
  if (!writers[node->op])
    return unsupported (node, thaw_op_name (node->op), error);
  return writers[node->op] (self, node, error);
}
