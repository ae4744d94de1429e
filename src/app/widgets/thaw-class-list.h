/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

#include "widgets/thaw-drop.h"

G_BEGIN_DECLS

#define THAW_TYPE_CLASS_LIST (thaw_class_list_get_type ())
G_DECLARE_FINAL_TYPE (ThawClassList, thaw_class_list, THAW, CLASS_LIST, AdwBin)

/**
 * ThawClassList: "All pictures" and the classes; one is chosen
 *
 * Property (notify): class (nullable: all pictures). Signals: "pictures-dropped" (ThawClass *to, GPtrArray *pictures), "class-dropped"
 * (ThawClass *from, ThawClass *into), "files-dropped" (ThawClass *to, GPtrArray *files), "refused" (const char *why).
 */
/* Once. @why_not: as of ThawDropHandler */
void       thaw_class_list_set_pictures (ThawClassList *self, ThawPictures *pictures, ThawDropWhyFunc why_not, gpointer data);
ThawClass *thaw_class_list_get_class    (ThawClassList *self); /* (nullable) (transfer none) */
void       thaw_class_list_set_class    (ThawClassList *self, ThawClass *klass);
/* Opens at the class that is chosen; @menu: the actions on it */
void       thaw_class_list_popup        (ThawClassList *self);

G_END_DECLS
