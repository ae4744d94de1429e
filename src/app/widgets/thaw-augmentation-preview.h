/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_AUGMENTATION_PREVIEW (thaw_augmentation_preview_get_type ())
G_DECLARE_FINAL_TYPE (ThawAugmentationPreview, thaw_augmentation_preview, THAW, AUGMENTATION_PREVIEW, AdwBin)

/**
 * ThawAugmentationPreview: two training pictures as they are and as a run will see them
 *
 * Made in a thread by what training itself uses, so that these are the very variants of a run with the options' seed. It is there where pictures are
 * varied at all. Action: preview.others, which takes other pictures and variants.
 */
GtkWidget *thaw_augmentation_preview_new (ThawSession *session);

G_END_DECLS
