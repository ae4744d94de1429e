/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-session.h>

G_BEGIN_DECLS

#define THAW_TYPE_OPTIONS_PANEL (thaw_options_panel_get_type ())
G_DECLARE_FINAL_TYPE (ThawOptionsPanel, thaw_options_panel, THAW, OPTIONS_PANEL, AdwBin)

/**
 * ThawOptionsPanel: all options of training in two layers
 *
 * A few are always there; the rest comes with the switch "All options", but what was changed stays in sight. While a run trains nothing but the
 * learning rate can be changed, and each row says why. Property all (gboolean). Actions: training.reset-options (can be undone), training.apply-rate.
 */
void       thaw_options_panel_set_session (ThawOptionsPanel *self, ThawSession *session);
/* The row of an option (transfer none) (nullable) */
GtkWidget *thaw_options_panel_find        (ThawOptionsPanel *self, const char *name);

G_END_DECLS
