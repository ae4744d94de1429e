/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-executor.h>
#include <thaw/thaw-json.h>

#include "thaw-graph-parts.h"

/* Constants that layers take, by the place of their nodes */
static gboolean *
find_constants (const ThawGraph *graph)
{
  gboolean *wanted = g_new0 (gboolean, thaw_graph_size (graph) + 1);

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; node->batched && i < node->n_inputs; i++)
        if (node->inputs[i] && !node->inputs[i]->batched)
          wanted[node->inputs[i]->id] = TRUE;
    }
  return wanted;
}

/* The part of @graph that works constants out, those that are @wanted as its outputs; NULL where there is none */
static ThawGraph *
find_folds (const ThawGraph *graph, const gboolean *wanted)
{
  g_autoptr (ThawGraph) copy = thaw_graph_prune (graph);

  thaw_graph_clear_outputs (copy);
  for (guint id = 0; id < thaw_graph_size (copy); id++)
    {
      const ThawNode *node = thaw_graph_at (copy, id);

      if (node->op != THAW_OP_PARAMETER && !node->batched && wanted[thaw_graph_find (graph, node->name)->id])
        thaw_graph_add_output (copy, thaw_graph_at (copy, id));
    }
  return thaw_graph_n_outputs (copy) ? thaw_graph_prune (copy) : NULL;
}

/* What is worked out of parameters alone is worked out now. */
static void
fold (const ThawGraph *folds, const ThawTensorMap *parameters, ThawTensorMap *constants)
{
  g_autoptr (ThawReference) reference = thaw_reference_new (folds, parameters, sizeof (float));

  thaw_reference_forward (reference, 1, NULL, NULL);
  for (guint i = 0; i < thaw_graph_n_outputs (folds); i++)
    {
      const ThawNode *node = thaw_graph_output (folds, i);
      ThawTensor *tensor = thaw_tensor_new (THAW_DTYPE_F32, &node->shape);

      memcpy (tensor->data, thaw_reference_value (reference, node), tensor->bytes);
      thaw_tensor_map_take (constants, node->name, tensor);
    }
}

ThawTensorMap *
thaw_graph_constants (const ThawGraph *graph, const ThawTensorMap *parameters)
{
  g_autofree gboolean *wanted = find_constants (graph);
  g_autoptr (ThawGraph) folds = find_folds (graph, wanted);
  ThawTensorMap *constants = thaw_tensor_map_new ();

  for (guint i = 0; i < thaw_tensor_map_size (parameters); i++)
    thaw_tensor_map_set (constants, thaw_tensor_map_name (parameters, i), thaw_tensor_map_at (parameters, i));
  if (folds)
    fold (folds, parameters, constants);
  return constants;
}

ThawNode *
thaw_graph_guess_features (ThawNode *logits)
{
  ThawNode *node = logits;

  while (node && node->op != THAW_OP_LINEAR && node->op != THAW_OP_CONV)
    node = node->n_inputs && node->inputs[0]->batched ? node->inputs[0] : NULL;
  return node ? node->inputs[0] : NULL;
}

gboolean
thaw_model_take_labels (ThawModel *model, const char *labels, GError **error)
{
  g_auto (GStrv) list = thaw_labels_from_json (labels, error);

  if (!list)
    return FALSE;
  if (g_strv_length (list) == (guint) thaw_model_n_classes (model))
    thaw_model_set_labels (model, (const char *const *) list);
  return TRUE;
}

/* What most networks were trained with, since a file of another program does not say: ImageNet's mean and deviation, the shorter side
 * a seventh longer than the crop. */
void
thaw_preprocessing_set_usual (ThawPreprocessing *self)
{
  static const float mean[] = { 123.675f, 116.28f, 103.53f }, std[] = { 58.395f, 57.12f, 57.375f };

  memcpy (self->mean, mean, sizeof mean);
  memcpy (self->std, std, sizeof std);
  self->resize = (int) (MIN (self->width, self->height) * 8 / 7);
  self->rounding = THAW_ROUNDING_TORCHVISION;
}

char *
thaw_graph_free_name (const ThawGraph *graph, const char *wanted)
{
  if (!thaw_graph_find (graph, wanted))
    return g_strdup (wanted);
  /* a file in which everything has one name is not gone through from the start each time */
  for (guint i = 2;; i = i < 64 ? i + 1 : MAX (i, thaw_graph_size (graph)) + 1)
    {
      g_autofree char *name = g_strdup_printf ("%s_%u", wanted, i);

      if (!thaw_graph_find (graph, name))
        return g_steal_pointer (&name);
    }
}
