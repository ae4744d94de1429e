/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-image.h>

#include "thaw-image-header.h"

G_BEGIN_DECLS

/* The decoders behind thaw_image_decode(). What they return is as stored in the file, not turned
 * yet; their messages do not name the file. Any thread. */
ThawImage *thaw_image_decode_jpeg (GBytes *bytes, GError **error);
/* Turned where the loader knows of an orientation: then @orientation becomes 1. */
ThawImage *thaw_image_decode_pixbuf (GBytes *bytes, const char *mime, int *orientation,
                                     GError **error);
/* The size alone, with nothing allocated for pixels */
gboolean thaw_image_pixbuf_size (GBytes *bytes, const char *mime, int *width, int *height,
                                 GError **error);
/* Whether GdkPixbuf has a loader */
gboolean thaw_image_pixbuf_knows (const char *mime);

/* NULL with @error where the memory is not to be had or the size is beyond the limit */
ThawImage *thaw_image_try_new (gint64 width, gint64 height, GError **error);
gboolean thaw_image_check_size (gint64 width, gint64 height, GError **error);
/* Whether it is worth decoding; @whole: the header was read from the whole file */
gboolean thaw_image_check_header (const ThawImageHeader *header, gboolean whole, GError **error);
/* thaw_image_decode() whose messages do not name the file */
ThawImage *thaw_image_decode_bytes (GBytes *bytes, GError **error);

G_END_DECLS
