/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-simd.h"

/* One row of output gradients against one row of the picture, VF_LANES channels. Pointers are at the
 * channel. */
typedef struct
{
  const ThawWindows *windows;
  const float       *dz, *x, *weight;
  float             *dx, *dweight;
  gint64             first, width; /* the elements of the window that are taken this time */
  int                lanes;
} Row;

VF_INLINE vf
load_lanes (const float *p, int lanes, const gboolean part)
{
  return part ? vf_load_part (p, lanes) : vf_load (p);
}

VF_INLINE void
add_lanes (float *p, vf v, int lanes, const gboolean part)
{
  if (part)
    vf_store_part (p, vf_load_part (p, lanes) + v, lanes);
  else
    vf_store (p, vf_load (p) + v);
}

/* One output column: its gradient to the window's elements and to their weights. */
VF_INLINE void
spread_column (const Row *row, gint64 column, const vf *weight, vf *sums, const int width,
               const gboolean checked, const gboolean with_x, const gboolean with_weight,
               const gboolean part)
{
  const ThawWindows *w = row->windows;
  gint64 left = column * w->stride[1] - w->pad[1] + row->first * w->dilation[1];
  vf dz = load_lanes (row->dz + column * w->c, row->lanes, part);

  VF_UNROLL (5)
  for (int k = 0; k < width; k++)
    {
      gint64 at = left + k * w->dilation[1];

      if (checked && (at < 0 || at >= w->w))
        continue;
      if (with_weight)
        sums[k] += dz * load_lanes (row->x + at * w->c, row->lanes, part);
      if (with_x)
        add_lanes (row->dx + at * w->c, dz * weight[k], row->lanes, part);
    }
}

/* The output columns whose window elements all lie inside the picture are @from .. @to - 1. */
static void
inner_columns (const Row *row, int width, gint64 *from, gint64 *to)
{
  const ThawWindows *w = row->windows;
  gint64 before = w->pad[1] - row->first * w->dilation[1];
  gint64 room = w->w - 1 - (width - 1) * w->dilation[1] + before;

  *from = before > 0 ? (before + w->stride[1] - 1) / w->stride[1] : 0;
  *to = room >= 0 ? room / w->stride[1] + 1 : 0;
  *from = MIN (*from, w->out_w);
  *to = CLAMP (*to, *from, w->out_w);
}

VF_INLINE void
spread_row (const Row *row, const int width, const gboolean with_x, const gboolean with_weight,
            const gboolean part)
{
  const ThawWindows *w = row->windows;
  vf weight[5], sums[5];
  gint64 from, to;

  VF_UNROLL (5)
  for (int k = 0; k < width; k++)
    {
      weight[k] = load_lanes (row->weight + k * w->c, row->lanes, part);
      sums[k] = (vf){ 0 };
    }
  inner_columns (row, width, &from, &to);
  for (gint64 i = 0; i < from; i++)
    spread_column (row, i, weight, sums, width, TRUE, with_x, with_weight, part);
  for (gint64 i = from; i < to; i++)
    spread_column (row, i, weight, sums, width, FALSE, with_x, with_weight, part);
  for (gint64 i = to; i < w->out_w; i++)
    spread_column (row, i, weight, sums, width, TRUE, with_x, with_weight, part);
  if (with_weight)
    VF_UNROLL (5)
    for (int k = 0; k < width; k++)
      add_lanes (row->dweight + k * w->c, sums[k], row->lanes, part);
}

typedef void (*RowFunc) (const Row *row);

/* Index: what is wanted, bit 0 for dx, bit 1 for dweight, bit 2 for a part of a vector. */
#define DEFINE_ROWS(width)                                                                         \
  static void spread_##width##_x (const Row *row) { spread_row (row, width, 1, 0, 0); }            \
  static void spread_##width##_w (const Row *row) { spread_row (row, width, 0, 1, 0); }            \
  static void spread_##width##_xw (const Row *row) { spread_row (row, width, 1, 1, 0); }           \
  static void spread_##width##_x_part (const Row *row) { spread_row (row, width, 1, 0, 1); }       \
  static void spread_##width##_w_part (const Row *row) { spread_row (row, width, 0, 1, 1); }       \
  static void spread_##width##_xw_part (const Row *row) { spread_row (row, width, 1, 1, 1); }      \
  static const RowFunc spread_##width[8] = {                                                       \
    NULL, spread_##width##_x, spread_##width##_w, spread_##width##_xw,                             \
    NULL, spread_##width##_x_part, spread_##width##_w_part, spread_##width##_xw_part               \
  };
DEFINE_ROWS (1)
DEFINE_ROWS (3)
DEFINE_ROWS (5)

/* One row of the window: at once for usual widths, else one element after the other. */
static void
spread_line (Row *row, int what)
{
  gint64 width = row->windows->kernel[1];

  row->width = width == 3 || width == 5 ? width : 1;
  if (row->lanes < VF_LANES)
    what |= 4;
  for (row->first = 0; row->first < width; row->first += row->width)
    {
      (row->width == 3 ? spread_3 : row->width == 5 ? spread_5 : spread_1)[what](row);
      row->weight += row->width * row->windows->c;
      if (row->dweight)
        row->dweight += row->width * row->windows->c;
    }
}

/* Everything that output row @line of @picture passes on, VF_LANES channels from @c. */
static void
spread_channels (const ThawDepthwiseBackward *self, gint64 picture, gint64 line, gint64 c)
{
  const ThawWindows *w = &self->windows;
  gint64 top = line * w->stride[0] - w->pad[0];
  int what = (self->dx ? 1 : 0) | (self->dweight ? 2 : 0);

  for (gint64 k = 0; k < w->kernel[0]; k++)
    {
      gint64 at = top + k * w->dilation[0];
      gint64 offset = (picture * w->h + at) * w->w * w->c + c;
      gint64 tap = k * w->kernel[1] * w->c + c;

      if (at < 0 || at >= w->h)
        continue;
      spread_line (&(Row){ .windows = w,
                           .dz = self->dz + (picture * w->out_h + line) * w->out_w * w->c + c,
                           .x = self->dweight ? self->x + offset : NULL,
                           .dx = self->dx ? self->dx + offset : NULL,
                           .weight = self->weight + tap,
                           .dweight = self->dweight ? self->dweight + tap : NULL,
                           .lanes = (int) MIN (w->c - c, VF_LANES) },
                   what);
    }
}

static void
pass_line_on (const ThawDepthwiseBackward *self, gint64 picture, gint64 line)
{
  const ThawWindows *w = &self->windows;
  gint64 offset = (picture * w->out_h + line) * w->out_w * w->c;

  if (self->activation != THAW_ACTIVATION_NONE)
    THAW_ISA_NAME (thaw_activate_backward) (self->activation, w->out_w * w->c, self->y + offset,
                                            self->dz + offset);
  if (self->dbias)
    THAW_ISA_NAME (thaw_column_sums) (w->out_w, w->c, self->dz + offset, w->c, self->dbias);
  if (self->dx || self->dweight)
    for (gint64 c = 0; c < w->c; c += VF_LANES)
      spread_channels (self, picture, line, c);
}

void
THAW_ISA_NAME (thaw_depthwise_backward) (const ThawDepthwiseBackward *self)
{
  const ThawWindows *w = &self->windows;

  for (gint64 picture = 0; picture < w->n; picture++)
    {
      if (self->dx)
        memset (self->dx + picture * w->h * w->w * w->c, 0, w->h * w->w * w->c * sizeof (float));
      for (gint64 line = 0; line < w->out_h; line++)
        pass_line_on (self, picture, line);
    }
}
