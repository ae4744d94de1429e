/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-graph.h>

G_BEGIN_DECLS

/**
 * ThawFreeze:
 *
 * Which parameters train, and which BatchNorm layers use the statistics of the batch. Names are
 * those of the graph. A BatchNorm none of whose parameters trains always uses its stored statistics.
 * Everything is frozen at first.
 */
ThawFreeze *thaw_freeze_new            (void);
ThawFreeze *thaw_freeze_copy           (const ThawFreeze *self);
void        thaw_freeze_free           (ThawFreeze *self);

/* @name: a parameter, a layer or a group of layers ("blocks.5" covers "blocks.5.0.conv_pw.weight"):
 * recursive, by whole components; "" covers everything. Running statistics are not parameters.
 * Returns how many parameters @name covers. */
guint       thaw_freeze_set_trainable  (ThawFreeze *self, const ThawGraph *graph, const char *name, gboolean trainable);
/* The same for a glob ("*.bias"), matched against whole parameter names. */
guint       thaw_freeze_set_pattern    (ThawFreeze *self, const ThawGraph *graph, const char *pattern, gboolean trainable);
/* The first parameter (in network order) that @name covers, and all after it. */
guint       thaw_freeze_train_from     (ThawFreeze *self, const ThawGraph *graph, const char *name);
/* @name covers BatchNorm layers as above, or is a glob. */
guint       thaw_freeze_set_batch_statistics (ThawFreeze *self, const ThawGraph *graph, const char *name, gboolean batch);

gboolean    thaw_freeze_is_trainable   (const ThawFreeze *self, const char *parameter);
gboolean    thaw_freeze_uses_batch_statistics (const ThawFreeze *self, const char *layer);
/* "*" and "?" (a glob) or whole leading components */
gboolean    thaw_name_matches          (const char *name, const char *pattern);
/* FALSE for BatchNorm's running statistics, for constants (a single number that is added or multiplied)
 * and for what no layer uses */
gboolean    thaw_graph_is_weight       (const ThawGraph *graph, const ThawNode *parameter);
/* ThawNode, the weights in the order in which the network uses them: what "from" and "up to" a layer mean (transfer container) */
GPtrArray  *thaw_graph_weights         (const ThawGraph *graph);

/**
 * thaw_graph_cut:
 * @before: (out) (nullable): from the picture to the cut: inference only, BatchNorm folded, activations
 *   fused; its outputs are the values at the cut. NULL where the cut is the picture itself.
 * @after: (out): from the values at the cut (input nodes of the same names, in the order of @before's
 *   outputs) to the outputs. BatchNorm with stored statistics is folded (differentiably), activations
 *   and residuals are fused where backward allows it.
 *
 * Splits the network at the latest values before which nothing trains and nothing is random.
 */
void        thaw_graph_cut             (const ThawGraph *graph, const ThawFreeze *freeze, ThawGraph **before, ThawGraph **after);

/* The whole network as it is, each BatchNorm in the mode that @freeze (nullable: all stored) says: for the naive twin. */
ThawGraph  *thaw_graph_with_statistics (const ThawGraph *graph, const ThawFreeze *freeze);

/* The whole network for inference: pruned, BatchNorm folded, everything fused, dropout removed. */
ThawGraph  *thaw_graph_optimise        (const ThawGraph *graph);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFreeze, thaw_freeze_free)

G_END_DECLS
