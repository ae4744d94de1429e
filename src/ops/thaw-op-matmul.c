/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-kernels.h>

#include "ops/thaw-op-private.h"
#include "ops/thaw-op-util.h"

/* One call as a number of products of the same size, each [m, k] times [k, p]. */
typedef struct
{
  gint64 m, k, p;
  gint64 items;
  int    n_axes;                   /* in front of the matrices, of the result */
  gint64 dim[THAW_MAX_RANK];
  gint64 step[2][THAW_MAX_RANK];   /* of a and b along them, 0 where an operand is repeated */
} Products;

/* An operand counted with the axes of the result: missing ones in front are 1. */
static gint64
dim_at (const ThawNode *operand, int rank, int axis)
{
  int own = axis - (rank - operand->shape.rank);

  return own < 0 ? 1 : operand->shape.dim[own];
}

/* A plain matrix for all pictures on the right takes the rows of everything on the left at once. */
static gboolean
is_flat (const ThawNode *node)
{
  const ThawNode *b = node->inputs[1];

  return !node->params.matmul.transpose_a && !b->batched && b->shape.rank == 2;
}

static void
set_steps (const ThawNode *operand, int rank, gint64 *step)
{
  const gint64 *matrix = operand->shape.dim + operand->shape.rank - 2;
  gint64 stride = matrix[0] * matrix[1];

  for (int axis = rank - 3; axis >= 0; axis--)
    {
      gint64 dim = dim_at (operand, rank, axis);
      gboolean repeated = dim == 1 && !(operand->batched && axis == rank - operand->shape.rank);

      step[axis] = repeated ? 0 : stride;
      stride *= dim;
    }
}

static Products
products (const ThawNode *node, gint64 n)
{
  const ThawNode *a = node->inputs[0], *b = node->inputs[1];
  const gint64 *b_dim = b->shape.dim + b->shape.rank - 2;
  int rank = node->shape.rank;
  Products self = { .items = 1,
                    .k = b_dim[node->params.matmul.transpose_b ? 1 : 0],
                    .p = node->shape.dim[rank - 1] };

  if (is_flat (node))
    {
      self.m = thaw_op_rows (a, n);
      return self;
    }
  self.m = node->shape.dim[rank - 2];
  self.n_axes = rank - 2;
  for (int axis = 0; axis < self.n_axes; axis++)
    {
      self.dim[axis] = axis == 0 && node->batched ? n : node->shape.dim[axis];
      self.items *= self.dim[axis];
    }
  set_steps (a, rank, self.step[0]);
  set_steps (b, rank, self.step[1]);
  return self;
}

static gint64
offset (const Products *self, int operand, gint64 item)
{
  gint64 at = 0;

  for (int axis = self->n_axes - 1; axis >= 0; axis--)
    {
      at += item % self->dim[axis] * self->step[operand][axis];
      item /= self->dim[axis];
    }
  return at;
}

/* A batch axis lies in front of the matrices and of all other axes of the result. */
static gboolean
check_batch (const ThawNode *node, int rank)
{
  const ThawNode *a = node->inputs[0], *b = node->inputs[1];

  if ((a->batched && a->shape.rank < rank) || (b->batched && b->shape.rank < rank))
    return FALSE;
  if (b->batched && b->shape.rank < 3)
    return FALSE;
  return !a->batched || a->shape.rank >= 3 || is_flat (node);
}

static gboolean
infer_leading (ThawNode *node, int rank)
{
  const ThawNode *a = node->inputs[0], *b = node->inputs[1];

  for (int axis = 0; axis < rank - 2; axis++)
    {
      gint64 da = dim_at (a, rank, axis), db = dim_at (b, rank, axis);

      if (da != db && da != 1 && db != 1)
        return FALSE;
      if (axis == 0 && (a->batched || b->batched) && (da != 1 || db != 1))
        return FALSE;
      node->shape.dim[axis] = da == 1 ? db : da;
    }
  return TRUE;
}

static gboolean
infer_shape (ThawNode *node)
{
  const ThawMatmulParams *p = &node->params.matmul;
  const ThawNode *a = node->inputs[0], *b = node->inputs[1];
  int rank = MAX (a->shape.rank, b->shape.rank);
  const gint64 *da, *db;

  if (a->shape.rank < 2 || b->shape.rank < 2 || !check_batch (node, rank))
    return FALSE;
  da = a->shape.dim + a->shape.rank - 2;
  db = b->shape.dim + b->shape.rank - 2;
  node->shape.rank = rank;
  node->shape.dim[rank - 2] = da[p->transpose_a ? 1 : 0];
  node->shape.dim[rank - 1] = db[p->transpose_b ? 0 : 1];
  node->batched = a->batched || b->batched;
  return da[p->transpose_a ? 0 : 1] == db[p->transpose_b ? 1 : 0] && infer_leading (node, rank);
}

static gboolean
infer (ThawNode *node, GError **error)
{
  g_autofree char *a = NULL, *b = NULL;

  if (!thaw_op_check_inputs (node, 2, 2, error))
    return FALSE;
  if (infer_shape (node))
    return TRUE;
  a = thaw_shape_to_string (&node->inputs[0]->shape);
  b = thaw_shape_to_string (&node->inputs[1]->shape);
  return thaw_op_fail (node, error, "%s%s times %s%s is not defined", a,
                       node->params.matmul.transpose_a ? " transposed" : "", b,
                       node->params.matmul.transpose_b ? " transposed" : "");
}

static double
multiply_adds (const ThawNode *node)
{
  return (double) thaw_op_count (node, 1) * products (node, 1).k;
}

static guint
needs (const ThawNode *node, const gboolean *wanted)
{
  return (wanted[0] ? THAW_NEEDS_X (1) : 0) | (wanted[1] ? THAW_NEEDS_X (0) : 0);
}

static gsize
packed_floats (const Products *self)
{
  gsize forward = thaw_kernels ()->gemm_packed_size (self->k, self->p);
  gsize backward = thaw_kernels ()->gemm_packed_size (self->p, self->k);

  return (MAX (forward, backward) + 15) / 16 * 16;
}

/* A packed matrix; where a is transposed, a as it is multiplied and its gradient. */
static gsize
workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  Products shape = products (node, n);

  return (packed_floats (&shape) + (node->params.matmul.transpose_a ? 2 * shape.m * shape.k : 0))
         * sizeof (float);
}

/* @to [m, k] from @from [k, m] */
static void
transpose (const float *from, gint64 m, gint64 k, float *to)
{
  for (gint64 i = 0; i < m; i++)
    for (gint64 l = 0; l < k; l++)
      to[i * k + l] = from[l * m + i];
}

/* b packed as [k, p], or transposed as [p, k] */
static const float *
pack (const Products *self, const ThawOpCall *call, gint64 item, gboolean transposed)
{
  gboolean stored_transposed = call->node->params.matmul.transpose_b;
  ThawGemmAxis k = thaw_gemm_axis (self->k, stored_transposed ? 1 : self->p);
  ThawGemmAxis p = thaw_gemm_axis (self->p, stored_transposed ? self->k : 1);

  thaw_kernels ()->gemm_pack ((const float *) call->x[1] + offset (self, 1, item),
                              transposed ? &p : &k, transposed ? &k : &p, call->workspace);
  return call->workspace;
}

static const float *
left (const Products *self, const ThawOpCall *call, gint64 item)
{
  const float *a = (const float *) call->x[0] + offset (self, 0, item);
  float *copy = (float *) call->workspace + packed_floats (self);

  if (!call->node->params.matmul.transpose_a)
    return a;
  transpose (a, self->m, self->k, copy);
  return copy;
}

static void
forward (const ThawOpCall *call)
{
  Products shape = products (call->node, call->n);

  for (gint64 item = 0; item < shape.items; item++)
    thaw_kernels ()->gemm (&(ThawGemm){ .m = shape.m,
                                        .n = shape.p,
                                        .k = shape.k,
                                        .a = left (&shape, call, item),
                                        .lda = shape.k,
                                        .b = pack (&shape, call, item, FALSE),
                                        .c = (float *) call->y + item * shape.m * shape.p,
                                        .ldc = shape.p });
}

static void
add_left_gradient (const Products *self, const ThawOpCall *call, gint64 item, const float *dy)
{
  float *da = (float *) call->dx[0] + offset (self, 0, item);
  float *sums = (float *) call->workspace + packed_floats (self) + self->m * self->k;
  gboolean transposed = call->node->params.matmul.transpose_a;

  thaw_kernels ()->gemm (&(ThawGemm){ .m = self->m,
                                      .n = self->k,
                                      .k = self->p,
                                      .a = dy,
                                      .lda = self->p,
                                      .b = pack (self, call, item, TRUE),
                                      .residual = transposed ? NULL : da,
                                      .ldr = self->k,
                                      .c = transposed ? sums : da,
                                      .ldc = self->k });
  for (gint64 i = 0; i < self->m && transposed; i++)
    for (gint64 l = 0; l < self->k; l++)
      da[l * self->m + i] += sums[i * self->k + l];
}

static void
add_right_gradient (const Products *self, const ThawOpCall *call, gint64 item, const float *dy)
{
  float *db = (float *) call->dx[1] + offset (self, 1, item);
  const float *a = left (self, call, item);

  if (call->node->params.matmul.transpose_b)
    thaw_kernels ()->gemm_transposed (
        &(ThawGemmTransposed){ self->m, self->p, self->k, dy, self->p, a, self->k, db, self->k });
  else
    thaw_kernels ()->gemm_transposed (
        &(ThawGemmTransposed){ self->m, self->k, self->p, a, self->k, dy, self->p, db, self->p });
}

static void
backward (const ThawOpCall *call)
{
  Products shape = products (call->node, call->n);

  for (guint i = 0; i < 2; i++)
    if (call->dx[i] && call->node->inputs[i]->batched)
      memset (call->dx[i], 0, thaw_op_count (call->node->inputs[i], call->n) * sizeof (float));
  for (gint64 item = 0; item < shape.items; item++)
    {
      const float *dy = (const float *) call->dy + item * shape.m * shape.p;

      if (call->dx[0])
        add_left_gradient (&shape, call, item, dy);
      if (call->dx[1])
        add_right_gradient (&shape, call, item, dy);
    }
}

#define THAW_OP_TWIN "ops/thaw-op-matmul-ref.inc"
#include "ops/thaw-op-ref.h"

const ThawOpClass thaw_op_matmul_class = {
  .name = "matmul",
  .infer = infer,
  .multiply_adds = multiply_adds,
  .needs = needs,
  .workspace_size = workspace_size,
  .forward = forward,
  .backward = backward,
  .reference = THAW_OP_REFERENCE (matmul),
};
