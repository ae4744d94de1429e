/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-freeze.h>

#include "thaw-graph-private.h"

/* The inputs of a BatchNorm node. */
enum { NORM_X, NORM_WEIGHT, NORM_BIAS, NORM_MEAN, NORM_VAR };

struct _ThawFreeze
{
  GHashTable *trainable; /* names of parameters */
  GHashTable *batch;     /* name of a BatchNorm layer -> names of its weight and bias, a GStrv */
};

ThawFreeze *
thaw_freeze_new (void)
{
  ThawFreeze *self = g_new0 (ThawFreeze, 1);

  self->trainable = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->batch
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
  return self;
}

ThawFreeze *
thaw_freeze_copy (const ThawFreeze *self)
{
  ThawFreeze *copy = thaw_freeze_new ();
  GHashTableIter iter;
  gpointer name, weights;

  g_hash_table_iter_init (&iter, self->trainable);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (copy->trainable, g_strdup (name));
  g_hash_table_iter_init (&iter, self->batch);
  while (g_hash_table_iter_next (&iter, &name, &weights))
    g_hash_table_insert (copy->batch, g_strdup (name), g_strdupv (weights));
  return copy;
}

void
thaw_freeze_free (ThawFreeze *self)
{
  g_hash_table_unref (self->trainable);
  g_hash_table_unref (self->batch);
  g_free (self);
}

static gboolean
is_glob (const char *pattern)
{
  return strpbrk (pattern, "*?") != NULL;
}

gboolean
thaw_name_matches (const char *name, const char *pattern)
{
  gsize length = strlen (pattern);

  if (is_glob (pattern))
    return g_pattern_match_simple (pattern, name);
  return length == 0
         || (strncmp (name, pattern, length) == 0 && (name[length] == 0 || name[length] == '.'));
}

gboolean
thaw_node_holds_weight (const ThawNode *node, guint i)
{
  switch (node->op)
    {
    case THAW_OP_BATCHNORM:
      return i == NORM_WEIGHT || i == NORM_BIAS;
    case THAW_OP_FOLD_WEIGHT:
      return i < 2;
    case THAW_OP_FOLD_BIAS:
      return i < 3;
    case THAW_OP_ADD:
    case THAW_OP_MUL:
      return thaw_shape_count (&node->inputs[i]->shape) != 1;
    default:
      return TRUE;
    }
}

gboolean
thaw_graph_is_weight (const ThawGraph *graph, const ThawNode *parameter)
{
  return parameter->op == THAW_OP_PARAMETER && parameter->use == THAW_USE_WEIGHT;
}

GPtrArray *
thaw_graph_weights (const ThawGraph *graph)
{
  GPtrArray *weights = g_ptr_array_new ();
  g_autofree gboolean *seen = g_new0 (gboolean, thaw_graph_size (graph) + 1);

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        {
          ThawNode *input = node->inputs[i];

          if (!input || seen[input->id] || input->op != THAW_OP_PARAMETER)
            continue;
          seen[input->id] = TRUE;
          if (thaw_graph_is_weight (graph, input))
            g_ptr_array_add (weights, input);
        }
    }
  return weights;
}

static void
set_one (ThawFreeze *self, const ThawNode *parameter, gboolean trainable)
{
  if (trainable)
    g_hash_table_add (self->trainable, g_strdup (parameter->name));
  else
    g_hash_table_remove (self->trainable, parameter->name);
}

static gboolean
glob_matches (const char *name, const char *pattern)
{
  return g_pattern_match_simple (pattern, name);
}

/* @from: once a weight is covered all later ones are. */
static guint
set_matching (ThawFreeze *self, const ThawGraph *graph,
              gboolean (*matches) (const char *name, const char *pattern), const char *pattern,
              gboolean trainable, gboolean from)
{
  g_autoptr (GPtrArray) weights = thaw_graph_weights (graph);
  guint n = 0;

  for (guint i = 0; i < weights->len; i++)
    {
      const ThawNode *parameter = g_ptr_array_index (weights, i);

      if (!matches (parameter->name, pattern) && !(from && n > 0))
        continue;
      set_one (self, parameter, trainable);
      n++;
    }
  return n;
}

guint
thaw_freeze_set_trainable (ThawFreeze *self, const ThawGraph *graph, const char *name,
                           gboolean trainable)
{
  return set_matching (self, graph, thaw_name_matches, name, trainable, FALSE);
}

guint
thaw_freeze_set_pattern (ThawFreeze *self, const ThawGraph *graph, const char *pattern,
                         gboolean trainable)
{
  return set_matching (self, graph, glob_matches, pattern, trainable, FALSE);
}

guint
thaw_freeze_train_from (ThawFreeze *self, const ThawGraph *graph, const char *name)
{
  return set_matching (self, graph, thaw_name_matches, name, TRUE, TRUE);
}

guint
thaw_freeze_set_batch_statistics (ThawFreeze *self, const ThawGraph *graph, const char *name,
                                  gboolean batch)
{
  guint n = 0;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);
      const char *weights[] = { NULL, NULL, NULL };

      if (node->op != THAW_OP_BATCHNORM || !thaw_name_matches (node->name, name))
        continue;
      weights[0] = node->inputs[NORM_WEIGHT]->name;
      weights[1] = node->inputs[NORM_BIAS]->name;
      if (batch)
        g_hash_table_insert (self->batch, g_strdup (node->name), g_strdupv ((char **) weights));
      else
        g_hash_table_remove (self->batch, node->name);
      n++;
    }
  return n;
}

gboolean
thaw_freeze_is_trainable (const ThawFreeze *self, const char *parameter)
{
  return g_hash_table_contains (self->trainable, parameter);
}

gboolean
thaw_freeze_uses_batch_statistics (const ThawFreeze *self, const char *layer)
{
  char **weights = g_hash_table_lookup (self->batch, layer);

  return weights
         && (thaw_freeze_is_trainable (self, weights[0])
             || thaw_freeze_is_trainable (self, weights[1]));
}
