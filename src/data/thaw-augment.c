/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-random.h>

#include "thaw-colour.h"
#include "thaw-resample.h"

/* The order in which numbers are drawn from the stream (seed, THAW_RANDOM_AUGMENT, variant,
 * sample). What is switched off draws nothing; u is thaw_random_unit().
 *
 *   1. crop      up to ten times: area = (min + (1 - min) u) of the picture, aspect =
 *                exp (ln 3/4 + (ln 4/3 - ln 3/4) u); if it fits: top = below (H - h + 1),
 *                left = below (W - w + 1), and no more
 *   2. flip      one u: flipped where u < flip
 *   3. rotation  one u: degrees = rotation (2 u - 1)
 *   4. colour    four u: brightness, contrast, saturation = 1 + colour (2 u - 1);
 *                hue = colour / 10 (2 u - 1)
 *   5. erase     one u: erased where u < erase; then up to ten times: area = .02 + .31 u, aspect =
 *                exp (ln .3 + (ln 3.3 - ln .3) u); if it fits: top and left as above, and no more
 *
 * They are applied in the same order, all but the last on 8 bits. */
#define ATTEMPTS 10

typedef struct
{
  int x, y, width, height;
} Rectangle;

static const struct
{
  const char      *name;
  ThawAugmentation augmentation;
} presets[] = {
  { "none", { 0 } },
  { "light", { .flip = .5f, .crop_min_area = .5f } },
  { "strong",
    { .flip = .5f, .crop_min_area = .25f, .rotation = 15, .colour = .3f, .erase = .25f } },
};

gboolean
thaw_augmentation_parse (ThawAugmentation *self, const char *name, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (presets); i++)
    if (strcmp (name, presets[i].name) == 0)
      {
        *self = presets[i].augmentation;
        return TRUE;
      }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
               "no augmentation is called \"%s\": use none, light or strong", name);
  return FALSE;
}

gboolean
thaw_augmentation_is_none (const ThawAugmentation *self)
{
  return !(self->flip > 0 || self->crop_min_area > 0 || self->rotation > 0 || self->colour > 0
           || self->erase > 0);
}

/* A rectangle of a share of @width x @height in [low, high] and an aspect in [narrow, wide], drawn
 * until it fits. */
static gboolean
draw_rectangle (ThawRandom *random, int width, int height, const double area[2],
                const double aspect[2], Rectangle *out)
{
  for (int i = 0; i < ATTEMPTS; i++)
    {
      double wanted = (double) width * height * thaw_random_range (random, area[0], area[1]);
      double ratio = exp (thaw_random_range (random, log (aspect[0]), log (aspect[1])));
      double w = rint (sqrt (wanted * ratio)), h = rint (sqrt (wanted / ratio));

      if (w < 1 || h < 1 || w > width || h > height)
        continue;
      out->width = (int) w;
      out->height = (int) h;
      out->y = (int) thaw_random_below (random, height - out->height + 1);
      out->x = (int) thaw_random_below (random, width - out->width + 1);
      return TRUE;
    }
  return FALSE;
}

/* torchvision's RandomResizedCrop.get_params(), its central crop where nothing fits included */
static Rectangle
draw_crop (ThawRandom *random, int width, int height, double min_area)
{
  const double area[2] = { MIN (min_area, 1), 1 }, aspect[2] = { 3. / 4, 4. / 3 };
  Rectangle crop = { 0, 0, width, height };

  if (draw_rectangle (random, width, height, area, aspect, &crop))
    return crop;
  if ((double) width / height < aspect[0])
    crop.height = (int) rint (width / aspect[0]);
  else if ((double) width / height > aspect[1])
    crop.width = (int) rint (height * aspect[1]);
  crop.x = (width - crop.width) / 2;
  crop.y = (height - crop.height) / 2;
  return crop;
}

/* As if the rectangle were cut out first: the filter sees nothing beyond it. */
static void
crop_to_input (const ThawImage *image, const ThawPreprocessing *preprocessing,
               const Rectangle *part, guint8 *crop)
{
  ThawResample resample = thaw_resample_whole (image, preprocessing->width, preprocessing->height,
                                               preprocessing->filter);

  resample.pixels += part->y * resample.stride + 3 * (gsize) part->x;
  resample.source_width = part->width;
  resample.source_height = part->height;
  resample.box[2] = part->width;
  resample.box[3] = part->height;
  thaw_resample_run (&resample, crop, 3 * (gsize) preprocessing->width);
}

static void
flip (guint8 *crop, int width, int height)
{
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width / 2; x++)
      {
        guint8 *left = crop + 3 * ((gsize) y * width + x),
               *right = crop + 3 * ((gsize) y * width + width - 1 - x);
        guint8 pixel[3];

        memcpy (pixel, left, 3);
        memcpy (left, right, 3);
        memcpy (right, pixel, 3);
      }
}

/* Four pixels weighed by 256ths, in integers. @x, @y: 16 bits of fraction */
static void
sample_bilinear (const guint8 *source, int width, int height, gint64 x, gint64 y, guint8 *target)
{
  int x0 = (int) (x >> 16), y0 = (int) (y >> 16);
  int x1 = MIN (x0 + 1, width - 1), y1 = MIN (y0 + 1, height - 1);
  int u = (x & 0xFFFF) >> 8, v = (y & 0xFFFF) >> 8;
  const guint8 *upper = source + 3 * (gsize) y0 * width, *lower = source + 3 * (gsize) y1 * width;

  for (int c = 0; c < 3; c++)
    {
      int above = upper[3 * x0 + c] * (256 - u) + upper[3 * x1 + c] * u;
      int below = lower[3 * x0 + c] * (256 - u) + lower[3 * x1 + c] * u;

      target[c] = (above * (256 - v) + below * v + (1 << 15)) >> 16;
    }
}

/* About the middle; what comes from outside is the mean colour. Fixed-point (16 bits), so that a
 * last bit of sin() that differs between C libraries moves nothing. */
static void
rotate (guint8 *crop, const ThawPreprocessing *preprocessing, double degrees)
{
  int width = preprocessing->width, height = preprocessing->height;
  gint64 cosine = llrint (cos (degrees * G_PI / 180) * 65536),
         sine = llrint (sin (degrees * G_PI / 180) * 65536);
  g_autofree guint8 *source = g_memdup2 (crop, 3 * (gsize) width * height);
  guint8 mean[3];

  for (int c = 0; c < 3; c++)
    mean[c] = (guint8) CLAMP (preprocessing->mean[c] + .5f, 0, 255);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        gint64 dx = 2 * x - (width - 1), dy = 2 * y - (height - 1);
        gint64 from_x = (cosine * dx + sine * dy) / 2 + (gint64) (width - 1) * 32768;
        gint64 from_y = (cosine * dy - sine * dx) / 2 + (gint64) (height - 1) * 32768;
        guint8 *target = crop + 3 * ((gsize) y * width + x);

        if (from_x >= 0 && from_y >= 0 && from_x >> 16 < width && from_y >> 16 < height)
          sample_bilinear (source, width, height, from_x, from_y, target);
        else
          memcpy (target, mean, 3);
      }
}

static void
jitter_colour (guint8 *crop, gsize n, ThawRandom *random, double strength)
{
  double brightness = 1 + strength * thaw_random_range (random, -1, 1);
  double contrast = 1 + strength * thaw_random_range (random, -1, 1);
  double saturation = 1 + strength * thaw_random_range (random, -1, 1);
  double hue = strength / 10 * thaw_random_range (random, -1, 1);

  thaw_colour_brightness (crop, n, brightness);
  thaw_colour_contrast (crop, n, contrast);
  thaw_colour_saturation (crop, n, saturation);
  thaw_colour_hue (crop, n, hue);
}

/* The mean colour is zero once normalised. */
static void
erase (float *output, int width, int height, ThawRandom *random, double probability)
{
  const double area[2] = { .02, .33 }, aspect[2] = { .3, 3.3 };
  Rectangle hole;

  if (thaw_random_unit (random) >= probability
      || !draw_rectangle (random, width, height, area, aspect, &hole))
    return;
  for (int y = hole.y; y < hole.y + hole.height; y++)
    memset (output + 3 * ((gsize) y * width + hole.x), 0, 3 * (gsize) hole.width * sizeof (float));
}

void
thaw_image_augment (const ThawImage *self, const ThawPreprocessing *preprocessing,
                    const ThawAugmentation *augmentation, guint64 seed, guint64 variant,
                    guint64 sample, float *output)
{
  ThawRandom random = thaw_random (seed, THAW_RANDOM_AUGMENT, variant, sample);
  int width = preprocessing->width, height = preprocessing->height;
  g_autofree guint8 *crop = g_malloc (3 * (gsize) width * height);

  if (augmentation->crop_min_area > 0)
    {
      Rectangle part = draw_crop (&random, self->width, self->height, augmentation->crop_min_area);

      crop_to_input (self, preprocessing, &part, crop);
    }
  else
    thaw_image_crop_to_input (self, preprocessing, crop);
  if (augmentation->flip > 0 && thaw_random_unit (&random) < augmentation->flip)
    flip (crop, width, height);
  if (augmentation->rotation > 0)
    rotate (crop, preprocessing, augmentation->rotation * thaw_random_range (&random, -1, 1));
  if (augmentation->colour > 0)
    jitter_colour (crop, (gsize) width * height, &random, augmentation->colour);
  thaw_pixels_normalise (crop, preprocessing, output);
  if (augmentation->erase > 0)
    erase (output, width, height, &random, augmentation->erase);
}
