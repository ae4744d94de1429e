/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic with numbers. On the picture it is kept as such, since it is preprocessing; behind it is two operations. */
#include <math.h>
#include <string.h>
#include <thaw/thaw-error.h>
#include <thaw/thaw-op.h>

#include "thaw-keras-private.h"

/* x times @scale plus @offset, a number a channel */
typedef struct
{
  double scale[3], offset[3];
} Affine;

static gboolean
is_number (const ThawNode *node, double value)
{
  return node->op == THAW_OP_CONSTANT && node->params.constant.kind == THAW_CONSTANT_NUMBER
         && fabs (node->params.constant.value - value) < 1e-6;
}

/* relu6 (x + 3) / 6, as MobileNetV3 writes a hard sigmoid: its x; NULL where it is none */
static ThawNode *
match_hard_sigmoid (ThawNode *x, double scale, double offset)
{
  ThawNode *sum = x->op == THAW_OP_RELU6 ? x->inputs[0] : NULL;

  if (!sum || sum->op != THAW_OP_ADD || !is_number (sum->inputs[1], 3) || fabs (scale - 1.0 / 6) > 1e-6 || offset != 0)
    return NULL;
  return sum->inputs[0];
}

ThawNode *
thaw_keras_scale_by (ThawKerasReader *self, ThawNode *x, const char *name, double scale, double offset)
{
  ThawBuilder *b = &self->b;
  ThawNode *inner = x ? match_hard_sigmoid (x, scale, offset) : NULL;
  const char *product = offset != 0 ? thaw_keras_path (self, name, "product") : name;

  if (inner)
    return thaw_nn_activation (b, inner, name, THAW_ACTIVATION_HARDSIGMOID);
  if (scale != 1)
    x = thaw_nn_mul (b, x, thaw_nn_number (b, thaw_keras_path (self, name, "factor"), scale), product);
  if (offset != 0)
    x = thaw_nn_add (b, x, thaw_nn_number (b, thaw_keras_path (self, name, "offset"), offset), name);
  return x;
}

static gboolean
is_uniform (const Affine *affine)
{
  for (int c = 1; c < 3; c++)
    if (affine->scale[c] != affine->scale[0] || affine->offset[c] != affine->offset[0])
      return FALSE;
  return TRUE;
}

static gboolean
apply (ThawKerasLayer *layer, const Affine *affine, ThawKerasValue *value, GError **error)
{
  const ThawKerasValue *x = layer->operands[0].value ? layer->operands[0].value : layer->operands[1].value;

  *value = *x;
  for (int c = 0; c < 3; c++)
    {
      if (!isfinite (affine->scale[c]) || !isfinite (affine->offset[c]) || affine->scale[c] == 0)
        return thaw_keras_refuse (layer, "has a scale that is no number", error) != NULL;
      value->scale[c] = x->scale[c] * affine->scale[c];
      value->offset[c] = x->offset[c] * affine->scale[c] + affine->offset[c];
    }
  if (value->picture)
    return TRUE;
  if (!is_uniform (affine))
    return thaw_keras_refuse (layer, "scales channels differently in the middle of the network", error) != NULL;
  value->node = thaw_keras_scale_by (layer->reader, x->node, layer->name, affine->scale[0], affine->offset[0]);
  return value->node != NULL;
}

/* One number for all channels, or three */
static gboolean
spread (const double *numbers, guint n, double *channels)
{
  for (guint c = 0; c < 3; c++)
    channels[c] = numbers[n == 3 ? c : 0];
  return n == 1 || n == 3;
}

static gboolean
read_channels (const ThawKerasLayer *layer, const char *key, double *channels)
{
  ThawJsonReader value;
  double numbers[3] = { 0 };

  return thaw_json_find (&layer->config, key, &value) && spread (numbers, thaw_keras_numbers (&value, numbers, 3), channels);
}

static gboolean
read_rescaling (ThawKerasLayer *layer, Affine *affine, GError **error)
{
  return (read_channels (layer, "scale", affine->scale) && read_channels (layer, "offset", affine->offset))
         || thaw_keras_refuse (layer, "has a scale or an offset that is not one number or three", error);
}

static gboolean
read_weight (ThawKerasLayer *layer, guint index, const char *name, double *channels, GError **error)
{
  const ThawKerasValue *x = layer->operands[0].value;
  gint64 n = x->node->shape.dim[x->node->shape.rank - 1];
  ThawTensor *tensor = n == 3 ? thaw_keras_weight (layer, index, name, &THAW_SHAPE (n), error) : NULL;
  g_autoptr (ThawTensor) numbers = tensor ? thaw_tensor_to_f32 (tensor) : NULL;

  if (n != 3)
    thaw_keras_refuse (layer, "normalises something else than a picture's three channels", error);
  for (gint64 c = 0; numbers && c < n; c++)
    channels[c] = thaw_tensor_f32 (numbers)[c];
  return numbers != NULL;
}

/* EfficientNet's published files have the deviations where the variances belong, and Keras divides by their roots once more. */
static void
mend_variance (const ThawKerasLayer *layer, double *variance)
{
  static const double deviations[] = { .229, .224, .225 };

  for (int c = 0; c < 3; c++)
    if (!layer->reader->store->by_order || fabs (variance[c] - deviations[c]) > 1e-4)
      return;
  for (int c = 0; c < 3; c++)
    variance[c] = deviations[c] * deviations[c];
}

static gboolean
read_normalization (ThawKerasLayer *layer, Affine *affine, GError **error)
{
  double mean[3], variance[3];
  gboolean given = read_channels (layer, "mean", mean) && read_channels (layer, "variance", variance);

  if (thaw_keras_bool (&layer->config, "invert", FALSE) || !layer->operands[0].value)
    return thaw_keras_refuse (layer, "is of a kind that Thaw does not know", error) != NULL;
  if (!given && (!read_weight (layer, 0, "mean", mean, error) || !read_weight (layer, 1, "variance", variance, error)))
    return FALSE;
  mend_variance (layer, variance);
  for (int c = 0; c < 3; c++)
    {
      affine->scale[c] = 1 / MAX (sqrt (MAX (variance[c], 0)), 1e-7);
      affine->offset[c] = -mean[c] * affine->scale[c];
    }
  return TRUE;
}

/* What an operation does with its number: 'a'dd, 's'ubtract, 'm'ultiply, 'd'ivide; 0: it is none of them */
static char
find_operation (const ThawKerasLayer *layer)
{
  static const struct
  {
    const char *name;
    char        operation;
  } known[] = {
    { "Add", 'a' }, { "__operators__.add", 'a' }, { "math.add", 'a' }, { "nn.bias_add", 'a' },
    { "Subtract", 's' }, { "math.subtract", 's' },
    { "Multiply", 'm' }, { "math.multiply", 'm' },
    { "TrueDivide", 'd' }, { "Divide", 'd' }, { "math.truediv", 'd' }, { "math.divide", 'd' },
  };
  g_autofree char *function = g_str_equal (layer->class_name, "TFOpLambda") ? thaw_keras_string (&layer->config, "function") : NULL;
  const char *name = function ? function : layer->class_name;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (name, known[i].name))
      return known[i].operation;
  return 0;
}

static gboolean
read_operation (ThawKerasLayer *layer, char operation, Affine *affine, GError **error)
{
  gboolean number_first = layer->operands[0].value == NULL;
  const ThawKerasOperand *number = &layer->operands[number_first ? 0 : 1];
  double channels[3];

  if (!spread (number->numbers, number->n_numbers, channels) || (operation == 'd' && number_first))
    return thaw_keras_refuse (layer, "computes with numbers in a way that Thaw does not know", error) != NULL;
  for (int c = 0; c < 3; c++)
    {
      affine->scale[c] = operation == 'm' ? channels[c] : operation == 'd' ? 1 / channels[c] : 1;
      affine->offset[c] = operation == 'a' ? channels[c] : operation == 's' ? -channels[c] : 0;
      if (operation == 's' && number_first)
        affine->scale[c] = -1, affine->offset[c] = channels[c];
    }
  return TRUE;
}

int
thaw_keras_arithmetic (ThawKerasLayer *layer, ThawKerasValue *value, GError **error)
{
  Affine affine;
  char operation;

  if (g_str_equal (layer->class_name, "Rescaling"))
    return layer->operands[0].value && read_rescaling (layer, &affine, error) && apply (layer, &affine, value, error);
  if (g_str_equal (layer->class_name, "Normalization"))
    return read_normalization (layer, &affine, error) && apply (layer, &affine, value, error);
  operation = layer->n_operands == 2 && !layer->operands[0].value != !layer->operands[1].value ? find_operation (layer) : 0;
  return operation == 0 ? -1 : read_operation (layer, operation, &affine, error) && apply (layer, &affine, value, error);
}
