/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-types.h>

G_BEGIN_DECLS

typedef enum { THAW_FILTER_BILINEAR, THAW_FILTER_BICUBIC } ThawFilter;

/**
 * ThawRounding:
 * @THAW_ROUNDING_NEAREST: the longer side becomes the nearest whole number of pixels, and of the margin
 *   around the crop an odd pixel is left over at the end. The reference of the default backbone has it so,
 *   and every file in which no rule stands.
 * @THAW_ROUNDING_TORCHVISION: as Resize and CenterCrop of torchvision, which timm uses too: a fraction of
 *   the longer side is cut off, and half a pixel of the margin goes to the even side.
 *
 * How a picture whose sides do not divide evenly becomes whole pixels.
 */
typedef enum { THAW_ROUNDING_NEAREST, THAW_ROUNDING_TORCHVISION } ThawRounding;

/**
 * ThawPreprocessing:
 *
 * From an upright RGB picture of any size to the network's input: the shorter side is scaled to @resize
 * (or, where @stretch, both sides to the crop), the centre @height x @width is taken, and each channel
 * becomes (x - mean) / std with x in 0 .. 255. Lives in base: data/ and zoo/ both see it.
 */
struct _ThawPreprocessing
{
  int          resize;   /* pixels; 0: the crop's own size */
  gboolean     stretch;
  int          width, height;
  ThawFilter   filter;
  ThawRounding rounding;
  float        mean[3], std[3];
};

/* Pixels that the shorter side of a picture is scaled to. Any thread. */
int      thaw_preprocessing_side      (const ThawPreprocessing *self);
/* Of both sides of a picture, in pixels: how large it is scaled before the crop is taken. Any thread. */
void     thaw_preprocessing_scale     (const ThawPreprocessing *self, gint64 width, gint64 height,
                                       gint64 *scaled_width, gint64 *scaled_height);
/* Where a crop of @crop pixels begins in a side of @size, which is at least as long */
gint64   thaw_preprocessing_margin    (const ThawPreprocessing *self, gint64 size, int crop);
/* For crops of another size: the shorter side is scaled along. */
void     thaw_preprocessing_set_size  (ThawPreprocessing *self, int width, int height);
/* One line for people, such as “the shorter side to 256 pixels ...” (transfer full) */
char    *thaw_preprocessing_to_words  (const ThawPreprocessing *self);
char    *thaw_preprocessing_to_json   (const ThawPreprocessing *self);
/* What has no rule of rounding was written before there was one: THAW_ROUNDING_NEAREST */
gboolean thaw_preprocessing_from_json (ThawPreprocessing *self, const char *json, GError **error);

G_END_DECLS
