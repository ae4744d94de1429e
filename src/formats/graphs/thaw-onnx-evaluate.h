/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "thaw-onnx.h"

G_BEGIN_DECLS

typedef struct
{
  GHashTable           *values;  /* name -> ThawTensor */
  const ThawOnnx__Node *proto;
  GError              **error;
} ThawOnnxCall;

/* Resize with antialias, half_pixel, over the last two axes of [N, C, H, W] in 8 bits: separable, wider filters where it shrinks
 * (ONNX Operators.md, Resize; the rounding to 8 bits after each pass is ONNX Runtime's and Pillow's). */
ThawTensor *thaw_onnx_scale_planes (const ThawTensor *planes, gint64 height, gint64 width, gboolean cubic);

G_END_DECLS
