/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-pictures.h>

G_BEGIN_DECLS

#define THAW_TYPE_SPLIT_POPOVER (thaw_split_popover_get_type ())
G_DECLARE_FINAL_TYPE (ThawSplitPopover, thaw_split_popover, THAW, SPLIT_POPOVER, GtkPopover)

/**
 * ThawSplitPopover: shares for validation and test, and a seed
 */
void thaw_split_popover_set_pictures (ThawSplitPopover *self, ThawPictures *pictures); /* once */

G_END_DECLS
