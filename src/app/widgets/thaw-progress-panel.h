/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_PROGRESS_PANEL (thaw_progress_panel_get_type ())
G_DECLARE_FINAL_TYPE (ThawProgressPanel, thaw_progress_panel, THAW, PROGRESS_PANEL, AdwBin)

/**
 * ThawProgressPanel: how far the run is, and what it came to
 *
 * While a run is under way: what it does, how much of it is done, pictures a second, time left, and the window's pause, go on and stop. Afterwards the
 * result of the current run. Before the first there is nothing to see.
 */
void thaw_progress_panel_set_session (ThawProgressPanel *self, ThawSession *session);

G_END_DECLS
