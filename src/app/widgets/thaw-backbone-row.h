/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <thaw/thaw-backbones.h>

G_BEGIN_DECLS

#define THAW_TYPE_BACKBONE_ROW (thaw_backbone_row_get_type ())
G_DECLARE_FINAL_TYPE (ThawBackboneRow, thaw_backbone_row, THAW, BACKBONE_ROW, GtkListBoxRow)

/**
 * ThawBackboneRow: a backbone with its figures; one that is not installed has a button that downloads it ("backbone.download", "backbone.stop",
 * with its name as target)
 */
GtkWidget        *thaw_backbone_row_new        (ThawBackboneItem *item);
ThawBackboneItem *thaw_backbone_row_get_item   (ThawBackboneRow *self); /* (transfer none) */
void              thaw_backbone_row_set_chosen (ThawBackboneRow *self, gboolean chosen);

G_END_DECLS
