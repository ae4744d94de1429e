/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any convolution: windows are copied into the rows of a matrix, strip by strip so that a strip stays in the cache.
 */
#include <string.h>

#include "ops/thaw-convolution-way.h"

/* A strip of windows holds about this many floats, but whole blocks of rows that large packed
 * weights are worth reading for. */
#define STRIP_FLOATS (64 * 1024)
#define STRIP_ROWS 256
/* A share of a product has a multiple of this many rows. */
#define SHARE_ROWS 8

/* Rounded up to whole cache lines, in floats. */
static gsize
aligned (gsize floats)
{
  return (floats + 15) / 16 * 16;
}

gint64
thaw_convolution_strip_rows (const ThawConvolution *self)
{
  gint64 rows = STRIP_FLOATS / MAX (thaw_convolution_window (self), 1) / STRIP_ROWS * STRIP_ROWS;

  return MIN (MAX (rows, STRIP_ROWS), MAX (thaw_convolution_rows (self), 1));
}

gsize
thaw_convolution_columns_floats (const ThawConvolution *self)
{
  return thaw_convolution_is_plain (self)
             ? 0
             : aligned (thaw_convolution_strip_rows (self) * thaw_convolution_window (self));
}

/* Some rows of one group's product. */
typedef struct
{
  const ThawConvolution *shape;
  gint64                 first, rows, group;
  float *columns; /* [rows, window]; unused where the product is plain */
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

  if (thaw_convolution_is_plain (strip->shape))
    return x + strip->first * strip->shape->in;
  thaw_kernels ()->im2col (&im2col, x, strip->columns);
  return strip->columns;
}

/* forward */

static double
cost (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;
  double products = (double) thaw_convolution_window (self) * self->out;
  double rows = (double) w->out_h * w->out_w;

  if (self->bf16)
    return INFINITY;
  return self->groups
         * ((rows + THAW_COST_WEIGHT) * products
            + THAW_COST_COPIED * 2 * rows * thaw_convolution_window (self));
}

static gsize
packed_floats (const ThawConvolution *self)
{
  return self->groups * aligned (thaw_convolution_packed_floats (self));
}

static void
pack (const ThawConvolution *self, const float *weight, float *packed)
{
  for (gint64 group = 0; group < self->groups; group++)
    thaw_convolution_pack (self, weight + group * self->out * thaw_convolution_window (self),
                           packed + group * aligned (thaw_convolution_packed_floats (self)));
}

static void
multiply_strip (const Strip *strip, const ThawConvolutionCall *call,
                const ThawConvolutionShare *share)
{
  const ThawConvolution *self = strip->shape;
  gint64 window = thaw_convolution_window (self), channels = self->groups * self->out;
  gint64 channel = strip->group * self->out + share->column, at = strip->first * channels + channel;

  thaw_kernels ()->gemm (&(ThawGemm){
      .m = strip->rows, .n = share->columns, .k = window, .a = gather (strip, call->x),
      .lda = window,
      .b = call->packed + strip->group * aligned (thaw_convolution_packed_floats (self))
           + window * share->column,
      .bias = call->bias ? call->bias + channel : NULL,
      .residual = call->residual ? call->residual + at : NULL, .ldr = channels, .c = call->y + at,
      .ldc = channels, .activation = self->activation });
}

static void
run (const ThawConvolution *self, const ThawConvolutionCall *call)
{
  gint64 step = thaw_convolution_strip_rows (self);
  ThawConvolutionShare share
      = thaw_convolution_share (self, call, thaw_convolution_rows (self), SHARE_ROWS);

  for (gint64 first = share.first; first < share.end; first += step)
    for (gint64 group = 0; group < self->groups; group++)
      multiply_strip (&(Strip){ self, first, MIN (step, share.end - first), group, call->workspace },
                      call, &share);
}

const ThawConvolutionWay thaw_convolution_columns = {
  .name = "columns",
  .cost = cost,
  .packed_floats = packed_floats,
  .pack = pack,
  .space_floats = thaw_convolution_columns_floats,
  .run = run,
  .any_lines = TRUE,
};

/* the gradient of the weight */

/* The products give it as [out, taps, in]: the parameter's own layout only where one of the two is 1. */
static gboolean
has_own_order (const ThawConvolution *self)
{
  return thaw_convolution_taps (self) == 1 || self->in == 1;
}

static gsize
sum_floats (const ThawConvolution *self)
{
  return has_own_order (self) ? 0 : self->groups * self->out * thaw_convolution_window (self);
}

static gsize
gradient_space_floats (const ThawConvolution *self)
{
  return thaw_convolution_columns_floats (self) + sum_floats (self);
}

static double
gradient_cost (const ThawConvolution *self)
{
  return cost (self)
         + 3 * THAW_COST_COPIED * self->groups * self->out * thaw_convolution_window (self);
}

/* @from: [out, taps, in], @to: [out, in, taps] */
static void
add_reordered (const ThawConvolution *self, const float *from, float *to)
{
  gint64 taps = thaw_convolution_taps (self), window = thaw_convolution_window (self);

  for (gint64 o = 0; o < self->groups * self->out; o++, from += window, to += window)
    for (gint64 i = 0; i < self->in; i++)
      for (gint64 tap = 0; tap < taps; tap++)
        to[i * taps + tap] += from[tap * self->in + i];
}

static void
add_strip (const Strip *strip, const float *x, const float *dz, float *dweight)
{
  const ThawConvolution *self = strip->shape;
  gint64 window = thaw_convolution_window (self), channels = self->groups * self->out;

  thaw_kernels ()->gemm_transposed (&(ThawGemmTransposed){
      .m = strip->rows, .o = self->out, .k = window,
      .a = dz + strip->first * channels + strip->group * self->out, .lda = channels,
      .b = gather (strip, x), .ldb = window, .g = dweight + strip->group * self->out * window,
      .ldg = window });
}

static void
add (const ThawConvolution *self, const float *x, const float *dz, gint64 first, gint64 rows,
     float *dweight, float *workspace)
{
  gint64 step = thaw_convolution_strip_rows (self), end = first + rows;
  float *sums = has_own_order (self) ? dweight : workspace + thaw_convolution_columns_floats (self);

  if (sums != dweight)
    memset (sums, 0, sum_floats (self) * sizeof (float));
  for (; first < end; first += step)
    for (gint64 group = 0; group < self->groups; group++)
      add_strip (&(Strip){ self, first, MIN (step, end - first), group, workspace }, x, dz, sums);
  if (sums != dweight)
    add_reordered (self, sums, dweight);
}

const ThawWeightGradientWay thaw_weight_gradient_columns = {
  .name = "columns",
  .cost = gradient_cost,
  .space_floats = gradient_space_floats,
  .add = add,
};

/* the gradient of the input */

static gsize
back_floats (const ThawConvolution *self)
{
  return aligned (thaw_kernels ()->gemm_packed_size (self->out, thaw_convolution_window (self)));
}

gsize
thaw_convolution_columns_packed_floats (const ThawConvolution *self)
{
  return self->groups * back_floats (self);
}

void
thaw_convolution_columns_pack (const ThawConvolution *self, const float *weight, float *packed)
{
  gint64 taps = thaw_convolution_taps (self);
  ThawGemmAxis window = thaw_gemm_axis_pair (taps, 1, self->in, taps);
  ThawGemmAxis out = thaw_gemm_axis (self->out, thaw_convolution_window (self));

  for (gint64 group = 0; group < self->groups; group++)
    thaw_kernels ()->gemm_pack (weight + group * self->out * thaw_convolution_window (self), &out,
                                &window, packed + group * back_floats (self));
}

static void
back_strip (const Strip *strip, const float *dz, const float *packed, float *dx)
{
  const ThawConvolution *self = strip->shape;
  ThawIm2col im2col = windows_of (strip);
  gint64 window = thaw_convolution_window (self), channels = self->groups * self->out;

  thaw_kernels ()->gemm (&(ThawGemm){ .m = strip->rows, .n = window, .k = self->out,
                                      .a = dz + strip->first * channels + strip->group * self->out,
                                      .lda = channels,
                                      .b = packed + strip->group * back_floats (self),
                                      .c = strip->columns, .ldc = window });
  thaw_kernels ()->col2im (&im2col, strip->columns, dx);
}

void
thaw_convolution_columns_back (const ThawConvolution *self, const float *dz, const float *packed,
                               float *dx, float *workspace)
{
  const ThawWindows *w = &self->windows;
  gint64 rows = thaw_convolution_rows (self), step = thaw_convolution_strip_rows (self);

  memset (dx, 0, w->n * w->h * w->w * w->c * sizeof (float));
  for (gint64 first = 0; first < rows; first += step)
    for (gint64 group = 0; group < self->groups; group++)
      back_strip (&(Strip){ self, first, MIN (step, rows - first), group, workspace }, dz, packed,
                  dx);
}
