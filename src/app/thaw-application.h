/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_APPLICATION_ID "org.thaw.Thaw"

#define THAW_TYPE_APPLICATION (thaw_application_get_type ())
G_DECLARE_FINAL_TYPE (ThawApplication, thaw_application, THAW, APPLICATION, AdwApplication)

ThawApplication *thaw_application_new          (void);
/* The preferences; the program runs from the build folder too, where the schema was compiled. (nullable): it is installed nowhere */
GSettings       *thaw_application_settings     (ThawApplication *self);
/* The projects opened lately, of ThawRecentProject (thaw-recent.h). (transfer none) */
GListModel      *thaw_application_recent       (ThawApplication *self);
/* The preferences govern @session from now on */
void             thaw_application_bind_session (ThawApplication *self, ThawSession *session);
/* gettext's domain, from the build folder where the program lies in one */
void             thaw_application_set_up_translation (void);

G_END_DECLS
