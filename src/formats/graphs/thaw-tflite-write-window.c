/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions and pools. TensorFlow Lite knows two paddings: none, and SAME, which is TensorFlow's; every other is zeros put around the
 * picture before. */
#include <float.h>

#include "thaw-tflite.h"

/* How a window goes over the picture in the file */
typedef struct
{
  gboolean same;
  gint32   pad[4];   /* what is put around the picture first, as ThawPadParams */
} Border;

static gint64
extent (const ThawWindowParams *p, int axis)
{
  return ((gint64) p->kernel[axis] - 1) * p->dilation[axis] + 1;
}

/* Rows below the picture that a window touches; below 0: rows of the picture that none does */
static gint64
reach (const ThawNode *node, int axis)
{
  const ThawWindowParams *p = &node->params.window;

  return (node->shape.dim[1 + axis] - 1) * p->stride[axis] + extent (p, axis) - node->inputs[0]->shape.dim[1 + axis] - p->pad[axis];
}

static gboolean
is_same (const ThawNode *node, int axis)
{
  const ThawWindowParams *p = &node->params.window;
  gint64 in = node->inputs[0]->shape.dim[1 + axis], out = (in + p->stride[axis] - 1) / p->stride[axis];
  gint64 total = MAX ((out - 1) * p->stride[axis] + extent (p, axis) - in, 0);

  return out == node->shape.dim[1 + axis] && p->pad[axis] == total / 2;
}

/* TensorFlow Lite makes as many windows as fit. */
static gboolean
is_valid (const ThawNode *node, int axis)
{
  const ThawWindowParams *p = &node->params.window;

  return p->pad[axis] == 0 && reach (node, axis) <= 0 && -reach (node, axis) < p->stride[axis];
}

static Border
find_border (const ThawNode *node)
{
  Border border = { .same = FALSE };

  if (is_valid (node, 0) && is_valid (node, 1))
    return border;
  border.same = is_same (node, 0) && is_same (node, 1);
  for (int axis = 0; axis < 2 && !border.same; axis++)
    {
      border.pad[axis] = node->params.window.pad[axis];
      border.pad[axis + 2] = (gint32) MAX (reach (node, axis), 0);
    }
  return border;
}

/* The picture with @value around it */
static gint32
write_border (ThawTfliteWriter *self, const ThawNode *node, const Border *border, gint32 x, float value)
{
  const gint32 *pad = border->pad;
  ThawShape shape = node->inputs[0]->shape;
  gint32 inputs[3] = { x }, padded;

  if (!(pad[0] | pad[1] | pad[2] | pad[3]))
    return x;
  shape.dim[1] += pad[THAW_TOP] + pad[THAW_BOTTOM];
  shape.dim[2] += pad[THAW_LEFT] + pad[THAW_RIGHT];
  padded = thaw_tflite_add_step (self, node, &shape);
  inputs[1] = thaw_tflite_add_ints (self, (gint32[]){ 0, 0, pad[THAW_TOP], pad[THAW_BOTTOM], pad[THAW_LEFT], pad[THAW_RIGHT], 0, 0 }, 8, 4);
  inputs[2] = value == 0 ? -1 : thaw_tflite_add_number (self, value);
  thaw_tflite_add_operator (self, value == 0 ? THAW_TFLITE_PAD : THAW_TFLITE_PADV2, 1, inputs, value == 0 ? 2 : 3, padded);
  return padded;
}

/* @inputs: the picture, the kernel, the bias */
static ThawTfliteOptions *
add_convolution (ThawTfliteWriter *self, const ThawNode *node, const gint32 *inputs, gint32 output)
{
  gboolean depthwise = node->op == THAW_OP_DEPTHWISE, dilated = node->params.window.dilation[0] > 1 || node->params.window.dilation[1] > 1;

  if (!depthwise)
    return thaw_tflite_add_operator (self, THAW_TFLITE_CONV_2D, node->params.window.groups > 1 ? 6 : 1, inputs, 3, output);
  return thaw_tflite_add_operator (self, THAW_TFLITE_DEPTHWISE_CONV_2D, dilated ? 2 : 1, inputs, 3, output);
}

static void
set_window (ThawTfliteOptions *options, const ThawNode *node, const Border *border)
{
  const ThawWindowParams *p = &node->params.window;

  options->same = border->same;
  for (int axis = 0; axis < 2; axis++)
    {
      options->stride[axis] = p->stride[axis];
      options->dilation[axis] = p->dilation[axis];
      options->window[axis] = p->kernel[axis];
    }
  options->multiplier = 1;
}

/* The convolution, what is added to it, its activation: each by itself where the one before cannot do it too */
static gboolean
write_convolution (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  static const int plain[] = { 0, 2, 3, 1 }, depthwise[] = { 1, 2, 3, 0 };
  const Border border = find_border (node);
  const ThawActivation activation = node->params.window.activation;
  const int fused = thaw_tflite_fused (activation);
  const gboolean adds = node->op == THAW_OP_CONV && node->n_inputs > 3 && node->inputs[3], apart = activation && !fused;
  gint32 inputs[3], at = thaw_tflite_output (self, node), sum, value;
  ThawTfliteOptions *options;

  inputs[0] = write_border (self, node, &border, thaw_tflite_input (self, node, 0), 0);
  inputs[1] = thaw_tflite_kernel (self, node, node->op == THAW_OP_CONV ? plain : depthwise);
  inputs[2] = thaw_tflite_bias (self, node, node->shape.dim[3]);
  sum = apart ? thaw_tflite_add_step (self, node, &node->shape) : at;
  value = adds ? thaw_tflite_add_step (self, node, &node->shape) : sum;
  options = add_convolution (self, node, inputs, value);
  set_window (options, node, &border);
  options->activation = adds ? THAW_TFLITE_NO_ACTIVATION : fused;
  if (adds)
    thaw_tflite_add_operator (self, THAW_TFLITE_ADD, 1, (gint32[]){ value, thaw_tflite_input (self, node, 3) }, 2, sum)->activation = fused;
  if (apart)
    thaw_tflite_add_activation (self, node, activation, sum, at);
  return TRUE;
}

static gboolean
write_max_pool (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  const Border border = find_border (node);
  gint32 x = thaw_tflite_input (self, node, 0);

  if (node->params.window.dilation[0] > 1 || node->params.window.dilation[1] > 1)
    return thaw_tflite_refuse_node (node, "a maximum over a dilated window", error);
  x = write_border (self, node, &border, x, self->nonnegative[node->inputs[0]->id] ? 0 : -FLT_MAX);
  set_window (thaw_tflite_add_operator (self, THAW_TFLITE_MAX_POOL_2D, 1, &x, 1, thaw_tflite_output (self, node)), node, &border);
  return TRUE;
}

/* By how many numbers the window at @at is divided, along one axis */
static gint64
divisor (const ThawNode *node, int axis, gint64 at)
{
  const ThawWindowParams *p = &node->params.window;
  gint64 in = node->inputs[0]->shape.dim[1 + axis], start = at * p->stride[axis] - p->pad[axis];
  gint64 end = MIN (start + p->kernel[axis], in + p->pad[axis + 2]);

  return p->count_padding ? end - start : MIN (end, in) - MAX (start, 0);
}

/* What a mean over whole windows has to be multiplied by at each place, where windows count fewer numbers than they have; NULL: nothing */
static float *
find_shares (const ThawNode *node)
{
  gint64 height = node->shape.dim[1], width = node->shape.dim[2];
  double whole = (double) node->params.window.kernel[0] * node->params.window.kernel[1];
  g_autofree float *shares = g_new (float, height * width);
  gboolean any = FALSE;

  for (gint64 y = 0; y < height; y++)
    for (gint64 x = 0; x < width; x++)
      {
        double counted = (double) (divisor (node, 0, y) * divisor (node, 1, x));

        shares[y * width + x] = (float) (whole / counted);
        any = any || counted < whole;
      }
  return any ? g_steal_pointer (&shares) : NULL;
}

/* Under SAME TensorFlow Lite counts what lies in the picture alone. */
static gboolean
write_avg_pool (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  g_autofree float *shares = find_shares (node);
  Border border = find_border (node);
  gint32 x = thaw_tflite_input (self, node, 0), output = thaw_tflite_output (self, node), mean = output, by;

  if (border.same && node->params.window.count_padding)
    {
      border.same = FALSE;
      for (int axis = 0; axis < 2; axis++)
        {
          border.pad[axis] = node->params.window.pad[axis];
          border.pad[axis + 2] = (gint32) MAX (reach (node, axis), 0);
        }
    }
  if (border.same)
    g_clear_pointer (&shares, g_free);
  x = write_border (self, node, &border, x, 0);
  if (shares)
    mean = thaw_tflite_add_step (self, node, &node->shape);
  set_window (thaw_tflite_add_operator (self, THAW_TFLITE_AVERAGE_POOL_2D, 1, &x, 1, mean), node, &border);
  if (!shares)
    return TRUE;
  by = thaw_tflite_add_floats (self, NULL, &THAW_SHAPE (1, node->shape.dim[1], node->shape.dim[2], 1), shares, FALSE);
  thaw_tflite_add_simple (self, THAW_TFLITE_MUL, mean, by, output);
  return TRUE;
}

gboolean
thaw_tflite_write_window (ThawTfliteWriter *self, const ThawNode *node, GError **error)
{
  switch (node->op)
    {
    case THAW_OP_MAX_POOL: return write_max_pool (self, node, error);
    case THAW_OP_AVG_POOL: return write_avg_pool (self, node, error);
    default: return write_convolution (self, node, error);
    }
}
