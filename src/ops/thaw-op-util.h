/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

/* 1 / sqrt (2) */
#define THAW_SQRT1_2 0.70710678118654752440

/* Inner loops that the compiler is to write once for each instruction set of the machines at hand.
 * Products are never contracted into sums and sums never reordered, so that every version has the
 * same bits. Sanitizers start too late for the choice at load time. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)                               \
    && !defined(__SANITIZE_ADDRESS__)
#define THAW_OP_VECTOR __attribute__ ((target_clones ("default", "avx2", "avx512f")))
#else
#define THAW_OP_VECTOR
#endif

/* The elements of @node's value for @n pictures. */
static inline gint64
thaw_op_count (const ThawNode *node, gint64 n)
{
  gint64 count = node->batched ? n : 1;

  for (int i = 0; i < node->shape.rank; i++)
    count *= node->shape.dim[i];
  return count;
}

/* The shape of @node's value for @n pictures. */
static inline ThawShape
thaw_op_shape (const ThawNode *node, gint64 n)
{
  ThawShape shape = node->shape;

  if (node->batched)
    shape.dim[0] = n;
  return shape;
}

/* Where the share of @n that this call is to make begins (@next 0) or ends (@next 1): whole lines of a picture, or one thread's part
 * in whole @grain's. */
static inline gint64
thaw_op_share (const ThawOpCall *call, gint64 n, gint64 grain, guint next)
{
  gint64 grains = (n + grain - 1) / grain;

  if (call->end_line)
    return n / call->node->shape.dim[1] * (next ? call->end_line : call->line);
  return call->parts > 1 ? MIN (n, grains * (call->part + next) / call->parts * grain) : next ? n : 0;
}

/* The length of the last axis (1 for a scalar): channels, features. */
static inline gint64
thaw_op_width (const ThawNode *node)
{
  return node->shape.rank ? node->shape.dim[node->shape.rank - 1] : 1;
}

/* The elements per channel: thaw_op_count() / thaw_op_width(), also where that is 0. */
static inline gint64
thaw_op_rows (const ThawNode *node, gint64 n)
{
  gint64 rows = node->batched ? n : 1;

  for (int i = 0; i + 1 < node->shape.rank; i++)
    rows *= node->shape.dim[i];
  return rows;
}

static inline const ThawNode *
thaw_op_input (const ThawNode *node, guint i)
{
  return i < node->n_inputs ? node->inputs[i] : NULL;
}

/* Sets THAW_ERROR_INVALID to "OP 'LAYER': MESSAGE" and returns FALSE. */
gboolean thaw_op_fail (const ThawNode *node, GError **error, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Shape rules: FALSE with an error that names the layer and the shapes. */
/* @required inputs are there and no more than @most */
gboolean thaw_op_check_inputs  (const ThawNode *node, guint required, guint most, GError **error);
/* input @i is absent or a vector of @length that is not batched */
gboolean thaw_op_check_vector (const ThawNode *node, guint i, gint64 length, const char *what,
                               GError **error);
/* input 0 is an image, [N, H, W, C] */
gboolean thaw_op_check_image   (const ThawNode *node, GError **error);
/* one input; shape and batched as it has them */
gboolean thaw_op_infer_same    (ThawNode *node, GError **error);

/* needs(): backward reads dy alone. */
guint    thaw_op_needs_nothing (const ThawNode *node, const gboolean *wanted);

/* The gradient of an operation that works element by element, y's shape being input @i's: where to
 * write it (NULL: not wanted), and what to call afterwards. An input that is not batched is added
 * to, by way of @dy, which may be overwritten. */
float   *thaw_op_elementwise_target (const ThawOpCall *call, guint i);
void     thaw_op_elementwise_done   (const ThawOpCall *call, guint i);
/* sum[i] += x[i] */
void     thaw_op_accumulate         (gint64 n, const float *x, float *sum);
/* In a fixed order that depends on @n alone. */
float    thaw_op_sum                (gint64 n, const float *x);
float    thaw_op_dot                (gint64 n, const float *a, const float *b);
/* dx[i] ready to be added to, as TWIN (gradient): NULL where it is not wanted, cleared where
 * batched. */
float   *thaw_op_gradient           (const ThawOpCall *call, guint i);
