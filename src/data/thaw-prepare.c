/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "thaw-resample.h"

/* The middle of one side; what is too small gets its zeros before and after, the odd one after. Sets
 * where the crop begins in the picture, where the picture in the crop, and how much there is. */
static void
centre (const ThawPreprocessing *preprocessing, gint64 size, int crop, gint64 *from, int *to, int *n)
{
  *from = size > crop ? thaw_preprocessing_margin (preprocessing, size, crop) : 0;
  *to = size < crop ? (int) (crop - size) / 2 : 0;
  *n = (int) MIN (size, crop);
}

void
thaw_image_crop_to_input (const ThawImage *self, const ThawPreprocessing *preprocessing,
                          guint8 *crop)
{
  gsize stride = 3 * (gsize) preprocessing->width;
  ThawResample resample;
  gint64 width, height;
  int left, top;

  thaw_preprocessing_scale (preprocessing, self->width, self->height, &width, &height);
  resample = thaw_resample_whole (self, width, height, preprocessing->filter);
  centre (preprocessing, width, preprocessing->width, &resample.x, &left, &resample.region_width);
  centre (preprocessing, height, preprocessing->height, &resample.y, &top, &resample.region_height);
  if (resample.region_width < preprocessing->width
      || resample.region_height < preprocessing->height)
    memset (crop, 0, stride * preprocessing->height);
  thaw_resample_run (&resample, crop + top * stride + 3 * left, stride);
}

/* Numbers at a time: whole pixels and whole vectors */
#define RUN 48

static inline void
normalise_run (const guint8 *restrict crop, const float *mean, const float *std,
               float *restrict output, gsize n)
{
  for (gsize k = 0; k < n; k++)
    output[k] = ((float) crop[k] - mean[k]) / std[k];
}

void
thaw_pixels_normalise (const guint8 *crop, const ThawPreprocessing *preprocessing, float *output)
{
  gsize n = 3 * (gsize) preprocessing->width * preprocessing->height, i = 0;
  float mean[RUN], std[RUN];

  for (int k = 0; k < RUN; k++)
    {
      mean[k] = preprocessing->mean[k % 3];
      std[k] = preprocessing->std[k % 3];
    }
  for (; i + RUN <= n; i += RUN)
    normalise_run (crop + i, mean, std, output + i, RUN);
  normalise_run (crop + i, mean, std, output + i, n - i);
}

void
thaw_image_prepare (const ThawImage *self, const ThawPreprocessing *preprocessing, float *output)
{
  g_autofree guint8 *crop = g_malloc (3 * (gsize) preprocessing->width * preprocessing->height);

  thaw_image_crop_to_input (self, preprocessing, crop);
  thaw_pixels_normalise (crop, preprocessing, output);
}
