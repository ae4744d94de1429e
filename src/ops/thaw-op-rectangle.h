/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op.h>

/* What one output of a pool takes the mean of: the rows top .. bottom - 1 and columns left .. right
 * - 1 of the picture, their sum divided by @divisor. */
typedef struct
{
  gint64 top;
  gint64 left;
  gint64 bottom;
  gint64 right;
  gint64 divisor;
} ThawOpRectangle;

typedef ThawOpRectangle (*ThawOpRectangleFunc) (const ThawNode *node, gint64 y, gint64 x);

/* Pools [N, H, W, C] -> [N, H', W', C] that take means of rectangles. */
gsize thaw_op_rectangle_workspace_size (const ThawNode *node, gint64 n, gboolean training);
void  thaw_op_rectangle_forward        (const ThawOpCall *call, ThawOpRectangleFunc rule);
void  thaw_op_rectangle_backward       (const ThawOpCall *call, ThawOpRectangleFunc rule);
