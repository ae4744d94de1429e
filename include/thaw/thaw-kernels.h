/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-activation.h>
#include <thaw/thaw-bf16.h>
#include <thaw/thaw-cpu.h>

G_BEGIN_DECLS

/* Kernels work on raw memory: all sizes, strides (in floats, never bytes) and workspaces are handed
 * in, nothing is allocated, nothing is global. Pointers need no alignment beyond a float's; 64
 * bytes are faster. Any thread. They are reached through the table that thaw_kernels() returns. */

/**
 * ThawGemm: c = activation (a b + bias + residual)
 *
 * a: [m, k], rows @lda apart. b: [k, n], as gemm_pack() left it. c: [m, n], rows @ldc apart.
 * bias: [n], nullable. residual: [m, n], rows @ldr apart, nullable, may be @c itself (which makes
 * it an accumulation). @k may be 0.
 *
 * The rows of a may be the windows of a picture, which then need not be copied out of it: row i starts at @a + i / @line *
 * @line_stride + i % @line * @lda (@line 0: all rows are one line; otherwise @m is whole lines), and its @k elements are
 * @runs runs of k / @runs that start @run_stride apart (@runs 0: one).
 *
 * An element is chains of at most 128 multiply-adds over k in rising order, added in order, then
 * bias, then residual: the error of long sums stays that of short ones. Its bits depend neither on
 * the row's place nor on @m or the other rows.
 */
struct _ThawGemm
{
  gint64         m, n, k;
  const float   *a;
  gint64         lda;
  const float   *b;
  const float   *bias;
  const float   *residual;
  gint64         ldr;
  float         *c;
  gint64         ldc;
  ThawActivation activation;
  gint64         line, line_stride, runs, run_stride;
};

/**
 * ThawGemmBf16: the same product of bfloat16, summed in float32
 *
 * a, and b as gemm_bf16_pack() left it, hold pairs of elements in place of floats, neighbours along k: @k, @lda, @line_stride and @run_stride
 * count pairs. @bf16_residual and @bf16_c: the matrix is of bfloat16, else of float32; @ldr and @ldc count its elements.
 */
typedef struct
{
  gint64         m, n, k;
  const void    *a;
  gint64         lda;
  const void    *b;
  const float   *bias;
  const void    *residual;
  gint64         ldr;
  void          *c;
  gint64         ldc;
  ThawActivation activation;
  gint64         line, line_stride, runs, run_stride;
  gboolean       bf16_residual, bf16_c;
} ThawGemmBf16;

/* One axis of a matrix that lies in memory in two levels: element i is (i / inner) * outer_stride +
 * (i % inner) * inner_stride from the first. */
typedef struct
{
  gint64 size, inner, inner_stride, outer_stride;
} ThawGemmAxis;

/* A plain axis: element i is i * @stride from the first. */
static inline ThawGemmAxis
thaw_gemm_axis (gint64 size, gint64 stride)
{
  return (ThawGemmAxis){ .size = size, .inner = size > 0 ? size : 1, .inner_stride = stride };
}

/* The elements of @outer times @inner, outer first. */
static inline ThawGemmAxis
thaw_gemm_axis_pair (gint64 outer, gint64 outer_stride, gint64 inner, gint64 inner_stride)
{
  return (ThawGemmAxis){ .size = outer * inner, .inner = inner, .inner_stride = inner_stride,
                         .outer_stride = outer_stride };
}

/**
 * ThawGemmTransposed: g += a^T b
 *
 * a: [m, o], rows @lda apart. b: [m, k], rows @ldb apart. g: [o, k], rows @ldg apart. The gradient
 * of a weight from those of its outputs (a) and its inputs (b). Summed in blocks of rows, in order.
 */
struct _ThawGemmTransposed
{
  gint64       m, o, k;
  const float *a;
  gint64       lda;
  const float *b;
  gint64       ldb;
  float       *g;
  gint64       ldg;
};

/* Where windows lie on pictures: [n, h, w, c] -> [n, out_h, out_w, ..]. Index 0 is vertical. @pad:
 * before the picture; what is behind it follows from the sizes. */
typedef struct
{
  gint64 n, h, w, c, out_h, out_w;
  gint64 kernel[2], stride[2], dilation[2], pad[2];
} ThawWindows;

/**
 * ThawDepthwise: y = activation (x * weight + bias), channel by channel
 *
 * x: [n, h, w, c]. weight: [kernel0 * kernel1, c]. bias: [c], nullable. y: [n, out_h, out_w, c], of which the lines
 * @first .. @end - 1 of all n * out_h are made; @end 0: to the last. x and y are float32 for depthwise_forward() and
 * bfloat16 for depthwise_bf16(); weights, bias and sums are float32 in both.
 */
struct _ThawDepthwise
{
  ThawWindows    windows;
  const void    *x;
  const float   *weight, *bias;
  void          *y;
  ThawActivation activation;
  gint64         first, end;
};

/**
 * ThawDepthwiseBackward: gradients in one pass
 *
 * dz: [n, out_h, out_w, c]: dy where there is an activation, which must be one of those whose
 * derivative follows from the output @y: then dz becomes dy * activation' here.
 * reversed: weight with its first axis reversed. dx: [n, h, w, c], nullable: written. dweight:
 * [kernel0 * kernel1, c], dbias: [c], both nullable: added to.
 */
struct _ThawDepthwiseBackward
{
  ThawWindows    windows;
  const float   *x, *weight, *reversed, *y;
  float         *dz, *dx, *dweight, *dbias;
  ThawActivation activation;
};

/**
 * ThawIm2col: the pictures' windows as rows of a matrix, and back
 *
 * x: [n, h, w, c], of whose channels @channels from @channel are taken. Rows @first .. @first +
 * @rows - 1 of [n * out_h * out_w, kernel0 * kernel1 * channels]; padding is 0.
 */
struct _ThawIm2col
{
  ThawWindows windows;
  gint64      channel, channels;
  gint64      first, rows;
};

/* 3x3 convolutions of stride 1 by Winograd's minimal filtering, F(tile x tile, 3x3): Lavin and Gray, "Fast
 * algorithms for convolutional neural networks", 2015. A tile of @tile x @tile outputs (2 or 4) takes (tile + 2)^2
 * products a channel instead of 9 tile^2: 2.25 and 4 times fewer. The largest error measured over sums of 512
 * channels (tests/kernels/test-winograd.c), relative to the largest value: 4e-7 for 2, 2e-6 for 4; 2e-5 is what its tests allow. Tiles that reach over the picture's edge see zeros
 * and are cut off. */

/**
 * ThawWinogradWeights: weights to be packed
 *
 * Weight (o, i, tap) is @weight[o * out_stride + i * in_stride + tap], tap 0 .. 8; the taps go backwards where
 * @reversed (which makes the gradient of a convolution's input a convolution).
 */
struct _ThawWinogradWeights
{
  int          tile;
  gint64       in, out;
  const float *weight;
  gint64       in_stride, out_stride;
  gboolean     reversed;
};

/**
 * ThawWinograd: y = activation (windows of x times weight + bias + residual)
 *
 * windows: 3x3, stride and dilation 1. x: [n, h, w, c]. weight: as winograd_pack() left it. bias: [out], nullable.
 * residual and y: [n, out_h, out_w, out], residual nullable. Made are the tiles @first .. @end - 1, counted along
 * lines of n * ceil (out_h / tile) * ceil (out_w / tile), and of them the channels @column .. @column + @columns - 1,
 * @column being a multiple of 32. @block tiles are transformed at a time; no bits depend on it.
 */
struct _ThawWinograd
{
  ThawWindows    windows;
  gint64         out;
  int            tile;
  const float   *x, *weight, *bias, *residual;
  float         *y;
  ThawActivation activation;
  gint64         first, end, column, columns;
  gint64         block;
  float         *workspace; /* winograd_space() of @columns */
};

/**
 * ThawWinogradGradient: the gradient of a weight, [out, c, 3, 3], is added to dweight
 *
 * The transpose of the forward transforms, and as exact. windows, x: as in ThawWinograd. dz: [n, out_h, out_w, out]
 */
struct _ThawWinogradGradient
{
  ThawWindows  windows;
  gint64       out;
  int          tile;
  const float *x, *dz;
  float       *dweight;
  gint64       block;
  float       *workspace; /* winograd_gradient_space() */
};

static inline gint64
thaw_winograd_tiles (const ThawWindows *windows, int tile)
{
  return windows->n * ((windows->out_h + tile - 1) / tile) * ((windows->out_w + tile - 1) / tile);
}

/* The table: one member a line of the list. */
struct _ThawKernels
{
  ThawIsa isa;
#define THAW_KERNEL(name, type, arguments) type (*name) arguments;
#include <thaw/thaw-kernel-list.inc>
#undef THAW_KERNEL
};

/* Those for thaw_cpu_isa(). */
const ThawKernels *thaw_kernels     (void);
/* NULL where they were not built or do not run on this machine: for tests */
const ThawKernels *thaw_kernels_for (ThawIsa isa);

G_END_DECLS
