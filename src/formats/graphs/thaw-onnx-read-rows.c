/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What works along axes: norms, softmax, means */
#include <thaw/thaw-op.h>

#include "thaw-onnx-evaluate.h"
#include "thaw-onnx-view.h"

/* A constant of @n numbers, whatever axes of 1 the file gives it (nullable) */
static ThawNode *
row_parameter (const ThawOnnxReading *self, const char *name, gint64 n, const char *kind)
{
  ThawTensor *tensor = name ? g_hash_table_lookup (self->reader->constants, name) : NULL;
  g_autoptr (ThawTensor) row = NULL;

  if (!tensor || thaw_tensor_count (tensor) != n)
    return NULL;
  if (tensor->shape.rank == 1)
    return thaw_onnx_parameter (self->reader, name, tensor, kind);
  row = thaw_tensor_copy (tensor);
  row->shape = THAW_SHAPE (n);
  return thaw_onnx_parameter (self->reader, name, row, kind);
}

/* Layer @op along @axis of @x; the constants called @names have one number a place of the axis */
static gboolean
read_norm (const ThawOnnxReading *self, ThawOp op, const ThawOpParams *params, const ThawOnnxView *x, int axis, const char *const *names, guint n)
{
  static const char *const kinds[] = { "weight", "bias", "running_mean", "running_var" };
  ThawOnnxView view = *x;
  gint64 width = thaw_onnx_view_dim (x, axis);
  ThawNode *inputs[5] = { thaw_onnx_view_rows (self->reader, &view, axis, self->error) };

  if (!inputs[0])
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      inputs[i + 1] = row_parameter (self, names[i], width, kinds[i]);
      if (names[i] && !inputs[i + 1])
        return thaw_onnx_refuse (self, "parameters that are not constant, or not one number a channel");
    }
  view.node = thaw_onnx_layer (self, op, params, inputs, n + 1);
  view.name = NULL;
  return view.node && thaw_onnx_give (self, 0, &view);
}

static gboolean
read_batchnorm (const ThawOnnxReading *self)
{
  ThawOpParams params = { .norm = { .eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5), .momentum = .1 } };
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  const char *names[4];

  for (guint i = 0; i < 4; i++)
    if (!(names[i] = thaw_onnx_input_name (self, i + 1)))
      return FALSE;
  if (!x || x->rank < 2 || thaw_onnx_get_int (self->proto, "training_mode", 0))
    return thaw_onnx_refuse (self, "it is in training mode; export the network for inference");
  return read_norm (self, THAW_OP_BATCHNORM, &params, x, 1, names, 4);
}

/* Over the channels */
static gboolean
read_lrn (const ThawOnnxReading *self)
{
  const ThawOpParams params = { .lrn = { thaw_onnx_get_int (self->proto, "size", 0), thaw_onnx_get_float (self->proto, "alpha", 1e-4),
                                         thaw_onnx_get_float (self->proto, "beta", .75), thaw_onnx_get_float (self->proto, "bias", 1) } };
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);

  return x && x->rank >= 2 && read_norm (self, THAW_OP_LRN, &params, x, 1, NULL, 0);
}

/* The axes from @axis on as one */
static gboolean
join_last (const ThawOnnxReading *self, ThawOnnxView *view, int axis)
{
  ThawShape shape = thaw_onnx_view_shape (view);

  for (int i = axis + 1; i < view->rank; i++)
    shape.dim[axis] *= shape.dim[i];
  shape.rank = axis + 1;
  return thaw_onnx_view_reshape (self->reader, view, &shape, self->error);
}

/* Output 0 again in the shape it is to have */
static gboolean
restore_shape (const ThawOnnxReading *self, const ThawShape *shape)
{
  ThawOnnxView view = *thaw_onnx_value (self->reader, self->proto->output[0]);

  return thaw_onnx_view_reshape (self->reader, &view, shape, self->error) && thaw_onnx_give (self, 0, &view);
}

static gboolean
read_layernorm (const ThawOnnxReading *self)
{
  ThawOpParams params = { .norm.eps = thaw_onnx_get_float (self->proto, "epsilon", 1e-5) };
  const char *names[] = { thaw_onnx_input_name (self, 1), thaw_onnx_input_name (self, 2) };
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", -1), x->rank) : -1;
  ThawShape shape;
  ThawOnnxView view;

  if (axis < 0 || (self->proto->n_output > 1 && *self->proto->output[1]))
    return FALSE;
  shape = thaw_onnx_view_shape (x);
  view = *x;
  if (axis < x->rank - 1 && !join_last (self, &view, axis))
    return FALSE;
  return read_norm (self, THAW_OP_LAYERNORM, &params, &view, axis, names, 2) && restore_shape (self, &shape);
}

static gboolean
softmax_along (const ThawOnnxReading *self, ThawOnnxView *view, int axis)
{
  const ThawOp op = g_str_equal (self->proto->op_type, "LogSoftmax") ? THAW_OP_LOG_SOFTMAX : THAW_OP_SOFTMAX;
  ThawOpParams params = { 0 };
  ThawNode *x;

  if (thaw_onnx_view_pictures (view) == axis)
    return thaw_onnx_refuse (self, "pictures compared with each other");
  x = thaw_onnx_view_axis (self->reader, view, axis, &params.axis.axis, self->error);
  if (!x)
    return FALSE;
  view->node = thaw_onnx_layer (self, op, &params, &x, 1);
  view->name = NULL;
  return view->node && thaw_onnx_give (self, 0, view);
}

/* Before set 13 all from the axis on is one row. */
static gboolean
read_softmax (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gboolean old = self->reader->opset < 13;
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", old ? 1 : -1), x->rank) : -1;
  ThawOnnxView view;
  ThawShape shape;

  if (axis < 0)
    return FALSE;
  view = *x;
  shape = thaw_onnx_view_shape (x);
  if (!old || axis == x->rank - 1)
    return softmax_along (self, &view, axis);
  return join_last (self, &view, axis) && softmax_along (self, &view, axis) && restore_shape (self, &shape);
}

static gboolean
read_normalize (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", -1), x->rank) : -1;

  if (axis < 0 || thaw_onnx_get_int (self->proto, "p", 2) != 2)
    return thaw_onnx_refuse (self, "anything but the length along one axis");
  return read_norm (self, THAW_OP_NORMALIZE, NULL, x, axis, NULL, 0);
}

/* Which of the file's axes go: the input's or the attribute's, else all */
static gboolean
find_reduced (const ThawOnnxReading *self, const ThawOnnxView *x, gboolean *gone)
{
  gint64 axes[THAW_MAX_RANK];
  int n = thaw_onnx_input_ints (self, 1, "axes", axes);

  if (n <= 0)
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      int axis = thaw_onnx_axis (axes[i], x->rank);

      if (axis < 0 || axis == thaw_onnx_view_pictures (x))
        return thaw_onnx_refuse (self, "an axis that it does not have, or a mean over pictures");
      gone[axis] = TRUE;
    }
  return TRUE;
}

/* Over an image's height and width: what a global pool is */
static gboolean
is_global (const ThawOnnxView *x, const gboolean *gone)
{
  const ThawShape *own = &x->node->shape;
  guint h = thaw_onnx_view_part (x, 2, 0), w = thaw_onnx_view_part (x, 3, 0);

  return x->rank == 4 && !gone[0] && !gone[1] && gone[2] && gone[3] && own->rank == 4 && thaw_onnx_view_dim (x, 0) == 1
         && own->dim[1] == thaw_onnx_view_dim (x, 2) && own->dim[2] == thaw_onnx_view_dim (x, 3) && own->dim[3] == thaw_onnx_view_dim (x, 1)
         && (!h || h == 1) && (!w || w == (h ? 2 : 1));
}

/* Without the parts that were reduced; the shape is the file's without or with 1 along those axes */
static gboolean
give_reduced (const ThawOnnxReading *self, const ThawOnnxView *x, ThawNode *node, const gboolean *gone)
{
  gboolean keep = thaw_onnx_get_int (self->proto, "keepdims", 1) != 0;
  int now[THAW_MAX_RANK], rank = 0;
  ThawOnnxView view = { .node = node };

  for (int i = 0; i < x->rank; i++)
    now[i] = keep || !gone[i] ? rank++ : -1;
  view.rank = rank;
  for (guint i = 0; i < x->n; i++)
    {
      ThawOnnxPart part = x->part[i];

      if (part.axis >= 0 && gone[part.axis])
        continue;
      part.axis = part.axis < 0 ? -1 : now[part.axis];
      view.part[view.n++] = part;
    }
  thaw_onnx_view_simplify (&view);
  return thaw_onnx_give (self, 0, &view);
}

/* Every part an axis of its own, but for those that go or stay together */
static ThawNode *
mean_of_parts (const ThawOnnxReading *self, ThawOnnxView *view, const gboolean *gone)
{
  ThawOpParams params = { 0 };
  ThawShape shape = { .rank = 1, .dim = { 1 } };
  ThawNode *x;

  for (guint i = 1; i < view->n; i++)
    {
      gboolean goes = gone[view->part[i].axis], joins = i > 1 && gone[view->part[i - 1].axis] == goes;

      if (!joins && shape.rank == THAW_MAX_RANK)
        return thaw_onnx_refuse (self, "too many axes") ? NULL : NULL;
      if (joins)
        shape.dim[shape.rank - 1] *= view->part[i].size;
      else
        {
          shape.dim[shape.rank] = view->part[i].size;
          if (goes)
            params.reduce.axis[params.reduce.n_axes++] = shape.rank;
          shape.rank++;
        }
    }
  x = params.reduce.n_axes ? thaw_onnx_view_node (self->reader, view, &shape, self->error) : view->node;
  return x && params.reduce.n_axes ? thaw_onnx_layer (self, THAW_OP_MEAN, &params, &x, 1) : x;
}

static gboolean
read_mean (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gboolean gone[THAW_MAX_RANK] = { FALSE };
  ThawOnnxView view;
  ThawNode *node;

  if (!x || !find_reduced (self, x, gone))
    return thaw_onnx_refuse (self, "axes that are not constant, or all of them");
  view = *x;
  node = is_global (x, gone) ? thaw_onnx_layer (self, THAW_OP_GLOBAL_POOL, NULL, &view.node, 1) : mean_of_parts (self, &view, gone);
  return node && give_reduced (self, x, node, gone);
}

/* As many times the mean as there are numbers */
static gboolean
read_total (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gboolean gone[THAW_MAX_RANK] = { FALSE };
  double count = 1;
  ThawOnnxView view;

  if (!read_mean (self) || !find_reduced (self, x, gone))
    return FALSE;
  for (int i = 0; i < x->rank; i++)
    count *= gone[i] ? (double) thaw_onnx_view_dim (x, i) : 1;
  view = *thaw_onnx_value (self->reader, self->proto->output[0]);
  return thaw_onnx_join_number (self, THAW_OP_MUL, &view, count, &view, FALSE) && thaw_onnx_give (self, 0, &view);
}

static gboolean
refuse_place (const ThawOnnxReading *self)
{
  return thaw_onnx_refuse (self, "the place of the largest or smallest number, which nothing can be learned through: it can stand at the end of a network alone");
}

static gboolean
read_unary (const ThawOnnxReading *self, const char *name, ThawOp op)
{
  const ThawOnnxView *x = thaw_onnx_value (self->reader, name);
  ThawOnnxView view;

  if (!x)
    return thaw_onnx_refuse (self, "its input is not made from the picture");
  view = *x;
  view.node = op == THAW_N_OPS ? view.node : thaw_onnx_layer (self, op, NULL, &view.node, 1);
  return view.node && thaw_onnx_give (self, 0, &view);
}

static gboolean
read_pattern_linear (const ThawOnnxReading *self, const ThawOnnxPattern *pattern)
{
  ThawOnnxReader *reader = self->reader;
  const ThawOnnxView *x = thaw_onnx_value (reader, pattern->inputs[0]);
  ThawTensor *weight = g_hash_table_lookup (reader->constants, pattern->inputs[1]), *bias = g_hash_table_lookup (reader->constants, pattern->inputs[2]);

  return x ? thaw_onnx_give_linear (self, x, weight, FALSE, pattern->inputs[1], bias, pattern->inputs[2])
           : thaw_onnx_refuse (self, "its input is not made from the picture");
}

gboolean
thaw_onnx_read_pattern (const ThawOnnxReading *self, const ThawOnnxPattern *pattern)
{
  const ThawOnnxView *x = thaw_onnx_value (self->reader, pattern->inputs[0]);
  int axis = x ? thaw_onnx_axis (pattern->axis, x->rank) : -1;

  switch (pattern->op)
    {
    case THAW_OP_LAYERNORM:
      return axis >= 0 && read_norm (self, THAW_OP_LAYERNORM, &pattern->params, x, axis, pattern->inputs + 1, 2);
    case THAW_OP_NORMALIZE:
      return axis >= 0 && read_norm (self, THAW_OP_NORMALIZE, NULL, x, axis, NULL, 0);
    case THAW_OP_LINEAR:
      return read_pattern_linear (self, pattern);
    default:
      return read_unary (self, pattern->inputs[0], pattern->op);
    }
}

ThawOnnxRead
thaw_onnx_find_rows (const char *type)
{
  static const struct
  {
    const char  *type;
    ThawOnnxRead read;
  } rows[] = { { "BatchNormalization", read_batchnorm }, { "LayerNormalization", read_layernorm }, { "Softmax", read_softmax },
               { "LogSoftmax", read_softmax },
               { "LpNormalization", read_normalize }, { "ReduceMean", read_mean }, { "ReduceSum", read_total }, { "LRN", read_lrn },
               { "ArgMax", refuse_place }, { "ArgMin", refuse_place } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].read;
  return NULL;
}
