/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>
#include <thaw/thaw-kernels.h>

/**
 * ThawConvolution:
 *
 * What conv, linear and the gradient of a convolution's input have in common: activation (windows of x times weight +
 * bias + residual). The weight is [groups * out, in, taps]; where @transposed it is [in, out, taps] with its taps
 * backwards (and one group).
 */
typedef struct
{
  ThawWindows    windows; /* @n: of a call */
  gint64         groups;
  gint64         in, out; /* channels of one group */
  ThawActivation activation;
  gboolean       transposed;
  gboolean       bf16, bf16_y, bf16_residual; /* x and the weight, the result and the residual are of bfloat16; the last two only where x is */
} ThawConvolution;

/* Where x is of bfloat16 every pointer to float points to what it says in ThawConvolution.
 * One thread's share, @part of @parts (0 or 1: all), or of one picture the lines @line .. @end_line - 1 of the result (@end_line 0: all). */
typedef struct
{
  const float *x, *packed, *bias, *residual;
  float       *y, *workspace;
  guint        part, parts;
  gint64       line, end_line;
} ThawConvolutionCall;

/**
 * ThawConvolutionWay: one way to compute a convolution
 *
 * Another is a file that defines a const thaw_convolution_NAME and a line in thaw-convolution-ways.inc;
 * thaw_convolution_way() asks all for their cost.
 *
 * The bits of a picture's result depend neither on the other pictures nor on the parts.
 */
typedef struct
{
  const char *name;

  /* Of one picture, in the time of a multiply-add of a good product; INFINITY: cannot do it. Depends on the shape
   * alone, never on windows.n, so that a picture has the same bits in any batch. */
  double (*cost)          (const ThawConvolution *self);
  gsize  (*packed_floats) (const ThawConvolution *self);
  void   (*pack)          (const ThawConvolution *self, const float *weight, float *packed);
  gsize  (*space_floats)  (const ThawConvolution *self);
  void   (*run)           (const ThawConvolution *self, const ThawConvolutionCall *call);
  gboolean any_lines;     /* run() can make some lines of a result alone, to the same bits */
} ThawConvolutionWay;

/**
 * ThawWeightGradientWay: one way to compute the gradient of a convolution's weight
 *
 * Added to @dweight, [groups * out, in, taps], for the rows @first .. @first + @rows - 1 of [n * out_h * out_w, groups * out].
 * All rows come at once unless the convolution is plain.
 */
typedef struct
{
  const char *name;

  double (*cost)         (const ThawConvolution *self);
  gsize  (*space_floats) (const ThawConvolution *self);
  void   (*add)          (const ThawConvolution *self, const float *x, const float *dz, gint64 first, gint64 rows,
                          float *dweight, float *workspace);
} ThawWeightGradientWay;

#define THAW_CONVOLUTION_WAY(name) extern const ThawConvolutionWay thaw_convolution_##name;
#define THAW_WEIGHT_GRADIENT_WAY(name) extern const ThawWeightGradientWay thaw_weight_gradient_##name;
#include "ops/thaw-convolution-ways.inc"
#undef THAW_CONVOLUTION_WAY
#undef THAW_WEIGHT_GRADIENT_WAY

/* The cheapest. */
const ThawConvolutionWay    *thaw_convolution_way     (const ThawConvolution *self);
const ThawWeightGradientWay *thaw_weight_gradient_way (const ThawConvolution *self);

/* In bfloat16 it would cost less, and be exact enough. */
gboolean thaw_convolution_gains_by_bf16 (const ThawConvolution *self);

/* What costs are made of, in the time of one multiply-add of a good product on one thread. Measured by
 * tests/bench/bench-convolutions, which prints what these give beside what it takes. */
/* a float that is copied, or packed with others */
#define THAW_COST_COPIED 3.
/* a float that a transform of Winograd's reads or makes */
#define THAW_COST_TRANSFORMED 5.
/* a packed weight that is read, once for a few pictures */
#define THAW_COST_WEIGHT 4.

static inline gint64
thaw_convolution_taps (const ThawConvolution *self)
{
  return self->windows.kernel[0] * self->windows.kernel[1];
}

/* The length of a window: a row of the product's left matrix. */
static inline gint64
thaw_convolution_window (const ThawConvolution *self)
{
  return thaw_convolution_taps (self) * self->in;
}

static inline gint64
thaw_convolution_rows (const ThawConvolution *self)
{
  return self->windows.n * self->windows.out_h * self->windows.out_w;
}

/* The picture itself is the left matrix. */
static inline gboolean
thaw_convolution_is_plain (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;

  return thaw_convolution_taps (self) == 1 && self->groups == 1 && w->h == w->out_h
         && w->w == w->out_w && w->pad[0] == 0 && w->pad[1] == 0;
}

/* The part of a product that a thread makes: rows in whole lines, or columns in whole panels. */
typedef struct
{
  gint64 first, end, column, columns;
} ThawConvolutionShare;

/* @n units that become rows, in whole @grain's */
ThawConvolutionShare thaw_convolution_share (const ThawConvolution *self, const ThawConvolutionCall *call, gint64 n,
                                             gint64 grain);
/* The weights of one group, from @weight on, for gemm() on windows. */
void  thaw_convolution_pack         (const ThawConvolution *self, const float *weight, float *packed);
gsize thaw_convolution_packed_floats (const ThawConvolution *self);

/* Rows of windows that are copied together. */
gint64 thaw_convolution_strip_rows  (const ThawConvolution *self);
/* The gradient of any convolution's input: products that are added up where their windows lie. @packed: by
 * thaw_convolution_columns_pack(); @workspace: of the weight gradient's columns */
gsize thaw_convolution_columns_packed_floats (const ThawConvolution *self);
void  thaw_convolution_columns_pack (const ThawConvolution *self, const float *weight, float *packed);
gsize thaw_convolution_columns_floats (const ThawConvolution *self);
void  thaw_convolution_columns_back (const ThawConvolution *self, const float *dz, const float *packed, float *dx,
                                     float *workspace);
