/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-kernels.h>
#include <thaw/thaw-op.h>

/**
 * thaw_op_window_infer:
 * @node: with its inputs and params.window set
 * @out: (out): height and width of the result
 *
 * The shape rule that convolutions and pools share. Checks that input 0 is a batched [1, H, W, C],
 * takes 0 for a stride, dilation or number of groups as 1, and works SAME padding out into @pad
 * (out = ceil (in / stride), the odd one out at the bottom and right). With ceil_mode the size is
 * rounded up, but the last window starts inside the picture or the padding before it, as in
 * PyTorch.
 */
gboolean thaw_op_window_infer (ThawNode *node, gint64 out[2], GError **error);

/* From the first to the last picture element that a window sees: (kernel - 1) * dilation + 1. */
gint64   thaw_op_window_extent (const ThawWindowParams *self, int axis);

/* The windows of a node that was inferred, on @n pictures, as kernels want them. */
ThawWindows thaw_op_windows      (const ThawNode *node, gint64 n);

/* What line i of a node's value sees of input 0. */
ThawSight   thaw_op_window_sight (const ThawNode *node);

/* The offset of the picture element that element @tap of window @row (of all pictures') sees,
 * channel 0; -1 in the padding. */
static inline gint64
thaw_op_window_sees (const ThawWindows *w, gint64 row, gint64 tap)
{
  gint64 line = row / w->out_w;
  gint64 i = line % w->out_h * w->stride[0] - w->pad[0] + tap / w->kernel[1] * w->dilation[0];
  gint64 j = row % w->out_w * w->stride[1] - w->pad[1] + tap % w->kernel[1] * w->dilation[1];

  return i >= 0 && i < w->h && j >= 0 && j < w->w ? ((line / w->out_h * w->h + i) * w->w + j) * w->c
                                                  : -1;
}
