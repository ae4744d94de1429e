/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_PICTURE_GRID (thaw_picture_grid_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureGrid, thaw_picture_grid, THAW, PICTURE_GRID, AdwBin)

/**
 * ThawPictureGrid: the thumbnails of all pictures, of a class, or of some; searched, sorted, many of them selected
 *
 * Its menu and keys activate actions "images.". Signal: "selection-changed"; "activate" (guint position in thaw_picture_grid_get_model()).
 */
typedef enum { THAW_PICTURE_ORDER_CLASS, THAW_PICTURE_ORDER_NAME, THAW_PICTURE_ORDER_SPLIT, THAW_PICTURE_ORDER_SIZE } ThawPictureOrder;

void        thaw_picture_grid_set_pictures  (ThawPictureGrid *self, ThawPictures *pictures); /* once */
void        thaw_picture_grid_set_class     (ThawPictureGrid *self, ThawClass *klass);       /* NULL: all */
/* Only these; NULL: all again */
void        thaw_picture_grid_set_only      (ThawPictureGrid *self, GPtrArray *pictures);
void        thaw_picture_grid_set_search    (ThawPictureGrid *self, const char *text);
void        thaw_picture_grid_set_order     (ThawPictureGrid *self, ThawPictureOrder order);
/* What is shown, in its order (transfer none) */
GListModel *thaw_picture_grid_get_model     (ThawPictureGrid *self);
/* ThawPicture, in the order shown (transfer full) */
GPtrArray  *thaw_picture_grid_get_selection (ThawPictureGrid *self);
guint       thaw_picture_grid_count_selection (ThawPictureGrid *self);
void        thaw_picture_grid_popup         (ThawPictureGrid *self);

G_END_DECLS
