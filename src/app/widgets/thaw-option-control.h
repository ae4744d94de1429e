/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-options.h>

G_BEGIN_DECLS

/**
 * thaw_option_control_new:
 *
 * What changes the property @spec of @options and follows it: a switch, a spin button, a number, a list of choices. Named by the property. (transfer floating)
 */
GtkWidget *thaw_option_control_new         (ThawOptions *options, GParamSpec *spec);
/* Further choices below those of the property: @ids and their @titles, NULL-terminated */
void       thaw_option_control_set_choices (GtkWidget *self, const char *const *ids, const char *const *titles);

G_END_DECLS
