/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_TRAINING_PAGE (thaw_training_page_get_type ())
G_DECLARE_FINAL_TYPE (ThawTrainingPage, thaw_training_page, THAW, TRAINING_PAGE, AdwBin)

/* Once, before it is shown */
void thaw_training_page_set_session (ThawTrainingPage *self, ThawSession *session);

G_END_DECLS
