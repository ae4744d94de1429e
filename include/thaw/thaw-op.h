/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-graph.h>

G_BEGIN_DECLS

/**
 * ThawOpRun:
 *
 * What all calls of one pass through the network share in one thread.
 */
struct _ThawOpRun
{
  gboolean       training;  /* dropout drops, BatchNorm in batch mode uses the batch */
  guint64        seed;
  guint64        epoch;
  const guint64 *samples;   /* [n]: the number of each picture of this call, for dropout (thaw-op-dropout.c says how); NULL: 0 .. n - 1 */
  gint64         n_total;   /* pictures in the whole step, over all threads */
  guint          thread;
  ThawPool      *pool;      /* (nullable): for sums over the threads (batch statistics); NULL: one thread */
};

/**
 * ThawOpCall:
 *
 * One operation on @n pictures. The element type of all data is float in the engine and in the float
 * twin, double in the double twin.
 *
 * Backward: @dy may be overwritten. @dx[i] is NULL where no gradient is wanted. The gradient of a
 * batched input is written (not added to) over all of its elements; that of an input that is not
 * batched is added to what is there. For a convolution's residual dx[i] may be @dy itself, which is then
 * left as the residual's gradient. @x and @y are valid only as far as needs() asked for them, but
 * inputs that are not batched always are.
 */
struct _ThawOpCall
{
  const ThawNode   *node;
  const ThawOpRun  *run;
  gint64            n;          /* 0 is allowed */
  const void *const *x;
  void             *y;
  void             *prepared;   /* made by prepare(); NULL in the twins */
  void             *saved;      /* from forward to backward; NULL where none follows */
  void             *workspace;
  void             *dy;
  void *const      *dx;
  gboolean          again;      /* forward() once more, in the middle of backward, for the value alone: what it observed is in @saved */
  guint             part, parts; /* forward() of a class that shares: this thread's share, @part of @parts; 0 or 1 parts: all of it */
  gint64            line, end_line; /* forward() of a class that sees(), one picture: these lines of its value alone; @end_line 0: all */
};

/* The lines of an input, [N, H, W, C], that line i of a value is made from: @extent of them from i @stride - @pad on, as far as they
 * are inside the picture */
typedef struct
{
  gint64 stride, pad, extent;
} ThawSight;

/* What backward reads, as a set: bit i for input i, THAW_NEEDS_Y for the output. */
#define THAW_NEEDS_X(i) (1u << (i))
#define THAW_NEEDS_Y (1u << 31)

typedef void (*ThawOpFunc) (const ThawOpCall *call);

/**
 * ThawOpClass:
 *
 * Constant, one an operation. Sizes are in bytes and may be NULL for none; @training says whether
 * backward will be called. For a node that is not batched @n is 1.
 *
 * The twins (reference[0] in float, reference[1] in double) allocate what they need themselves and
 * are written for reading. They use @saved as the engine does, reference_saved() bytes.
 */
struct _ThawOpClass
{
  const char *name;

  /* Sets shape, batched and what follows from them in params; the inputs are set. */
  gboolean (*infer)           (ThawNode *node, GError **error);
  double   (*multiply_adds)   (const ThawNode *node);
  double   (*cost)            (const ThawNode *node); /* of forward() on one picture, in multiply-adds of a good product; NULL: its own */
  guint    (*needs)           (const ThawNode *node, const gboolean *wanted); /* wanted[i]: dx[i] is wanted */

  const char *(*kernel)       (const ThawNode *node); /* what forward() does it with, for looking at; NULL: the operation's name says it */

  /* NULL or FALSE: values are made as a whole. TRUE: forward() can make any lines of one picture's value, to the same bits, from those
   * lines of input @i that @sight says */
  gboolean (*sees)            (const ThawNode *node, guint i, ThawSight *sight);

  /* NULL or FALSE: values are float32. TRUE: forward() can read input 0 and what is added to it as bfloat16, which is faster, and writes
   * its value as either, or as that of input 0 where it @keeps_dtype */
  gboolean (*takes_bf16)      (const ThawNode *node);
  gboolean   keeps_dtype;

  gsize    (*prepared_size)   (const ThawNode *node, gboolean training);
  void     (*prepare)         (const ThawNode *node, const void *const *x, void *prepared, gboolean training);
  gsize    (*workspace_size)  (const ThawNode *node, gint64 n, gboolean training);
  gsize    (*saved_size)      (const ThawNode *node, gint64 n);

  ThawOpFunc forward;
  ThawOpFunc backward;        /* NULL: no gradient passes (leaf) */
  gboolean   shares;          /* forward() makes call->part of call->parts: several threads make one picture's value together */

  /* After a training step, once: moves what the step observed into the parameters (BatchNorm's running
   * statistics). @state[i]: the data of input i, written to. @saved: of any thread. @element: the size
   * of a number in @state, the engine's or a twin's. */
  void     (*update_state)    (const ThawNode *node, const void *saved, gint64 n_total, void *const *state, gsize element);

  gsize    (*reference_saved) (const ThawNode *node, gint64 n, gsize element);
  struct
  {
    ThawOpFunc forward;
    ThawOpFunc backward;
  } reference[2];
};

const ThawOpClass *thaw_op_class (ThawOp op);
const char        *thaw_op_name  (ThawOp op);
ThawActivation     thaw_op_activation (ThawOp op); /* THAW_ACTIVATION_NONE unless it is one */

G_END_DECLS
