/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pictures.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <string.h>
#include <thaw-test.h>

ThawImage *
thaw_test_picture (int width, int height)
{
  ThawImage *image = thaw_image_new (width, height);
  gsize n = 3 * (gsize) width * height;
  g_autofree double *values = g_new (double, n);
  g_autofree char *name = g_strdup_printf ("picture %dx%d", width, height);

  thaw_test_formula (name, n, values);
  for (gsize i = 0; i < n; i++)
    image->pixels[i] = (guint8) ((values[i] + 1) * 128);
  return image;
}

ThawImage *
thaw_test_plain (int width, int height, guint8 red, guint8 green, guint8 blue)
{
  ThawImage *image = thaw_image_new (width, height);
  const guint8 colour[3] = { red, green, blue };

  for (gsize i = 0; i < (gsize) width * height; i++)
    memcpy (image->pixels + 3 * i, colour, 3);
  return image;
}

void
thaw_test_save (const ThawImage *image, const char *type, const char *path)
{
  g_autoptr (GdkPixbuf) pixbuf
      = gdk_pixbuf_new_from_data (image->pixels, GDK_COLORSPACE_RGB, FALSE, 8, image->width,
                                  image->height, 3 * image->width, NULL, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  gdk_pixbuf_save_to_buffer (pixbuf, &data, &length, type, &error, NULL);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, data, length, NULL));
}

void
thaw_test_save_in (const char *folder, const char *name, const ThawImage *image, const char *type)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  thaw_test_save (image, type, path);
}

void
thaw_test_write (const char *folder, const char *name, const void *data, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, data, length, NULL));
}

gboolean
thaw_test_same (const ThawImage *a, const ThawImage *b)
{
  return a->width == b->width && a->height == b->height
         && memcmp (a->pixels, b->pixels, 3 * (gsize) a->width * a->height) == 0;
}
