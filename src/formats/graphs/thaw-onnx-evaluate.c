/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <thaw/thaw-error.h>

#include "thaw-onnx-evaluate.h"

gboolean
thaw_onnx_call_fail (const ThawOnnxCall *self, const char *what)
{
  if (self->error && !*self->error)
    g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "node \"%.80s\" (%.40s): %s", self->proto->name ? self->proto->name : "",
                 self->proto->op_type ? self->proto->op_type : "?", what);
  return FALSE;
}

ThawTensor *
thaw_onnx_call_input (const ThawOnnxCall *self, gsize i)
{
  return i < self->proto->n_input && *self->proto->input[i] ? g_hash_table_lookup (self->values, self->proto->input[i]) : NULL;
}

ThawTensor *
thaw_onnx_call_new (const ThawOnnxCall *self, ThawDtype dtype, const ThawShape *shape)
{
  gsize bytes;

  if (!thaw_shape_check (shape, thaw_dtype_size (dtype), &bytes) || bytes > (gsize) *self->budget)
    {
      thaw_onnx_call_fail (self, "it makes more numbers out of nothing than the file can mean");
      return NULL;
    }
  *self->budget -= bytes;
  return thaw_tensor_try_new (dtype, shape, self->error);
}

gboolean
thaw_onnx_call_give (const ThawOnnxCall *self, gsize i, ThawTensor *result)
{
  if (result && i < self->proto->n_output)
    g_hash_table_replace (self->values, self->proto->output[i], result);
  else if (result)
    thaw_tensor_unref (result);
  return result != NULL;
}

int
thaw_onnx_call_ints (const ThawOnnxCall *self, gsize i, const char *name, gint64 *out)
{
  const ThawTensor *tensor = thaw_onnx_call_input (self, i);
  const ThawOnnx__Attribute *attribute = name ? thaw_onnx_attribute (self->proto, name) : NULL;
  const gint64 *from = tensor ? tensor->data : attribute ? attribute->ints : NULL;
  gint64 n = tensor ? thaw_tensor_count (tensor) : attribute ? (gint64) attribute->n_ints : -1;

  if (n < 0 || n > THAW_MAX_RANK || (tensor && (tensor->dtype != THAW_DTYPE_I64 || tensor->shape.rank > 1)))
    return -1;
  if (n)
    memcpy (out, from, n * sizeof *out);
  return (int) n;
}

int
thaw_onnx_axis (gint64 axis, int rank)
{
  if (axis < 0)
    axis += rank;
  return axis >= 0 && axis < rank ? (int) axis : -1;
}

static gboolean
join_shapes (ThawShape *shape, const ThawShape *other)
{
  ThawShape joined = { .rank = MAX (shape->rank, other->rank) };

  for (int i = 0; i < joined.rank; i++)
    {
      int a = i - joined.rank + shape->rank, b = i - joined.rank + other->rank;
      gint64 da = a < 0 ? 1 : shape->dim[a], db = b < 0 ? 1 : other->dim[b];

      if (da != db && da != 1 && db != 1)
        return FALSE;
      joined.dim[i] = da == 1 ? db : da;
    }
  *shape = joined;
  return TRUE;
}

gboolean
thaw_onnx_walk_start (ThawOnnxWalk *self, ThawTensor *const *tensors, guint n)
{
  gsize bytes;

  *self = (ThawOnnxWalk){ 0 };
  for (guint k = 0; k < n; k++)
    if (!join_shapes (&self->shape, &tensors[k]->shape))
      return FALSE;
  if (!thaw_shape_check (&self->shape, 8, &bytes))
    return FALSE;
  self->count = thaw_shape_count (&self->shape);
  for (guint k = 0; k < n; k++)
    {
      const ThawShape *shape = &tensors[k]->shape;
      gint64 step = 1;

      for (int i = shape->rank - 1; i >= 0; i--)
        {
          self->stride[k][i + self->shape.rank - shape->rank] = shape->dim[i] == 1 ? 0 : step;
          step *= shape->dim[i];
        }
    }
  return TRUE;
}

void
thaw_onnx_walk_next (ThawOnnxWalk *self)
{
  self->i++;
  for (int d = self->shape.rank - 1; d >= 0; d--)
    {
      gboolean wraps = ++self->index[d] == self->shape.dim[d];

      for (guint k = 0; k < 3; k++)
        self->offset[k] += wraps ? -self->stride[k][d] * (self->shape.dim[d] - 1) : self->stride[k][d];
      if (!wraps)
        return;
      self->index[d] = 0;
    }
}

static ThawOnnxRun
find (const ThawOnnx__Node *proto)
{
  const char *type = proto->op_type;
  ThawOnnxRun run = NULL;

  if (!type || !proto->n_output || (proto->domain && *proto->domain && !g_str_equal (proto->domain, "ai.onnx")))
    return NULL;
  run = thaw_onnx_find_math (type);
  run = run ? run : thaw_onnx_find_sums (type);
  run = run ? run : thaw_onnx_find_move (type);
  run = run ? run : thaw_onnx_find_windows (type);
  return run ? run : thaw_onnx_find_make (type);
}

gboolean
thaw_onnx_can_evaluate (const ThawOnnx__Node *proto)
{
  return find (proto) != NULL;
}

gboolean
thaw_onnx_evaluate (const ThawOnnxCall *self)
{
  ThawOnnxRun run = find (self->proto);

  if (!run)
    return thaw_onnx_call_fail (self, "an operator that Thaw does not work out");
  if (run (self))
    return TRUE;
  return thaw_onnx_call_fail (self, "its inputs are not what it needs");
}
