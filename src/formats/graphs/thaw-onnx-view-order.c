/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a value brought into another order in memory: the only place where numbers are moved */
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

/* Parts that stay together when they are brought into another order: the first and how many */
typedef struct
{
  guint first, n, rank; /* @rank: among the runs as they lie now */
} Run;

static guint
find_runs (const guint *order, guint n, Run *runs)
{
  guint count = 0;

  for (guint k = 1; k < n; k++)
    if (k > 1 && order[k] == order[k - 1] + 1)
      runs[count - 1].n++;
    else
      runs[count++] = (Run){ order[k], 1, 0 };
  for (guint i = 0; i < count; i++)
    for (guint k = 0; k < count; k++)
      runs[i].rank += runs[k].first < runs[i].first;
  return count;
}

/* Whether only the last two are to change places, and both are of one axis: then its numbers are dealt out in groups */
static gboolean
is_shuffle (const ThawOnnxView *self, const Run *runs, guint n)
{
  gboolean last = n >= 2 && runs[n - 2].rank == n - 1 && runs[n - 1].rank == n - 2;

  for (guint i = 0; last && i + 2 < n; i++)
    last = runs[i].rank == i;
  return last && runs[n - 1].n == 1 && runs[n - 2].n == 1 && self->part[runs[n - 1].first].axis == self->part[runs[n - 2].first].axis;
}

static ThawNode *
shuffle (ThawOnnxReader *reader, const ThawOnnxView *self, const Run *runs, guint n, GError **error)
{
  gint64 groups = self->part[runs[n - 1].first].size, width = groups * self->part[runs[n - 2].first].size, rest = 1;
  ThawOpParams params = { .shuffle.groups = groups };
  const ThawShape *own = &self->node->shape;
  ThawShape shape;
  ThawNode *node;

  for (guint i = 1; i < self->n; i++)
    rest *= self->part[i].size;
  shape = own->rank > 2 && own->dim[own->rank - 1] == width ? *own : THAW_SHAPE (1, rest / width, width);
  node = thaw_onnx_view_node (reader, self, &shape, error);
  return node ? thaw_onnx_help (reader, THAW_OP_SHUFFLE, self->name, "shuffled", &params, node, error) : NULL;
}

static ThawNode *
turn (ThawOnnxReader *reader, const ThawOnnxView *self, const Run *runs, guint n, GError **error)
{
  ThawShape shape = { .rank = n + 1, .dim = { 1 } };
  ThawOpParams params = { .transpose.rank = n + 1 };
  ThawNode *node;

  for (guint i = 0; i < n; i++)
    {
      gint64 *dim = &shape.dim[runs[i].rank + 1];

      params.transpose.perm[i + 1] = runs[i].rank + 1;
      *dim = 1;
      for (guint k = 0; k < runs[i].n; k++)
        *dim *= self->part[runs[i].first + k].size;
    }
  node = thaw_onnx_view_node (reader, &(ThawOnnxView){ .node = self->node }, &shape, error);
  return node ? thaw_onnx_help (reader, THAW_OP_TRANSPOSE, self->name, "turned", &params, node, error) : NULL;
}

gboolean
thaw_onnx_view_arrange (ThawOnnxReader *reader, ThawOnnxView *self, const guint *order, GError **error)
{
  Run runs[THAW_ONNX_MAX_PARTS];
  guint n = find_runs (order, self->n, runs);
  ThawOnnxView old = *self;

  if (n <= 1)
    return TRUE;
  if (n + 1 > THAW_MAX_RANK)
    return thaw_onnx_view_fail (error, "axes in an order that Thaw cannot make in one step");
  self->node = (is_shuffle (&old, runs, n) ? shuffle : turn) (reader, &old, runs, n, error);
  for (guint i = 0; i < self->n; i++)
    self->part[i] = old.part[order[i]];
  return self->node != NULL;
}
