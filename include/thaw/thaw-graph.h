/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op-params.h>
#include <thaw/thaw-tensor.h>

G_BEGIN_DECLS

/* One enumerator a line of src/ops/thaw-op-list.inc: THAW_OP_INPUT, THAW_OP_PARAMETER, THAW_OP_CONV ... */
typedef enum
{
#define THAW_OP(NAME, name, klass) THAW_OP_##NAME,
#include <thaw/thaw-op-list.inc>
#undef THAW_OP
  THAW_N_OPS
} ThawOp;

/**
 * ThawNode:
 *
 * One value of the network and the operation that makes it. Values are float32 (but see @dtype), row-major, images
 * as [N, H, W, C]. Parameters keep PyTorch's layout (convolution [out, in/groups, kh, kw], linear
 * [out, in]); kernels repack them.
 *
 * A batched value has the number of pictures as its first dimension, written as 1 in @shape. A value
 * that is not batched depends on parameters alone (a parameter, or an operation on parameters such as
 * the folding of BatchNorm into a kernel); it is computed once after every update of the parameters,
 * not once a picture.
 */
struct _ThawNode
{
  guint        id;       /* position in the graph; inputs have smaller ones */
  ThawOp       op;
  char        *name;     /* the layer's ("features.0.0"), the parameter's ("features.0.0.weight"); unique */
  ThawOpParams params;   /* the member that belongs to @op */

  guint        n_inputs;
  ThawNode   **inputs;   /* an optional input that is absent is NULL */

  ThawShape    shape;
  gboolean     batched;
  ThawDtype    dtype;    /* of the value: float32, or bfloat16 where thaw_graph_in_precision() made it so */
  guint8       use;      /* what the nodes after it take it for, THAW_USE_*; kept by thaw_graph_add() */
};

enum { THAW_USE_WEIGHT = 1, THAW_USE_OTHER = 2 };

/**
 * ThawGraph:
 *
 * Nodes in network order (every input before its use). Owns its nodes. Not thread-safe while it is
 * built; read-only afterwards.
 */
ThawGraph *thaw_graph_new         (void);
ThawGraph *thaw_graph_ref         (ThawGraph *self);
void       thaw_graph_unref       (ThawGraph *self);

guint      thaw_graph_size        (const ThawGraph *self);
ThawNode  *thaw_graph_at          (const ThawGraph *self, guint id);
ThawNode  *thaw_graph_find        (const ThawGraph *self, const char *name); /* (nullable) */
/* Every node's name becomes what @rename makes of it (transfer full); FALSE with an error where two would have the same, the graph is of no use then */
gboolean   thaw_graph_rename      (ThawGraph *self, char *(*rename) (gpointer data, const char *name), gpointer data, GError **error);

/**
 * thaw_graph_add:
 * @name: (nullable): NULL makes a unique one
 * @params: (nullable): NULL for zeros
 *
 * Appends a node and infers its shape. When inference fails (shapes that do not fit) the node is not
 * added, NULL is returned and @error says which layer and why.
 *
 * Builders add dozens of nodes in a row: thaw_graph_add() given a NULL in @inputs where the operation
 * needs a value returns NULL at once and leaves @error alone, so that a builder may check once at its end.
 */
ThawNode  *thaw_graph_add         (ThawGraph          *self,
                                   ThawOp              op,
                                   const char         *name,
                                   const ThawOpParams *params,
                                   ThawNode *const    *inputs,
                                   guint               n_inputs,
                                   GError            **error);
/* @shape: with the leading 1 of a batched value. Both return NULL where the name is taken. */
ThawNode  *thaw_graph_add_input     (ThawGraph *self, const char *name, const ThawShape *shape);
ThawNode  *thaw_graph_add_parameter (ThawGraph *self, const char *name, const ThawShape *shape);

/* The values that are wanted, in order: the logits are output 0. */
void       thaw_graph_add_output  (ThawGraph *self, ThawNode *node);
void       thaw_graph_clear_outputs (ThawGraph *self);
guint      thaw_graph_n_outputs   (const ThawGraph *self);
ThawNode  *thaw_graph_output      (const ThawGraph *self, guint i);
guint      thaw_graph_n_inputs    (const ThawGraph *self);
ThawNode  *thaw_graph_input       (const ThawGraph *self, guint i); /* the THAW_OP_INPUT nodes, in order */

/* A copy of what the outputs need, in the same order; names and shapes stay. */
ThawGraph *thaw_graph_prune       (const ThawGraph *self);
/* A copy for pictures of another size: input 0 becomes [1, height, width, C]. NULL with an error where it does not fit. */
ThawGraph *thaw_graph_resize      (const ThawGraph *self, gint64 height, gint64 width, GError **error);

/* The graph as JSON, with all that its nodes know but their data (transfer full); and back, NULL with an error. @features: in the graph */
char      *thaw_graph_to_text     (const ThawGraph *self, const ThawNode *features);
ThawGraph *thaw_graph_from_text   (const char *text, ThawNode **features, GError **error);

/* Multiply-adds for one picture. */
double     thaw_node_multiply_adds  (const ThawNode *self);
double     thaw_graph_multiply_adds (const ThawGraph *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawGraph, thaw_graph_unref)

G_END_DECLS
