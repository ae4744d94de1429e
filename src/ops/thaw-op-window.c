/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ops/thaw-op-window.h"

#include "ops/thaw-op-util.h"

/* Keeps every product and sum below inside gint64 and every param inside int. */
#define LIMIT (1 << 24)

gint64
thaw_op_window_extent (const ThawWindowParams *self, int axis)
{
  return ((gint64) self->kernel[axis] - 1) * self->dilation[axis] + 1;
}

static gboolean
check_window (const ThawNode *node, GError **error)
{
  const ThawWindowParams *p = &node->params.window;
  gboolean valid = p->groups >= 1;

  for (int axis = 0; axis < 2; axis++)
    valid = valid && p->kernel[axis] >= 1 && p->kernel[axis] < LIMIT && p->stride[axis] >= 1
            && p->stride[axis] < LIMIT && p->dilation[axis] >= 1 && p->dilation[axis] < LIMIT;
  if (p->padding == THAW_PADDING_EXPLICIT)
    for (int side = 0; side < 4; side++)
      valid = valid && p->pad[side] >= 0 && p->pad[side] < LIMIT;
  return valid
         || thaw_op_fail (node, error,
                          "kernel, stride, dilation and groups must be at least 1, "
                          "padding at least 0");
}

static gboolean
check_input (const ThawNode *node, GError **error)
{
  const ThawNode *x = node->inputs[0];

  if (!thaw_op_check_image (node, error))
    return FALSE;
  if (!x->batched || x->shape.dim[1] < 1 || x->shape.dim[2] < 1 || x->shape.dim[1] >= LIMIT
      || x->shape.dim[2] >= LIMIT)
    return thaw_op_fail (node, error, "needs one picture or more, of a size that is not 0");
  return TRUE;
}

static void
take_zero_as_one (ThawWindowParams *p)
{
  for (int axis = 0; axis < 2; axis++)
    {
      if (p->stride[axis] == 0)
        p->stride[axis] = 1;
      if (p->dilation[axis] == 0)
        p->dilation[axis] = 1;
    }
  if (p->groups == 0)
    p->groups = 1;
}

static gint64
resolve_same (ThawWindowParams *p, int axis, gint64 in)
{
  gint64 out = (in + p->stride[axis] - 1) / p->stride[axis];
  gint64 total = MAX ((out - 1) * p->stride[axis] + thaw_op_window_extent (p, axis) - in, 0);

  p->pad[axis] = (int) (total / 2);
  p->pad[axis + 2] = (int) (total - total / 2);
  return out;
}

/* 0 or less: the window does not fit */
static gint64
explicit_size (const ThawWindowParams *p, int axis, gint64 in)
{
  gint64 room = in + p->pad[axis] + p->pad[axis + 2] - thaw_op_window_extent (p, axis);
  gint64 stride = p->stride[axis], out;

  if (p->ceil_mode)
    room += stride - 1;
  if (room < 0)
    return 0;
  out = room / stride + 1;
  if (p->ceil_mode && (out - 1) * stride >= in + p->pad[axis])
    out--;
  return out;
}

gboolean
thaw_op_window_infer (ThawNode *node, gint64 out[2], GError **error)
{
  ThawWindowParams *p = &node->params.window;

  take_zero_as_one (p);
  if (!check_input (node, error) || !check_window (node, error))
    return FALSE;
  for (int axis = 0; axis < 2; axis++)
    {
      gint64 in = node->inputs[0]->shape.dim[1 + axis];

      out[axis] = p->padding == THAW_PADDING_SAME ? resolve_same (p, axis, in)
                                                  : explicit_size (p, axis, in);
      if (out[axis] < 1)
        return thaw_op_fail (node, error,
                             "a window of %d x %d does not fit into %" G_GINT64_FORMAT
                             " x %" G_GINT64_FORMAT ": use larger pictures",
                             p->kernel[0], p->kernel[1], node->inputs[0]->shape.dim[1],
                             node->inputs[0]->shape.dim[2]);
    }
  return TRUE;
}

ThawWindows
thaw_op_windows (const ThawNode *node, gint64 n)
{
  const ThawWindowParams *p = &node->params.window;
  const gint64 *x = node->inputs[0]->shape.dim, *y = node->shape.dim;

  return (ThawWindows){ .n = n,
                        .h = x[1],
                        .w = x[2],
                        .c = x[3],
                        .out_h = y[1],
                        .out_w = y[2],
                        .kernel = { p->kernel[0], p->kernel[1] },
                        .stride = { p->stride[0], p->stride[1] },
                        .dilation = { p->dilation[0], p->dilation[1] },
                        .pad = { p->pad[THAW_TOP], p->pad[THAW_LEFT] } };
}

ThawSight
thaw_op_window_sight (const ThawNode *node)
{
  const ThawWindowParams *p = &node->params.window;

  return (ThawSight){ p->stride[0], p->pad[THAW_TOP], thaw_op_window_extent (p, 0) };
}
