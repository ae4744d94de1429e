/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-convolution.h"

#include <string.h>

/* The gradient of the input as a convolution of the outputs' gradients. FALSE: it is none, because of strides or groups. */
static gboolean
reversed (const ThawConvolution *self, ThawConvolution *back)
{
  const ThawWindows *w = &self->windows;

  *back = (ThawConvolution){ .windows = *w, .groups = 1, .in = self->out, .out = self->in,
                             .transposed = TRUE };
  back->windows.h = w->out_h;
  back->windows.w = w->out_w;
  back->windows.c = self->out;
  back->windows.out_h = w->h;
  back->windows.out_w = w->w;
  for (int axis = 0; axis < 2; axis++)
    {
      back->windows.pad[axis] = (w->kernel[axis] - 1) * w->dilation[axis] - w->pad[axis];
      back->windows.stride[axis] = 1;
      if ((w->stride[axis] != 1 && !thaw_convolution_is_plain (self))
          || back->windows.pad[axis] < 0)
        return FALSE;
    }
  return self->groups == 1;
}

const char *
thaw_convolution_kernel (const ThawConvolution *self)
{
  if (self->bf16)
    return thaw_convolution_is_plain (self) ? "product, bfloat16" : "lines, bfloat16";
  return thaw_convolution_is_plain (self) ? "product" : thaw_convolution_way (self)->name;
}

gboolean
thaw_convolution_makes_lines (const ThawConvolution *self)
{
  return thaw_convolution_way (self)->any_lines;
}

/* Rounded up to whole cache lines, in floats. */
static gsize
aligned (gsize floats)
{
  return (floats + 15) / 16 * 16;
}

static gsize
forward_floats (const ThawConvolution *self)
{
  return aligned (thaw_convolution_way (self)->packed_floats (self));
}

gsize
thaw_convolution_prepared_size (const ThawConvolution *self, gboolean training)
{
  gsize floats = forward_floats (self);
  ThawConvolution back;

  if (training)
    floats += reversed (self, &back) ? thaw_convolution_way (&back)->packed_floats (&back)
                                     : thaw_convolution_columns_packed_floats (self);
  return floats * sizeof (float);
}

void
thaw_convolution_prepare (const ThawConvolution *self, const float *weight, float *prepared,
                          gboolean training)
{
  ThawConvolution back;

  thaw_convolution_way (self)->pack (self, weight, prepared);
  if (!training)
    return;
  prepared += forward_floats (self);
  if (reversed (self, &back))
    thaw_convolution_way (&back)->pack (&back, weight, prepared);
  else
    thaw_convolution_columns_pack (self, weight, prepared);
}

gsize
thaw_convolution_workspace_size (const ThawConvolution *self, gboolean training)
{
  gsize floats = thaw_convolution_way (self)->space_floats (self), more;
  ThawConvolution back;

  if (training)
    {
      more = thaw_weight_gradient_way (self)->space_floats (self);
      floats = MAX (floats, more);
      more = reversed (self, &back) ? thaw_convolution_way (&back)->space_floats (&back)
                                    : thaw_convolution_columns_floats (self);
      floats = MAX (floats, more);
    }
  return floats * sizeof (float);
}

void
thaw_convolution_forward (const ThawConvolution *self, const ThawOpCall *call)
{
  thaw_convolution_way (self)->run (
      self, &(ThawConvolutionCall){ .x = call->x[0], .packed = call->prepared,
                                    .bias = thaw_op_operand (call, 2),
                                    .residual = thaw_op_operand (call, 3), .y = call->y,
                                    .workspace = call->workspace, .part = call->part,
                                    .parts = call->parts, .line = call->line,
                                    .end_line = call->end_line });
}

/* From the gradient of the outputs to that of the sums, in place, and what follows from it
 * directly. */
static void
unwrap_strip (const ThawConvolution *self, const ThawOpCall *call, gint64 first, gint64 rows)
{
  gint64 channels = self->groups * self->out, at = first * channels;
  float *dz = (float *) call->dy + at;
  float *dbias = thaw_op_operand_gradient (call, 2),
        *dresidual = thaw_op_operand_gradient (call, 3);

  if (self->activation != THAW_ACTIVATION_NONE)
    thaw_kernels ()->activate_backward (self->activation, rows * channels,
                                        (const float *) call->y + at, dz);
  if (dbias)
    thaw_kernels ()->column_sums (rows, channels, dz, channels, dbias);
  if (dresidual && dresidual != call->dy)
    memcpy (dresidual + at, dz, rows * channels * sizeof (float));
}

static void
make_input_gradient (const ThawConvolution *self, const ThawOpCall *call, const float *dz, float *dx)
{
  const float *packed = (const float *) call->prepared + forward_floats (self);
  ThawConvolution back;

  if (reversed (self, &back))
    thaw_convolution_way (&back)->run (
        &back, &(ThawConvolutionCall){
                   .x = dz, .packed = packed, .y = dx, .workspace = call->workspace });
  else
    thaw_convolution_columns_back (self, dz, packed, dx, call->workspace);
}

/* Rows of a plain convolution are pictures of one element: what one step leaves in the cache is there for the next. */
static void
backward_strip (const ThawConvolution *self, const ThawOpCall *call, gint64 first, gint64 rows)
{
  ThawConvolution strip = *self;
  float *dx = thaw_op_operand_gradient (call, 0), *dweight = thaw_op_operand_gradient (call, 1);

  unwrap_strip (self, call, first, rows);
  if (dweight)
    thaw_weight_gradient_way (self)->add (self, call->x[0], call->dy, first, rows, dweight,
                                          call->workspace);
  if (!dx)
    return;
  if (rows < thaw_convolution_rows (self))
    {
      strip.windows.n = rows;
      strip.windows.h = strip.windows.w = strip.windows.out_h = strip.windows.out_w = 1;
    }
  make_input_gradient (&strip, call, (const float *) call->dy + first * self->out,
                       dx + first * self->in);
}

void
thaw_convolution_backward (const ThawConvolution *self, const ThawOpCall *call)
{
  gint64 rows = thaw_convolution_rows (self);
  gint64 step = thaw_convolution_is_plain (self) ? thaw_convolution_strip_rows (self) : rows;

  for (gint64 first = 0; first < rows; first += step)
    backward_strip (self, call, first, MIN (step, rows - first));
}

guint
thaw_convolution_needs (ThawActivation activation, const gboolean *wanted)
{
  return (wanted[1] ? THAW_NEEDS_X (0) : 0)
         | (activation != THAW_ACTIVATION_NONE ? THAW_NEEDS_Y : 0);
}

gboolean
thaw_op_check_activation (const ThawNode *node, ThawActivation activation, GError **error)
{
  return (guint) activation < THAW_N_ACTIVATIONS
         || thaw_op_fail (node, error, "no activation has the number %d", (int) activation);
}
