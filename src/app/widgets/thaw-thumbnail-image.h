/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define THAW_TYPE_THUMBNAIL_IMAGE (thaw_thumbnail_image_get_type ())
G_DECLARE_FINAL_TYPE (ThawThumbnailImage, thaw_thumbnail_image, THAW, THUMBNAIL_IMAGE, GtkWidget)

/* Pixels (of the design) a side that a picture has in a grid */
#define THAW_THUMBNAIL_SIDE 116

/**
 * ThawThumbnailImage: a picture in a square of fixed size, so that a grid is not laid out anew for each that arrives
 */
void thaw_thumbnail_image_set_texture (ThawThumbnailImage *self, GdkTexture *texture); /* (nullable) */

G_END_DECLS
