/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A product of the windows as they lie in the picture: what a window sees of one line of it is one run of floats. Where
 * windows reach over the edge, the picture is copied into a frame of zeros first, some lines at a time.
 */
#include <string.h>

#include "ops/thaw-convolution-way.h"

/* A strip's frame holds about this many floats: it stays in the second cache beside a panel of weights. */
#define FRAME_FLOATS (64 * 1024)
/* Rows that are worth reading the weights for. */
#define LEAST_ROWS 64

static gint64
extent (const ThawWindows *w, int axis)
{
  return (w->kernel[axis] - 1) * w->dilation[axis] + 1;
}

/* Floats of a line that windows see. */
static gint64
frame_line (const ThawWindows *w)
{
  return ((w->out_w - 1) * w->stride[1] + extent (w, 1)) * w->c;
}

static gboolean
is_framed (const ThawWindows *w)
{
  return w->pad[0] > 0 || w->pad[1] > 0 || (w->out_w - 1) * w->stride[1] + extent (w, 1) > w->w
         || (w->out_h - 1) * w->stride[0] + extent (w, 0) > w->h;
}

/* Lines of results that are made together. */
static gint64
strip_lines (const ThawWindows *w)
{
  gint64 lines = FRAME_FLOATS / MAX (frame_line (w) * w->stride[0], 1);

  return is_framed (w) ? MIN (MAX (lines, (LEAST_ROWS + w->out_w - 1) / w->out_w), w->out_h)
                       : w->out_h;
}

static gint64
frame_lines (const ThawWindows *w, gint64 lines)
{
  return (lines - 1) * w->stride[0] + extent (w, 0);
}

static double
cost (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;
  double rows = (double) w->out_h * w->out_w, window = thaw_convolution_window (self);

  if (self->groups != 1 || (w->dilation[1] != 1 && w->kernel[1] > 1))
    return INFINITY;
  return rows * window * self->out + THAW_COST_WEIGHT * window * self->out
         + (is_framed (w) ? THAW_COST_COPIED * w->h * w->w * w->c : 0);
}

static gsize
space_floats (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;

  return is_framed (w) ? frame_lines (w, strip_lines (w)) * frame_line (w) : 0;
}

/* Line @line of picture @picture, as windows see it. */
static void
copy_line (const ThawWindows *w, const float *x, gint64 picture, gint64 line, float *to)
{
  gint64 size = frame_line (w), left = w->pad[1] * w->c, n;

  if (line < 0 || line >= w->h)
    {
      memset (to, 0, size * sizeof (float));
      return;
    }
  left = MIN (left, size);
  n = MIN (size - left, w->w * w->c);
  memset (to, 0, left * sizeof (float));
  memcpy (to + left, x + (picture * w->h + line) * w->w * w->c, n * sizeof (float));
  memset (to + left + n, 0, (size - left - n) * sizeof (float));
}

/* Lines @line .. @line + @lines - 1 of the results of one picture, from @a on, whose lines are @stride apart. */
static void
multiply (const ThawConvolution *self, const ThawConvolutionCall *call,
          const ThawConvolutionShare *share, gint64 line, gint64 lines, const float *a,
          gint64 stride)
{
  const ThawWindows *w = &self->windows;
  gint64 at = line * w->out_w * self->out + share->column, window = thaw_convolution_window (self);

  thaw_kernels ()->gemm (&(ThawGemm){
      .m = lines * w->out_w, .n = share->columns, .k = window, .a = a, .lda = w->stride[1] * w->c,
      .b = call->packed + window * share->column,
      .bias = call->bias ? call->bias + share->column : NULL,
      .residual = call->residual ? call->residual + at : NULL, .ldr = self->out, .c = call->y + at,
      .ldc = self->out, .activation = self->activation, .line = w->out_w,
      .line_stride = w->stride[0] * stride, .runs = w->kernel[0],
      .run_stride = w->dilation[0] * stride });
}

/* @lines lines of results from @line on, counted through all pictures, all of one picture. */
static void
make_strip (const ThawConvolution *self, const ThawConvolutionCall *call,
            const ThawConvolutionShare *share, gint64 line, gint64 lines)
{
  const ThawWindows *w = &self->windows;
  gint64 picture = line / w->out_h, top = line % w->out_h * w->stride[0] - w->pad[0];
  gint64 size = frame_line (w);

  if (!is_framed (w))
    {
      multiply (self, call, share, line, lines, call->x + (picture * w->h + top) * w->w * w->c,
                w->w * w->c);
      return;
    }
  for (gint64 i = 0; i < frame_lines (w, lines); i++)
    copy_line (w, call->x, picture, top + i, call->workspace + i * size);
  multiply (self, call, share, line, lines, call->workspace, size);
}

/* The picture's elements are the rows: all pictures are one line. */
static void
run_plain (const ThawConvolution *self, const ThawConvolutionCall *call)
{
  ThawConvolutionShare share
      = thaw_convolution_share (self, call, thaw_convolution_rows (self), 8);
  gint64 at = share.first * self->out + share.column;

  thaw_kernels ()->gemm (&(ThawGemm){
      .m = share.end - share.first, .n = share.columns, .k = self->in,
      .a = call->x + share.first * self->in, .lda = self->in,
      .b = call->packed + self->in * share.column,
      .bias = call->bias ? call->bias + share.column : NULL,
      .residual = call->residual ? call->residual + at : NULL, .ldr = self->out, .c = call->y + at,
      .ldc = self->out, .activation = self->activation });
}

static void
run (const ThawConvolution *self, const ThawConvolutionCall *call)
{
  const ThawWindows *w = &self->windows;
  ThawConvolutionShare share = thaw_convolution_share (self, call, w->n * w->out_h, 1);

  if (thaw_convolution_is_plain (self))
    run_plain (self, call);
  else
    for (gint64 line = share.first, lines; line < share.end; line += lines)
      {
        lines = MIN (MIN (strip_lines (w), share.end - line), w->out_h - line % w->out_h);
        make_strip (self, call, &share, line, lines);
      }
}

const ThawConvolutionWay thaw_convolution_lines = {
  .name = "lines",
  .cost = cost,
  .packed_floats = thaw_convolution_packed_floats,
  .pack = thaw_convolution_pack,
  .space_floats = space_floats,
  .run = run,
  .any_lines = TRUE,
};
