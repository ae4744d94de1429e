/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-convolution.h"
#include "ops/thaw-op-private.h"
#include "ops/thaw-op-window.h"

#define THAW_OP_TWIN "ops/thaw-op-conv-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
check_weight (ThawNode *node, GError **error)
{
  ThawWindowParams *p = &node->params.window;
  const ThawShape *x = &node->inputs[0]->shape, *weight = &node->inputs[1]->shape;
  g_autofree char *a = NULL, *b = NULL;

  if (!node->inputs[1]->batched && weight->rank == 4 && x->rank == 4
      && weight->dim[0] % MAX (p->groups, 1) == 0
      && weight->dim[1] * MAX (p->groups, 1) == x->dim[3] && weight->dim[0] > 0
      && weight->dim[1] > 0)
    {
      if (p->kernel[0] == 0 && p->kernel[1] == 0)
        for (int axis = 0; axis < 2; axis++)
          p->kernel[axis] = (int) MIN (weight->dim[2 + axis], G_MAXINT);
      if (p->kernel[0] == weight->dim[2] && p->kernel[1] == weight->dim[3])
        return TRUE;
    }
  a = thaw_shape_to_string (weight);
  b = thaw_shape_to_string (x);
  return thaw_op_fail (
      node, error,
      "a kernel of %s does not go with pictures of %s, %d groups and windows of %d x %d", a, b,
      p->groups, p->kernel[0], p->kernel[1]);
}

static gboolean
check_residual (const ThawNode *node, GError **error)
{
  const ThawNode *residual = thaw_op_input (node, 3);
  g_autofree char *a = NULL, *b = NULL;

  if (!residual || (residual->batched && thaw_shape_equal (&residual->shape, &node->shape)))
    return TRUE;
  a = thaw_shape_to_string (&residual->shape);
  b = thaw_shape_to_string (&node->shape);
  return thaw_op_fail (node, error, "%s cannot be added to a result of %s", a, b);
}

static gboolean
infer (ThawNode *node, GError **error)
{
  gint64 out[2];

  if (!thaw_op_check_inputs (node, 2, 4, error) || !check_weight (node, error)
      || !thaw_op_window_infer (node, out, error)
      || !thaw_op_check_vector (node, 2, node->inputs[1]->shape.dim[0], "bias", error)
      || !thaw_op_check_activation (node, node->params.window.activation, error))
    return FALSE;
  node->shape = THAW_SHAPE (1, out[0], out[1], node->inputs[1]->shape.dim[0]);
  node->batched = TRUE;
  return check_residual (node, error);
}

static double
multiply_adds (const ThawNode *node)
{
  const ThawShape *weight = &node->inputs[1]->shape;

  return (double) thaw_op_count (node, 1) * weight->dim[1] * weight->dim[2] * weight->dim[3];
}

static guint
needs (const ThawNode *node, const gboolean *wanted)
{
  return thaw_convolution_needs (node->params.window.activation, wanted);
}

static ThawConvolution
convolution (const ThawNode *node, gint64 n)
{
  const ThawWindowParams *p = &node->params.window;
  const gint64 *x = node->inputs[0]->shape.dim, *y = node->shape.dim;

  return (ThawConvolution){ .windows = thaw_op_windows (node, n),
                            .groups = p->groups,
                            .in = x[3] / p->groups,
                            .out = y[3] / p->groups,
                            .activation = p->activation,
                            .bf16 = node->inputs[0]->dtype == THAW_DTYPE_BF16,
                            .bf16_y = node->dtype == THAW_DTYPE_BF16,
                            .bf16_residual = thaw_op_input (node, 3) && thaw_op_input (node, 3)->dtype == THAW_DTYPE_BF16 };
}

static double
cost (const ThawNode *node)
{
  ThawConvolution shape = convolution (node, 1);

  return thaw_convolution_way (&shape)->cost (&shape);
}

static gboolean
takes_bf16 (const ThawNode *node)
{
  ThawConvolution shape = convolution (node, 1);

  return thaw_convolution_gains_by_bf16 (&shape);
}

/* Lines of the value that are added are those that are made. */
static gboolean
sees (const ThawNode *node, guint i, ThawSight *sight)
{
  ThawConvolution shape = convolution (node, 1);

  *sight = i == 0 ? thaw_op_window_sight (node) : (ThawSight){ 1, 0, 1 };
  return thaw_convolution_makes_lines (&shape);
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

static gsize
workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  ThawConvolution shape = convolution (node, n);

  return thaw_convolution_workspace_size (&shape, training);
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

const ThawOpClass thaw_op_conv_class = {
  .name = "conv",
  .infer = infer,
  .multiply_adds = multiply_adds,
  .cost = cost,
  .needs = needs,
  .kernel = kernel,
  .sees = sees,
  .takes_bf16 = takes_bf16,
  .prepared_size = prepared_size,
  .prepare = prepare,
  .workspace_size = workspace_size,
  .forward = forward,
  .backward = backward,
  .shares = TRUE,
  .reference = THAW_OP_REFERENCE (conv),
};
