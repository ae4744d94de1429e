/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels/thaw-kernel-isa.h"
#include "kernels/thaw-simd.h"

VF_INLINE void
copy_run (float *to, const float *from, gint64 n)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (to + i, vf_load (from + i));
  if (i < n)
    vf_store_part (to + i, vf_load_part (from + i, (int) (n - i)), (int) (n - i));
}

VF_INLINE void
clear_run (float *to, gint64 n)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (to + i, (vf){ 0 });
  if (i < n)
    vf_store_part (to + i, (vf){ 0 }, (int) (n - i));
}

VF_INLINE void
add_run (float *to, const float *from, gint64 n)
{
  gint64 i = 0;

  for (; i + VF_LANES <= n; i += VF_LANES)
    vf_store (to + i, vf_load (to + i) + vf_load (from + i));
  if (i < n)
    {
      int lanes = (int) (n - i);

      vf_store_part (to + i, vf_load_part (to + i, lanes) + vf_load_part (from + i, lanes), lanes);
    }
}

/* One row of the window at picture row @line: its kernel[1] pieces, clipped to the picture. @x is
 * the picture row, NULL outside the picture. */
VF_INLINE float *
gather_line (const ThawIm2col *self, const float *x, gint64 left, float *columns)
{
  const ThawWindows *w = &self->windows;

  if (x && w->dilation[1] == 1 && self->channels == w->c && left >= 0
      && left + w->kernel[1] <= w->w)
    {
      copy_run (columns, x + left * w->c, w->kernel[1] * w->c);
      return columns + w->kernel[1] * w->c;
    }
  for (gint64 k = 0; k < w->kernel[1]; k++, columns += self->channels)
    {
      gint64 column = left + k * w->dilation[1];

      if (x && column >= 0 && column < w->w)
        copy_run (columns, x + column * w->c + self->channel, self->channels);
      else
        clear_run (columns, self->channels);
    }
  return columns;
}

VF_INLINE const float *
scatter_line (const ThawIm2col *self, const float *columns, gint64 left, float *dx)
{
  const ThawWindows *w = &self->windows;

  if (dx && w->dilation[1] == 1 && self->channels == w->c && left >= 0
      && left + w->kernel[1] <= w->w)
    {
      add_run (dx + left * w->c, columns, w->kernel[1] * w->c);
      return columns + w->kernel[1] * w->c;
    }
  for (gint64 k = 0; k < w->kernel[1]; k++, columns += self->channels)
    {
      gint64 column = left + k * w->dilation[1];

      if (dx && column >= 0 && column < w->w)
        add_run (dx + column * w->c + self->channel, columns, self->channels);
    }
  return columns;
}

/* Where a row of the matrix has its window. */
typedef struct
{
  gint64 picture, top, left;
} Place;

VF_INLINE Place
place_of_row (const ThawWindows *w, gint64 row)
{
  gint64 line = row / w->out_w;

  return (Place){ .picture = line / w->out_h,
                  .top = line % w->out_h * w->stride[0] - w->pad[0],
                  .left = row % w->out_w * w->stride[1] - w->pad[1] };
}

/* The offset of picture row @line, or -1 outside. */
VF_INLINE gint64
line_offset (const ThawWindows *w, gint64 picture, gint64 line)
{
  return line >= 0 && line < w->h ? (picture * w->h + line) * w->w * w->c : -1;
}

void
THAW_ISA_NAME (thaw_im2col) (const ThawIm2col *self, const float *x, float *columns)
{
  const ThawWindows *w = &self->windows;

  for (gint64 row = self->first; row < self->first + self->rows; row++)
    {
      Place place = place_of_row (w, row);

      for (gint64 k = 0; k < w->kernel[0]; k++)
        {
          gint64 at = line_offset (w, place.picture, place.top + k * w->dilation[0]);

          columns = gather_line (self, at < 0 ? NULL : x + at, place.left, columns);
        }
    }
}

void
THAW_ISA_NAME (thaw_col2im) (const ThawIm2col *self, const float *columns, float *dx)
{
  const ThawWindows *w = &self->windows;

  for (gint64 row = self->first; row < self->first + self->rows; row++)
    {
      Place place = place_of_row (w, row);

      for (gint64 k = 0; k < w->kernel[0]; k++)
        {
          gint64 at = line_offset (w, place.picture, place.top + k * w->dilation[0]);

          columns = scatter_line (self, columns, place.left, at < 0 ? NULL : dx + at);
        }
    }
}
