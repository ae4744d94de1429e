/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-convolution.h"

#include <string.h>

/* A strip of windows holds about this many floats, but whole blocks of rows that large packed
 * weights are worth reading for. */
#define STRIP_FLOATS (64 * 1024)
#define STRIP_ROWS 256
/* A share of a product has a multiple of this many rows. */
#define SHARE_ROWS 8

static gint64
n_taps (const ThawConvolution *self)
{
  return self->windows.kernel[0] * self->windows.kernel[1];
}

/* The length of a window: a row of the product's left matrix. */
static gint64
window_size (const ThawConvolution *self)
{
  return n_taps (self) * self->in;
}

static gint64
n_rows (const ThawConvolution *self)
{
  return self->windows.n * self->windows.out_h * self->windows.out_w;
}

/* The picture itself is the left matrix. */
static gboolean
is_plain (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;

  return n_taps (self) == 1 && self->groups == 1 && w->h == w->out_h && w->w == w->out_w
         && w->pad[0] == 0 && w->pad[1] == 0;
}

/* The products give a weight's gradient as [out, taps, in]: the parameter's own layout only where
 * one of the two is 1. */
static gboolean
has_own_order (const ThawConvolution *self)
{
  return n_taps (self) == 1 || self->in == 1;
}

static gint64
strip_rows (const ThawConvolution *self)
{
  gint64 rows = STRIP_FLOATS / MAX (window_size (self), 1) / STRIP_ROWS * STRIP_ROWS;

  return MIN (MAX (rows, STRIP_ROWS), MAX (n_rows (self), 1));
}

/* Rounded up to whole cache lines, in floats. */
static gsize
aligned (gsize floats)
{
  return (floats + 15) / 16 * 16;
}

static gsize
packed_floats (const ThawConvolution *self, gboolean backward)
{
  gint64 window = window_size (self);

  return aligned (backward ? thaw_kernels ()->gemm_packed_size (self->out, window)
                           : thaw_kernels ()->gemm_packed_size (window, self->out));
}

/* Of group @group: for forward first, all groups, then for backward. */
static float *
packed_at (const ThawConvolution *self, float *prepared, gint64 group, gboolean backward)
{
  return prepared + (backward ? self->groups * packed_floats (self, FALSE) : 0)
         + group * packed_floats (self, backward);
}

gsize
thaw_convolution_prepared_size (const ThawConvolution *self, gboolean training)
{
  gsize floats = packed_floats (self, FALSE) + (training ? packed_floats (self, TRUE) : 0);

  return self->groups * floats * sizeof (float);
}

void
thaw_convolution_prepare (const ThawConvolution *self,
                          const float *weight,
                          float *prepared,
                          gboolean training)
{
  const ThawKernels *kernels = thaw_kernels ();
  ThawGemmAxis window = thaw_gemm_axis_pair (n_taps (self), 1, self->in, n_taps (self));
  ThawGemmAxis out = thaw_gemm_axis (self->out, window_size (self));

  for (gint64 group = 0; group < self->groups; group++)
    {
      const float *w = weight + group * self->out * window_size (self);

      kernels->gemm_pack (w, &window, &out, packed_at (self, prepared, group, FALSE));
      if (training)
        kernels->gemm_pack (w, &out, &window, packed_at (self, prepared, group, TRUE));
    }
}

static gsize
columns_floats (const ThawConvolution *self)
{
  return is_plain (self) ? 0 : aligned (strip_rows (self) * window_size (self));
}

static gsize
gradient_floats (const ThawConvolution *self)
{
  return has_own_order (self) ? 0 : self->groups * self->out * window_size (self);
}

gsize
thaw_convolution_workspace_size (const ThawConvolution *self, gboolean training)
{
  return (columns_floats (self) + (training ? gradient_floats (self) : 0)) * sizeof (float);
}

/* Some rows of one group's product. */
typedef struct
{
  const ThawConvolution *shape;
  gint64                 first, rows, group;
  float *columns; /* [rows, window], in the workspace; unused where the product is plain */
} Strip;

static ThawIm2col
windows_of (const Strip *strip)
{
  return (ThawIm2col){ .windows = strip->shape->windows, .channel = strip->group * strip->shape->in,
                       .channels = strip->shape->in, .first = strip->first, .rows = strip->rows };
}

/* The left matrix, [rows, window]. */
static const float *
gather (const Strip *strip, const float *x)
{
  ThawIm2col im2col = windows_of (strip);

  if (is_plain (strip->shape))
    return x + strip->first * strip->shape->in;
  thaw_kernels ()->im2col (&im2col, x, strip->columns);
  return strip->columns;
}

static void
multiply_strip (const Strip *strip, const ThawOpCall *call)
{
  const ThawConvolution *self = strip->shape;
  const float *bias = thaw_op_operand (call, 2), *residual = thaw_op_operand (call, 3);
  gint64 channels = self->groups * self->out, channel = strip->group * self->out;
  gint64 at = strip->first * channels + channel;

  thaw_kernels ()->gemm (&(ThawGemm){ .m = strip->rows, .n = self->out, .k = window_size (self),
                                      .a = gather (strip, call->x[0]), .lda = window_size (self),
                                      .b = packed_at (self, call->prepared, strip->group, FALSE),
                                      .bias = bias ? bias + channel : NULL,
                                      .residual = residual ? residual + at : NULL, .ldr = channels,
                                      .c = (float *) call->y + at, .ldc = channels,
                                      .activation = self->activation });
}

void
thaw_convolution_forward (const ThawConvolution *self, const ThawOpCall *call)
{
  gint64 rows = n_rows (self), step = is_plain (self) ? MAX (rows, 1) : strip_rows (self);
  gint64 end = thaw_op_share (call, rows, SHARE_ROWS, 1);

  for (gint64 first = thaw_op_share (call, rows, SHARE_ROWS, 0); first < end; first += step)
    for (gint64 group = 0; group < self->groups; group++)
      multiply_strip (&(Strip){ self, first, MIN (step, end - first), group, call->workspace },
                      call);
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

/* @dweight: [out of all groups, window] */
static void
add_weight_gradient (const Strip *strip, const float *dz, const float *x, float *dweight)
{
  const ThawConvolution *self = strip->shape;
  gint64 window = window_size (self);

  thaw_kernels ()->gemm_transposed (&(ThawGemmTransposed){
      .m = strip->rows, .o = self->out, .k = window, .a = dz, .lda = self->groups * self->out,
      .b = gather (strip, x), .ldb = window, .g = dweight + strip->group * self->out * window,
      .ldg = window });
}

/* @dx: cleared before the first strip unless the product is plain */
static void
add_input_gradient (const Strip *strip, const float *dz, float *prepared, float *dx)
{
  const ThawConvolution *self = strip->shape;
  ThawIm2col im2col = windows_of (strip);
  gboolean plain = is_plain (self);
  gint64 window = window_size (self);

  thaw_kernels ()->gemm (&(ThawGemm){ .m = strip->rows, .n = window, .k = self->out, .a = dz,
                                      .lda = self->groups * self->out,
                                      .b = packed_at (self, prepared, strip->group, TRUE),
                                      .c = plain ? dx + strip->first * window : strip->columns,
                                      .ldc = window });
  if (!plain)
    thaw_kernels ()->col2im (&im2col, strip->columns, dx);
}

/* @from: [out, taps, in], @to: [out, in, taps] */
static void
add_reordered (const ThawConvolution *self, const float *from, float *to)
{
  gint64 taps = n_taps (self), window = window_size (self);

  for (gint64 o = 0; o < self->groups * self->out; o++, from += window, to += window)
    for (gint64 i = 0; i < self->in; i++)
      for (gint64 tap = 0; tap < taps; tap++)
        to[i * taps + tap] += from[tap * self->in + i];
}

static void
backward_strip (
    const ThawConvolution *self, const ThawOpCall *call, gint64 first, gint64 rows, float *dweight)
{
  float *dx = thaw_op_operand_gradient (call, 0);

  unwrap_strip (self, call, first, rows);
  for (gint64 group = 0; group < self->groups; group++)
    {
      Strip strip = { self, first, rows, group, call->workspace };
      const float *dz = (const float *) call->dy + (first * self->groups + group) * self->out;

      if (dweight)
        add_weight_gradient (&strip, dz, call->x[0], dweight);
      if (dx)
        add_input_gradient (&strip, dz, call->prepared, dx);
    }
}

void
thaw_convolution_backward (const ThawConvolution *self, const ThawOpCall *call)
{
  const ThawWindows *w = &self->windows;
  gint64 rows = n_rows (self), step = strip_rows (self);
  float *dx = thaw_op_operand_gradient (call, 0), *dweight = thaw_op_operand_gradient (call, 1);
  float *reordered
      = dweight && !has_own_order (self) ? (float *) call->workspace + columns_floats (self) : NULL;

  if (dx && !is_plain (self))
    memset (dx, 0, w->n * w->h * w->w * w->c * sizeof (float));
  if (reordered)
    memset (reordered, 0, gradient_floats (self) * sizeof (float));
  for (gint64 first = 0; first < rows; first += step)
    backward_strip (self, call, first, MIN (step, rows - first), reordered ? reordered : dweight);
  if (reordered)
    add_reordered (self, reordered, dweight);
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
