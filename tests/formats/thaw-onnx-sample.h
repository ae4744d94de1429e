/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-onnx.h"

/**
 * thaw_onnx_sample:
 *
 * A network in a few words. A node a line: RESULT = OPERATOR INPUT ... KEY:VALUE ... Inputs are results, x (the picture, [N, 4, 6, 6]), #0.5 (a
 * number), #i2 (an integer), [1,2] (integers), [1.,1.,2.,2.] (four numbers), - (none) and w2x3 (weights of that shape); values are numbers, words or [1,2]. y, of @width numbers, goes through a
 * last linear layer to three logits. (transfer full)
 */
ThawOnnxModel *thaw_onnx_sample      (const char *nodes, int opset, gint64 width);
GBytes        *thaw_onnx_sample_pack (const ThawOnnxModel *proto);
