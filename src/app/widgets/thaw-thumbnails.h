/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_THUMBNAILS (thaw_thumbnails_get_type ())
G_DECLARE_FINAL_TYPE (ThawThumbnails, thaw_thumbnails, THAW, THUMBNAILS, GObject)

/**
 * ThawThumbnails: small pictures, decoded at scale by a few threads of low priority and kept as long as there is room
 *
 * All of the main thread. What was asked for last is made first: it is what is on the screen now.
 */
/* @texture: (nullable): NULL with @error where the picture cannot be shown. Both (transfer none) */
typedef void (*ThawThumbnailFunc) (GdkTexture *texture, const GError *error, gpointer data);

/* One for the whole program (transfer none) */
ThawThumbnails *thaw_thumbnails_get_default (void);
/* @budget: bytes of pixels that are kept; @side: the longer side, in pixels */
ThawThumbnails *thaw_thumbnails_new         (gsize budget, int side);
/* @func is called before this returns where the picture is there, else later. Returns what takes the request back; 0: it was answered. */
guint           thaw_thumbnails_request     (ThawThumbnails *self, ThawPicture *picture, ThawThumbnailFunc func, gpointer data);
/* @func is not called any more; work that nobody waits for is not begun */
void            thaw_thumbnails_cancel      (ThawThumbnails *self, guint request);
/* Bytes kept now */
gsize           thaw_thumbnails_get_used    (ThawThumbnails *self);

/**
 * thaw_thumbnail_decode:
 * @side: the longer side of what is returned, where the picture is larger
 *
 * Any thread, blocks. At reduced scale where the format can; upright, the first frame of an animation. Tiny pictures are enlarged by whole
 * factors, so that their pixels stay squares. What is too large to be decoded is refused by its header.
 */
GdkTexture     *thaw_thumbnail_decode       (ThawSample *sample, int side, GError **error);

G_END_DECLS
