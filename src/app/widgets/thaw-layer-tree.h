/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>
#include <thaw/thaw-network.h>

G_BEGIN_DECLS

#define THAW_TYPE_LAYER_TREE (thaw_layer_tree_get_type ())
G_DECLARE_FINAL_TYPE (ThawLayerTree, thaw_layer_tree, THAW, LAYER_TREE, GtkWidget)

/**
 * ThawLayerTree: presets, search and the tree of a network's layers
 *
 * Signal "freezing-changed": the person changed what trains, or how BatchNorm layers normalise. "head-edit" (uint: the layer of the head, G_MAXUINT: none
 * in particular): the head's editor is wanted. "refused" (const char *): why something cannot be done.
 */
void          thaw_layer_tree_set_network (ThawLayerTree *self, ThawNetwork *network);
/* (nullable): why the head cannot be changed now; NULL: it can */
void          thaw_layer_tree_set_head_problem (ThawLayerTree *self, const char *problem);
/* The same for what trains */
void          thaw_layer_tree_set_problem (ThawLayerTree *self, const char *problem);
/* To the current row */
gboolean      thaw_layer_tree_grab_focus  (ThawLayerTree *self);
/* The row the actions are about (nullable) (transfer none) */
ThawLayerRow *thaw_layer_tree_get_current (ThawLayerTree *self);
/* Opens what is above it, selects it and scrolls to it */
void          thaw_layer_tree_show        (ThawLayerTree *self, const char *name);

G_END_DECLS
