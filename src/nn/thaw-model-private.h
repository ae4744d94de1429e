/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-model.h>

/* The tree of @graph's layers (transfer full) */
ThawLayer *thaw_layer_tree_new  (const ThawGraph *graph);
void       thaw_layer_free      (ThawLayer *self);
/* The row called @name below @self, or @self for "" (nullable) */
ThawLayer *thaw_layer_find      (ThawLayer *self, const char *name);
/* Up to three names below @self that look like @name: "conv1, conv2" (transfer full) */
char      *thaw_layer_near_names (const ThawLayer *self, const char *name);

/* What is known of @self, with another graph; parameters that @graph has are shared. @graph and @features (transfer full) */
ThawModel *thaw_model_derive    (const ThawModel *self, ThawGraph *graph, ThawNode *features);
