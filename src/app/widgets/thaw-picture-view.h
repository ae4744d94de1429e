/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_PICTURE_VIEW (thaw_picture_view_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureView, thaw_picture_view, THAW, PICTURE_VIEW, AdwBin)

/**
 * ThawPictureView: one picture, large; read in a thread. Where it cannot be read it says why
 */
void       thaw_picture_view_set_picture (ThawPictureView *self, ThawPicture *picture); /* (nullable) */

/* A window with left and right through @model (of ThawPicture), beginning at @position */
GtkWindow *thaw_picture_viewer_new       (GtkWindow *parent, GListModel *model, guint position);

G_END_DECLS
