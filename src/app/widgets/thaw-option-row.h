/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-options.h>

G_BEGIN_DECLS

#define THAW_TYPE_OPTION_ROW (thaw_option_row_get_type ())
G_DECLARE_FINAL_TYPE (ThawOptionRow, thaw_option_row, THAW, OPTION_ROW, AdwPreferencesRow)

/**
 * ThawOptionRow: an option of training: title, control, a way back, a sentence of what it does, and what is worth knowing of it now
 *
 * Everything comes from the property @name of ThawOptions; there is no row with a mechanism of its own. Action: option.reset.
 */
GtkWidget  *thaw_option_row_new        (ThawOptions *options, const char *name);
GtkWidget  *thaw_option_row_get_control (ThawOptionRow *self);
/* @reason: (nullable): why it cannot be changed now, for the tooltip */
void        thaw_option_row_set_locked (ThawOptionRow *self, const char *reason);
/* @note: (nullable): what the page knows beside what the options know of themselves */
void        thaw_option_row_set_note   (ThawOptionRow *self, const char *note);
/* Between the control and the sentence, over the whole width */
void        thaw_option_row_set_extra  (ThawOptionRow *self, GtkWidget *extra);

G_END_DECLS
