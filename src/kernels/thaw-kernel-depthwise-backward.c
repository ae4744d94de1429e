/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "kernels/thaw-kernel-depthwise.h"

/* One row of output gradients against one row of the picture, VF_LANES channels. Pointers are at
 * the channel. */
typedef struct
{
  const ThawWindows *windows;
  const float       *dz, *x, *weight;
  float             *dx, *dweight;
  int                lanes;
} Row;

VF_INLINE void
add_lanes (float *p, vf v, int lanes, const gboolean part)
{
  if (part)
    vf_store_part (p, vf_load_part (p, lanes) + v, lanes);
  else
    vf_store (p, vf_load (p) + v);
}

/* The gradients of a row of weights. */

/* Even and odd columns have sums of their own: a sum waits for its last addition. */
typedef struct
{
  vf sum[2][MAX_WIDTH];
} Sums;

/* What output columns @first .. @first + COLUMNS - 1 add. @width (of the window) and @stride are
 * literals;
 * @checked: some of the columns, or of those they look at, may not be there. */
VF_INLINE void
collect_columns (const Row *row, gint64 first, Sums *sums, const int width, const int stride,
                 const gboolean checked, const gboolean part)
{
  const ThawWindows *w = row->windows;
  gint64 left = first * stride - w->pad[1];
  vf dz[COLUMNS];

  VF_UNROLL (7)
  for (int t = 0; t < COLUMNS; t++)
    dz[t] = checked && first + t >= w->out_w
                ? (vf){ 0 }
                : load_lanes (row->dz + (first + t) * w->c, row->lanes, part);
  VF_UNROLL (20)
  for (int j = 0; j < (COLUMNS - 1) * stride + width; j++)
    {
      vf x;

      if (checked && (left + j < 0 || left + j >= w->w))
        continue;
      x = load_lanes (row->x + (left + j) * w->c, row->lanes, part);
      VF_UNROLL (7)
      for (int t = 0; t < COLUMNS; t++)
        if (j - t * stride >= 0 && j - t * stride < width)
          sums->sum[t % 2][j - t * stride] += x * dz[t];
    }
}

VF_INLINE void
collect_row (const Row *row, const int width, const int stride, const gboolean part)
{
  const ThawWindows *w = row->windows;
  Sums sums = { 0 };

  for (gint64 first = 0; first < w->out_w; first += COLUMNS)
    {
      gint64 left = first * stride - w->pad[1];

      if (first + COLUMNS <= w->out_w && left >= 0 && left + (COLUMNS - 1) * stride + width <= w->w)
        collect_columns (row, first, &sums, width, stride, FALSE, part);
      else
        collect_columns (row, first, &sums, width, stride, TRUE, part);
    }
  VF_UNROLL (5)
  for (int k = 0; k < width; k++)
    add_lanes (row->dweight + k * w->c, sums.sum[0][k] + sums.sum[1][k], row->lanes, part);
}

/* The same for any window, one weight after the other. */
static void
collect_row_any (const Row *row)
{
  const ThawWindows *w = row->windows;

  for (gint64 k = 0; k < w->kernel[1]; k++)
    {
      vf sum = { 0 };

      for (gint64 i = 0; i < w->out_w; i++)
        {
          gint64 at = i * w->stride[1] - w->pad[1] + k * w->dilation[1];

          if (at >= 0 && at < w->w)
            sum += vf_load_part (row->x + at * w->c, row->lanes)
                   * vf_load_part (row->dz + i * w->c, row->lanes);
        }
      add_lanes (row->dweight + k * w->c, sum, row->lanes, TRUE);
    }
}

typedef void (*RowFunc) (const Row *row);

#define DEFINE_COLLECT(width, stride)                                                              \
  static void collect_##width##_##stride (const Row *row)                                          \
  {                                                                                                \
    if (row->lanes == VF_LANES)                                                                    \
      collect_row (row, width, stride, FALSE);                                                     \
    else                                                                                           \
      collect_row (row, width, stride, TRUE);                                                      \
  }
DEFINE_COLLECT (3, 1)
DEFINE_COLLECT (3, 2)
DEFINE_COLLECT (5, 1)
DEFINE_COLLECT (5, 2)

static RowFunc
choose_collect (const ThawWindows *w)
{
  if (w->dilation[1] != 1 || w->stride[1] > 2)
    return collect_row_any;
  if (w->kernel[1] == 3)
    return w->stride[1] == 1 ? collect_3_1 : collect_3_2;
  if (w->kernel[1] == 5)
    return w->stride[1] == 1 ? collect_5_1 : collect_5_2;
  return collect_row_any;
}

/* The gradient of a row of the picture where windows do not lie at every column. */

VF_INLINE void
spread_row (const Row *row, const int width, const gboolean part)
{
  const ThawWindows *w = row->windows;
  vf weight[MAX_WIDTH];

  VF_UNROLL (5)
  for (int k = 0; k < width; k++)
    weight[k] = load_lanes (row->weight + k * w->c, row->lanes, part);
  for (gint64 i = 0; i < w->out_w; i++)
    {
      gint64 left = i * w->stride[1] - w->pad[1];
      vf dz = load_lanes (row->dz + i * w->c, row->lanes, part);

      VF_UNROLL (5)
      for (int k = 0; k < width; k++)
        {
          gint64 at = left + k * w->dilation[1];

          if (at >= 0 && at < w->w)
            add_lanes (row->dx + at * w->c, dz * weight[k], row->lanes, part);
        }
    }
}

static void
spread_row_any (const Row *row)
{
  const ThawWindows *w = row->windows;

  for (gint64 i = 0; i < w->out_w; i++)
    for (gint64 k = 0; k < w->kernel[1]; k++)
      {
        gint64 at = i * w->stride[1] - w->pad[1] + k * w->dilation[1];

        if (at >= 0 && at < w->w)
          add_lanes (row->dx + at * w->c,
                     vf_load_part (row->dz + i * w->c, row->lanes)
                         * vf_load_part (row->weight + k * w->c, row->lanes),
                     row->lanes, TRUE);
      }
}

#define DEFINE_SPREAD(width)                                                                       \
  static void spread_##width (const Row *row)                                                      \
  {                                                                                                \
    if (row->lanes == VF_LANES)                                                                    \
      spread_row (row, width, FALSE);                                                              \
    else                                                                                           \
      spread_row (row, width, TRUE);                                                               \
  }
DEFINE_SPREAD (3)
DEFINE_SPREAD (5)

static RowFunc
choose_spread (const ThawWindows *w)
{
  return w->kernel[1] == 3 ? spread_3 : w->kernel[1] == 5 ? spread_5 : spread_row_any;
}

/* The choice made once a call. */
typedef struct
{
  const ThawDepthwiseBackward *call;
  RowFunc                      collect;  /* NULL: no gradient of the weight is wanted */
  RowFunc                      spread;   /* NULL: none of x, or it is gathered */
  ThawDepthwise                gather;   /* dx from dz as a convolution by the reversed kernel */
  gboolean                     gathers;
} Plan;

/* With a window at every place, dx is itself a convolution: of dz, padded by what is left of the
 * window. */
static void
plan_gather (Plan *self)
{
  const ThawDepthwiseBackward *call = self->call;
  const ThawWindows *w = &call->windows;
  ThawWindows *g = &self->gather.windows;

  self->gathers = call->dx && w->stride[0] == 1 && w->stride[1] == 1;
  *g = *w;
  g->h = w->out_h;
  g->w = w->out_w;
  g->out_h = w->h;
  g->out_w = w->w;
  for (int axis = 0; axis < 2; axis++)
    g->pad[axis] = (w->kernel[axis] - 1) * w->dilation[axis] - w->pad[axis];
  self->gather.x = call->dz;
  self->gather.weight = call->reversed;
  self->gather.y = call->dx;
}

/* One window row of output row @line: what it passes to the picture row it lies on. */
static void
pass_taps_on (const Plan *self, gint64 picture, gint64 line, gint64 ky)
{
  const ThawDepthwiseBackward *call = self->call;
  const ThawWindows *w = &call->windows;
  gint64 row = line * w->stride[0] - w->pad[0] + ky * w->dilation[0];

  if (row < 0 || row >= w->h)
    return;
  for (gint64 c = 0; c < w->c; c += VF_LANES)
    {
      gint64 at = (picture * w->h + row) * w->w * w->c + c, tap = ky * w->kernel[1] * w->c + c;
      Row r = { .windows = w, .lanes = (int) MIN (w->c - c, VF_LANES),
                .dz = call->dz + (picture * w->out_h + line) * w->out_w * w->c + c };

      if (self->collect)
        {
          r.x = call->x + at;
          r.dweight = call->dweight + tap;
          self->collect (&r);
        }
      if (self->spread)
        {
          r.dx = call->dx + at;
          r.weight = call->weight + tap;
          self->spread (&r);
        }
    }
}

static void
pass_line_on (const Plan *self, gint64 picture, gint64 line)
{
  const ThawDepthwiseBackward *call = self->call;
  const ThawWindows *w = &call->windows;
  gint64 offset = (picture * w->out_h + line) * w->out_w * w->c;

  if (call->activation != THAW_ACTIVATION_NONE)
    THAW_ISA_NAME (thaw_activate_backward)
    (call->activation, w->out_w * w->c, call->y + offset, call->dz + offset);
  if (call->dbias)
    THAW_ISA_NAME (thaw_column_sums) (w->out_w, w->c, call->dz + offset, w->c, call->dbias);
  if (self->collect || self->spread)
    for (gint64 ky = 0; ky < w->kernel[0]; ky++)
      pass_taps_on (self, picture, line, ky);
}

/* Rows of dx follow close behind the rows of dz that they need, which are still in the cache. */
static void
pass_picture_on (const Plan *self, gint64 picture)
{
  const ThawWindows *w = &self->call->windows;
  gint64 gathered = 0;

  if (self->spread)
    memset (self->call->dx + picture * w->h * w->w * w->c, 0, w->h * w->w * w->c * sizeof (float));
  for (gint64 line = 0; line < w->out_h; line++)
    {
      pass_line_on (self, picture, line);
      for (; self->gathers && gathered < w->h && MIN (gathered + w->pad[0], w->out_h - 1) <= line;
           gathered++)
        THAW_ISA_NAME (thaw_depthwise_line) (&self->gather, picture, gathered);
    }
}

void
THAW_ISA_NAME (thaw_depthwise_backward) (const ThawDepthwiseBackward *self)
{
  Plan plan = { .call = self };

  plan_gather (&plan);
  if (self->dweight)
    plan.collect = choose_collect (&self->windows);
  if (self->dx && !plan.gathers)
    plan.spread = choose_spread (&self->windows);
  for (gint64 picture = 0; picture < self->windows.n; picture++)
    pass_picture_on (&plan, picture);
}
