/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-application.h"

G_BEGIN_DECLS

/* thaw-application-quit.c: closes every window; asks once where networks are being trained */
void thaw_application_quit (ThawApplication *self);

G_END_DECLS
