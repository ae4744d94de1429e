/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions and pools */
#include <math.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-shapes.h"
#include "thaw-onnx-view.h"

/* Padding as TensorFlow's SAME, the odd one out at the top and left */
static void
pad_lower (ThawWindowParams *window, const ThawShape *image)
{
  for (int i = 0; i < 2; i++)
    {
      gint64 in = image->dim[1 + i], stride = window->stride[i], out = (in + stride - 1) / stride;
      gint64 total = MAX ((out - 1) * stride + (gint64) (window->kernel[i] - 1) * window->dilation[i] + 1 - in, 0);

      window->pad[i + 2] = (int) (total / 2);
      window->pad[i] = (int) (total - total / 2);
    }
}

/* Kernel, strides, pads and dilations, within what windows can be */
static gboolean
read_window (const ThawOnnxReading *self, ThawWindowParams *window, const ThawNode *image)
{
  const ThawOnnx__Node *proto = self->proto;
  gboolean good = TRUE;

  for (int i = 0; i < 2; i++)
    window->stride[i] = window->dilation[i] = 1;
  thaw_onnx_get_ints (proto, "kernel_shape", window->kernel, 2);
  thaw_onnx_get_ints (proto, "strides", window->stride, 2);
  thaw_onnx_get_ints (proto, "dilations", window->dilation, 2);
  for (int i = 0; i < 2; i++)
    good &= window->kernel[i] > 0 && window->kernel[i] <= 8192 && window->stride[i] > 0 && window->stride[i] <= 8192
            && window->dilation[i] > 0 && window->dilation[i] <= 1024;
  if (good && thaw_onnx_string_is (proto, "auto_pad", "SAME_UPPER"))
    window->padding = THAW_PADDING_SAME;
  else if (good && thaw_onnx_string_is (proto, "auto_pad", "SAME_LOWER"))
    pad_lower (window, &image->shape);
  else if (!thaw_onnx_string_is (proto, "auto_pad", "VALID"))
    thaw_onnx_get_ints (proto, "pads", window->pad, 4);
  for (int i = 0; i < 4; i++)
    good &= window->pad[i] >= 0 && window->pad[i] <= 8192;
  return good || thaw_onnx_refuse (self, "a window, stride, dilation or padding out of range");
}

static gboolean
give_image (const ThawOnnxReading *self, ThawNode *node)
{
  ThawOnnxView view;

  if (!node)
    return FALSE;
  thaw_onnx_view_image (&view, node);
  return thaw_onnx_give (self, 0, &view);
}

/* The picture's value as [1, H, W, C]; NULL with an error */
static ThawNode *
image_input (const ThawOnnxReading *self)
{
  const ThawOnnxView *given = thaw_onnx_input_value (self, 0);
  ThawOnnxView view;

  if (!given)
    {
      thaw_onnx_refuse (self, "its first input is not made from the picture");
      return NULL;
    }
  view = *given;
  return thaw_onnx_view_as_image (self->reader, &view, self->error);
}

static gboolean
read_conv (const ThawOnnxReading *self)
{
  ThawTensor *weight = thaw_onnx_input_constant (self, 1), *bias = thaw_onnx_input_constant (self, 2);
  ThawOpParams params = { 0 };
  ThawWindowParams *window = &params.window;
  gint64 groups = thaw_onnx_get_int (self->proto, "group", 1);
  ThawNode *inputs[4] = { NULL };
  gboolean depthwise;

  if (!weight || weight->shape.rank != 4)
    return thaw_onnx_refuse (self, "a convolution of something other than an image by a constant kernel");
  inputs[0] = image_input (self);
  if (!inputs[0])
    return FALSE;
  for (int i = 0; i < 2; i++)
    window->kernel[i] = (int) MIN (weight->shape.dim[2 + i], G_MAXINT);
  if (!read_window (self, window, inputs[0]))
    return FALSE;
  if (groups < 1 || groups > inputs[0]->shape.dim[3])
    return thaw_onnx_refuse (self, "groups that do not divide the channels");
  if (window->kernel[0] != weight->shape.dim[2] || window->kernel[1] != weight->shape.dim[3])
    return thaw_onnx_refuse (self, "a kernel of another size than its weight");
  if (thaw_onnx_input_name (self, 2) && !bias)
    return thaw_onnx_refuse (self, "a bias that is not constant");
  window->groups = (int) groups;
  inputs[1] = thaw_onnx_parameter (self->reader, self->proto->input[1], weight, "weight");
  inputs[2] = bias ? thaw_onnx_parameter (self->reader, self->proto->input[2], bias, "bias") : NULL;
  depthwise = groups > 1 && groups == inputs[0]->shape.dim[3] && groups == weight->shape.dim[0];
  return give_image (self, thaw_onnx_layer (self, depthwise ? THAW_OP_DEPTHWISE : THAW_OP_CONV, &params, inputs, depthwise ? 3 : 4));
}

static gboolean
read_pool (const ThawOnnxReading *self)
{
  gboolean max = g_str_equal (self->proto->op_type, "MaxPool");
  ThawOpParams params = { 0 };
  ThawNode *x = image_input (self);

  if (!x)
    return FALSE;
  if (self->proto->n_output > 1 && *self->proto->output[1])
    return thaw_onnx_refuse (self, "the places of the largest values");
  params.window.ceil_mode = thaw_onnx_get_int (self->proto, "ceil_mode", 0) != 0;
  params.window.count_padding = thaw_onnx_get_int (self->proto, "count_include_pad", 0) != 0;
  params.window.groups = 1;
  if (!read_window (self, &params.window, x))
    return FALSE;
  return give_image (self, thaw_onnx_layer (self, max ? THAW_OP_MAX_POOL : THAW_OP_AVG_POOL, &params, &x, 1));
}

static gboolean
read_global_pool (const ThawOnnxReading *self)
{
  ThawNode *x = image_input (self);
  ThawOpParams params = { 0 };

  if (!x)
    return FALSE;
  if (g_str_equal (self->proto->op_type, "GlobalAveragePool"))
    return give_image (self, thaw_onnx_layer (self, THAW_OP_GLOBAL_POOL, NULL, &x, 1));
  params.window = (ThawWindowParams){ .kernel = { (int) x->shape.dim[1], (int) x->shape.dim[2] }, .stride = { 1, 1 }, .dilation = { 1, 1 }, .groups = 1 };
  return give_image (self, thaw_onnx_layer (self, THAW_OP_MAX_POOL, &params, &x, 1));
}

/* Where the new side is a share of the old one, it stays that for pictures of another size. FALSE: neither side nor share says it */
static gboolean
set_side (ThawResizeParams *params, const ThawOnnxResize *resize, int axis)
{
  const ThawScaling *scaling = &resize->axis[2 + axis];
  const double scale = resize->scaled[2 + axis] ? resize->scale[2 + axis] : 1;
  const gint64 from = resize->scaled[2 + axis] ? scaling->from : resize->shape.dim[2 + axis], to = resize->shape.dim[2 + axis];

  params->size[axis] = to;
  params->scale[axis] = (gint64) floorf ((float) scale * (float) from) == to ? scale : 0;
  return params->scale[axis] > 0 || fabs (scale * (double) from - (double) to) < 1e-6;
}

/* Resize, and Upsample, which it was before */
static gboolean
read_resize (const ThawOnnxReading *self)
{
  const gboolean old = self->reader->opset < 11 || g_str_equal (self->proto->op_type, "Upsample");
  const ThawOnnxView *given = thaw_onnx_input_value (self, 0);
  const ThawShape shape = given ? thaw_onnx_view_shape (given) : (ThawShape){ 0 };
  g_autoptr (ThawTensor) listed = thaw_onnx_listed_scales (self->proto);
  const ThawOnnxResizeLists lists = { .region = old ? NULL : thaw_onnx_input_constant (self, 1),
                                      .scales = listed ? listed : thaw_onnx_input_constant (self, old ? 1 : 2),
                                      .sizes = old ? NULL : thaw_onnx_input_constant (self, 3) };
  ThawOpParams params = { 0 };
  ThawOnnxResize resize;
  ThawNode *x = image_input (self);

  if (!x || !thaw_onnx_find_resize (&resize, self->proto, old, &shape, &lists))
    return thaw_onnx_refuse (self, "sides, scales or a rule of scaling that are not constant, or do not fit");
  if (resize.crops || resize.scaled[0] || resize.scaled[1])
    return thaw_onnx_refuse (self, "something other than the height and width scaled, or a part of them");
  if (!resize.scaled[2] && !resize.scaled[3])
    return thaw_onnx_give (self, 0, given);
  params.resize = resize.params;
  if (!set_side (&params.resize, &resize, 0) || !set_side (&params.resize, &resize, 1))
    return thaw_onnx_refuse (self, "sides that are not what their scale makes of them");
  return give_image (self, thaw_onnx_layer (self, THAW_OP_RESIZE, &params, &x, 1));
}

ThawOnnxRead
thaw_onnx_find_window (const char *type)
{
  if (g_str_equal (type, "Conv"))
    return read_conv;
  if (g_str_equal (type, "MaxPool") || g_str_equal (type, "AveragePool"))
    return read_pool;
  if (g_str_equal (type, "Resize") || g_str_equal (type, "Upsample"))
    return read_resize;
  return g_str_equal (type, "GlobalAveragePool") || g_str_equal (type, "GlobalMaxPool") ? read_global_pool : NULL;
}
