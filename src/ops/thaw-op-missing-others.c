/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Empty classes so that the table links while operations are being written: the file of an operation
 * takes its line from here, and the last one takes this file. */
#include "ops/thaw-op-private.h"

const ThawOpClass thaw_op_leaf_class;
const ThawOpClass thaw_op_batchnorm_class;
const ThawOpClass thaw_op_activation_class;
const ThawOpClass thaw_op_softmax_class;
const ThawOpClass thaw_op_max_pool_class;
const ThawOpClass thaw_op_avg_pool_class;
const ThawOpClass thaw_op_adaptive_pool_class;
const ThawOpClass thaw_op_add_class;
const ThawOpClass thaw_op_mul_class;
const ThawOpClass thaw_op_concat_class;
const ThawOpClass thaw_op_reshape_class;
const ThawOpClass thaw_op_transpose_class;
const ThawOpClass thaw_op_pad_class;
const ThawOpClass thaw_op_dropout_class;
const ThawOpClass thaw_op_layernorm_class;
const ThawOpClass thaw_op_mean_class;
const ThawOpClass thaw_op_fold_weight_class;
const ThawOpClass thaw_op_fold_bias_class;
