/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The operators that Thaw writes (opset 18) become its own operations again. */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx.h"

typedef struct
{
  ThawOnnxReader       *reader;
  const ThawOnnx__Node *proto;
  GError              **error;
} Call;

static gboolean
fail (const Call *self, const char *what)
{
  if (self->error && !*self->error)
    g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "node \"%.80s\" (%.40s): %s",
                 self->proto->name ? self->proto->name : "",
                 self->proto->op_type ? self->proto->op_type : "?", what);
  return FALSE;
}

static const char *
input_name (const Call *self, gsize i)
{
  return i < self->proto->n_input && *self->proto->input[i] ? self->proto->input[i] : NULL;
}

/* A value that depends on the picture (nullable) */
static ThawNode *
value (const Call *self, gsize i)
{
  const char *name = input_name (self, i);

  return name ? g_hash_table_lookup (self->reader->values, name) : NULL;
}

static ThawNode *
value_of (const Call *self, const char *name)
{
  return g_hash_table_lookup (self->reader->values, name);
}

static ThawTensor *
constant (const Call *self, gsize i)
{
  const char *name = input_name (self, i);

  return name ? g_hash_table_lookup (self->reader->constants, name) : NULL;
}

/* A single number (a scalar, or one element) */
static gboolean
number (const Call *self, gsize i, double *out)
{
  const ThawTensor *tensor = constant (self, i);

  if (!tensor || thaw_tensor_count (tensor) != 1 || tensor->dtype != THAW_DTYPE_F32)
    return FALSE;
  *out = thaw_tensor_f32 (tensor)[0];
  return TRUE;
}

static gboolean
is_image (const ThawNode *node)
{
  return node->shape.rank == 4;
}

/* The file's axis of a value as ours; -1 where there is none */
static int
own_axis (const ThawNode *node, gint64 axis)
{
  static const int axes[] = { 0, 3, 1, 2 };

  if (axis < 0)
    axis += node->shape.rank;
  if (axis < 0 || axis >= node->shape.rank)
    return -1;
  return is_image (node) ? axes[axis] : (int) axis;
}

/* A parameter node for the constant @i, kept under the file's name for it; @tensor: (nullable): what to keep instead */
static ThawNode *
parameter (const Call *self, gsize i, ThawTensor *tensor)
{
  const char *name = input_name (self, i);
  ThawGraph *graph = self->reader->graph;
  ThawNode *node;

  if (!tensor)
    tensor = constant (self, i);
  if (!name || !tensor || tensor->dtype != THAW_DTYPE_F32)
    return NULL;
  node = thaw_graph_find (graph, name);
  if (node && (node->op != THAW_OP_PARAMETER || !thaw_shape_equal (&node->shape, &tensor->shape)))
    return NULL;
  if (node)
    return node;
  thaw_tensor_map_set (self->reader->parameters, name, tensor);
  return thaw_graph_add_parameter (graph, name, &tensor->shape);
}

/* Adds the node that makes the file's value and notes it. */
static gboolean
add (const Call *self, ThawOp op, const ThawOpParams *params, ThawNode *const *inputs, guint n)
{
  const char *name = self->proto->name && *self->proto->name ? self->proto->name : self->proto->output[0];
  ThawGraph *graph = self->reader->graph;
  ThawNode *node;

  if (!g_utf8_validate (name, -1, NULL) || thaw_graph_find (graph, name))
    name = NULL;
  node = thaw_graph_add (graph, op, name, params, inputs, n, self->error);
  if (!node)
    return fail (self, "it lacks an input");
  g_hash_table_insert (self->reader->values, self->proto->output[0], node);
  return TRUE;
}

static gboolean
add_unary (const Call *self, ThawOp op, const ThawOpParams *params)
{
  ThawNode *x = value (self, 0);

  return add (self, op, params, &x, 1);
}

static ThawNode *
turn (const Call *self, ThawNode *x, const int *perm)
{
  ThawOpParams params = { .transpose.rank = x->shape.rank };
  gboolean nothing = TRUE;
  ThawNode *from = x;

  for (int i = 0; i < x->shape.rank; i++)
    {
      params.transpose.perm[i] = x->op == THAW_OP_TRANSPOSE ? x->params.transpose.perm[perm[i]] : perm[i];
      nothing &= params.transpose.perm[i] == i;
    }
  if (x->op == THAW_OP_TRANSPOSE)
    from = x->inputs[0];
  return nothing ? from : thaw_graph_add (self->reader->graph, THAW_OP_TRANSPOSE, NULL, &params, &from, 1, self->error);
}

/* The file's value is @node, which is there already (or, NULL, could not be made). */
static gboolean
take (const Call *self, ThawNode *node)
{
  if (!node)
    return fail (self, "it lacks an input");
  g_hash_table_insert (self->reader->values, self->proto->output[0], node);
  return TRUE;
}

/* What the file turns to [N, H, W, C], as its last axis is to be the channels, is turned here as well: ours is [N, W, C, H]. */
static const int as_last[] = { 0, 2, 3, 1 };

/* The image that @x was before that; NULL where it is something else */
static ThawNode *
before_turn (const ThawNode *x)
{
  if (x->op != THAW_OP_TRANSPOSE || !is_image (x))
    return NULL;
  for (int i = 0; i < 4; i++)
    if (x->params.transpose.perm[i] != as_last[i])
      return NULL;
  return x->inputs[0];
}

/* Kernel, strides, pads and dilations, within what windows can be */
static gboolean
read_window (const Call *self, ThawWindowParams *window)
{
  const ThawOnnx__Node *proto = self->proto;
  gboolean good = TRUE;

  for (int i = 0; i < 2; i++)
    window->stride[i] = window->dilation[i] = 1;
  thaw_onnx_get_ints (proto, "kernel_shape", window->kernel, 2);
  thaw_onnx_get_ints (proto, "strides", window->stride, 2);
  thaw_onnx_get_ints (proto, "dilations", window->dilation, 2);
  thaw_onnx_get_ints (proto, "pads", window->pad, 4);
  if (thaw_onnx_string_is (proto, "auto_pad", "SAME_UPPER"))
    window->padding = THAW_PADDING_SAME;
  else if (thaw_onnx_string_is (proto, "auto_pad", "SAME_LOWER"))
    return fail (self, "auto_pad SAME_LOWER");
  for (int i = 0; i < 2; i++)
    good &= window->kernel[i] > 0 && window->kernel[i] <= 1024 && window->stride[i] > 0 && window->stride[i] <= 1024
            && window->dilation[i] > 0 && window->dilation[i] <= 1024;
  for (int i = 0; i < 4; i++)
    good &= window->pad[i] >= 0 && window->pad[i] <= 4096;
  return good || fail (self, "a window, stride, dilation or padding out of range");
}

static gboolean
read_conv (const Call *self)
{
  ThawOpParams params = { 0 };
  ThawWindowParams *window = &params.window;
  ThawNode *inputs[4] = { value (self, 0), parameter (self, 1, NULL), parameter (self, 2, NULL) };
  gint64 groups = thaw_onnx_get_int (self->proto, "group", 1);
  gboolean depthwise;

  if (!inputs[0] || !is_image (inputs[0]) || !inputs[1] || inputs[1]->shape.rank != 4)
    return fail (self, "a convolution of something other than an image by a constant kernel");
  for (int i = 0; i < 2; i++)
    window->kernel[i] = (int) MIN (inputs[1]->shape.dim[2 + i], G_MAXINT);
  if (!read_window (self, window) || groups < 1 || groups > inputs[0]->shape.dim[3])
    return fail (self, "groups that do not divide the channels");
  if (window->kernel[0] != inputs[1]->shape.dim[2] || window->kernel[1] != inputs[1]->shape.dim[3])
    return fail (self, "a kernel of another size than its weight");
  if (input_name (self, 2) && !inputs[2])
    return fail (self, "a bias that is not constant");
  window->groups = (int) groups;
  depthwise = groups > 1 && groups == inputs[0]->shape.dim[3] && groups == inputs[1]->shape.dim[0];
  return add (self, depthwise ? THAW_OP_DEPTHWISE : THAW_OP_CONV, &params, inputs, depthwise ? 3 : 4);
}

static gboolean
read_gemm (const Call *self)
{
  ThawNode *inputs[3] = { value (self, 0) };
  ThawTensor *weight = constant (self, 1);
  g_autoptr (ThawTensor) turned = NULL;

  if (!inputs[0] || !weight || weight->shape.rank != 2 || thaw_onnx_get_int (self->proto, "transA", 0)
      || thaw_onnx_get_float (self->proto, "alpha", 1) != 1 || thaw_onnx_get_float (self->proto, "beta", 1) != 1)
    return fail (self, "a product other than x times a constant matrix plus a constant");
  if (!thaw_onnx_get_int (self->proto, "transB", 0))
    weight = turned = thaw_tensor_permute (weight, (int[]){ 1, 0 });
  inputs[1] = parameter (self, 1, weight);
  inputs[2] = parameter (self, 2, NULL);
  if (input_name (self, 2) && !inputs[2])
    return fail (self, "a bias that is not constant");
  return add (self, THAW_OP_LINEAR, NULL, inputs, 3);
}

static gboolean
read_batchnorm (const Call *self)
{
  ThawOpParams params = { .norm = { .eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5), .momentum = .1 } };
  ThawNode *inputs[5] = { value (self, 0) };

  for (guint i = 1; i < 5; i++)
    inputs[i] = parameter (self, i, NULL);
  if (thaw_onnx_get_int (self->proto, "training_mode", 0))
    return fail (self, "it is in training mode");
  return add (self, THAW_OP_BATCHNORM, &params, inputs, 5);
}

static gboolean
read_clip (const Call *self)
{
  double low, high;

  if (number (self, 1, &low) && number (self, 2, &high) && low == 0 && high == 6)
    return add_unary (self, THAW_OP_RELU6, NULL);
  return fail (self, "limits other than 0 and 6");
}

static gboolean
read_hardsigmoid (const Call *self)
{
  if (fabs (thaw_onnx_get_float (self->proto, "alpha", .2) - 1. / 6) > 1e-6
      || thaw_onnx_get_float (self->proto, "beta", .5) != .5)
    return fail (self, "a slope other than 1/6");
  return add_unary (self, THAW_OP_HARDSIGMOID, NULL);
}

static gboolean
read_activation (const Call *self)
{
  static const struct
  {
    const char *type;
    ThawOp      op;
  } rows[] = { { "Relu", THAW_OP_RELU }, { "Sigmoid", THAW_OP_SIGMOID }, { "Tanh", THAW_OP_TANH },
               { "HardSwish", THAW_OP_HARDSWISH }, { "GlobalAveragePool", THAW_OP_GLOBAL_POOL } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (self->proto->op_type, rows[i].type))
      return add_unary (self, rows[i].op, NULL);
  return FALSE;
}

static gboolean
read_pool (const Call *self)
{
  gboolean max = g_str_equal (self->proto->op_type, "MaxPool");
  ThawOpParams params = { 0 };

  params.window.ceil_mode = thaw_onnx_get_int (self->proto, "ceil_mode", 0) != 0;
  params.window.count_padding = thaw_onnx_get_int (self->proto, "count_include_pad", 0) != 0;
  params.window.groups = 1;
  if (!read_window (self, &params.window))
    return FALSE;
  return add_unary (self, max ? THAW_OP_MAX_POOL : THAW_OP_AVG_POOL, &params);
}

/* A constant beside an image: [.., C, H, W] becomes [.., H, W, C] */
static ThawNode *
operand (const Call *self, gsize i, const ThawNode *other)
{
  ThawTensor *tensor = constant (self, i);
  g_autoptr (ThawTensor) wide = NULL, turned = NULL;
  int rank = tensor ? tensor->shape.rank : 0;

  if (value (self, i))
    return value (self, i);
  if (!tensor || !other || tensor->dtype != THAW_DTYPE_F32 || rank > 4 || !is_image (other))
    return parameter (self, i, NULL);
  wide = thaw_tensor_copy (tensor);
  wide->shape.rank = 4;
  for (int d = 0; d < 4; d++)
    wide->shape.dim[d] = d - 4 + rank < 0 ? 1 : tensor->shape.dim[d - 4 + rank];
  turned = thaw_tensor_permute (wide, (int[]){ 0, 2, 3, 1 });
  return parameter (self, i, turned);
}

/* x * sigmoid (x) in either order: its x, else NULL */
static ThawNode *
match_silu (ThawNode *const *inputs)
{
  for (guint i = 0; i < 2; i++)
    if (inputs[i] && inputs[i]->op == THAW_OP_SIGMOID && inputs[i]->inputs[0] == inputs[1 - i])
      return inputs[1 - i];
  return NULL;
}

/* A product by a constant matrix and a constant row added to it are one layer. */
static gboolean
add_bias (const Call *self, ThawNode *const *inputs)
{
  for (guint i = 0; i < 2; i++)
    {
      ThawNode *product = inputs[i], *bias = inputs[1 - i];

      if (product && bias && product->op == THAW_OP_LINEAR && !product->inputs[2] && product->shape.rank > 2
          && bias->op == THAW_OP_PARAMETER && bias->shape.rank == 1
          && bias->shape.dim[0] == product->shape.dim[product->shape.rank - 1])
        return add (self, THAW_OP_LINEAR, NULL, (ThawNode *[]){ product->inputs[0], product->inputs[1], bias }, 3);
    }
  return FALSE;
}

static gboolean
read_binary (const Call *self)
{
  ThawOp op = g_str_equal (self->proto->op_type, "Add") ? THAW_OP_ADD : THAW_OP_MUL;
  ThawNode *inputs[2] = { operand (self, 0, value (self, 1)), operand (self, 1, value (self, 0)) };
  ThawNode *silu = op == THAW_OP_MUL ? match_silu (inputs) : NULL;

  if (op == THAW_OP_ADD && add_bias (self, inputs))
    return TRUE;
  if (silu)
    return add (self, THAW_OP_SILU, NULL, &silu, 1);
  return add (self, op, NULL, inputs, 2);
}

static gboolean
read_concat (const Call *self)
{
  gsize n = self->proto->n_input;
  g_autofree ThawNode **inputs = g_new0 (ThawNode *, n + 1);
  ThawOpParams params = { 0 };

  for (gsize i = 0; i < n; i++)
    if (!(inputs[i] = value (self, i)))
      return fail (self, "it joins something that is not made from the picture");
  params.axis.axis = n ? own_axis (inputs[0], thaw_onnx_get_int (self->proto, "axis", 0)) : -1;
  if (params.axis.axis < 1)
    return fail (self, "an axis that it does not have, or pictures joined");
  return add (self, THAW_OP_CONCAT, &params, inputs, n);
}

static gboolean
read_softmax (const Call *self)
{
  ThawNode *x = value (self, 0);
  ThawOpParams params = { .axis.axis = x ? own_axis (x, thaw_onnx_get_int (self->proto, "axis", -1)) : -1 };

  return params.axis.axis < 1 ? fail (self, "an axis that it does not have") : add (self, THAW_OP_SOFTMAX, &params, &x, 1);
}

/* The value as the file's order has it in memory */
static ThawNode *
channels_first (const Call *self, ThawNode *x)
{
  static const int perm[] = { 0, 3, 1, 2 };

  if (!x || !is_image (x) || x->shape.dim[1] * x->shape.dim[2] == 1)
    return x;
  return turn (self, x, perm);
}

static gboolean
add_reshape (const Call *self, const ThawShape *shape)
{
  ThawOpParams params = { .reshape.shape = *shape };
  ThawNode *x = channels_first (self, value (self, 0));

  if (x && shape->rank == 4)
    {
      x = thaw_graph_add (self->reader->graph, THAW_OP_RESHAPE, NULL, &params, &x, 1, self->error);
      return take (self, x ? turn (self, x, as_last) : NULL);
    }
  return add (self, THAW_OP_RESHAPE, &params, &x, 1);
}

static gboolean
read_flatten (const Call *self)
{
  ThawNode *x = value (self, 0);

  if (!x || thaw_onnx_get_int (self->proto, "axis", 1) != 1)
    return fail (self, "an axis other than 1");
  return add_reshape (self, &THAW_SHAPE (1, thaw_shape_count (&x->shape)));
}

static gboolean
read_reshape (const Call *self)
{
  ThawNode *x = value (self, 0);
  ThawTensor *sizes = constant (self, 1);
  ThawShape shape = { 0 };

  if (!x || !sizes || sizes->dtype != THAW_DTYPE_I64 || sizes->shape.rank != 1 || sizes->shape.dim[0] > THAW_MAX_RANK
      || sizes->shape.dim[0] < 1)
    return fail (self, "a shape that is not constant");
  shape.rank = (int) sizes->shape.dim[0];
  for (int i = 0; i < shape.rank; i++)
    {
      shape.dim[i] = ((gint64 *) sizes->data)[i];
      if (shape.dim[i] == 0 && i > 0 && i < x->shape.rank && !is_image (x))
        shape.dim[i] = x->shape.dim[i];
    }
  if (shape.dim[0] != 0 && shape.dim[0] != -1 && shape.dim[0] != 1)
    return fail (self, "it mixes pictures");
  shape.dim[0] = 1;
  return add_reshape (self, &shape);
}

static gboolean
read_transpose (const Call *self)
{
  ThawNode *x = value (self, 0);
  int perm[THAW_MAX_RANK], own[THAW_MAX_RANK];

  if (!x || !thaw_onnx_get_ints (self->proto, "perm", perm, x->shape.rank))
    return fail (self, "an order of axes that does not fit");
  for (int i = 0; i < x->shape.rank; i++)
    {
      if (perm[i] < 0 || perm[i] >= x->shape.rank)
        return fail (self, "an order of axes that does not fit");
      own[own_axis (x, i)] = own_axis (x, perm[i]);
    }
  return take (self, turn (self, x, own));
}

static gboolean
read_pad (const Call *self)
{
  static const int places[] = { [2] = THAW_TOP, [3] = THAW_LEFT, [6] = THAW_BOTTOM, [7] = THAW_RIGHT };
  ThawNode *x = value (self, 0);
  ThawTensor *pads = constant (self, 1);
  ThawOpParams params = { 0 };
  double fill = 0;

  if (!x || !is_image (x) || !pads || pads->dtype != THAW_DTYPE_I64 || thaw_tensor_count (pads) != 8)
    return fail (self, "padding of something other than an image by constants");
  if (input_name (self, 2) && !number (self, 2, &fill))
    return fail (self, "a value that is not a constant");
  for (int i = 0; i < 8; i++)
    {
      gint64 pad = ((gint64 *) pads->data)[i];

      if (pad < 0 || pad > 4096 || (pad && i % 4 < 2))
        return fail (self, "padding out of range");
      if (i % 4 >= 2)
        params.pad.pad[places[i]] = (int) pad;
    }
  params.pad.value = (float) fill;
  return add (self, THAW_OP_PAD, &params, &x, 1);
}

static gboolean
read_dropout (const Call *self)
{
  double p = .5;

  if (input_name (self, 1) && (!number (self, 1, &p) || !(p >= 0 && p < 1)))
    return fail (self, "a ratio that is not a number from 0 to 1");
  return add_unary (self, THAW_OP_DROPOUT, &(ThawOpParams){ .dropout.p = (float) p });
}

static gboolean
read_layernorm (const Call *self)
{
  ThawOpParams params = { .norm.eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5) };
  ThawNode *inputs[3] = { value (self, 0), parameter (self, 1, NULL), parameter (self, 2, NULL) };
  gint64 axis = thaw_onnx_get_int (self->proto, "axis", -1);
  ThawNode *image = inputs[0] ? before_turn (inputs[0]) : NULL;

  if (image && (axis == -1 || axis == 3))
    {
      inputs[0] = image;
      return add (self, THAW_OP_LAYERNORM, &params, inputs, 3)
             && take (self, turn (self, value_of (self, self->proto->output[0]), as_last));
    }
  if (!inputs[0] || is_image (inputs[0]) || (axis != -1 && axis != inputs[0]->shape.rank - 1))
    return fail (self, "axes other than the last");
  return add (self, THAW_OP_LAYERNORM, &params, inputs, 3);
}

static gboolean
read_matmul (const Call *self)
{
  ThawNode *inputs[3] = { value (self, 0), value (self, 1) };
  ThawTensor *weight = constant (self, 1);
  g_autoptr (ThawTensor) turned = NULL;

  if (inputs[0] && weight && weight->shape.rank == 2 && !is_image (inputs[0]))
    {
      turned = thaw_tensor_permute (weight, (int[]){ 1, 0 });
      inputs[1] = parameter (self, 1, turned);
      return add (self, THAW_OP_LINEAR, NULL, inputs, 3);
    }
  if (!inputs[0] || !inputs[1])
    return fail (self, "a product with a constant that is no matrix");
  return add (self, THAW_OP_MATMUL, NULL, inputs, 2);
}

/* A constant list of integers: number @i; FALSE where there is none */
static gboolean
integer (const Call *self, gsize input, gsize i, gint64 *out)
{
  const ThawTensor *tensor = constant (self, input);

  if (!tensor || tensor->dtype != THAW_DTYPE_I64 || (gsize) thaw_tensor_count (tensor) <= i)
    return FALSE;
  *out = ((const gint64 *) tensor->data)[i];
  return TRUE;
}

static gboolean
read_slice (const Call *self)
{
  ThawNode *x = value (self, 0);
  ThawOpParams params = { 0 };
  gint64 start, end, axis, step = 1, length;

  if (!x || !constant (self, 1) || thaw_tensor_count (constant (self, 1)) != 1 || !integer (self, 1, 0, &start)
      || !integer (self, 2, 0, &end) || !integer (self, 3, 0, &axis)
      || (input_name (self, 4) && !integer (self, 4, 0, &step)) || step != 1)
    return fail (self, "anything but one piece along one axis");
  params.slice.axis = own_axis (x, axis);
  if (params.slice.axis < 1)
    return fail (self, "an axis that it does not have, or pictures left out");
  length = x->shape.dim[params.slice.axis];
  start = CLAMP (start < 0 ? start + length : start, 0, length);
  end = CLAMP (end < 0 && end >= -length ? end + length : end, 0, length);
  params.slice.start = start;
  params.slice.length = end - start;
  return add (self, THAW_OP_SLICE, &params, &x, 1);
}

/* The channels of an image dealt out in groups, as Thaw writes them */
static gboolean
read_gather (const Call *self)
{
  ThawNode *x = value (self, 0);
  const ThawTensor *order = constant (self, 1);
  const gint64 *places = order && order->dtype == THAW_DTYPE_I64 ? order->data : NULL;
  gint64 width = x ? x->shape.dim[x->shape.rank - 1] : 0;
  ThawOpParams params = { 0 };

  if (!places || order->shape.rank != 1 || order->shape.dim[0] != width || width < 2 || places[1] < 1
      || width % places[1] || own_axis (x, thaw_onnx_get_int (self->proto, "axis", 0)) != x->shape.rank - 1)
    return fail (self, "anything but channels dealt out in groups");
  params.shuffle.groups = width / places[1];
  for (gint64 i = 0; i < width; i++)
    if (places[i] != i % params.shuffle.groups * places[1] + i / params.shuffle.groups)
      return fail (self, "anything but channels dealt out in groups");
  return add (self, THAW_OP_SHUFFLE, &params, &x, 1);
}

static gboolean
read_normalize (const Call *self)
{
  ThawNode *x = value (self, 0);

  if (!x || thaw_onnx_get_int (self->proto, "p", 2) != 2
      || own_axis (x, thaw_onnx_get_int (self->proto, "axis", -1)) != x->shape.rank - 1)
    return fail (self, "anything but the length along the last axis");
  return add (self, THAW_OP_NORMALIZE, NULL, &x, 1);
}

static gboolean
read_mean (const Call *self)
{
  ThawNode *x = value (self, 0);
  ThawTensor *axes = constant (self, 1);
  ThawOpParams params = { .reduce.keep = thaw_onnx_get_int (self->proto, "keepdims", 1) != 0 };

  if (!x || !axes || axes->dtype != THAW_DTYPE_I64 || thaw_tensor_count (axes) > x->shape.rank)
    return fail (self, "axes that are not constant");
  params.reduce.n_axes = (int) thaw_tensor_count (axes);
  for (int i = 0; i < params.reduce.n_axes; i++)
    {
      params.reduce.axis[i] = own_axis (x, ((gint64 *) axes->data)[i]);
      if (params.reduce.axis[i] < 1)
        return fail (self, "an axis that it does not have, or a mean over pictures");
    }
  return add (self, THAW_OP_MEAN, &params, &x, 1);
}

static gboolean
read_constant (const Call *self)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (self->proto, "value");
  ThawTensor *tensor = attribute && attribute->t ? thaw_onnx_tensor (attribute->t, self->error) : NULL;

  if (!tensor)
    return fail (self, "a constant that is not a tensor");
  g_hash_table_insert (self->reader->constants, self->proto->output[0], tensor);
  return TRUE;
}

static const struct
{
  const char *type;
  gboolean  (*read) (const Call *self);
} readers[] = {
  { "Conv", read_conv }, { "Gemm", read_gemm }, { "BatchNormalization", read_batchnorm },
  { "Relu", read_activation }, { "Clip", read_clip }, { "Sigmoid", read_activation }, { "Tanh", read_activation },
  { "HardSigmoid", read_hardsigmoid }, { "HardSwish", read_activation }, { "Softmax", read_softmax },
  { "MaxPool", read_pool }, { "AveragePool", read_pool }, { "GlobalAveragePool", read_activation },
  { "Add", read_binary }, { "Mul", read_binary }, { "Concat", read_concat }, { "Flatten", read_flatten },
  { "Reshape", read_reshape }, { "Transpose", read_transpose }, { "Pad", read_pad }, { "Dropout", read_dropout },
  { "LayerNormalization", read_layernorm }, { "MatMul", read_matmul }, { "ReduceMean", read_mean },
  { "Constant", read_constant }, { "Slice", read_slice }, { "Gather", read_gather },
  { "LpNormalization", read_normalize },
};

gboolean
thaw_onnx_read_node (ThawOnnxReader *self, const ThawOnnx__Node *proto, GError **error)
{
  Call call = { self, proto, error };
  ThawNode *gelu = NULL;

  if (!proto->op_type || !proto->n_output || (proto->domain && *proto->domain))
    return fail (&call, "an operator that is not ONNX's own");
  if (thaw_onnx_match_gelu (self, proto, &gelu))
    return gelu ? add (&call, THAW_OP_GELU, NULL, &gelu, 1) : TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_str_equal (proto->op_type, readers[i].type))
      return readers[i].read (&call);
  return fail (&call, "an operator that Thaw does not read");
}
