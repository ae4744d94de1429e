/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-dataset.h>

G_BEGIN_DECLS

#define THAW_TYPE_SPLIT_BAR (thaw_split_bar_get_type ())
G_DECLARE_FINAL_TYPE (ThawSplitBar, thaw_split_bar, THAW, SPLIT_BAR, GtkWidget)

/**
 * ThawSplitBar: three numbers as parts of a bar: training, validation, test, each in a shade of the accent colour
 */
void thaw_split_bar_set_counts (ThawSplitBar *self, const guint counts[THAW_N_SPLITS], guint all);

G_END_DECLS
