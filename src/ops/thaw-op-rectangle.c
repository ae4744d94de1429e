/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-rectangle.h"

#include <string.h>

#include "ops/thaw-op-util.h"

/* Larger rectangles are summed row by row: a long sum of floats loses digits. */
#define SMALL_AREA 64

typedef struct
{
  gint64 height, width, channels; /* of the picture */
  gint64 out_height, out_width;
} Geometry;

static Geometry
geometry_of (const ThawNode *node)
{
  const gint64 *in = node->inputs[0]->shape.dim, *out = node->shape.dim;

  return (Geometry){ in[1], in[2], in[3], out[1], out[2] };
}

gsize
thaw_op_rectangle_workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  return thaw_op_width (node) * sizeof (float);
}

THAW_OP_VECTOR static void
scale (gint64 n, float factor, const float *x, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = x[i] * factor;
}

static void
sum_rectangle (const Geometry *g, const ThawOpRectangle *r, const float *picture, float *row,
               float *sum)
{
  gboolean small = (r->bottom - r->top) * (r->right - r->left) <= SMALL_AREA;

  memset (sum, 0, g->channels * sizeof (float));
  for (gint64 y = r->top; y < r->bottom; y++)
    {
      if (!small)
        memset (row, 0, g->channels * sizeof (float));
      for (gint64 x = r->left; x < r->right; x++)
        thaw_op_accumulate (g->channels, picture + (y * g->width + x) * g->channels,
                            small ? sum : row);
      if (!small)
        thaw_op_accumulate (g->channels, row, sum);
    }
}

void
thaw_op_rectangle_forward (const ThawOpCall *call, ThawOpRectangleFunc rule)
{
  Geometry g = geometry_of (call->node);
  const float *picture = call->x[0];
  float *y = call->y;

  for (gint64 i = 0; i < call->n; i++, picture += g.height * g.width * g.channels)
    for (gint64 out = 0; out < g.out_height * g.out_width; out++, y += g.channels)
      {
        ThawOpRectangle r = rule (call->node, out / g.out_width, out % g.out_width);

        sum_rectangle (&g, &r, picture, call->workspace, y);
        scale (g.channels, 1 / (float) r.divisor, y, y);
      }
}

void
thaw_op_rectangle_backward (const ThawOpCall *call, ThawOpRectangleFunc rule)
{
  Geometry g = geometry_of (call->node);
  float *picture = thaw_op_gradient (call, 0);
  float *dy = call->dy;

  if (!picture)
    return;
  for (gint64 i = 0; i < call->n; i++, picture += g.height * g.width * g.channels)
    for (gint64 out = 0; out < g.out_height * g.out_width; out++, dy += g.channels)
      {
        ThawOpRectangle r = rule (call->node, out / g.out_width, out % g.out_width);

        scale (g.channels, 1 / (float) r.divisor, dy, dy);
        for (gint64 y = r.top; y < r.bottom; y++)
          for (gint64 x = r.left; x < r.right; x++)
            thaw_op_accumulate (g.channels, dy, picture + (y * g.width + x) * g.channels);
      }
}
