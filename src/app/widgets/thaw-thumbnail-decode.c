/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "widgets/thaw-thumbnails.h"

#include <errno.h>
#include <fcntl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>
#include <thaw/thaw-error.h>
#include <unistd.h>

#define CHUNK_BYTES ((gsize) 64 << 10)

/* What a loader is told once it knows the size */
typedef struct
{
  int      side;
  gboolean too_large;
} Wish;

static void
size_prepared_cb (GdkPixbufLoader *loader, int width, int height, gpointer data)
{
  Wish *wish = data;
  int longer = MAX (width, height);

  if ((gint64) width * height > THAW_IMAGE_MAX_PIXELS)
    {
      wish->too_large = TRUE;
      gdk_pixbuf_loader_set_size (loader, 0, 0);
    }
  else if (longer > wish->side)
    gdk_pixbuf_loader_set_size (loader, MAX (1, (int) ((gint64) width * wish->side / longer)),
                                MAX (1, (int) ((gint64) height * wish->side / longer)));
}

static void
set_errno_error (GError **error, int code)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _("The file cannot be opened: %s"), g_strerror (code));
}

/* A pipe in the place of a picture must not make anyone wait. */
static gboolean
feed (GdkPixbufLoader *loader, const char *path, const Wish *wish, GError **error)
{
  g_autofree guint8 *chunk = g_malloc (CHUNK_BYTES);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean ok = TRUE;
  gssize n = 1;

  if (fd < 0)
    {
      set_errno_error (error, errno);
      return FALSE;
    }
  while (ok && n > 0 && !wish->too_large)
    {
      n = read (fd, chunk, CHUNK_BYTES);
      if (n < 0)
        set_errno_error (error, errno);
      ok = n >= 0 && (n == 0 || gdk_pixbuf_loader_write (loader, chunk, n, error));
    }
  close (fd);
  return ok;
}

/* (transfer full): upright; where the end of the file is missing, what there is */
static GdkPixbuf *
load_file (const char *path, int side, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new ();
  Wish wish = { side, FALSE };
  GdkPixbuf *pixbuf;
  gboolean whole;

  g_signal_connect (loader, "size-prepared", G_CALLBACK (size_prepared_cb), &wish);
  whole = feed (loader, path, &wish, error);
  if (!gdk_pixbuf_loader_close (loader, whole && !wish.too_large ? error : NULL))
    whole = FALSE;
  if (wish.too_large)
    {
      g_clear_error (error);
      g_set_error (error, THAW_ERROR, THAW_ERROR_TOO_LARGE, _("It has more than %d million pixels. Scale it down."),
                   (int) (THAW_IMAGE_MAX_PIXELS / 1000000));
      return NULL;
    }
  pixbuf = whole ? gdk_pixbuf_loader_get_pixbuf (loader) : NULL;
  if (whole && !pixbuf)
    g_set_error_literal (error, THAW_ERROR, THAW_ERROR_INVALID, _("The file holds no picture."));
  return pixbuf ? gdk_pixbuf_apply_embedded_orientation (pixbuf) : NULL;
}

static void
free_image_cb (guchar *pixels, gpointer image)
{
  thaw_image_free (image);
}

/* A picture inside an IDX file */
static GdkPixbuf *
load_sample (ThawSample *sample, GError **error)
{
  ThawImage *image = thaw_sample_load (sample, error);

  if (!image)
    return NULL;
  return gdk_pixbuf_new_from_data (image->pixels, GDK_COLORSPACE_RGB, FALSE, 8, image->width, image->height, 3 * image->width,
                                   free_image_cb, image);
}

/* Some loaders do not scale themselves, and tiny pictures want to be seen. */
static GdkPixbuf *
fit (GdkPixbuf *pixbuf, int side)
{
  int width = gdk_pixbuf_get_width (pixbuf), height = gdk_pixbuf_get_height (pixbuf), longer = MAX (width, height);
  int factor = side / longer;

  if (longer > side)
    return gdk_pixbuf_scale_simple (pixbuf, MAX (1, width * side / longer), MAX (1, height * side / longer), GDK_INTERP_BILINEAR);
  if (factor >= 2)
    return gdk_pixbuf_scale_simple (pixbuf, width * factor, height * factor, GDK_INTERP_NEAREST);
  return g_object_ref (pixbuf);
}

/* In the form that is drawn: else every frame would convert it again */
static GdkTexture *
texture_of (GdkPixbuf *pixbuf)
{
  g_autoptr (GdkTexture) texture = gdk_texture_new_for_pixbuf (pixbuf);
  const gsize stride = 4 * (gsize) gdk_texture_get_width (texture);
  guchar *pixels = g_malloc_n (stride, (gsize) gdk_texture_get_height (texture));
  g_autoptr (GBytes) bytes = g_bytes_new_take (pixels, stride * (gsize) gdk_texture_get_height (texture));

  gdk_texture_download (texture, pixels, stride);
  return gdk_memory_texture_new (gdk_texture_get_width (texture), gdk_texture_get_height (texture), GDK_MEMORY_DEFAULT, bytes, stride);
}

GdkTexture *
thaw_thumbnail_decode (ThawSample *sample, int side, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = sample->index < 0 ? load_file (sample->path, side, error) : load_sample (sample, error);
  g_autoptr (GdkPixbuf) fitting = pixbuf ? fit (pixbuf, side) : NULL;

  return fitting ? texture_of (fitting) : NULL;
}
