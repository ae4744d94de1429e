/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-application.h"

G_BEGIN_DECLS

/* thaw-application-quit.c: closes every window; asks once where networks are being trained */
void thaw_application_quit          (ThawApplication *self);
/* The key for that works in dialogs too, which GTK gives none of the application's keys. Main thread, once */
void thaw_application_quit_anywhere (ThawApplication *self);

G_END_DECLS
