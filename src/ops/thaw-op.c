/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-private.h"

static const struct
{
  const char        *name;
  const ThawOpClass *klass;
} table[THAW_N_OPS] = {
#define THAW_OP(NAME, name, klass) [THAW_OP_##NAME] = { name, &thaw_op_##klass##_class },
#include <thaw/thaw-op-list.inc>
#undef THAW_OP
};

const ThawOpClass *
thaw_op_class (ThawOp op)
{
  g_return_val_if_fail ((guint) op < THAW_N_OPS, NULL);
  return table[op].klass;
}

const char *
thaw_op_name (ThawOp op)
{
  g_return_val_if_fail ((guint) op < THAW_N_OPS, NULL);
  return table[op].name;
}

ThawActivation
thaw_op_activation (ThawOp op)
{
  switch (op)
    {
    case THAW_OP_RELU:
      return THAW_ACTIVATION_RELU;
    case THAW_OP_RELU6:
      return THAW_ACTIVATION_RELU6;
    case THAW_OP_SIGMOID:
      return THAW_ACTIVATION_SIGMOID;
    case THAW_OP_TANH:
      return THAW_ACTIVATION_TANH;
    case THAW_OP_HARDSIGMOID:
      return THAW_ACTIVATION_HARDSIGMOID;
    case THAW_OP_SILU:
      return THAW_ACTIVATION_SILU;
    case THAW_OP_HARDSWISH:
      return THAW_ACTIVATION_HARDSWISH;
    case THAW_OP_GELU:
      return THAW_ACTIVATION_GELU;
    default:
      return THAW_ACTIVATION_NONE;
    }
}
