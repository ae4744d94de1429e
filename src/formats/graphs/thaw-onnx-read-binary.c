/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums and products element by element, with broadcasting */
#include <math.h>
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

/* One axis of the memory that both sides are to have: a part of one of the file's axes, how long it is on either side, and for a
 * constant how far its numbers are apart along it */
typedef struct
{
  int    axis, place;
  gint64 lead, follow, stride;
} Lane;

typedef struct
{
  guint        n;
  Lane         lane[THAW_ONNX_MAX_PARTS];
  ThawOnnxView lead, follow;
  ThawTensor  *constant;  /* what follows, or NULL */
} Pair;

static void
raise_rank (ThawOnnxView *view, int rank)
{
  int more = rank - view->rank;

  for (guint i = 0; i < view->n && more > 0; i++)
    view->part[i].axis += view->part[i].axis >= 0 ? more : 0;
  view->rank = MAX (view->rank, rank);
}

static gint64
constant_dim (const Pair *self, int axis)
{
  int own = axis - self->lead.rank + self->constant->shape.rank;

  return own < 0 ? 1 : self->constant->shape.dim[own];
}

static gint64
follow_dim (const Pair *self, int axis)
{
  return self->constant ? constant_dim (self, axis) : thaw_onnx_view_dim (&self->follow, axis);
}

/* Both have the same parts along @axis. */
static gboolean
split_alike (ThawOnnxView *a, ThawOnnxView *b, int axis)
{
  for (guint k = 0;; k++)
    {
      guint i = thaw_onnx_view_part (a, axis, k), j = thaw_onnx_view_part (b, axis, k);
      gint64 x = i ? a->part[i].size : 0, y = j ? b->part[j].size : 0;

      if (!i || !j)
        return i == j;
      if (x == y)
        continue;
      if (MAX (x, y) % MIN (x, y) || !(x > y ? thaw_onnx_view_split (a, i, y) : thaw_onnx_view_split (b, j, x)))
        return FALSE;
    }
}

static gint64
constant_stride (const Pair *self, int axis)
{
  gint64 stride = 1;

  for (int i = axis + 1; i < self->lead.rank; i++)
    stride *= constant_dim (self, i);
  return stride;
}

/* What lies inside the part at @i of its axis */
static gint64
numbers_inside (const ThawOnnxView *view, guint i)
{
  gint64 n = 1;

  for (guint k = 1; k < view->n; k++)
    if (view->part[k].axis == view->part[i].axis && view->part[k].place > view->part[i].place)
      n *= view->part[k].size;
  return n;
}

/* The lanes are the leader's parts as they lie in memory. FALSE: the leader is the shorter somewhere, or the parts do not fit. */
static gboolean
plan_by_memory (Pair *self)
{
  for (int axis = 0; axis < self->lead.rank; axis++)
    {
      gint64 a = thaw_onnx_view_dim (&self->lead, axis), b = follow_dim (self, axis);

      if (b != 1 && (a != b || (!self->constant && !split_alike (&self->lead, &self->follow, axis))))
        return FALSE;
    }
  for (guint i = 1; i < self->lead.n; i++)
    {
      const ThawOnnxPart *part = &self->lead.part[i];
      gboolean repeated = part->axis < 0 || follow_dim (self, part->axis) == 1;

      self->lane[self->n++] = (Lane){ part->axis, part->place, part->size, repeated ? 1 : part->size,
                                      self->constant && !repeated ? constant_stride (self, part->axis) * numbers_inside (&self->lead, i) : 0 };
    }
  return TRUE;
}

/* The lanes are the file's axes. */
static gboolean
plan_by_file (Pair *self)
{
  self->n = 0;
  for (int axis = 0; axis < self->lead.rank; axis++)
    {
      gint64 a = thaw_onnx_view_dim (&self->lead, axis), b = follow_dim (self, axis);

      if (a != b && a != 1 && b != 1)
        return FALSE;
      if (a != 1 || b != 1)
        self->lane[self->n++] = (Lane){ axis, 1, a, b, self->constant && b != 1 ? constant_stride (self, axis) : 0 };
    }
  return TRUE;
}

static gboolean
order_by_file (const ThawOnnxReading *self, Pair *pair)
{
  static const int order[] = { 0, 1, 2, 3, 4, 5 };

  thaw_onnx_view_simplify (&pair->lead);
  thaw_onnx_view_simplify (&pair->follow);
  return thaw_onnx_view_order (self->reader, &pair->lead, order, self->error)
         && (pair->constant || thaw_onnx_view_order (self->reader, &pair->follow, order, self->error));
}

/* The follower's parts in the order in which the leader has them */
static gboolean
order_follower (const ThawOnnxReading *self, Pair *pair)
{
  guint order[THAW_ONNX_MAX_PARTS] = { 0 }, n = 1;

  for (guint k = 0; k < pair->n && !pair->constant; k++)
    {
      guint nth = 0;

      if (pair->lane[k].follow == 1)
        continue;
      for (guint i = 0; i < pair->n; i++)
        nth += pair->lane[i].axis == pair->lane[k].axis && pair->lane[i].place < pair->lane[k].place;
      order[n++] = thaw_onnx_view_part (&pair->follow, pair->lane[k].axis, nth);
    }
  return pair->constant || (n == pair->follow.n && thaw_onnx_view_arrange (self->reader, &pair->follow, order, self->error));
}

/* Whether the leader's axes as they are can be those of the operation: of each the follower has all or nothing */
static gboolean
fit_own_shape (const Pair *self, ThawShape *shapes)
{
  const ThawShape *own = &self->lead.node->shape;
  guint k = 0;

  shapes[0] = shapes[1] = *own;
  for (int i = 1; i < own->rank; i++)
    {
      gint64 lead = 1, follow = 1;

      while (k < self->n && lead < own->dim[i])
        {
          lead *= self->lane[k].lead;
          follow *= self->lane[k++].follow;
        }
      if (lead != own->dim[i] || (follow != 1 && follow != lead))
        return FALSE;
      shapes[1].dim[i] = follow;
    }
  return k == self->n;
}

/* Neighbours that both sides have, or that one side lacks, are one axis. */
static gboolean
fit_lanes (const Pair *self, ThawShape *shapes)
{
  shapes[0] = shapes[1] = THAW_SHAPE (1);
  for (guint k = 0; k < self->n; k++)
    {
      const Lane *lane = &self->lane[k], *before = k ? lane - 1 : NULL;
      gboolean joins = before && (before->lead == 1) == (lane->lead == 1) && (before->follow == 1) == (lane->follow == 1);
      int at = shapes[0].rank - joins;

      if (at == THAW_MAX_RANK)
        return FALSE;
      shapes[0].dim[at] = (joins ? shapes[0].dim[at] : 1) * lane->lead;
      shapes[1].dim[at] = (joins ? shapes[1].dim[at] : 1) * lane->follow;
      shapes[0].rank = shapes[1].rank = at + 1;
    }
  return TRUE;
}

/* The constant's numbers in the order of the lanes */
static ThawTensor *
constant_by_lanes (const Pair *self, const ThawShape *shape)
{
  ThawTensor *y = thaw_tensor_new (THAW_DTYPE_F32, shape);

  for (gint64 i = 0; i < thaw_tensor_count (y); i++)
    {
      gint64 rest = i, from = 0;

      for (guint k = self->n; k-- > 0;)
        {
          from += rest % self->lane[k].follow * self->lane[k].stride;
          rest /= self->lane[k].follow;
        }
      thaw_tensor_f32 (y)[i] = thaw_tensor_f32 (self->constant)[from];
    }
  while (y->shape.rank > 1 && y->shape.dim[0] == 1)
    memmove (y->shape.dim, y->shape.dim + 1, --y->shape.rank * sizeof (gint64));
  return y;
}

static ThawNode *
follower_node (const ThawOnnxReading *self, const Pair *pair, const ThawShape *shape, const char *name, ThawOp op)
{
  g_autoptr (ThawTensor) tensor = NULL;
  ThawNode *mask;

  if (!pair->constant)
    return thaw_onnx_view_node (self->reader, &pair->follow, shape, self->error);
  tensor = constant_by_lanes (pair, shape);
  mask = op == THAW_OP_ADD ? thaw_onnx_window_mask (self->reader, tensor) : NULL;
  if (mask)
    return mask;
  return thaw_onnx_parameter (self->reader, name, thaw_shape_equal (&tensor->shape, &pair->constant->shape) ? pair->constant : tensor,
                              op == THAW_OP_MUL ? "weight" : "bias");
}

static ThawNode *
add_node (const ThawOnnxReading *self, ThawOp op, ThawNode *const *inputs, gboolean is_layer)
{
  ThawOnnxReader *reader = self->reader;
  g_autofree char *wanted = reader->layer && !is_layer ? g_strdup_printf ("%s_%s", reader->layer, op == THAW_OP_MUL ? "scaled" : "shifted") : NULL;
  g_autofree char *name = wanted ? thaw_onnx_free_name (reader, wanted) : NULL;

  if (is_layer)
    return thaw_onnx_layer (self, op, NULL, inputs, 2);
  return thaw_graph_add (reader->graph, op, name, NULL, inputs, 2, self->error);
}

static void
view_of_lanes (const Pair *self, ThawNode *node, ThawOnnxView *out)
{
  *out = (ThawOnnxView){ .node = node, .rank = self->lead.rank, .n = self->n + 1, .part = { self->lead.part[0] } };
  for (guint k = 0; k < self->n; k++)
    out->part[k + 1] = (ThawOnnxPart){ MAX (self->lane[k].lead, self->lane[k].follow), self->lane[k].axis, self->lane[k].place };
  thaw_onnx_view_simplify (out);
}

/* @swap: the follower is the file's first input */
static gboolean
join (const ThawOnnxReading *self, ThawOp op, Pair *pair, const char *name, gboolean swap, ThawOnnxView *out, gboolean is_layer)
{
  ThawShape shapes[2];
  ThawNode *inputs[2];

  if (!plan_by_memory (pair) && (!order_by_file (self, pair) || !plan_by_file (pair)))
    return thaw_onnx_refuse (self, "values of shapes that do not fit each other");
  if (!order_follower (self, pair))
    return thaw_onnx_refuse (self, "values of shapes that do not fit each other");
  if (!fit_own_shape (pair, shapes) && !fit_lanes (pair, shapes))
    return thaw_onnx_refuse (self, "too many axes");
  inputs[swap] = thaw_onnx_view_node (self->reader, &pair->lead, &shapes[0], self->error);
  inputs[!swap] = inputs[swap] ? follower_node (self, pair, &shapes[1], name, op) : NULL;
  if (!inputs[!swap])
    return FALSE;
  view_of_lanes (pair, add_node (self, op, inputs, is_layer), out);
  return out->node != NULL;
}

gboolean
thaw_onnx_join_values (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, const ThawOnnxView *b, ThawOnnxView *out, gboolean is_layer)
{
  ThawShape shapes[] = { thaw_onnx_view_shape (a), thaw_onnx_view_shape (b) };
  gboolean swap = thaw_shape_count (&shapes[1]) > thaw_shape_count (&shapes[0]);
  Pair pair = { .lead = swap ? *b : *a, .follow = swap ? *a : *b };

  raise_rank (&pair.lead, pair.follow.rank);
  raise_rank (&pair.follow, pair.lead.rank);
  if (thaw_onnx_view_pictures (&pair.lead) != thaw_onnx_view_pictures (&pair.follow))
    return thaw_onnx_refuse (self, "pictures mixed with each other");
  return join (self, op, &pair, NULL, swap, out, is_layer);
}

gboolean
thaw_onnx_join_constant (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, ThawTensor *b, const char *name, ThawOnnxView *out, gboolean is_layer)
{
  g_autoptr (ThawTensor) floats = b->dtype == THAW_DTYPE_F32 ? thaw_tensor_ref (b) : thaw_tensor_to_f32 (b);
  Pair pair = { .lead = *a, .constant = floats };
  int pictures = thaw_onnx_view_pictures (a);

  if (thaw_tensor_count (floats) == 1 && floats->shape.rank <= a->rank)
    return thaw_onnx_join_number (self, op, a, *thaw_tensor_f32 (floats), out, is_layer);
  if (thaw_tensor_count (floats) == 0)
    return FALSE;
  raise_rank (&pair.lead, floats->shape.rank);
  pictures = thaw_onnx_view_pictures (&pair.lead);
  if (pictures >= 0 && thaw_onnx_view_dim (&pair.lead, pictures) == 1 && constant_dim (&pair, pictures) != 1)
    return thaw_onnx_refuse (self, "a constant that has something for each picture");
  return join (self, op, &pair, name, FALSE, out, is_layer);
}

gboolean
thaw_onnx_join_number (const ThawOnnxReading *self, ThawOp op, const ThawOnnxView *a, double b, ThawOnnxView *out, gboolean is_layer)
{
  ThawOpParams params = { .constant = { .kind = THAW_CONSTANT_NUMBER, .value = b } };
  ThawOnnxReader *reader = self->reader;
  g_autofree char *wanted = reader->layer ? g_strdup_printf ("%s_number", reader->layer) : NULL;
  g_autofree char *name = wanted ? thaw_onnx_free_name (reader, wanted) : NULL;
  ThawNode *inputs[2] = { a->node, NULL };

  *out = *a;
  if ((op == THAW_OP_MUL && b == 1) || (op == THAW_OP_ADD && b == 0))
    return TRUE;
  inputs[1] = thaw_graph_add (reader->graph, THAW_OP_CONSTANT, name, &params, NULL, 0, self->error);
  out->node = add_node (self, op, inputs, is_layer);
  out->name = NULL;
  return out->node != NULL;
}

/* 1 / x or -x of every number (transfer full) */
static ThawTensor *
turned_over (ThawTensor *tensor, gboolean reciprocal)
{
  g_autoptr (ThawTensor) floats = tensor->dtype == THAW_DTYPE_F32 ? thaw_tensor_ref (tensor) : thaw_tensor_to_f32 (tensor);
  ThawTensor *copy = thaw_tensor_copy (floats);

  for (gint64 i = 0; i < thaw_tensor_count (copy); i++)
    thaw_tensor_f32 (copy)[i] = reciprocal ? 1 / thaw_tensor_f32 (copy)[i] : -thaw_tensor_f32 (copy)[i];
  return copy;
}

/* x - y, x - c, c - x */
static gboolean
read_sub (const ThawOnnxReading *self)
{
  const ThawOnnxView *a = thaw_onnx_input_value (self, 0), *b = thaw_onnx_input_value (self, 1);
  ThawTensor *left = thaw_onnx_input_constant (self, 0), *right = thaw_onnx_input_constant (self, 1);
  g_autoptr (ThawTensor) negative = right ? turned_over (right, FALSE) : NULL;
  ThawOnnxView view;

  if (a && negative)
    return thaw_onnx_join_constant (self, THAW_OP_ADD, a, negative, NULL, &view, TRUE) && thaw_onnx_give (self, 0, &view);
  if (!b || !thaw_onnx_join_number (self, THAW_OP_MUL, b, -1, &view, FALSE))
    return FALSE;
  return (a ? thaw_onnx_join_values (self, THAW_OP_ADD, a, &view, &view, TRUE)
            : left && thaw_onnx_join_constant (self, THAW_OP_ADD, &view, left, self->proto->input[0], &view, TRUE))
         && thaw_onnx_give (self, 0, &view);
}

static gboolean
read_div (const ThawOnnxReading *self)
{
  const ThawOnnxView *a = thaw_onnx_input_value (self, 0), *b = thaw_onnx_input_value (self, 1);
  ThawTensor *left = thaw_onnx_input_constant (self, 0), *right = thaw_onnx_input_constant (self, 1);
  g_autoptr (ThawTensor) inverse = right ? turned_over (right, TRUE) : NULL;
  ThawOnnxView view;

  if (b)
    return thaw_onnx_raise (self, b, -1, &view, FALSE)
           && (a ? thaw_onnx_join_values (self, THAW_OP_MUL, a, &view, &view, TRUE)
                 : left && thaw_onnx_join_constant (self, THAW_OP_MUL, &view, left, self->proto->input[0], &view, TRUE))
           && thaw_onnx_give (self, 0, &view);
  if (!a || !inverse)
    return FALSE;
  return thaw_onnx_join_constant (self, THAW_OP_MUL, a, inverse, NULL, &view, TRUE) && thaw_onnx_give (self, 0, &view);
}

/* Add, Mul, and Sum of any number */
static gboolean
read_sum (const ThawOnnxReading *self)
{
  ThawOp op = g_str_equal (self->proto->op_type, "Mul") ? THAW_OP_MUL : THAW_OP_ADD;
  gboolean there = FALSE;
  ThawOnnxView sum;

  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      const ThawOnnxView *x = thaw_onnx_input_value (self, i);

      if (x && there && !thaw_onnx_join_values (self, op, &sum, x, &sum, TRUE))
        return FALSE;
      if (x && !there)
        sum = *x;
      there |= x != NULL;
    }
  for (gsize i = 0; there && i < self->proto->n_input; i++)
    {
      ThawTensor *constant = thaw_onnx_input_constant (self, i);

      if (constant && !thaw_onnx_join_constant (self, op, &sum, constant, self->proto->input[i], &sum, TRUE))
        return FALSE;
    }
  return there && thaw_onnx_give (self, 0, &sum);
}

/* x to the power of a number; of 1, 2 and 3 by products */
static gboolean
read_pow (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  double power;
  ThawOnnxView view;

  if (!x || !thaw_onnx_number (self->reader, thaw_onnx_input_name (self, 1), &power))
    return thaw_onnx_refuse (self, "a power that is not one number");
  if (power != 1 && power != 2 && power != 3)
    return thaw_onnx_raise (self, x, power, &view, TRUE) && thaw_onnx_give (self, 0, &view);
  view = *x;
  return (power < 3 || thaw_onnx_join_values (self, THAW_OP_MUL, &view, x, &view, FALSE))
         && (power < 2 || thaw_onnx_join_values (self, THAW_OP_MUL, &view, x, &view, TRUE)) && thaw_onnx_give (self, 0, &view);
}

ThawOnnxRead
thaw_onnx_find_binary (const char *type)
{
  static const struct
  {
    const char  *type;
    ThawOnnxRead read;
  } rows[] = { { "Add", read_sum }, { "Mul", read_sum }, { "Sum", read_sum }, { "Sub", read_sub }, { "Div", read_div }, { "Pow", read_pow } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].read;
  return NULL;
}
