/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>

#include "thaw-tflite-read.h"

/* What comes before the window, where it does nothing but put @value or less around the picture, less than a window of it; else NULL */
static const ThawNode *
border_before (const ThawNode *x, const ThawWindowParams *p, float value)
{
  if (!x || x->op != THAW_OP_PAD || x->params.pad.value > value || p->padding == THAW_PADDING_SAME)
    return NULL;
  for (int axis = 0; axis < 2; axis++)
    if (x->params.pad.pad[axis] >= p->kernel[axis] || x->params.pad.pad[axis + 2] >= p->kernel[axis])
      return NULL;
  return x;
}

/* The border becomes the layer's own padding. */
static ThawNode *
take_border (const ThawNode *border, ThawWindowParams *p)
{
  for (int side = 0; side < 4; side++)
    p->pad[side] = border->params.pad.pad[side];
  return border->inputs[0];
}

static gboolean
read_window (const ThawTfliteReading *self, ThawWindowParams *p)
{
  const ThawTfliteOptions *options = &self->op->options;

  for (int axis = 0; axis < 2; axis++)
    {
      p->stride[axis] = options->stride[axis];
      p->dilation[axis] = MAX (options->dilation[axis], 1);
      if (p->stride[axis] < 1)
        return thaw_tflite_refuse (self, "a step of less than a pixel");
    }
  p->padding = options->same ? THAW_PADDING_SAME : THAW_PADDING_EXPLICIT;
  return TRUE;
}

/* The kernel's shape in the file: [out, height, width, in of a group], or [1, height, width, out] */
static gboolean
read_kernel (const ThawTfliteReading *self, const ThawNode *x, ThawWindowParams *p, gboolean *depthwise)
{
  const gint32 kernel = thaw_tflite_input_of (self, 1);
  const ThawTfliteTensor *tensor = kernel < 0 ? NULL : thaw_tflite_tensor (self->reader->file, kernel);
  const gboolean each = self->op->code == THAW_TFLITE_DEPTHWISE_CONV_2D;
  const gint64 width = x->shape.rank == 4 ? x->shape.dim[3] : 0;

  if (!tensor || tensor->rank != 4 || width < 1 || tensor->shape[1] < 1 || tensor->shape[2] < 1 || tensor->shape[3] < 1 || (each && tensor->shape[0] != 1)
      || (each ? tensor->shape[3] % width : width % tensor->shape[3]))
    return thaw_tflite_refuse (self, "its kernel does not fit what it is applied to");
  p->kernel[0] = tensor->shape[1];
  p->kernel[1] = tensor->shape[2];
  p->groups = (int) (each ? width : width / tensor->shape[3]);
  *depthwise = each && tensor->shape[3] == width;
  return TRUE;
}

gboolean
thaw_tflite_read_convolution (const ThawTfliteReading *self)
{
  static const int plain[] = { 0, 3, 1, 2 }, each[] = { 3, 0, 1, 2 };
  ThawNode *inputs[4] = { thaw_tflite_value (self, 0) };
  ThawOpParams params = { 0 };
  g_autofree char *name = NULL;
  const ThawNode *border;
  gboolean depthwise = FALSE;

  if (!inputs[0] || !read_window (self, &params.window) || !read_kernel (self, inputs[0], &params.window, &depthwise))
    return FALSE;
  border = border_before (inputs[0], &params.window, 0);
  if (border && border->params.pad.value == 0)
    inputs[0] = take_border (border, &params.window);
  name = thaw_tflite_layer_name (self, self->op->inputs[1]);
  inputs[1] = thaw_tflite_parameter (self, self->op->inputs[1], name, "weight", self->op->code == THAW_TFLITE_CONV_2D ? plain : each);
  if (inputs[1] && thaw_tflite_input_of (self, 2) >= 0 && !(inputs[2] = thaw_tflite_parameter (self, self->op->inputs[2], name, "bias", NULL)))
    return FALSE;
  return thaw_tflite_finish (self, thaw_tflite_layer (self, depthwise ? THAW_OP_DEPTHWISE : THAW_OP_CONV, name, &params, inputs, depthwise ? 3 : 4));
}

/* The most that may stand around the values of @x so that no maximum is taken from there */
static float
least_of (const ThawNode *x)
{
  const ThawNode *inside = x->op == THAW_OP_PAD ? x->inputs[0] : x;

  return inside->op == THAW_OP_RELU || inside->op == THAW_OP_RELU6 || inside->op == THAW_OP_SIGMOID ? 0 : -FLT_MAX;
}

gboolean
thaw_tflite_read_pool (const ThawTfliteReading *self)
{
  const ThawTfliteOptions *options = &self->op->options;
  const gboolean max = self->op->code == THAW_TFLITE_MAX_POOL_2D;
  ThawNode *x = thaw_tflite_value (self, 0);
  ThawOpParams params = { .window = { .kernel = { options->window[0], options->window[1] } } };
  const ThawNode *border;

  if (!x || !read_window (self, &params.window))
    return FALSE;
  border = border_before (x, &params.window, max ? least_of (x) : 0);
  if (border && (max || border->params.pad.value == 0))
    {
      params.window.count_padding = !max;
      x = take_border (border, &params.window);
    }
  if (!max && !options->same && !border && x->shape.rank == 4 && x->shape.dim[1] == options->window[0] && x->shape.dim[2] == options->window[1])
    return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_GLOBAL_POOL, NULL, NULL, &x, 1));
  return thaw_tflite_finish (self, thaw_tflite_layer (self, max ? THAW_OP_MAX_POOL : THAW_OP_AVG_POOL, NULL, &params, &x, 1));
}

/* What TensorFlow Lite takes as rows of the kernel's width, where it does not keep the axes */
static ThawNode *
flat_rows (const ThawTfliteReading *self, ThawNode *x, const char *layer)
{
  const gint32 kernel = thaw_tflite_input_of (self, 1);
  const ThawTfliteTensor *tensor = kernel < 0 ? NULL : thaw_tflite_tensor (self->reader->file, kernel);
  ThawOpParams params = { .reshape.shape = THAW_SHAPE (1, tensor && tensor->rank == 2 ? tensor->shape[1] : 0) };
  g_autofree char *wanted = g_strconcat (layer, ".flat", NULL);

  if (!x || self->op->options.keep || x->shape.rank <= 2)
    return x;
  return thaw_tflite_layer (self, THAW_OP_RESHAPE, wanted, &params, &x, 1);
}

gboolean
thaw_tflite_read_linear (const ThawTfliteReading *self)
{
  g_autofree char *name = thaw_tflite_layer_name (self, thaw_tflite_input_of (self, 1));
  ThawNode *inputs[3] = { flat_rows (self, thaw_tflite_value (self, 0), name) };

  if (!inputs[0])
    return FALSE;
  inputs[1] = thaw_tflite_parameter (self, thaw_tflite_input_of (self, 1), name, "weight", NULL);
  if (inputs[1] && thaw_tflite_input_of (self, 2) >= 0 && !(inputs[2] = thaw_tflite_parameter (self, self->op->inputs[2], name, "bias", NULL)))
    return FALSE;
  return thaw_tflite_finish (self, thaw_tflite_layer (self, THAW_OP_LINEAR, name, NULL, inputs, 3));
}
