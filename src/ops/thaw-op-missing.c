/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Empty classes so that the table links while operations are being written: the file of an operation
 * takes its line from here, and the last one takes this file. */
#include "ops/thaw-op-private.h"

const ThawOpClass thaw_op_conv_class;
const ThawOpClass thaw_op_depthwise_class;
const ThawOpClass thaw_op_linear_class;
const ThawOpClass thaw_op_matmul_class;
