/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "thaw-onnx.h"

/* The formula, a node a row: what it is, and the constant beside the value so far (NAN: x itself; 0: nothing) */
static const struct
{
  const char *type;
  double      constant;
} formula[] = { { "Div", G_SQRT2 }, { "Erf", 0 }, { "Add", 1 }, { "Mul", NAN }, { "Mul", .5 } };

static gboolean
is_number (const ThawOnnxReader *self, const char *name, double wanted)
{
  const ThawTensor *tensor = g_hash_table_lookup (self->constants, name);

  return tensor && tensor->dtype == THAW_DTYPE_F32 && thaw_tensor_count (tensor) == 1
         && fabs (thaw_tensor_f32 (tensor)[0] - wanted) < 1e-6;
}

/* Whether @proto is row @done, with input @i as the value so far */
static gboolean
is_row (const ThawOnnxReader *self, const ThawOnnx__Node *proto, guint done, gsize i, const ThawNode *x)
{
  double constant = formula[done].constant;
  const char *other = proto->n_input == 2 ? proto->input[1 - i] : NULL;

  if (!g_str_equal (proto->op_type, formula[done].type))
    return FALSE;
  if (constant == 0)
    return proto->n_input == 1;
  if (!other)
    return FALSE;
  return isnan (constant) ? g_hash_table_lookup (self->values, other) == (gpointer) x : is_number (self, other, constant);
}

gboolean
thaw_onnx_match_gelu (ThawOnnxReader *self, const ThawOnnx__Node *proto, ThawNode **x)
{
  for (gsize i = 0; i < MIN (proto->n_input, 2); i++)
    {
      const ThawOnnxStep *step = g_hash_table_lookup (self->steps, proto->input[i]);
      guint done = step ? step->done : 0;
      ThawNode *start = step ? step->x : g_hash_table_lookup (self->values, proto->input[i]);
      ThawOnnxStep *next;

      if (!start || !is_row (self, proto, done, i, start))
        continue;
      if (done + 1 == G_N_ELEMENTS (formula))
        {
          *x = start;
          return TRUE;
        }
      next = g_new (ThawOnnxStep, 1);
      *next = (ThawOnnxStep){ done + 1, start };
      g_hash_table_replace (self->steps, proto->output[0], next);
      return TRUE;
    }
  return FALSE;
}
