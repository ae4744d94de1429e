/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changes the view of a value alone */
#include <string.h>
#include <thaw/thaw-op.h>

#include "thaw-onnx-shapes.h"
#include "thaw-onnx-view.h"

/* The value under its new shape, and the name that the file has for it */
static gboolean
give_view (const ThawOnnxReading *self, ThawOnnxView *view)
{
  const char *name = self->reader->layer;

  if (name && !view->name)
    view->name = g_intern_string (name);
  return thaw_onnx_give (self, 0, view);
}

static gboolean
give_reshaped (const ThawOnnxReading *self, const ThawShape *shape)
{
  ThawOnnxView view = *thaw_onnx_input_value (self, 0);

  view.name = NULL;
  return thaw_onnx_view_reshape (self->reader, &view, shape, self->error) && give_view (self, &view);
}

/* A file that was made for so many pictures at a time says so in its shapes: they are one here. */
static gboolean
read_reshape (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gint64 sizes[THAW_MAX_RANK];
  int n = thaw_onnx_input_ints (self, 1, "shape", sizes);
  ThawShape from, shape;

  if (!x || n < 0)
    return thaw_onnx_refuse (self, "a shape that depends on the picture, or of more axes than Thaw has");
  from = thaw_onnx_view_shape (x);
  if (!thaw_onnx_resolve_shape (&shape, &from, sizes, n, thaw_onnx_get_int (self->proto, "allowzero", 0) != 0))
    {
      sizes[0] = 1;
      if (n < 1 || !thaw_onnx_resolve_shape (&shape, &from, sizes, n, FALSE))
        return thaw_onnx_refuse (self, "a shape that does not have as many numbers as there are for one picture");
    }
  return give_reshaped (self, &shape);
}

static gboolean
read_changed (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gint64 axes[THAW_MAX_RANK];
  ThawShape from, shape;

  if (!x)
    return FALSE;
  from = thaw_onnx_view_shape (x);
  if (!thaw_onnx_change_axes (self->proto, &shape, &from, axes, thaw_onnx_input_ints (self, 1, "axes", axes)))
    return thaw_onnx_refuse (self, "axes that do not fit");
  return give_reshaped (self, &shape);
}

static gboolean
read_transpose (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  gboolean given = thaw_onnx_attribute (self->proto, "perm") != NULL;
  int perm[THAW_MAX_RANK];
  guint seen = 0;
  ThawOnnxView view;

  if (!x || (given && !thaw_onnx_get_ints (self->proto, "perm", perm, x->rank)))
    return thaw_onnx_refuse (self, "an order of axes that does not fit");
  for (int i = 0; i < x->rank; i++)
    {
      if (!given)
        perm[i] = x->rank - 1 - i;
      if (perm[i] < 0 || perm[i] >= x->rank || seen >> perm[i] & 1)
        return thaw_onnx_refuse (self, "an order of axes that does not fit");
      seen |= 1u << perm[i];
    }
  view = *x;
  view.name = NULL;
  thaw_onnx_view_transpose (&view, perm);
  return give_view (self, &view);
}

static gboolean
read_same (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);

  return x && thaw_onnx_give (self, 0, x);
}

static gboolean
read_cast (const ThawOnnxReading *self)
{
  gint64 to = thaw_onnx_get_int (self->proto, "to", THAW_ONNX_FLOAT);

  if (to != THAW_ONNX_FLOAT && to != THAW_ONNX_DOUBLE && to != THAW_ONNX_FLOAT16 && to != THAW_ONNX_BFLOAT16)
    return thaw_onnx_refuse (self, "what depends on the picture made something other than floating-point numbers");
  return read_same (self);
}

/* More copies than any network makes of one value on purpose */
#define MAX_COPIES 256

/* An axis of 1 becomes @n long. */
static gboolean
repeat (const ThawOnnxReading *self, ThawOnnxView *view, int axis, gint64 n)
{
  g_autofree ThawOnnxView *copies = NULL;

  if (axis == thaw_onnx_view_pictures (view) || thaw_onnx_view_dim (view, axis) != 1 || n < 1 || n > MAX_COPIES)
    return thaw_onnx_refuse (self, "a value of the picture repeated for other pictures, or hundreds of times");
  copies = g_new (ThawOnnxView, n);
  for (gint64 i = 0; i < n; i++)
    copies[i] = *view;
  return thaw_onnx_join (self, copies, (guint) n, axis, view);
}

static gboolean
read_expand (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  ThawShape from = x ? thaw_onnx_view_shape (x) : (ThawShape){ 0 };
  gint64 sizes[THAW_MAX_RANK];
  int n = thaw_onnx_input_ints (self, 1, NULL, sizes);
  ThawOnnxView view;

  if (!x || n < 0 || n > from.rank)
    return FALSE;
  view = *x;
  for (int i = 0; i < n; i++)
    if (sizes[i] != 1 && sizes[i] != -1 && sizes[i] != from.dim[i + from.rank - n])
      {
        if (!repeat (self, &view, i + from.rank - n, sizes[i]))
          return FALSE;
      }
  return thaw_onnx_give (self, 0, &view);
}

static gboolean
read_dropout (const ThawOnnxReading *self)
{
  const ThawOnnxView *x = thaw_onnx_input_value (self, 0);
  double p = thaw_onnx_get_float (self->proto, "ratio", .5), training = 0;
  ThawOpParams params;
  ThawOnnxView view;

  if (!x || (thaw_onnx_input_name (self, 1) && !thaw_onnx_number (self->reader, self->proto->input[1], &p)) || !(p >= 0 && p < 1))
    return thaw_onnx_refuse (self, "a ratio that is not a number from 0 to 1");
  if (thaw_onnx_input_name (self, 2) && (!thaw_onnx_number (self->reader, self->proto->input[2], &training) || training != 0))
    return thaw_onnx_refuse (self, "it is in training mode; export the network for inference");
  params.dropout.p = (float) p;
  view = *x;
  view.node = thaw_onnx_layer (self, THAW_OP_DROPOUT, &params, &view.node, 1);
  return view.node && thaw_onnx_give (self, 0, &view);
}

ThawOnnxRead
thaw_onnx_find_axes (const char *type)
{
  static const struct
  {
    const char  *type;
    ThawOnnxRead read;
  } rows[] = { { "Reshape", read_reshape }, { "Flatten", read_changed }, { "Squeeze", read_changed }, { "Unsqueeze", read_changed },
               { "Transpose", read_transpose }, { "Identity", read_same }, { "Cast", read_cast }, { "CastLike", read_same },
               { "Expand", read_expand }, { "Dropout", read_dropout } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].type, type))
      return rows[i].read;
  return NULL;
}
