/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures as cameras, scanners and accidents make them, and a cache that stays within its bounds. */
#include "widgets/thaw-thumbnails.h"

#include <stdio.h>
#include <jpeglib.h>
#include <string.h>
#include <thaw-test.h>
#include <thaw/thaw-error.h>

static char *root;

static char *
path_of (const char *name)
{
  return g_build_filename (root, name, NULL);
}

/* Two halves: the left red, the right blue (in CMYK as Adobe has it, inverted); gray: black and white */
static void
fill_row (guint8 *row, int width, int channels)
{
  static const guint8 left[] = { 255, 0, 0, 0 }, right[] = { 0, 0, 255, 0 };
  static const guint8 left_cmyk[] = { 255, 0, 0, 255 }, right_cmyk[] = { 0, 0, 255, 255 };

  for (int x = 0; x < width; x++)
    if (channels == 1)
      row[x] = x < width / 2 ? 0 : 255;
    else if (channels == 3)
      memcpy (row + 3 * x, x < width / 2 ? left : right, 3);
    else
      memcpy (row + 4 * x, x < width / 2 ? left_cmyk : right_cmyk, 4);
}

/* @orientation: EXIF's; 0: none */
static void
write_jpeg (const char *name, int width, int height, int channels, int orientation)
{
  guint8 exif[] = "Exif\0\0MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\0\0\0\0\0\0\0";
  g_autofree char *path = path_of (name);
  g_autofree guint8 *row = g_malloc ((gsize) width * channels);
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  FILE *file = fopen (path, "wb");

  jpeg.err = jpeg_std_error (&errors);
  jpeg_create_compress (&jpeg);
  jpeg_stdio_dest (&jpeg, file);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = channels;
  jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults (&jpeg);
  jpeg_set_quality (&jpeg, 95, TRUE);
  jpeg.write_Adobe_marker = channels == 4;
  jpeg_start_compress (&jpeg, TRUE);
  exif[25] = orientation;
  if (orientation)
    jpeg_write_marker (&jpeg, JPEG_APP0 + 1, exif, sizeof exif - 1);
  fill_row (row, width, channels);
  for (int y = 0; y < height; y++)
    jpeg_write_scanlines (&jpeg, &row, 1);
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);
  fclose (file);
}

static void
write_bytes (const char *name, const void *bytes, gsize length)
{
  g_autofree char *path = path_of (name);

  g_assert_true (g_file_set_contents (path, bytes, (gssize) length, NULL));
}

static GdkTexture *
decode (const char *name, int side, GError **error)
{
  g_autoptr (ThawSample) sample = thaw_sample_new ();

  sample->path = path_of (name);
  return thaw_thumbnail_decode (sample, side, error);
}

/* The colour at a place, as 0xRRGGBB with each channel rounded to 0, 8 or F */
static guint32
colour_at (GdkTexture *texture, double x, double y)
{
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * height);
  guint32 pixel, colour = 0;

  gdk_texture_download (texture, (guchar *) pixels, 4 * (gsize) width);
  pixel = pixels[(int) (y * height) * width + (int) (x * width)];
  for (int shift = 16; shift >= 0; shift -= 8)
    {
      guint channel = pixel >> shift & 255;

      colour = colour << 4 | (channel < 64 ? 0 : channel < 192 ? 8 : 15);
    }
  return colour;
}

static void
check (const char *name, int width, int height, guint32 left, guint32 right)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = decode (name, 100, &error);

  g_assert_no_error (error);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, width);
  g_assert_cmpint (gdk_texture_get_height (texture), ==, height);
  g_assert_cmphex (colour_at (texture, .2, .2), ==, left);
  g_assert_cmphex (colour_at (texture, .8, .8), ==, right);
}

static void
test_forms (void)
{
  /* 1 x 1, two frames: red, then blue */
  static const guint8 gif[] = "GIF89a\1\0\1\0\x80\0\0\xff\0\0\0\0\xff\x21\xf9\4\0\12\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
                              "\x21\xf9\4\0\12\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0;";

  write_jpeg ("plain.jpg", 400, 200, 3, 0);
  check ("plain.jpg", 100, 50, 0xF00, 0x00F);
  write_jpeg ("gray.jpg", 400, 200, 1, 0);
  check ("gray.jpg", 100, 50, 0x000, 0xFFF);
  write_jpeg ("cmyk.jpg", 400, 200, 4, 0);
  check ("cmyk.jpg", 100, 50, 0xF00, 0x00F);
  /* turned by a quarter: what was left is above */
  write_jpeg ("turned.jpg", 400, 200, 3, 6);
  check ("turned.jpg", 50, 100, 0xF00, 0x00F);
  write_jpeg ("upside-down.jpg", 400, 200, 3, 3);
  check ("upside-down.jpg", 100, 50, 0x00F, 0xF00);
  write_bytes ("animated.gif", gif, sizeof gif - 1);
  check ("animated.gif", 100, 100, 0xF00, 0xF00);
  write_jpeg ("tiny.jpg", 16, 16, 3, 0);
  check ("tiny.jpg", 96, 96, 0xF00, 0x00F);
}

static void
test_faults (void)
{
  static const guint8 huge[] = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x4E\x20\0\0\x4E\x20\x08\2\0\0\0\x6C\x12\xD1\x6E\0\0\1\0IDAT\x78\x9C";
  g_autofree char *jpeg = path_of ("whole.jpg"), *data = NULL;
  static const char *const names[] = { "huge.png", "half.png", "words.png", "empty.png", "nowhere.png" };
  gsize length;

  write_jpeg ("whole.jpg", 400, 300, 3, 0);
  g_assert_true (g_file_get_contents (jpeg, &data, &length, NULL));
  write_bytes ("half.png", data, length / 40);
  write_bytes ("huge.png", huge, sizeof huge - 1);
  write_bytes ("words.png", "only words", 10);
  write_bytes ("empty.png", "", 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GdkTexture) texture = decode (names[i], 100, &error);

      g_assert_null (texture);
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      if (i == 0)
        g_assert_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE);
      if (i == 4)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    }
}

/* Pictures for the cache: a session's, of small files */
static ThawPictures *
many_pictures (ThawHistory *history, guint n)
{
  ThawPictures *pictures = thaw_pictures_new (history);
  g_autoptr (ThawDataset) dataset = thaw_dataset_new ();
  int label = thaw_dataset_add_class (dataset, "one");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("many-%03u.jpg", i);
      ThawSample *sample = thaw_sample_new ();

      write_jpeg (name, 100, 100, 3, 0);
      sample->path = path_of (name);
      sample->label = label;
      thaw_dataset_take_sample (dataset, sample);
    }
  thaw_dataset_sort (dataset);
  thaw_pictures_load (pictures, dataset);
  return pictures;
}

static void
count_cb (GdkTexture *texture, const GError *error, gpointer data)
{
  g_assert_true (GDK_IS_TEXTURE (texture));
  g_assert_no_error (error);
  ++*(guint *) data;
}

static void
never_cb (GdkTexture *texture, const GError *error, gpointer data)
{
  g_assert_not_reached ();
}

static void
settle (gpointer object)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  while (g_main_context_iteration (NULL, FALSE) || (G_OBJECT (object)->ref_count > 1 && g_get_monotonic_time () < end))
    ;
}

static void
test_cache (void)
{
  const gsize budget = 400 * 1000; /* of 40 kB each, ten */
  ThawHistory *history = thaw_history_new ();
  ThawPictures *pictures = many_pictures (history, 40);
  ThawThumbnails *cache = thaw_thumbnails_new (budget, 100);
  guint n = 0, cancelled[20];
  g_autoptr (ThawPicture) last = NULL;

  for (guint i = 0; i < 40; i++)
    {
      g_autoptr (ThawPicture) picture = g_list_model_get_item (G_LIST_MODEL (pictures), i);
      guint request = thaw_thumbnails_request (cache, picture, i < 20 ? never_cb : count_cb, &n);

      g_assert_cmpuint (request, >, 0);
      if (i < 20)
        cancelled[i] = request;
    }
  for (guint i = 0; i < 20; i++)
    thaw_thumbnails_cancel (cache, cancelled[i]);
  while (n < 20)
    g_main_context_iteration (NULL, TRUE);
  settle (cache);
  g_assert_cmpuint (n, ==, 20);
  g_assert_cmpuint (thaw_thumbnails_get_used (cache), <=, budget);
  g_assert_cmpuint (thaw_thumbnails_get_used (cache), >, budget / 2);
  /* what was made last is there at once */
  last = g_list_model_get_item (G_LIST_MODEL (pictures), 20);
  if (thaw_thumbnails_request (cache, last, count_cb, &n) == 0)
    g_assert_cmpuint (n, ==, 21);
  settle (cache);
  g_clear_object (&last);
  settle (pictures);
  g_assert_finalize_object (cache);
  g_assert_finalize_object (pictures);
  g_assert_finalize_object (history);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  root = thaw_test_directory ();
  g_test_add_func ("/thumbnails/forms", test_forms);
  g_test_add_func ("/thumbnails/faults", test_faults);
  g_test_add_func ("/thumbnails/cache", test_cache);
  return g_test_run ();
}
