/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of matrices: linear layers, and what attention is made of */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-view.h"

gboolean
thaw_onnx_give_linear (const ThawOnnxReading *self, const ThawOnnxView *x, ThawTensor *weight, gboolean turned, const char *weight_name, ThawTensor *bias,
                       const char *bias_name)
{
  ThawOnnxReader *reader = self->reader;
  g_autoptr (ThawTensor) own = turned ? thaw_tensor_ref (weight) : thaw_tensor_permute (weight, (int[]){ 1, 0 });
  ThawOnnxView view = *x;
  int axis = x->rank - 1;
  ThawNode *inputs[3] = { NULL }, *node;

  if (axis < 1 || thaw_onnx_view_dim (x, axis) != own->shape.dim[1])
    return thaw_onnx_refuse (self, "a matrix that does not go with what it multiplies");
  inputs[0] = thaw_onnx_view_rows (reader, &view, axis, self->error);
  if (!inputs[0])
    return FALSE;
  inputs[1] = thaw_onnx_parameter (reader, weight_name, own, "weight");
  inputs[2] = bias ? thaw_onnx_parameter (reader, bias_name, bias, "bias") : NULL;
  /* turned, it need not stay as it was */
  if (!turned && weight_name && GPOINTER_TO_INT (g_hash_table_lookup (reader->uses, weight_name)) == 1)
    g_hash_table_remove (reader->constants, weight_name);
  node = thaw_onnx_layer (self, THAW_OP_LINEAR, NULL, inputs, 3);
  if (!node)
    return FALSE;
  thaw_onnx_view_new_rows (&view, node, axis, own->shape.dim[0]);
  return thaw_onnx_give (self, 0, &view);
}

/* @tensor times @factor, or itself (transfer full) (nullable) */
static ThawTensor *
scaled (ThawTensor *tensor, double factor)
{
  ThawTensor *copy;

  if (!tensor || factor == 1)
    return tensor ? thaw_tensor_ref (tensor) : NULL;
  copy = thaw_tensor_copy (tensor);
  for (gint64 i = 0; i < thaw_tensor_count (copy); i++)
    thaw_tensor_f32 (copy)[i] *= (float) factor;
  return copy;
}

/* A bias as one number an output: the file may have one for all, or an axis of 1 before it (transfer full) (nullable) */
static ThawTensor *
bias_row (ThawTensor *bias, gint64 n)
{
  ThawTensor *row;

  if (!bias || bias->dtype != THAW_DTYPE_F32 || (thaw_tensor_count (bias) != n && thaw_tensor_count (bias) != 1)
      || (bias->shape.rank && bias->shape.dim[bias->shape.rank - 1] != thaw_tensor_count (bias)))
    return NULL;
  if (bias->shape.rank == 1 && bias->shape.dim[0] == n)
    return thaw_tensor_ref (bias);
  row = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n));
  for (gint64 i = 0; i < n; i++)
    thaw_tensor_f32 (row)[i] = thaw_tensor_f32 (bias)[thaw_tensor_count (bias) == 1 ? 0 : i];
  return row;
}

static gboolean
read_gemm (const ThawOnnxReading *self)
{
  const ThawOnnxView *given = thaw_onnx_input_value (self, 0);
  ThawTensor *weight = thaw_onnx_input_constant (self, 1), *bias = thaw_onnx_input_constant (self, 2);
  gboolean turned = thaw_onnx_get_int (self->proto, "transB", 0) != 0;
  g_autoptr (ThawTensor) own_weight = NULL, own_bias = NULL, row = NULL;
  ThawOnnxView x;

  if (!given || given->rank != 2 || !weight || weight->shape.rank != 2 || weight->dtype != THAW_DTYPE_F32)
    return thaw_onnx_refuse (self, "a product other than that of the picture's values and a constant matrix");
  own_weight = scaled (weight, thaw_onnx_get_float (self->proto, "alpha", 1));
  row = bias_row (bias, weight->shape.dim[!turned]);
  own_bias = scaled (row, thaw_onnx_get_float (self->proto, "beta", 1));
  if (thaw_onnx_input_name (self, 2) && !row)
    return thaw_onnx_refuse (self, "a bias that is not one number an output");
  x = *given;
  if (thaw_onnx_get_int (self->proto, "transA", 0))
    thaw_onnx_view_transpose (&x, (int[]){ 1, 0 });
  return thaw_onnx_give_linear (self, &x, own_weight, turned, self->proto->input[1], own_bias, thaw_onnx_input_name (self, 2));
}

/* One side of a product: the file's value or constant, with as many axes as the other side has */
typedef struct
{
  ThawOnnxView view;      /* without a node where it is a constant */
  ThawTensor  *constant;
  const char  *name;
} Side;

static gboolean
find_side (const ThawOnnxReading *self, gsize i, Side *side)
{
  const ThawOnnxView *view = thaw_onnx_input_value (self, i);

  *side = (Side){ .constant = view ? NULL : thaw_onnx_input_constant (self, i), .name = thaw_onnx_input_name (self, i) };
  if (view)
    side->view = *view;
  else if (side->constant)
    side->view.rank = side->constant->shape.rank;
  return (view || side->constant) && side->view.rank >= 2;
}

static gint64
side_dim (const Side *side, int axis)
{
  return side->constant ? axis < 0 ? 1 : side->constant->shape.dim[axis] : thaw_onnx_view_dim (&side->view, axis);
}

/* More axes in front */
static void
raise_rank (Side *side, int rank)
{
  int more = rank - side->view.rank;

  for (guint i = 0; !side->constant && i < side->view.n; i++)
    side->view.part[i].axis += side->view.part[i].axis >= 0 ? more : 0;
  side->view.rank = rank;
}

/* The axes of both sides and of the product, the pictures' first and what else its axis has behind it */
typedef struct
{
  int       rank, pictures; /* of the file */
  ThawShape shape[3];
  int       axis[THAW_MAX_RANK]; /* the file's, of the product's */
} Product;

static void
add_axis (Product *self, int axis, gint64 a, gint64 b, gint64 y)
{
  int at = self->shape[2].rank;

  for (guint i = 0; i < 3; i++)
    self->shape[i].dim[at] = i == 0 ? a : i == 1 ? b : y;
  self->axis[at] = axis;
  for (guint i = 0; i < 3; i++)
    self->shape[i].rank++;
}

static gboolean
plan_product (const ThawOnnxReading *self, const Side *sides, Product *product)
{
  int rank = product->rank, more[2];

  for (guint i = 0; i < 2; i++)
    more[i] = sides[i].constant ? sides[i].constant->shape.rank - rank : 0;
  add_axis (product, product->pictures, 1, 1, 1);
  for (int axis = 0; axis < rank - 2; axis++)
    {
      gint64 a = side_dim (&sides[0], axis + more[0]), b = side_dim (&sides[1], axis + more[1]);

      if (a != b && a != 1 && b != 1)
        return thaw_onnx_refuse (self, "matrices that are not as many on both sides");
      if (axis == product->pictures && a == 1 && b == 1)
        continue;
      if (product->shape[0].rank + 2 >= THAW_MAX_RANK)
        return thaw_onnx_refuse (self, "too many axes");
      add_axis (product, axis, a, b, MAX (a, b));
    }
  /* Four axes would be an image's. */
  if (product->shape[0].rank == 2)
    add_axis (product, -2, 1, 1, 1);
  add_axis (product, rank - 2, side_dim (&sides[0], rank - 2 + more[0]), side_dim (&sides[1], rank - 2 + more[1]), side_dim (&sides[0], rank - 2 + more[0]));
  add_axis (product, rank - 1, side_dim (&sides[0], rank - 1 + more[0]), side_dim (&sides[1], rank - 1 + more[1]), side_dim (&sides[1], rank - 1 + more[1]));
  return TRUE;
}

static ThawNode *
side_node (const ThawOnnxReading *self, Side *side, const ThawShape *shape)
{
  static const int order[] = { 0, 1, 2, 3, 4, 5 };
  g_autoptr (ThawTensor) copy = NULL;

  if (!side->constant)
    return thaw_onnx_view_order (self->reader, &side->view, order, self->error) ? thaw_onnx_view_node (self->reader, &side->view, shape, self->error) : NULL;
  if (thaw_shape_equal (&side->constant->shape, shape))
    return thaw_onnx_parameter (self->reader, side->name, side->constant, "matrix");
  copy = thaw_tensor_copy (side->constant);
  copy->shape = *shape;
  return thaw_onnx_parameter (self->reader, side->name, copy, "matrix");
}

/* @out: the product */
static gboolean
multiply (const ThawOnnxReading *self, Side *sides, ThawOnnxView *out)
{
  Product product = { .rank = MAX (sides[0].view.rank, sides[1].view.rank) };
  const ThawShape *y = &product.shape[2];
  ThawNode *inputs[2];
  int pictures[2];

  for (guint i = 0; i < 2; i++)
    {
      raise_rank (&sides[i], product.rank);
      pictures[i] = sides[i].constant ? -1 : thaw_onnx_view_pictures (&sides[i].view);
    }
  product.pictures = sides[0].constant ? pictures[1] : pictures[0];
  if ((!sides[0].constant && !sides[1].constant && pictures[0] != pictures[1]) || product.pictures >= product.rank - 2)
    return thaw_onnx_refuse (self, "pictures multiplied with each other");
  if (!plan_product (self, sides, &product))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    if (!(inputs[i] = side_node (self, &sides[i], &product.shape[i])))
      return FALSE;
  *out = (ThawOnnxView){ .node = thaw_onnx_layer (self, THAW_OP_MATMUL, NULL, inputs, 2), .rank = product.rank, .n = y->rank };
  for (int i = 0; i < y->rank; i++)
    out->part[i] = (ThawOnnxPart){ y->dim[i], product.axis[i], i };
  thaw_onnx_view_simplify (out);
  return out->node != NULL;
}

static gboolean
read_matmul (const ThawOnnxReading *self)
{
  Side sides[2];
  ThawOnnxView out;

  if (!find_side (self, 0, &sides[0]) || !find_side (self, 1, &sides[1]))
    return thaw_onnx_refuse (self, "a product with a vector, or with what is not there");
  if (sides[1].constant && sides[1].constant->shape.rank == 2 && sides[1].constant->dtype == THAW_DTYPE_F32)
    return thaw_onnx_give_linear (self, &sides[0].view, sides[1].constant, FALSE, sides[1].name, NULL, NULL);
  return multiply (self, sides, &out) && thaw_onnx_give (self, 0, &out);
}

/* "bhid,bhjd->bhij", taken apart: which letters are on both sides and in the result, and which are not */
typedef struct
{
  char a[8], b[8], y[8];
} Equation;

static gboolean
parse_equation (const ThawOnnx__Node *proto, Equation *self)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (proto, "equation");
  char *parts[] = { self->a, self->b, self->y };
  guint part = 0, at = 0;

  *self = (Equation){ 0 };
  for (gsize i = 0; attribute && i < attribute->s.len; i++)
    {
      char c = (char) attribute->s.data[i];

      if (c == ',' || c == '>')
        at = 0, part++;
      else if (g_ascii_isalpha (c) && part < 3 && at < THAW_MAX_RANK && !strchr (parts[part], c))
        parts[part][at++] = c;
      else if (c != ' ' && c != '-')
        return FALSE;
    }
  return part == 2;
}

/* Letters of @from that are (not) in @others: appended to @to */
static void
append_letters (char *to, const char *from, const char *in, const char *not_in)
{
  gsize n = strlen (to);

  for (; *from; from++)
    if (strchr (in, *from) && !(not_in && strchr (not_in, *from)) && n < 7)
      to[n++] = *from;
  to[n] = 0;
}

static gboolean
turn_side (Side *side, const char *now, const char *wanted)
{
  int perm[THAW_MAX_RANK];
  gsize n = strlen (wanted);

  if (side->constant || n != strlen (now) || (int) n != side->view.rank)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      if (!strchr (now, wanted[i]))
        return FALSE;
      perm[i] = (int) (strchr (now, wanted[i]) - now);
    }
  thaw_onnx_view_transpose (&side->view, perm);
  return TRUE;
}

/* A product of matrices in any order of axes: those on both sides and in the result count them, one on both sides alone is summed over. */
static gboolean
read_einsum (const ThawOnnxReading *self)
{
  Equation e;
  Side sides[2], result = { 0 };
  char shared[8] = "", orders[3][8] = { "" }, sum[8] = "";

  if (self->proto->n_input != 2 || !parse_equation (self->proto, &e) || !find_side (self, 0, &sides[0]) || !find_side (self, 1, &sides[1]))
    return thaw_onnx_refuse (self, "anything but the product of two values");
  append_letters (shared, e.y, e.a, NULL);
  g_strlcpy (sum, shared, sizeof sum);
  *shared = 0;
  append_letters (shared, sum, e.b, NULL);
  *sum = 0;
  append_letters (sum, e.a, e.b, e.y);
  for (guint i = 0; i < 3; i++)
    g_strlcpy (orders[i], shared, 8);
  append_letters (orders[0], e.a, e.y, e.b);
  append_letters (orders[0], sum, sum, NULL);
  append_letters (orders[1], sum, sum, NULL);
  append_letters (orders[1], e.b, e.y, e.a);
  append_letters (orders[2], e.a, e.y, e.b);
  append_letters (orders[2], e.b, e.y, e.a);
  if (strlen (sum) != 1 || strlen (orders[0]) != strlen (shared) + 2 || strlen (orders[1]) != strlen (shared) + 2
      || !turn_side (&sides[0], e.a, orders[0]) || !turn_side (&sides[1], e.b, orders[1]))
    return thaw_onnx_refuse (self, "sums other than those of a product of matrices");
  return multiply (self, sides, &result.view) && turn_side (&result, orders[2], e.y) && thaw_onnx_give (self, 0, &result.view);
}

ThawOnnxRead
thaw_onnx_find_products (const char *type)
{
  if (g_str_equal (type, "Gemm"))
    return read_gemm;
  if (g_str_equal (type, "MatMul"))
    return read_matmul;
  return g_str_equal (type, "Einsum") ? read_einsum : NULL;
}
