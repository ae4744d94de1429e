/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-image-codec.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdlib.h>
#include <string.h>
#include <thaw/thaw-error.h>

typedef struct
{
  gboolean size_only;
  int      width, height;  /* 0: not known yet */
  GError  *error;          /* too large */
} Request;

/* Comes from inside the loader as soon as it knows, before it allocates; a size of nothing makes it
 * stop. */
static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  Request *request = data;

  request->width = width;
  request->height = height;
  if (!request->error && !thaw_image_check_size (width, height, &request->error))
    gdk_pixbuf_loader_set_size (loader, 0, 0);
  else if (request->size_only)
    gdk_pixbuf_loader_set_size (loader, 0, 0);
}

/* @request is filled in as far as the loader got. */
static GdkPixbuf *
load (Request *request, GBytes *bytes, const char *mime, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_mime_type (mime, error);
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  gboolean whole;

  if (!loader)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), request);
  whole = gdk_pixbuf_loader_write_bytes (loader, bytes, error);
  if (!gdk_pixbuf_loader_close (loader, whole ? error : NULL))
    whole = FALSE;
  if (whole)
    pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  if (pixbuf)
    g_object_ref (pixbuf);
  else if (whole)
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, "holds no picture");
  return g_steal_pointer (&pixbuf);
}

static guint8
blend_white (guint value, guint alpha)
{
  guint sum = value * alpha + 255 * (255 - alpha) + 128;

  return (sum + (sum >> 8)) >> 8;
}

/* @blended: the colours are multiplied by alpha already */
static void
copy_row (guint8 *target, const guint8 *source, int width, int channels, gboolean blended)
{
  if (channels == 3)
    {
      memcpy (target, source, 3 * (gsize) width);
      return;
    }
  for (int x = 0; x < width; x++)
    for (int c = 0; c < 3; c++)
      if (blended)
        target[3 * x + c] = MIN (source[4 * x + c] + 255 - source[4 * x + 3], 255);
      else
        target[3 * x + c] = blend_white (source[4 * x + c], source[4 * x + 3]);
}

static ThawImage *
from_pixbuf (const GdkPixbuf *pixbuf, gboolean blended, GError **error)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf);
  int channels = gdk_pixbuf_get_n_channels (pixbuf);
  ThawImage *image = thaw_image_try_new (width, height, error);

  for (int y = 0; image && y < height; y++)
    copy_row (image->pixels + y * (gsize) width * 3,
              gdk_pixbuf_read_pixels (pixbuf) + y * (gsize) gdk_pixbuf_get_rowstride (pixbuf),
              width, channels, blended);
  return image;
}

static void
apply_orientation (GdkPixbuf **pixbuf, int *orientation)
{
  const char *option = gdk_pixbuf_get_option (*pixbuf, "orientation");
  GdkPixbuf *turned;

  if (!option || strcmp (option, "1") == 0)
    return;
  turned = gdk_pixbuf_apply_embedded_orientation (*pixbuf);
  g_object_unref (*pixbuf);
  *pixbuf = turned;
  *orientation = 1;
}

ThawImage *
thaw_image_decode_pixbuf (GBytes *bytes, const char *mime, int *orientation, GError **error)
{
  Request request = { 0 };
  g_autoptr (GError) loader_error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = load (&request, bytes, mime, &loader_error);

  if (request.error)
    {
      g_propagate_error (error, request.error);
      return NULL;
    }
  if (!pixbuf)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "cannot be decoded: %s",
                   loader_error->message);
      return NULL;
    }
  apply_orientation (&pixbuf, orientation);
  return from_pixbuf (pixbuf, strcmp (mime, "image/tiff") == 0, error);
}

gboolean
thaw_image_pixbuf_size (GBytes *bytes, const char *mime, int *width, int *height, GError **error)
{
  Request request = { .size_only = TRUE };
  g_autoptr (GError) loader_error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = load (&request, bytes, mime, &loader_error);

  g_clear_error (&request.error);
  *width = request.width;
  *height = request.height;
  if (request.width > 0 && request.height > 0)
    return TRUE;
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "has no size that can be read: %s",
               loader_error ? loader_error->message : "nothing was found");
  return FALSE;
}

gboolean
thaw_image_pixbuf_knows (const char *mime)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_mime_type (mime, NULL);

  if (loader)
    gdk_pixbuf_loader_close (loader, NULL);
  return loader != NULL;
}
