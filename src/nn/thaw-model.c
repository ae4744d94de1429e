/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-model-private.h"

ThawModel *
thaw_model_new (const char *architecture, ThawGraph *graph, ThawTensorMap *parameters,
                ThawNode *features)
{
  ThawModel *self = g_new0 (ThawModel, 1);
  const ThawShape *picture = &thaw_graph_input (graph, 0)->shape;

  self->architecture = g_strdup (architecture);
  self->title = g_strdup (architecture);
  self->source = g_strdup ("");
  self->graph = graph;
  self->parameters = parameters;
  self->features = features;
  self->preprocessing.std[0] = self->preprocessing.std[1] = self->preprocessing.std[2] = 1;
  if (picture->rank == 4)
    {
      self->preprocessing.height = (int) picture->dim[1];
      self->preprocessing.width = (int) picture->dim[2];
    }
  self->layers = thaw_layer_tree_new (graph);
  g_atomic_ref_count_init (&self->references);
  return self;
}

ThawModel *
thaw_model_ref (ThawModel *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_model_unref (ThawModel *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  thaw_layer_free (self->layers);
  thaw_graph_unref (self->graph);
  thaw_tensor_map_unref (self->parameters);
  g_strfreev (self->labels);
  g_free (self->cut_at);
  g_free (self->head);
  g_free (self->licence);
  g_free (self->assumption);
  g_free (self->source);
  g_free (self->title);
  g_free (self->architecture);
  g_free (self);
}

static ThawTensorMap *
share_parameters (const ThawTensorMap *from, const ThawGraph *graph)
{
  ThawTensorMap *shared = thaw_tensor_map_new ();

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      ThawTensor *tensor
          = node->op == THAW_OP_PARAMETER ? thaw_tensor_map_get (from, node->name) : NULL;

      if (tensor)
        thaw_tensor_map_set (shared, node->name, tensor);
    }
  return shared;
}

ThawModel *
thaw_model_derive (const ThawModel *self, ThawGraph *graph, ThawNode *features)
{
  ThawModel *model = thaw_model_new (self->architecture, graph,
                                     share_parameters (self->parameters, graph), features);

  g_free (model->title);
  g_free (model->source);
  model->title = g_strdup (self->title);
  model->source = g_strdup (self->source);
  model->licence = g_strdup (self->licence);
  model->assumption = g_strdup (self->assumption);
  model->top1 = self->top1;
  model->head = g_strdup (self->head);
  model->cut_at = g_strdup (self->cut_at);
  model->preprocessing = self->preprocessing;
  model->labels = g_strdupv (self->labels);
  return model;
}

ThawModel *
thaw_model_copy (const ThawModel *self)
{
  ThawModel *model = thaw_model_derive (self, thaw_graph_ref (self->graph), self->features);
  ThawTensorMap *own = thaw_tensor_map_copy (model->parameters);

  thaw_tensor_map_unref (model->parameters);
  model->parameters = own;
  return model;
}

void
thaw_model_set_labels (ThawModel *self, const char *const *labels)
{
  char **copy = g_strdupv ((char **) labels);

  g_strfreev (self->labels);
  self->labels = copy;
}

gint64
thaw_model_n_classes (const ThawModel *self)
{
  const ThawShape *shape = &thaw_graph_output (self->graph, 0)->shape;

  return shape->dim[shape->rank - 1];
}

char *
thaw_model_label (const ThawModel *self, gint64 i)
{
  return self->labels && i < thaw_model_n_classes (self) ? g_strdup (self->labels[i]) : g_strdup_printf ("%" G_GINT64_FORMAT, i);
}

ThawLayer *
thaw_model_layer (const ThawModel *self, const char *name)
{
  return thaw_layer_find (self->layers, name);
}

static gboolean
is_wanted (const ThawModel *self, const ThawNode *parameter, const ThawFreeze *freeze,
           ThawWeightsKind kind)
{
  gboolean trains = kind != THAW_WEIGHTS_ALL && thaw_graph_is_weight (self->graph, parameter)
                    && (!freeze || thaw_freeze_is_trainable (freeze, parameter->name));

  return kind == THAW_WEIGHTS_ALL || trains == (kind == THAW_WEIGHTS_TRAINABLE);
}

GPtrArray *
thaw_model_weights (const ThawModel *self, const char *layer, const ThawFreeze *freeze,
                    ThawWeightsKind kind)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint id = 0; id < thaw_graph_size (self->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->graph, id);

      if (node->op == THAW_OP_PARAMETER && (!*layer || thaw_name_matches (node->name, layer))
          && is_wanted (self, node, freeze, kind))
        g_ptr_array_add (names, node->name);
    }
  return names;
}

gint64
thaw_model_count (const ThawModel *self, const char *layer, const ThawFreeze *freeze,
                  ThawWeightsKind kind)
{
  g_autoptr (GPtrArray) names = thaw_model_weights (self, layer, freeze, kind);
  gint64 count = 0;

  for (guint i = 0; i < names->len; i++)
    count += thaw_shape_count (&thaw_graph_find (self->graph, g_ptr_array_index (names, i))->shape);
  return count;
}

char *
thaw_model_hash (const ThawModel *self, const GPtrArray *names)
{
  g_autoptr (GPtrArray) all = names ? NULL : thaw_model_weights (self, "", NULL, THAW_WEIGHTS_ALL);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const GPtrArray *list = names ? names : all;

  for (guint i = 0; i < list->len; i++)
    {
      const char *name = g_ptr_array_index (list, i);
      ThawTensor *tensor = thaw_tensor_map_get (self->parameters, name);
      g_autofree char *hash = NULL;

      g_assert (tensor);
      hash = thaw_tensor_hash (tensor);
      g_checksum_update (sum, (const guchar *) name, strlen (name) + 1);
      g_checksum_update (sum, (const guchar *) hash, strlen (hash));
    }
  return g_strdup (g_checksum_get_string (sum));
}
