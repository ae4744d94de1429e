/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <thaw/thaw-nn.h>
#include <thaw/thaw-op.h>

/* Adds the operation; where that fails, the builder keeps the first reason. */
static ThawNode *
add (ThawBuilder *b,
     ThawOp op,
     const char *name,
     const ThawOpParams *params,
     ThawNode *const *inputs,
     guint n_inputs)
{
  return thaw_graph_add (b->graph, op, name, params, inputs, n_inputs, b->error ? NULL : &b->error);
}

static ThawNode *
add_unary (ThawBuilder *b, ThawOp op, const char *name, const ThawOpParams *params, ThawNode *x)
{
  return x ? add (b, op, name, params, &x, 1) : NULL;
}

static ThawNode *
add_binary (ThawBuilder *b, ThawOp op, const char *name, ThawNode *x, ThawNode *y)
{
  ThawNode *inputs[] = { x, y };

  return x && y ? add (b, op, name, NULL, inputs, 2) : NULL;
}

static ThawNode *
parameter (ThawBuilder *b, const char *layer, const char *what, const ThawShape *shape)
{
  g_autofree char *name = g_strconcat (layer, ".", what, NULL);

  return thaw_graph_add_parameter (b->graph, name, shape);
}

static gint64
last_dim (const ThawNode *x)
{
  return x->shape.dim[x->shape.rank - 1];
}

static ThawOpParams
conv_params (const ThawConvSpec *spec)
{
  ThawOpParams params = { 0 };
  ThawWindowParams *window = &params.window;

  for (int i = 0; i < 2; i++)
    {
      window->kernel[i] = spec->kernel ? spec->kernel : spec->kernel_hw[i];
      window->stride[i] = MAX (spec->stride, 1);
      window->dilation[i] = MAX (spec->dilation, 1);
    }
  for (int i = 0; i < 4; i++)
    window->pad[i] = spec->pad ? spec->pad : spec->pad_hw[i % 2];
  window->padding = spec->padding;
  window->groups = MAX (spec->groups, 1);
  return params;
}

ThawNode *
thaw_nn_conv (ThawBuilder *b, ThawNode *x, const char *name, const ThawConvSpec *spec)
{
  ThawOpParams params = conv_params (spec);
  const int *kernel = params.window.kernel;
  gint64 groups = params.window.groups;
  ThawNode *inputs[4] = { x };
  gboolean depthwise;

  if (!x)
    return NULL;
  depthwise = groups > 1 && groups == last_dim (x) && groups == spec->out;
  inputs[1] = parameter (b, name, "weight",
                         &THAW_SHAPE (spec->out, last_dim (x) / groups, kernel[0], kernel[1]));
  if (spec->bias)
    inputs[2] = parameter (b, name, "bias", &THAW_SHAPE (spec->out));
  return add (b, depthwise ? THAW_OP_DEPTHWISE : THAW_OP_CONV, name, &params, inputs,
              depthwise ? 3 : 4);
}

ThawNode *
thaw_nn_linear (ThawBuilder *b, ThawNode *x, const char *name, gint64 out, gboolean bias)
{
  ThawNode *inputs[3] = { x };

  if (!x)
    return NULL;
  inputs[1] = parameter (b, name, "weight", &THAW_SHAPE (out, last_dim (x)));
  if (bias)
    inputs[2] = parameter (b, name, "bias", &THAW_SHAPE (out));
  return add (b, THAW_OP_LINEAR, name, NULL, inputs, 3);
}

ThawNode *
thaw_nn_batchnorm (ThawBuilder *b, ThawNode *x, const char *name, double eps)
{
  static const char *const names[] = { "weight", "bias", "running_mean", "running_var" };
  ThawOpParams params = { .norm = { .eps = eps, .momentum = .1 } };
  ThawNode *inputs[5] = { x };

  if (!x)
    return NULL;
  for (guint i = 0; i < 4; i++)
    inputs[i + 1] = parameter (b, name, names[i], &THAW_SHAPE (last_dim (x)));
  return add (b, THAW_OP_BATCHNORM, name, &params, inputs, 5);
}

ThawNode *
thaw_nn_activation (ThawBuilder *b, ThawNode *x, const char *name, ThawActivation activation)
{
  for (ThawOp op = 0; op < THAW_N_OPS; op++)
    if (thaw_op_activation (op) == activation)
      return activation == THAW_ACTIVATION_NONE ? x : add_unary (b, op, name, NULL, x);
  g_return_val_if_reached (NULL);
}

ThawNode *
thaw_nn_dropout (ThawBuilder *b, ThawNode *x, const char *name, float p)
{
  return add_unary (b, THAW_OP_DROPOUT, name, &(ThawOpParams){ .dropout.p = p }, x);
}

static ThawNode *
pool (ThawBuilder *b,
      ThawOp op,
      ThawNode *x,
      const char *name,
      int kernel,
      int stride,
      int pad,
      gboolean ceil_mode)
{
  ThawOpParams params
      = conv_params (&(ThawConvSpec){ .kernel = kernel, .stride = stride, .pad = pad });

  params.window.ceil_mode = ceil_mode;
  params.window.count_padding = TRUE; /* PyTorch's default; maxima do not look at it */
  return add_unary (b, op, name, &params, x);
}

ThawNode *
thaw_nn_max_pool (ThawBuilder *b,
                  ThawNode *x,
                  const char *name,
                  int kernel,
                  int stride,
                  int pad,
                  gboolean ceil_mode)
{
  return pool (b, THAW_OP_MAX_POOL, x, name, kernel, stride, pad, ceil_mode);
}

ThawNode *
thaw_nn_avg_pool (ThawBuilder *b, ThawNode *x, const char *name, int kernel, int stride, int pad)
{
  return pool (b, THAW_OP_AVG_POOL, x, name, kernel, stride, pad, FALSE);
}

ThawNode *
thaw_nn_global_pool (ThawBuilder *b, ThawNode *x, const char *name)
{
  return add_unary (b, THAW_OP_GLOBAL_POOL, name, NULL, x);
}

ThawNode *
thaw_nn_adaptive_pool (ThawBuilder *b, ThawNode *x, const char *name, gint64 height, gint64 width)
{
  return add_unary (b, THAW_OP_ADAPTIVE_POOL, name,
                    &(ThawOpParams){ .adaptive.size = { height, width } }, x);
}

ThawNode *
thaw_nn_add (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name)
{
  return add_binary (b, THAW_OP_ADD, name, x, y);
}

ThawNode *
thaw_nn_mul (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name)
{
  return add_binary (b, THAW_OP_MUL, name, x, y);
}

ThawNode *
thaw_nn_concat (ThawBuilder *b, ThawNode *const *x, guint n, const char *name, int axis)
{
  for (guint i = 0; i < n; i++)
    if (!x[i])
      return NULL;
  return add (b, THAW_OP_CONCAT, name, &(ThawOpParams){ .axis.axis = axis }, x, n);
}

ThawNode *
thaw_nn_layernorm (ThawBuilder *b, ThawNode *x, const char *name, double eps)
{
  static const char *const names[] = { "weight", "bias" };
  ThawNode *inputs[3] = { x };

  if (!x)
    return NULL;
  for (guint i = 0; i < 2; i++)
    inputs[i + 1] = parameter (b, name, names[i], &THAW_SHAPE (last_dim (x)));
  return add (b, THAW_OP_LAYERNORM, name, &(ThawOpParams){ .norm.eps = eps }, inputs, 3);
}

ThawNode *
thaw_nn_softmax (ThawBuilder *b, ThawNode *x, const char *name, int axis)
{
  return add_unary (b, THAW_OP_SOFTMAX, name, &(ThawOpParams){ .axis.axis = axis }, x);
}

ThawNode *
thaw_nn_matmul (ThawBuilder *b, ThawNode *x, ThawNode *y, const char *name)
{
  return add_binary (b, THAW_OP_MATMUL, name, x, y);
}

ThawNode *
thaw_nn_reshape (ThawBuilder *b, ThawNode *x, const char *name, const ThawShape *shape)
{
  return add_unary (b, THAW_OP_RESHAPE, name, &(ThawOpParams){ .reshape.shape = *shape }, x);
}

ThawNode *
thaw_nn_transpose (ThawBuilder *b, ThawNode *x, const char *name, const int *perm)
{
  ThawOpParams params = { .transpose.rank = x ? x->shape.rank : 0 };

  for (int i = 0; i < params.transpose.rank; i++)
    params.transpose.perm[i] = perm[i];
  return add_unary (b, THAW_OP_TRANSPOSE, name, &params, x);
}

ThawNode *
thaw_nn_pad (ThawBuilder *b, ThawNode *x, const char *name, int bottom, int right)
{
  ThawOpParams params = { .pad.pad = { [THAW_BOTTOM] = bottom, [THAW_RIGHT] = right } };

  return add_unary (b, THAW_OP_PAD, name, &params, x);
}

ThawNode *
thaw_nn_slice (ThawBuilder *b, ThawNode *x, const char *name, int axis, gint64 start, gint64 length)
{
  return add_unary (b, THAW_OP_SLICE, name, &(ThawOpParams){ .slice = { axis, start, length } }, x);
}

ThawNode *
thaw_nn_shuffle (ThawBuilder *b, ThawNode *x, const char *name, gint64 groups)
{
  return add_unary (b, THAW_OP_SHUFFLE, name, &(ThawOpParams){ .shuffle.groups = groups }, x);
}

ThawNode *
thaw_nn_normalize (ThawBuilder *b, ThawNode *x, const char *name)
{
  return add_unary (b, THAW_OP_NORMALIZE, name, NULL, x);
}

ThawNode *
thaw_nn_exp (ThawBuilder *b, ThawNode *x, const char *name)
{
  return add_unary (b, THAW_OP_EXP, name, NULL, x);
}

ThawNode *
thaw_nn_relative_bias (
    ThawBuilder *b, ThawNode *table, const char *name, gint64 height, gint64 width)
{
  ThawOpParams params = { .relative.window = { height, width } };

  return add_unary (b, THAW_OP_RELATIVE_BIAS, name, &params, table);
}

ThawNode *
thaw_nn_constant (ThawBuilder *b, const char *name, const ThawConstantParams *constant)
{
  return add (b, THAW_OP_CONSTANT, name, &(ThawOpParams){ .constant = *constant }, NULL, 0);
}

ThawNode *
thaw_nn_parameter (ThawBuilder *b, const char *name, const ThawShape *shape)
{
  return thaw_graph_add_parameter (b->graph, name, shape);
}

ThawNode *
thaw_nn_linear_with (
    ThawBuilder *b, ThawNode *x, const char *name, ThawNode *weight, ThawNode *bias)
{
  ThawNode *inputs[3] = { x, weight, bias };

  return x && weight ? add (b, THAW_OP_LINEAR, name, NULL, inputs, 3) : NULL;
}

ThawNode *
thaw_nn_number (ThawBuilder *b, const char *name, double value)
{
  ThawConstantParams constant = { .kind = THAW_CONSTANT_NUMBER, .value = value };

  return thaw_nn_constant (b, name, &constant);
}

ThawNode *
thaw_nn_flatten (ThawBuilder *b, ThawNode *x, const char *name)
{
  g_autofree char *turned = g_strconcat (name, "_channels_first", NULL);
  ThawOpParams turn = { .transpose = { .rank = 4, .perm = { 0, 3, 1, 2 } } };
  ThawOpParams params = { .reshape.shape = THAW_SHAPE (1, 0) };

  if (!x)
    return NULL;
  params.reshape.shape.dim[1] = thaw_shape_count (&x->shape);
  /* One pixel: the order of the axes makes no difference. */
  if (x->shape.rank == 4 && x->shape.dim[1] * x->shape.dim[2] > 1)
    x = add_unary (b, THAW_OP_TRANSPOSE, turned, &turn, x);
  return add_unary (b, THAW_OP_RESHAPE, name, &params, x);
}
