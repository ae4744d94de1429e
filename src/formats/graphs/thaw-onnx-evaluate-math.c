/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Element by element, with broadcasting */
#include <math.h>
#include <string.h>

#include "thaw-onnx-evaluate.h"

static double
sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
relu (double x)
{
  return x > 0 ? x : 0;
}

static double
negate (double x)
{
  return -x;
}

static double
reciprocal (double x)
{
  return 1 / x;
}

static double
not (double x)
{
  return x == 0;
}

static double
sign (double x)
{
  return (x > 0) - (x < 0);
}

static double
softplus (double x)
{
  return log1p (exp (x));
}

static double
is_nan (double x)
{
  return x != x;
}

static double
gelu (double x)
{
  return .5 * x * (1 + erf (x * G_SQRT2 / 2));
}

static double
tanh_gelu (double x)
{
  return .5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + .044715 * x * x * x)));
}

static double
hard_swish (double x)
{
  return x * CLAMP (x / 6 + .5, 0, 1);
}

static const struct
{
  const char *type;
  double    (*apply) (double);
} unaries[] = {
  { "Abs", fabs },     { "Ceil", ceil },   { "Erf", erf },           { "Exp", exp },         { "Floor", floor },         { "Identity", NULL },
  { "Log", log },      { "Neg", negate },  { "Not", not },           { "Reciprocal", reciprocal }, { "Relu", relu },     { "Round", rint },
  { "Sigmoid", sigmoid }, { "Sign", sign }, { "Sqrt", sqrt },        { "Tanh", tanh },       { "Sin", sin },             { "Cos", cos },
  { "Softplus", softplus }, { "IsNaN", is_nan }, { "HardSwish", hard_swish }, { "Gelu", gelu },
};

static gboolean
run_unary (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  double (*apply) (double) = NULL;
  const char *type = self->proto->op_type;

  if (!x)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (unaries); i++)
    if (g_str_equal (unaries[i].type, type))
      apply = unaries[i].apply;
  if (g_str_equal (type, "Gelu") && thaw_onnx_string_is (self->proto, "approximate", "tanh"))
    apply = tanh_gelu;
  if (!apply)
    return thaw_onnx_call_give (self, 0, thaw_tensor_ref (x));
  y = thaw_onnx_call_new (self, g_str_equal (type, "IsNaN") ? THAW_DTYPE_I64 : x->dtype, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    thaw_onnx_put (y, i, apply (thaw_onnx_at (x, i)));
  return thaw_onnx_call_give (self, 0, y);
}

/* One operation on two numbers, for integers apart: FALSE where there is no result */
typedef struct
{
  const char *type;
  gboolean    compares; /* its results are truth values */
  double    (*apply) (double a, double b);
  gboolean  (*integers) (gint64 a, gint64 b, gint64 *out);
} Binary;

static double add (double a, double b) { return a + b; }
static double subtract (double a, double b) { return a - b; }
static double multiply (double a, double b) { return a * b; }
static double divide (double a, double b) { return a / b; }
static double least (double a, double b) { return a != a || a < b ? a : b; }
static double most (double a, double b) { return a != a || a > b ? a : b; }
static double equal (double a, double b) { return a == b; }
static double less (double a, double b) { return a < b; }
static double greater (double a, double b) { return a > b; }
static double less_or_equal (double a, double b) { return a <= b; }
static double greater_or_equal (double a, double b) { return a >= b; }
static double and (double a, double b) { return a != 0 && b != 0; }
static double or (double a, double b) { return a != 0 || b != 0; }
static double xor (double a, double b) { return (a != 0) != (b != 0); }
static double prelu (double a, double b) { return a < 0 ? a * b : a; }

static gboolean
add_integers (gint64 a, gint64 b, gint64 *out)
{
  return !__builtin_add_overflow (a, b, out);
}

static gboolean
subtract_integers (gint64 a, gint64 b, gint64 *out)
{
  return !__builtin_sub_overflow (a, b, out);
}

static gboolean
multiply_integers (gint64 a, gint64 b, gint64 *out)
{
  return !__builtin_mul_overflow (a, b, out);
}

static gboolean
divide_integers (gint64 a, gint64 b, gint64 *out)
{
  return b != 0 && !(a == G_MININT64 && b == -1) && (*out = a / b, TRUE);
}

static gboolean
least_integer (gint64 a, gint64 b, gint64 *out)
{
  *out = MIN (a, b);
  return TRUE;
}

static gboolean
greatest_integer (gint64 a, gint64 b, gint64 *out)
{
  *out = MAX (a, b);
  return TRUE;
}

/* The sign is that of the divisor. */
static gboolean
modulo_integers (gint64 a, gint64 b, gint64 *out)
{
  if (b == 0 || b == -1)
    return b != 0 && (*out = 0, TRUE);
  *out = a % b;
  if (*out && (*out < 0) != (b < 0))
    *out += b;
  return TRUE;
}

static gboolean
equal_integers (gint64 a, gint64 b, gint64 *out)
{
  *out = a == b;
  return TRUE;
}

static const Binary binaries[] = {
  { "Add", FALSE, add, add_integers }, { "Sub", FALSE, subtract, subtract_integers }, { "Mul", FALSE, multiply, multiply_integers },
  { "Div", FALSE, divide, divide_integers }, { "Min", FALSE, least, least_integer }, { "Max", FALSE, most, greatest_integer },
  { "Mod", FALSE, fmod, modulo_integers }, { "Pow", FALSE, pow, NULL }, { "PRelu", FALSE, prelu, NULL }, { "Equal", TRUE, equal, equal_integers },
  { "Less", TRUE, less, NULL }, { "Greater", TRUE, greater, NULL }, { "LessOrEqual", TRUE, less_or_equal, NULL },
  { "GreaterOrEqual", TRUE, greater_or_equal, NULL }, { "And", TRUE, and, NULL }, { "Or", TRUE, or, NULL }, { "Xor", TRUE, xor, NULL },
  { "Sum", FALSE, add, add_integers },
};

static gboolean
integer_at (const ThawOnnxCall *self, const Binary *binary, ThawTensor *const *pair, const ThawOnnxWalk *walk, ThawTensor *y)
{
  gint64 a = ((const gint64 *) pair[0]->data)[walk->offset[0]], b = ((const gint64 *) pair[1]->data)[walk->offset[1]], *out = (gint64 *) y->data + walk->i;

  if (binary->integers == modulo_integers && thaw_onnx_get_int (self->proto, "fmod", 0))
    return b != 0 && (*out = b == -1 ? 0 : a % b, TRUE);
  return binary->integers (a, b, out) || thaw_onnx_call_fail (self, "a division by nothing, or a number too large");
}

/* (transfer full) (nullable) */
static ThawTensor *
apply_binary (const ThawOnnxCall *self, const Binary *binary, ThawTensor *a, ThawTensor *b)
{
  ThawTensor *const pair[] = { a, b };
  gboolean integers = a->dtype == THAW_DTYPE_I64 && b->dtype == THAW_DTYPE_I64 && binary->integers;
  g_autoptr (ThawTensor) y = NULL;
  ThawOnnxWalk walk;

  if (!thaw_onnx_walk_start (&walk, pair, 2))
    {
      thaw_onnx_call_fail (self, "shapes that do not fit");
      return NULL;
    }
  y = thaw_onnx_call_new (self, binary->compares ? THAW_DTYPE_I64 : a->dtype, &walk.shape);
  for (; y && walk.i < walk.count; thaw_onnx_walk_next (&walk))
    if (!integers)
      thaw_onnx_put (y, walk.i, binary->apply (thaw_onnx_at (a, walk.offset[0]), thaw_onnx_at (b, walk.offset[1])));
    else if (!integer_at (self, binary, pair, &walk, y))
      return NULL;
  return g_steal_pointer (&y);
}

/* Min, Max and Sum take any number. */
static gboolean
run_binary (const ThawOnnxCall *self)
{
  const Binary *binary = binaries;
  g_autoptr (ThawTensor) y = NULL;

  while (!g_str_equal (binary->type, self->proto->op_type))
    binary++;
  for (gsize i = 0; i < self->proto->n_input; i++)
    {
      ThawTensor *x = thaw_onnx_call_input (self, i);
      ThawTensor *next = !x ? NULL : y ? apply_binary (self, binary, y, x) : thaw_tensor_ref (x);

      g_clear_pointer (&y, thaw_tensor_unref);
      if (!next)
        return FALSE;
      y = next;
    }
  return thaw_onnx_call_give (self, 0, g_steal_pointer (&y));
}

static gboolean
run_where (const ThawOnnxCall *self)
{
  ThawTensor *const three[] = { thaw_onnx_call_input (self, 0), thaw_onnx_call_input (self, 1), thaw_onnx_call_input (self, 2) };
  ThawOnnxWalk walk;
  ThawTensor *y;

  if (!three[0] || !three[1] || !three[2] || !thaw_onnx_walk_start (&walk, three, 3))
    return FALSE;
  y = thaw_onnx_call_new (self, three[1]->dtype, &walk.shape);
  for (; y && walk.i < walk.count; thaw_onnx_walk_next (&walk))
    {
      guint k = thaw_onnx_at (three[0], walk.offset[0]) != 0 ? 1 : 2;

      thaw_onnx_put (y, walk.i, thaw_onnx_at (three[k], walk.offset[k]));
    }
  return thaw_onnx_call_give (self, 0, y);
}

/* The bound that input @i or the attribute @name gives */
static double
bound (const ThawOnnxCall *self, gsize i, const char *name, double otherwise)
{
  const ThawTensor *tensor = thaw_onnx_call_input (self, i);

  return tensor && thaw_tensor_count (tensor) == 1 ? thaw_onnx_at (tensor, 0) : thaw_onnx_get_float (self->proto, name, otherwise);
}

static gboolean
run_clip (const ThawOnnxCall *self)
{
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;
  double low = bound (self, 1, "min", -G_MAXDOUBLE), high = bound (self, 2, "max", G_MAXDOUBLE);

  if (!x)
    return FALSE;
  y = thaw_onnx_call_new (self, x->dtype, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    thaw_onnx_put (y, i, MIN (MAX (thaw_onnx_at (x, i), low), high));
  return thaw_onnx_call_give (self, 0, y);
}

/* max (0, min (1, alpha x + beta)), x < 0 ? alpha x : x */
static gboolean
run_sloped (const ThawOnnxCall *self)
{
  gboolean hard = g_str_equal (self->proto->op_type, "HardSigmoid");
  double alpha = thaw_onnx_get_float (self->proto, "alpha", hard ? .2 : .01), beta = thaw_onnx_get_float (self->proto, "beta", .5);
  ThawTensor *x = thaw_onnx_call_input (self, 0), *y;

  if (!x)
    return FALSE;
  y = thaw_onnx_call_new (self, x->dtype, &x->shape);
  for (gint64 i = 0; y && i < thaw_tensor_count (x); i++)
    {
      double v = thaw_onnx_at (x, i);

      thaw_onnx_put (y, i, hard ? CLAMP (alpha * v + beta, 0, 1) : v < 0 ? alpha * v : v);
    }
  return thaw_onnx_call_give (self, 0, y);
}

ThawOnnxRun
thaw_onnx_find_math (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (unaries); i++)
    if (g_str_equal (unaries[i].type, type))
      return run_unary;
  for (guint i = 0; i < G_N_ELEMENTS (binaries); i++)
    if (g_str_equal (binaries[i].type, type))
      return run_binary;
  if (g_str_equal (type, "Where"))
    return run_where;
  if (g_str_equal (type, "Clip"))
    return run_clip;
  return g_str_equal (type, "HardSigmoid") || g_str_equal (type, "LeakyRelu") ? run_sloped : NULL;
}
