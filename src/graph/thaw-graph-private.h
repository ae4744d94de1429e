/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-graph.h>

G_BEGIN_DECLS

/* Arrays of inputs are at least this long and end in NULL, so that an operation may look at an
 * optional input that was not given. */
#define THAW_MIN_INPUTS 6

/* [size]: the outputs and everything they are made from (transfer full) */
gboolean *thaw_graph_reached   (const ThawGraph *self);
/* @node again, with the inputs that @map (old id -> new node) gives */
ThawNode *thaw_graph_copy_node (ThawGraph *self, const ThawNode *node, ThawNode *const *map,
                                GError **error);
/* A pruned copy with BatchNorm folded and activations, residuals and padding fused; @training: only
 * what backward allows (dropout stays), else dropout is gone. Values that are left keep their
 * names. */
ThawGraph *thaw_graph_fuse     (const ThawGraph *self, gboolean training);
/* Whether input @i of @node holds a weight where it is a parameter */
gboolean thaw_node_holds_weight (const ThawNode *node, guint i);
/* @node is a parameter that trains */
gboolean thaw_graph_trains (const ThawGraph *graph, const ThawFreeze *freeze, const ThawNode *node);

G_END_DECLS
