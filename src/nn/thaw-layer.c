/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-model-private.h"

/* A hostile file may call a layer "a.a.a ... a": deeper components stay in the label. */
#define MAX_DEPTH 24

typedef struct
{
  const ThawGraph *graph;
  ThawLayer *root;
  GHashTable *rows; /* name -> ThawLayer */
} Tree;

static ThawLayer *
layer_new (ThawLayer *parent, const char *name, gsize length)
{
  ThawLayer *self = g_new0 (ThawLayer, 1);
  gsize skip = parent && *parent->name ? strlen (parent->name) + 1 : 0;

  self->name = g_strndup (name, length);
  self->label = self->name + skip;
  self->parent = parent;
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify)thaw_layer_free);
  if (parent)
    g_ptr_array_add (parent->children, self);
  return self;
}

void
thaw_layer_free (ThawLayer *self)
{
  g_ptr_array_unref (self->children);
  g_free (self->name);
  g_free (self);
}

static ThawLayer *
child (Tree *tree, ThawLayer *parent, const char *name, gsize length)
{
  g_autofree char *key = g_strndup (name, length);
  ThawLayer *row = g_hash_table_lookup (tree->rows, key);

  if (!row)
    {
      row = layer_new (parent, name, length);
      g_hash_table_insert (tree->rows, row->name, row);
    }
  return row;
}

/* The row called @name with the groups above it; those that are not there are made. */
static ThawLayer *
row_for (Tree *tree, const char *name)
{
  ThawLayer *row = tree->root;
  const char *dot = name;

  for (int depth = 1; depth < MAX_DEPTH && (dot = strchr (dot, '.')); depth++, dot++)
    row = child (tree, row, name, dot - name);
  return child (tree, row, name, strlen (name));
}

/* The layer of "fc.weight" is "fc"; a parameter that no layer is called after is a row of its own.
 */
static ThawLayer *
row_for_parameter (Tree *tree, const ThawNode *parameter)
{
  const char *dot = strrchr (parameter->name, '.');
  g_autofree char *layer = dot ? g_strndup (parameter->name, dot - parameter->name) : NULL;
  const ThawNode *node = layer ? thaw_graph_find (tree->graph, layer) : NULL;
  gboolean alone = !node || (node->op != THAW_OP_PARAMETER && !node->batched);
  ThawLayer *row = row_for (tree, alone || node->op == THAW_OP_PARAMETER ? parameter->name : layer);

  if (alone)
    row->node = (ThawNode *)parameter;
  return row;
}

static void
add_node (Tree *tree, ThawNode *node)
{
  ThawLayer *row;

  if (node->op == THAW_OP_INPUT || (node->op != THAW_OP_PARAMETER && !node->batched))
    return; /* what is worked out of parameters alone is no layer */
  if (node->op == THAW_OP_PARAMETER)
    {
      row = row_for_parameter (tree, node);
      row->parameters
          += thaw_graph_is_weight (tree->graph, node) ? thaw_shape_count (&node->shape) : 0;
      return;
    }
  row = row_for (tree, node->name);
  row->node = node;
  row->multiply_adds += thaw_node_multiply_adds (node);
}

static void
sum_up (ThawLayer *self)
{
  for (guint i = 0; i < self->children->len; i++)
    {
      ThawLayer *row = g_ptr_array_index (self->children, i);

      sum_up (row);
      self->parameters += row->parameters;
      self->multiply_adds += row->multiply_adds;
    }
}

ThawLayer *
thaw_layer_tree_new (const ThawGraph *graph)
{
  Tree tree = { graph, layer_new (NULL, "", 0), g_hash_table_new (g_str_hash, g_str_equal) };

  for (guint id = 0; id < thaw_graph_size (graph); id++)
    add_node (&tree, thaw_graph_at (graph, id));
  sum_up (tree.root);
  g_hash_table_unref (tree.rows);
  return tree.root;
}

ThawLayer *
thaw_layer_find (ThawLayer *self, const char *name)
{
  if (g_str_equal (self->name, name))
    return self;
  for (guint i = 0; i < self->children->len; i++)
    {
      ThawLayer *row = g_ptr_array_index (self->children, i);
      gsize length = strlen (row->name);

      if (g_str_has_prefix (name, row->name) && (name[length] == '.' || !name[length]))
        return thaw_layer_find (row, name);
    }
  return NULL;
}

ThawNode *
thaw_layer_value (const ThawLayer *self)
{
  ThawNode *value = self->node && self->node->batched ? self->node : NULL;

  for (guint i = 0; i < self->children->len; i++)
    {
      ThawNode *last = thaw_layer_value (g_ptr_array_index (self->children, i));

      if (last && (!value || last->id > value->id))
        value = last;
    }
  return value;
}

#define MAX_COMPARED 63

/* Levenshtein's distance of the first MAX_COMPARED bytes. */
static guint
distance (const char *a, const char *b)
{
  guint row[MAX_COMPARED + 1];
  guint m = MIN (strlen (a), MAX_COMPARED), n = MIN (strlen (b), MAX_COMPARED);

  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (guint i = 1; i <= m; i++)
    {
      guint diagonal = row[0];

      row[0] = i;
      for (guint j = 1; j <= n; j++)
        {
          guint above = row[j];

          row[j] = MIN (MIN (above, row[j - 1]) + 1, diagonal + (a[i - 1] != b[j - 1]));
          diagonal = above;
        }
    }
  return row[n];
}

typedef struct
{
  const char *wanted;
  const char *names[3];
  guint distances[3];
} Near;

static void
collect_near (const ThawLayer *self, Near *near)
{
  guint d = *self->name ? distance (near->wanted, self->name) : G_MAXUINT;
  guint at = G_N_ELEMENTS (near->names);

  while (at > 0 && d < near->distances[at - 1])
    at--;
  for (guint i = G_N_ELEMENTS (near->names) - 1; i > at; i--)
    {
      near->names[i] = near->names[i - 1];
      near->distances[i] = near->distances[i - 1];
    }
  if (at < G_N_ELEMENTS (near->names))
    {
      near->names[at] = self->name;
      near->distances[at] = d;
    }
  for (guint i = 0; i < self->children->len; i++)
    collect_near (g_ptr_array_index (self->children, i), near);
}

char *
thaw_layer_near_names (const ThawLayer *self, const char *name)
{
  Near near = { .wanted = name, .distances = { G_MAXUINT, G_MAXUINT, G_MAXUINT } };
  g_autoptr (GString) text = g_string_new (NULL);

  collect_near (self, &near);
  for (guint i = 0; i < G_N_ELEMENTS (near.names) && near.names[i]; i++)
    g_string_append_printf (text, "%s%.80s", i ? ", " : "", near.names[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
