/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define THAW_TYPE_CLASS_CHOOSER (thaw_class_chooser_get_type ())
G_DECLARE_FINAL_TYPE (ThawClassChooser, thaw_class_chooser, THAW, CLASS_CHOOSER, AdwBin)

/**
 * ThawClassChooser: a button for each class, or, where there are many, a button that opens a list with search
 *
 * Each activates results.relabel with the name of the class.
 */
/* @classes: of ThawClass, (transfer none); followed as it changes */
void thaw_class_chooser_set_classes (ThawClassChooser *self, GListModel *classes);

G_END_DECLS
