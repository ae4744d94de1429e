/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures as they come: damaged, huge, tiny, not pictures at all. */
#include <thaw-test.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-image.h>

#include <errno.h>
#include <stdio.h>
#include <jpeglib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "pictures.h"

/* Decodes what there is of a photograph; whole or not at all. */
static void
cut_photograph (const char *path, GBytes *bytes, const ThawImage *whole)
{
  gsize length = g_bytes_get_size (bytes);
  guint refused = 0, tried = 0;

  for (gsize cut = 1; cut < length; cut += MAX (1, length / 61))
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (bytes, 0, cut);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawImage) image = thaw_image_decode (part, path, &error);

      tried++;
      refused += image == NULL;
      if (image)
        g_assert_true (thaw_test_same (image, whole));
      else
        g_assert_true (g_str_has_prefix (error->message, path));
    }
  /* nothing but bytes behind the last pixel may be missing without harm */
  g_assert_cmpuint (refused + 1, >=, tried);
}

static void
test_truncated (void)
{
  static const char *const names[]
      = { "train/bees/1092977343_cb42b38d62.jpg", "val/ants/10308379_1b6c72e180.jpg",
          "train/ants/0013035.jpg" };
  guint found = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *relative = g_build_filename ("datasets/hymenoptera", names[i], NULL);
      g_autofree char *path = thaw_test_shared (relative);
      g_autoptr (ThawImage) whole = NULL;
      g_autoptr (GBytes) bytes = NULL;
      char *data;
      gsize length;

      if (!path)
        continue;
      found++;
      whole = thaw_image_load (path, NULL);
      g_assert_nonnull (whole);
      g_assert_true (g_file_get_contents (path, &data, &length, NULL));
      bytes = g_bytes_new_take (data, length);
      cut_photograph (path, bytes, whole);
    }
  if (found == 0)
    g_test_skip ("../shared is not there");
}

static GBytes *
saved (const ThawImage *image, const char *type)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "picture", NULL);
  char *data;
  gsize length;

  thaw_test_save (image, type, path);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  return g_bytes_new_take (data, length);
}

/* Damage gives an error or some picture, and never more. */
static void
test_flipped_bits (void)
{
  static const char *const types[] = { "jpeg", "png", "bmp", "tiff" };
  g_autoptr (ThawImage) picture = thaw_test_picture (40, 24);
  guint refused = 0;

  for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
    {
      g_autoptr (GBytes) bytes = saved (picture, types[t]);
      gsize length;
      const guint8 *data = g_bytes_get_data (bytes, &length);

      for (gsize bit = 0; bit < 8 * length; bit += 7)
        {
          guint8 *copy = g_memdup2 (data, length);
          g_autoptr (GBytes) damaged = g_bytes_new_take (copy, length);
          g_autoptr (GError) error = NULL;
          g_autoptr (ThawImage) image = NULL;

          copy[bit / 8] ^= 1 << bit % 8;
          image = thaw_image_decode (damaged, "picture", &error);
          g_assert_true ((image != NULL) != (error != NULL));
          refused += image == NULL;
        }
    }
  g_assert_cmpuint (refused, >, 100);
}

static void
append_chunk (GByteArray *file, const char *type, const guint8 *data, guint32 length)
{
  guint32 size = GUINT32_TO_BE (length), check;

  check = crc32 (crc32 (0, (const guint8 *) type, 4), data, length);
  check = GUINT32_TO_BE (check);
  g_byte_array_append (file, (const guint8 *) &size, 4);
  g_byte_array_append (file, (const guint8 *) type, 4);
  g_byte_array_append (file, data, length);
  g_byte_array_append (file, (const guint8 *) &check, 4);
}

/* A real PNG, @side x @side, white, one bit a pixel */
static GByteArray *
make_square_png (guint32 side)
{
  GByteArray *file = g_byte_array_new ();
  gsize raw = (gsize) (side + 7) / 8 * side + side;
  g_autofree guint8 *rows = g_malloc (raw);
  uLongf packed = compressBound (raw);
  g_autofree guint8 *data = g_malloc (packed);
  guint8 header[13] = { 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

  memset (rows, 255, raw);
  for (guint32 y = 0; y < side; y++)
    rows[(gsize) y * ((side + 7) / 8 + 1)] = 0;
  g_assert_cmpint (compress2 (data, &packed, rows, raw, 1), ==, Z_OK);
  for (int i = 0; i < 4; i++)
    header[i] = header[4 + i] = side >> (24 - 8 * i);
  g_byte_array_append (file, (const guint8 *) "\x89PNG\r\n\x1A\n", 8);
  append_chunk (file, "IHDR", header, 13);
  append_chunk (file, "IDAT", data, packed);
  append_chunk (file, "IEND", data, 0);
  return file;
}

static glong
peak_kib (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void
test_huge (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "huge.png", NULL);
  g_autoptr (GByteArray) huge = make_square_png (20000);
  g_autoptr (GByteArray) fair = make_square_png (1000);
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawImage) image = NULL;
  glong before;
  int width, height;

  thaw_test_write (folder, "fair.png", fair->data, fair->len);
  thaw_test_write (folder, "huge.png", huge->data, huge->len);
  before = peak_kib ();
  g_assert_null (thaw_image_load (path, &error));
  g_assert_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, "20000 x 20000"));
  g_assert_true (thaw_image_size (path, &width, &height, NULL));
  g_assert_cmpint (width, ==, 20000);
  g_assert_cmpint (peak_kib () - before, <, 20000);
  g_free (path);
  path = g_build_filename (folder, "fair.png", NULL);
  image = thaw_image_load (path, NULL);
  g_assert_nonnull (image);
  g_assert_cmpint (image->pixels[3 * 999999], ==, 255);
}

static void
test_not_pictures (void)
{
  static const struct
  {
    const char *content;
    gsize       length;
    const char *says;
  } cases[] = {
    { "", 0, "empty" },
    { "this is a text that was called .jpg\n", 36, "not a picture by its content" },
    { "\xFF\xD8\xFF", 3, "JPEG" },
    { "\xFF\xD8\xFF\xE0\0\x10JFIF", 10, "JPEG" },
    { "\x89PNG\r\n\x1A\n", 8, "truncated PNG" },
    { "GIF89a", 6, "" },
    { "RIFF\x10\0\0\0WEBPVP8 ", 16, "truncated WebP" },
    { "BM", 2, "not a picture" },
    { "BM is how this text begins, and it is long enough", 49, "not a picture" },
    { "P6 is no picture", 16, "" },
    { "P6\n2 2\n255\n123456789012", 23, NULL },
    { "P6\n2 2\n255\n12345678901", 22, "truncated PNM" },
    { "P6\n99999999 99999999\n255\n", 25, "pixels" },
    { "II*\0\xFF\xFF\xFF\xFF", 8, "" },
    { "\0\0\0\x1C" "ftypavif....", 16, "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = thaw_test_directory ();
      g_autofree char *path = g_build_filename (folder, "name\nof it.jpg", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawImage) image = NULL;

      thaw_test_write (folder, "name\nof it.jpg", cases[i].content, cases[i].length);
      image = thaw_image_load (path, &error);
      if (!cases[i].says)
        {
          g_assert_nonnull (image);
          continue;
        }
      g_assert_null (image);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "name?of it.jpg: "));
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_assert_null (strchr (error->message, '\n'));
    }
}

/* Were it opened for reading, it would wait for ever. */
static void
test_pipe (void)
{
  g_autofree char *folder = thaw_test_directory ();
  g_autofree char *path = g_build_filename (folder, "pipe.jpg", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (thaw_image_load (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_null (thaw_image_load (folder, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_null (thaw_image_load ("/dev/zero", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_null (thaw_image_load ("/nowhere/at all.jpg", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_tiny (void)
{
  static const char *const types[] = { "jpeg", "png", "bmp", "tiff" };
  static const ThawPreprocessing preprocessing = { .resize = 20,
                                                   .width = 16,
                                                   .height = 12,
                                                   .filter = THAW_FILTER_BICUBIC,
                                                   .mean = { 1, 2, 3 },
                                                   .std = { 1, 2, 4 } };
  g_autoptr (ThawImage) pixel = thaw_test_plain (1, 1, 201, 102, 43);

  for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
    {
      g_autoptr (GBytes) bytes = saved (pixel, types[t]);
      g_autoptr (ThawImage) image = thaw_image_decode (bytes, "pixel", NULL);
      float output[16 * 12 * 3];

      g_assert_cmpint (image->width, ==, 1);
      g_assert_cmpint (image->height, ==, 1);
      thaw_image_prepare (image, &preprocessing, output);
      for (int i = 0; i < 16 * 12; i++)
        for (int c = 0; c < 3; c++)
          g_assert_cmpfloat (output[3 * i + c], ==,
                             (image->pixels[c] - preprocessing.mean[c]) / preprocessing.std[c]);
    }
}

/* KiB for a line of 60 MB and what is made of it; AddressSanitizer keeps what was freed for a while */
#define MOST_FOR_A_LINE (THAW_TEST_SANITIZED ? 400000 : 200000)

/* A line of pixels, scaled to the input's height, would be larger than memory: only the crop is
 * ever made. */
static void
test_line (void)
{
  static const ThawPreprocessing preprocessing = {
    .resize = 256, .width = 224, .height = 224, .filter = THAW_FILTER_BILINEAR, .std = { 1, 1, 1 }
  };
  g_autofree float *output = g_new (float, 224 * 224 * 3);
  glong before = peak_kib ();

  for (int upright = 0; upright < 2; upright++)
    {
      g_autoptr (ThawImage) line
          = thaw_test_plain (upright ? 1 : 20000000, upright ? 20000000 : 1, 7, 8, 9);

      thaw_image_prepare (line, &preprocessing, output);
      for (int i = 0; i < 224 * 224; i++)
        g_assert_cmpfloat (output[3 * i], ==, 7);
    }
  g_assert_cmpint (peak_kib () - before, <, MOST_FOR_A_LINE);
}

static GBytes *
write_cmyk (J_COLOR_SPACE space, const guint8 *pixels, int width, int height)
{
  struct jpeg_compress_struct base;
  struct jpeg_error_mgr errors;
  guint8 *data = NULL;
  gulong length = 0;
  GBytes *bytes;

  base.err = jpeg_std_error (&errors);
  jpeg_create_compress (&base);
  jpeg_mem_dest (&base, &data, &length);
  base.image_width = width;
  base.image_height = height;
  base.input_components = 4;
  base.in_color_space = JCS_CMYK;
  jpeg_set_defaults (&base);
  jpeg_set_colorspace (&base, space);
  jpeg_set_quality (&base, 100, TRUE);
  for (int i = 0; i < 4; i++)
    base.comp_info[i].h_samp_factor = base.comp_info[i].v_samp_factor = 1;
  jpeg_start_compress (&base, TRUE);
  while (base.next_scanline < base.image_height)
    {
      JSAMPROW row = (JSAMPROW) pixels + base.next_scanline * 4 * width;

      jpeg_write_scanlines (&base, &row, 1);
    }
  jpeg_finish_compress (&base);
  jpeg_destroy_compress (&base);
  bytes = g_bytes_new (data, length);
  free (data);
  return bytes;
}

/* Stored inverted: 255 is no ink. Ink c and black k leave (255 - c) (255 - k) / 255 of the light.
 */
static void
test_four_channels (void)
{
  static const J_COLOR_SPACE spaces[] = { JCS_CMYK, JCS_YCCK };
  static const guint8 inks[][4] = { { 255, 255, 255, 255 },
                                    { 0, 255, 255, 255 },
                                    { 255, 0, 0, 255 },
                                    { 255, 255, 255, 0 },
                                    { 100, 200, 50, 180 } };

  for (gsize s = 0; s < G_N_ELEMENTS (spaces); s++)
    for (gsize k = 0; k < G_N_ELEMENTS (inks); k++)
      {
        guint8 pixels[16 * 8 * 4];
        g_autoptr (GBytes) bytes = NULL;
        g_autoptr (ThawImage) image = NULL;

        for (int i = 0; i < 16 * 8; i++)
          memcpy (pixels + 4 * i, inks[k], 4);
        bytes = write_cmyk (spaces[s], pixels, 16, 8);
        image = thaw_image_decode (bytes, "inks", NULL);
        for (int c = 0; c < 3; c++)
          g_assert_cmpfloat_with_epsilon (image->pixels[3 * 60 + c], inks[k][c] * inks[k][3] / 255.,
                                          3);
      }
}

/* A little padding is what some cameras write; much of it is a decoder that lost its place. */
static void
test_spare_bytes (void)
{
  static const struct
  {
    gsize    n;
    gboolean usable;
  } cases[] = { { 1, TRUE }, { 16, TRUE }, { 40, FALSE }, { 500, FALSE } };
  g_autoptr (ThawImage) picture = thaw_test_picture (40, 24);
  g_autoptr (GBytes) bytes = saved (picture, "jpeg");
  g_autoptr (ThawImage) whole = thaw_image_decode (bytes, "whole", NULL);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) file = g_byte_array_new ();
      g_autofree guint8 *zeros = g_malloc0 (cases[i].n);
      g_autoptr (GBytes) padded = NULL;
      g_autoptr (ThawImage) image = NULL;

      g_byte_array_append (file, data, length - 2);
      g_byte_array_append (file, zeros, cases[i].n);
      g_byte_array_append (file, data + length - 2, 2);
      padded = g_bytes_new (file->data, file->len);
      image = thaw_image_decode (padded, "padded", NULL);
      g_assert_cmpint (image != NULL, ==, cases[i].usable);
      if (image)
        g_assert_true (thaw_test_same (image, whole));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/image/huge", test_huge);
  g_test_add_func ("/data/image/truncated", test_truncated);
  g_test_add_func ("/data/image/flipped-bits", test_flipped_bits);
  g_test_add_func ("/data/image/not-pictures", test_not_pictures);
  g_test_add_func ("/data/image/pipe", test_pipe);
  g_test_add_func ("/data/image/tiny", test_tiny);
  g_test_add_func ("/data/image/line", test_line);
  g_test_add_func ("/data/image/four-channels", test_four_channels);
  g_test_add_func ("/data/image/spare-bytes", test_spare_bytes);
  return g_test_run ();
}
