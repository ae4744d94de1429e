/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-image.h>

G_BEGIN_DECLS

/**
 * ThawResample:
 *
 * A resampling of which only a part may be wanted. The whole result is @width x @height (it may be
 * far larger than memory: a line of pixels scaled to 256 at its short side), of it the @region at
 * (@x, @y) is computed: to the bit what the whole would have there.
 */
typedef struct
{
  const guint8 *pixels;                /* of the source's first pixel, RGB */
  int           source_width, source_height;
  gsize         stride;                /* bytes from row to row of the source */
  float         box[4];                /* x0, y0, x1, y1 in the source */
  ThawFilter    filter;
  gint64        width, height;         /* of the whole result */
  gint64        x, y;                  /* the region */
  int           region_width, region_height;
} ThawResample;

/* All of @image to width x height, all of it wanted. */
ThawResample thaw_resample_whole (const ThawImage *image, gint64 width, gint64 height,
                                  ThawFilter filter);
/* @target: the region's first pixel, rows @target_stride bytes apart. Any thread. */
void         thaw_resample_run   (const ThawResample *self, guint8 *target, gsize target_stride);

/* torchvision's Resize and CenterCrop, 8 bits still: [height, width, 3] */
void thaw_image_crop_to_input (const ThawImage *self, const ThawPreprocessing *preprocessing,
                               guint8 *crop);
/* (x - mean) / std */
void thaw_pixels_normalise (const guint8 *crop, const ThawPreprocessing *preprocessing,
                            float *output);

G_END_DECLS
