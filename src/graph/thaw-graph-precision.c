/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-cpu.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>
#include <thaw/thaw-precision.h>

#include "thaw-graph-private.h"

static const char *const names[THAW_N_PRECISIONS] = { "float32", "fast" };

const char *
thaw_precision_name (ThawPrecision self)
{
  g_return_val_if_fail ((guint) self < THAW_N_PRECISIONS, NULL);
  return names[self];
}

gboolean
thaw_precision_parse (ThawPrecision *self, const char *name, GError **error)
{
  for (ThawPrecision p = 0; p < THAW_N_PRECISIONS; p++)
    if (g_str_equal (name, names[p]))
      {
        *self = p;
        return TRUE;
      }
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "there is no precision “%s”: choose float32 or fast", name);
  return FALSE;
}

gboolean
thaw_precision_check (ThawPrecision self, GError **error)
{
  if (self == THAW_PRECISION_FLOAT32 || thaw_isa_bf16_gain (thaw_cpu_isa ()) > 1)
    return TRUE;
  g_set_error_literal (error, THAW_ERROR, THAW_ERROR_UNSUPPORTED,
                       "this processor has no products of bfloat16 (AVX512_BF16 or AMX), so that nothing would be faster: choose float32");
  return FALSE;
}

typedef struct
{
  const ThawGraph *old;
  ThawGraph       *new;
  guint8          *readers;   /* [old size]: who reads a value: */
  gboolean        *computes;  /* [old size]: reads bfloat16 */
  ThawNode       **map;       /* [old size] */
  ThawNode       **converted; /* [new size, some more] (nullable): a value as bfloat16 */
} Lowering;

enum { READ_AS_BF16 = 1, READ_AS_FLOAT = 2 };

static gboolean
takes_bf16 (const ThawNode *node)
{
  const ThawOpClass *klass = thaw_op_class (node->op);

  return klass->takes_bf16 && klass->takes_bf16 (node);
}

/* From the outputs back: a value is bfloat16 where all its readers compute in it. */
static void
choose (Lowering *self)
{
  for (guint i = 0; i < thaw_graph_n_outputs (self->old); i++)
    self->readers[thaw_graph_output (self->old, i)->id] |= READ_AS_FLOAT;
  for (guint id = thaw_graph_size (self->old); id-- > 0;)
    {
      const ThawNode *node = thaw_graph_at (self->old, id);

      self->computes[id] = takes_bf16 (node) && (!thaw_op_class (node->op)->keeps_dtype || self->readers[id] == READ_AS_BF16);
      for (guint i = 0; i < node->n_inputs; i++)
        if (node->inputs[i])
          self->readers[node->inputs[i]->id] |= self->computes[id] ? READ_AS_BF16 : READ_AS_FLOAT;
    }
}

/* @value of the new graph as bfloat16: itself, or converted once for all who want it */
static ThawNode *
as_bf16 (Lowering *self, ThawNode *value)
{
  g_autofree char *name = NULL;

  if (value->dtype == THAW_DTYPE_BF16)
    return value;
  if (self->converted[value->id])
    return self->converted[value->id];
  name = g_strdup_printf ("%s, bfloat16", value->name);
  self->converted[value->id] = thaw_graph_add (self->new, THAW_OP_CONVERT, thaw_graph_find (self->new, name) ? NULL : name, NULL, &value, 1, NULL);
  self->converted[value->id]->dtype = THAW_DTYPE_BF16;
  return self->converted[value->id];
}

static void
lower_node (Lowering *self, const ThawNode *node)
{
  ThawNode *x = node->n_inputs && node->inputs[0] ? self->map[node->inputs[0]->id] : NULL;

  if (self->computes[node->id])
    self->map[node->inputs[0]->id] = as_bf16 (self, x);
  self->map[node->id] = thaw_graph_copy_node (self->new, node, self->map, NULL);
  if (x)
    self->map[node->inputs[0]->id] = x;
  if (self->computes[node->id] && self->readers[node->id] == READ_AS_BF16)
    self->map[node->id]->dtype = THAW_DTYPE_BF16;
}

static ThawGraph *
lower (const ThawGraph *graph)
{
  const gsize n = thaw_graph_size (graph) + 1;
  g_autofree guint8 *readers = g_new0 (guint8, n);
  g_autofree gboolean *computes = g_new0 (gboolean, n);
  g_autofree ThawNode **map = g_new0 (ThawNode *, n);
  g_autofree ThawNode **converted = g_new0 (ThawNode *, 2 * n); /* each value is converted once at most */
  Lowering self = { .old = graph, .new = thaw_graph_new (), .readers = readers, .computes = computes, .map = map, .converted = converted };

  choose (&self);
  for (guint id = 0; id < thaw_graph_size (graph); id++)
    lower_node (&self, thaw_graph_at (graph, id));
  for (guint i = 0; i < thaw_graph_n_outputs (graph); i++)
    thaw_graph_add_output (self.new, map[thaw_graph_output (graph, i)->id]);
  return self.new;
}

ThawGraph *
thaw_graph_in_precision (ThawGraph *graph, ThawPrecision precision)
{
  if (precision == THAW_PRECISION_FLOAT32 || !thaw_precision_check (precision, NULL))
    return thaw_graph_ref (graph);
  return lower (graph);
}
