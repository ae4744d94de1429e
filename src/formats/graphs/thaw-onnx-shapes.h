/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <thaw/thaw-op-params.h>

#include "thaw-onnx.h"

G_BEGIN_DECLS

/* What operators say of shapes, for constants and for values alike. All give FALSE where it does not fit. */

#define THAW_ONNX_MAX_PIECES 1024

/* Reshape: 0 keeps what was there unless @allow_zero, -1 is what is left over. @n below 0: no sizes */
gboolean thaw_onnx_resolve_shape (ThawShape *shape, const ThawShape *from, const gint64 *sizes, int n, gboolean allow_zero);
/* Flatten, Squeeze, Unsqueeze; @n below 0: no axes are said */
gboolean thaw_onnx_change_axes   (const ThawOnnx__Node *node, ThawShape *shape, const ThawShape *from, const gint64 *axes, int n);

typedef struct
{
  ThawShape shape;
  gint64    start[THAW_MAX_RANK], step[THAW_MAX_RANK];
} ThawOnnxSlices;

/* @lists: starts, ends, axes, steps, of which there are @n[i]; below 0: not said */
gboolean thaw_onnx_find_slices   (ThawOnnxSlices *self, const ThawShape *from, gint64 (*lists)[THAW_MAX_RANK], const int *n);
/* Split of @length: @sizes has place for THAW_ONNX_MAX_PIECES; @split: (nullable) */
gboolean thaw_onnx_find_pieces   (const ThawOnnx__Node *node, const ThawTensor *split, gint64 length, gint64 *sizes);
/* Pad, and the attribute that came before; @pads, @axes: (nullable). None is negative. */
gboolean thaw_onnx_find_pads     (const ThawOnnx__Node *node, const ThawTensor *pads, const ThawTensor *axes, int rank, gint64 *before, gint64 *after);
/* Where the number comes from that is to stand at @at of an axis of @length numbers, before it or behind: the edge, a reflection, or the
 * other end, as the attribute "mode" says; -1: a constant stands there. FALSE where it does not know the mode, or nothing is there. */
gboolean thaw_onnx_padded_place  (const ThawOnnx__Node *node, gint64 at, gint64 length, gint64 *place);

/* Resize's inputs (nullable) */
typedef struct
{
  const ThawTensor *region, *scales, *sizes;
} ThawOnnxResizeLists;

typedef struct
{
  ThawShape        shape;
  ThawResizeParams params;                /* what holds for all axes; no sizes */
  ThawScaling      axis[THAW_MAX_RANK];
  double           scale[THAW_MAX_RANK];
  gboolean         scaled[THAW_MAX_RANK]; /* others stay as they are */
  gboolean         crops;                 /* tf_crop_and_resize: what lies outside is @extrapolation */
  double           extrapolation;
} ThawOnnxResize;

/* What the enumerators of thaw-scaling.h are called in a file; one more of the coordinates */
extern const char *const thaw_onnx_scaling_modes[], *const thaw_onnx_nearest_modes[], *const thaw_onnx_coordinates[];

/* @old: before set 11, and Upsample */
gboolean thaw_onnx_find_resize   (ThawOnnxResize *self, const ThawOnnx__Node *node, gboolean old, const ThawShape *from, const ThawOnnxResizeLists *lists);
/* Those that an Upsample has as an attribute (nullable) (transfer full) */
ThawTensor *thaw_onnx_listed_scales (const ThawOnnx__Node *node);

G_END_DECLS
