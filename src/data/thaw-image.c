/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-image.h>
#include <thaw/thaw-size.h>

#include "thaw-file.h"
#include "thaw-image-codec.h"
#include "thaw-image-header.h"

/* Where the size nearly always stands; what has it further back is read whole. */
#define HEAD_BYTES ((gsize) 64 << 10)

ThawImage *
thaw_image_new (int width, int height)
{
  ThawImage *self = g_new0 (ThawImage, 1);

  self->width = width;
  self->height = height;
  self->pixels = g_malloc_n (MAX (width, 1), 3 * (gsize) MAX (height, 1));
  return self;
}

gboolean
thaw_image_check_size (gint64 width, gint64 height, GError **error)
{
  if (width < 1 || height < 1)
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "has no pixels");
      return FALSE;
    }
  if (height <= THAW_IMAGE_MAX_PIXELS / width)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
               "%" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
               " pixels are more than the limit of %d million; scale it down",
               width, height, (int) (THAW_IMAGE_MAX_PIXELS / 1000000));
  return FALSE;
}

ThawImage *
thaw_image_try_new (gint64 width, gint64 height, GError **error)
{
  ThawImage *self;

  if (!thaw_image_check_size (width, height, error))
    return NULL;
  self = g_new0 (ThawImage, 1);
  self->width = width;
  self->height = height;
  self->pixels = g_try_malloc (3 * (gsize) width * (gsize) height);
  if (self->pixels)
    return self;
  thaw_image_free (self);
  g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE,
               "%" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
               " pixels are more than there is memory for",
               width, height);
  return NULL;
}

void
thaw_image_free (ThawImage *self)
{
  if (!self)
    return;
  g_free (self->pixels);
  g_free (self);
}

/* Where the upright picture's pixel (0, 0) is stored, and how far it is to the next one to the
 * right and below, in pixels. EXIF 2.3, tag 0x0112: the side of the scene that the first row and
 * the first column show. */
static void
walk_of_orientation (int orientation, gssize width, gssize height, gssize *start, gssize *right,
                     gssize *down)
{
  gboolean swapped = orientation >= 5;
  gboolean from_right
      = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  gboolean from_bottom
      = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  gssize x = from_right ? -1 : 1, y = from_bottom ? -width : width;

  *start = (from_right ? width - 1 : 0) + (from_bottom ? (height - 1) * width : 0);
  *right = swapped ? y : x;
  *down = swapped ? x : y;
}

/* (transfer full) of @self and of what is returned */
static ThawImage *
turn_upright (ThawImage *self, int orientation, GError **error)
{
  gboolean swapped = orientation >= 5;
  ThawImage *upright;
  gssize start, right, down;

  if (!self || orientation == 1)
    return self;
  upright = thaw_image_try_new (swapped ? self->height : self->width,
                                swapped ? self->width : self->height, error);
  walk_of_orientation (orientation, self->width, self->height, &start, &right, &down);
  for (gssize y = 0; upright && y < upright->height; y++)
    for (gssize x = 0; x < upright->width; x++)
      memcpy (upright->pixels + 3 * (y * upright->width + x),
              self->pixels + 3 * (start + y * down + x * right), 3);
  thaw_image_free (self);
  return upright;
}

/* GdkPixbuf's TIFF loader turns some pictures and then says that they have to be turned: so it gets
 * one that says it stands upright. */
static GBytes *
without_orientation (GBytes *bytes, const ThawImageHeader *header)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  guint8 *copy;

  if (strcmp (header->format, "TIFF") != 0 || header->orientation == 1
      || header->orientation_at + 4 > length)
    return g_bytes_ref (bytes);
  copy = g_memdup2 (data, length);
  memcpy (copy + header->orientation_at, data[0] == 'M' ? "\0\1\0" : "\1\0\0", 4);
  return g_bytes_new_take (copy, length);
}

gboolean
thaw_image_check_header (const ThawImageHeader *header, gboolean whole, GError **error)
{
  if (!header->format)
    {
      g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID,
                           "is not a picture by its content");
      return FALSE;
    }
  if (header->width > 0 && !thaw_image_check_size (header->width, header->height, error))
    return FALSE;
  if (strcmp (header->format, "JPEG") != 0 && !thaw_image_pixbuf_knows (header->mime))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                   "is %s, for which GdkPixbuf has no loader here; install one or convert it",
                   header->format);
      return FALSE;
    }
  if (whole && header->truncated)
    g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "truncated %s: the file ends early",
                 header->format);
  return !(whole && header->truncated);
}

ThawImage *
thaw_image_decode_bytes (GBytes *bytes, GError **error)
{
  ThawImageHeader header;
  ThawImage *image;

  thaw_image_header_read (&header, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (!thaw_image_check_header (&header, TRUE, error))
    return NULL;
  if (strcmp (header.format, "JPEG") == 0)
    image = thaw_image_decode_jpeg (bytes, error);
  else
    {
      g_autoptr (GBytes) plain = without_orientation (bytes, &header);

      image = thaw_image_decode_pixbuf (plain, header.mime, &header.orientation, error);
    }
  return turn_upright (image, header.orientation, error);
}

ThawImage *
thaw_image_decode (GBytes *bytes, const char *name, GError **error)
{
  ThawImage *self = thaw_image_decode_bytes (bytes, error);

  if (!self)
    g_prefix_error (error, "%s: ", name);
  return self;
}

static ThawImage *
load_file (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_file_read (path, NULL, error);

  return bytes ? thaw_image_decode_bytes (bytes, error) : NULL;
}

ThawImage *
thaw_image_load (const char *path, GError **error)
{
  ThawImage *self = load_file (path, error);
  g_autofree char *name = self ? NULL : thaw_file_display_name (path);

  if (!self)
    g_prefix_error (error, "%s: ", name);
  return self;
}

/* The size and orientation, from the whole file where its first bytes do not tell. */
static gboolean
read_size (ThawImageHeader *header, const char *path, GError **error)
{
  g_autofree guint8 *head = g_malloc (HEAD_BYTES);
  gsize length = HEAD_BYTES;
  g_autoptr (GBytes) bytes = NULL;

  if (!thaw_file_head (path, head, &length, error))
    return FALSE;
  thaw_image_header_read (header, head, length);
  if (header->final && header->width > 0)
    return TRUE;
  bytes = header->format ? thaw_file_read (path, NULL, error) : NULL;
  if (!bytes)
    return header->format ? FALSE : thaw_image_check_header (header, FALSE, error);
  thaw_image_header_read (header, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (header->width > 0)
    return TRUE;
  header->orientation = 1;
  return header->mime
         && thaw_image_pixbuf_size (bytes, header->mime, &header->width, &header->height, error);
}

gboolean
thaw_image_size (const char *path, int *width, int *height, GError **error)
{
  ThawImageHeader header;
  g_autofree char *name = NULL;

  if (read_size (&header, path, error))
    {
      *width = header.orientation >= 5 ? header.height : header.width;
      *height = header.orientation >= 5 ? header.width : header.height;
      return TRUE;
    }
  name = thaw_file_display_name (path);
  g_prefix_error (error, "%s: ", name);
  return FALSE;
}
