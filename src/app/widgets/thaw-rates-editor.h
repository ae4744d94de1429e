/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-model.h>
#include <thaw/thaw-options.h>

G_BEGIN_DECLS

#define THAW_TYPE_RATES_EDITOR (thaw_rates_editor_get_type ())
G_DECLARE_FINAL_TYPE (ThawRatesEditor, thaw_rates_editor, THAW, RATES_EDITOR, GtkBox)

/**
 * ThawRatesEditor: factors on the learning rate of layer groups, a line each: which layers, how many times the rate
 *
 * Actions: rates.add(name), rates.remove(position). Property problem (nullable string, read only): what is wrong with the lines.
 */
GtkWidget  *thaw_rates_editor_new         (ThawOptions *options);
/* @model: (nullable): its layers are offered and looked up. The editor keeps it. */
void        thaw_rates_editor_set_model   (ThawRatesEditor *self, ThawModel *model);
const char *thaw_rates_editor_get_problem (ThawRatesEditor *self);
/* The names a person would choose from: groups down to the second level and the head's layers, in network order (transfer full) */
char      **thaw_rates_editor_groups      (const ThawModel *model);

G_END_DECLS
