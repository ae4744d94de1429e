/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_RESULTS_PAGE (thaw_results_page_get_type ())
G_DECLARE_FINAL_TYPE (ThawResultsPage, thaw_results_page, THAW, RESULTS_PAGE, AdwBin)

/* Once, before it is shown */
void thaw_results_page_set_session (ThawResultsPage *self, ThawSession *session);

G_END_DECLS
