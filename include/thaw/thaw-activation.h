/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A fused activation of convolution and linear, or the whole of an activation op. The first group
 * has a derivative that follows from the output alone; only those are fused where a gradient is
 * needed. */
typedef enum
{
  THAW_ACTIVATION_NONE,
  THAW_ACTIVATION_RELU,
  THAW_ACTIVATION_RELU6,
  THAW_ACTIVATION_SIGMOID,
  THAW_ACTIVATION_TANH,
  THAW_ACTIVATION_HARDSIGMOID, /* clamp (x / 6 + 1/2, 0, 1) as in PyTorch */

  THAW_ACTIVATION_SILU,
  THAW_ACTIVATION_HARDSWISH,
  THAW_ACTIVATION_GELU,        /* 0.5 x (1 + erf (x / sqrt 2)) */
  THAW_N_ACTIVATIONS
} ThawActivation;
