/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-convolution.h"
#include "ops/thaw-op-private.h"

#define THAW_OP_TWIN "ops/thaw-op-linear-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
infer (ThawNode *node, GError **error)
{
  const ThawNode *x, *weight;
  g_autofree char *a = NULL, *b = NULL;

  if (!thaw_op_check_inputs (node, 2, 3, error)
      || !thaw_op_check_activation (node, node->params.linear.activation, error))
    return FALSE;
  x = node->inputs[0];
  weight = node->inputs[1];
  if (!x->batched || weight->batched || x->shape.rank < 2 || weight->shape.rank != 2
      || thaw_op_width (x) != weight->shape.dim[1])
    {
      a = thaw_shape_to_string (&weight->shape);
      b = thaw_shape_to_string (&x->shape);
      return thaw_op_fail (node, error, "a weight of %s does not go with values of %s", a, b);
    }
  node->shape = x->shape;
  node->shape.dim[x->shape.rank - 1] = weight->shape.dim[0];
  node->batched = TRUE;
  return thaw_op_check_vector (node, 2, weight->shape.dim[0], "bias", error);
}

static double
multiply_adds (const ThawNode *node)
{
  return (double) thaw_op_count (node, 1) * node->inputs[1]->shape.dim[1];
}

static guint
needs (const ThawNode *node, const gboolean *wanted)
{
  return thaw_convolution_needs (node->params.linear.activation, wanted);
}

/* Rows are pictures of one element. */
static ThawConvolution
convolution (const ThawNode *node, gint64 n)
{
  const ThawShape *weight = &node->inputs[1]->shape;

  return (ThawConvolution){
    .windows = { .n = thaw_op_rows (node, n),
                 .h = 1,
                 .w = 1,
                 .c = weight->dim[1],
                 .out_h = 1,
                 .out_w = 1,
                 .kernel = { 1, 1 },
                 .stride = { 1, 1 },
                 .dilation = { 1, 1 } },
    .groups = 1,
    .in = weight->dim[1],
    .out = weight->dim[0],
    .activation = node->params.linear.activation,
    .bf16 = node->inputs[0]->dtype == THAW_DTYPE_BF16,
    .bf16_y = node->dtype == THAW_DTYPE_BF16,
  };
}

/* A product of one row is the classifier's, or as small as it: reading its weights is all it does. */
static gboolean
takes_bf16 (const ThawNode *node)
{
  ThawConvolution shape = convolution (node, 1);

  return shape.windows.n > 1 && thaw_convolution_gains_by_bf16 (&shape);
}

static const char *
kernel (const ThawNode *node)
{
  ThawConvolution shape = convolution (node, 1);

  return thaw_convolution_kernel (&shape);
}

static gsize
prepared_size (const ThawNode *node, gboolean training)
{
  ThawConvolution shape = convolution (node, 1);

  return thaw_convolution_prepared_size (&shape, training);
}

static void
prepare (const ThawNode *node, const void *const *x, void *prepared, gboolean training)
{
  ThawConvolution shape = convolution (node, 1);

  thaw_convolution_prepare (&shape, x[1], prepared, training);
}

static void
forward (const ThawOpCall *call)
{
  ThawConvolution shape = convolution (call->node, call->n);

  thaw_convolution_forward (&shape, call);
}

static void
backward (const ThawOpCall *call)
{
  ThawConvolution shape = convolution (call->node, call->n);

  thaw_convolution_backward (&shape, call);
}

const ThawOpClass thaw_op_linear_class = {
  .name = "linear",
  .infer = infer,
  .multiply_adds = multiply_adds,
  .needs = needs,
  .kernel = kernel,
  .takes_bf16 = takes_bf16,
  .prepared_size = prepared_size,
  .prepare = prepare,
  .forward = forward,
  .backward = backward,
  .reference = THAW_OP_REFERENCE (linear),
};
