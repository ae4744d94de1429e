/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_IMAGES_PAGE (thaw_images_page_get_type ())
G_DECLARE_FINAL_TYPE (ThawImagesPage, thaw_images_page, THAW, IMAGES_PAGE, AdwBin)

/* Once, before it is shown */
void thaw_images_page_set_session (ThawImagesPage *self, ThawSession *session);

G_END_DECLS
