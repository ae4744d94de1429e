/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-convolution-way.h"

static const ThawConvolutionWay *const ways[] = {
#define THAW_CONVOLUTION_WAY(name) &thaw_convolution_##name,
#define THAW_WEIGHT_GRADIENT_WAY(name)
#include "ops/thaw-convolution-ways.inc"
#undef THAW_CONVOLUTION_WAY
#undef THAW_WEIGHT_GRADIENT_WAY
};

static const ThawWeightGradientWay *const gradient_ways[] = {
#define THAW_CONVOLUTION_WAY(name)
#define THAW_WEIGHT_GRADIENT_WAY(name) &thaw_weight_gradient_##name,
#include "ops/thaw-convolution-ways.inc"
#undef THAW_CONVOLUTION_WAY
#undef THAW_WEIGHT_GRADIENT_WAY
};

static double
way_cost (guint i, const ThawConvolution *convolution)
{
  return ways[i]->cost (convolution);
}

static double
gradient_way_cost (guint i, const ThawConvolution *convolution)
{
  return gradient_ways[i]->cost (convolution);
}

static guint
cheapest (guint n, double (*cost) (guint i, const ThawConvolution *convolution), const ThawConvolution *convolution)
{
  double least = cost (0, convolution);
  guint best = 0;

  for (guint i = 1; i < n; i++)
    {
      double next = cost (i, convolution);

      if (next < least)
        {
          best = i;
          least = next;
        }
    }
  return best;
}

const ThawConvolutionWay *
thaw_convolution_way (const ThawConvolution *self)
{
  return ways[cheapest (G_N_ELEMENTS (ways), way_cost, self)];
}

/* Sums that no activation follows are those whose terms cancel: in the projections of MobileNetV2 and EfficientNet bfloat16 makes an
 * error of 2e-2 in the features, in all other layers together one of 6e-3. */
gboolean
thaw_convolution_gains_by_bf16 (const ThawConvolution *self)
{
  ThawConvolution lower = *self;

  lower.bf16 = TRUE;
  return self->activation != THAW_ACTIVATION_NONE && thaw_convolution_way (&lower)->cost (&lower) < thaw_convolution_way (self)->cost (self);
}

const ThawWeightGradientWay *
thaw_weight_gradient_way (const ThawConvolution *self)
{
  return gradient_ways[cheapest (G_N_ELEMENTS (gradient_ways), gradient_way_cost, self)];
}

/* Columns can be shared out in these: a multiple of any instruction set's panel. */
#define PANEL 32

/* Whether each thread had better read its part of the weights and all of the picture. */
static gboolean
shares_columns (const ThawConvolution *self, guint parts)
{
  const ThawWindows *w = &self->windows;

  return self->groups == 1 && self->out >= (gint64) parts * PANEL
         && thaw_convolution_window (self) * self->out > w->n * w->h * w->w * w->c;
}

/* Where share @part of @parts of @n begins, in whole @grain's. */
static gint64
share_start (gint64 n, gint64 grain, guint part, guint parts)
{
  gint64 grains = (n + grain - 1) / grain;

  return MIN (n, grains * part / parts * grain);
}

ThawConvolutionShare
thaw_convolution_share (const ThawConvolution *self, const ThawConvolutionCall *call, gint64 n,
                        gint64 grain)
{
  ThawConvolutionShare share = { 0, n, 0, self->out };

  if (call->end_line)
    {
      share.first = n / self->windows.out_h * call->line;
      share.end = n / self->windows.out_h * call->end_line;
    }
  else if (call->parts > 1 && shares_columns (self, call->parts))
    {
      share.column = share_start (self->out, PANEL, call->part, call->parts);
      share.columns = share_start (self->out, PANEL, call->part + 1, call->parts) - share.column;
    }
  else if (call->parts > 1)
    {
      share.first = share_start (n, grain, call->part, call->parts);
      share.end = share_start (n, grain, call->part + 1, call->parts);
    }
  return share;
}

gsize
thaw_convolution_packed_floats (const ThawConvolution *self)
{
  return thaw_kernels ()->gemm_packed_size (thaw_convolution_window (self), self->out);
}

void
thaw_convolution_pack (const ThawConvolution *self, const float *weight, float *packed)
{
  gint64 taps = thaw_convolution_taps (self);
  ThawGemmAxis window, out;

  if (self->transposed)
    {
      weight += taps - 1;
      window = thaw_gemm_axis_pair (taps, -1, self->in, self->out * taps);
      out = thaw_gemm_axis (self->out, taps);
    }
  else
    {
      window = thaw_gemm_axis_pair (taps, 1, self->in, taps);
      out = thaw_gemm_axis (self->out, self->in * taps);
    }
  if (self->bf16)
    thaw_kernels ()->gemm_bf16_pack (weight, &window, &out, packed);
  else
    thaw_kernels ()->gemm_pack (weight, &window, &out, packed);
}
