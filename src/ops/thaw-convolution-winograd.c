/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-convolution-way.h"

/* A block of tiles, transformed, and what is made of it hold about this many floats, but are at least half as many as
 * the weights, which are read once a block. */
#define BLOCK_FLOATS (256 * 1024)

static gboolean
fits (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;
  gboolean fits = self->groups == 1 && !self->bf16;

  for (int axis = 0; axis < 2; axis++)
    fits = fits && w->kernel[axis] == 3 && w->stride[axis] == 1 && w->dilation[axis] == 1;
  return fits;
}

static int
points (int tile)
{
  return (tile + 2) * (tile + 2);
}

static gint64
tiles_of_one (const ThawConvolution *self, int tile)
{
  ThawWindows w = self->windows;

  w.n = 1;
  return thaw_winograd_tiles (&w, tile);
}

static gint64
block_of (const ThawConvolution *self, int tile)
{
  gint64 channels = self->in + self->out;
  gint64 block = BLOCK_FLOATS / (points (tile) * channels);

  block = MAX (block, self->in * self->out / (2 * channels));
  return CLAMP (block, 1, MAX (thaw_winograd_tiles (&self->windows, tile), 1));
}

static double
cost (const ThawConvolution *self, int tile)
{
  double tiles = tiles_of_one (self, tile), product = (double) self->in * self->out;

  return fits (self) ? points (tile)
                           * (tiles * product + THAW_COST_WEIGHT * product
                              + THAW_COST_TRANSFORMED * tiles * (self->in + self->out))
                     : INFINITY;
}

static ThawWinogradWeights
weights_of (const ThawConvolution *self, int tile, const float *weight)
{
  ThawWinogradWeights weights = { .tile = tile, .in = self->in, .out = self->out, .weight = weight };

  weights.in_stride = self->transposed ? 9 * self->out : 9;
  weights.out_stride = self->transposed ? 9 : 9 * self->in;
  weights.reversed = self->transposed;
  return weights;
}

static gsize
packed_floats (const ThawConvolution *self, int tile)
{
  ThawWinogradWeights weights = weights_of (self, tile, NULL);

  return thaw_kernels ()->winograd_packed_size (&weights);
}

static void
pack (const ThawConvolution *self, int tile, const float *weight, float *packed)
{
  ThawWinogradWeights weights = weights_of (self, tile, weight);

  thaw_kernels ()->winograd_pack (&weights, packed);
}

static gsize
space_floats (const ThawConvolution *self, int tile)
{
  return thaw_kernels ()->winograd_space (tile, self->in, self->out, block_of (self, tile));
}

static void
run (const ThawConvolution *self, int tile, const ThawConvolutionCall *call)
{
  ThawConvolutionShare share
      = thaw_convolution_share (self, call, thaw_winograd_tiles (&self->windows, tile), 1);

  if (share.columns > 0)
    thaw_kernels ()->winograd (&(ThawWinograd){
        .windows = self->windows, .out = self->out, .tile = tile, .x = call->x,
        .weight = call->packed, .bias = call->bias, .residual = call->residual, .y = call->y,
        .activation = self->activation, .first = share.first, .end = share.end,
        .column = share.column, .columns = share.columns, .block = block_of (self, tile),
        .workspace = call->workspace });
}

/* The sums are read and written once a block, and cleared and transformed once. */
static double
gradient_cost (const ThawConvolution *self, int tile)
{
  return cost (self, tile) + 3 * THAW_COST_COPIED * points (tile) * self->in * self->out;
}

static gsize
gradient_space_floats (const ThawConvolution *self, int tile)
{
  return thaw_kernels ()->winograd_gradient_space (tile, self->in, self->out,
                                                   block_of (self, tile));
}

static void
add_gradient (const ThawConvolution *self, int tile, const float *x, const float *dz,
              float *dweight, float *workspace)
{
  thaw_kernels ()->winograd_gradient (
      &(ThawWinogradGradient){ .windows = self->windows, .out = self->out, .tile = tile, .x = x,
                               .dz = dz, .dweight = dweight, .block = block_of (self, tile),
                               .workspace = workspace });
}

/* The two sizes of tiles as ways of their own. */
#define WAY(tile)                                                                                  \
  static double cost_##tile (const ThawConvolution *self)                                          \
  {                                                                                                \
    return cost (self, tile);                                                                      \
  }                                                                                                \
  static gsize packed_floats_##tile (const ThawConvolution *self)                                  \
  {                                                                                                \
    return packed_floats (self, tile);                                                             \
  }                                                                                                \
  static void pack_##tile (const ThawConvolution *self, const float *weight, float *packed)        \
  {                                                                                                \
    pack (self, tile, weight, packed);                                                             \
  }                                                                                                \
  static gsize space_floats_##tile (const ThawConvolution *self)                                   \
  {                                                                                                \
    return space_floats (self, tile);                                                              \
  }                                                                                                \
  static void run_##tile (const ThawConvolution *self, const ThawConvolutionCall *call)            \
  {                                                                                                \
    run (self, tile, call);                                                                        \
  }                                                                                                \
  static double gradient_cost_##tile (const ThawConvolution *self)                                 \
  {                                                                                                \
    return gradient_cost (self, tile);                                                             \
  }                                                                                                \
  static gsize gradient_space_floats_##tile (const ThawConvolution *self)                          \
  {                                                                                                \
    return gradient_space_floats (self, tile);                                                     \
  }                                                                                                \
  static void add_gradient_##tile (const ThawConvolution *self, const float *x, const float *dz,   \
                                   gint64 first, gint64 rows, float *dweight, float *workspace)    \
  {                                                                                                \
    add_gradient (self, tile, x, dz, dweight, workspace);                                          \
  }                                                                                                \
  const ThawConvolutionWay thaw_convolution_winograd_##tile                                        \
      = { "winograd " #tile, cost_##tile, packed_floats_##tile, pack_##tile, space_floats_##tile,  \
          run_##tile };                                                                            \
  const ThawWeightGradientWay thaw_weight_gradient_winograd_##tile                                 \
      = { "winograd " #tile, gradient_cost_##tile, gradient_space_floats_##tile,                   \
          add_gradient_##tile };

WAY (2)
WAY (4)
