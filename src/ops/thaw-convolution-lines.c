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

/* Two channels of bfloat16 fill the place of a float: in pairs they are found and copied as floats are. */
static ThawConvolution
in_pairs (const ThawConvolution *self)
{
  ThawConvolution pairs = *self;

  pairs.in /= 2;
  pairs.windows.c /= 2;
  return pairs;
}

static double
cost (const ThawConvolution *self)
{
  const ThawWindows *w = &self->windows;
  double rows = (double) w->out_h * w->out_w, window = thaw_convolution_window (self);
  double gain = self->bf16 ? thaw_isa_bf16_gain (thaw_cpu_isa ()) : 1, copied = self->bf16 ? THAW_COST_COPIED / 2 : THAW_COST_COPIED;

  if (self->groups != 1 || (w->dilation[1] != 1 && w->kernel[1] > 1) || (self->bf16 && self->in % 2))
    return INFINITY;
  return rows * window * self->out / gain + THAW_COST_WEIGHT * window * self->out / (self->bf16 ? 2 : 1)
         + (is_framed (w) ? copied * w->h * w->w * w->c : 0);
}

/* Floats that the weights of @columns columns take */
static gsize
packed_floats (const ThawConvolution *self, gint64 columns)
{
  gint64 window = thaw_convolution_window (self);

  return self->bf16 ? thaw_kernels ()->gemm_bf16_packed_size (window, columns) / sizeof (float)
                    : thaw_kernels ()->gemm_packed_size (window, columns);
}

static gsize
all_packed_floats (const ThawConvolution *self)
{
  return packed_floats (self, self->out);
}

static gsize
space_floats (const ThawConvolution *self)
{
  ThawConvolution pairs = in_pairs (self);
  const ThawWindows *w = self->bf16 ? &pairs.windows : &self->windows;

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

/* The elements of a matrix that one of bfloat16 may stand for */
static void *
element (const float *matrix, gint64 at, gboolean bf16)
{
  return matrix ? (guint8 *) matrix + at * (gssize) (bf16 ? sizeof (ThawBf16) : sizeof (float)) : NULL;
}

/* @g has a's part; the result's begins with element @at. @self: in pairs where it is of bfloat16 */
static void
multiply (const ThawConvolution *self, const ThawConvolutionCall *call, const ThawConvolutionShare *share, gint64 at, const ThawGemm *g)
{
  const gint64 n = share->columns, out = self->out;
  const float *bias = call->bias ? call->bias + share->column : NULL;
  ThawConvolution whole = *self;

  whole.in *= self->bf16 ? 2 : 1;
  at += share->column;
  if (self->bf16)
    thaw_kernels ()->gemm_bf16 (&(ThawGemmBf16){
        .m = g->m, .n = n, .k = g->k, .a = g->a, .lda = g->lda, .b = call->packed + packed_floats (&whole, share->column),
        .bias = bias, .residual = element (call->residual, at, self->bf16_residual), .ldr = out,
        .c = element (call->y, at, self->bf16_y), .ldc = out, .activation = self->activation, .line = g->line,
        .line_stride = g->line_stride, .runs = g->runs, .run_stride = g->run_stride,
        .bf16_residual = self->bf16_residual, .bf16_c = self->bf16_y });
  else
    thaw_kernels ()->gemm (&(ThawGemm){
        .m = g->m, .n = n, .k = g->k, .a = g->a, .lda = g->lda, .b = call->packed + packed_floats (&whole, share->column),
        .bias = bias, .residual = call->residual ? call->residual + at : NULL, .ldr = out, .c = call->y + at, .ldc = out,
        .activation = self->activation, .line = g->line, .line_stride = g->line_stride, .runs = g->runs,
        .run_stride = g->run_stride });
}

/* Lines @line .. @line + @lines - 1 of the results of one picture, from @a on, whose lines are @stride apart. */
static void
multiply_lines (const ThawConvolution *self, const ThawConvolutionCall *call,
                const ThawConvolutionShare *share, gint64 line, gint64 lines, const float *a,
                gint64 stride)
{
  const ThawWindows *w = &self->windows;

  multiply (self, call, share, line * w->out_w * self->out,
            &(ThawGemm){ .m = lines * w->out_w, .k = thaw_convolution_window (self), .a = a,
                         .lda = w->stride[1] * w->c, .line = w->out_w,
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
      multiply_lines (self, call, share, line, lines, call->x + (picture * w->h + top) * w->w * w->c,
                      w->w * w->c);
      return;
    }
  for (gint64 i = 0; i < frame_lines (w, lines); i++)
    copy_line (w, call->x, picture, top + i, call->workspace + i * size);
  multiply_lines (self, call, share, line, lines, call->workspace, size);
}

/* The picture's elements are the rows: all pictures are one line. */
static void
run_plain (const ThawConvolution *self, const ThawConvolutionCall *call)
{
  ThawConvolutionShare share
      = thaw_convolution_share (self, call, thaw_convolution_rows (self), 8);

  multiply (self, call, &share, share.first * self->out,
            &(ThawGemm){ .m = share.end - share.first, .k = self->in, .a = call->x + share.first * self->in,
                         .lda = self->in });
}

static void
run_floats (const ThawConvolution *self, const ThawConvolutionCall *call)
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

static void
run (const ThawConvolution *self, const ThawConvolutionCall *call)
{
  ThawConvolution pairs = in_pairs (self);

  run_floats (self->bf16 ? &pairs : self, call);
}

const ThawConvolutionWay thaw_convolution_lines = {
  .name = "lines",
  .cost = cost,
  .packed_floats = all_packed_floats,
  .pack = thaw_convolution_pack,
  .space_floats = space_floats,
  .run = run,
  .any_lines = TRUE,
};
