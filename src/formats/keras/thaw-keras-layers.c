/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layers that have weights. */
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-private.h"

/* [kh, kw, in, out] of Keras to [out, in, kh, kw] */
static const int out_first[] = { 3, 2, 0, 1 };
/* [kh, kw, in, multiplier] to [in, multiplier, kh, kw] */
static const int in_first[] = { 2, 3, 0, 1 };
static const int turned[] = { 1, 0 };

typedef struct
{
  ThawOpParams params;
  gboolean     valid;
  ThawNode    *x;
} Window;

static gint64
width_of (const ThawNode *x)
{
  return x->shape.dim[x->shape.rank - 1];
}

/* @fallback where the config does not have it; FALSE unless it is one or two numbers from 1 on */
static gboolean
read_pair (const ThawKerasLayer *layer, const char *key, int *pair)
{
  ThawJsonReader value;
  int numbers[2] = { 1, 1 };
  guint n = thaw_keras_ints (&layer->config, key, numbers, 2);

  if (!thaw_json_find (&layer->config, key, &value))
    n = 1;
  if (n == 1)
    numbers[1] = numbers[0];
  pair[0] = numbers[0];
  pair[1] = numbers[1];
  return n > 0 && pair[0] >= 1 && pair[1] >= 1;
}

/* Zeros put around the picture just before are the convolution's own padding. */
static void
take_padding (Window *self)
{
  const ThawPadParams *pad = &self->x->params.pad;

  if (self->x->op != THAW_OP_PAD || pad->value != 0)
    return;
  for (int i = 0; i < 4; i++)
    self->params.window.pad[i] = pad->pad[i];
  self->x = self->x->inputs[0];
}

static ThawNode *
read_window (ThawKerasLayer *layer, Window *self, GError **error)
{
  ThawWindowParams *window = &self->params.window;
  gboolean same = thaw_keras_is (&layer->config, "padding", "same");

  *self = (Window){ .x = thaw_keras_input (layer, 0, error) };
  if (!self->x)
    return NULL;
  if (self->x->shape.rank != 4)
    return thaw_keras_refuse (layer, "takes no picture", error);
  if (!same && !thaw_keras_is (&layer->config, "padding", "valid"))
    return thaw_keras_refuse (layer, "has a padding that Thaw does not know", error);
  if (!read_pair (layer, "kernel_size", window->kernel) || !read_pair (layer, "strides", window->stride)
      || !read_pair (layer, "dilation_rate", window->dilation))
    return thaw_keras_refuse (layer, "has no kernel or stride that could be read", error);
  window->padding = same ? THAW_PADDING_SAME : THAW_PADDING_EXPLICIT;
  window->groups = 1;
  if (!same)
    take_padding (self);
  return self->x;
}

static ThawNode *
add_window (ThawKerasLayer *layer, const Window *window, const char *name, const ThawShape *shape, gboolean bias, GError **error)
{
  ThawBuilder *b = &layer->reader->b;
  gint64 groups = window->params.window.groups;
  gboolean depthwise = groups > 1 && groups == width_of (window->x) && groups == shape->dim[0];
  ThawNode *inputs[4] = { window->x };

  inputs[1] = thaw_nn_parameter (b, thaw_keras_path (layer->reader, name, "weight"), shape);
  if (bias)
    inputs[2] = thaw_nn_parameter (b, thaw_keras_path (layer->reader, name, "bias"), &THAW_SHAPE (shape->dim[0]));
  if (!inputs[1] || (bias && !inputs[2]))
    return thaw_keras_refuse (layer, "has weights with the name of others", error);
  return thaw_graph_add (b->graph, depthwise ? THAW_OP_DEPTHWISE : THAW_OP_CONV, name, &window->params, inputs, depthwise ? 3 : 4, error);
}

/* The bias is weight number @index of the layer. */
static gboolean
take_bias (ThawKerasLayer *layer, guint index, gint64 out, const char *node, GError **error)
{
  return !thaw_keras_bool (&layer->config, "use_bias", TRUE)
         || thaw_keras_take (layer, index, "bias", &THAW_SHAPE (out), NULL, NULL, node, "bias", error);
}

static gint64
read_count (const ThawKerasLayer *layer, const char *key, double otherwise)
{
  double count = thaw_keras_double (&layer->config, key, otherwise);

  return count >= 1 && count <= 1 << 24 ? (gint64) count : 0;
}

/* Of a file with weights alone the widths are those of the weights. */
static gint64
read_width (ThawKerasLayer *layer, const char *key, guint index)
{
  ThawJsonReader value;

  return thaw_json_find (&layer->config, key, &value) ? read_count (layer, key, 0) : thaw_keras_width (layer, index, NULL);
}

static gint64
read_groups (ThawKerasLayer *layer, const ThawNode *x)
{
  gint64 takes = 0;
  ThawJsonReader value;

  if (thaw_json_find (&layer->config, "filters", &value))
    return read_count (layer, "groups", 1);
  thaw_keras_width (layer, 0, &takes);
  return takes > 0 ? width_of (x) / takes : 0;
}

static ThawNode *
build_conv (ThawKerasLayer *layer, GError **error)
{
  gint64 out = read_width (layer, "filters", 0), groups, in;
  gboolean bias = thaw_keras_bool (&layer->config, "use_bias", TRUE);
  Window window;
  const int *kernel = window.params.window.kernel;
  ThawShape shape;
  ThawNode *x;

  if (!read_window (layer, &window, error))
    return NULL;
  in = width_of (window.x);
  groups = read_groups (layer, window.x);
  if (out < 1 || groups < 1 || in % groups != 0)
    return thaw_keras_refuse (layer, "has no number of filters or groups that fits", error);
  window.params.window.groups = (int) groups;
  shape = THAW_SHAPE (out, in / groups, kernel[0], kernel[1]);
  if (!thaw_keras_take (layer, 0, "kernel", &THAW_SHAPE (kernel[0], kernel[1], in / groups, out), out_first, &shape, layer->name, "weight", error)
      || !take_bias (layer, 1, out, layer->name, error))
    return NULL;
  x = add_window (layer, &window, layer->name, &shape, bias, error);
  return thaw_keras_activate (layer, x, "activation", thaw_keras_path (layer->reader, layer->name, "activation"), error);
}

/* A kernel of its own for each channel, or several; without its activation */
static ThawNode *
add_depthwise (ThawKerasLayer *layer, const char *name, gboolean bias, GError **error)
{
  gint64 multiplier = read_count (layer, "depth_multiplier", 1), in;
  Window window;
  const int *kernel = window.params.window.kernel;
  ThawShape shape;

  if (!read_window (layer, &window, error))
    return NULL;
  in = width_of (window.x);
  if (multiplier < 1)
    return thaw_keras_refuse (layer, "has no depth multiplier that could be read", error);
  window.params.window.groups = (int) in;
  shape = THAW_SHAPE (in * multiplier, 1, kernel[0], kernel[1]);
  if (!thaw_keras_take (layer, 0, "depthwise_kernel|kernel", &THAW_SHAPE (kernel[0], kernel[1], in, multiplier), in_first, &shape, name, "weight", error))
    return NULL;
  return add_window (layer, &window, name, &shape, bias, error);
}

static ThawNode *
build_depthwise (ThawKerasLayer *layer, GError **error)
{
  gboolean bias = thaw_keras_bool (&layer->config, "use_bias", TRUE);
  ThawNode *x = add_depthwise (layer, layer->name, bias, error);

  if (!x || !take_bias (layer, 1, width_of (x), layer->name, error))
    return NULL;
  return thaw_keras_activate (layer, x, "activation", thaw_keras_path (layer->reader, layer->name, "activation"), error);
}

static ThawNode *
build_separable (ThawKerasLayer *layer, GError **error)
{
  gint64 out = read_width (layer, "filters", 1), in;
  gboolean bias = thaw_keras_bool (&layer->config, "use_bias", TRUE);
  const char *first = thaw_keras_path (layer->reader, layer->name, "depthwise");
  const char *second = thaw_keras_path (layer->reader, layer->name, "pointwise");
  ThawNode *x = add_depthwise (layer, first, FALSE, error);
  Window window = { .x = x };
  ThawShape shape;

  if (!x)
    return NULL;
  if (out < 1)
    return thaw_keras_refuse (layer, "has no number of filters", error);
  in = width_of (x);
  shape = THAW_SHAPE (out, in, 1, 1);
  window.params.window = (ThawWindowParams){ .kernel = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 }, .groups = 1 };
  if (!thaw_keras_take (layer, 1, "pointwise_kernel", &THAW_SHAPE (1, 1, in, out), out_first, &shape, second, "weight", error)
      || !take_bias (layer, 2, out, second, error))
    return NULL;
  x = add_window (layer, &window, second, &shape, bias, error);
  return thaw_keras_activate (layer, x, "activation", thaw_keras_path (layer->reader, layer->name, "activation"), error);
}

static ThawNode *
build_dense (ThawKerasLayer *layer, GError **error)
{
  gint64 out = read_width (layer, "units", 0), in;
  gboolean bias = thaw_keras_bool (&layer->config, "use_bias", TRUE);
  ThawNode *x = thaw_keras_input (layer, 0, error);
  ThawShape shape;

  if (!x)
    return NULL;
  if (out < 1 || x->shape.rank < 2)
    return thaw_keras_refuse (layer, "has no number of units", error);
  in = width_of (x);
  shape = THAW_SHAPE (out, in);
  if (!thaw_keras_take (layer, 0, "kernel", &THAW_SHAPE (in, out), turned, &shape, layer->name, "weight", error)
      || !take_bias (layer, 1, out, layer->name, error))
    return NULL;
  x = thaw_nn_linear (&layer->reader->b, x, layer->name, out, bias);
  return thaw_keras_activate (layer, x, "activation", thaw_keras_path (layer->reader, layer->name, "activation"), error);
}

/* Of a norm: weight number *@index where the config has @key, else numbers that do nothing */
static gboolean
take_vector (ThawKerasLayer *layer, guint *index, const char *key, const char *name, const char *as, gint64 n, float otherwise, GError **error)
{
  g_autofree char *parameter = g_strconcat (layer->name, ".", as, NULL);
  ThawTensor *tensor;

  if (!key || thaw_keras_bool (&layer->config, key, TRUE))
    return thaw_keras_take (layer, (*index)++, name, &THAW_SHAPE (n), NULL, NULL, layer->name, as, error);
  tensor = thaw_tensor_new (THAW_DTYPE_F32, &THAW_SHAPE (n));
  for (gint64 i = 0; i < n; i++)
    thaw_tensor_f32 (tensor)[i] = otherwise;
  thaw_tensor_map_take (layer->reader->parameters, parameter, tensor);
  return TRUE;
}

static gboolean
is_last_axis (const ThawKerasLayer *layer, const ThawNode *x)
{
  int axes[8] = { -1 };
  ThawJsonReader value;
  guint n = thaw_keras_ints (&layer->config, "axis", axes, G_N_ELEMENTS (axes));

  if (!thaw_json_find (&layer->config, "axis", &value))
    n = 1;
  return n == 1 && (axes[0] == -1 || axes[0] == x->shape.rank - 1);
}

/* A layer cannot have more channels than the file has bytes. */
static ThawNode *
norm_input (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);

  if (x && !is_last_axis (layer, x))
    return thaw_keras_refuse (layer, "works along another axis than the channels", error);
  return x;
}

static ThawNode *
build_batchnorm (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = norm_input (layer, error);
  double momentum = thaw_keras_double (&layer->config, "momentum", .99);
  gint64 n = x ? width_of (x) : 0;
  guint index = thaw_keras_bool (&layer->config, "scale", TRUE) + thaw_keras_bool (&layer->config, "center", TRUE), first = 0;

  /* the statistics first: they are always in the file, and so bound what the others may take */
  if (!x || !take_vector (layer, &index, NULL, "moving_mean", "running_mean", n, 0, error)
      || !take_vector (layer, &index, NULL, "moving_variance", "running_var", n, 1, error)
      || !take_vector (layer, &first, "scale", "gamma", "weight", n, 1, error)
      || !take_vector (layer, &first, "center", "beta", "bias", n, 0, error))
    return NULL;
  x = thaw_nn_batchnorm (&layer->reader->b, x, layer->name, thaw_keras_double (&layer->config, "epsilon", 1e-3));
  if (x && momentum >= 0 && momentum <= 1)
    x->params.norm.momentum = 1 - momentum;
  return x;
}

static ThawNode *
build_layernorm (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = norm_input (layer, error);
  gint64 n = x ? width_of (x) : 0;
  guint index = 0;

  if (x && (!thaw_keras_bool (&layer->config, "scale", TRUE) || !thaw_keras_bool (&layer->config, "center", TRUE)
            || thaw_keras_bool (&layer->config, "rms_scaling", FALSE)))
    return thaw_keras_refuse (layer, "has no scale and centre of its own", error);
  if (!x || !take_vector (layer, &index, NULL, "gamma", "weight", n, 1, error)
      || !take_vector (layer, &index, NULL, "beta", "bias", n, 0, error))
    return NULL;
  return thaw_nn_layernorm (&layer->reader->b, x, layer->name, thaw_keras_double (&layer->config, "epsilon", 1e-3));
}

/* ConvNeXt's */
static ThawNode *
build_layer_scale (ThawKerasLayer *layer, GError **error)
{
  ThawNode *x = thaw_keras_input (layer, 0, error);
  gint64 n = x ? width_of (x) : 0;
  guint index = 0;
  ThawNode *scale;

  if (!x || !take_vector (layer, &index, NULL, "gamma|*", "layer_scale", n, 1, error))
    return NULL;
  scale = thaw_nn_parameter (&layer->reader->b, thaw_keras_path (layer->reader, layer->name, "layer_scale"), &THAW_SHAPE (n));
  return scale ? thaw_nn_mul (&layer->reader->b, x, scale, layer->name) : NULL;
}

ThawKerasBuild
thaw_keras_weighted (const char *class_name)
{
  static const struct
  {
    const char    *name;
    ThawKerasBuild build;
  } known[] = {
    { "Conv2D", build_conv },
    { "Convolution2D", build_conv },
    { "DepthwiseConv2D", build_depthwise },
    { "SeparableConv2D", build_separable },
    { "Dense", build_dense },
    { "BatchNormalization", build_batchnorm },
    { "BatchNormalizationV1", build_batchnorm },
    { "SyncBatchNormalization", build_batchnorm },
    { "LayerNormalization", build_layernorm },
    { "LayerScale", build_layer_scale },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].name, class_name))
      return known[i].build;
  return NULL;
}
