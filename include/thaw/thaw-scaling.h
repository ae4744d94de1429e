/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { THAW_SCALING_NEAREST, THAW_SCALING_LINEAR, THAW_SCALING_CUBIC, THAW_N_SCALINGS } ThawScalingMode;

/* Which neighbour is the nearest: of two that are equally near the lower or the upper, or always the lower or the upper */
typedef enum { THAW_NEAREST_LOWER, THAW_NEAREST_UPPER, THAW_NEAREST_FLOOR, THAW_NEAREST_CEIL, THAW_N_NEARESTS } ThawNearest;

/* Where number i of the new axis stands on the old one, as ONNX's Resize calls it; "corners" is its align_corners, "halves"
 * tf_half_pixel_for_nn and "pytorch" pytorch_half_pixel. */
typedef enum
{
  THAW_COORDINATES_HALF_PIXEL,
  THAW_COORDINATES_PYTORCH,
  THAW_COORDINATES_CORNERS,
  THAW_COORDINATES_ASYMMETRIC,
  THAW_COORDINATES_HALVES,
  THAW_COORDINATES_SYMMETRIC,
  THAW_N_COORDINATES
} ThawCoordinates;

/**
 * ThawScaling:
 *
 * One axis of @from numbers brought to @to: number i of the new one stands at @first + i @step of the old one. What would be taken
 * from beyond an end is the number at that end, or left out (@exclude_outside) with the other weights made up for it. Plain data; any thread.
 */
typedef struct
{
  ThawScalingMode mode;
  ThawNearest     nearest;
  gint64          from, to;
  double          first, step;
  double          stretch;         /* of the filter, at least 1: more where an axis shrinks without aliasing */
  double          cubic;           /* Keys' a: -0.75, or -0.5 */
  gboolean        exclude_outside;
} ThawScaling;

/* Sets @first and @step. @scale: new numbers to old ones; where a file says it, it need not be @to / @from, and corners are aligned as if the
 * new axis were @scale @from numbers long, whole or not: ONNX's vectors have it so */
void  thaw_scaling_place (ThawScaling *self, ThawCoordinates coordinates, double scale);
/* How many numbers one number is made from at most */
guint thaw_scaling_most  (const ThawScaling *self);
/* Those of number @i, and what each counts: up to thaw_scaling_most(). Returns how many. */
guint thaw_scaling_taps  (const ThawScaling *self, gint64 i, gint64 *places, double *weights);

G_END_DECLS
