/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_SAMPLE_PICTURE (thaw_sample_picture_get_type ())
G_DECLARE_FINAL_TYPE (ThawSamplePicture, thaw_sample_picture, THAW, SAMPLE_PICTURE, AdwBin)

/**
 * ThawSamplePicture: a picture as the network sees it: upright, converted to RGB
 *
 * Read and scaled in a thread. One that cannot be read is an icon, and the tooltip says why.
 */
GtkWidget *thaw_sample_picture_new         (int side);
/* @path: (nullable): file name encoding; @index: inside an IDX file, -1 for a picture file */
void       thaw_sample_picture_set         (ThawSamplePicture *self, const char *path, gint64 index);
void       thaw_sample_picture_set_texture (ThawSamplePicture *self, GdkTexture *texture);

/* From the program's thumbnails */
void       thaw_sample_picture_set_thumbnail (ThawSamplePicture *self, ThawPicture *picture);

G_END_DECLS
