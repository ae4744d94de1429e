/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-freeze.h>

#include "thaw-graph-private.h"

ThawGraph *
thaw_graph_with_statistics (const ThawGraph *graph, const ThawFreeze *freeze)
{
  g_autoptr (ThawGraph) pruned = thaw_graph_prune (graph);

  for (guint id = 0; id < thaw_graph_size (pruned); id++)
    {
      ThawNode *node = thaw_graph_at (pruned, id);

      if (node->op == THAW_OP_BATCHNORM)
        node->params.norm.batch_statistics
            = freeze && thaw_freeze_uses_batch_statistics (freeze, node->name);
    }
  return g_steal_pointer (&pruned);
}

ThawGraph *
thaw_graph_optimise (const ThawGraph *graph)
{
  g_autoptr (ThawGraph) stored = thaw_graph_with_statistics (graph, NULL);

  return thaw_graph_fuse (stored, FALSE);
}

gboolean
thaw_graph_trains (const ThawGraph *graph, const ThawFreeze *freeze, const ThawNode *node)
{
  return node->op == THAW_OP_PARAMETER && thaw_freeze_is_trainable (freeze, node->name)
         && thaw_graph_is_weight (graph, node);
}

/* [size]: what depends on something that trains or, if anything trains at all, is random
 * (transfer full) */
static gboolean *
find_moving (const ThawGraph *graph, const ThawFreeze *freeze)
{
  guint size = thaw_graph_size (graph);
  gboolean *moving = g_new0 (gboolean, size + 1);
  gboolean anything = FALSE;

  for (guint id = 0; id < size; id++)
    anything |= moving[id] = thaw_graph_trains (graph, freeze, thaw_graph_at (graph, id));
  for (guint id = 0; anything && id < size; id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      moving[id] |= node->op == THAW_OP_DROPOUT && node->params.dropout.p > 0;
      moving[id] |= node->op == THAW_OP_BATCHNORM && node->params.norm.batch_statistics;
      for (guint i = 0; i < node->n_inputs; i++)
        moving[id] |= node->inputs[i] && moving[node->inputs[i]->id];
    }
  return moving;
}

/* The values that stand still and are wanted by an output or by a layer that does not, in network
 * order (transfer container) */
static GPtrArray *
find_cut (const ThawGraph *graph, const gboolean *moving)
{
  GPtrArray *cut = g_ptr_array_new ();
  g_autofree gboolean *wanted = g_new0 (gboolean, thaw_graph_size (graph) + 1);

  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    wanted[thaw_graph_output (graph, i)->id] = TRUE;
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; moving[id] && i < node->n_inputs; i++)
        if (node->inputs[i])
          wanted[node->inputs[i]->id] = TRUE;
    }
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    if (wanted[id] && !moving[id] && thaw_graph_at (graph, id)->batched)
      g_ptr_array_add (cut, thaw_graph_at (graph, id));
  return cut;
}

/* The graph up to @cut, optimised; output i is value i of @cut. */
static ThawGraph *
build_before (const ThawGraph *graph, GPtrArray *cut)
{
  g_autoptr (ThawGraph) copy = thaw_graph_prune (graph);

  thaw_graph_clear_outputs (copy);
  for (guint i = 0; i < cut->len; i++)
    thaw_graph_add_output (copy,
                           thaw_graph_find (copy, ((ThawNode *) g_ptr_array_index (cut, i))->name));
  return thaw_graph_optimise (copy);
}

/* Two values at the cut may be one once it is optimised (a value and its dropout): each output
 * once. Returns for each value of @cut the node that became its input of the graph after the cut
 * (transfer full). */
static ThawNode **
add_cut_inputs (ThawGraph *after, ThawGraph *before)
{
  guint n = thaw_graph_n_outputs (before);
  ThawNode **inputs = g_new0 (ThawNode *, n + 1);
  g_autofree ThawNode **values = g_new0 (ThawNode *, n + 1);

  for (guint i = 0; i < n; i++)
    values[i] = thaw_graph_output (before, i);
  thaw_graph_clear_outputs (before);
  for (guint i = 0; i < n; i++)
    {
      inputs[i] = thaw_graph_find (after, values[i]->name);
      if (inputs[i])
        continue;
      inputs[i] = thaw_graph_add_input (after, values[i]->name, &values[i]->shape);
      thaw_graph_add_output (before, values[i]);
    }
  return inputs;
}

static void
copy_after (ThawGraph *after, const ThawGraph *graph, const gboolean *moving, ThawNode **map)
{
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      if (!map[id] && (moving[id] || !node->batched))
        map[id] = thaw_graph_copy_node (after, node, map, NULL);
    }
  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    thaw_graph_add_output (after, map[thaw_graph_output (graph, i)->id]);
}

static gboolean
only_pictures (GPtrArray *cut)
{
  for (guint i = 0; i < cut->len; i++)
    if (((ThawNode *) g_ptr_array_index (cut, i))->op != THAW_OP_INPUT)
      return FALSE;
  return TRUE;
}

void
thaw_graph_cut (const ThawGraph *graph, const ThawFreeze *freeze, ThawGraph **before,
                ThawGraph **after)
{
  g_autoptr (ThawGraph) whole = thaw_graph_with_statistics (graph, freeze);
  g_autofree gboolean *moving = find_moving (whole, freeze);
  g_autoptr (GPtrArray) cut = find_cut (whole, moving);
  g_autoptr (ThawGraph) first = build_before (whole, cut);
  g_autoptr (ThawGraph) second = thaw_graph_new ();
  g_autofree ThawNode **inputs = add_cut_inputs (second, first);
  g_autofree ThawNode **map = g_new0 (ThawNode *, thaw_graph_size (whole) + 1);

  for (guint i = 0; i < cut->len; i++)
    map[((ThawNode *) g_ptr_array_index (cut, i))->id] = inputs[i];
  copy_after (second, whole, moving, map);
  *after = thaw_graph_fuse (second, TRUE);
  *before = only_pictures (cut) ? NULL : g_steal_pointer (&first);
}
