/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "op-cases.h"

#define ACTIVATION_CASE(NAME, text, width)                                                         \
  { text, THAW_OP_##NAME, .spread = width, .tolerance = 2e-6, .inputs = { BATCHED (3, 13) } },     \
  { text "-parameter", THAW_OP_##NAME, .spread = width, .tolerance = 2e-6, .inputs = { PARAMETER (37) } }

const OpCase op_cases[] = {
  ACTIVATION_CASE (RELU, "relu", 2),
  ACTIVATION_CASE (RELU6, "relu6", 9),
  ACTIVATION_CASE (SIGMOID, "sigmoid", 12),
  ACTIVATION_CASE (TANH, "tanh", 4),
  ACTIVATION_CASE (HARDSIGMOID, "hardsigmoid", 5),
  ACTIVATION_CASE (SILU, "silu", 9),
  ACTIVATION_CASE (HARDSWISH, "hardswish", 5),
  ACTIVATION_CASE (GELU, "gelu", 5),

  { "batchnorm-stored", THAW_OP_BATCHNORM, { .norm = { 1e-3, .1 } },
    .inputs = { BATCHED (3, 2, 5), PARAMETER (5), PARAMETER (5), PARAMETER (5), POSITIVE (5) } },
  { "batchnorm-batch", THAW_OP_BATCHNORM, { .norm = { 1e-5, .1, TRUE } }, .tolerance = 2e-6, .batch_statistics = TRUE,
    .inputs = { BATCHED (3, 3, 5), PARAMETER (5), PARAMETER (5), PARAMETER (5), POSITIVE (5) } },
  { "batchnorm-batch-vector", THAW_OP_BATCHNORM, { .norm = { 1e-5, .1, TRUE } }, .tolerance = 3e-6, .batch_statistics = TRUE,
    .inputs = { BATCHED (19), PARAMETER (19), PARAMETER (19), PARAMETER (19), POSITIVE (19) } },
  { "batchnorm-batch-1x1", THAW_OP_BATCHNORM, { .norm = { 1e-3, .1, TRUE } }, .tolerance = 3e-6, .batch_statistics = TRUE,
    .inputs = { BATCHED (1, 1, 1), PARAMETER (1), PARAMETER (1), PARAMETER (1), POSITIVE (1) } },

  { "softmax-last", THAW_OP_SOFTMAX, { .axis = { 2 } }, .spread = 6, .inputs = { BATCHED (3, 21) } },
  { "softmax-middle", THAW_OP_SOFTMAX, { .axis = { 1 } }, .spread = 6, .inputs = { BATCHED (4, 3) } },
  { "softmax-parameter", THAW_OP_SOFTMAX, { .axis = { 0 } }, .spread = 6, .inputs = { PARAMETER (5, 3) } },
  { "softmax-parameter-last", THAW_OP_SOFTMAX, { .axis = { 1 } }, .spread = 6, .inputs = { PARAMETER (5, 3) } },
  { "softmax-single", THAW_OP_SOFTMAX, { .axis = { 1 } }, .inputs = { BATCHED (1) } },

  { "max-pool", THAW_OP_MAX_POOL, { .window = { .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 } } },
    .inputs = { BATCHED (7, 6, 5) } },
  { "max-pool-ceil", THAW_OP_MAX_POOL, { .window = { .kernel = { 3, 3 }, .stride = { 2, 2 }, .ceil_mode = TRUE } },
    .inputs = { BATCHED (6, 8, 3) } },
  { "max-pool-odd", THAW_OP_MAX_POOL,
    { .window = { .kernel = { 2, 3 }, .stride = { 1, 3 }, .dilation = { 2, 1 }, .pad = { 0, 1, 1, 2 } } },
    .inputs = { BATCHED (5, 7, 2) } },
  { "max-pool-same", THAW_OP_MAX_POOL, { .window = { .kernel = { 3, 2 }, .stride = { 2, 2 }, .padding = THAW_PADDING_SAME } },
    .inputs = { BATCHED (6, 5, 17) } },
  { "max-pool-1x1", THAW_OP_MAX_POOL, { .window = { .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 1, 1, 1 } } },
    .inputs = { BATCHED (1, 1, 3) } },

  { "avg-pool", THAW_OP_AVG_POOL, { .window = { .kernel = { 2, 2 }, .stride = { 2, 2 } } }, .inputs = { BATCHED (5, 6, 5) } },
  { "avg-pool-padding", THAW_OP_AVG_POOL, { .window = { .kernel = { 3, 3 }, .stride = { 2, 1 }, .pad = { 1, 1, 1, 1 } } },
    .inputs = { BATCHED (5, 4, 3) } },
  { "avg-pool-counted", THAW_OP_AVG_POOL,
    { .window = { .kernel = { 3, 3 }, .stride = { 2, 2 }, .pad = { 1, 0, 0, 1 }, .ceil_mode = TRUE, .count_padding = TRUE } },
    .inputs = { BATCHED (6, 7, 3) } },
  { "avg-pool-large", THAW_OP_AVG_POOL, { .window = { .kernel = { 9, 9 }, .stride = { 1, 1 } } }, .inputs = { BATCHED (10, 9, 2) } },
  { "avg-pool-same", THAW_OP_AVG_POOL, { .window = { .kernel = { 3, 3 }, .stride = { 2, 2 }, .padding = THAW_PADDING_SAME } },
    .inputs = { BATCHED (4, 3, 2) } },

  { "global-pool", THAW_OP_GLOBAL_POOL, .inputs = { BATCHED (7, 7, 5) } },
  { "global-pool-large", THAW_OP_GLOBAL_POOL, .inputs = { BATCHED (9, 11, 3) } },
  { "global-pool-1x1", THAW_OP_GLOBAL_POOL, .inputs = { BATCHED (1, 1, 4) } },
  { "adaptive-pool", THAW_OP_ADAPTIVE_POOL, { .adaptive = { { 3, 2 } } }, .inputs = { BATCHED (7, 5, 3) } },
  { "adaptive-pool-up", THAW_OP_ADAPTIVE_POOL, { .adaptive = { { 3, 5 } } }, .inputs = { BATCHED (2, 3, 3) } },

  { "add", THAW_OP_ADD, .inputs = { BATCHED (3, 2, 5), BATCHED (3, 2, 5) } },
  { "add-bias", THAW_OP_ADD, .inputs = { BATCHED (3, 2, 19), PARAMETER (19) } },
  { "add-position", THAW_OP_ADD, .inputs = { PARAMETER (1, 4, 3), BATCHED (4, 3) } },
  { "add-scalar", THAW_OP_ADD, .inputs = { BATCHED (5), PARAMETER (1) } },
  { "add-rank-0", THAW_OP_ADD, .inputs = { BATCHED (5), { INPUT_PARAMETER, { 0 } } } },
  { "add-both-ways", THAW_OP_ADD, .inputs = { BATCHED (3, 1, 2), BATCHED (1, 4, 2) } },
  { "add-last-repeated", THAW_OP_ADD, .inputs = { BATCHED (3, 1), BATCHED (3, 35) } },
  { "add-parameters", THAW_OP_ADD, .inputs = { PARAMETER (3, 1), PARAMETER (4) } },
  { "add-empty-axes", THAW_OP_ADD, .inputs = { BATCHED (1, 1, 1), PARAMETER (1, 1) } },

  { "mul", THAW_OP_MUL, .inputs = { BATCHED (3, 2, 5), BATCHED (3, 2, 5) } },
  { "mul-squeeze", THAW_OP_MUL, .inputs = { BATCHED (3, 2, 17), BATCHED (1, 1, 17) } },
  { "mul-squeeze-first", THAW_OP_MUL, .inputs = { BATCHED (1, 1, 17), BATCHED (3, 2, 17) } },
  { "mul-gate", THAW_OP_MUL, .inputs = { BATCHED (3, 2, 1), BATCHED (3, 2, 33) } },
  { "mul-scale", THAW_OP_MUL, .inputs = { BATCHED (2, 3, 4), PARAMETER (4) } },
  { "mul-scalar", THAW_OP_MUL, .inputs = { { INPUT_PARAMETER, { 0 } }, BATCHED (7) } },
  { "mul-both-ways", THAW_OP_MUL, .inputs = { BATCHED (3, 1, 2), BATCHED (1, 4, 2) } },
  { "mul-outer", THAW_OP_MUL, .inputs = { BATCHED (3, 1), BATCHED (1, 4) } },
  { "mul-parameters", THAW_OP_MUL, .inputs = { PARAMETER (2, 3, 1), PARAMETER (3, 4) } },

  { "concat-channels", THAW_OP_CONCAT, { .axis = { 3 } }, .inputs = { BATCHED (2, 3, 4), BATCHED (2, 3, 1), BATCHED (2, 3, 2) } },
  { "concat-rows", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { BATCHED (2, 3), BATCHED (1, 3) } },
  { "concat-token", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { PARAMETER (1, 1, 3), BATCHED (4, 3) } },
  { "concat-token-inside", THAW_OP_CONCAT, { .axis = { 2 } }, .inputs = { BATCHED (3, 4), PARAMETER (1, 3, 2) } },
  { "concat-one", THAW_OP_CONCAT, { .axis = { 1 } }, .inputs = { BATCHED (4) } },
  { "concat-parameters", THAW_OP_CONCAT, { .axis = { 0 } }, .inputs = { PARAMETER (2, 3), PARAMETER (1, 3) } },

  { "reshape", THAW_OP_RESHAPE, { .reshape = { DIMS (1, 6, 2) } }, .inputs = { BATCHED (2, 3, 2) } },
  { "reshape-open", THAW_OP_RESHAPE, { .reshape = { DIMS (1, -1) } }, .inputs = { BATCHED (2, 3, 2) } },
  { "reshape-parameter", THAW_OP_RESHAPE, { .reshape = { DIMS (3, 2, 1) } }, .inputs = { PARAMETER (6) } },

  { "transpose-flatten", THAW_OP_TRANSPOSE, { .transpose = { 4, { 0, 3, 1, 2 } } }, .inputs = { BATCHED (2, 3, 4) } },
  { "transpose-heads", THAW_OP_TRANSPOSE, { .transpose = { 4, { 0, 2, 1, 3 } } }, .inputs = { BATCHED (5, 2, 3) } },
  { "transpose-nothing", THAW_OP_TRANSPOSE, { .transpose = { 2, { 0, 1 } } }, .inputs = { BATCHED (5) } },
  { "transpose-parameter", THAW_OP_TRANSPOSE, { .transpose = { 3, { 2, 0, 1 } } }, .inputs = { PARAMETER (2, 3, 4) } },

  { "pad", THAW_OP_PAD, { .pad = { { 1, 2, 0, 3 }, .5f } }, .inputs = { BATCHED (2, 3, 2) } },
  { "pad-nothing", THAW_OP_PAD, .inputs = { BATCHED (1, 1, 2) } },

  { "dropout", THAW_OP_DROPOUT, { .dropout = { .2f } }, .inputs = { BATCHED (53) } },
  { "dropout-none", THAW_OP_DROPOUT, .inputs = { BATCHED (3, 4) } },
  { "dropout-everything", THAW_OP_DROPOUT, { .dropout = { 1 } }, .inputs = { BATCHED (3, 4) } },
  { "dropout-parameter", THAW_OP_DROPOUT, { .dropout = { .5f } }, .inputs = { PARAMETER (31) } },

  { "layernorm", THAW_OP_LAYERNORM, { .norm = { 1e-5 } }, .tolerance = 2e-6,
    .inputs = { BATCHED (3, 21), PARAMETER (21), PARAMETER (21) } },
  { "layernorm-plain", THAW_OP_LAYERNORM, { .norm = { 1e-5 } }, .tolerance = 2e-6, .inputs = { BATCHED (2, 2, 5) } },
  { "layernorm-shift", THAW_OP_LAYERNORM, { .norm = { 1e-5 } }, .tolerance = 2e-6, .inputs = { BATCHED (5), ABSENT, PARAMETER (5) } },
  { "layernorm-weight", THAW_OP_LAYERNORM, { .norm = { 1e-5 } }, .tolerance = 2e-6, .inputs = { BATCHED (5), PARAMETER (5) } },
  { "layernorm-parameter", THAW_OP_LAYERNORM, { .norm = { 1e-5 } }, .tolerance = 2e-6,
    .inputs = { PARAMETER (2, 5), PARAMETER (5), PARAMETER (5) } },

  { "mean-picture", THAW_OP_MEAN, { .reduce = { 2, { 1, 2 } } }, .inputs = { BATCHED (4, 3, 5) } },
  { "mean-picture-kept", THAW_OP_MEAN, { .reduce = { 2, { 2, 1 }, TRUE } }, .inputs = { BATCHED (4, 3, 5) } },
  { "mean-last", THAW_OP_MEAN, { .reduce = { 1, { 2 } } }, .inputs = { BATCHED (4, 37) } },
  { "mean-middle", THAW_OP_MEAN, { .reduce = { 1, { 2 } } }, .inputs = { BATCHED (2, 3, 4) } },
  { "mean-apart", THAW_OP_MEAN, { .reduce = { 2, { 1, 3 }, TRUE } }, .inputs = { BATCHED (2, 3, 4) } },
  { "mean-parameter", THAW_OP_MEAN, { .reduce = { 2, { 0, 1 } } }, .inputs = { PARAMETER (3, 2) } },

  { "fold-weight", THAW_OP_FOLD_WEIGHT, { .norm = { 1e-3 } }, .inputs = { PARAMETER (4, 3, 2, 2), PARAMETER (4), POSITIVE (4) } },
  { "fold-weight-linear", THAW_OP_FOLD_WEIGHT, { .norm = { 1e-3 } }, .inputs = { PARAMETER (3, 5), PARAMETER (3), POSITIVE (3) } },
  { "fold-bias", THAW_OP_FOLD_BIAS, { .norm = { 1e-3 } },
    .inputs = { PARAMETER (4), PARAMETER (4), PARAMETER (4), PARAMETER (4), POSITIVE (4) } },
  { "fold-bias-absent", THAW_OP_FOLD_BIAS, { .norm = { 1e-3 } },
    .inputs = { ABSENT, PARAMETER (4), PARAMETER (4), PARAMETER (4), POSITIVE (4) } },
};

const guint n_op_cases = G_N_ELEMENTS (op_cases);
