/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define THAW_TYPE_NUMBER_ENTRY (thaw_number_entry_get_type ())
G_DECLARE_FINAL_TYPE (ThawNumberEntry, thaw_number_entry, THAW, NUMBER_ENTRY, GtkEntry)

/**
 * ThawNumberEntry: a number as people write it: 0.001, 1e-3, 0,001
 *
 * The value follows the text as soon as it is a number in range; Up and Down go along 1, 2, 5, 10 (or by twentieths, up to 1).
 * Properties: value (gdouble); problem (nullable string, read only: what is wrong with the text, told once the person leaves it).
 */
GtkWidget  *thaw_number_entry_new         (double low, double high);
double      thaw_number_entry_get_value   (ThawNumberEntry *self);
void        thaw_number_entry_set_value   (ThawNumberEntry *self, double value);
const char *thaw_number_entry_get_problem (ThawNumberEntry *self);

G_END_DECLS
