/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-depthwise.h"
#include "kernels/thaw-vector-math.h"

/* One row of the result, VF_LANES channels. */
typedef struct
{
  const ThawDepthwise *call;
  const float         *x;      /* of the picture, at the channel */
  gint64               first_line, last_line; /* window rows inside the picture */
  gint64               top;    /* picture row of window row 0 */
  const float         *weight; /* at the channel */
  vf                   bias;
  float               *y;      /* the row's first element at the channel */
  int                  lanes;
} Row;

/* Output columns @first .. @first + COLUMNS - 1. @width (of the window) and @stride are literals,
 * and the dilation is 1. @checked: some of the columns that are looked at may lie outside the
 * picture. */
VF_INLINE void
sum_columns (const Row *row, gint64 first, vf sums[COLUMNS], const int width, const int stride,
             const gboolean checked, const gboolean part)
{
  const ThawWindows *w = &row->call->windows;
  gint64 left = first * stride - w->pad[1];

  for (gint64 ky = row->first_line; ky < row->last_line; ky++)
    {
      const float *x = row->x + ((row->top + ky * w->dilation[0]) * w->w + left) * w->c;
      vf weight[MAX_WIDTH];

      VF_UNROLL (5)
      for (int kx = 0; kx < width; kx++)
        weight[kx] = load_lanes (row->weight + (ky * width + kx) * w->c, row->lanes, part);
      VF_UNROLL (20)
      for (int j = 0; j < (COLUMNS - 1) * stride + width; j++)
        {
          vf v = { 0 };

          if (!checked || (left + j >= 0 && left + j < w->w))
            v = load_lanes (x + j * w->c, row->lanes, part);
          VF_UNROLL (7)
          for (int t = 0; t < COLUMNS; t++)
            if (j - t * stride >= 0 && j - t * stride < width)
              sums[t] += v * weight[j - t * stride];
        }
    }
}

/* The same for any window. */
VF_INLINE void
sum_columns_any (const Row *row, gint64 first, vf sums[COLUMNS])
{
  const ThawWindows *w = &row->call->windows;

  for (gint64 ky = row->first_line; ky < row->last_line; ky++)
    for (gint64 kx = 0; kx < w->kernel[1]; kx++)
      {
        const float *x = row->x + (row->top + ky * w->dilation[0]) * w->w * w->c;
        vf weight = vf_load_part (row->weight + (ky * w->kernel[1] + kx) * w->c, row->lanes);

        VF_UNROLL (7)
        for (int t = 0; t < COLUMNS; t++)
          {
            gint64 column = (first + t) * w->stride[1] - w->pad[1] + kx * w->dilation[1];

            if (column >= 0 && column < w->w)
              sums[t] += vf_load_part (x + column * w->c, row->lanes) * weight;
          }
      }
}

/* @width 0: any window */
VF_INLINE void
make_columns (const Row *row, gint64 first, const int width, const int stride, const gboolean part)
{
  const ThawWindows *w = &row->call->windows;
  ThawActivation activation = row->call->activation;
  gint64 left = first * w->stride[1] - w->pad[1];
  gint64 right = left + (COLUMNS - 1) * stride + width;
  vf sums[COLUMNS];

  VF_UNROLL (7)
  for (int t = 0; t < COLUMNS; t++)
    sums[t] = row->bias;
  if (!width)
    sum_columns_any (row, first, sums);
  else if (left >= 0 && right <= w->w)
    sum_columns (row, first, sums, width, stride, FALSE, part);
  else
    sum_columns (row, first, sums, width, stride, TRUE, part);
  for (int t = 0; t < COLUMNS && first + t < w->out_w; t++)
    {
      vf v = vf_activate (activation, sums[t]);

      if (part)
        vf_store_part (row->y + (first + t) * w->c, v, row->lanes);
      else
        vf_store (row->y + (first + t) * w->c, v);
    }
}

typedef void (*RowFunc) (const Row *row);

#define DEFINE_ROW(name, width, stride, part)                                                      \
  static void name (const Row *row)                                                                \
  {                                                                                                \
    for (gint64 first = 0; first < row->call->windows.out_w; first += COLUMNS)                     \
      make_columns (row, first, width, stride, part);                                              \
  }
DEFINE_ROW (row_3_1, 3, 1, FALSE)
DEFINE_ROW (row_3_1_part, 3, 1, TRUE)
DEFINE_ROW (row_3_2, 3, 2, FALSE)
DEFINE_ROW (row_3_2_part, 3, 2, TRUE)
DEFINE_ROW (row_5_1, 5, 1, FALSE)
DEFINE_ROW (row_5_1_part, 5, 1, TRUE)
DEFINE_ROW (row_5_2, 5, 2, FALSE)
DEFINE_ROW (row_5_2_part, 5, 2, TRUE)
DEFINE_ROW (row_any, 0, 1, TRUE)

static const struct
{
  gint64  width, stride;
  RowFunc whole, part;
} rows_of[] = {
  { 3, 1, row_3_1, row_3_1_part },
  { 3, 2, row_3_2, row_3_2_part },
  { 5, 1, row_5_1, row_5_1_part },
  { 5, 2, row_5_2, row_5_2_part },
};

static void
choose_row (const ThawWindows *w, RowFunc *whole, RowFunc *part)
{
  *whole = *part = row_any;
  for (guint i = 0; i < G_N_ELEMENTS (rows_of); i++)
    if (w->kernel[1] == rows_of[i].width && w->stride[1] == rows_of[i].stride
        && w->dilation[1] == 1)
      {
        *whole = rows_of[i].whole;
        *part = rows_of[i].part;
      }
}

/* The window rows that lie inside a picture of @h rows, for a window at @top. */
static void
clip_lines (Row *row, const ThawWindows *w)
{
  row->first_line = 0;
  while (row->first_line < w->kernel[0] && row->top + row->first_line * w->dilation[0] < 0)
    row->first_line++;
  row->last_line = w->kernel[0];
  while (row->last_line > row->first_line
         && row->top + (row->last_line - 1) * w->dilation[0] >= w->h)
    row->last_line--;
}

void
THAW_ISA_NAME (thaw_depthwise_line) (const ThawDepthwise *self, gint64 picture, gint64 line)
{
  const ThawWindows *w = &self->windows;
  Row row = { .call = self, .top = line * w->stride[0] - w->pad[0] };
  RowFunc whole, part;

  choose_row (w, &whole, &part);
  clip_lines (&row, w);
  for (gint64 c = 0; c < w->c; c += VF_LANES)
    {
      row.lanes = (int) MIN (w->c - c, VF_LANES);
      row.x = self->x + picture * w->h * w->w * w->c + c;
      row.y = self->y + (picture * w->out_h + line) * w->out_w * w->c + c;
      row.weight = self->weight + c;
      row.bias = self->bias ? vf_load_part (self->bias + c, row.lanes) : (vf){ 0 };
      (row.lanes == VF_LANES ? whole : part) (&row);
    }
}

void
THAW_ISA_NAME (thaw_depthwise_forward) (const ThawDepthwise *self)
{
  const ThawWindows *w = &self->windows;
  gint64 end = self->end ? self->end : w->n * w->out_h;

  for (gint64 line = self->first; line < end; line++)
    THAW_ISA_NAME (thaw_depthwise_line) (self, line / w->out_h, line % w->out_h);
}
