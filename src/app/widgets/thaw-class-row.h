/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_CLASS_ROW (thaw_class_row_get_type ())
G_DECLARE_FINAL_TYPE (ThawClassRow, thaw_class_row, THAW, CLASS_ROW, AdwBin)

/**
 * ThawClassRow: a class, or all pictures: name, count, and a bar with the parts for training, validation and test
 */
GtkWidget *thaw_class_row_new      (void);
/* @item: (nullable): ThawClass or ThawPictures; @most: the pictures of the largest class, which fills the bar */
void       thaw_class_row_set_item (ThawClassRow *self, GObject *item);
GObject   *thaw_class_row_get_item (ThawClassRow *self); /* (nullable) (transfer none) */
void       thaw_class_row_set_most (ThawClassRow *self, guint most);

G_END_DECLS
