/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_PICTURE_FILTER (thaw_picture_filter_get_type ())
G_DECLARE_FINAL_TYPE (ThawPictureFilter, thaw_picture_filter, THAW, PICTURE_FILTER, GtkFilter)

/* Pictures of a class, of a few, whose names hold a text: what is set, all of it */
ThawPictureFilter *thaw_picture_filter_new        (void);
void               thaw_picture_filter_set_class  (ThawPictureFilter *self, ThawClass *klass);    /* (nullable) */
void               thaw_picture_filter_set_only   (ThawPictureFilter *self, GPtrArray *pictures); /* (nullable) */
void               thaw_picture_filter_set_search (ThawPictureFilter *self, const char *text);    /* case does not matter */

G_END_DECLS
