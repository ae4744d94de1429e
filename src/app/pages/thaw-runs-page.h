/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_RUNS_PAGE (thaw_runs_page_get_type ())
G_DECLARE_FINAL_TYPE (ThawRunsPage, thaw_runs_page, THAW, RUNS_PAGE, AdwBin)

/* Once, before it is shown */
void thaw_runs_page_set_session (ThawRunsPage *self, ThawSession *session);

G_END_DECLS
