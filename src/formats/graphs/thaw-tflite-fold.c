/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <thaw/thaw-error.h>

#include "thaw-graph-parts.h"
#include "thaw-tflite.h"

/* The graph with a parameter in place of each constant */
static ThawGraph *
fold_graph (const ThawGraph *fused, const ThawTensorMap *constants)
{
  g_autoptr (ThawGraph) graph = thaw_graph_new ();
  g_autofree ThawNode **map = g_new0 (ThawNode *, thaw_graph_size (fused) + 1);

  for (guint id = 0; id < thaw_graph_size (fused); id++)
    {
      const ThawNode *node = thaw_graph_at (fused, id);
      g_autofree ThawNode **inputs = g_new0 (ThawNode *, node->n_inputs + 1);

      for (guint i = 0; i < node->n_inputs; i++)
        inputs[i] = node->inputs[i] ? map[node->inputs[i]->id] : NULL;
      if (node->op == THAW_OP_INPUT)
        map[id] = thaw_graph_add_input (graph, node->name, &node->shape);
      else if (node->batched)
        map[id] = thaw_graph_add (graph, node->op, node->name, &node->params, inputs, node->n_inputs, NULL);
      else if (thaw_tensor_map_get (constants, node->name))
        map[id] = thaw_graph_add_parameter (graph, node->name, &node->shape);
    }
  for (guint i = 0; i < thaw_graph_n_outputs (fused); i++)
    thaw_graph_add_output (graph, map[thaw_graph_output (fused, i)->id]);
  return thaw_graph_prune (graph);
}

ThawModel *
thaw_tflite_fold (const ThawModel *model)
{
  g_autoptr (ThawGraph) fused = thaw_graph_optimise (model->graph);
  g_autoptr (ThawTensorMap) constants = thaw_graph_constants (fused, model->parameters), parameters = thaw_tensor_map_new ();
  g_autoptr (ThawGraph) graph = fold_graph (fused, constants);
  ThawNode *features = thaw_graph_find (graph, model->features->name);
  ThawModel *folded;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    if (thaw_graph_at (graph, id)->op == THAW_OP_PARAMETER)
      thaw_tensor_map_set (parameters, thaw_graph_at (graph, id)->name, thaw_tensor_map_get (constants, thaw_graph_at (graph, id)->name));
  if (!features)
    features = thaw_graph_guess_features (thaw_graph_output (graph, 0));
  if (!features)
    features = thaw_graph_input (graph, 0);
  folded = thaw_model_new (model->architecture, g_steal_pointer (&graph), g_steal_pointer (&parameters), features);
  folded->preprocessing = model->preprocessing;
  if (model->labels)
    thaw_model_set_labels (folded, (const char *const *) model->labels);
  return folded;
}

static gboolean
round_tensor (ThawTensorMap *parameters, guint i, ThawDtype dtype, GError **error)
{
  ThawTensor *tensor = thaw_tensor_map_at (parameters, i);
  g_autofree char *name = g_strdup (thaw_tensor_map_name (parameters, i));
  g_autoptr (ThawTensor) narrow = thaw_tensor_convert (tensor, dtype), rounded = thaw_tensor_to_f32 (narrow);

  for (gint64 k = 0; k < thaw_tensor_count (tensor); k++)
    if (isfinite (thaw_tensor_f32 (tensor)[k]) && !isfinite (thaw_tensor_f32 (rounded)[k]))
      {
        g_set_error (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "%s has weights beyond 65504, which float16 cannot hold: export with float32 weights", name);
        return FALSE;
      }
  thaw_tensor_map_set (parameters, name, rounded);
  return TRUE;
}

ThawModel *
thaw_tflite_rounded (const ThawModel *model, ThawDtype dtype, GError **error)
{
  g_autoptr (ThawModel) folded = thaw_tflite_fold (model);

  for (guint i = 0; dtype != THAW_DTYPE_F32 && i < thaw_tensor_map_size (folded->parameters); i++)
    if (thaw_tensor_map_at (folded->parameters, i)->shape.rank >= 2 && !round_tensor (folded->parameters, i, dtype, error))
      return NULL;
  return g_steal_pointer (&folded);
}
