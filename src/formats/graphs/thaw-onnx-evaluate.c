/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the few operators that stand between a picture and the network's input, on tensors in the file's own order. This is how
 * an export with preprocessing inside is checked: by what the file says, not by what Thaw meant. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-size.h>

#include "thaw-onnx-evaluate.h"

/* Of a scaled picture: 256 pixels on the short side and 128 times that on the long one */
#define MAX_ELEMENTS (G_GINT64_CONSTANT (3) << 23)

static gboolean
fail (const ThawOnnxCall *self, const char *what)
{
  g_set_error (self->error, THAW_ERROR, THAW_ERROR_UNSUPPORTED, "preprocessing node \"%.80s\" (%.40s): %s",
               self->proto->name ? self->proto->name : "", self->proto->op_type ? self->proto->op_type : "?", what);
  return FALSE;
}

static ThawTensor *
in (const ThawOnnxCall *self, gsize i)
{
  return i < self->proto->n_input ? g_hash_table_lookup (self->values, self->proto->input[i]) : NULL;
}

static gboolean
give (const ThawOnnxCall *self, ThawTensor *result)
{
  g_hash_table_replace (self->values, self->proto->output[0], result);
  return TRUE;
}

static gboolean
is_ints (const ThawTensor *tensor, gint64 most)
{
  return tensor && tensor->dtype == THAW_DTYPE_I64 && tensor->shape.rank <= 1 && thaw_tensor_count (tensor) <= most;
}

static gint64
int_at (const ThawTensor *tensor, gint64 i)
{
  return ((const gint64 *) tensor->data)[thaw_tensor_count (tensor) == 1 ? 0 : i];
}

static gboolean
run_shape (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0);
  ThawTensor *result;

  if (!x)
    return fail (self, "it lacks an input");
  result = thaw_tensor_new (THAW_DTYPE_I64, &THAW_SHAPE (x->shape.rank));
  memcpy (result->data, x->shape.dim, result->bytes);
  return give (self, result);
}

static gboolean
run_reduce_min (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0);
  gint64 least = G_MAXINT64;
  ThawTensor *result;

  if (!is_ints (x, THAW_MAX_RANK) || self->proto->n_input > 1)
    return fail (self, "something other than the smallest of a few integers");
  for (gint64 i = 0; i < thaw_tensor_count (x); i++)
    least = MIN (least, int_at (x, i));
  result = thaw_tensor_new (THAW_DTYPE_I64, &THAW_SHAPE (1));
  *(gint64 *) result->data = least;
  return give (self, result);
}

static gboolean
int_arithmetic (char op, gint64 a, gint64 b, gint64 *out)
{
  switch (op)
    {
    case 'A': return !__builtin_add_overflow (a, b, out);
    case 'S': return !__builtin_sub_overflow (a, b, out);
    case 'M': return !__builtin_mul_overflow (a, b, out);
    default: return b > 0 && (*out = a / b, TRUE);
    }
}

static gboolean
run_int_binary (const ThawOnnxCall *self, const ThawTensor *a, const ThawTensor *b)
{
  const ThawTensor *longer = thaw_tensor_count (a) >= thaw_tensor_count (b) ? a : b;
  ThawTensor *result = thaw_tensor_new (THAW_DTYPE_I64, &longer->shape);

  for (gint64 i = 0; i < thaw_tensor_count (longer); i++)
    if (!int_arithmetic (*self->proto->op_type, int_at (a, i), int_at (b, i), (gint64 *) result->data + i))
      {
        thaw_tensor_unref (result);
        return fail (self, "a division by nothing, or a number too large");
      }
  return give (self, result);
}

static float
float_arithmetic (char op, float a, float b)
{
  switch (op)
    {
    case 'A': return a + b;
    case 'S': return a - b;
    case 'M': return a * b;
    default: return a / b;
    }
}

/* b is a number, of a's shape, or one number a channel [1, C, 1, 1] */
static gboolean
run_float_binary (const ThawOnnxCall *self, const ThawTensor *a, const ThawTensor *b)
{
  gint64 n = thaw_tensor_count (a), m = thaw_tensor_count (b), step;
  gboolean channels = a->shape.rank == 4 && b->shape.rank == 4 && b->shape.dim[1] == m && a->shape.dim[1] == m && a->shape.dim[0] == 1;
  ThawTensor *result;

  if (a->dtype != THAW_DTYPE_F32 || b->dtype != THAW_DTYPE_F32 || n == 0 || (m != 1 && !channels && !thaw_shape_equal (&a->shape, &b->shape)))
    return fail (self, "shapes or types that do not fit");
  step = n / m;
  result = thaw_tensor_new (THAW_DTYPE_F32, &a->shape);
  for (gint64 i = 0; i < n; i++)
    thaw_tensor_f32 (result)[i] = float_arithmetic (*self->proto->op_type, thaw_tensor_f32 (a)[i], thaw_tensor_f32 (b)[i / step]);
  return give (self, result);
}

static gboolean
run_binary (const ThawOnnxCall *self)
{
  const ThawTensor *a = in (self, 0), *b = in (self, 1);

  if (!a || !b)
    return fail (self, "it lacks an input");
  if (is_ints (a, THAW_MAX_RANK) && is_ints (b, THAW_MAX_RANK)
      && (thaw_tensor_count (a) == thaw_tensor_count (b) || thaw_tensor_count (a) == 1 || thaw_tensor_count (b) == 1))
    return run_int_binary (self, a, b);
  return run_float_binary (self, a, b);
}

static gboolean
run_round (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0);
  ThawTensor *result;

  if (!x || x->dtype != THAW_DTYPE_F32)
    return fail (self, "something other than float32");
  result = thaw_tensor_copy (x);
  for (gint64 i = 0; i < thaw_tensor_count (x); i++)
    thaw_tensor_f32 (result)[i] = rintf (thaw_tensor_f32 (x)[i]);
  return give (self, result);
}

static gboolean
run_cast (const ThawOnnxCall *self)
{
  ThawTensor *x = in (self, 0), *result;
  gint64 to = thaw_onnx_get_int (self->proto, "to", 0);

  if (!x)
    return fail (self, "it lacks an input");
  if (to == THAW_ONNX_FLOAT)
    return give (self, thaw_tensor_to_f32 (x));
  if (to != THAW_ONNX_INT64 || x->dtype != THAW_DTYPE_F32)
    return fail (self, "a type that is not expected here");
  result = thaw_tensor_new (THAW_DTYPE_I64, &x->shape);
  for (gint64 i = 0; i < thaw_tensor_count (x); i++)
    ((gint64 *) result->data)[i] = (gint64) CLAMP (thaw_tensor_f32 (x)[i], -1e9f, 1e9f);
  return give (self, result);
}

static gboolean
run_transpose (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0);
  gboolean seen[THAW_MAX_RANK] = { FALSE };
  int perm[THAW_MAX_RANK];

  if (!x || !thaw_onnx_get_ints (self->proto, "perm", perm, x->shape.rank))
    return fail (self, "an order of axes that does not fit");
  for (int i = 0; i < x->shape.rank; i++)
    {
      if (perm[i] < 0 || perm[i] >= x->shape.rank || seen[perm[i]])
        return fail (self, "an order of axes that does not fit");
      seen[perm[i]] = TRUE;
    }
  return give (self, thaw_tensor_permute (x, perm));
}

static gboolean
run_unsqueeze (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0), *axes = in (self, 1);
  ThawTensor *result;

  if (!x || !is_ints (axes, 1) || thaw_tensor_count (axes) != 1 || int_at (axes, 0) != 0 || x->shape.rank >= THAW_MAX_RANK)
    return fail (self, "an axis other than the first");
  result = thaw_tensor_copy (x);
  memmove (result->shape.dim + 1, result->shape.dim, x->shape.rank * sizeof (gint64));
  result->shape.dim[0] = 1;
  result->shape.rank++;
  return give (self, result);
}

static gboolean
run_concat (const ThawOnnxCall *self)
{
  gint64 n = 0;
  ThawTensor *result;

  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      if (!is_ints (in (self, i), THAW_MAX_RANK) || (n += thaw_tensor_count (in (self, i))) > THAW_MAX_RANK)
        return fail (self, "something other than a few integers");
    }
  result = thaw_tensor_new (THAW_DTYPE_I64, &THAW_SHAPE (n));
  n = 0;
  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      memcpy ((gint64 *) result->data + n, in (self, i)->data, in (self, i)->bytes);
      n += thaw_tensor_count (in (self, i));
    }
  return give (self, result);
}

/* starts, ends and axes as given, from 0 and step 1; what goes beyond the end is cut off */
static gboolean
slice_bounds (const ThawOnnxCall *self, const ThawTensor *x, gint64 *start, ThawShape *shape)
{
  const ThawTensor *starts = in (self, 1), *ends = in (self, 2), *axes = in (self, 3);
  gint64 n = is_ints (starts, THAW_MAX_RANK) ? thaw_tensor_count (starts) : -1;

  if (n < 0 || !is_ints (ends, n) || thaw_tensor_count (ends) != n || self->proto->n_input > 4
      || (axes && (!is_ints (axes, n) || thaw_tensor_count (axes) != n)))
    return FALSE;
  *shape = x->shape;
  for (gint64 i = 0; i < n; i++)
    {
      gint64 axis = axes ? int_at (axes, i) : i, end;

      if (axis < 0 || axis >= x->shape.rank)
        return FALSE;
      end = MIN (int_at (ends, i), x->shape.dim[axis]);
      start[axis] = int_at (starts, i);
      if (start[axis] < 0 || start[axis] >= end)
        return FALSE;
      shape->dim[axis] = end - start[axis];
    }
  return TRUE;
}

static gboolean
run_slice (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0);
  gint64 start[THAW_MAX_RANK] = { 0 };
  gsize element;
  ThawShape shape;
  ThawTensor *result;

  if (!x || x->shape.rank < 1 || !slice_bounds (self, x, start, &shape))
    return fail (self, "bounds that do not fit");
  element = thaw_dtype_size (x->dtype);
  result = thaw_tensor_new (x->dtype, &shape);
  for (gint64 i = 0, row = shape.dim[shape.rank - 1], n = thaw_shape_count (&shape) / row; i < n; i++)
    {
      gint64 rest = i, offset = start[shape.rank - 1], stride = x->shape.dim[shape.rank - 1];

      for (int d = shape.rank - 2; d >= 0; d--)
        {
          offset += (start[d] + rest % shape.dim[d]) * stride;
          rest /= shape.dim[d];
          stride *= x->shape.dim[d];
        }
      memcpy ((guint8 *) result->data + i * row * element, (const guint8 *) x->data + offset * element, row * element);
    }
  return give (self, result);
}

static gboolean
run_resize (const ThawOnnxCall *self)
{
  const ThawTensor *x = in (self, 0), *sizes = in (self, 3);
  gboolean cubic = thaw_onnx_string_is (self->proto, "mode", "cubic");
  const gint64 *to;

  if (!x || x->dtype != THAW_DTYPE_U8 || x->shape.rank != 4 || !is_ints (sizes, 4) || thaw_tensor_count (sizes) != 4
      || (!cubic && !thaw_onnx_string_is (self->proto, "mode", "linear")) || !thaw_onnx_get_int (self->proto, "antialias", 0)
      || !thaw_onnx_string_is (self->proto, "coordinate_transformation_mode", "half_pixel")
      || (cubic && thaw_onnx_get_float (self->proto, "cubic_coeff_a", -.75) != -.5))
    return fail (self, "something other than an antialiased scaling of 8-bit planes to given sizes");
  to = sizes->data;
  if (to[0] != x->shape.dim[0] || to[1] != x->shape.dim[1] || to[2] < 1 || to[2] > 65535 || to[3] < 1 || to[3] > 65535
      || to[2] * to[3] * to[1] > MAX_ELEMENTS)
    return fail (self, "sizes out of range");
  return give (self, thaw_onnx_scale_planes (x, to[2], to[3], cubic));
}

static const struct
{
  const char *type;
  gboolean  (*run) (const ThawOnnxCall *self);
} operators[] = {
  { "Shape", run_shape }, { "ReduceMin", run_reduce_min }, { "Add", run_binary }, { "Sub", run_binary }, { "Mul", run_binary },
  { "Div", run_binary }, { "Round", run_round }, { "Cast", run_cast }, { "Transpose", run_transpose },
  { "Unsqueeze", run_unsqueeze }, { "Concat", run_concat }, { "Slice", run_slice }, { "Resize", run_resize },
};

static gboolean
run_node (const ThawOnnxCall *self)
{
  for (guint i = 0; self->proto->op_type && self->proto->n_output && i < G_N_ELEMENTS (operators); i++)
    if (g_str_equal (self->proto->op_type, operators[i].type))
      return operators[i].run (self);
  return fail (self, "an operator that is not expected here");
}

struct _ThawOnnxPreprocessing
{
  ThawOnnx__Model *proto;
  gboolean        *needed;    /* [nodes]: those that stand before the network's input */
  GHashTable      *constants; /* the proto's name -> ThawTensor: what those are given besides the picture */
};

static gboolean
read_constants (ThawOnnxPreprocessing *self, GError **error)
{
  const ThawOnnx__Graph *graph = self->proto->graph;
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  for (gsize i = 0; i < graph->n_node; i++)
    for (gsize k = 0; self->needed[i] && k < graph->node[i]->n_input; k++)
      g_hash_table_add (wanted, graph->node[i]->input[k]);
  for (gsize i = 0; i < graph->n_initializer; i++)
    {
      const char *name = graph->initializer[i]->name;
      ThawTensor *tensor;

      if (!name || !g_hash_table_contains (wanted, name))
        continue;
      tensor = thaw_onnx_tensor (graph->initializer[i], error);
      if (!tensor)
        return FALSE;
      g_hash_table_replace (self->constants, (gpointer) name, tensor);
    }
  return TRUE;
}

static GHashTable *
values_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) thaw_tensor_unref);
}

ThawOnnxPreprocessing *
thaw_onnx_preprocessing_new (GBytes *bytes, GError **error)
{
  ThawOnnx__Model *proto = thaw_onnx_unpack (bytes, error);
  g_autoptr (ThawOnnxPreprocessing) self = NULL;

  if (!proto)
    return NULL;
  self = g_new (ThawOnnxPreprocessing, 1);
  *self = (ThawOnnxPreprocessing){ proto, thaw_onnx_needed (proto->graph, THAW_ONNX_INPUT, NULL), values_new () };
  return read_constants (self, error) ? g_steal_pointer (&self) : NULL;
}

void
thaw_onnx_preprocessing_free (ThawOnnxPreprocessing *self)
{
  if (!self)
    return;
  g_hash_table_unref (self->constants);
  g_free (self->needed);
  thaw_onnx_model_free (self->proto);
  g_free (self);
}

/* What is known before the first node runs (transfer full) */
static GHashTable *
first_values (const ThawOnnxPreprocessing *self, const guint8 *rgb, int width, int height)
{
  GHashTable *values = values_new ();
  ThawTensor *picture = thaw_tensor_new (THAW_DTYPE_U8, &THAW_SHAPE (height, width, 3));
  GHashTableIter iter;
  gpointer name, tensor;

  g_hash_table_iter_init (&iter, self->constants);
  while (g_hash_table_iter_next (&iter, &name, &tensor))
    g_hash_table_insert (values, name, thaw_tensor_ref (tensor));
  memcpy (picture->data, rgb, picture->bytes);
  g_hash_table_replace (values, (gpointer) THAW_ONNX_IMAGE, picture);
  return values;
}

/* [1, 3, H, W] -> [1, H, W, 3] */
static ThawTensor *
network_input (GHashTable *values, GError **error)
{
  const ThawTensor *result = g_hash_table_lookup (values, THAW_ONNX_INPUT);

  if (result && result->dtype == THAW_DTYPE_F32 && result->shape.rank == 4)
    return thaw_tensor_permute (result, (int[]){ 0, 2, 3, 1 });
  g_set_error (error, THAW_ERROR, THAW_ERROR_INVALID, "the file has no preprocessing that ends in \"%s\"", THAW_ONNX_INPUT);
  return NULL;
}

ThawTensor *
thaw_onnx_preprocessing_run (const ThawOnnxPreprocessing *self, const guint8 *rgb, int width, int height, GError **error)
{
  const ThawOnnx__Graph *graph = self->proto->graph;
  g_autoptr (GHashTable) values = first_values (self, rgb, width, height);

  for (gsize i = 0; i < graph->n_node; i++)
    {
      ThawOnnxCall call = { values, graph->node[i], error };

      if (self->needed[i] && !run_node (&call))
        return NULL;
    }
  return network_input (values, error);
}
