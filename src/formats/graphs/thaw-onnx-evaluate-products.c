/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of constant matrices, and sums of products along any axes */
#include <math.h>
#include <string.h>

#include "thaw-onnx-evaluate.h"

static void
multiply (const ThawTensor *a, gint64 a_at, gint64 a_row, gint64 a_step, const ThawTensor *b, gint64 b_at, gint64 b_row, gint64 b_step,
          const gint64 *mkn, ThawTensor *y, gint64 y_at)
{
  for (gint64 i = 0; i < mkn[0]; i++)
    for (gint64 j = 0; j < mkn[2]; j++)
      {
        double sum = 0;

        for (gint64 k = 0; k < mkn[1]; k++)
          sum += thaw_onnx_at (a, a_at + i * a_row + k * a_step) * thaw_onnx_at (b, b_at + k * b_row + j * b_step);
        thaw_onnx_put (y, y_at + i * mkn[2] + j, sum);
      }
}

/* More than a constant's worth of work: what a small network of a few layers costs */
#define MOST_PRODUCTS (G_GINT64_CONSTANT (1) << 28)

/* The matrices' shapes taken off, a vector being a matrix of one row or column */
static ThawTensor
leading (const ThawTensor *x, gboolean left, gint64 *rows, gint64 *columns)
{
  ThawTensor self = { .shape = x->shape };
  gboolean vector = x->shape.rank == 1;

  self.shape.rank = vector ? 0 : x->shape.rank - 2;
  *columns = vector && !left ? 1 : x->shape.dim[x->shape.rank - 1];
  *rows = vector ? left ? 1 : x->shape.dim[0] : x->shape.dim[x->shape.rank - 2];
  return self;
}

gboolean
thaw_onnx_run_matmul (const ThawOnnxCall *self)
{
  ThawTensor *a = thaw_onnx_call_input (self, 0), *b = thaw_onnx_call_input (self, 1), *y, lead[2];
  gint64 mkn[3], also;
  ThawOnnxWalk walk;
  ThawShape shape;

  if (!a || !b || a->shape.rank < 1 || b->shape.rank < 1)
    return FALSE;
  lead[0] = leading (a, TRUE, &mkn[0], &mkn[1]);
  lead[1] = leading (b, FALSE, &also, &mkn[2]);
  if (also != mkn[1] || !thaw_onnx_walk_start (&walk, (ThawTensor *[]){ &lead[0], &lead[1] }, 2))
    return FALSE;
  shape = walk.shape;
  if (a->shape.rank > 1)
    shape.dim[shape.rank++] = mkn[0];
  if (b->shape.rank > 1)
    shape.dim[shape.rank++] = mkn[2];
  if ((double) walk.count * mkn[0] * mkn[1] * mkn[2] > MOST_PRODUCTS)
    return thaw_onnx_call_fail (self, "a product of constants too large to be worked out");
  y = thaw_onnx_call_new (self, a->dtype, &shape);
  for (; y && walk.i < walk.count; thaw_onnx_walk_next (&walk))
    multiply (a, walk.offset[0] * mkn[0] * mkn[1], mkn[1], 1, b, walk.offset[1] * mkn[1] * mkn[2], mkn[2], 1, mkn, y, walk.i * mkn[0] * mkn[2]);
  return thaw_onnx_call_give (self, 0, y);
}

gboolean
thaw_onnx_run_gemm (const ThawOnnxCall *self)
{
  ThawTensor *a = thaw_onnx_call_input (self, 0), *b = thaw_onnx_call_input (self, 1), *c = thaw_onnx_call_input (self, 2);
  gboolean ta = thaw_onnx_get_int (self->proto, "transA", 0) != 0, tb = thaw_onnx_get_int (self->proto, "transB", 0) != 0;
  double alpha = thaw_onnx_get_float (self->proto, "alpha", 1), beta = thaw_onnx_get_float (self->proto, "beta", 1);
  gint64 mkn[3];
  ThawOnnxWalk walk;
  ThawTensor *y;

  if (!a || !b || a->shape.rank != 2 || b->shape.rank != 2 || a->shape.dim[!ta] != b->shape.dim[tb])
    return FALSE;
  mkn[0] = a->shape.dim[ta];
  mkn[1] = a->shape.dim[!ta];
  mkn[2] = b->shape.dim[!tb];
  if ((double) mkn[0] * mkn[1] * mkn[2] > MOST_PRODUCTS)
    return thaw_onnx_call_fail (self, "a product of constants too large to be worked out");
  y = thaw_onnx_call_new (self, a->dtype, &THAW_SHAPE (mkn[0], mkn[2]));
  if (!y)
    return FALSE;
  multiply (a, 0, ta ? 1 : mkn[1], ta ? mkn[0] : 1, b, 0, tb ? 1 : mkn[2], tb ? mkn[1] : 1, mkn, y, 0);
  if (c && (!thaw_onnx_walk_start (&walk, (ThawTensor *[]){ y, c }, 2) || !thaw_shape_equal (&walk.shape, &y->shape)))
    {
      thaw_tensor_unref (y);
      return FALSE;
    }
  for (gint64 i = 0; i < thaw_tensor_count (y); i++, c ? thaw_onnx_walk_next (&walk) : (void) 0)
    thaw_onnx_put (y, i, alpha * thaw_onnx_at (y, i) + (c ? beta * thaw_onnx_at (c, walk.offset[1]) : 0));
  return thaw_onnx_call_give (self, 0, y);
}

/* Letters of the equation: where each is in the inputs and the result, and how long */
typedef struct
{
  guint  n;
  char   letter[2 * THAW_MAX_RANK];
  gint64 size[2 * THAW_MAX_RANK], stride[3][2 * THAW_MAX_RANK];
} Letters;

static gboolean
add_letters (Letters *self, guint k, const char *text, const ThawShape *shape)
{
  gint64 step = 1;

  if ((int) strlen (text) != shape->rank)
    return FALSE;
  for (int i = shape->rank - 1; i >= 0; i--)
    {
      guint at = 0;

      while (at < self->n && self->letter[at] != text[i])
        at++;
      if (at == G_N_ELEMENTS (self->letter) || (at < self->n && self->size[at] != shape->dim[i]))
        return FALSE;
      self->n = MAX (self->n, at + 1);
      self->letter[at] = text[i];
      self->size[at] = shape->dim[i];
      self->stride[k][at] += step;
      step *= shape->dim[i];
    }
  return TRUE;
}

/* The result's shape, from its letters; FALSE where one is in no input */
static gboolean
result_letters (Letters *self, const char *text, ThawShape *shape)
{
  ThawShape made = { 0 };
  guint n = self->n;

  for (const char *c = text; *c; c++)
    {
      guint at = 0;

      while (at < n && self->letter[at] != *c)
        at++;
      if (at == n || made.rank == THAW_MAX_RANK)
        return FALSE;
      made.dim[made.rank++] = self->size[at];
    }
  *shape = made;
  return add_letters (self, 2, text, &made) && self->n == n;
}

static void
sum_products (const Letters *self, ThawTensor *const *x, guint n, double *sums)
{
  gint64 count = 1;

  for (guint i = 0; i < self->n; i++)
    count *= self->size[i];
  for (gint64 i = 0; i < count; i++)
    {
      gint64 rest = i, offset[3] = { 0 };

      for (guint d = 0; d < self->n; d++)
        {
          for (guint k = 0; k < 3; k++)
            offset[k] += rest % self->size[d] * self->stride[k][d];
          rest /= self->size[d];
        }
      sums[offset[2]] += thaw_onnx_at (x[0], offset[0]) * (n > 1 ? thaw_onnx_at (x[1], offset[1]) : 1);
    }
}

/* One or two inputs, every letter a place: no dots */
gboolean
thaw_onnx_run_einsum (const ThawOnnxCall *self)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (self->proto, "equation");
  g_autofree char *text = attribute ? g_strndup ((const char *) attribute->s.data, attribute->s.len) : g_strdup ("");
  g_auto (GStrv) parts = NULL;
  ThawTensor *x[] = { thaw_onnx_call_input (self, 0), thaw_onnx_call_input (self, 1) }, *y;
  guint n = (guint) self->proto->n_input;
  g_autofree double *sums = NULL;
  Letters letters = { 0 };
  ThawShape shape;
  double work = 1;

  g_strdelimit (text, ">,", '|');
  for (char *from = text, *to = text; (*to = *from); from++)
    to += *from != ' ' && *from != '-';
  parts = g_strsplit (text, "|", -1);
  if (n < 1 || n > 2 || g_strv_length (parts) != n + 1 || strchr (text, '.'))
    return thaw_onnx_call_fail (self, "an equation that Thaw does not work out");
  for (guint k = 0; k < n; k++)
    if (!x[k] || !add_letters (&letters, k, parts[k], &x[k]->shape))
      return FALSE;
  for (guint i = 0; i < letters.n; i++)
    work *= (double) letters.size[i];
  if (work > MOST_PRODUCTS || !result_letters (&letters, parts[n], &shape))
    return thaw_onnx_call_fail (self, "an equation that Thaw does not work out");
  y = thaw_onnx_call_new (self, x[0]->dtype, &shape);
  sums = y ? g_new0 (double, thaw_tensor_count (y) + 1) : NULL;
  if (y)
    sum_products (&letters, x, n, sums);
  for (gint64 i = 0; y && i < thaw_tensor_count (y); i++)
    thaw_onnx_put (y, i, sums[i]);
  return thaw_onnx_call_give (self, 0, y);
}
