/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-graph.h>

G_BEGIN_DECLS

/* How exactly values of pictures are computed where nothing trains: weights and what trains are float32 always. */
typedef enum
{
  THAW_PRECISION_FLOAT32,
  THAW_PRECISION_FAST,    /* bfloat16, where that is faster on this processor */
  THAW_N_PRECISIONS
} ThawPrecision;

/* "float32", "fast" */
const char *thaw_precision_name         (ThawPrecision self);
gboolean    thaw_precision_parse        (ThawPrecision *self, const char *name, GError **error);
/* FALSE with an error where this processor does not have what it needs: nothing would be faster */
gboolean    thaw_precision_check        (ThawPrecision self, GError **error);

/**
 * thaw_graph_in_precision:
 * @graph: as thaw_graph_optimise() or thaw_graph_cut() gave it, for inference
 *
 * The graph whose values have the types that @precision chooses: those between convolutions that gain by it become bfloat16, and
 * conversions stand where others meet them. Inputs and outputs are float32. @graph itself where nothing changes. (transfer full)
 */
ThawGraph  *thaw_graph_in_precision     (ThawGraph *graph, ThawPrecision precision);

G_END_DECLS
