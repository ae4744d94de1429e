/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_PICTURE_TILE (thaw_picture_tile_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureTile, thaw_picture_tile, THAW, PICTURE_TILE, AdwBin)

/**
 * ThawPictureTile: a picture in a grid: thumbnail, name, what it is used for, and a sign where something is wrong with it
 */
GtkWidget   *thaw_picture_tile_new         (void);
/* NULL: it scrolled away, its thumbnail is not wanted any more */
void         thaw_picture_tile_set_picture (ThawPictureTile *self, ThawPicture *picture);

G_END_DECLS
