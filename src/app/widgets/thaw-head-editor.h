/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-network.h>

G_BEGIN_DECLS

#define THAW_TYPE_HEAD_EDITOR (thaw_head_editor_get_type ())
G_DECLARE_FINAL_TYPE (ThawHeadEditor, thaw_head_editor, THAW, HEAD_EDITOR, AdwWindow)

/**
 * ThawHeadEditor: the head's layers, one a row; each edit takes effect at once and can be undone
 */
ThawHeadEditor *thaw_head_editor_new        (ThawNetwork *network, ThawHistory *history, GtkWindow *parent);
/* Puts the focus into the row of layer @index */
void            thaw_head_editor_show_layer (ThawHeadEditor *self, guint index);

G_END_DECLS
