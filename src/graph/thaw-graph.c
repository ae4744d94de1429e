/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-graph-private.h"

struct _ThawGraph
{
  GPtrArray      *nodes;   /* owned */
  GHashTable     *names;   /* name of the node -> node */
  GPtrArray      *outputs; /* of @nodes */
  GPtrArray      *inputs;  /* of @nodes */
  gatomicrefcount references;
};

static void
node_free (gpointer data)
{
  ThawNode *node = data;

  g_free (node->name);
  g_free (node->inputs);
  g_free (node);
}

ThawGraph *
thaw_graph_new (void)
{
  ThawGraph *self = g_new0 (ThawGraph, 1);

  self->nodes = g_ptr_array_new_with_free_func (node_free);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->outputs = g_ptr_array_new ();
  self->inputs = g_ptr_array_new ();
  g_atomic_ref_count_init (&self->references);
  return self;
}

ThawGraph *
thaw_graph_ref (ThawGraph *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
thaw_graph_unref (ThawGraph *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_ptr_array_unref (self->inputs);
  g_ptr_array_unref (self->outputs);
  g_hash_table_unref (self->names);
  g_ptr_array_unref (self->nodes);
  g_free (self);
}

guint
thaw_graph_size (const ThawGraph *self)
{
  return self->nodes->len;
}

ThawNode *
thaw_graph_at (const ThawGraph *self, guint id)
{
  g_assert (id < self->nodes->len);
  return g_ptr_array_index (self->nodes, id);
}

ThawNode *
thaw_graph_find (const ThawGraph *self, const char *name)
{
  return g_hash_table_lookup (self->names, name);
}

gboolean
thaw_graph_rename (ThawGraph *self, char *(*rename) (gpointer data, const char *name),
                   gpointer data, GError **error)
{
  g_hash_table_remove_all (self->names);
  for (guint id = 0; id < self->nodes->len; id++)
    {
      ThawNode *node = thaw_graph_at (self, id);
      char *name = rename (data, node->name);

      g_free (node->name);
      node->name = name;
      if (!g_hash_table_insert (self->names, name, node))
        {
          g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "two layers would be called '%s'",
                       name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Bit i: input i may be absent. */
static guint
optional_inputs (ThawOp op)
{
  switch (op)
    {
    case THAW_OP_CONV:
      return 1u << 2 | 1u << 3;
    case THAW_OP_DEPTHWISE:
    case THAW_OP_LINEAR:
      return 1u << 2;
    case THAW_OP_LAYERNORM:
      return 1u << 1 | 1u << 2;
    case THAW_OP_FOLD_BIAS:
      return 1u << 0;
    default:
      return 0;
    }
}

static gboolean
inputs_complete (const ThawGraph *self, ThawOp op, ThawNode *const *inputs, guint n_inputs)
{
  guint optional = optional_inputs (op);

  for (guint i = 0; i < n_inputs; i++)
    {
      if (!inputs[i] && (i >= 32 || !(optional >> i & 1)))
        return FALSE;
      g_assert (!inputs[i] || thaw_graph_at (self, inputs[i]->id) == inputs[i]);
    }
  return TRUE;
}

static char *
unique_name (const ThawGraph *self, ThawOp op)
{
  for (guint i = self->nodes->len;; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s_%u", thaw_op_name (op), i);

      if (!thaw_graph_find (self, name))
        return g_steal_pointer (&name);
    }
}

static ThawNode *
node_new (ThawGraph *self, ThawOp op, const char *name, ThawNode *const *inputs, guint n_inputs)
{
  ThawNode *node = g_new0 (ThawNode, 1);

  node->id = self->nodes->len;
  node->op = op;
  node->name = name ? g_strdup (name) : unique_name (self, op);
  node->n_inputs = n_inputs;
  node->inputs = g_new0 (ThawNode *, MAX (n_inputs, THAW_MIN_INPUTS));
  for (guint i = 0; i < n_inputs; i++)
    node->inputs[i] = inputs[i];
  return node;
}

static ThawNode *
append (ThawGraph *self, ThawNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i])
      node->inputs[i]->use |= thaw_node_holds_weight (node, i) ? THAW_USE_WEIGHT : THAW_USE_OTHER;
  g_ptr_array_add (self->nodes, node);
  g_hash_table_insert (self->names, node->name, node);
  return node;
}

ThawNode *
thaw_graph_add (ThawGraph *self, ThawOp op, const char *name, const ThawOpParams *params,
                ThawNode *const *inputs, guint n_inputs, GError **error)
{
  ThawNode *node;

  g_assert (op != THAW_OP_INPUT && op != THAW_OP_PARAMETER && op < THAW_N_OPS);
  if (!inputs_complete (self, op, inputs, n_inputs))
    return NULL;
  if (name && thaw_graph_find (self, name))
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "%s '%s': there is already a layer of this name", thaw_op_name (op), name);
      return NULL;
    }
  node = node_new (self, op, name, inputs, n_inputs);
  if (params)
    node->params = *params;
  if (!thaw_op_class (op)->infer (node, error))
    {
      node_free (node);
      return NULL;
    }
  return append (self, node);
}

static ThawNode *
add_leaf (ThawGraph *self, ThawOp op, const char *name, const ThawShape *shape)
{
  ThawNode *node;

  if (name && thaw_graph_find (self, name))
    return NULL;
  node = node_new (self, op, name, NULL, 0);
  node->shape = *shape;
  node->batched = op == THAW_OP_INPUT;
  return append (self, node);
}

ThawNode *
thaw_graph_add_input (ThawGraph *self, const char *name, const ThawShape *shape)
{
  ThawNode *node = add_leaf (self, THAW_OP_INPUT, name, shape);

  if (node)
    g_ptr_array_add (self->inputs, node);
  return node;
}

ThawNode *
thaw_graph_add_parameter (ThawGraph *self, const char *name, const ThawShape *shape)
{
  return add_leaf (self, THAW_OP_PARAMETER, name, shape);
}

void
thaw_graph_add_output (ThawGraph *self, ThawNode *node)
{
  g_assert (node && thaw_graph_at (self, node->id) == node);
  g_ptr_array_add (self->outputs, node);
}

void
thaw_graph_clear_outputs (ThawGraph *self)
{
  g_ptr_array_set_size (self->outputs, 0);
}

guint
thaw_graph_n_outputs (const ThawGraph *self)
{
  return self->outputs->len;
}

ThawNode *
thaw_graph_output (const ThawGraph *self, guint i)
{
  g_assert (i < self->outputs->len);
  return g_ptr_array_index (self->outputs, i);
}

guint
thaw_graph_n_inputs (const ThawGraph *self)
{
  return self->inputs->len;
}

ThawNode *
thaw_graph_input (const ThawGraph *self, guint i)
{
  g_assert (i < self->inputs->len);
  return g_ptr_array_index (self->inputs, i);
}

gboolean *
thaw_graph_reached (const ThawGraph *self)
{
  gboolean *reached = g_new0 (gboolean, thaw_graph_size (self) + 1);

  for (guint i = 0; i < self->outputs->len; i++)
    reached[thaw_graph_output (self, i)->id] = TRUE;
  for (guint id = self->nodes->len; id-- > 0;)
    {
      const ThawNode *node = thaw_graph_at (self, id);

      for (guint i = 0; reached[id] && i < node->n_inputs; i++)
        if (node->inputs[i])
          reached[node->inputs[i]->id] = TRUE;
    }
  return reached;
}

ThawNode *
thaw_graph_copy_node (ThawGraph *self, const ThawNode *node, ThawNode *const *map, GError **error)
{
  g_autofree ThawNode **inputs = g_new0 (ThawNode *, node->n_inputs + 1);
  ThawNode *copy;

  if (node->op == THAW_OP_INPUT)
    return thaw_graph_add_input (self, node->name, &node->shape);
  if (node->op == THAW_OP_PARAMETER)
    return thaw_graph_add_parameter (self, node->name, &node->shape);
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i])
      inputs[i] = map[node->inputs[i]->id];
  copy = thaw_graph_add (self, node->op, node->name, &node->params, inputs, node->n_inputs, error);
  if (copy)
    copy->dtype = node->dtype;
  return copy;
}

/* @picture: (nullable): the shape that input 0 gets */
static ThawGraph *
copy_reached (const ThawGraph *self, const ThawShape *picture, GError **error)
{
  g_autoptr (ThawGraph) copy = thaw_graph_new ();
  g_autofree gboolean *reached = thaw_graph_reached (self);
  g_autofree ThawNode **map = g_new0 (ThawNode *, thaw_graph_size (self) + 1);

  for (guint id = 0; id < thaw_graph_size (self); id++)
    {
      const ThawNode *node = thaw_graph_at (self, id);

      if (picture && node == thaw_graph_input (self, 0))
        map[id] = thaw_graph_add_input (copy, node->name, picture);
      else if (reached[id])
        map[id] = thaw_graph_copy_node (copy, node, map, error);
      else
        continue;
      if (!map[id])
        return NULL;
    }
  for (guint i = 0; i < self->outputs->len; i++)
    thaw_graph_add_output (copy, map[thaw_graph_output (self, i)->id]);
  return g_steal_pointer (&copy);
}

ThawGraph *
thaw_graph_prune (const ThawGraph *self)
{
  ThawGraph *pruned = copy_reached (self, NULL, NULL);

  g_assert (pruned);
  return pruned;
}

ThawGraph *
thaw_graph_resize (const ThawGraph *self, gint64 height, gint64 width, GError **error)
{
  ThawGraph *resized;
  ThawShape picture;

  g_assert (thaw_graph_n_inputs (self) > 0);
  picture = thaw_graph_input (self, 0)->shape;
  if (picture.rank != 4 || height < 1 || width < 1)
    {
      g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID,
                   "this network cannot take pictures of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT,
                   width, height);
      return NULL;
    }
  picture.dim[1] = height;
  picture.dim[2] = width;
  resized = copy_reached (self, &picture, error);
  if (!resized)
    g_prefix_error (error,
                    "pictures of %" G_GINT64_FORMAT " x %" G_GINT64_FORMAT
                    " do not fit this network, choose another size: ",
                    width, height);
  return resized;
}

double
thaw_node_multiply_adds (const ThawNode *self)
{
  const ThawOpClass *klass = thaw_op_class (self->op);

  return klass->multiply_adds ? klass->multiply_adds (self) : 0;
}

double
thaw_graph_multiply_adds (const ThawGraph *self)
{
  double sum = 0;

  for (guint id = 0; id < thaw_graph_size (self); id++)
    if (thaw_graph_at (self, id)->batched)
      sum += thaw_node_multiply_adds (thaw_graph_at (self, id));
  return sum;
}
