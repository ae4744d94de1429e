/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-network.h>

G_BEGIN_DECLS

#define THAW_TYPE_HEAD_ROW (thaw_head_row_get_type ())
G_DECLARE_FINAL_TYPE (ThawHeadRow, thaw_head_row, THAW, HEAD_ROW, GtkListBoxRow)

/**
 * ThawHeadRow: a layer of the head in its editor
 *
 * Its buttons call "head.move-at" (from, to) and "head.remove-at" (index). Signals: "edited" (const ThawHeadLayer *): the person changed it; "dropped" (uint
 * from): another row was dropped on it.
 */
ThawHeadRow *thaw_head_row_new   (ThawNetwork *network, guint index);
/* The layer as it is now; FALSE where it is of another kind than the row was made for */
gboolean     thaw_head_row_update (ThawHeadRow *self);
guint        thaw_head_row_get_index (ThawHeadRow *self);

/* What a layer of this kind is at first */
ThawHeadLayer thaw_head_layer_default (ThawHeadKind kind);

G_END_DECLS
