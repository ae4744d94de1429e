/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images scaled inside a network: each axis by a table of which places a place is made from (thaw-scaling.h) */
#include <math.h>

#include "ops/thaw-op-util.h"

/* Keeps products of sides inside gint64, and the tables inside memory */
#define LARGEST (1 << 16)

static ThawScaling
scaling_of (const ThawNode *node, int axis)
{
  const ThawResizeParams *p = &node->params.resize;
  const gint64 from = node->inputs[0]->shape.dim[1 + axis], to = node->shape.dim[1 + axis];
  const double scale = p->scale[axis] > 0 ? p->scale[axis] : (double) to / (double) from;
  ThawScaling self = { .mode = p->mode, .nearest = p->nearest, .from = from, .to = to, .cubic = p->cubic, .exclude_outside = p->exclude_outside };

  self.stretch = p->antialias && scale < 1 ? 1 / scale : 1;
  thaw_scaling_place (&self, p->coordinates, scale);
  return self;
}

#define THAW_OP_TWIN "ops/thaw-op-resize-ref.inc"
#include "ops/thaw-op-ref.h"

static gboolean
resize_infer (ThawNode *node, GError **error)
{
  const ThawResizeParams *p = &node->params.resize;
  ThawShape shape;

  if (!thaw_op_check_inputs (node, 1, 1, error) || !thaw_op_check_image (node, error))
    return FALSE;
  shape = node->inputs[0]->shape;
  for (int axis = 0; axis < 2; axis++)
    {
      const gint64 from = shape.dim[1 + axis];
      const double to = p->scale[axis] > 0 ? floorf ((float) p->scale[axis] * (float) from) : (double) p->size[axis];

      if (from < 1 || from > LARGEST || !(to >= 1 && to <= LARGEST))
        return thaw_op_fail (node, error, "cannot bring %" G_GINT64_FORMAT " lines or columns to %g", from, to);
      shape.dim[1 + axis] = (gint64) to;
    }
  node->shape = shape;
  node->batched = node->inputs[0]->batched;
  return TRUE;
}

static double
resize_multiply_adds (const ThawNode *node)
{
  const ThawScaling rows = scaling_of (node, 0), columns = scaling_of (node, 1);

  return (double) thaw_shape_count (&node->shape) * thaw_scaling_most (&rows) * thaw_scaling_most (&columns);
}

/* One axis: @most places and weights each */
typedef struct
{
  guint   most;
  gint64 *places;
  float  *weights;
} Table;

/* Those, and the weights of one place in double; whole doubles, so that the next table begins well */
static gsize
table_size (const ThawScaling *scaling)
{
  const gsize most = thaw_scaling_most (scaling), n = (gsize) scaling->to * most;

  return most * sizeof (double) + n * sizeof (gint64) + (n + 1) / 2 * 2 * sizeof (float);
}

static gsize
resize_workspace_size (const ThawNode *node, gint64 n, gboolean training)
{
  const ThawScaling rows = scaling_of (node, 0), columns = scaling_of (node, 1);

  return table_size (&rows) + table_size (&columns);
}

/* Returns where the next one goes. */
static gpointer
fill_table (const ThawScaling *scaling, gpointer workspace, Table *table)
{
  const guint most = thaw_scaling_most (scaling);
  double *own = workspace;

  table->most = most;
  table->places = (gint64 *) (own + most);
  table->weights = (float *) (table->places + scaling->to * most);
  for (gint64 i = 0; i < scaling->to; i++)
    {
      thaw_scaling_taps (scaling, i, table->places + i * most, own);
      for (guint k = 0; k < most; k++)
        table->weights[i * most + k] = (float) own[k];
    }
  return (guint8 *) workspace + table_size (scaling);
}

/* y += weight x */
THAW_OP_VECTOR static void
add_scaled (gint64 n, float weight, const float *x, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] += weight * x[i];
}

/* Every place of the result with every place that it is made from: @forward from the picture to the result, else back */
static void
run (const ThawOpCall *call, float *picture, float *result, gboolean forward)
{
  const gint64 *in = call->node->inputs[0]->shape.dim, *out = call->node->shape.dim, images = call->node->batched ? call->n : 1;
  const ThawScaling scaling[] = { scaling_of (call->node, 0), scaling_of (call->node, 1) };
  Table rows, columns;

  fill_table (&scaling[1], fill_table (&scaling[0], call->workspace, &rows), &columns);
  for (gint64 place = 0; place < images * out[1] * out[2]; place++, result += out[3])
    {
      const gint64 image = place / (out[1] * out[2]), y = place / out[2] % out[1], x = place % out[2];

      for (guint i = 0; i < rows.most; i++)
        for (guint k = 0; k < columns.most; k++)
          {
            const float weight = rows.weights[y * rows.most + i] * columns.weights[x * columns.most + k];
            float *from = picture + ((image * in[1] + rows.places[y * rows.most + i]) * in[2] + columns.places[x * columns.most + k]) * in[3];

            add_scaled (out[3], weight, forward ? from : result, forward ? result : from);
          }
    }
}

static void
resize_forward (const ThawOpCall *call)
{
  memset (call->y, 0, (gsize) thaw_op_count (call->node, call->n) * sizeof (float));
  run (call, (float *) call->x[0], call->y, TRUE);
}

static void
resize_backward (const ThawOpCall *call)
{
  float *dx = thaw_op_gradient (call, 0);

  if (dx)
    run (call, dx, call->dy, FALSE);
}

const ThawOpClass thaw_op_resize_class = {
  .name = "resize",
  .infer = resize_infer,
  .multiply_adds = resize_multiply_adds,
  .needs = thaw_op_needs_nothing,
  .workspace_size = resize_workspace_size,
  .forward = resize_forward,
  .backward = resize_backward,
  .reference = THAW_OP_REFERENCE (resize),
};
