/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ops/thaw-convolution-way.h"
#include "ops/thaw-op-util.h"

/* What conv and linear have in common. Calls have x, weight, bias and residual in this order; the last two may be
 * absent. */

/* The pointer at @i, NULL where the node has no such input. */
static inline const float *
thaw_op_operand (const ThawOpCall *call, guint i)
{
  return thaw_op_input (call->node, i) ? call->x[i] : NULL;
}

static inline float *
thaw_op_operand_gradient (const ThawOpCall *call, guint i)
{
  return thaw_op_input (call->node, i) ? call->dx[i] : NULL;
}

/* What forward does it with. */
const char *thaw_convolution_kernel (const ThawConvolution *self);
/* forward() can make any lines of one picture's result. */
gboolean thaw_convolution_makes_lines (const ThawConvolution *self);
gsize thaw_convolution_prepared_size  (const ThawConvolution *self, gboolean training);
/* @weight: [groups * out, in, kernel0, kernel1]; @training: for backward too */
void thaw_convolution_prepare (const ThawConvolution *self,
                               const float *weight,
                               float *prepared,
                               gboolean training);
gsize thaw_convolution_workspace_size (const ThawConvolution *self, gboolean training);
void  thaw_convolution_forward        (const ThawConvolution *self, const ThawOpCall *call);
void  thaw_convolution_backward       (const ThawConvolution *self, const ThawOpCall *call);
/* What backward reads: x for the weight's gradient, y for a fused activation's. */
guint thaw_convolution_needs          (ThawActivation activation, const gboolean *wanted);
/* FALSE with an error for an activation whose number is none. */
gboolean thaw_op_check_activation (const ThawNode *node, ThawActivation activation, GError **error);
