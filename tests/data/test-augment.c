/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Augmentation: made again from the documented order of its random numbers, and by what it must not
 * do. */
#include <math.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-random.h>

#include "data/thaw-colour.h"
#include "pictures.h"

#define SIDE 32
#define COUNT (SIDE * SIDE * 3)

static const ThawPreprocessing preprocessing = {
  .resize = 36,
  .width = SIDE,
  .height = SIDE,
  .filter = THAW_FILTER_BILINEAR,
  .mean = { 0.25f, 0.25f, 0.25f },
  .std = { 1, 1, 1 },
};

typedef struct
{
  int x, y, width, height;
} Box;

/* As src/data/thaw-augment.c says, written anew */
static gboolean
draw_box (ThawRandom *random, int width, int height, double low, double high, double narrow,
          double wide, Box *box)
{
  for (int attempt = 0; attempt < 10; attempt++)
    {
      double area = (low + (high - low) * thaw_random_unit (random)) * width * height;
      double aspect = exp (log (narrow) + (log (wide) - log (narrow)) * thaw_random_unit (random));
      int w = (int) lrint (sqrt (area * aspect)), h = (int) lrint (sqrt (area / aspect));

      if (w < 1 || h < 1 || w > width || h > height)
        continue;
      box->y = (int) thaw_random_below (random, height - h + 1);
      box->x = (int) thaw_random_below (random, width - w + 1);
      box->width = w;
      box->height = h;
      return TRUE;
    }
  return FALSE;
}

static ThawImage *
cut_out (const ThawImage *image, const Box *box)
{
  ThawImage *part = thaw_image_new (box->width, box->height);

  for (int y = 0; y < box->height; y++)
    memcpy (part->pixels + 3 * y * box->width,
            image->pixels + 3 * ((box->y + y) * image->width + box->x), 3 * box->width);
  return part;
}

/* torchvision: the crop first, then the resize; bounds as its RandomResizedCrop has them */
static void
test_crop (void)
{
  static const ThawAugmentation augmentation = { .crop_min_area = .25f };
  g_autoptr (ThawImage) image = thaw_test_picture (61, 47);

  for (guint64 variant = 1; variant < 200; variant++)
    {
      ThawRandom random = thaw_random (5, THAW_RANDOM_AUGMENT, variant, 77);
      Box box;
      g_autoptr (ThawImage) part = NULL;
      g_autoptr (ThawImage) expected = NULL;
      float output[COUNT];

      g_assert_true (draw_box (&random, 61, 47, .25, 1, 3. / 4, 4. / 3, &box));
      g_assert_cmpint (box.x, >=, 0);
      g_assert_cmpint (box.y, >=, 0);
      g_assert_cmpint (box.x + box.width, <=, 61);
      g_assert_cmpint (box.y + box.height, <=, 47);
      g_assert_cmpfloat (box.width * box.height, >, .24 * 61 * 47);
      g_assert_cmpfloat (fabs (log ((double) box.width / box.height)), <, log (4. / 3) + .06);
      part = cut_out (image, &box);
      expected = thaw_image_resample (part, SIDE, SIDE, THAW_FILTER_BILINEAR, NULL);
      thaw_image_augment (image, &preprocessing, &augmentation, 5, variant, 77, output);
      for (int i = 0; i < COUNT; i++)
        g_assert_cmpfloat (output[i], ==, expected->pixels[i] - .25f);
    }
}

/* Too narrow for any crop: the middle of it, of the nearest shape */
static void
test_crop_of_line (void)
{
  static const ThawAugmentation augmentation = { .crop_min_area = .5f };
  static const struct
  {
    int width, height;
    Box box;
  } cases[] = {
    { 4, 400, { 0, 197, 4, 5 } },
    { 400, 6, { 196, 0, 8, 6 } },
  };

  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (ThawImage) image = thaw_test_picture (cases[k].width, cases[k].height);
      g_autoptr (ThawImage) part = cut_out (image, &cases[k].box);
      g_autoptr (ThawImage) expected
          = thaw_image_resample (part, SIDE, SIDE, THAW_FILTER_BILINEAR, NULL);
      float output[COUNT];

      thaw_image_augment (image, &preprocessing, &augmentation, 1, 2, 3, output);
      for (int i = 0; i < COUNT; i++)
        g_assert_cmpfloat (output[i], ==, expected->pixels[i] - .25f);
    }
}

static void
test_flip (void)
{
  static const ThawAugmentation augmentation = { .flip = .5f };
  g_autoptr (ThawImage) image = thaw_test_picture (50, 40);
  float plain[COUNT], output[COUNT];
  guint flipped = 0;

  thaw_image_prepare (image, &preprocessing, plain);
  for (guint64 sample = 0; sample < 400; sample++)
    {
      ThawRandom random = thaw_random (9, THAW_RANDOM_AUGMENT, 1, sample);
      gboolean flip = thaw_random_unit (&random) < .5;

      thaw_image_augment (image, &preprocessing, &augmentation, 9, 1, sample, output);
      for (int i = 0; i < COUNT; i++)
        {
          int pixel = i / 3, x = pixel % SIDE, y = pixel / SIDE;

          g_assert_cmpfloat (output[i], ==,
                             plain[3 * (y * SIDE + (flip ? SIDE - 1 - x : x)) + i % 3]);
        }
      flipped += flip;
    }
  g_assert_cmpuint (flipped, >, 160);
  g_assert_cmpuint (flipped, <, 240);
}

static void
test_erase (void)
{
  static const ThawAugmentation augmentation = { .erase = 1 };
  g_autoptr (ThawImage) image = thaw_test_picture (50, 40);
  float plain[COUNT], output[COUNT];

  thaw_image_prepare (image, &preprocessing, plain);
  for (guint64 sample = 0; sample < 200; sample++)
    {
      ThawRandom random = thaw_random (9, THAW_RANDOM_AUGMENT, 3, sample);
      Box box = { 0 };

      thaw_random_unit (&random);
      draw_box (&random, SIDE, SIDE, .02, .33, .3, 3.3, &box);
      g_assert_cmpfloat (box.width * box.height, <, .36 * SIDE * SIDE);
      thaw_image_augment (image, &preprocessing, &augmentation, 9, 3, sample, output);
      for (int i = 0; i < COUNT; i++)
        {
          int x = i / 3 % SIDE - box.x, y = i / 3 / SIDE - box.y;
          gboolean inside = x >= 0 && x < box.width && y >= 0 && y < box.height;

          g_assert_cmpfloat (output[i], ==, inside ? 0 : plain[i]);
        }
    }
}

/* Of a plain picture, what comes from outside is the mean colour, and the rest stays; nothing
 * turned is nothing changed. */
static void
test_rotation (void)
{
  static const ThawPreprocessing grey = { .width = SIDE,
                                          .height = SIDE,
                                          .filter = THAW_FILTER_BILINEAR,
                                          .mean = { 10, 20, 30 },
                                          .std = { 1, 1, 1 } };
  g_autoptr (ThawImage) image = thaw_test_plain (SIDE, SIDE, 200, 100, 50);
  g_autoptr (ThawImage) noise = thaw_test_picture (SIDE, SIDE);
  ThawAugmentation turned = { .rotation = 30 }, hardly = { .rotation = 1e-6f };
  float output[COUNT], plain[COUNT];
  guint outside = 0;

  for (guint64 sample = 0; sample < 50; sample++)
    {
      thaw_image_augment (image, &grey, &turned, 1, 1, sample, output);
      for (int i = 0; i < SIDE * SIDE; i++)
        {
          int x = i % SIDE - SIDE / 2, y = i / SIDE - SIDE / 2;

          if (output[3 * i] == 0 && output[3 * i + 1] == 0 && output[3 * i + 2] == 0)
            outside++;
          else
            g_assert_cmpfloat (output[3 * i], ==, 190);
          if (x * x + y * y < (SIDE / 2 - 1) * (SIDE / 2 - 1))
            g_assert_cmpfloat (output[3 * i + 1], ==, 80);
        }
    }
  g_assert_cmpuint (outside, >, 1000);
  thaw_image_prepare (noise, &grey, plain);
  thaw_image_augment (noise, &grey, &hardly, 1, 1, 1, output);
  g_assert_cmpmem (output, sizeof output, plain, sizeof plain);
}

static void
test_hue (void)
{
  static const struct
  {
    guint8 before[3];
    double turn;
    guint8 after[3];
  } cases[] = {
    { { 255, 0, 0 }, 1. / 3, { 0, 255, 0 } },     { { 255, 0, 0 }, -1. / 3, { 0, 0, 255 } },
    { { 10, 200, 10 }, 1. / 3, { 10, 10, 200 } }, { { 80, 80, 80 }, .4, { 80, 80, 80 } },
    { { 255, 128, 0 }, 0, { 255, 128, 0 } },      { { 255, 0, 0 }, 1. / 6, { 255, 255, 0 } },
    { { 0, 0, 255 }, .5, { 255, 255, 0 } },       { { 12, 34, 56 }, 1, { 12, 34, 56 } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 pixel[3];

      memcpy (pixel, cases[i].before, 3);
      thaw_colour_hue (pixel, 1, cases[i].turn);
      for (int c = 0; c < 3; c++)
        g_assert_cmpint (pixel[c], ==, cases[i].after[c]);
    }
}

/* Same four numbers, same pixels; another one of them, others. Off is off. */
static void
test_streams (void)
{
  static const guint64 numbers[][3] = { { 1, 1, 1 }, { 2, 1, 1 }, { 1, 2, 1 }, { 1, 1, 2 } };
  static const ThawAugmentation none = { 0 };
  g_autoptr (ThawImage) image = thaw_test_picture (80, 60);
  ThawAugmentation strong;
  float outputs[G_N_ELEMENTS (numbers)][COUNT], again[COUNT];

  g_assert_true (thaw_augmentation_parse (&strong, "strong", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      thaw_image_augment (image, &preprocessing, &strong, numbers[i][0], numbers[i][1],
                          numbers[i][2], outputs[i]);
      thaw_image_augment (image, &preprocessing, &strong, numbers[i][0], numbers[i][1],
                          numbers[i][2], again);
      g_assert_cmpmem (again, sizeof again, outputs[i], sizeof again);
      for (gsize j = 0; j < i; j++)
        g_assert_cmpint (memcmp (outputs[i], outputs[j], sizeof again), !=, 0);
    }
  thaw_image_prepare (image, &preprocessing, again);
  thaw_image_augment (image, &preprocessing, &none, 1, 1, 1, outputs[0]);
  g_assert_cmpmem (again, sizeof again, outputs[0], sizeof again);
}

static void
test_parse (void)
{
  ThawAugmentation augmentation;
  g_autoptr (GError) error = NULL;

  g_assert_true (thaw_augmentation_parse (&augmentation, "none", NULL));
  g_assert_true (thaw_augmentation_is_none (&augmentation));
  g_assert_true (thaw_augmentation_parse (&augmentation, "light", NULL));
  g_assert_false (thaw_augmentation_is_none (&augmentation));
  g_assert_cmpfloat (augmentation.crop_min_area, ==, .5f);
  g_assert_false (thaw_augmentation_parse (&augmentation, "wild", &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/augment/crop", test_crop);
  g_test_add_func ("/data/augment/crop-of-line", test_crop_of_line);
  g_test_add_func ("/data/augment/flip", test_flip);
  g_test_add_func ("/data/augment/erase", test_erase);
  g_test_add_func ("/data/augment/rotation", test_rotation);
  g_test_add_func ("/data/augment/hue", test_hue);
  g_test_add_func ("/data/augment/streams", test_streams);
  g_test_add_func ("/data/augment/parse", test_parse);
  return g_test_run ();
}
