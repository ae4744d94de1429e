/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <thaw/thaw-preprocessing.h>

G_BEGIN_DECLS

/**
 * ThawImage: an upright RGB picture, 8 bits a channel, [height, width, 3] without gaps
 */
struct _ThawImage
{
  int     width, height;
  guint8 *pixels;
};

#define THAW_IMAGE_MAX_PIXELS G_GINT64_CONSTANT (100000000)

/**
 * thaw_image_load:
 *
 * Decodes a file: JPEG through libjpeg-turbo (whole, never at reduced scale; a warning such as a premature end is an
 * error), the rest through GdkPixbuf. EXIF orientation is applied, grayscale and palettes become RGB, alpha is
 * put on white, CMYK is converted, of an animation the first frame is taken. The size is read from the header
 * first; beyond THAW_IMAGE_MAX_PIXELS nothing is decoded (THAW_ERROR_TOO_LARGE). Any thread.
 */
ThawImage *thaw_image_load   (const char *path, GError **error);
ThawImage *thaw_image_decode (GBytes *bytes, const char *name, GError **error);
/* upright size, from the header */
gboolean   thaw_image_size   (const char *path, int *width, int *height, GError **error);
ThawImage *thaw_image_new    (int width, int height);
void       thaw_image_free   (ThawImage *self);

/**
 * thaw_image_resample:
 * @box: (nullable): the part of the source to take, x0, y0, x1, y1 in pixels, fractions allowed
 *
 * Pillow's Image.resize (size, filter, box): separable, antialiased when it shrinks, 8-bit fixed-point
 * arithmetic (22 bits) with rounding after each pass, to the bit. The order of the passes is that of Pillow 13: columns first where the
 * height shrinks, and by more than twice as many pixels as the width; older versions always begin with the rows.
 * @box is rounded to float, as there.
 */
ThawImage *thaw_image_resample (const ThawImage *self, int width, int height, ThawFilter filter, const double *box);

/**
 * thaw_image_prepare:
 * @output: [height, width, 3] float, sizes from @preprocessing
 *
 * The shorter side is scaled to the preprocessing's size, the longer one to (2 side longer + shorter) / (2 shorter) in integers
 * (the nearest), the centre is cropped from (size - crop) / 2 in integers (a picture smaller than the crop is padded with zeros before
 * normalisation), and normalised. This is how ../shared/golden/efficientnet_lite0.json was made; torchvision's Resize cuts the longer
 * side off to an integer, which moves probabilities by up to .1. Without a size for the
 * shorter side (resize 0) it becomes the crop's longer one. Only what the crop shows is computed.
 */
void       thaw_image_prepare  (const ThawImage *self, const ThawPreprocessing *preprocessing, float *output);

/**
 * ThawAugmentation: what may happen to a training picture; all zeros is none
 *
 * "light": flip, random resized crop with area from .5. "strong": flip, crop from .25, rotation 15, colour .3, erase .25.
 */
struct _ThawAugmentation
{
  float flip;          /* probability of a horizontal flip */
  float crop_min_area; /* 0: no random resized crop; else area in [min, 1] of the picture, aspect in [3/4, 4/3], as torchvision's RandomResizedCrop */
  float rotation;      /* degrees, uniform in +- */
  float colour;        /* brightness, contrast, saturation each in 1 +- colour, in this order; hue in +- colour / 10 of the circle */
  float erase;         /* probability of a rectangle of the mean colour, area .02 .. .33, aspect .3 .. 3.3 */
};

gboolean   thaw_augmentation_parse  (ThawAugmentation *self, const char *name, GError **error); /* "none", "light", "strong" */
gboolean   thaw_augmentation_is_none (const ThawAugmentation *self);
/* As thaw_image_prepare(), with the augmentation drawn from the stream (seed, THAW_RANDOM_AUGMENT, @variant, @sample):
 * the same four numbers give the same pixels anywhere. The order in which numbers are drawn is documented in the source. */
void       thaw_image_augment  (const ThawImage *self, const ThawPreprocessing *preprocessing, const ThawAugmentation *augmentation,
                                guint64 seed, guint64 variant, guint64 sample, float *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawImage, thaw_image_free)

G_END_DECLS
