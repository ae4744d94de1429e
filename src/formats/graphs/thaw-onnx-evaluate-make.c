/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Constants, shapes and types */
#include <math.h>
#include <string.h>

#include "thaw-onnx-evaluate.h"

static gboolean
run_shape (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  ThawTensor *y;
  gint64 start, end;

  if (!x)
    return FALSE;
  start = thaw_onnx_get_int (self->proto, "start", 0);
  end = thaw_onnx_get_int (self->proto, "end", x->shape.rank);
  start = CLAMP (start < 0 ? start + x->shape.rank : start, 0, x->shape.rank);
  end = CLAMP (end < 0 ? end + x->shape.rank : end, start, x->shape.rank);
  y = thaw_onnx_call_new (self, THAW_DTYPE_I64, &THAW_SHAPE (end - start));
  if (y && end > start)
    memcpy (y->data, x->shape.dim + start, y->bytes);
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_size (const ThawOnnxCall *self)
{
  const ThawTensor *x = thaw_onnx_call_input (self, 0);
  ThawTensor *y = x ? thaw_onnx_call_new (self, THAW_DTYPE_I64, &(ThawShape){ 0 }) : NULL;

  if (y)
    *(gint64 *) y->data = thaw_tensor_count (x);
  return thaw_onnx_call_give (self, 0, y);
}

/* What a number of ONNX's type is here */
static ThawDtype
own_type (gint64 type)
{
  switch (type)
    {
    case THAW_ONNX_FLOAT: case THAW_ONNX_FLOAT16: case THAW_ONNX_DOUBLE: case THAW_ONNX_BFLOAT16: return THAW_DTYPE_F32;
    case THAW_ONNX_UINT8: return THAW_DTYPE_U8;
    case THAW_ONNX_INT32: case THAW_ONNX_INT64: case THAW_ONNX_BOOL: case THAW_ONNX_INT8: case THAW_ONNX_INT16: return THAW_DTYPE_I64;
    default: return THAW_N_DTYPES;
    }
}

static gboolean
run_cast (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *like = thaw_onnx_call_input (self, 1), *y;
  gint64 to = thaw_onnx_get_int (self->proto, "to", 0);
  ThawDtype dtype = like ? like->dtype : own_type (to);

  if (!x || dtype == THAW_N_DTYPES)
    return FALSE;
  if (dtype == x->dtype && to != THAW_ONNX_BOOL)
    return thaw_onnx_call_give (self, 0, thaw_tensor_ref (x));
  y = thaw_onnx_call_new (self, dtype, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    thaw_onnx_put (y, i, to == THAW_ONNX_BOOL ? thaw_onnx_at (x, i) != 0 : thaw_onnx_at (x, i));
  return thaw_onnx_call_give (self, 0, y);
}

static ThawTensor *
numbers (const ThawOnnxCall *self, const ThawOnnx__Attribute *attribute, gboolean list)
{
  gsize n = list ? MAX (attribute->n_ints, attribute->n_floats) : 1;
  gboolean floats = list ? attribute->n_floats > 0 : attribute->has_f;
  ThawTensor *y = thaw_onnx_call_new (self, floats ? THAW_DTYPE_F32 : THAW_DTYPE_I64, &(ThawShape){ list, { n } });

  for (gsize i = 0; y && i < n; i++)
    if (floats)
      thaw_tensor_f32 (y)[i] = list ? attribute->floats[i] : attribute->f;
    else
      ((gint64 *) y->data)[i] = list ? attribute->ints[i] : attribute->i;
  return y;
}

static gboolean
run_constant (const ThawOnnxCall *self)
{
  static const struct { const char *name; gboolean list; } rows[] = {
    { "value_float", FALSE }, { "value_int", FALSE }, { "value_floats", TRUE }, { "value_ints", TRUE } };
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (self->proto, "value");

  if (attribute && attribute->t)
    return thaw_onnx_call_give (self, 0, thaw_onnx_tensor (attribute->t, self->error));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if ((attribute = thaw_onnx_attribute (self->proto, rows[i].name)))
      return thaw_onnx_call_give (self, 0, numbers (self, attribute, rows[i].list));
  return thaw_onnx_call_fail (self, "a constant that is no tensor of numbers");
}

static gboolean
run_constant_of_shape (const ThawOnnxCall *self)
{
  const ThawOnnx__Attribute *attribute = thaw_onnx_attribute (self->proto, "value");
  g_autoptr (ThawTensor) value = attribute && attribute->t ? thaw_onnx_tensor (attribute->t, self->error) : NULL;
  ThawShape shape = { 0 };
  ThawTensor *y;

  shape.rank = thaw_onnx_call_ints (self, 0, NULL, shape.dim);
  if (shape.rank < 0 || (attribute && (!value || thaw_tensor_count (value) != 1)))
    return FALSE;
  y = thaw_onnx_call_new (self, value ? value->dtype : THAW_DTYPE_F32, &shape);
  for (gint64 i = 0; y && value && i < thaw_tensor_count (y); i++)
    thaw_onnx_put (y, i, thaw_onnx_at (value, 0));
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_range (const ThawOnnxCall *self)
{
  const ThawTensor *three[3];
  double start, step, n;
  ThawTensor *y;

  for (gsize i = 0; i < 3; i++)
    if (!(three[i] = thaw_onnx_call_input (self, i)) || thaw_tensor_count (three[i]) != 1)
      return FALSE;
  start = thaw_onnx_at (three[0], 0);
  step = thaw_onnx_at (three[2], 0);
  n = step ? ceil ((thaw_onnx_at (three[1], 0) - start) / step) : -1;
  if (!(n < 1e9) || step == 0)
    return FALSE;
  y = thaw_onnx_call_new (self, three[0]->dtype, &THAW_SHAPE ((gint64) MAX (n, 0)));
  for (gint64 i = 0; y && i < (gint64) MAX (n, 0); i++)
    thaw_onnx_put (y, i, start + (double) i * step);
  return thaw_onnx_call_give (self, 0, y);
}

/* The scale and zero point of element @i: one for all, or one a place of the axis */
static double
along_axis (const ThawTensor *tensor, gint64 i, gint64 inner)
{
  gint64 n = tensor ? thaw_tensor_count (tensor) : 1;

  return tensor ? thaw_onnx_at (tensor, n == 1 ? 0 : i / inner % n) : 0;
}

static gboolean
quantization_fits (const ThawOnnxCall *self, const ThawTensor *x, gint64 *inner)
{
  const ThawTensor *scale = thaw_onnx_call_input (self, 1), *zero = thaw_onnx_call_input (self, 2);
  int axis = x ? thaw_onnx_axis (thaw_onnx_get_int (self->proto, "axis", 1), x->shape.rank) : -1;
  gint64 n = scale ? thaw_tensor_count (scale) : 0;

  *inner = 1;
  for (int i = axis + 1; axis >= 0 && i < x->shape.rank; i++)
    *inner *= x->shape.dim[i];
  return x && n > 0 && (!zero || thaw_tensor_count (zero) == n) && (n == 1 || (axis >= 0 && scale->shape.rank == 1 && x->shape.dim[axis] == n));
}

static gboolean
run_dequantize (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  gint64 inner;

  if (!quantization_fits (self, x, &inner))
    return thaw_onnx_call_fail (self, "scales that do not go with what they scale");
  y = thaw_onnx_call_new (self, THAW_DTYPE_F32, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    thaw_onnx_put (y, i, (thaw_onnx_at (x, i) - along_axis (thaw_onnx_call_input (self, 2), i, inner)) * along_axis (thaw_onnx_call_input (self, 1), i, inner));
  return thaw_onnx_call_give (self, 0, y);
}

static gboolean
run_quantize (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *zero = thaw_onnx_call_input (self, 2), *y;
  gboolean is_signed = zero && zero->dtype != THAW_DTYPE_U8;
  gint64 inner;

  if (!quantization_fits (self, x, &inner))
    return thaw_onnx_call_fail (self, "scales that do not go with what they scale");
  y = thaw_onnx_call_new (self, is_signed ? THAW_DTYPE_I64 : THAW_DTYPE_U8, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    {
      double v = rint ((float) thaw_onnx_at (x, i) / (float) along_axis (thaw_onnx_call_input (self, 1), i, inner)) + along_axis (zero, i, inner);

      thaw_onnx_put (y, i, is_signed ? CLAMP (v, -128, 127) : CLAMP (v, 0, 255));
    }
  return thaw_onnx_call_give (self, 0, y);
}

ThawOnnxRun
thaw_onnx_find_make (const char *type)
{
  static const struct
  {
    const char *type;
    ThawOnnxRun run;
  } rows[] = { { "Shape", run_shape }, { "Size", run_size }, { "Cast", run_cast }, { "CastLike", run_cast }, { "Constant", run_constant },
               { "ConstantOfShape", run_constant_of_shape }, { "Range", run_range }, { "DequantizeLinear", run_dequantize },
               { "QuantizeLinear", run_quantize } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].run;
  return NULL;
}
