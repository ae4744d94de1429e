/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "thaw-network-private.h"

#include <string.h>

/* A head's layers are "head.0", "head.1" ...: the rows of a backbone stay when its head is edited, so that the tree keeps what is open. */

enum { NORM_WEIGHT = 1, NORM_BIAS = 2 };

ThawLayerRow *
thaw_network_root (ThawNetwork *self)
{
  g_autoptr (ThawLayerRow) root = g_list_model_get_item (G_LIST_MODEL (self->layers), 0);

  return root;
}

ThawLayerRow *
thaw_network_find_layer (ThawNetwork *self, const char *name)
{
  return g_hash_table_lookup (self->rows, name);
}

/* --- weights and BatchNorm layers --- */

static gboolean
is_of_head (const ThawNetwork *self, const ThawNode *node)
{
  return node->id > self->model->features->id && g_str_has_prefix (node->name, "head.");
}

static void
list_weights (ThawNetwork *self)
{
  g_autoptr (GPtrArray) nodes = thaw_graph_weights (self->model->graph);
  GArray *weights = g_array_new (FALSE, TRUE, sizeof (ThawWeight));

  for (guint i = 0; i < nodes->len; i++)
    {
      const ThawNode *node = g_ptr_array_index (nodes, i);
      const ThawWeight weight = { .node = node, .count = thaw_shape_count (&node->shape), .head = is_of_head (self, node) };

      g_array_append_val (weights, weight);
    }
  g_clear_pointer (&self->weights, g_array_unref);
  self->weights = weights;
}

static int
find_weight (const ThawNetwork *self, GHashTable *places, const ThawNode *node, guint input)
{
  gpointer place;

  if (input >= node->n_inputs || !node->inputs[input] || !g_hash_table_lookup_extended (places, node->inputs[input], NULL, &place))
    return -1;
  return GPOINTER_TO_INT (place);
}

static void
list_norms (ThawNetwork *self, GHashTable *places)
{
  GArray *norms = g_array_new (FALSE, TRUE, sizeof (ThawNorm));

  for (guint id = 0; id < thaw_graph_size (self->model->graph); id++)
    {
      const ThawNode *node = thaw_graph_at (self->model->graph, id);
      ThawNorm norm = { .node = node };

      if (node->op != THAW_OP_BATCHNORM)
        continue;
      norm.head = is_of_head (self, node);
      norm.batch = norm.head; /* a new head has no statistics to keep */
      norm.weight = find_weight (self, places, node, NORM_WEIGHT);
      norm.bias = find_weight (self, places, node, NORM_BIAS);
      g_array_append_val (norms, norm);
    }
  g_clear_pointer (&self->norms, g_array_unref);
  self->norms = norms;
}

/* --- rows --- */

typedef struct
{
  ThawNetwork *network;
  GHashTable  *old;      /* rows that there were */
  guint        position;
} Builder;

static int
head_index (const ThawNetwork *self, const ThawLayer *layer)
{
  if (!layer->node || !is_of_head (self, layer->node) || strspn (layer->label, "0123456789") != strlen (layer->label))
    return -1;
  return (int) g_ascii_strtoll (layer->label, NULL, 10);
}

static ThawLayerRow *build_row (Builder *self, const ThawLayer *layer, ThawLayerRow *parent);

/* Only what differs is told: a list that is replaced as a whole would close the tree. */
static void
take_children (GListStore *store, GPtrArray *rows)
{
  GListModel *model = G_LIST_MODEL (store);
  const guint n = g_list_model_get_n_items (model);
  guint first = 0, last = 0;

  for (gboolean same = TRUE; same && first < MIN (n, rows->len); first += same)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, first);

      same = item == g_ptr_array_index (rows, first);
    }
  for (gboolean same = TRUE; same && last < MIN (n, rows->len) - first; last += same)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, n - 1 - last);

      same = item == g_ptr_array_index (rows, rows->len - 1 - last);
    }
  if (n > first + last || rows->len > first + last)
    g_list_store_splice (store, first, n - first - last, rows->pdata + first, rows->len - first - last);
}

static void
build_children (Builder *self, const ThawLayer *layer, ThawLayerRow *row)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < layer->children->len; i++)
    g_ptr_array_add (rows, build_row (self, g_ptr_array_index (layer->children, i), row));
  if (row->children)
    take_children (row->children, rows);
}

/* (transfer full) */
static ThawLayerRow *
build_row (Builder *self, const ThawLayer *layer, ThawLayerRow *parent)
{
  ThawNetwork *network = self->network;
  ThawLayerRow *row = self->old ? g_hash_table_lookup (self->old, layer->name) : NULL;

  if (row && (row->children != NULL) == (layer->children->len > 0))
    g_object_ref (row);
  else
    row = thaw_layer_row_new (layer, parent);
  row->parent = parent;
  row->position = self->position++;
  g_array_set_size (row->weights, 0);
  g_array_set_size (row->norms, 0);
  thaw_layer_row_set_head_index (row, head_index (network, layer));
  thaw_layer_row_describe (row, layer, parent ? NULL : network->model->title);
  g_hash_table_insert (network->rows, row->name, row);
  build_children (self, layer, row);
  return row;
}

/* The row that @name belongs to: its own or that of the longest leading part */
static ThawLayerRow *
row_covering (const ThawNetwork *self, const char *name)
{
  g_autofree char *part = g_strdup (name);
  ThawLayerRow *row;
  char *dot;

  while (!(row = g_hash_table_lookup (self->rows, part)) && (dot = strrchr (part, '.')))
    *dot = 0;
  return row ? row : g_hash_table_lookup (self->rows, "");
}

static void
share_out (ThawNetwork *self)
{
  for (guint i = 0; i < self->weights->len; i++)
    for (ThawLayerRow *row = row_covering (self, g_array_index (self->weights, ThawWeight, i).node->name); row; row = row->parent)
      g_array_append_val (row->weights, i);
  for (guint i = 0; i < self->norms->len; i++)
    for (ThawLayerRow *row = row_covering (self, g_array_index (self->norms, ThawNorm, i).node->name); row; row = row->parent)
      g_array_append_val (row->norms, i);
}

/* Where "from here" begins for rows without weights: at the first weight that a later layer uses */
static void
find_places (ThawNetwork *self, const ThawLayer *layer, const guint *before)
{
  ThawLayerRow *row = g_hash_table_lookup (self->rows, layer->name);
  const ThawNode *value = thaw_layer_value (layer);

  row->from = row->weights->len ? g_array_index (row->weights, guint, 0) : value ? before[value->id] : self->weights->len;
  for (guint i = 0; i < layer->children->len; i++)
    find_places (self, g_ptr_array_index (layer->children, i), before);
}

/* [size]: how many weights are used up to each node (transfer full) */
static guint *
count_before (const ThawNetwork *self, GHashTable *places)
{
  const ThawGraph *graph = self->model->graph;
  guint *before = g_new0 (guint, thaw_graph_size (graph) + 1);
  guint most = 0;

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    {
      const ThawNode *node = thaw_graph_at (graph, id);

      for (guint i = 0; i < node->n_inputs; i++)
        most = MAX (most, (guint) (find_weight (self, places, node, i) + 1));
      before[id] = most;
    }
  return before;
}

static void
find_last_blocks (ThawNetwork *self)
{
  ThawLayerRow *row = g_hash_table_lookup (self->rows, thaw_model_last_blocks (self->model));

  self->last_from = row ? row->from : 0;
}

/* The row of a backbone that goes must not be taken for one of the backbone that comes. */
static gboolean
same_backbone (const ThawNetwork *self, const ThawLayerRow *root)
{
  return root && g_object_get_data (G_OBJECT (root), "thaw-backbone") == self->backbone;
}

void
thaw_network_build_tree (ThawNetwork *self)
{
  ThawLayerRow *old_root = thaw_network_root (self);
  const gboolean again = same_backbone (self, old_root);
  g_autoptr (GHashTable) old = self->rows, places = g_hash_table_new (NULL, NULL);
  Builder builder = { .network = self, .old = again ? old : NULL };
  g_autoptr (ThawLayerRow) root = NULL, keep = old_root ? g_object_ref (old_root) : NULL;
  g_autofree guint *before = NULL;

  list_weights (self);
  for (guint i = 0; i < self->weights->len; i++)
    g_hash_table_insert (places, (gpointer) g_array_index (self->weights, ThawWeight, i).node, GUINT_TO_POINTER (i));
  list_norms (self, places);
  self->rows = g_hash_table_new (g_str_hash, g_str_equal);
  root = build_row (&builder, self->model->layers, NULL);
  g_object_set_data_full (G_OBJECT (root), "thaw-backbone", thaw_model_ref (self->backbone), (GDestroyNotify) thaw_model_unref);
  share_out (self);
  before = count_before (self, places);
  find_places (self, self->model->layers, before);
  find_last_blocks (self);
  if (root != old_root)
    g_list_store_splice (self->layers, 0, old_root != NULL, (gpointer *) &root, 1);
}

/* --- what they show --- */

static gboolean
uses_batch (const ThawNetwork *self, const ThawNorm *norm)
{
  return norm->batch && ((norm->weight >= 0 && g_array_index (self->weights, ThawWeight, norm->weight).trains)
                         || (norm->bias >= 0 && g_array_index (self->weights, ThawWeight, norm->bias).trains));
}

static ThawStatistics
row_statistics (const ThawNetwork *self, const ThawLayerRow *row)
{
  guint n = 0;

  if (row->norms->len == 0)
    return THAW_STATISTICS_NONE;
  for (guint i = 0; i < row->norms->len; i++)
    n += uses_batch (self, &g_array_index (self->norms, ThawNorm, g_array_index (row->norms, guint, i)));
  return n == 0 ? THAW_STATISTICS_STORED : n == row->norms->len ? THAW_STATISTICS_BATCH : THAW_STATISTICS_MIXED;
}

static void
update_row (const ThawNetwork *self, ThawLayerRow *row)
{
  gint64 trainable = 0;
  guint n = 0;

  for (guint i = 0; i < row->weights->len; i++)
    {
      const ThawWeight *weight = &g_array_index (self->weights, ThawWeight, g_array_index (row->weights, guint, i));

      n += weight->trains;
      trainable += weight->trains ? weight->count : 0;
    }
  thaw_layer_row_set_state (row, trainable, n == 0 ? THAW_TRAINS_NO : n < row->weights->len ? THAW_TRAINS_SOME : THAW_TRAINS_ALL,
                            row_statistics (self, row));
}

void
thaw_network_update_rows (ThawNetwork *self)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    update_row (self, row);
}
