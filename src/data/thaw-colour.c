/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-colour.h"

/* From @grey (factor 0) over the picture (1) and beyond; what is cut off is cut off, not rounded.
 */
static inline guint8
blend (int grey, int value, float factor)
{
  float sum = (float) grey + factor * (float) (value - grey);

  return sum <= 0 ? 0 : sum >= 255 ? 255 : (guint8) sum;
}

/* ITU-R 601-2 luma, 16 bits of fraction */
static inline int
luma (const guint8 *pixel)
{
  return (pixel[0] * 19595 + pixel[1] * 38470 + pixel[2] * 7471 + 0x8000) >> 16;
}

/* blend() with one grey for all: there are only 256 answers */
static void
blend_all (guint8 *pixels, gsize n, int grey, float factor)
{
  guint8 blended[256];

  for (int value = 0; value < 256; value++)
    blended[value] = blend (grey, value, factor);
  for (gsize i = 0; i < 3 * n; i++)
    pixels[i] = blended[pixels[i]];
}

void
thaw_colour_brightness (guint8 *pixels, gsize n, double factor)
{
  blend_all (pixels, n, 0, (float) factor);
}

void
thaw_colour_contrast (guint8 *pixels, gsize n, double factor)
{
  guint64 sum = 0;
  int grey;

  for (gsize i = 0; i < n; i++)
    sum += luma (pixels + 3 * i);
  grey = (int) ((double) sum / MAX (n, 1) + .5);
  blend_all (pixels, n, grey, (float) factor);
}

void
thaw_colour_saturation (guint8 *pixels, gsize n, double factor)
{
  for (gsize i = 0; i < n; i++)
    {
      guint8 *pixel = pixels + 3 * i;
      int grey = luma (pixel);

      for (int c = 0; c < 3; c++)
        pixel[c] = blend (grey, pixel[c], (float) factor);
    }
}

/* 0 .. 6 from the colour's place between its largest and smallest channel */
static double
hue_of (const guint8 *pixel, int largest, int spread)
{
  if (pixel[0] == largest)
    return (double) (pixel[1] - pixel[2]) / spread;
  if (pixel[1] == largest)
    return 2 + (double) (pixel[2] - pixel[0]) / spread;
  return 4 + (double) (pixel[0] - pixel[1]) / spread;
}

/* How far below the largest a channel is, as a share of the spread; @offset: 5 for red, 3 for
 * green, 1 for blue */
static double
drop_of (double hue, double offset)
{
  double k = hue + offset;

  while (k < 0)
    k += 6;
  while (k >= 6)
    k -= 6;
  return CLAMP (MIN (k, 4 - k), 0, 1);
}

void
thaw_colour_hue (guint8 *pixels, gsize n, double turn)
{
  for (gsize i = 0; i < n; i++)
    {
      guint8 *pixel = pixels + 3 * i;
      int largest = MAX (MAX (pixel[0], pixel[1]), pixel[2]);
      int spread = largest - MIN (MIN (pixel[0], pixel[1]), pixel[2]);
      double hue;

      if (spread == 0)
        continue;
      hue = hue_of (pixel, largest, spread) + 6 * turn;
      for (int c = 0; c < 3; c++)
        pixel[c] = (guint8) (largest - spread * drop_of (hue, 5 - 2 * c) + .5);
    }
}
