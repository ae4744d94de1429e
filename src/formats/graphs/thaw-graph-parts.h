/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-model.h>

G_BEGIN_DECLS

/* What readers and writers of graphs share. */

/* What the layers of @graph take besides values of pictures: the parameters, and what is worked out of them alone under the nodes' names (transfer full) */
ThawTensorMap *thaw_graph_constants         (const ThawGraph *graph, const ThawTensorMap *parameters);
/* A node's name that nothing has yet, after @wanted (transfer full) */
char          *thaw_graph_free_name         (const ThawGraph *graph, const char *wanted);
/* What the last layer with weights takes; NULL where there is none */
ThawNode      *thaw_graph_guess_features    (ThawNode *logits);
/* @labels: a JSON array, of which other numbers than that of the classes are let be; FALSE with an error where it is none */
gboolean       thaw_model_take_labels       (ThawModel *model, const char *labels, GError **error);
/* Of a network whose file does not say how pictures are prepared */
void           thaw_preprocessing_set_usual (ThawPreprocessing *self);

G_END_DECLS
