/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layers that have no weights. */
#include <math.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-private.h"

static const struct
{
  const char    *name;
  ThawActivation activation;
} activations[] = {
  { "relu", THAW_ACTIVATION_RELU },
  { "relu6", THAW_ACTIVATION_RELU6 },
  { "sigmoid", THAW_ACTIVATION_SIGMOID },
  { "tanh", THAW_ACTIVATION_TANH },
  { "swish", THAW_ACTIVATION_SILU },
  { "silu", THAW_ACTIVATION_SILU },
  { "hard_swish", THAW_ACTIVATION_HARDSWISH },
  { "hard_silu", THAW_ACTIVATION_HARDSWISH },
  { "gelu", THAW_ACTIVATION_GELU },
};

static ThawNode *
add_activation (ThawKerasLayer *layer, ThawNode *x, const char *text, const char *name, GError **error)
{
  ThawBuilder *b = &layer->reader->b;
  g_autofree char *what = g_strdup_printf ("has the activation \"%.40s\", which Thaw does not know", text);

  if (g_str_equal (text, "linear"))
    return x;
  if (g_str_equal (text, "softmax"))
    return thaw_nn_softmax (b, x, name, x->shape.rank - 1);
  if (g_str_equal (text, "hard_sigmoid") || g_str_equal (text, "hardSigmoid"))
    {
      /* Keras 2: clip (x / 5 + 1 / 2), which is (1.2 x) / 6 + 1 / 2; since Keras 3 it is x / 6 + 1 / 2 */
      if (layer->reader->old)
        x = thaw_keras_scale_by (layer->reader, x, thaw_keras_path (layer->reader, name, "scaled"), 1.2, 0);
      return thaw_nn_activation (b, x, name, THAW_ACTIVATION_HARDSIGMOID);
    }
  for (guint i = 0; i < G_N_ELEMENTS (activations); i++)
    if (g_str_equal (text, activations[i].name))
      return thaw_nn_activation (b, x, name, activations[i].activation);
  return thaw_keras_refuse (layer, what, error);
}

ThawNode *
thaw_keras_activate (ThawKerasLayer *layer, ThawNode *x, const char *key, const char *name, GError **error)
{
  ThawJsonReader value;
  g_autofree char *text = NULL;

  if (!x || !thaw_json_find (&layer->config, key, &value) || thaw_json_peek (&value) == 'n')
    return x;
  text = thaw_keras_string (&layer->config, key);
  /* {"class_name": "relu"} or {"class_name": "ReLU", "config": {}} of one that was given as an object */
  if (!text && thaw_json_peek (&value) == '{')
    text = thaw_keras_string (&value, "config");
  return text ? add_activation (layer, x, text, name, error)
              : thaw_keras_refuse (layer, "has an activation that Thaw does not know", error);
}

static ThawNode *
build_activation (ThawKerasLayer *layer, GError **error)
{
  return thaw_keras_activate (layer, thaw_keras_input (layer, 0, error), "activation", layer->name, error);
}

static ThawNode *
build_relu (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  double most = thaw_keras_double (&layer->config, "max_value", INFINITY);

  if (!x)
    return NULL;
  if (thaw_keras_double (&layer->config, "negative_slope", 0) != 0 || thaw_keras_double (&layer->config, "threshold", 0) != 0
      || (most != 6 && most != INFINITY))
    return thaw_keras_refuse (layer, "is a ReLU of a kind that Thaw does not have", error);
  return thaw_nn_activation (&layer->reader->b, x, layer->name, most == 6 ? THAW_ACTIVATION_RELU6 : THAW_ACTIVATION_RELU);
}

static ThawNode *
build_softmax (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  double axis = thaw_keras_double (&layer->config, "axis", -1);

  if (x && axis != -1 && axis != x->shape.rank - 1)
    return thaw_keras_refuse (layer, "works along another axis than the channels", error);
  return x ? thaw_nn_softmax (&layer->reader->b, x, layer->name, x->shape.rank - 1) : NULL;
}

static ThawNode *
build_dropout (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  double rate = thaw_keras_double (&layer->config, "rate", 0);

  return x && rate > 0 && rate < 1 ? thaw_nn_dropout (&layer->reader->b, x, layer->name, (float) rate) : x;
}

/* One number for all sides, one for each direction, or a pair for each: top, bottom, left, right */
static gboolean
read_sides (const ThawKerasLayer *layer, const char *key, int *sides)
{
  int numbers[4] = { 1 };
  guint n = thaw_keras_ints (&layer->config, key, numbers, 4);

  for (guint i = 0; i < 4; i++)
    {
      sides[i] = n == 4 ? numbers[i] : n == 2 ? numbers[i / 2] : numbers[0];
      if (sides[i] < 0)
        return FALSE;
    }
  return n == 1 || n == 2 || n == 4;
}

static ThawNode *
build_padding (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  ThawOpParams params = { 0 };
  int sides[4];

  if (!x)
    return NULL;
  if (!read_sides (layer, "padding", sides))
    return thaw_keras_refuse (layer, "has a padding that cannot be read", error);
  params.pad.pad[THAW_TOP] = sides[0];
  params.pad.pad[THAW_BOTTOM] = sides[1];
  params.pad.pad[THAW_LEFT] = sides[2];
  params.pad.pad[THAW_RIGHT] = sides[3];
  return thaw_graph_add (layer->reader->b.graph, THAW_OP_PAD, layer->name, &params, &x, 1, error);
}

static ThawNode *
build_cropping (ThawKerasLayer *layer, GError **error)
{
  ThawBuilder *b = &layer->reader->b;
  ThawNode *x = thaw_keras_input (layer, 0, error);
  int sides[4];

  if (!x)
    return NULL;
  if (x->shape.rank != 4 || !read_sides (layer, "cropping", sides))
    return thaw_keras_refuse (layer, "has a cropping that cannot be read", error);
  x = thaw_nn_slice (b, x, thaw_keras_path (layer->reader, layer->name, "rows"), 1, sides[0], x->shape.dim[1] - sides[0] - sides[1]);
  return x ? thaw_nn_slice (b, x, layer->name, 2, sides[2], x->shape.dim[2] - sides[2] - sides[3]) : NULL;
}

static ThawNode *
add_pool (ThawKerasLayer *layer, ThawOp op, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  ThawOpParams params = { 0 };
  ThawWindowParams *window = &params.window;
  gboolean same = thaw_keras_is (&layer->config, "padding", "same");
  guint n = thaw_keras_ints (&layer->config, "pool_size", window->kernel, 2);
  guint strides = thaw_keras_ints (&layer->config, "strides", window->stride, 2);

  if (!x)
    return NULL;
  if (n == 1)
    window->kernel[1] = window->kernel[0];
  for (int i = 0; i < 2; i++)
    {
      window->stride[i] = strides == 0 ? window->kernel[i] : window->stride[strides == 1 ? 0 : i];
      window->dilation[i] = 1;
    }
  window->groups = 1;
  window->padding = same ? THAW_PADDING_SAME : THAW_PADDING_EXPLICIT;
  if (n == 0 || window->kernel[0] < 1 || window->kernel[1] < 1 || window->stride[0] < 1 || window->stride[1] < 1)
    return thaw_keras_refuse (layer, "has no pool size that could be read", error);
  return thaw_graph_add (layer->reader->b.graph, op, layer->name, &params, &x, 1, error);
}

static ThawNode *
build_max_pool (ThawKerasLayer *layer, GError **error)
{
  return add_pool (layer, THAW_OP_MAX_POOL, error);
}

static ThawNode *
build_avg_pool (ThawKerasLayer *layer, GError **error)
{
  return add_pool (layer, THAW_OP_AVG_POOL, error);
}

static ThawNode *
drop_area (ThawKerasLayer *layer, ThawNode *x)
{
  if (!x || thaw_keras_bool (&layer->config, "keepdims", FALSE))
    return x;
  return thaw_nn_reshape (&layer->reader->b, x, thaw_keras_path (layer->reader, layer->name, "flat"), &THAW_SHAPE (1, x->shape.dim[3]));
}

static ThawNode *
build_global_average (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);

  if (x && x->shape.rank != 4)
    return thaw_keras_refuse (layer, "takes no picture", error);
  return drop_area (layer, thaw_nn_global_pool (&layer->reader->b, x, layer->name));
}

static ThawNode *
build_global_max (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  ThawOpParams params = { 0 };

  if (!x)
    return NULL;
  if (x->shape.rank != 4 || x->shape.dim[1] > 65535 || x->shape.dim[2] > 65535)
    return thaw_keras_refuse (layer, "takes no picture", error);
  for (int i = 0; i < 2; i++)
    {
      params.window.kernel[i] = (int) x->shape.dim[1 + i];
      params.window.stride[i] = params.window.dilation[i] = 1;
    }
  params.window.groups = 1;
  x = thaw_graph_add (layer->reader->b.graph, THAW_OP_MAX_POOL, layer->name, &params, &x, 1, error);
  return drop_area (layer, x);
}

typedef ThawNode *(*Join) (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name);

/* The operands joined by twos; the last joining has the layer's name. */
static ThawNode *
join_all (ThawKerasLayer *layer, Join join, const char *name, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);

  for (guint i = 1; x && i < layer->n_operands; i++)
    {
      ThawNode *y = thaw_keras_input (layer, i, error);
      g_autofree char *part = g_strdup_printf ("part%u", i);

      x = y ? join (&layer->reader->b, x, y, i + 1 == layer->n_operands ? name : thaw_keras_path (layer->reader, name, part)) : NULL;
    }
  return x;
}

static ThawNode *
build_add (ThawKerasLayer *layer, GError **error)
{
  return join_all (layer, thaw_nn_add, layer->name, error);
}

/* x times its own hard sigmoid is the activation of that name. */
static ThawNode *
multiply (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name)
{
  if (y->op == THAW_OP_HARDSIGMOID && y->inputs[0] == x)
    return thaw_nn_activation (b, x, name, THAW_ACTIVATION_HARDSWISH);
  return thaw_nn_mul (b, x, y, name);
}

static ThawNode *
build_multiply (ThawKerasLayer *layer, GError **error)
{
  return join_all (layer, multiply, layer->name, error);
}

static ThawNode *
build_average (ThawKerasLayer *layer, GError **error)
{
  ThawNode *sum = join_all (layer, thaw_nn_add, thaw_keras_path (layer->reader, layer->name, "sum"), error);

  return sum ? thaw_keras_scale_by (layer->reader, sum, layer->name, 1.0 / layer->n_operands, 0) : NULL;
}

static ThawNode *
build_concatenate (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x[THAW_KERAS_MAX_OPERANDS];
  int axis = (int) CLAMP (thaw_keras_double (&layer->config, "axis", -1), -8, 8);

  for (guint i = 0; i < layer->n_operands; i++)
    if (!(x[i] = thaw_keras_input (layer, i, error)))
      return NULL;
  if (axis < 0)
    axis += x[0]->shape.rank;
  if (axis < 1 || axis >= x[0]->shape.rank)
    return thaw_keras_refuse (layer, "joins along an axis that there is not", error);
  return layer->n_operands == 1 ? x[0] : thaw_nn_concat (&layer->reader->b, x, layer->n_operands, layer->name, axis);
}

/* What a global pool was flattened to is put back: the pool itself has that shape. */
static ThawNode *
look_through (ThawNode *x, const ThawShape *shape)
{
  return x->op == THAW_OP_RESHAPE && thaw_shape_equal (&x->inputs[0]->shape, shape) ? x->inputs[0] : NULL;
}

static ThawNode *
reshape (ThawKerasLayer *layer, ThawNode *x, const ThawShape *shape)
{
  ThawNode *before = look_through (x, shape);

  return before ? before : thaw_nn_reshape (&layer->reader->b, x, layer->name, shape);
}

static ThawNode *
build_reshape (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  int dims[THAW_MAX_RANK - 1];
  guint n = thaw_keras_ints (&layer->config, "target_shape", dims, G_N_ELEMENTS (dims));
  ThawShape shape = { .rank = n + 1, .dim = { 1 } };

  if (!x)
    return NULL;
  if (n == 0)
    return thaw_keras_refuse (layer, "has no target shape that could be read", error);
  for (guint i = 0; i < n; i++)
    shape.dim[i + 1] = dims[i];
  return reshape (layer, x, &shape);
}

/* In Keras' order: rows, columns, channels */
static ThawNode *
build_flatten (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);

  return x ? reshape (layer, x, &THAW_SHAPE (1, thaw_shape_count (&x->shape))) : NULL;
}

/* counted from 1, without the batch */
static ThawNode *
build_permute (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  int perm[THAW_MAX_RANK] = { 0 };
  guint n = thaw_keras_ints (&layer->config, "dims", perm + 1, THAW_MAX_RANK - 1);

  if (!x)
    return NULL;
  if ((int) n + 1 != x->shape.rank)
    return thaw_keras_refuse (layer, "has no order of axes that fits", error);
  return thaw_nn_transpose (&layer->reader->b, x, layer->name, perm);
}

/* InceptionResNetV2's: the first plus the second times a number */
static ThawNode *
build_custom_scale (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  ThawNode *y = x && layer->n_operands == 2 ? thaw_keras_input (layer, 1, error) : NULL;
  double scale = thaw_keras_double (&layer->config, "scale", NAN);

  if (!x || (layer->n_operands == 2 && !y))
    return NULL;
  if (!y || !isfinite (scale))
    return thaw_keras_refuse (layer, "has no scale or not two inputs", error);
  y = thaw_keras_scale_by (layer->reader, y, thaw_keras_path (layer->reader, layer->name, "scale"), scale, 0);
  return thaw_nn_add (&layer->reader->b, x, y, layer->name);
}

static const struct
{
  const char    *name;
  ThawKerasBuild build;
} known[] = {
  { "Activation", build_activation },
  { "ReLU", build_relu },
  { "Softmax", build_softmax },
  { "Dropout", build_dropout },
  { "ZeroPadding2D", build_padding },
  { "Cropping2D", build_cropping },
  { "MaxPooling2D", build_max_pool },
  { "AveragePooling2D", build_avg_pool },
  { "GlobalAveragePooling2D", build_global_average },
  { "GlobalMaxPooling2D", build_global_max },
  { "Add", build_add },
  { "Multiply", build_multiply },
  { "Average", build_average },
  { "Concatenate", build_concatenate },
  { "Reshape", build_reshape },
  { "Flatten", build_flatten },
  { "Permute", build_permute },
  { "CustomScaleLayer", build_custom_scale },
};

ThawKerasBuild
thaw_keras_plain (const char *class_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].name, class_name))
      return known[i].build;
  return NULL;
}

gboolean
thaw_keras_does_nothing (const char *class_name)
{
  static const char *const names[] = {
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
    "StochasticDepth",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomContrast",
    "RandomBrightness",
    "RandomShear", NULL,
  };

  return g_strv_contains (names, class_name);
}
